"""A session that ends in mid-form: what was typed survives the sign-in, for the one who typed it, and is not sent."""

import pytest
from django.test import Client

from breakfix.accounts import actions
from breakfix.incidents.models import Engagement
from breakfix.kernel.models import Entry
from breakfix.web import kept
from tests import makers_incidents, people
from tests.makers import World
from tests.web.conftest import NOW
from tests.web.signing_in import post_password, signed_in

WORDS = "The controller resets under load; we are two steps from the cause."


@pytest.fixture
def engagement(world: World) -> Engagement:
    return makers_incidents.qualified(world)


def end_sessions_of(key: str) -> None:
    admin = people.actor("percy" if "ironbridge" in people.PEOPLE[key].email else "nora")
    actions.end_sessions(people.person(key).pk, by=admin, at=NOW)


def send(browser: Client, engagement: Engagement, text: str = WORDS) -> str:
    form = {"text": text, "next": f"/engagements/{engagement.pk}", "password": "never kept"}
    answer = browser.post(f"/engagements/{engagement.pk}/post_update", form)
    assert answer.status_code == 302
    return str(answer["Location"])


def sign_in_at(browser: Client, location: str, key: str) -> str:
    wanted = location.partition("next=")[2]
    back = browser.post(
        location, {"login": people.PEOPLE[key].email, "password": people.PASSWORD, "next": wanted}, follow=True
    )
    return back.content.decode()


def test_typed_words_survive_and_nothing_is_sent(engagement: Engagement) -> None:
    browser = signed_in("dana")
    end_sessions_of("dana")
    before = Entry.objects.count()
    page = sign_in_at(browser, send(browser, engagement), "dana")
    assert WORDS in page
    assert 'data-code="signed_out"' in page
    assert "never kept" not in page
    assert Entry.objects.count() == before
    assert WORDS not in browser.get(f"/engagements/{engagement.pk}").content.decode()


def test_somebody_else_who_signs_in_there_sees_nothing(engagement: Engagement) -> None:
    browser = signed_in("dana")
    end_sessions_of("dana")
    assert WORDS not in sign_in_at(browser, send(browser, engagement), "quinn")
    browser.post("/accounts/logout/")
    post_password(browser, people.PEOPLE["dana"].email, people.PASSWORD)
    assert WORDS not in browser.get(f"/engagements/{engagement.pk}").content.decode()


def test_stranger_s_form_and_an_endless_one_are_not_kept(engagement: Engagement) -> None:
    stranger = Client()
    send(stranger, engagement)
    assert kept.KEY not in stranger.session
    browser = signed_in("dana")
    end_sessions_of("dana")
    send(browser, engagement, "x" * (kept.LONGEST + 1))
    assert kept.KEY not in browser.session
