"""One failure reported twice: what the desk is asked on the page, what the requester is told, where a report went."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.incidents.models import Engagement
from tests import makers_dispatch, makers_incidents
from tests.makers import World
from tests.makers_incidents import REPORTED

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
AGAIN = REPORTED + timedelta(minutes=20)
ASKED, HINT = "Perhaps the same failure", "You reported this asset at"


def again(world: World, **given: Any) -> Engagement:
    usual = {"who": "rita", "at": AGAIN, "title": "Array degraded, archive job died", "callback": "+1 212 555 0177"}
    return makers_incidents.reported(world, **{**usual, **given})


def page_of(engagement: Engagement) -> str:
    return f"/engagements/{engagement.pk}"


def shown(client: Client, engagement: Engagement) -> str:
    return client.get(page_of(engagement)).content.decode()


def test_desk_merges_the_later_report_on_its_page(world: World, sign_in: SignIn, forms: Forms) -> None:
    first, second = makers_incidents.reported(world), again(world)
    dana = sign_in("dana")
    page = dana.get(page_of(second))
    for words in (ASKED, first.number, "same asset, still open, 100 % of the words"):
        assert words in page.content.decode()
    form = forms(page)["merge_engagement"]
    assert form["fields"]["into_id"] == str(first.pk)
    done = dana.post(form["action"], {**form["fields"], "reason": "One array, two callers"})
    assert (done.status_code, done["Location"]) == (303, page_of(first))
    kept, gone = shown(dana, first), shown(dana, second)
    for words in ("Reported again", second.number, "+1 212 555 0177", "Two drives show amber"):
        assert words in kept
    assert ASKED not in kept
    assert f'This is the same failure as <a href="{page_of(first)}">{first.number}' in gone
    assert "merge_engagement" not in forms(dana.get(page_of(second)))
    pressed_again = dana.post(form["action"], {**form["fields"], "reason": "One array, two callers"})
    assert pressed_again.status_code == 409
    assert "nothing left to merge" in pressed_again.content.decode()


def test_earlier_report_says_which_one_goes_into_which(world: World, sign_in: SignIn, forms: Forms) -> None:
    first, second = makers_incidents.reported(world), again(world)
    page = sign_in("dana").get(page_of(first))
    assert f"merge {second.number} into it instead" in page.content.decode()
    assert "merge_engagement" not in forms(page)


def test_refused_merge_shows_what_was_typed_in_the_form_that_was_pressed(
    world: World, sign_in: SignIn, forms: Forms
) -> None:
    makers_incidents.reported(world)
    again(world, who="seth", at=REPORTED)
    second = again(world)
    dana = sign_in("dana")
    form = forms(dana.get(page_of(second)))["merge_engagement"]
    answer = dana.post(form["action"], {**form["fields"], "reason": "It will be USD 5,000"})
    assert answer.status_code == 409
    assert answer.content.decode().count('value="It will be USD 5,000"') == 1


@pytest.mark.parametrize("who", ["rita", "quinn", "percy", "alice"])
def test_nobody_else_is_asked_about_duplicates(world: World, sign_in: SignIn, who: str) -> None:
    first, second = makers_incidents.reported(world), again(world)
    client = sign_in(who)
    assert ASKED not in shown(client, second)
    sent = {"into_id": str(first.pk), "reason": "Mine"}
    assert client.post(f"{page_of(second)}/merge_engagement", sent).status_code == 403


def test_whoever_reports_the_same_asset_twice_is_told_where_the_first_is(world: World, sign_in: SignIn) -> None:
    first, second = makers_incidents.reported(world), again(world)
    told = shown(sign_in("rita"), second)
    assert HINT in told
    assert f'href="{page_of(first)}">{first.number}, {first.title}</a>' in told
    assert HINT not in shown(sign_in("rita"), first)
    assert HINT not in shown(sign_in("seth"), second)


def test_nothing_is_asked_once_somebody_was_sent(
    world: World, sign_in: SignIn, moment: Callable[[datetime], None]
) -> None:
    moment(makers_dispatch.CONFIRMED)
    makers_incidents.reported(world)
    assert ASKED not in shown(sign_in("dana"), makers_dispatch.dispatched(world, who="seth", title="Again"))


def test_page_takes_as_many_queries_for_three_duplicates_as_for_one(world: World, sign_in: SignIn) -> None:
    makers_incidents.reported(world)
    second, dana = again(world), sign_in("dana")
    shown(dana, second)
    taken = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as told:
            shown(dana, second)
        taken.append(len(told))
        for who in ("seth", "bob"):
            again(world, who=who, at=REPORTED)
    assert taken[0] == taken[1]
