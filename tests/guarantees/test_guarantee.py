"""The guarantee begins with acceptance and lasts through its last local day (domain.md §4.11, §11 ruling 30)."""

from datetime import date, datetime, timedelta

import pytest

from breakfix.guarantees import actions, queries, rules
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.kernel.models import Entry, Task
from tests import makers_reports
from tests.makers import local
from tests.makers_reports import ACCEPTED
from tests.refusals import refused

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("accepted", "days", "zone", "ends_on", "ends_at"),
    [
        ("2026-12-02T10:05:00-05:00", 30, NEW_YORK, date(2027, 1, 1), "2027-01-02T00:00:00-05:00"),
        # 23:30 in New York is already the next day in UTC: the site's day counts.
        ("2026-12-02T23:30:00-05:00", 30, NEW_YORK, date(2027, 1, 1), "2027-01-02T00:00:00-05:00"),
        # Summer time begins in between: civil days, not 24-hour ones.
        ("2027-01-04T09:00:00-05:00", 90, NEW_YORK, date(2027, 4, 4), "2027-04-05T00:00:00-04:00"),
        ("2026-12-02T10:05:00+09:00", 1, "Asia/Tokyo", date(2026, 12, 3), "2026-12-04T00:00:00+09:00"),
    ],
)
def test_a_guarantee_lasts_through_its_last_local_day(
    accepted: str, days: int, zone: str, ends_on: date, ends_at: str
) -> None:
    found = rules.period(datetime.fromisoformat(accepted), days, zone)
    assert (found.ends_on, found.ends_at) == (ends_on, datetime.fromisoformat(ends_at))


@pytest.mark.parametrize(
    ("status", "accepted", "running", "code"),
    [
        (Status.RESOLVED, False, False, "wrong_state"),
        (Status.CANCELLED, False, False, "wrong_state"),
        (Status.ACCEPTED, True, True, "guarantee_running"),
    ],
)
def test_a_guarantee_is_refused_out_of_turn(status: Status, accepted: bool, running: bool, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.check_can_start(status, ACCEPTED if accepted else None, running=running)
    assert refusal.value.code == code


@pytest.mark.django_db
def test_the_guarantee_of_a_legacy_machine_lasts_thirty_days() -> None:
    world, engagement = makers_reports.night("accepted")
    # The worker may be late: the instant of acceptance counts.
    made = actions.start_guarantee(engagement.pk, by=SYSTEM, at=ACCEPTED + timedelta(hours=3))
    assert (made.kind, made.days, made.starts_on, made.ends_on) == ("legacy", 30, date(2026, 12, 2), date(2027, 1, 1))
    assert made.ends_at == local("2027-01-02 00:00")
    assert "CTRL-9" in made.basis
    assert made.asset_id == engagement.asset_id
    assert Entry.objects.filter(kind="guarantee.started").count() == 2
    assert Task.objects.filter(kind="news", payload__kind="guarantee.started").count() == 1
    assert (made.is_live(local("2027-01-01 23:59")), made.is_live(local("2027-01-02 00:00"))) == (True, False)
    assert list(queries.visible_to(world.actor("rita"))) == [made]
    assert not queries.visible_to(world.actor("charlie")).exists()
    with refused("guarantee_running"):
        actions.start_guarantee(engagement.pk, by=SYSTEM, at=ACCEPTED)


@pytest.mark.django_db
def test_the_guarantee_starts_by_itself_and_after_acceptance_only() -> None:
    world, engagement = makers_reports.night("reported")
    with refused("wrong_state"):
        actions.start_guarantee(engagement.pk, by=SYSTEM, at=ACCEPTED)
    for who in ("seth", "percy"):
        with refused("not_allowed"):
            actions.start_guarantee(engagement.pk, by=world.actor(who), at=ACCEPTED)
    assert queries.guarantee_of(Engagement.objects.get(pk=engagement.pk)) is None
