"""Sending somebody: what is written, who may see it then, and what every refusal leaves behind, which is nothing."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakfix.dispatch import queries
from breakfix.dispatch.actions import desk
from breakfix.dispatch.models import Booking, Dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.actions import desk as incident_desk
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.kernel.access import OPERATOR, Role
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger.queries import entries
from breakfix.parties import actions as parties
from breakfix.roster import actions as roster
from breakfix.roster.values import Domain
from tests import makers_reports
from tests.makers import World, local
from tests.makers_dispatch import ARRIVED, CONTACT, DISPATCHED, PLANNED_END, contacted, dispatched, sent
from tests.makers_incidents import CALM, acknowledged, qualified, reported
from tests.makers_roster import HARDWARE, clear, on_call, technician
from tests.people import actor
from tests.refusals import refused


def kinds(engagement: Engagement, organisation_id: int) -> list[str]:
    return [entry.kind for entry in entries(organisation_id, topic=engagement.topic)]


def test_dispatch_books_the_engineer_and_lets_them_in(world: World) -> None:
    engagement = qualified(world)
    with pytest.raises(NotFound):
        incidents.get_engagement(engagement.pk, actor("tom"))
    booking = sent(world, engagement, reason="")
    engagement.refresh_from_db()
    assert engagement.status == "DISPATCHED"
    assert (booking.starts_at, booking.ends_at, booking.lane) == (DISPATCHED, PLANNED_END, "emergency")
    assert incidents.get_engagement(engagement.pk, actor("tom")) == engagement
    decision = Dispatch.objects.get()
    assert (decision.rank, decision.purpose, decision.decided_by_id) == (1, "diagnosis", actor("dana").person_id)
    assert decision.ranking["remaining_minutes"] == 227
    assert [one["rank"] for one in decision.ranking["eligible"]] == [1, 2]
    step = OpenEnd.objects.get(engagement=engagement, kind="next_step", closed_at=None)
    assert (step.what, step.role) == ("Contact the requester", "technician")


def test_dispatch_tells_the_client_who_comes_and_nothing_of_the_colleagues(world: World) -> None:
    engagement = qualified(world)
    sent(world, engagement)
    for_client = next(
        e for e in entries(engagement.client_id, topic=engagement.topic) if e.kind == "technician.dispatched"
    )
    for_provider = next(
        e for e in entries(engagement.provider_id, topic=engagement.topic) if e.kind == "technician.dispatched"
    )
    assert "dispatch.booking/" in for_client.leaf
    assert "dispatch.dispatch/" not in for_client.leaf
    assert "dispatch.dispatch/" in for_provider.leaf
    assert queries.dispatches(engagement, by=actor("alice")) == []
    assert len(queries.dispatches(engagement, by=actor("dana"))) == 1
    assert [one.technician.person.name for one in queries.visible_to(actor("rita"))] == ["Tom Okafor"]
    assert not queries.visible_to(actor("charlie")).exists()


def test_dispatch_of_anybody_but_the_first_needs_a_reason(world: World) -> None:
    engagement = qualified(world)
    with refused("reason_needed", field="reason"):
        sent(world, engagement, "ana", reason=" ")
    booking = sent(world, engagement, "ana", reason="Tom is needed for the visit at nine.")
    assert booking.dispatch.rank == 2
    assert booking.dispatch.reason == "Tom is needed for the visit at nine."


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ("ines", {}, "not_eligible"),
        ("tom", {"planned_end": DISPATCHED}, "ends_before_start"),
        ("tom", {"planned_start": local("2026-12-01 20:04")}, "in_the_past"),
        ("tom", {"planned_end": local("2026-12-02 10:30")}, "nobody_eligible"),
        ("tom", {"required_level": 4}, "nobody_eligible"),
        ("tom", {"required_level": 5}, "no_such_level"),
        ("tom", {"reason": "He would do it for $400."}, "verbal_promise"),
        ("tom", {"reason": "x" * 401}, "too_long"),
        ("cleo", {}, "not_found"),
    ],
)
def test_dispatch_refused_leaves_no_trace(world: World, who: str, given: dict[str, Any], code: str) -> None:
    engagement = qualified(world)
    with refused(code):
        sent(world, engagement, who, **given)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("rex", "not_allowed"),
        ("percy", "not_allowed"),
        ("rita", "not_allowed"),
        ("tom", "not_found"),
        ("cal", "not_found"),
        ("hana", "not_found"),
    ],
)
def test_dispatch_is_the_desks_own(world: World, who: str, code: str) -> None:
    engagement = qualified(world)
    with refused(code):
        sent(world, engagement, by=actor(who))


def test_dispatch_waits_for_qualification_and_happens_once(world: World) -> None:
    engagement = acknowledged(world)
    with refused("wrong_state"):
        sent(world, engagement)
    incident_desk.qualify(engagement.pk, by=actor("dana"), at=local("2026-12-01 20:04"))
    sent(world, engagement)
    with refused("already_dispatched"):
        sent(world, engagement, "ana")


def test_dispatch_waits_for_the_forensic_fee(world: World) -> None:
    engagement = Engagement.objects.get(
        pk=reported(
            world,
            who="hana",
            asset_id=None,
            site_id=world.sites["Lakeside clinic"].pk,
        ).pk
    )
    dana = actor("dana")
    incident_desk.acknowledge(engagement.pk, callback="+1 201 555 0170", by=dana, at=local("2026-12-01 20:01"))
    incident_desk.qualify(engagement.pk, by=dana, at=local("2026-12-01 20:04"))
    with refused("fee_not_accepted"):
        sent(world, engagement)


def test_dispatch_stops_where_insurance_ends(world: World) -> None:
    engagement = qualified(world)
    late = local("2027-07-01 20:05")
    with refused("not_insured") as refusal:
        sent(world, engagement, planned_end=local("2027-07-02 06:00"), at=late)
    assert "general liability insurance: ends with 2027-06-30, before the planned end" in refusal.value.message


def test_dispatch_reads_the_bench_in_as_many_queries_for_one_as_for_three(world: World) -> None:
    engagement = incidents.get_engagement(qualified(world).pk, actor("dana"))

    def count() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as context:
            found = queries.proposal(engagement, by=actor("dana"), planned_end=PLANNED_END, at=DISPATCHED)
            names = [one.person.name for one, _ in (*found.eligible, *found.excluded)]
        return len(names), len(context)

    three, for_three = count()
    for key in ("quinn", "rex", "fay"):
        engineer(world, key, domains=[Domain.HW_RAID])
    six, for_six = count()
    assert (three, six) == (3, 6)
    assert for_six == for_three <= 18


def test_dispatch_shows_the_bench_to_its_own_provider_only(world: World) -> None:
    engagement = qualified(world)
    with pytest.raises(NotFound):
        queries.candidates(engagement, by=actor("rita"), planned_end=PLANNED_END, at=DISPATCHED)


# ------------------------------------------------------------------------------------------ what goes first


def engineer(world: World, key: str, **given: Any) -> None:
    parties.give_role(world.people[key].pk, role=Role.TECHNICIAN, by=OPERATOR, at=world.at)
    world.technicians[key] = technician(world, key, **given)


def certify(world: World, key: str) -> None:
    given = {"code": "HPE-ATP", "issued_on": date(2026, 1, 5), "by": actor("percy"), "at": world.at}
    roster.record_certification(world.technicians[key].pk, **given)


def planned_p4(world: World) -> tuple[Engagement, Booking]:
    """Tom is to look at a slow branch server tomorrow morning; Rex keeps the emergency roster complete meanwhile."""
    domains = [*HARDWARE, Domain.DR]
    engineer(world, "rex", level=3, domains=domains, emergency_roster=True)
    clear(world, "rex", "northgate")
    on_call(world, "rex")
    certify(world, "rex")
    engagement = qualified(world, answers=CALM, obligations=[])
    booking = sent(
        world,
        engagement,
        planned_start=local("2026-12-02 08:00"),
        planned_end=local("2026-12-02 12:00"),
    )
    return engagement, booking


def test_emergency_pushes_aside_what_may_wait(world: World) -> None:
    calm, waiting = planned_p4(world)
    urgent = qualified(world)
    ranked = queries.candidates(urgent, by=actor("dana"), planned_end=PLANNED_END, at=DISPATCHED)
    assert ranked.eligible[0].booked_minutes == 0
    sent(world, urgent)
    waiting.refresh_from_db()
    assert waiting.release_reason == "an emergency has precedence"
    told = [e for e in entries(calm.client_id, topic=calm.topic) if e.kind == "booking.displaced"]
    assert len(told) == 1
    assert urgent.number not in told[0].leaf
    step = OpenEnd.objects.get(engagement=calm, kind="next_step", closed_at=None)
    assert (step.what, step.role) == ("Send somebody else: an emergency took the engineer", "dispatcher")
    again = sent(world, calm, "rex", planned_start=local("2026-12-02 10:00"), planned_end=local("2026-12-02 12:00"))
    assert again.is_live
    assert Engagement.objects.get(pk=calm.pk).status == "DISPATCHED"


def test_ordinary_work_never_takes_the_hours_of_an_emergency(world: World) -> None:
    sent(world, qualified(world))
    calm = qualified(world, answers=CALM, obligations=[])
    with refused("nobody_eligible") as refusal:
        sent(world, calm)
    assert "booked elsewhere from 12-01 20:05 to 12-02 09:00" in refusal.value.message


def test_ordinary_work_leaves_one_of_the_emergency_roster(world: World) -> None:
    sent(world, qualified(world), "ana")
    calm = qualified(world, answers=CALM, obligations=[])
    with refused("nobody_eligible") as refusal:
        sent(world, calm)
    assert "kept free for emergencies" in refusal.value.message


# ------------------------------------------------------------------------------------------ adding and releasing


def test_specialist_is_booked_beside_the_first(world: World) -> None:
    engagement = contacted(world)
    given: dict[str, Any] = {
        "planned_start": local("2026-12-02 02:00"),
        "planned_end": local("2026-12-02 09:00"),
        "required_level": 2,
        "reason": "Second pair of hands for the imaging.",
        "by": actor("dana"),
        "at": local("2026-12-02 01:30"),
    }
    with refused("not_eligible") as refusal:
        desk.book_specialist(engagement.pk, world.technicians["tom"].pk, **given)
    assert "booked on this engagement already from 12-01 20:05" in refusal.value.message
    booking = desk.book_specialist(engagement.pk, world.technicians["ines"].pk, **given)
    assert booking.dispatch.purpose == "repair"
    assert incidents.get_engagement(engagement.pk, actor("ines")) == engagement
    assert [one.technician_id for one in queries.live_bookings(engagement)] == [
        world.technicians["tom"].pk,
        world.technicians["ines"].pk,
    ]


def test_specialist_is_not_booked_before_anybody_was_sent(world: World) -> None:
    engagement = qualified(world)
    with refused("wrong_state"):
        desk.book_specialist(
            engagement.pk,
            world.technicians["ines"].pk,
            planned_start=DISPATCHED,
            planned_end=PLANNED_END,
            by=actor("dana"),
            at=DISPATCHED,
        )


def test_release_frees_the_hours_and_ends_the_sight(world: World) -> None:
    engagement = dispatched(world)
    booking = queries.live_bookings(engagement)[0]
    released = desk.release_booking(booking.pk, reason="Called in sick.", by=actor("dana"), at=CONTACT)
    assert released.released_at == CONTACT
    with pytest.raises(NotFound):
        incidents.get_engagement(engagement.pk, actor("tom"))
    assert "booking.released" in kinds(engagement, engagement.client_id)
    with refused("already_released"):
        desk.release_booking(booking.pk, reason="Again.", by=actor("dana"), at=CONTACT)
    again = sent(world, engagement, "tom", at=local("2026-12-01 20:20"), planned_end=PLANNED_END)
    assert again.protocol_acknowledged_at is None


@pytest.mark.parametrize(
    ("who", "reason", "code"),
    [("tom", "x", "not_allowed"), ("hana", "x", "not_found"), ("dana", " ", "missing_field")],
)
def test_release_refused_leaves_no_trace(world: World, who: str, reason: str, code: str) -> None:
    booking = queries.live_bookings(dispatched(world))[0]
    with refused(code):
        desk.release_booking(booking.pk, reason=reason, by=actor(who), at=CONTACT)


def test_who_did_accepted_work_is_not_taken_off(db: None) -> None:
    world, engagement = makers_reports.night("accepted")
    booking = queries.live_bookings(engagement)[0]
    with refused("wrong_state"):
        desk.release_booking(booking.pk, reason="Free again.", by=world.actor("dana"), at=makers_reports.INVOICED)


def test_who_was_booked_on_cancelled_work_is_set_free(world: World) -> None:
    engagement = dispatched(world)
    course.cancel_engagement(engagement.pk, reason="Found it", by=actor("rita"), at=CONTACT)
    booking = queries.live_bookings(engagement)[0]
    assert not desk.release_booking(booking.pk, reason="Cancelled.", by=actor("dana"), at=CONTACT).is_live


def test_later_dispatch_prefers_who_was_there_before(world: World) -> None:
    earlier = contacted(world)
    booking = queries.live_bookings(earlier)[0]
    desk.release_booking(booking.pk, reason="Done for today.", by=actor("dana"), at=ARRIVED)
    later = qualified(world)
    at = local("2026-12-03 20:05")
    ranked = queries.candidates(later, by=actor("dana"), planned_end=local("2026-12-04 04:00"), at=at)
    known = {
        one.technician_id: next(term.value for term in one.terms if term.name == "continuity")
        for one in ranked.eligible
    }
    assert known == {world.technicians["tom"].pk: 1, world.technicians["ana"].pk: 0}
    # Past its ONSITE target, nobody gets a point for being near (domain.md §11 ruling 31).
    assert ranked.remaining_minutes == 0
