"""The page of the objective's clock says what of it went by waiting for parts."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from breakfix.incidents.actions import course
from breakfix.incidents.values import HoldReason
from breakfix.kernel import clock
from tests.makers import World
from tests.makers_incidents import QUALIFIED, qualified

SignIn = Callable[[str], Client]


def test_clock_tells_the_share_of_parts(world: World, sign_in: SignIn) -> None:
    engagement, by = qualified(world), world.actor("dana")
    course.hold(engagement.pk, reason=HoldReason.AWAITING_PARTS, note="The controller", by=by, at=QUALIFIED)
    course.resume(engagement.pk, by=by, at=QUALIFIED + timedelta(minutes=30))
    address = f"/engagements/{engagement.pk}/clocks"
    with clock.set_to(QUALIFIED + timedelta(minutes=48)):
        rita = sign_in("rita")
        shown = rita.get(f"{address}/RESTORE").content.decode()
        other = rita.get(f"{address}/ONSITE").content.decode()
        told = rita.get(f"{address}.json").json()["clocks"]
    assert "<dd>30 min, 50.0 %<br>" in shown
    assert "waiting for parts" not in other
    (restore,) = [one for one in told if one["kind"] == "RESTORE"]
    assert (restore["parts_delay_seconds"], restore["parts_delay_percent"]) == (1800, "50.0")
