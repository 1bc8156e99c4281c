"""Money: exact, half-up per line, one currency at a time (domain.md R7, §4.8, §4.9, §11 rulings 13, 28)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.kernel.money import (
    MixedCurrencies,
    Money,
    ceil_to_step,
    exponent_of,
    floor_to_step,
    format_money,
    half_up,
    split_pro_rata,
    trimmed,
)

fractions = st.fractions(min_value=-(10**9), max_value=10**9)
minors = st.integers(-(10**18), 10**18)


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


@pytest.mark.parametrize("refused", [1.5, True, float("nan")])
def test_money_refuses_what_is_not_exact(refused: float) -> None:
    with pytest.raises(TypeError):
        Money.of(refused, "USD")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        usd("1.00") * refused  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(refused, "USD")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money.from_minor(refused, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1,5"])
def test_money_refuses_text_that_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError):
        Money.of(text, "USD")


@pytest.mark.parametrize("code", ["usd", "US", "USDT", "U$D", "", "ÜSD"])
def test_money_refuses_a_currency_that_is_no_code(code: str) -> None:
    with pytest.raises(ValueError):
        Money.zero(code)


def test_money_sits_on_its_currencys_exponent() -> None:
    assert str(usd("12.3")) == "12.30 USD"
    assert str(Money.of("1234.5", "JPY")) == "1235 JPY"
    assert str(Money.of("1.2345", "KWD")) == "1.235 KWD"
    assert [exponent_of(code) for code in ("USD", "JPY", "KWD", "CLF", "XXX")] == [2, 0, 3, 4, 2]
    assert (usd("12.30").minor, Money.of(7, "JPY").minor, Money.of("0.005", "KWD").minor) == (1230, 7, 5)


def test_money_compares_and_hashes_by_value() -> None:
    assert usd("1.5") == Money.from_minor(150, "USD")
    assert len({usd("1.5"), usd("1.50"), Money.of("1.50", "EUR")}) == 2
    assert usd("1.00") < usd("2.00") <= usd("2.00")
    assert usd("3.00") > usd("2.00") >= usd("2.00")
    assert max(usd("1.00"), usd("9.00"), usd("2.00")) == usd("9.00")
    assert usd("1.00") != Money.of("1.00", "EUR")


def test_money_refuses_mixed_currencies() -> None:
    euro = Money.of(1, "EUR")
    for mixing in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__, Money.__gt__, Money.__ge__):
        with pytest.raises(MixedCurrencies):
            mixing(usd("1.00"), euro)
    with pytest.raises(TypeError):
        usd("1.00") + 1  # type: ignore[operator]


def test_money_adds_subtracts_and_negates() -> None:
    assert usd("250.00") + usd("925.00") - usd("735.00") == usd("440.00")
    assert -usd("675.00") == usd("-675.00")
    assert abs(usd("-675.00")) == usd("675.00")
    assert Money.zero("USD").is_zero
    assert not usd("0.01").is_zero
    assert str(usd("-0.004")) == "0.00 USD"


def test_money_rounds_half_up_once_per_line() -> None:
    # T-L2: 1.25 h x 277.50 = 346.875; T-N1: 1.75 h x 185 = 323.75.
    assert usd("185") * (Fraction(5, 4) * Fraction(3, 2)) == usd("346.88")
    assert Decimal("1.75") * usd("185") == usd("323.75")
    assert usd("-185") * Decimal("1.875") == usd("-346.88")
    assert usd("0.01") * Decimal("0.5") == usd("0.01")
    assert usd("10.00") * Fraction(1, 3) * 3 == usd("9.99")


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(1, 8), 2, "0.13"),
        (Decimal("2.675"), 2, "2.68"),
        (Decimal("-2.675"), 2, "-2.68"),
        (Decimal("0.49999999999999999999999999999999999"), 0, "0"),
        (Decimal("99999999999999999999999999999999.995"), 2, "100000000000000000000000000000000.00"),
        (7, 0, "7"),
    ],
)
def test_half_up_is_exact(value: Decimal | Fraction | int, places: int, expected: str) -> None:
    assert str(half_up(value, places)) == expected


@given(fractions, st.integers(0, 4))
def test_half_up_stays_within_half_a_unit(value: Fraction, places: int) -> None:
    error = Fraction(half_up(value, places)) - value
    assert abs(error) <= Fraction(1, 2 * 10**places)
    # On a tie the result lies further from zero.
    if abs(error) == Fraction(1, 2 * 10**places):
        assert (error > 0) == (value > 0)


@given(minors, minors)
def test_money_minor_units_make_the_round_trip(first: int, second: int) -> None:
    one, two = Money.from_minor(first, "USD"), Money.from_minor(second, "USD")
    assert one.minor == first
    assert Money.of(str(one.amount), "USD") == one
    assert (one + two - two) == one
    assert (one < two) == (first < second)


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money.of("1234.5", "USD"), "$1,234.50"),
        (Money.of("-6480", "USD"), "-$6,480.00"),
        (Money.of("1000000", "EUR"), "€1,000,000.00"),
        (Money.of("5", "GBP"), "£5.00"),
        (Money.of("1234.5", "CHF"), "CHF 1,234.50"),
        (Money.of("-98765", "JPY"), "-JPY 98,765"),
    ],
)
def test_format_money_reads_like_an_invoice(money: Money, shown: str) -> None:
    assert format_money(money) == shown


def test_split_pro_rata_gives_left_over_cents_to_the_largest_remainder() -> None:
    assert split_pro_rata(100, [1, 1, 1]) == [34, 33, 33]
    assert split_pro_rata(100, [1, 2, 4]) == [14, 29, 57]
    assert split_pro_rata(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split_pro_rata(5, [0, 7]) == [0, 5]
    assert split_pro_rata(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(("total", "weights"), [(1, [0, 0]), (1, []), (10, [3, -1])])
def test_split_pro_rata_refuses_what_cannot_be_shared(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError):
        split_pro_rata(total, weights)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_split_pro_rata_adds_up_and_is_fair_to_the_cent(total: int, weights: list[int]) -> None:
    shares = split_pro_rata(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1


def test_steps_round_to_25_dollars_as_quotes_do() -> None:
    # T-N1: P90 2,835 -> 2,850; §4.10: N never above the floor of 1.35 Q.
    step = Decimal(25)
    assert ceil_to_step(Decimal("2835"), step) == 2850
    assert ceil_to_step(Decimal("5400"), step) == 5400
    assert floor_to_step(Decimal("1.35") * Decimal("2196.25"), step) == 2950
    assert (ceil_to_step(Decimal("-1"), step), floor_to_step(Decimal("-1"), step)) == (0, -25)
    with pytest.raises(ValueError):
        ceil_to_step(Decimal(1), Decimal(0))
    with pytest.raises(TypeError):
        floor_to_step(1.0, step)  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "shown"), [("4.50", "4.5"), ("250.00", "250"), ("250", "250"), ("0.00", "0")])
def test_figures_lose_only_the_zeros_behind_the_point(value: str, shown: str) -> None:
    assert trimmed(Decimal(value)) == shown
