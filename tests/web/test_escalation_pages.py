"""The ladder and its rehearsals on their pages."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.incidents import ladder
from breakfix.incidents.actions.course import hold, resume
from breakfix.incidents.models import Drill
from breakfix.incidents.values import HoldReason
from tests.incidents.test_ladder import HALF, asked
from tests.makers import World, local
from tests.makers_dispatch import arrived
from tests.makers_incidents import qualified

Sign = Callable[[str], Client]
Moment = Callable[[datetime], None]


def test_step_is_taken_on_by_whom_it_asks(world: World, sign_in: Sign, moment: Moment) -> None:
    engagement = asked(qualified(world))
    moment(HALF)
    page = f"/engagements/{engagement.pk}"
    assert "You are asked as dispatcher lead" in sign_in("dana").get(page).content.decode()
    assert "You are asked" not in sign_in("seth").get(page).content.decode()
    (step,) = ladder.steps_of(engagement)
    taken = sign_in("dana").post(f"/escalations/{step.pk}/acknowledge_escalation", {"next": page})
    assert taken.status_code == 303
    shown = sign_in("seth").get(f"{page}/escalations").content.decode()
    assert "took it on after 0 min" in shown
    again = sign_in("dana").post(f"/escalations/{step.pk}/acknowledge_escalation", {})
    assert again.status_code == 409
    assert sign_in("charlie").get(f"/escalations/{step.pk}").status_code == 404


def test_page_tells_until_when_is_waited_after_a_hold(world: World, sign_in: Sign, moment: Moment) -> None:
    engagement, dana, minute = asked(qualified(world)), world.actor("dana"), timedelta(minutes=1)
    page = f"/engagements/{engagement.pk}"
    hold(engagement.pk, reason=HoldReason.AWAITING_CLIENT_INFO, question="Which rack?", by=dana, at=HALF + minute)
    resume(engagement.pk, answer="The second.", by=dana, at=HALF + 8 * minute)
    moment(HALF + 9 * minute)
    for path in (page, f"{page}/escalations"):
        shown = sign_in("dana").get(path).content.decode()
        assert re.search(r"the next one is asked\s+<time[^>]*>[^<]*20:25", shown), path


def test_engineer_asks_for_help_from_the_phone(world: World, sign_in: Sign, moment: Moment) -> None:
    case = arrived(world)
    moment(local("2026-12-01 23:00"))
    tom = sign_in("tom")
    assert "I need help" in tom.get(f"/field/{case.pk}").content.decode()
    sent = {"said": "<b>foreign</b> controller", "next": f"/field/{case.pk}"}
    assert tom.post(f"/engagements/{case.pk}/escalations/ask_for_help", sent).status_code == 303
    page = sign_in("dana").get(f"/engagements/{case.pk}").content.decode()
    assert "<b>foreign</b>" not in page
    assert "You are asked as desk, to bring" in page


@pytest.mark.tampers
def test_drill_is_started_answered_and_logged(world: World, sign_in: Sign, moment: Moment) -> None:
    moment(HALF)
    dana = sign_in("dana")
    assert "never rehearsed" in dana.get("/drills").content.decode()
    client = world.organisation("northgate").pk
    assert dana.post("/drills/start_drill", {"client_id": client, "scenario": "Night"}).status_code == 303
    step = ladder.steps_of_drill(Drill.objects.get())[0]
    assert dana.post(f"/escalations/{step.pk}/acknowledge_escalation", {"next": "/drills"}).status_code == 303
    shown = sign_in("seth").get("/drills").content.decode()
    assert "1 of 2 answered" in shown
    assert "Rehearse the ladder" not in shown
    Drill.objects.update(ended_at=HALF)
    moment(HALF + timedelta(days=91))
    assert "more than 90 days ago" in dana.get("/drills").content.decode()


def test_drill_is_ended_early_on_its_page(world: World, sign_in: Sign, moment: Moment) -> None:
    moment(HALF)
    dana = sign_in("dana")
    client = world.organisation("northgate").pk
    dana.post("/drills/start_drill", {"client_id": client, "scenario": "Night"})
    drill = Drill.objects.get()
    assert "End it early" in dana.get("/drills").content.decode()
    assert "End it early" not in sign_in("seth").get(f"/drills/{drill.pk}").content.decode()
    refused = dana.post(f"/drills/{drill.pk}/end_drill", {"why": ""})
    assert refused.status_code == 422
    assert dana.post(f"/drills/{drill.pk}/end_drill", {"why": "Real <i>work</i>"}).status_code == 303
    shown = dana.get("/drills").content.decode()
    assert "ended early" in shown
    assert "Real &lt;i&gt;work&lt;/i&gt;" in shown
    assert "never rehearsed" in shown
    assert "End it early" not in shown
    assert sign_in("cal").get(f"/drills/{drill.pk}").status_code == 404


@pytest.mark.parametrize("waits", [False, True], ids=["going on", "held"])
def test_pages_ask_as_often_for_three_steps_as_for_one(
    world: World, sign_in: Sign, moment: Moment, waits: bool
) -> None:
    engagement = asked(qualified(world))
    if waits:
        reason, question = HoldReason.AWAITING_CLIENT_INFO, "Which rack?"
        hold(engagement.pk, reason=reason, question=question, by=world.actor("dana"), at=HALF)
    moment(HALF)
    dana, counts = sign_in("dana"), []
    for percent in (None, 75, 90):
        if percent:
            asked(engagement, percent)
        dana.get(f"/engagements/{engagement.pk}/escalations")
        with CaptureQueriesContext(connection) as queries:
            assert dana.get(f"/engagements/{engagement.pk}/escalations").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2], counts
