"""What a domain wants shown before its service is called restored: the emergency call of a telephone system."""

from collections.abc import Iterable, Mapping
from typing import Any

from breakfix.kernel.errors import Refused
from breakfix.work.values import TestResult


def is_test(name: str, wanted: str) -> bool:
    """Whether a test is the one that a domain wants: it begins with its name, and may say more."""
    return " ".join(name.split()).casefold().startswith(wanted.casefold())


def check_proven(results: Iterable[TestResult], wanted: Iterable[str]) -> None:
    """Refuse a restoration without a test that the domain wants, or without what came of it (domain.md C9)."""
    done = list(results)
    for name in wanted:
        found = [one for one in done if is_test(one.name, name)]
        if not found:
            message = f"Not restored before this was tested after the repair: {name}."
            remedy = f"Do it now and add a test that begins with “{name}”, with what came of it."
            raise Refused("domain_test_missing", message, remedy=remedy, field="tests", missing=[name])
        if not any(one.note.strip() for one in found):
            message = f"Say what came of it: {name}. Who answered, and which place did they see?"
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
