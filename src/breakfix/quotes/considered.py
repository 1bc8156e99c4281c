"""What the provider's catalogue says of the parts that an offer names: whether they fit, and what else would do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import Refused
from breakfix.parts import catalogue
from breakfix.parts.catalogue import Known, Stand
from breakfix.parts.rules import number
from breakfix.parts.values import Verdict
from breakfix.quotes import sourcing
from breakfix.quotes.sourcing import Compared
from breakfix.quotes.values import Draft

CORRECT = "Quote a part that fits; if the catalogue is wrong, withdraw its statement there and note what is right."


@dataclass(frozen=True)
class Choice:
    """An alternate with the best offer for it that still holds, if a supplier made one."""

    stand: Stand
    offer: Compared | None


@dataclass(frozen=True)
class Note:
    """What is known of one part number; `key` and `field` name the line of the offer that asks for it."""

    known: Known
    choices: tuple[Choice, ...]
    offer: Compared | None = None
    key: str = ""
    field: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether nobody has to think about it."""
        return self.known.judged.verdict is Verdict.FITS


def of_draft(engagement: Engagement, draft: Draft, by: Actor, at: datetime) -> tuple[Note, ...]:
    """A note for each line with a part number, parts and what is used only if needed, in the order of the offer."""
    lines = [(f"P{n + 1}", f"parts-{n}-part_number", one.part_number) for n, one in enumerate(draft.parts)]
    for n, one in enumerate(draft.contingents):
        lines.append((f"X{n + 1}", f"contingents-{n}-part_number", one.part_number))
    known = catalogue.known(engagement, [given for _, _, given in lines])
    offers = sourcing.compared(engagement, by, at) if known else []
    notes = [_note(known[given], offers, key, field) for key, field, given in lines if given in known]
    return tuple(_with_doubts(note, draft) for note in notes)


def of_numbers(engagement: Engagement, numbers: Iterable[str], offers: list[Compared]) -> tuple[Note, ...]:
    """A note for each of these numbers that the catalogue lists, each once: an alternate stands with its part."""
    known = catalogue.known(engagement, dict.fromkeys(numbers))
    first = {number(given): one for given, one in reversed(known.items()) if one.part is not None}
    notes = [_note(one, offers) for _, one in sorted(first.items())]
    beside = {choice.stand.part.part_number for note in notes for choice in note.choices}
    return tuple(note for note in notes if note.choices or number(note.known.number) not in beside)


def _note(known: Known, offers: list[Compared], key: str = "", field: str = "") -> Note:
    choices = tuple(Choice(stand, _best(offers, stand.part.part_number)) for stand in known.alternates)
    return Note(known, choices, _best(offers, known.number), key, field)


def _best(offers: list[Compared], wanted: str) -> Compared | None:
    """The first to arrive of those for this number that still hold."""
    holding = [one for one in offers if number(one.offer.part_number) == number(wanted) and not one.expired]
    return min(holding, key=lambda one: (one.p50, one.sell.minor, one.offer.pk), default=None)


def _with_doubts(note: Note, draft: Draft) -> Note:
    """The note with what the reviewer should know before vouching for the line."""
    judged, part = note.known.judged, note.known.part
    doubts = [] if judged.verdict in (Verdict.FITS, Verdict.DOES_NOT_FIT) else [f"{judged.words}"]
    line = draft.parts[int(note.key[1:]) - 1] if note.key.startswith("P") else None
    if part is not None and line is not None:
        if part.data_bearing and not line.data_bearing:
            doubts.append("the catalogue says that it bears data, the line does not")
        if line.condition.value not in part.grades:
            doubts.append(f"it is not bought in condition {line.condition.value.replace('_', ' ')}")
        if part.core_due:
            doubts.append("the supplier wants the old one back")
    where = f"{note.key} {note.known.number}: "
    return Note(note.known, note.choices, note.offer, note.key, note.field, tuple(where + one for one in doubts))


def check_fit(notes: Iterable[Note]) -> None:
    """Refuse a part that is known not to fit the engagement's machine.

    No way round it on one offer: whoever knows better corrects the catalogue, so that the next offer knows it, too.
    """
    for note in notes:
        if note.known.judged.verdict is Verdict.DOES_NOT_FIT:
            message = f"{note.key} {note.known.number} is known not to fit this machine: {note.known.judged.words}."
            raise Refused("part_does_not_fit", message, remedy=CORRECT, field=note.field)


def doubts(notes: Iterable[Note]) -> tuple[str, ...]:
    """What is not known, for whoever vouches for the offer."""
    return tuple(doubt for note in notes for doubt in note.doubts)


def frozen(notes: Iterable[Note]) -> dict[str, Any]:
    """The alternates that were considered, as the offer's document keeps them; nothing where there are none."""
    rows = [_frozen(note, choice) for note in notes for choice in note.choices]
    return {"alternates": rows} if rows else {}


def _frozen(note: Note, choice: Choice) -> dict[str, Any]:
    stand, best = choice.stand, choice.offer
    offered = (
        {
            "condition": best.offer.condition,
            "price": best.sell,
            "freight": best.offer.freight,
            "arrives": best.p50,
            "held_until": best.offer.valid_until,
        }
        if best
        else None
    )
    return {
        "line": note.key,
        "part_number": stand.part.part_number,
        "maker": stand.part.maker,
        "description": stand.part.description,
        "conditions": stand.row.conditions,
        "basis": stand.row.basis,
        "fit": stand.judged.verdict,
        "offered": offered,
    }
