"""Downtime meter and obligation clock (domain.md §4.4): T-D1 to T-D3, factors, daily harms, S1's duty."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from breakfix.incidents.rules import harm
from breakfix.incidents.rules.harm import Duty, Factor, Meter, Rates
from breakfix.incidents.values import Verdict
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import Calendar
from tests.incidents.by_hand import recompute


def ny(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


HOURS = Calendar("America/New_York", (((480, 1080),),) * 5 + ((),) * 2)
RATES = Rates("archive", usd("4200"), usd("600"), HOURS)
OUTAGE = ny("2026-12-01 19:40")
DEADLINE = ny("2026-12-02 19:40")


def duty(met: datetime | None = None, per_day: str = "0") -> Duty:
    return Duty("Archive gap closed", "policy 4.2", OUTAGE, DEADLINE, usd("25000"), usd(per_day), met)


def meter(
    restored: datetime | None, at: datetime, *, factors: tuple[Factor, ...] = (), duties: tuple[Duty, ...] = ()
) -> Meter:
    return harm.meter(RATES, started_at=OUTAGE, restored_at=restored, factors=factors, duties=duties, at=at)


def test_meter_at_night_counts_the_other_rate() -> None:
    restored = ny("2026-12-02 06:25")
    one = meter(restored, ny("2026-12-02 09:00"))
    assert one.total == usd("6450.00")
    assert [(line.what, line.hours) for line in one.lines] == [("other hours", Fraction(43, 4))]
    assert (one.until, one.rate_now) == (restored, None)


def test_meter_over_the_opening_counts_both_rates() -> None:
    one = meter(ny("2026-12-02 09:25"), ny("2026-12-02 12:00"))
    assert [line.amount for line in one.lines] == [usd("7400.00"), usd("5950.00")]
    assert one.total == usd("13350.00")


@pytest.mark.parametrize(("minutes", "harms"), [(0, []), (1, [usd("25000.00")])])
def test_meter_includes_a_harm_only_past_its_deadline(minutes: int, harms: list[Money]) -> None:
    restored = OUTAGE + timedelta(hours=24, minutes=minutes)
    one = meter(restored, restored + timedelta(days=2), duties=(duty(restored),))
    assert [line.amount for line in one.lines if line.what.startswith("Archive")] == harms
    assert one.total == sum((line.amount for line in one.lines), usd("0"))


def test_meter_runs_at_the_rate_of_the_hour() -> None:
    assert meter(None, ny("2026-12-02 03:00")).rate_now == usd("600")
    assert meter(None, ny("2026-12-02 10:00")).rate_now == usd("4200")


def test_meter_keeps_full_rate_until_a_person_sets_a_factor() -> None:
    factors = (Factor(ny("2026-12-02 04:10"), Decimal("0.25"), "a loaner takes the stream"),)
    one = meter(ny("2026-12-02 06:25"), ny("2026-12-02 09:00"), factors=factors)
    # 8 h 30 min in full, then 2 h 15 min at a quarter.
    assert [line.amount for line in one.lines] == [usd("5100.00"), usd("337.50")]
    assert one.lines[1].what == "other hours, counted at 0.25"
    assert meter(None, ny("2026-12-02 05:00"), factors=factors).rate_now == usd("150")


def test_meter_of_factors_set_twice_adds_up_piece_by_piece() -> None:
    factors = (
        Factor(ny("2026-12-01 20:40"), Decimal("0.5"), "half of it"),
        Factor(ny("2026-12-01 21:40"), Decimal("1"), "it broke again"),
    )
    one = meter(None, ny("2026-12-01 22:40"), factors=factors)
    assert one.total == usd("1500.00")


def test_daily_harms_count_the_days_begun_after_the_deadline() -> None:
    late = duty(None, per_day="1000")
    cases = {
        timedelta(0): "0",
        timedelta(seconds=1): "26000",
        timedelta(days=1): "26000",
        timedelta(hours=25): "27000",
    }
    for after, expected in cases.items():
        assert harm.harm_fallen(late, DEADLINE + after)[0] == usd(expected)


def test_daily_harms_stop_when_the_duty_is_fulfilled() -> None:
    late = duty(DEADLINE + timedelta(hours=30), per_day="1000")
    assert harm.harm_fallen(late, DEADLINE + timedelta(days=9))[0] == usd("27000")


def test_s1_duty_is_met_with_13_h_15_left() -> None:
    one = harm.duty_reading(duty(ny("2026-12-02 06:25")), ny("2026-12-02 12:00"))
    assert (one.verdict, one.remaining) == (Verdict.MET, timedelta(hours=13, minutes=15))
    assert (one.due_at, one.harm) == (ny("2026-12-02 19:40"), usd("0"))


@pytest.mark.parametrize(
    ("met", "verdict"), [(DEADLINE, Verdict.MET), (DEADLINE + timedelta(seconds=1), Verdict.MISSED)]
)
def test_duty_met_at_the_very_deadline_is_met(met: datetime, verdict: Verdict) -> None:
    assert harm.duty_reading(duty(met), DEADLINE + timedelta(days=1)).verdict is verdict


def test_duty_past_its_deadline_is_missed_while_it_runs_on() -> None:
    one = harm.duty_reading(duty(), DEADLINE + timedelta(minutes=1))
    assert (one.verdict, one.is_open, one.harm) == (Verdict.MISSED, True, usd("25000"))
    assert harm.duty_reading(duty(), ny("2026-12-02 06:25")).verdict is Verdict.RUNNING


def test_duty_warns_at_its_shares_until_it_is_met() -> None:
    assert harm.duty_warnings(duty()) == {
        50: ny("2026-12-02 07:40"),
        75: ny("2026-12-02 13:40"),
        90: ny("2026-12-02 17:16"),
        100: DEADLINE,
    }
    assert harm.duty_warnings(duty(OUTAGE)) == {}


def test_printed_duty_can_be_recomputed_by_hand() -> None:
    one = harm.duty_reading(duty(), ny("2026-12-02 01:40"))
    printed = harm.duty_printout(one)
    elapsed, due = recompute(printed)
    assert elapsed == printed["elapsed_seconds"] == 6 * 3600
    assert due is not None
    assert datetime.fromisoformat(due) == DEADLINE


@pytest.mark.parametrize("factor", ["-0.1", "1.01", "NaN"])
def test_factor_outside_zero_to_one_is_refused(factor: str) -> None:
    with pytest.raises(Refused) as refusal:
        harm.degradation(Decimal(factor), restored=False)
    assert refusal.value.code == "bad_factor"


def test_factor_after_restoration_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        harm.degradation(Decimal("0.5"), restored=True)
    assert refusal.value.code == "already_restored"
