"""The engineer on the way and on site: the client's rules first, then contact, then arrival, each clock by itself."""

from collections.abc import Callable
from typing import Any

import pytest

from breakfix.dispatch import queries, steps
from breakfix.dispatch.actions import visit
from breakfix.dispatch.models import Booking, Outcome
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.ledger.queries import entries
from breakfix.kernel.money import Money
from tests.makers import World, local
from tests.makers_dispatch import ARRIVED, CONFIRMED, CONTACT, arrived, contacted, dispatched, sent
from tests.makers_incidents import qualified
from tests.people import actor
from tests.refusals import refused


def shown(engagement: Engagement, kind: str) -> tuple[int, str]:
    """Elapsed minutes and verdict of a clock, long afterwards."""
    found = incidents.readings(engagement, local("2026-12-02 12:00"))
    one = next(reading for reading in found if reading.kind == kind)
    return int(one.elapsed.total_seconds() // 60), one.verdict.value


def test_contact_stops_engage_and_fixes_the_fee_of_the_night(world: World) -> None:
    engagement = contacted(world)
    assert engagement.status == "DIAGNOSING"
    assert engagement.contacted_at == CONTACT
    assert shown(engagement, "ENGAGE") == (24, "met")
    fee = incidents.fee(engagement)
    assert fee.charged == Money.of("675.00", "USD")
    assert fee.charged_reason == "$450.00 x 1.5, begun outside business hours"
    told = next(e for e in entries(engagement.client_id, topic=engagement.topic) if e.kind == "contact.made")
    assert "Forensic fee $675.00" in told.line


def test_arrival_stops_onsite_and_leaves_the_fee_alone(world: World) -> None:
    engagement = arrived(world)
    assert engagement.arrived_at == ARRIVED
    assert shown(engagement, "ONSITE") == (168, "met")
    assert incidents.fee(engagement).charged == Money.of("675.00", "USD")
    assert queries.live_bookings(engagement)[0].arrived_at == ARRIVED


def test_arrival_without_a_call_before_is_the_contact_too(world: World) -> None:
    engagement = dispatched(world)
    visit.arrive(engagement.pk, by=actor("tom"), at=CONTACT)
    engagement.refresh_from_db()
    assert engagement.status == "DIAGNOSING"
    assert shown(engagement, "ENGAGE") == (24, "met")
    assert shown(engagement, "ONSITE") == (24, "met")
    assert incidents.fee(engagement).charged == Money.of("675.00", "USD")


def test_fee_in_business_hours_is_the_base(world: World) -> None:
    engagement = dispatched(world)
    visit.make_contact(engagement.pk, by=actor("tom"), at=local("2026-12-02 08:00"))
    assert incidents.fee(engagement).charged == Money.of("450.00", "USD")


def test_protocol_is_confirmed_in_the_version_in_force(world: World) -> None:
    engagement = qualified(world)
    booking = sent(world, engagement)
    with refused("other_protocol_version", field="version"):
        visit.acknowledge_protocol(engagement.pk, version="0.9", by=actor("tom"), at=CONFIRMED)
    visit.acknowledge_protocol(engagement.pk, version="1", by=actor("tom"), at=CONFIRMED)
    booking.refresh_from_db()
    assert (booking.protocol_version, booking.protocol_acknowledged_at) == ("1", CONFIRMED)
    with refused("already_acknowledged"):
        visit.acknowledge_protocol(engagement.pk, by=actor("tom"), at=CONFIRMED)


Deed = Callable[..., Booking]


@pytest.mark.parametrize("deed", [visit.make_contact, visit.arrive])
def test_nobody_works_before_confirming_the_clients_rules(world: World, deed: Deed) -> None:
    engagement = qualified(world)
    sent(world, engagement)
    with refused("protocol_not_acknowledged"):
        deed(engagement.pk, by=actor("tom"), at=CONTACT)


@pytest.mark.parametrize("deed", [visit.acknowledge_protocol, visit.make_contact, visit.arrive])
@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("ana", "not_found"),
        ("dana", "not_booked"),
        ("rita", "not_booked"),
        ("cleo", "not_found"),
        ("hana", "not_found"),
    ],
)
def test_visit_belongs_to_who_is_booked(world: World, deed: Deed, who: str, code: str) -> None:
    engagement = dispatched(world)
    with refused(code):
        deed(engagement.pk, by=actor(who), at=CONTACT)


@pytest.mark.parametrize(
    ("deed", "made", "code"),
    [(visit.make_contact, contacted, "wrong_state"), (visit.arrive, arrived, "already_arrived")],
)
def test_visit_told_twice_is_refused(world: World, deed: Deed, made: Callable[..., Any], code: str) -> None:
    engagement = made(world)
    with refused(code):
        deed(engagement.pk, by=actor("tom"), at=local("2026-12-01 23:00"))


def test_nobody_works_on_a_certificate_that_has_lapsed_meanwhile(world: World) -> None:
    """Tom's HPE certificate ends in 2028, and the issuer's word about Server+ is old by then (domain.md §9.5)."""
    engagement = dispatched(world)
    with refused("no_longer_eligible") as refusal:
        visit.make_contact(engagement.pk, by=actor("tom"), at=local("2028-03-05 10:00"))
    assert "HPE-ATP expires 2028-03-03" in refusal.value.message


def test_outcome_is_noted_once_and_counts_later(world: World) -> None:
    booking = queries.live_bookings(contacted(world))[0]
    assert steps.note_outcome(booking, first_time_fix=True, at=ARRIVED) == [Outcome.objects.get()]
    assert steps.note_outcome(booking, first_time_fix=False, at=ARRIVED) == []
    assert Outcome.objects.get().first_time_fix is True
    Outcome.objects.all().delete()


def test_work_starts_from_a_ready_booking(world: World) -> None:
    engagement = qualified(world)
    sent(world, engagement)
    with refused("protocol_not_acknowledged"):
        queries.ready_booking(engagement, by=actor("tom"), at=CONTACT)
    visit.acknowledge_protocol(engagement.pk, by=actor("tom"), at=CONFIRMED)
    assert queries.ready_booking(engagement, by=actor("tom"), at=CONTACT).technician.person == world.people["tom"]
    assert [one.engagement_id for one in queries.my_bookings(actor("tom"), CONTACT)] == [engagement.pk]
    assert queries.my_bookings(actor("ana"), CONTACT) == []
    assert queries.my_bookings(actor("dana"), CONTACT) == []
