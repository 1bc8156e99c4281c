"""What a version changes, as a lawyer reads it: by the names of fields, old and new, long texts word by word."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from breakfix.agreements.clauses.fields import BY_KEY, FIELDS
from breakfix.agreements.values import Difference
from breakfix.web.agreement_asked import ASKED, inputs_of

LONG = 48  # characters from which on single words are marked
MOST_WORDS = 4000  # beyond, two whole texts stand side by side
LABELS = {one.path: one.label for asked in ASKED for one in inputs_of(asked)}
NOT_THERE = "not in this version"
AWAY, AGREED = "statements.not_applicable.", "statements.agreed."


@dataclass(frozen=True, slots=True)
class Changed:
    """One change: in which field, what of it, and both wordings; `marked` where single words are shown instead."""

    field: str
    label: str
    before: str
    after: str
    marked: tuple[tuple[str, str], ...] = ()


def in_words(changes: Iterable[Difference]) -> list[Changed]:
    """The changes in the order of the fields; what was only confirmed anew changes nothing and is left out."""
    found = [(_place(one.path), one) for one in changes if not one.path.startswith(AGREED)]
    return [_changed(label, number, one) for (number, label), one in sorted(found, key=lambda pair: pair[0][0])]


def _place(path: str) -> tuple[int, str]:
    """The number of the field that a path belongs to (39 for none), and what of it."""
    if path.startswith(AWAY):
        field = BY_KEY.get(path.removeprefix(AWAY))
        return (field.number if field else 39, "Not applicable because")
    fits = [(len(prefix), field) for field in FIELDS for prefix in field.paths if _within(path, prefix)]
    _, field = max(fits, key=lambda fit: fit[0], default=(0, None))
    words = LABELS.get(path) or _words(path)
    return (field.number if field else 39, words)


def _within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}.")


def _words(path: str) -> str:
    """`guarantee.parts_new_days` as "Parts new days"."""
    words = ", ".join(path.split(".")[1:] or [path]).replace("_", " ")
    return words[:1].upper() + words[1:]


def _changed(label: str, number: int, one: Difference) -> Changed:
    field = next((f"{field.number} {field.name}" for field in FIELDS if field.number == number), "")
    before, after = one.before or "", one.after or ""
    long = max(len(before), len(after)) >= LONG and before and after
    return Changed(
        *(field, label, _said(one.before), _said(one.after)), tuple(_marked(before, after)) if long else ()
    )


def _said(text: str | None) -> str:
    """A wording; what a version does not have is another thing than an empty answer."""
    return NOT_THERE if text is None else text or "nothing"


def _marked(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The two texts in one: runs that are kept, deleted and inserted."""
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    if len(old) + len(new) > MOST_WORDS:
        return
    for how, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            yield "kept", "".join(old[start:end])
            continue
        if start < end:
            yield "gone", "".join(old[start:end])
        if first < last:
            yield "come", "".join(new[first:last])
