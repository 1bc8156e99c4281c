"""Somebody types what would keep a computer busy for ever, or fill its memory: each answer comes at once."""

from decimal import Decimal

import pytest

from breakfix.diagnosis.queries import protocol_for
from breakfix.diagnosis.rules import checklist
from breakfix.diagnosis.values import ReadingKind
from breakfix.incidents.rules import intake, words
from breakfix.kernel.errors import Refused

# Searched naively, each digit begins a search through all the rest: hours for one note.
LONG = ["1" * 8000, "1 " * 4000, "1, " * 2600, "1" + " " * 8000 + "x", "12.3\n" * 1600, "$ " * 4000, "1k" * 4000]


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:4]))
def test_search_for_amounts_ends_in_any_text(text: str) -> None:
    assert words.check_no_amount(text, "note") == text


@pytest.mark.parametrize("gap", [" " * 60, "\n", " . , ", "\u00a0 "])
def test_amount_stretched_by_blanks_is_still_one(gap: str) -> None:
    for text in (f"about 5{gap}dollars", f"for $ 5{gap}", f"5{gap}000 usd"):
        assert words.amount_in(text), text


@pytest.mark.parametrize("number", ["1e-999999999", "1e999999999", "NaN", "-Infinity", "1e-13"])
def test_reading_that_cannot_be_written_out_is_refused(number: str) -> None:
    items = [item for item in protocol_for("HW-RAID").items if item.reading is ReadingKind.NUMBER]
    assert items
    with pytest.raises(Refused) as refusal:
        checklist.read(items[0], number, slots=None)
    assert refusal.value.code == "bad_reading"


@pytest.mark.parametrize("amount", ["1000000000001", "-1", "NaN", "1e400"])
def test_harm_that_no_number_can_prove_is_refused(amount: str) -> None:
    with pytest.raises(Refused) as refusal:
        intake.harm_of(Decimal(amount), "USD", "obligations-0-harm")
    assert (refusal.value.code, refusal.value.field) == ("bad_amount", "obligations-0-harm")
