"""How long an offer binds, and what may follow which state (domain.md §3.2, §11 ruling 30)."""

from datetime import datetime, timedelta

import pytest

from breakfix.agreements.clauses.base import span
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.quotes.rules import states
from breakfix.quotes.values import Status
from tests.makers import local
from tests.quotes.cases import usd

ZONE = "America/New_York"
CALENDAR = Calendar.from_json(
    {"zone": ZONE, "hours": {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)


def ends(issued: str, words: str, *holds: datetime) -> datetime:
    return states.valid_until(local(issued), span(words), holds, zone=ZONE, calendar=CALENDAR)


@pytest.mark.parametrize(
    ("issued", "words", "until"),
    [
        ("2026-12-02 01:15", "24 h", "2026-12-03 01:15"),
        ("2026-12-07 10:00", "14 d", "2026-12-21 10:00"),
        # The night of the change has 25 hours: hours are elapsed, days are civil.
        ("2026-10-31 12:00", "24 h", "2026-11-01 11:00"),
        ("2026-10-31 12:00", "1 d", "2026-11-01 12:00"),
        ("2026-12-04 17:00", "2 bh", "2026-12-07 09:00"),
        ("2026-12-04 17:00", "1 bd", "2026-12-07 17:00"),
        ("2026-12-04 17:00", "90 min", "2026-12-04 18:30"),
    ],
)
def test_offer_ends_after_the_agreed_span(issued: str, words: str, until: str) -> None:
    assert ends(issued, words) == local(until)


def test_offer_ends_with_the_earliest_supplier_hold() -> None:
    early, late = local("2026-12-08 00:00"), local("2026-12-30 00:00")
    assert ends("2026-12-07 10:00", "14 d", late, early) == early
    assert ends("2026-12-07 10:00", "14 d", late) == local("2026-12-21 10:00")


@pytest.mark.parametrize(
    ("q", "high", "needed"),
    [
        ("5000", False, ""),
        ("5000.01", False, "the price is above $5,000.00"),
        ("10", True, "a risk is High or Severe"),
    ],
)
def test_second_person_reviews_above_the_threshold_or_with_a_high_risk(q: str, high: bool, needed: str) -> None:
    assert states.second_person_needed(usd(q), usd("5000"), high_risk=high) == needed


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.ISSUED, Status.EXPIRED)])
def test_only_an_open_offer_is_decided(status: Status) -> None:
    until = local("2026-12-03 00:00")
    with pytest.raises(Refused) as refusal:
        states.check_can_decide(status, valid_until=until, sha256="a", shown="a", at=until - timedelta(hours=1))
    assert refusal.value.code == f"quote_{status.lower()}"


@pytest.mark.parametrize("status", [Status.APPROVED, Status.SETTLED, Status.REJECTED, Status.EXPIRED])
def test_decided_quote_is_not_withdrawn(status: Status) -> None:
    with pytest.raises(Refused) as refusal:
        states.check_transition(status, Status.WITHDRAWN)
    assert refusal.value.code == f"quote_{status.lower()}"


def test_quote_before_its_root_cause_is_not_issued() -> None:
    with pytest.raises(Refused) as refusal:
        states.check_can_issue(Status.REVIEWED, EngagementStatus.DIAGNOSING)
    assert refusal.value.code == "no_root_cause"


@pytest.mark.parametrize("status", [EngagementStatus.QUALIFIED, EngagementStatus.APPROVED, EngagementStatus.CLOSED])
def test_quote_is_drafted_only_while_there_is_something_to_price(status: EngagementStatus) -> None:
    with pytest.raises(Refused) as refusal:
        states.check_can_draft(status, None, bound=False)
    assert refusal.value.code == "no_quote_now"
