"""Who goes: the ranking explained, sending, adding and taking off through the page; never for other eyes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.dispatch.models import Booking
from breakfix.incidents.models import Engagement
from tests import makers_changes, makers_dispatch, makers_incidents
from tests.makers import World, local

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
Moment = Callable[[datetime], None]


@pytest.fixture(name="qualified")
def _qualified(world: World, moment: Moment) -> Engagement:
    moment(makers_dispatch.DISPATCHED)
    return makers_incidents.qualified(world)


def page_of(engagement: Engagement) -> str:
    return f"/engagements/{engagement.pk}/dispatch"


def test_ranking_names_every_term_and_every_reason(qualified: Engagement, sign_in: SignIn) -> None:
    shown = sign_in("dana").get(page_of(qualified)).content.decode()
    for words in ("1. Tom Okafor", "2. Ana Lindqvist", "Skill fit", "There in time", "Fixed first time", "Cost"):
        assert words in shown
    assert "level 2, this work needs level 3" in shown
    assert "79.89" in shown  # 25 + 30 x (1 - 16/227) + 0 + 10 + 15 x 0.8 + 5


def test_desk_sends_the_first_ranked_through_the_page(qualified: Engagement, sign_in: SignIn, forms: Forms) -> None:
    dana = sign_in("dana")
    form = forms(dana.get(page_of(qualified)))["dispatch_technician"]
    sent = {**form["fields"], "planned_end": "2026-12-02T09:00"}
    done = dana.post(form["action"], sent)
    assert (done.status_code, done["Location"]) == (303, page_of(qualified))
    booking = Booking.objects.get(engagement=qualified)
    assert booking.technician.person.name == "Tom Okafor"
    assert (booking.ends_at, booking.dispatch.rank) == (local("2026-12-02 09:00"), 1)
    again = dana.post(form["action"], sent)
    assert again.status_code == 409
    assert "already" in again.content.decode()
    assert Booking.objects.count() == 1


def test_page_ranks_for_the_plan_it_is_asked_for(qualified: Engagement, sign_in: SignIn) -> None:
    asked = f"{page_of(qualified)}?planned_end=2026-12-02T09:00&required_level=1"
    shown = sign_in("dana").get(asked).content.decode()
    assert "until <time" in shown
    assert "level 1" in shown
    assert "Ines Moreau" in shown
    faulty = sign_in("dana").get(f"{page_of(qualified)}?planned_end=soon")
    assert faulty.status_code == 200
    assert "Planned end: input should be a valid datetime" in faulty.content.decode()


def test_whoever_was_chosen_stays_chosen_for_other_hours(
    qualified: Engagement, world: World, sign_in: SignIn, forms: Forms
) -> None:
    dana, ana = sign_in("dana"), str(world.technicians["ana"].pk)
    asked = f"{page_of(qualified)}?planned_end=2026-12-02T09:00"
    first = forms(dana.get(asked))["dispatch_technician"]["fields"]["technician_id"]
    assert first == str(world.technicians["tom"].pk)
    again = dana.get(f"{asked}&technician_id={ana}")
    assert again.content.decode().count(" required checked>") == 1
    assert f'id="who-{ana}" value="{ana}" required checked>' in again.content.decode()
    assert "may not go for this plan" not in again.content.decode()


@pytest.mark.parametrize(("who", "said"), [("ines", "Ines Moreau"), ("", "Whoever you chose")])
def test_whoever_was_chosen_and_may_not_go_for_other_hours_is_replaced_by_nobody(
    qualified: Engagement, world: World, sign_in: SignIn, who: str, said: str
) -> None:
    key = str(world.technicians[who].pk) if who else "999999"
    shown = sign_in("dana").get(f"{page_of(qualified)}?required_level=3&technician_id={key}").content.decode()
    assert f"{said} may not go for this plan." in shown
    assert " required checked>" not in shown
    # What the next hours are asked with, so that whoever may go again is chosen again.
    assert f'value="{key}" form="" data-wanted>' in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"planned_end": "2026-12-01T19:00"}, "Plan the end of work after its start"),
        ({"technician_id": "ana", "reason": ""}, "say why not the first"),
        ({"required_level": "9", "reason": "as typed"}, "Levels go from 1 to 4"),
        ({"technician_id": "", "reason": "as typed"}, "Technician id: input should be a valid integer"),
        ({"technician_id": "999999", "reason": "as typed"}, "Not found"),
    ],
)
def test_wrong_choices_are_refused_with_what_was_typed(
    qualified: Engagement, world: World, sign_in: SignIn, forms: Forms, given: dict[str, str], words: str
) -> None:
    dana = sign_in("dana")
    form = forms(dana.get(page_of(qualified)))["dispatch_technician"]
    if given.get("technician_id") in world.technicians:
        given = {**given, "technician_id": str(world.technicians[given["technician_id"]].pk)}
    answer = dana.post(form["action"], {**form["fields"], "reason": "as typed", **given})
    shown = answer.content.decode()
    assert answer.status_code in (404, 409, 422)
    assert words in shown
    assert not Booking.objects.exists()
    if answer.status_code != 404 and given.get("reason", "as typed"):
        assert 'value="as typed"' in shown


def test_second_engineer_is_added_and_taken_off(world: World, moment: Moment, sign_in: SignIn, forms: Forms) -> None:
    change = makers_changes.approved(world)
    moment(local("2026-12-02 01:59"))
    dana, page = sign_in("dana"), page_of(change.engagement)
    form = forms(dana.get(f"{page}?required_level=1"))["book_specialist"]
    ines = str(world.technicians["ines"].pk)
    sent = {**form["fields"], "technician_id": ines, "planned_start": "2026-12-02T02:25", "required_level": "1"}
    assert dana.post(form["action"], {**sent, "reason": "Second pair of hands"}).status_code == 303
    booking = Booking.objects.get(technician=world.technicians["ines"].pk)
    off = f"/bookings/{booking.pk}/release_booking"
    assert dana.post(off, {"reason": ""}).status_code == 422
    assert dana.post(off, {"reason": "The client sent her home", "next": page}).status_code == 303
    booking.refresh_from_db()
    assert booking.released_at == local("2026-12-02 01:59")
    assert sign_in("dana").get(off).status_code == 303


@pytest.mark.parametrize("who", ["rita", "charlie", "cal", "tom", "fay"])
def test_bench_is_shown_to_nobody_else(qualified: Engagement, sign_in: SignIn, who: str) -> None:
    assert sign_in(who).get(page_of(qualified)).status_code == 404
    booked = sign_in(who).post(f"{page_of(qualified)}/dispatch_technician", {"technician_id": "1"})
    assert booked.status_code in (403, 404, 422)
    assert not Booking.objects.exists()


def test_both_sides_read_who_comes_and_why(world: World, moment: Moment, sign_in: SignIn) -> None:
    engagement = makers_dispatch.dispatched(world)
    moment(local("2026-12-01 20:07"))
    for who in ("rita", "dana"):
        shown = sign_in(who).get(f"/engagements/{engagement.pk}").content.decode()
        assert "Who comes" in shown
        assert "Tom Okafor" in shown
        assert "Ranked 1 of 2 who may take HW-RAID work of level 3" in shown


def test_ranking_takes_as_many_queries_for_two_on_it_as_for_one(
    world: World, moment: Moment, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    engagement = makers_changes.approved(world).engagement
    moment(local("2026-12-02 01:59"))
    dana = sign_in("dana")
    with CaptureQueriesContext(connection) as told:
        dana.get(page_of(engagement))
    needed = len(told)
    plan = {"planned_start": "2026-12-02T02:25", "planned_end": "2026-12-02T06:00", "required_level": "1"}
    ines = {"technician_id": world.technicians["ines"].pk, "reason": "Second pair of hands"}
    assert dana.post(f"{page_of(engagement)}/book_specialist", {**plan, **ines}).status_code == 303
    with django_assert_num_queries(needed):
        dana.get(page_of(engagement))
