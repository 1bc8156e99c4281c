"""Five hundred P4 more change nothing for a P1: not who goes, not when they are there, not when it is due (B5)."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.agreements.values import DispatchTerms
from breakfix.dispatch import queries
from breakfix.dispatch.models import Booking
from breakfix.dispatch.rules import ranking
from breakfix.dispatch.values import Candidate, Eta, Job, Lane, Presence, Ranking
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from tests import makers_incidents
from tests.dispatch.bench import booked, candidate, job
from tests.makers import World, local
from tests.makers_dispatch import DISPATCHED, PLANNED_END, sent

MANY = 500
HOUR = timedelta(hours=1)


def ranked(people: list[Candidate], work: Job) -> Ranking:
    return ranking.rank(people, work, terms=DispatchTerms(), priority="P1", target="ONSITE", remaining_minutes=240)


def burdened(people: list[Candidate], lane: Lane, seed: int) -> list[Candidate]:
    """So many bookings more in this lane, an hour each, over the night of the emergency and the days around it."""
    dice, first = random.Random(seed), local("2026-11-30 00:00")
    more: dict[int, list[Presence]] = {one.technician_id: [*one.bookings] for one in people}
    for number in range(MANY):
        start = first + dice.randrange(96) * HOUR
        who = dice.choice(people)
        # What has begun ties up only who is not kept free for emergencies (domain.md §11 ruling 3).
        begun = who.emergency_roster and start <= DISPATCHED < start + HOUR
        more[who.technician_id].append(Presence(100 + number, start, start + HOUR, lane, begun))
    return [changed(one, tuple(more[one.technician_id])) for one in people]


def changed(one: Candidate, bookings: tuple[Presence, ...]) -> Candidate:
    given = {name: getattr(one, name) for name in Candidate.__dataclass_fields__ if name != "technician_id"}
    return candidate(one.technician_id, **{**given, "bookings": bookings})


def bench(seed: int) -> list[Candidate]:
    """Ten people of whom some may not go, some have an emergency already, and most are on the emergency roster."""
    dice = random.Random(seed)
    night = booked("2026-12-01 21:00", "2026-12-01 23:00", Lane.EMERGENCY, booking_id=9)
    return [
        candidate(
            number,
            level=dice.randrange(1, 4),
            eta=Eta(dice.randrange(10, 200), "driving"),
            hourly_cost=dice.randrange(4000, 9000),
            bookings=(night,) if number % 4 == 0 else (),
            emergency_roster=number % 3 > 0,
        )
        for number in range(1, 11)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_five_hundred_p4_change_no_rank_and_no_arrival_of_a_p1(seed: int) -> None:
    people, work = bench(seed), job()
    alone, among = ranked(people, work), ranked(burdened(people, Lane.STANDARD, seed), work)
    assert alone.eligible
    assert among == alone  # everybody's arrival, score and place, and why others may not go
    assert [one.eta for one in among.eligible] == [one.eta for one in alone.eligible]


def test_five_hundred_emergencies_do_change_it() -> None:
    """The figure above can differ: what ties people up is work of their own lane."""
    people, work = bench(1), job()
    assert ranked(burdened(people, Lane.EMERGENCY, 1), work) != ranked(people, work)


def figures(world: World, engagement: Engagement) -> tuple[Any, ...]:
    found = queries.candidates(engagement, by=world.actor("dana"), planned_end=PLANNED_END, at=DISPATCHED)
    clocks = [(one.kind, one.due_at, one.verdict) for one in incidents.readings(engagement, DISPATCHED)]
    return found, [(one.technician_id, one.eta, one.total) for one in found.eligible], clocks


@pytest.mark.tampers
def test_five_hundred_booked_p4_leave_the_page_of_a_p1_as_it_was(world: World) -> None:
    """With the tables that the desk reads: bookings of a calm engagement, for everybody of the bench."""
    decided = sent(world, makers_incidents.qualified(world, title="Another night")).dispatch
    Booking.objects.update(released_at=DISPATCHED)
    emergency = makers_incidents.qualified(world)
    quiet = makers_incidents.qualified(
        world, answers=makers_incidents.CALM, obligations=[], title="One branch is slow"
    )
    assert (emergency.priority, quiet.priority) == ("P1", "P4")
    before = figures(world, emergency)
    assert before[1]
    start: datetime = DISPATCHED - 2 * HOUR
    rows = []
    for number in range(MANY):
        who = list(world.technicians.values())[number % len(world.technicians)]
        begins = start + (number // len(world.technicians)) * HOUR / 2
        given = {"technician": who, "engagement": quiet, "dispatch": decided, "grounds": "", "priority": "P4"}
        rows.append(Booking(**given, starts_at=begins, ends_at=begins + HOUR / 2, lane=Lane.STANDARD))
    Booking.objects.bulk_create(rows)
    assert Booking.objects.filter(released_at=None, lane=Lane.STANDARD).count() == MANY
    assert figures(world, emergency) == before
    Booking.objects.filter(released_at=None).update(lane=Lane.EMERGENCY)
    assert figures(world, emergency) != before
