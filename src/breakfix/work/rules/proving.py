"""What a domain wants shown before its service is called restored: the emergency call of a telephone system."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from breakfix.kernel.errors import Refused
from breakfix.work.values import TestResult

# What may follow the name: nothing, or a colon, comma, bracket or dash; "emergency calls not tried" is another test,
# and a hyphen without a blank before it belongs to a longer word.
_ENDS = re.compile(r" ?(?:$|[:;,.(\[{\u2013\u2014]| -)")


def is_test(name: str, wanted: str) -> bool:
    """Whether a test is the one that a domain wants: it has its name, and after a colon or the like may say more."""
    said, whole = " ".join(name.split()).casefold(), " ".join(wanted.split()).casefold()
    return said.startswith(whole) and _ENDS.match(said[len(whole) :]) is not None


def check_proven(results: Iterable[TestResult], wanted: Mapping[str, str]) -> None:
    """Refuse a restoration without a test that the domain wants, or without what came of it (domain.md C9).

    `wanted` says beside each test what its note has to tell.
    """
    done = list(results)
    for name, told in wanted.items():
        found = [one for one in done if is_test(one.name, name)]
        if not found:
            message = f"Not restored before this was tested after the repair: {name}."
            remedy = f"Do it now and add a test named “{name}”, or “{name}: …”, with what came of it."
            raise Refused("domain_test_missing", message, remedy=remedy, field="tests", missing=[name])
        if not any(one.note.strip() for one in found):
            message = f"Say in its note what came of it: {name}. {told}".rstrip()
            raise Refused("domain_test_unsaid", message, field="tests", missing=[name])


def proof(restorations: Iterable[Mapping[str, Any]], wanted: str) -> Mapping[str, Any] | None:
    """The test as it was shown last, on a restoration that nobody disputed; None while there is none that passed."""
    found = None
    for restored in restorations:
        if restored["disputed"]:
            continue
        for test in restored["tests"]:
            if is_test(test["name"], wanted) and test["passed"] and test["note"].strip():
                found = {**test, "at": restored["at"]}
    return found
