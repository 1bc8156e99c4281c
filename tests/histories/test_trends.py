"""What fails, by month, year and machine: counted by hand over engagements and imported incidents."""

from datetime import UTC, datetime, timedelta

import pytest

from breakfix.histories.trends import trends
from breakfix.incidents.values import PastEvent, Status
from tests import makers_past
from tests.makers import World
from tests.makers_incidents import OUTAGE, calm, reported


def kept(world: World, number: str, begun: datetime, hours: int | None) -> None:
    """An imported incident of the backup server; resolved after so many hours, if the log says so."""
    events = [PastEvent(begun, str(begun), "Active", Status.IN_PROGRESS)]
    if hours is not None:
        ended = begun + timedelta(hours=hours)
        events.append(PastEvent(ended, str(ended), "Resolved", Status.RESOLVED))
    makers_past.imported(world, makers_past.life(number, asset=world.assets["backup"].serial, events=events))


def test_months_hold_both_kinds_and_the_empty_ones_between(world: World) -> None:
    reported(world)  # began on 1 December 2026
    calm(world, outage_started_at=OUTAGE, asset_id=world.assets["switch"].pk)
    kept(world, "INC1", datetime(2026, 10, 5, 9, tzinfo=UTC), 4)
    kept(world, "INC2", datetime(2026, 10, 20, 9, tzinfo=UTC), 10)
    kept(world, "INC3", datetime(2026, 10, 21, 9, tzinfo=UTC), None)
    found = trends(world.actor("nora"))
    assert [(one.label, one.ours, one.imported) for one in found.periods] == [
        ("2026-10", 0, 3),
        ("2026-11", 0, 0),
        ("2026-12", 2, 0),
    ]
    assert [one.typical for one in found.periods] == [timedelta(hours=7), None, None]
    assert (found.failures, found.unnamed, found.by_year) == (5, 0, False)
    backup, switch = found.machines
    # 5 and 20 October are 15 days apart, then one day, then 41 days.
    assert (backup.name, backup.ours, backup.imported, backup.repeated) == ("nyc-backup-01", 1, 3, 3)
    assert (switch.name, switch.total, switch.repeated) == ("nyc-core-01", 1, 0)


def test_long_record_is_counted_by_year(world: World) -> None:
    reported(world)
    kept(world, "INC1", datetime(2016, 3, 1, 9, tzinfo=UTC), 2)
    found = trends(world.actor("seth"))
    assert found.by_year
    assert [one.label for one in found.periods] == [str(year) for year in range(2016, 2027)]
    assert found.machines[0].repeated == 0


def test_month_is_that_of_the_organisations_own_zone(world: World) -> None:
    kept(world, "INC1", datetime(2026, 11, 1, 3, tzinfo=UTC), 1)  # still 31 October in New York
    assert [one.label for one in trends(world.actor("nora")).periods] == ["2026-10"]


@pytest.mark.parametrize("who", ["dana", "tom", "quinn", "hugo"])
def test_nobody_else_reads_it(world: World, who: str) -> None:
    reported(world)
    assert trends(world.actor(who)).failures == 0
