"""The warnings go on where their first instant went by while the clock stood: it was looked at then, in vain."""

from datetime import timedelta

import pytest

from breakfix.incidents import queries
from breakfix.incidents.models import Clock, Obligation
from breakfix.work.actions import ending
from tests.jobs.running import instants, run_until
from tests.makers import World
from tests.makers_work import PASSED, RESTORED, worked

MINUTE = timedelta(minutes=1)


@pytest.mark.tampers
def test_disputed_restoration_is_warned_of_although_its_instant_went_by(world: World) -> None:
    engagement = worked(world).engagement
    clock = Clock.objects.get(engagement=engagement, kind="RESTORE")
    (found,) = [one for one in queries.readings(engagement, RESTORED) if one.clock_id == clock.pk]
    # Three quarters are used half an hour after the service seems to be back; nothing else warns meanwhile.
    target = int((found.elapsed + 30 * MINUTE).total_seconds()) * 4 // 3
    Clock.objects.filter(pk=clock.pk).update(target_seconds=target, warned_percent=50)
    Clock.objects.filter(engagement=engagement).exclude(pk=clock.pk).update(warned_percent=100)
    Obligation.objects.filter(engagement=engagement).update(warned_percent=100)
    run_until(RESTORED, RESTORED - MINUTE)
    ending.restore_service(engagement.pk, tests=PASSED, by=world.actor("tom"), at=RESTORED)
    disputed = RESTORED + 70 * MINUTE
    run_until(disputed, RESTORED)
    assert not [one for one in instants("clock.warned", engagement.client_id) if one[1].startswith("RESTORE")]
    ending.dispute_restoration(engagement.pk, reason="It stopped again.", by=world.actor("rita"), at=disputed)
    run_until(disputed + timedelta(hours=6), disputed)
    warned = [one for one in instants("clock.warned", engagement.client_id) if one[1].startswith("RESTORE")]
    assert [line.split(",")[0] for _, line in warned] == [f"RESTORE: {share} % used" for share in (75, 90, 100)]
    assert warned[0][0] == "02 12:35:00"
