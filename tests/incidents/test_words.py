"""No amount in passing (domain.md R4)."""

import pytest

from breakfix.incidents.rules import words
from breakfix.kernel.errors import Refused


@pytest.mark.parametrize(
    "text",
    [
        "It will cost about $4,500 in the end.",
        "Rund 300 € für den Controller.",
        "We think USD 1200, maybe less.",
        "that would be 1,200.00 usd",
        "two hundred? no: 200 dollars",
        "around 5k $",
        "It's 20 grand at most",
        "£ 40 more",
        "CHF12'000",
    ],
)
def test_amount_of_money_is_a_verbal_promise(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        words.check_no_amount(text, "text")
    assert (refusal.value.code, refusal.value.field) == ("verbal_promise", "text")


@pytest.mark.parametrize(
    "text",
    [
        "Drive 3 of 6 failed at 19:40; 4 TB each.",
        "The chassis weighs 60 pounds.",
        "Controller P440ar, firmware 7.00, arrives at 22:40.",
        "Case EUR-IX 4711 is open with the carrier",
        "We are 75 % through the rebuild.",
        "The price will be in the quote.",
        "Set $PATH before the script runs",
    ],
)
def test_other_figures_pass(text: str) -> None:
    assert words.check_no_amount(text, "text") == text
