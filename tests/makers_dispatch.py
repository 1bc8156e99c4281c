"""The opening scenario's engineer (domain.md §8 S1): booked 20:05, rules confirmed, contact 20:16, arrival 22:40."""

from typing import Any

from breakfix.dispatch.actions import desk, visit
from breakfix.dispatch.models import Booking
from breakfix.incidents.models import Engagement
from tests.makers import World, local
from tests.makers_incidents import qualified
from tests.snapshots import remembered

DISPATCHED = local("2026-12-01 20:05")
CONFIRMED = local("2026-12-01 20:06")
CONTACT = local("2026-12-01 20:16")
ARRIVED = local("2026-12-01 22:40")
PLANNED_END = local("2026-12-02 09:00")


def sent(world: World, engagement: Engagement, who: str = "tom", **given: Any) -> Booking:
    """Book somebody for the diagnosis, with a reason in case they are not ranked first."""
    usual = {
        "planned_end": PLANNED_END,
        "reason": "Has repaired this controller family before.",
        "by": world.actor("dana"),
        "at": DISPATCHED,
    }
    return desk.dispatch_technician(engagement.pk, world.technicians[who].pk, **{**usual, **given})


@remembered
def dispatched(world: World, **given: Any) -> Engagement:
    """Tom is booked until nine in the morning and has confirmed the client's rules."""
    engagement = qualified(world, **given)
    sent(world, engagement)
    visit.acknowledge_protocol(engagement.pk, by=world.actor("tom"), at=CONFIRMED)
    engagement.refresh_from_db()
    return engagement


@remembered
def contacted(world: World, **given: Any) -> Engagement:
    """Tom has spoken with the requester: DIAGNOSING, and the forensic fee is due."""
    engagement = dispatched(world, **given)
    visit.make_contact(engagement.pk, by=world.actor("tom"), at=CONTACT)
    engagement.refresh_from_db()
    return engagement


@remembered
def arrived(world: World, **given: Any) -> Engagement:
    """Tom is on site."""
    engagement = contacted(world, **given)
    visit.arrive(engagement.pk, by=world.actor("tom"), at=ARRIVED)
    engagement.refresh_from_db()
    return engagement
