"""One's own page of notifications: what it says, what it refuses, and the worker that shows messages in a browser."""

import json
from typing import Any

import pytest
from django.test import Client

from breakfix.kernel import clock
from breakfix.outbox import queries
from breakfix.outbox.models import Device, Preference
from breakfix.outbox.values import Event
from tests import makers_quotes, people
from tests.makers import World, local
from tests.outbox.devices import browser_of_someone, subscribed

NOON = local("2026-12-01 12:00")


def signed_in(who: str) -> Client:
    browser = Client()
    browser.force_login(people.person(who), "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def form(**given: str) -> dict[str, str]:
    """As the page of somebody sends it who ticked nothing but being asked by mail."""
    return {
        "chosen-asked-email": "on",
        "chosen-asked-push": "off",
        "chosen-urgent-push": "off",
        "quiet_from": "",
        "quiet_until": "",
        "zone": "America/New_York",
        "next": "/notifications",
        **given,
    }


def test_page_keeps_what_was_chosen(world: World) -> None:
    with clock.set_to(NOON):
        browser = signed_in("rita")
        answer = browser.post(
            "/notifications/set_preferences", form(quiet_from="22:30", quiet_until="06:45", zone="Europe/Berlin")
        )
        assert (answer.status_code, answer["Location"]) == (303, "/notifications")
        page = browser.get("/notifications").content.decode()
        choices = queries.choices_of(world.people["rita"], NOON)
    assert {way.value for way in choices.channels[Event.URGENT]} == {"email", "sms"}
    for value in ("22:30", "06:45", "Europe/Berlin"):
        assert f'value="{value}"' in page


def test_refused_form_is_shown_again_as_it_was_filled_in(world: World) -> None:
    with clock.set_to(NOON):
        answer = signed_in("rita").post(
            "/notifications/set_preferences",
            form(quiet_from="22:00", zone="Europe/Atlantis", **{"chosen-money-push": "on"}),
        )
    page = answer.content.decode()
    assert 'data-code="half_given"' in page
    assert 'value="Europe/Atlantis"' in page
    assert '<input type="checkbox" name="chosen-money-push" value="on" checked>' in page
    assert '<input type="checkbox" name="chosen-urgent-push" value="on">' in page
    assert not Preference.objects.exists()


def test_page_says_why_something_cannot_be_switched_off(world: World) -> None:
    with clock.set_to(NOON):
        mona, alice = (signed_in(who).get("/notifications").content.decode() for who in ("mona", "alice"))
    assert "You are the duty manager: others rely on reaching you." in mona
    assert '<input type="checkbox" name="chosen-urgent-sms"' not in mona
    assert 'id="on-duty"' not in alice
    makers_quotes.issued(world)
    with clock.set_to(makers_quotes.ISSUED):
        alice = signed_in("alice").get("/notifications").content.decode()
        refused = signed_in("alice").post("/notifications/set_preferences", form())
    assert "A decision about a P1 waits for you." in alice
    assert 'data-code="on_duty"' in refused.content.decode()


@pytest.mark.parametrize("field", ["chosen-nonsense-email", "chosen-urgent-pigeon", "chosen-urgent", "chosen"])
def test_form_with_a_word_that_is_none_is_refused(field: str, world: World) -> None:
    with clock.set_to(NOON):
        answer = signed_in("rita").post("/notifications/set_preferences", {field: "on"})
    assert answer.status_code == 422
    assert not Preference.objects.exists()


def test_device_of_somebody_else_is_not_there(world: World) -> None:
    with clock.set_to(NOON):
        device = subscribed(world, "alice", at=NOON)
        answer = signed_in("bob").post("/notifications/remove_device", {"device_id": device.pk})
        assert answer.status_code == 404
        mine = browser_of_someone("https://push.example/bob").subscription()
        assert signed_in("bob").post("/notifications/subscribe_device", {**mine, "label": "<b>x"}).status_code == 303
        page = signed_in("bob").get("/notifications").content.decode()
    assert "&lt;b&gt;x" in page
    assert Device.objects.filter(removed_at=None).count() == 2
    assert not any(secret in page for secret in (mine["endpoint"], mine["auth"], device.endpoint))


def test_worker_is_served_from_the_root_and_under_the_policy() -> None:
    answer = Client().get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert b"showNotification" in answer.content


# What the browser shows once it shows something.
SHOWN = """async () => {
  const held = await navigator.serviceWorker.ready;
  for (let tried = 0; tried < 100; tried += 1) {
    const found = await held.getNotifications();
    if (found.length) { return found.map((one) => [one.title, one.body, one.tag]); }
    await new Promise((then) => setTimeout(then, 50));
  }
}"""


@pytest.mark.browser
def test_worker_shows_a_message_and_leads_nowhere_else(browser: Any, live_server: Any) -> None:
    """A real browser installs the worker under the strict policy and is handed a message as a push service would."""
    context = browser.new_context()
    context.grant_permissions(["notifications"], origin=live_server.url)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.goto(f"{live_server.url}/accounts/login/")
    page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)")
    session = context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    for _ in range(600):
        if found:
            break
        page.wait_for_timeout(50)
    words = {
        "title": "E-2026-0001 P1",
        "body": "your decision is needed.",
        "tag": "msg_1",
        "link": "https://evil.example/",
    }
    for _ in range(6):  # a push service that hears nothing says it again; what has the same tag is shown once
        session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": live_server.url, "registrationId": found[-1], "data": json.dumps(words)},
        )
        if shown := page.evaluate(SHOWN):
            break
    assert shown == [["E-2026-0001 P1", "your decision is needed.", "msg_1"]]
    assert broken == []
    context.close()
