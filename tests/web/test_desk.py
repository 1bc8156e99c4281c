"""The desk as a board: what must not be missed, the deed that is shown before it is done, and the wall."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from breakfix.dispatch.models import Booking
from breakfix.incidents.models import Engagement
from tests import makers_dispatch, makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
Moment = Callable[[datetime], None]


@pytest.fixture(name="qualified")
def _qualified(world: World, moment: Moment) -> Engagement:
    moment(makers_dispatch.DISPATCHED)
    return makers_incidents.qualified(world)


def seen(response: Any) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def test_an_emergency_with_nobody_on_it_stands_above_everything(world: World, sign_in: SignIn) -> None:
    makers_incidents.calm(world, title="One branch is slow")
    assert seen(sign_in("dana").get("/desk")).select_one(".bf-alarm") is None
    urgent = makers_incidents.reported(world, title="Archive job died")
    desk = seen(sign_in("dana").get("/desk"))
    alarm = desk.select_one(".bf-alarm")
    assert alarm is not None
    assert "P1 with nobody on it Archive job died" in " ".join(alarm.get_text(" ").split())
    assert [one["href"] for one in alarm.select("a")] == [f"/desk/{urgent.pk}"]
    assert desk.select_one("[data-alone]")["data-alone"] == "1"  # type: ignore[index]


def test_alarm_ends_when_somebody_is_sent(world: World, sign_in: SignIn, moment: Moment) -> None:
    makers_dispatch.contacted(world)
    desk = seen(sign_in("dana").get("/desk"))
    assert desk.select_one(".bf-alarm") is None
    assert "Tom Okafor" in desk.select(".bf-job")[0].get_text()
    assert desk.select("[data-key]") == []


def test_card_offers_the_deed_that_is_due_and_only_to_who_may_do_it(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    offered = seen(sign_in("dana").get("/desk")).select("[data-key]")
    assert [(one["data-key"], one["href"]) for one in offered] == [("c", f"/desk/{engagement.pk}")]
    assert seen(sign_in("rita").get("/desk")).select("[data-key]") == []
    assert seen(sign_in("quinn").get("/desk")).select("[data-key]") == []


def test_acknowledging_in_place_leads_back_to_the_desk(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.reported(world)
    dana = sign_in("dana")
    form = forms(dana.get(f"/desk/{engagement.pk}"))["acknowledge"]
    done = dana.post(form["action"], {**form["fields"], "callback": "+1 212 555 0199"})
    assert (done.status_code, done["Location"]) == (303, "/desk")
    engagement.refresh_from_db()
    assert engagement.callback == "+1 212 555 0199"


def test_assigning_shows_the_reasons_before_it_is_done(qualified: Engagement, sign_in: SignIn) -> None:
    shown = seen(sign_in("dana").get(f"/desk/{qualified.pk}"))
    text = " ".join(shown.get_text(" ").split())
    for words in ("Tom Okafor", "79.89", "Skill fit", "There in time", "level 2, this work needs level 3"):
        assert words in text
    assert shown.select_one("form[data-deed=dispatch_technician] button").get_text() == "Send Tom Okafor"  # type: ignore[union-attr]
    assert Booking.objects.count() == 0


def test_assigning_sends_the_first_ranked_once(qualified: Engagement, sign_in: SignIn, forms: Forms) -> None:
    dana = sign_in("dana")
    form = forms(dana.get(f"/desk/{qualified.pk}"))["dispatch_technician"]
    done = dana.post(form["action"], form["fields"])
    assert (done.status_code, done["Location"]) == (303, "/desk")
    assert Booking.objects.get().technician.person.name == "Tom Okafor"
    again = dana.post(form["action"], form["fields"])
    assert again.status_code == 409
    assert Booking.objects.count() == 1
    assert "Nothing to do at the desk" in dana.get(f"/desk/{qualified.pk}").content.decode()


@pytest.mark.parametrize("key", ["rita", "charlie", "tom", "cal"])
def test_deed_of_the_desk_is_not_there_for_others(qualified: Engagement, sign_in: SignIn, key: str) -> None:
    assert sign_in(key).get(f"/desk/{qualified.pk}").status_code == 404


def test_wall_shows_the_same_cards_and_nothing_to_press(world: World, sign_in: SignIn) -> None:
    makers_incidents.reported(world, title="Archive job died")
    dana = sign_in("dana")
    wall = seen(dana.get("/desk/wall"))
    assert [one.get_text() for one in wall.select(".bf-job-title")] == ["Archive job died"]
    assert wall.select("nav, form, .bf-alarm a, [data-key]") == wall.select("dialog form")
    first = dana.get("/desk/wall/lanes")
    assert dana.get("/desk/wall/lanes", headers={"if-none-match": first["ETag"]}).status_code == 304


def test_empty_desk_says_what_will_stand_there(small_world: World, sign_in: SignIn) -> None:
    desk = seen(sign_in("dana").get("/desk")).get_text()
    assert "No emergency" in desk
    assert "stands here from the moment it is reported" in desk
