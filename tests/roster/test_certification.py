"""When a certificate counts: three kinds of validity, through the planned end, in the site's days."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.roster.rules import (
    alert_reached,
    certification_current,
    default_end,
    lasts_until,
    months_after,
)
from breakfix.roster.values import CERTIFICATION_ALERTS, INSURANCE_ALERTS, Held, Validity

NEW_YORK = "America/New_York"
AT = datetime(2026, 12, 1, 20, 0, tzinfo=ZoneInfo(NEW_YORK))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK))


def fixed(until: date | None) -> Held:
    return Held("CCNA", Validity.FIXED_TERM, date(2023, 12, 2), until)


def verdict(held: Held, through: str, zone: str = NEW_YORK, **given: Any) -> tuple[bool, str]:
    return certification_current(held, through=local(through), zone=zone, at=AT, **given)


def test_certificate_ending_today_does_not_reach_past_midnight() -> None:
    # T-R2: ends today 23:59, work is planned to 01:00.
    current, why = verdict(fixed(date(2026, 12, 1)), "2026-12-02 01:00")
    assert not current
    assert why == "CCNA expires 2026-12-01, work ends 12-02 01:00"


@pytest.mark.parametrize(
    ("through", "current"),
    [("2026-12-01 23:59", True), ("2026-12-02 00:00", True), ("2026-12-02 00:01", False)],
)
def test_certificate_counts_until_the_next_local_midnight(through: str, current: bool) -> None:
    assert verdict(fixed(date(2026, 12, 1)), through)[0] is current


def test_certificate_days_are_those_of_the_site() -> None:
    # 23:30 in New York is 20:30 in Los Angeles and 05:30 of the next day in Paris.
    held = fixed(date(2026, 12, 1))
    assert verdict(held, "2026-12-01 23:30", "America/Los_Angeles")[0]
    assert verdict(held, "2026-12-02 02:00", "America/Los_Angeles")[0]
    assert not verdict(held, "2026-12-01 23:30", "Europe/Paris")[0]


def test_fixed_term_needs_an_end_on_record() -> None:
    assert verdict(fixed(None), "2026-12-01 21:00") == (False, "CCNA has no end date on record")


def test_certificate_issued_later_does_not_count_yet() -> None:
    held = Held("CCNA", Validity.FIXED_TERM, date(2026, 12, 2), date(2029, 12, 2))
    assert verdict(held, "2026-12-03 00:00") == (False, "CCNA is issued only on 2026-12-02")


@pytest.mark.parametrize(
    ("verified_on", "months", "current"),
    [
        (None, 12, False),
        (date(2025, 12, 2), 12, True),  # twelve months old only tomorrow
        (date(2025, 12, 1), 12, True),  # counts through its last day
        (date(2025, 11, 30), 12, False),
        (date(2025, 11, 30), 18, True),
    ],
)
def test_lifetime_needs_a_fresh_word_of_the_issuer(verified_on: date | None, months: int, current: bool) -> None:
    held = Held("Server+", Validity.LIFETIME, date(2015, 1, 1), verified_on=verified_on)
    assert verdict(held, "2026-12-01 23:00", verified_for_months=months)[0] is current


def test_lifetime_verification_must_last_through_the_planned_end() -> None:
    held = Held("Server+", Validity.LIFETIME, date(2015, 1, 1), verified_on=date(2025, 12, 1))
    current, why = verdict(held, "2026-12-02 01:00")
    assert not current
    assert "last verified on 2025-12-01" in why


@pytest.mark.parametrize(
    ("version", "accepted", "current"),
    [
        ("8", ("7", "8"), True),
        ("vSphere 8", ("VSPHERE 8 ",), True),
        ("6", ("7", "8"), False),
        ("8", (), False),
        ("", ("",), False),
    ],
)
def test_version_bound_needs_a_version_the_client_accepts(
    version: str, accepted: tuple[str, ...], current: bool
) -> None:
    held = Held("VCP-DCV", Validity.VERSION_BOUND, date(2020, 1, 1), version=version)
    assert verdict(held, "2026-12-02 01:00", accepted_versions=accepted)[0] is current


def test_version_bound_with_an_end_also_ends() -> None:
    held = Held("VMCE", Validity.VERSION_BOUND, date(2024, 12, 1), date(2026, 12, 1), version="12")
    assert verdict(held, "2026-12-01 23:00", accepted_versions=("12",))[0]
    assert not verdict(held, "2026-12-02 01:00", accepted_versions=("12",))[0]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 1), 36, date(2029, 12, 1)),
    ],
)
def test_months_after_keeps_the_day_or_takes_the_last(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


def test_only_fixed_terms_end_by_themselves() -> None:
    assert default_end(Validity.FIXED_TERM, 36, date(2026, 12, 1)) == date(2029, 12, 1)
    assert default_end(Validity.LIFETIME, None, date(2026, 12, 1)) is None


def test_lasts_until_takes_the_earlier_end() -> None:
    held = Held("X", Validity.LIFETIME, date(2020, 1, 1), date(2027, 1, 1), verified_on=date(2025, 6, 1))
    assert lasts_until(held) == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("left", "certificate", "policy"),
    [(91, None, None), (90, 90, None), (60, 60, 60), (45, 60, 60), (30, 30, 30), (14, 30, 14), (7, 7, 7)]
    + [(2, 7, 7), (1, 1, 1), (0, 1, 1), (-1, 0, 0)],
)
def test_alerts_come_at_their_days(left: int, certificate: int | None, policy: int | None) -> None:
    today = date(2026, 12, 1)
    ends_on = date.fromordinal(today.toordinal() + left)
    assert alert_reached(ends_on, today, CERTIFICATION_ALERTS) == certificate
    assert alert_reached(ends_on, today, INSURANCE_ALERTS) == policy


@given(st.integers(0, 4000), st.integers(0, 3000))
def test_a_longer_visit_never_makes_a_certificate_current(minutes: int, more: int) -> None:
    held = fixed(date(2026, 12, 3))
    start = AT.timestamp()

    def current(length: int) -> bool:
        through = datetime.fromtimestamp(start + 60 * length, ZoneInfo("UTC"))
        return certification_current(held, through=through, zone=NEW_YORK, at=AT)[0]

    assert current(minutes) or not current(minutes + more)
