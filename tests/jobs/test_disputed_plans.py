"""The recovery plan of a broken promise is owed again where the client disputes that the service is back."""

from datetime import timedelta

import pytest

from breakfix.incidents import queries
from breakfix.incidents.models import Clock
from breakfix.work.actions.ending import dispute_restoration
from tests.jobs.running import run_until
from tests.makers import World
from tests.makers_work import RESTORED, restored


@pytest.mark.tampers
def test_disputed_restoration_owes_the_plan_of_a_missed_promise_again(world: World) -> None:
    engagement = restored(world).engagement
    clock = Clock.objects.get(engagement=engagement, kind="RESTORE")
    # Missed long before, and told of then: no warning of this clock is left that could ask anybody.
    Clock.objects.filter(pk=clock.pk).update(target_seconds=3600, warned_percent=100)
    at = RESTORED + timedelta(minutes=30)
    run_until(at, RESTORED)
    disputed = at + timedelta(minutes=1)
    dispute_restoration(engagement.pk, reason="It stopped again.", by=world.actor("rita"), at=disputed)
    run_until(disputed + timedelta(minutes=3), disputed)
    plans = [one for one in queries.open_ends(engagement) if one.kind == "recovery_plan"]
    assert [one.subject for one in plans if one.subject.endswith(f"/clock/{clock.pk}")]
