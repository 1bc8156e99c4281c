"""The holidays that an agreement copied come to an end, and it is known when: before that, the two are told."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from breakfix.agreements import actions, queries
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Domain
from breakfix.kernel.models import Task
from tests import makers_agreements
from tests.makers import World, local

ENDS = local("2029-01-01 00:00")
# Sixty days of 24 hours: the clocks are put back in between.
TOLD = local("2028-11-02 01:00")
SECOND = timedelta(seconds=1)


def next_version(world: World, calendar: dict[str, Any], starts: str) -> AgreementVersion:
    """The next version of Northgate's agreement, signed by both right away."""
    made = actions.revise_agreement(
        world.agreements["northgate"].pk,
        terms={"calendar": calendar},
        effective_at=local(starts),
        by=world.actor("percy"),
        at=world.at,
    )
    return makers_agreements.signed(world, made, "percy", "nora")


def held(version: AgreementVersion) -> list[tuple[str, date]]:
    return [(one.site, one.last_day) for one in queries.holidays_of(version)]


def test_version_says_through_which_year_each_of_its_calendars_lists_holidays(world: World) -> None:
    assert held(world.agreements["northgate"]) == [("", date(2028, 12, 31))]
    assert held(world.agreements["calder/northgate"]) == []  # none were agreed: nothing can run out
    site = "Newark depot"
    own = {"site": site, "holidays": {"country": "US", "subdivision": "NJ", "years": [2026, 2027]}}
    assert held(next_version(world, {"sites": [own]}, "2026-12-01 00:00")) == [
        (site, date(2027, 12, 31)),
        ("", date(2028, 12, 31)),
    ]


def test_years_end_by_the_clock_of_the_client(world: World) -> None:
    (one,) = queries.holidays_of(world.agreements["northgate"])
    assert (one.ends_at, one.tell_at) == (ENDS, TOLD)


def test_what_runs_out_is_known_sixty_days_before_and_ever_after(world: World) -> None:
    def numbers(at: Any) -> list[int]:
        return [version.agreement_id for version, _ in queries.holidays_running_out(at)]

    both = {world.agreements[key].agreement_id for key in ("northgate", "harborview")}
    assert numbers(TOLD - SECOND) == []
    assert numbers(TOLD) == [world.agreements["northgate"].agreement_id]  # an hour before the client in Chicago
    assert set(numbers(ENDS + timedelta(days=700))) == both


def test_version_that_ends_before_its_holidays_do_is_no_concern(world: World) -> None:
    copied = {"holidays": {"country": "US", "subdivision": "NY", "years": list(range(2026, 2032))}}
    next_version(world, copied, "2028-12-31 12:00")
    first = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    assert queries.outlived_by(first, ENDS - SECOND) == []
    found = queries.next_in_force(first.agreement_id)
    assert found is not None
    assert (found.version, held(found)) == (2, [("", date(2031, 12, 31))])


@pytest.mark.tampers
def test_agreement_with_a_domain_that_is_known_no_more_is_warned_of_all_the_same(world: World) -> None:
    version = world.agreements["northgate"]
    version.terms["scope"]["domains"] = [Domain.SEC.value, "x-gone"]
    assert held(version) == [("", date(2028, 12, 31))]


def test_agreements_signed_before_are_looked_at_once_after_an_upgrade(world: World) -> None:
    migration = MigrationLoader(None).disk_migrations["agreements", "0004_holiday_notices"]
    for _ in range(2):
        migration.operations[0].code(apps, None)  # type: ignore[attr-defined]
    planned = Task.objects.filter(kind="holidays.plan", key__startswith="holidays.plan:upgrade:")
    topics = sorted(f"agreement/{one.agreement_id}" for one in world.agreements.values())
    assert sorted(one.payload["topic"] for one in planned) == topics
