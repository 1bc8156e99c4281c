"""Estimates against what the work came to: figures worked out by hand, and what must hold for any of them."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.quotes.rules import calibration as rules
from breakfix.quotes.rules.calibration import Facts, LeftOut, Settled, Verdict
from breakfix.quotes.rules.simulation import SIMULATED, STATED
from breakfix.quotes.values import Mode

D = Decimal
# Q 1,000.00 of which 400.00 is fixed; the uncertain part is foretold at 600, 700 and 800.
ONE = Settled("HW-RAID", "controller", True, 100_000, 40_000, 100_000, 110_000, 120_000, 120_000, 100_000)
COUNTED = Facts(Mode.NTE, False, SIMULATED, D("0.90"), True, False)


def came_to(*actuals: int) -> list[Settled]:
    """One offer like `ONE` for each of these actuals, in dollars."""
    return [replace(ONE, actual=actual * 100) for actual in actuals]


# Ten settled: 700, 760, 820, 880, 940 within P50; 1000 and 1060 around it; 1150, 1200, 1300 above P80.
TEN = came_to(700, 760, 820, 880, 940, 1000, 1060, 1150, 1200, 1300)
# Every hour took twice as long as its likely one: 400 + 2 x 600 = 1,600 in the middle.
SLOW = came_to(1300, 1400, 1450, 1500, 1550, 1600, 1600, 1650, 1700, 1750, 1900)


def test_curve_counts_what_stayed_within_each_mark_the_mark_itself_included() -> None:
    told = rules.read(TEN)
    assert [(one.stated, one.count, one.of) for one in told.curve] == [(50, 6, 10), (80, 7, 10), (90, 9, 10)]
    assert [one.verdict for one in told.curve] == [Verdict.IN_LINE] * 3
    assert told.curve[0].share == Fraction(3, 5)


def test_hit_is_what_came_above_the_maximum_and_at_it_is_none() -> None:
    told = rules.read(TEN)
    assert (told.hits.count, told.hits.of, told.hits.share) == (1, 10, Fraction(1, 10))


def test_maximum_of_a_change_order_follows_from_its_price_and_is_no_hit_of_the_simulation() -> None:
    extra = [replace(one, base=False, n=1) for one in TEN]
    told = rules.read([*TEN, *extra])
    assert (told.hits.count, told.hits.of) == (1, 10)
    assert (told.curve[0].count, told.curve[0].of) == (12, 20)


def test_accuracy_is_the_actual_over_the_price_its_ends_in_proportion() -> None:
    # 0.70 .. 1.30 in order; the median between 0.94 and 1.00; a tenth of nine steps is 0.9 of the way 0.70 to 0.76.
    accuracy = rules.read(TEN).accuracy
    assert accuracy is not None
    assert (accuracy.median, accuracy.p10, accuracy.p90) == (
        Fraction(97, 100),
        Fraction(754, 1000),
        Fraction(121, 100),
    )


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(5, 10, "0.2366", "0.7634"), (18, 20, "0.6990", "0.9721"), (0, 10, "0", "0.2775"), (10, 10, "0.7225", "1")],
)
def test_interval_is_that_of_the_tables(count: int, of: int, low: str, high: str) -> None:
    assert rules.wilson(count, of) == (D(low), D(high))


def test_below_ten_nothing_is_said_and_at_ten_it_is() -> None:
    few = rules.read(TEN[:9])
    assert {one.verdict for one in (*few.curve, few.hits)} == {Verdict.TOO_FEW}
    assert [one.share for one in few.curve] == [None] * 3
    assert (few.accuracy, few.factor.value, few.factor.advised) == (None, None, False)
    assert few.factor.derivation == ("9 of at least 10 settled offers with uncertain hours: too few to say",)
    assert rules.read(TEN).factor.value is not None
    assert rules.read([]).count == 0


def test_factor_is_the_middle_of_what_came_true_over_what_half_should_stay_within() -> None:
    # (1,600 - 400) / (1,000 - 400) = 2; with twice the hours 7 of 11 stay within P50, 9 within P80 (1,800), 10, ...
    factor = rules.read(SLOW).factor
    assert (factor.value, factor.advised) == (D("2.00"), True)
    assert [(one.stated, one.count) for one in factor.after] == [(50, 7), (80, 10), (90, 11)]
    assert factor.derivation == (
        "F = Q less its quoted labour, as frozen; ratio = (A - F) / (P50 - F), 1 where the work came to its P50",
        "11 ratios in order: 1.5, 1.67, 1.75, 1.83, 1.92, 2, 2, 2.08, 2.17, 2.25, 2.5; "
        "the middle one, up to a hundredth: 2",
        "half should stay at or below 1: 0 of 11 did, 95 % interval 0 to 26 %",
        "hours x 2 would have kept 7 of 11 within P50, 10 of 11 within P80, 11 of 11 within P90",
        "chance does not explain it",
    )


def test_factor_that_chance_explains_is_shown_and_not_advised() -> None:
    # The middle ratio lies between (940 - 400) / 600 = 0.9 and (1000 - 400) / 600 = 1.
    factor = rules.read(TEN).factor
    assert (factor.value, factor.advised) == (D("0.95"), False)
    # 700, 760, 820, 880, 940 and, exactly at 1, 1,000.
    assert factor.derivation[2] == "half should stay at or below 1: 6 of 10 did, 95 % interval 31 to 83 %"
    assert factor.derivation[-1] == "chance explains it: keep the hours as they are"


def test_work_that_fell_below_what_is_fixed_has_no_factor() -> None:
    factor = rules.read(came_to(*[300] * 10)).factor
    assert (factor.value, factor.advised, factor.after) == (None, False, ())


def test_offers_without_uncertain_hours_have_no_say_in_the_factor() -> None:
    lucky = [replace(one, p50=one.fixed) for one in SLOW]
    assert rules.read([*SLOW, *lucky]).factor == rules.read(SLOW).factor


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (COUNTED, None),
        (replace(COUNTED, mode=Mode.NTE_SHARED), None),
        (replace(COUNTED, mode=Mode.FIXED), LeftOut.FIXED),
        (replace(COUNTED, by_the_piece=True), LeftOut.BY_THE_PIECE),
        (replace(COUNTED, sampler=STATED), LeftOut.STATED),
        (replace(COUNTED, quantile=D("0.95")), LeftOut.QUANTILE),
        (replace(COUNTED, uncertain=False), LeftOut.CERTAIN),
        (replace(COUNTED, cancelled=True, mode=Mode.FIXED), LeftOut.CANCELLED),
    ],
)
def test_only_what_was_simulated_and_worked_to_its_end_counts(facts: Facts, reason: LeftOut | None) -> None:
    assert rules.why_left_out(facts) == reason


amounts = st.integers(min_value=1, max_value=10_000_000)


@st.composite
def offers(draw: st.DrawFn) -> Settled:
    fixed, labour = draw(st.integers(0, 1_000_000)), draw(amounts)
    p50, p80, p90 = (fixed + part for part in sorted(draw(st.tuples(amounts, amounts, amounts))))
    words = {"domain": draw(st.sampled_from(["HW-SRV", "NET-CORE"])), "failure": draw(st.sampled_from(["", "fan"]))}
    figures = {"q": fixed + labour, "fixed": fixed, "p50": p50, "p80": p80, "p90": p90, "n": p90}
    return Settled(**words, **figures, base=draw(st.booleans()), actual=draw(amounts))


many = st.lists(offers(), min_size=rules.LEAST, max_size=40)


@given(many, st.randoms(use_true_random=False))
def test_order_changes_nothing(rows: list[Settled], chance: object) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert rules.read(mixed) == rules.read(rows)


@given(many)
def test_more_stays_within_a_higher_mark_and_every_share_within_its_interval(rows: list[Settled]) -> None:
    told = rules.read(rows)
    counts = [one.count for one in told.curve]
    assert counts == sorted(counts)
    for one in (*told.curve, *told.factor.after):
        assert one.low - D("0.0001") <= D(one.count) / one.of <= one.high + D("0.0001")


@given(many, st.integers(2, 1000))
def test_another_currency_changes_no_share_no_ratio_and_no_factor(rows: list[Settled], rate: int) -> None:
    names = ("q", "fixed", "p50", "p80", "p90", "n", "actual")
    dearer = [replace(one, **{name: getattr(one, name) * rate for name in names}) for one in rows]
    assert rules.read(dearer) == rules.read(rows)


@given(many)
def test_work_that_took_the_factors_hours_is_in_line_without_another(rows: list[Settled]) -> None:
    """Where the work comes to exactly twice what half should stay within, the factor is two and puts all within."""
    doubled = [replace(one, actual=one.fixed + 2 * (one.p50 - one.fixed)) for one in rows]
    factor = rules.read(doubled).factor
    assert (factor.value, factor.advised) == (D(2), True)
    assert [one.count for one in factor.after] == [len(rows)] * 3


@given(many)
def test_factor_keeps_at_least_half_within_what_half_should_stay_within(rows: list[Settled]) -> None:
    factor = rules.read(rows).factor
    assert factor.value is None or factor.after[0].count * 2 >= factor.after[0].of


@given(many)
def test_classes_share_out_all_and_count_nothing_twice(rows: list[Settled]) -> None:
    told, whole = rules.by_class(rows, lambda one: one.domain), rules.read(rows)
    assert sum(one.count for one in told) == whole.count
    assert sum(one.hits.count for one in told) == whole.hits.count
    assert [sum(one.curve[at].count for one in told) for at in range(3)] == [one.count for one in whole.curve]
