"""S1's parts at the instants that their tests share: ordered 01:50, received 03:20, work going on."""

from typing import Any

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.values import Status
from breakfix.kernel.access import SYSTEM
from breakfix.parties import steps as party_steps
from breakfix.parts import queries
from breakfix.parts.actions import fitting
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Disposition
from breakfix.quotes.actions import ordering
from breakfix.quotes.models import Quote
from tests import makers_quotes as make
from tests.makers import World, local

ORDERED = local("2026-12-02 01:50")
RECEIVED = local("2026-12-02 03:20")
INSTALLED = local("2026-12-02 05:00")


def ordered(world: World) -> tuple[Quote, list[PartOrder]]:
    quote = make.approved(world)
    ordering.order_parts(quote.pk, by=world.actor("quinn"), at=ORDERED)
    return quote, queries.parts_of(quote.engagement)


def received(world: World, part: PartOrder, serial: str = "sn-1 ") -> PartOrder:
    return fitting.receive_part(part.pk, serial=serial, by=world.actor("dana"), at=RECEIVED)


@transaction.atomic
def working(world: World, quote: Quote) -> None:
    """As dispatch, planning and starting the work leave it: tom is let in, work is in progress."""
    engagement = incidents.lock_engagement(quote.engagement_id, SYSTEM)
    tom = world.people["tom"].pk
    rows: list[Any] = party_steps.share(engagement.topic, person_id=tom, reason="booked", at=RECEIVED)
    for status in (Status.SCHEDULED, Status.IN_PROGRESS):
        rows += incident_steps.move(engagement, status, by=SYSTEM, at=RECEIVED)
    make.told(engagement, "work.started", rows, RECEIVED)


def installed(world: World, part: PartOrder, **given: Any) -> PartOrder:
    typed = {"serial": "SN-1", "removed_serial": "old-7", "disposition": Disposition.LEFT_WITH_CLIENT}
    return fitting.install_part(part.pk, **{**typed, **given}, by=world.actor("tom"), at=INSTALLED)


def open_ends(quote: Quote) -> list[tuple[str, str, str]]:
    """What is still to be done about parts: kind, role, words."""
    ends = incidents.open_ends(incidents.get_engagement(quote.engagement_id, SYSTEM))
    return [(end.kind, end.role, end.what) for end in ends if end.kind in {"parts", "core", "custody"}]
