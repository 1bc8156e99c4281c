"""What the client imported from other systems, for whoever is sent: of this machine and its model, and no more."""

import pytest

from breakfix.incidents.actions import course
from breakfix.incidents.alike import imported_before
from breakfix.incidents.models import Engagement
from tests.makers import World
from tests.makers_incidents import REPORTED, reported
from tests.makers_past import imported, life


def told(engagement: Engagement) -> list[tuple[str, str, bool]]:
    return [(one.incident.source, one.incident.number, one.same_asset) for one in imported_before(engagement)]


def test_incidents_of_the_machine_come_likest_first(world: World) -> None:
    imported(world, life("INC1", title="Fan is loud"), life("INC2", title="Array degraded"), source="Old desk")
    imported(world, life("INC1", title="Array"), source="Older desk")
    engagement = reported(world)
    assert told(engagement) == [("Old desk", "INC2", True), ("Older desk", "INC1", True), ("Old desk", "INC1", True)]
    assert [one.words > 0 for one in imported_before(engagement)] == [True, True, False]


@pytest.mark.tampers
def test_another_machine_counts_only_as_the_same_model_of_this_client(world: World) -> None:
    backup, switch = world.assets["backup"], world.assets["switch"]
    of_other, unlike = imported(world, life(title="Array degraded"), life("INC2", title="Ports flap"))
    type(of_other).objects.filter(pk__in=[of_other.pk, unlike.pk]).update(asset=switch)
    engagement = reported(world)
    assert told(engagement) == []
    type(switch).objects.filter(pk=switch.pk).update(maker=backup.maker, model=backup.model)
    assert told(engagement) == [("Old desk", "INC1", False)]
    type(of_other).objects.filter(pk=of_other.pk).update(client=world.organisation("harborview"))
    assert told(engagement) == []


def test_nothing_where_no_machine_is_known_nor_after_it_is_over(world: World) -> None:
    imported(world, life(title="Array degraded"), life("INC2", asset=""))
    nowhere = reported(world, site_id=world.assets["backup"].site_id)
    assert told(nowhere) == []
    engagement = reported(world, at=REPORTED)
    assert told(engagement) != []
    over = course.cancel_engagement(engagement.pk, reason="It works", by=world.actor("rita"), at=REPORTED)
    assert told(over) == []
