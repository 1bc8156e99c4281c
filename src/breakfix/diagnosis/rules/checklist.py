"""What a reading means, what has to come first, and what is still missing from a diagnosis."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from breakfix.diagnosis.values import Found, Item, Protocol, Reading, ReadingKind
from breakfix.kernel.errors import Refused

LONGEST_TEXT = 2000
# Above any figure an instrument shows; keeps a slip of the key out of the record.
LARGEST, MOST_DECIMALS = Decimal(10) ** 12, 12
_PAIR = re.compile(r"\s*([A-Za-z0-9:._/-]{1,20}?)\s*=\s*(.+?)\s*")


def check_known(protocol: Protocol, item_id: str) -> Item:
    """The item of this id; refuses one that the protocol does not have, naming those it has."""
    item = protocol.find(item_id.strip())
    if item is None:
        known = ", ".join(one.id for one in protocol.items)
        raise Refused("unknown_item", f"The protocol {protocol.name} has the items {known}.", field="item")
    return item


def check_order(item: Item, done: Iterable[str]) -> None:
    """Refuse a step before those that it could spoil: no map can be exported once something has changed."""
    missing = [one for one in item.after if one not in set(done)]
    if missing:
        words = ", ".join(missing)
        raise Refused("too_early", f"First record {words}: this step may change what they show.", missing=missing)


def read(item: Item, text: str, *, slots: int | None = None) -> Reading:
    """The reading, understood and held against the limits. Refuses what is no reading of this kind.

    Out of limits is a finding, never a refusal. `slots` is how many bays the asset register knows of.
    """
    match item.reading:
        case ReadingKind.DONE:
            return Reading(_bounded(text, needed=False))
        case ReadingKind.TEXT:
            return Reading(_bounded(text, needed=True))
        case ReadingKind.NUMBER:
            number = _number(text, item)
            return Reading(f"{number:f}", (), _within(number, item), _outside(number, item))
        case ReadingKind.CHOICE:
            word = _choice(text, item)
            return Reading(word, (), _good(word, item), () if _good(word, item) is not False else (word,))
        case _:
            return _per_slot(item, text, slots)


def _per_slot(item: Item, text: str, slots: int | None) -> Reading:
    pairs: dict[str, str] = {}
    verdicts: list[bool | None] = []
    for part in filter(str.strip, re.split(r"[,;\n]", text)):
        found = _PAIR.fullmatch(part)
        if found is None:
            raise Refused("bad_reading", f"Write slot=value for each bay; {part.strip()!r} is not.", field="reading")
        slot, value = found[1], found[2]
        if slot in pairs:
            raise Refused("bad_reading", f"Slot {slot} is written twice.", field="reading")
        if item.reading is ReadingKind.SLOT_NUMBERS:
            number = _number(value, item)
            pairs[slot] = f"{number:f}"
            verdicts.append(_within(number, item))
        else:
            pairs[slot] = _choice(value, item)
            verdicts.append(_good(pairs[slot], item))
    if not pairs or (slots is not None and len(pairs) != slots):
        wanted = f"{slots} bays" if slots is not None else "every bay in use"
        raise Refused(
            "slots_missing",
            f"Give one reading for {wanted} as slot=value, slot=value; {len(pairs)} are given.",
            field="reading",
            slots=slots,
        )
    outside = tuple(
        f"{slot}={value}" for (slot, value), within in zip(pairs.items(), verdicts, strict=True) if within is False
    )
    joined = ", ".join(f"{slot}={value}" for slot, value in pairs.items())
    within = None if all(one is None for one in verdicts) else not outside
    return Reading(joined, tuple(pairs.items()), within, outside)


def _number(text: str, item: Item) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    # Looked at before anything is computed: written out, 1e-999999999 would fill the memory.
    strange = not isinstance(exponent, int) or exponent < -MOST_DECIMALS or number.adjusted() > MOST_DECIMALS
    if strange or abs(number) > LARGEST:
        unit = f" in {item.unit}" if item.unit else ""
        message = f"Give a plain number{unit}, with a point for decimals."
        raise Refused("bad_reading", message, field="reading")
    return number


def _choice(text: str, item: Item) -> str:
    word = " ".join(text.split()).lower()
    if word not in item.choices:
        message = f"Choose one of: {', '.join(item.choices)}."
        raise Refused("bad_reading", message, field="reading", choices=list(item.choices))
    return word


def _within(number: Decimal, item: Item) -> bool | None:
    if item.minimum is None and item.maximum is None:
        return None
    low = item.minimum is None or number >= item.minimum
    return low and (item.maximum is None or number <= item.maximum)


def _outside(number: Decimal, item: Item) -> tuple[str, ...]:
    return (f"{number:f}",) if _within(number, item) is False else ()


def _good(word: str, item: Item) -> bool | None:
    return word in item.good if item.good else None


def _bounded(text: str, *, needed: bool) -> str:
    cleaned = text.strip()
    if needed and not cleaned:
        raise Refused("missing_field", "Write down what you found.", field="reading")
    if len(cleaned) > LONGEST_TEXT:
        message = f"Keep it to {LONGEST_TEXT} characters; hand in the rest as a file."
        raise Refused("too_long", message, field="reading")
    return cleaned


def check_complete_entry(item: Item, *, has_evidence: bool, note: str) -> None:
    """Refuse an entry without the file or the sentence that the protocol asks for."""
    if item.evidence and not has_evidence:
        message = "This step needs a file as evidence: a photograph or an export."
        raise Refused("evidence_needed", message, field="evidence")
    if item.note and not note:
        raise Refused("note_needed", "This step needs a sentence that says why.", field="note")


def missing(protocol: Protocol, found: Iterable[Found], *, prior_attempt: bool) -> list[Item]:
    """The items without which this diagnosis is not complete, in order."""
    on_record = {one.item: one for one in found}
    return [
        item
        for item in protocol.items
        if item.is_required(prior_attempt=prior_attempt) and not _satisfied(item, on_record.get(item.id))
    ]


def _satisfied(item: Item, found: Found | None) -> bool:
    if found is None:
        return False
    return (found.has_evidence or not item.evidence) and (found.has_note or not item.note)


def check_can_complete(protocol: Protocol, found: Iterable[Found], *, prior_attempt: bool) -> None:
    """Refuse to call a diagnosis complete while a required step or its evidence is missing."""
    open_items = missing(protocol, found, prior_attempt=prior_attempt)
    if open_items:
        words = ", ".join(item.id for item in open_items)
        raise Refused(
            "protocol_incomplete",
            f"Still to be recorded, with the evidence that each asks for: {words}.",
            missing=[item.id for item in open_items],
        )
