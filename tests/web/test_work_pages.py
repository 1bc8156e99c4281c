"""Work planned by the desk, access given and ended by the client, hours derived, the cap in sight."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import HoldReason
from breakfix.parts.models import PartOrder
from breakfix.work.models import AccessGranted, WorkOrder
from tests import makers_work
from tests.makers import World, local

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
Moment = Callable[[datetime], None]


def work_of(engagement_id: int) -> str:
    return f"/engagements/{engagement_id}/work"


def access_of(engagement_id: int) -> str:
    return f"/engagements/{engagement_id}/access"


@pytest.fixture(name="ready")
def _ready(world: World, moment: Moment) -> Engagement:
    moment(makers_work.PLANNED)
    return makers_work.ready(world)


def test_desk_plans_the_approved_change_through_the_page(ready: Engagement, sign_in: SignIn, forms: Forms) -> None:
    dana, page = sign_in("dana"), work_of(ready.pk)
    shown = dana.get(page).content.decode()
    assert "Take an image of all drives" in shown
    assert "saves all data first" in shown
    form = forms(dana.get(page))["plan_work"]
    assert dana.post(form["action"], form["fields"]).status_code == 303
    order = WorkOrder.objects.get()
    assert (order.status, order.steps.count(), order.place) == ("PLANNED", 5, "onsite")
    again = dana.post(form["action"], form["fields"])
    assert again.status_code == 409
    assert WorkOrder.objects.count() == 1


def test_plan_outside_the_window_is_refused_and_kept(ready: Engagement, sign_in: SignIn, forms: Forms) -> None:
    dana = sign_in("dana")
    form = forms(dana.get(work_of(ready.pk)))["plan_work"]
    typed = {**form["fields"], "planned_start": "2026-12-02T02:30", "planned_end": "2026-12-02T11:00"}
    answer = dana.post(form["action"], typed)
    assert answer.status_code in (409, 422)
    shown = answer.content.decode()
    assert 'value="2026-12-02T11:00"' in shown
    assert 'id="plan_work-planned_end-fault"' in shown
    assert not WorkOrder.objects.exists()


def test_security_officer_lets_in_and_ends_it(world: World, moment: Moment, sign_in: SignIn, forms: Forms) -> None:
    order = makers_work.planned(world)
    moment(makers_work.GRANTED)
    sol, page = sign_in("sol"), access_of(order.engagement_id)
    form = forms(sol.get(page))["grant_access"]
    past = {**form["fields"], "system": "nyc-backup-01", "until": "2026-12-01T08:00"}
    refused = sol.post(form["action"], past)
    assert refused.status_code in (409, 422)
    assert 'value="nyc-backup-01"' in refused.content.decode()
    nobody = {"system": "nyc-backup-01", "until": "2026-12-02T08:00"}
    assert sol.post(form["action"], nobody).status_code in (409, 422)
    given = {**past, "until": "2026-12-02T08:00"}
    assert sol.post(form["action"], given).status_code == 303
    assert AccessGranted.objects.filter(revoked_at=None).count() == 2
    overview = sol.get("/access").content.decode()
    assert "Tom Okafor: nyc-backup-01" in overview
    assert sol.post(f"{page}/revoke_access", {"technicians-0": world.technicians["ines"].pk}).status_code == 303
    assert sol.post(f"{page}/revoke_access", {"next": "/access"})["Location"] == "/access"
    assert not AccessGranted.objects.filter(revoked_at=None).exists()
    assert sol.post(f"{page}/revoke_access", {}).status_code == 409
    assert "Nobody has access" in sol.get("/access").content.decode()


@pytest.mark.parametrize("who", ["dana", "rita", "tom", "charlie", "hugo"])
def test_nobody_else_gives_access(world: World, moment: Moment, sign_in: SignIn, who: str) -> None:
    order = makers_work.planned(world)
    moment(makers_work.GRANTED)
    sent = {"technicians-0": str(world.technicians["tom"].pk), "system": "x", "until": "2026-12-02T08:00"}
    answer = sign_in(who).post(f"{access_of(order.engagement_id)}/grant_access", sent)
    assert answer.status_code == (404 if who in ("charlie", "hugo") else 403)
    assert not AccessGranted.objects.exists()


def test_page_derives_every_billed_hour_and_the_cap(world: World, moment: Moment, sign_in: SignIn) -> None:
    order = makers_work.worked(world)
    moment(local("2026-12-02 06:24"))
    shown = sign_in("seth").get(work_of(order.engagement_id)).content.decode()
    for words in ("255 min = 4.25 h, rounded up to 4.25 h", "180 min = 3.00 h, rounded up to 3 h", "$245.00 × 1.5"):
        assert words in shown
    for words in ("84.5 %", "$4,562.08", "$5,400.00", "70 % at $3,780.00", "Loaner in service, two days."):
        assert words in shown
    tom = sign_in("tom").get(work_of(order.engagement_id)).content.decode()
    assert "$" not in tom.replace("$ ", "")
    assert "4.25" in tom


def test_requester_disputes_the_restoration_in_time(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    order = makers_work.restored(world)
    moment(local("2026-12-02 07:00"))
    rita, page = sign_in("rita"), work_of(order.engagement_id)
    to = forms(rita.get(page))["dispute_restoration"]["action"]
    assert rita.post(to, {"reason": ""}).status_code == 422
    assert sign_in("dana").post(to, {"reason": "x"}).status_code == 403
    assert rita.post(to, {"reason": "The archive job hangs."}).status_code == 303
    order.engagement.refresh_from_db()
    assert order.engagement.status == "IN_PROGRESS"
    assert "The archive job hangs." in rita.get(page).content.decode()


def test_dispute_is_offered_also_while_something_is_waited_for(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    key, at = makers_work.restored(world).engagement_id, local("2026-12-02 06:30")
    course.hold(key, reason=HoldReason.PROVIDER_INTERNAL, note="Shift", by=world.actor("dana"), at=at)
    moment(local("2026-12-02 07:00"))
    rita = sign_in("rita")
    for page in (work_of(key), f"/engagements/{key}"):
        assert "dispute_restoration" in forms(rita.get(page))


def test_parts_are_read_by_both_sides_and_moved_by_one(ready: Engagement, sign_in: SignIn) -> None:
    unit = PartOrder.objects.order_by("id").first()
    assert unit is not None
    page, to = f"/engagements/{ready.pk}/parts", f"/parts/{unit.pk}/receive_part"
    for who in ("rita", "dana"):
        assert "RAID controller" in sign_in(who).get(page).content.decode()
    assert sign_in("charlie").get(page).status_code == 404
    assert sign_in("charlie").post(to, {"serial": "S1"}).status_code == 404
    assert sign_in("rita").post(to, {"serial": "S1"}).status_code == 403
    blank = sign_in("dana").post(to, {"serial": " "})
    assert blank.status_code in (409, 422)
    assert 'serial-fault"' in blank.content.decode()
    assert sign_in("dana").post(to, {"serial": "S1"}).status_code == 303
    twice = sign_in("dana").post(to, {"serial": "S1"})
    assert twice.status_code == 409


def test_other_client_finds_nothing_of_it(world: World, moment: Moment, sign_in: SignIn) -> None:
    order = makers_work.planned(world)
    moment(makers_work.GRANTED)
    key = order.engagement_id
    pages = (
        work_of(key),
        access_of(key),
        f"/work/{order.pk}",
        f"/engagements/{key}/checks",
        f"/engagements/{key}/parts",
    )
    for who in ("charlie", "cal"):
        browser = sign_in(who)
        assert {path: browser.get(path).status_code for path in pages} == dict.fromkeys(pages, 404)
    assert sign_in("cal").get("/access").status_code == 404


def test_list_of_access_takes_as_many_queries_for_one_as_for_two(
    world: World, moment: Moment, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    order = makers_work.planned(world)
    moment(makers_work.GRANTED)
    sol = sign_in("sol")
    makers_work.granted(world, order.engagement, technicians=[world.technicians["tom"].pk])
    with django_assert_num_queries(5):
        sol.get("/access")
    makers_work.granted(world, order.engagement, technicians=[world.technicians["ines"].pk])
    makers_work.granted(world, order.engagement, system="nyc-nas-02")
    with django_assert_num_queries(5):
        assert sol.get("/access").content.decode().count("has access") >= 4
