"""What a reading is, what it is not, and what is still missing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from breakfix.diagnosis.rules import checklist
from breakfix.diagnosis.values import Found, Item, Protocol, ReadingKind, Required
from breakfix.kernel.errors import Refused

NUMBER = Item("rail", "Measure.", "Because.", ReadingKind.NUMBER, 1, unit="V", minimum=Decimal("4.75"))
CHOICE = Item("state", "Look.", "Because.", ReadingKind.CHOICE, 1, choices=("good", "bad"), good=("good",))
SLOTS = replace(NUMBER, id="slots", reading=ReadingKind.SLOT_NUMBERS, minimum=None, maximum=Decimal(0))
STATES = replace(CHOICE, id="states", reading=ReadingKind.SLOT_CHOICES)
TEXT = Item("text", "Write.", "Because.", ReadingKind.TEXT, 1)
PHOTO = Item("photo", "Photograph.", "Because.", ReadingKind.DONE, 1, evidence=True)
LATER = replace(TEXT, id="later", after=("photo", "text"), note=True)
TRIED = replace(TEXT, id="tried", required=Required.PRIOR_ATTEMPT)
EXTRA = replace(TEXT, id="extra", required=Required.OPTIONAL)
PROTOCOL = Protocol("HW-SRV", "1", "Title", "Rule.", (PHOTO, TEXT, LATER, TRIED, EXTRA))


@pytest.mark.parametrize(
    ("item", "text", "code"),
    [
        (NUMBER, "", "bad_reading"),
        (NUMBER, "five", "bad_reading"),
        (NUMBER, "NaN", "bad_reading"),
        (NUMBER, "Infinity", "bad_reading"),
        (NUMBER, "1e400", "bad_reading"),
        (NUMBER, "5,1", "bad_reading"),
        (CHOICE, "", "bad_reading"),
        (CHOICE, "so-so", "bad_reading"),
        (SLOTS, "", "slots_missing"),
        (SLOTS, "0=0 1=0", "bad_reading"),
        (SLOTS, "0=0, 0=1", "bad_reading"),
        (SLOTS, "0=0, 1", "bad_reading"),
        (SLOTS, "0=0, 1=", "bad_reading"),
        (STATES, "0=good, 1=unknown", "bad_reading"),
        (TEXT, "  ", "missing_field"),
        (TEXT, "x" * 2001, "too_long"),
    ],
)
def test_reading_that_is_none_is_refused_naming_the_field(item: Item, text: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        checklist.read(item, text)
    assert (refusal.value.code, refusal.value.field) == (code, "reading")


def test_reading_per_slot_names_those_out_of_limits() -> None:
    reading = checklist.read(SLOTS, "0=0, 1 = 12 ; slot-2=0.0\n3=7")
    assert reading.slots == (("0", "0"), ("1", "12"), ("slot-2", "0.0"), ("3", "7"))
    assert (reading.within, reading.outside) == (False, ("1=12", "3=7"))
    assert reading.text == "0=0, 1=12, slot-2=0.0, 3=7"


def test_reading_per_slot_counts_the_bays_of_the_register() -> None:
    assert checklist.read(STATES, "0=good, 1=bad", slots=2).outside == ("1=bad",)
    with pytest.raises(Refused, match="6 bays"):
        checklist.read(STATES, "0=good, 1=bad", slots=6)


def test_reading_without_limits_has_no_verdict() -> None:
    free = replace(SLOTS, maximum=None)
    assert checklist.read(free, "0=4").within is None
    assert checklist.read(replace(NUMBER, minimum=None), "4").within is None
    assert checklist.read(replace(CHOICE, good=()), "bad").within is None
    assert checklist.read(PHOTO, "").within is None


def test_step_waits_for_what_it_could_spoil() -> None:
    with pytest.raises(Refused) as refusal:
        checklist.check_order(LATER, ["text"])
    assert (refusal.value.code, refusal.value.facts["missing"]) == ("too_early", ["photo"])
    checklist.check_order(LATER, ["photo", "text"])


def test_step_without_its_evidence_or_note_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        checklist.check_complete_entry(PHOTO, has_evidence=False, note="seen")
    assert (refusal.value.code, refusal.value.field) == ("evidence_needed", "evidence")
    with pytest.raises(Refused) as refusal:
        checklist.check_complete_entry(LATER, has_evidence=True, note="")
    assert (refusal.value.code, refusal.value.field) == ("note_needed", "note")


def test_diagnosis_lacks_what_is_required_and_what_its_evidence_is_missing_for() -> None:
    nothing = [one.id for one in checklist.missing(PROTOCOL, [], prior_attempt=True)]
    assert nothing == ["photo", "text", "later", "tried"]
    some = [Found("photo", has_evidence=False, has_note=True), Found("later", has_evidence=False, has_note=False)]
    assert [one.id for one in checklist.missing(PROTOCOL, some, prior_attempt=False)] == ["photo", "text", "later"]
    done = [Found(one, has_evidence=True, has_note=True) for one in ("photo", "text", "later")]
    checklist.check_can_complete(PROTOCOL, done, prior_attempt=False)
    with pytest.raises(Refused, match="tried"):
        checklist.check_can_complete(PROTOCOL, done, prior_attempt=True)


def test_unknown_item_is_answered_with_the_known_ones() -> None:
    with pytest.raises(Refused) as refusal:
        checklist.check_known(PROTOCOL, "phot")
    assert refusal.value.field == "item"
    assert "photo, text, later" in refusal.value.message
