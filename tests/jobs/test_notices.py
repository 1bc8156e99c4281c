"""Who hears of what by which way and when, from the deed to the message that leaves; and who never does."""

import base64
import json
from datetime import time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import Attempt
from breakfix.incidents.actions import desk
from breakfix.kernel import clock
from breakfix.kernel.models import Task
from breakfix.outbox import actions, signing
from breakfix.outbox.models import Message
from breakfix.outbox.values import MessageStatus
from breakfix.parties import queries as parties
from breakfix.parties.actions import withdraw_topic
from tests import makers_incidents, makers_quotes, makers_work
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.outbox.devices import browser_of_someone, subscribed
from tests.outbox.loopback import outside
from tests.people import PASSWORD, PEOPLE

ISSUED = makers_quotes.ISSUED
SECRET = "whsec_" + base64.b64encode(b"g" * 32).decode()
S = MessageStatus


@pytest.fixture
def gateway(settings: Any) -> Any:
    settings.BREAKFIX_GATEWAY_SECRETS = [SECRET]
    with outside() as it:
        settings.BREAKFIX_GATEWAY_URL = it.url
        yield it


def rang(gateway: Any) -> list[tuple[str, str]]:
    said = [json.loads(got.body) for got in gateway.got]
    return [(one["type"].removeprefix("message."), one["data"]["message"]) for one in said]


def ladder_messages(world: World) -> list[tuple[str, str, str]]:
    names = {person.pk: key for key, person in world.people.items()}
    rows = Message.objects.exclude(attempt=None).order_by("id")
    return [(one.channel, names[one.person_id], one.status) for one in rows]


def test_ladder_leaves_by_the_gateway_and_shows_what_it_says(world: World, gateway: Any) -> None:
    """Push and text at 01:15, a call at 01:20; the gateway says that Cora answered, and her seat shows it."""
    quote = makers_quotes.issued(world)
    run_until(ISSUED, ISSUED)
    assert {one[:2] for one in ladder_messages(world)} >= {("sms", "alice"), ("sms", "cora"), ("push", "cora")}
    assert {one[2] for one in ladder_messages(world) if one[0] == "sms"} == {S.HANDED_OVER}
    assert {one[2] for one in ladder_messages(world) if one[0] == "push"} == {S.WRITTEN}  # no device
    run_until(local("2026-12-02 01:20"), ISSUED)
    call = Message.objects.get(channel="voice", person=world.people["cora"])
    assert ("voice", call.public_id) in rang(gateway)

    body = json.dumps({"type": "message.answered", "data": {"message": call.public_id, "detail": "listened"}})
    headers = signing.headers_for("evt_1", body, clock.real_now(), [SECRET])
    with clock.set_to(local("2026-12-02 01:21")):
        told = Client().post("/gateway/acknowledgements", body, content_type="application/json", headers=headers)
    assert told.status_code == 200
    run_until(local("2026-12-02 01:22"), local("2026-12-02 01:21"))

    browser = Client()
    browser.post("/accounts/login/", {"login": PEOPLE["sol"].email, "password": PASSWORD})
    with clock.set_to(local("2026-12-02 01:22")):
        page = browser.get(f"/quotes/{quote.pk}").content.decode()
    shown = page[page.index("bf-tries") :]
    assert "answered" in shown
    assert "listened" in shown
    assert "handed over" in shown
    assert "written to a file here" in shown


def test_gateway_that_is_down_holds_up_neither_the_ladder_nor_the_mail(world: World, gateway: Any) -> None:
    gateway.answer = (503, {}, b"")
    makers_quotes.issued(world)
    run_until(ISSUED, ISSUED)
    (asked,) = approvals.rounds_for(makers_incidents.Engagement.objects.get())
    assert {one.rung for one in approvals.attempts(asked)} == {"notify"}
    assert PEOPLE["alice"].email in {address for letter in mail.outbox for address in letter.to}
    waiting = Task.objects.filter(kind="attempt.send", done_at=None)
    assert waiting.count() == Attempt.objects.filter(channel="sms", outcome="sent").count() > 0
    gateway.answer, tried = (200, {}, b""), len(gateway.got)
    run_until(ISSUED + timedelta(minutes=1), ISSUED)
    assert not waiting.exists()
    assert len({one for _, one in rang(gateway)[tried:]}) == len(rang(gateway)) - tried  # each once, then never again


def test_p1_finds_an_approver_at_night_and_an_ordinary_decision_waits(world: World) -> None:
    """Alice's nights are quiet by her role; the P1 comes at 01:15 all the same."""
    makers_quotes.issued(world)
    run_until(ISSUED, ISSUED)
    mine = Message.objects.filter(person=world.people["alice"])
    assert {one.changed_at for one in mine} == {ISSUED}


def test_what_may_wait_is_sent_when_the_night_ends(world: World) -> None:
    at = local("2026-12-01 23:30")
    by = world.actor("rita", at)
    actions.set_preferences(quiet_from=time(22), quiet_until=time(7), by=by, at=at)
    engagement = makers_incidents.calm(world, at=at)
    desk.acknowledge(engagement.pk, callback="+1 212 555 0142", by=world.actor("dana"), at=local("2026-12-01 23:40"))
    run_until(local("2026-12-02 06:59"), at)
    assert PEOPLE["rita"].email not in [address for letter in mail.outbox for address in letter.to]
    run_until(local("2026-12-02 07:00"), local("2026-12-02 06:59"))
    told = [letter for letter in mail.outbox if letter.to == [PEOPLE["rita"].email]]
    assert [letter.subject.partition(": ")[0] for letter in told] == [f"[{engagement.number}] P4"]
    run_until(local("2026-12-02 09:00"), local("2026-12-02 07:00"))
    assert [letter for letter in mail.outbox if letter.to == [PEOPLE["rita"].email]] == told


def test_subject_of_a_restricted_engagement_says_nothing_of_it_and_the_uninvited_hear_nothing(world: World) -> None:
    named = [world.people[key].pk for key in ("alice", "mona", "dana")]
    engagement = makers_incidents.reported(world, need_to_know=True, named_people=named, title="Heliotrope leaked")
    run_until(makers_incidents.REPORTED, makers_incidents.REPORTED)
    run_until(local("2026-12-01 20:10"), makers_incidents.REPORTED)
    subjects = {letter.subject for letter in mail.outbox}
    assert subjects
    assert not [one for one in subjects if "Heliotrope" in one]
    phrases = {one.partition("P1: ")[2] for one in subjects}
    assert phrases <= {
        "Something needs you",
        "Your decision is needed",
        "A failure was reported",
        "A commitment is running out",
    }
    allowed = {person.pk for person in world.people.values() if sees(person, engagement)}
    assert set(Message.objects.values_list("person_id", flat=True)) <= allowed
    assert world.people["seth"].pk not in allowed


def sees(person: Any, engagement: Any) -> bool:
    return parties.sees_topic(parties.actor_for(person), engagement.topic)


def test_who_was_let_out_over_night_is_told_nothing_in_the_morning(world: World) -> None:
    at, late = local("2026-12-01 23:30"), local("2026-12-02 02:00")
    seth = world.people["seth"]
    actions.set_preferences(quiet_from=time(22), quiet_until=time(7), by=world.actor("seth", at), at=at)
    named = [seth.pk, world.people["sol"].pk, world.people["dana"].pk]
    engagement = makers_incidents.calm(world, at=at, need_to_know=True, named_people=named)
    run_until(at, at)
    waiting = Task.objects.filter(kind="notice.send", done_at=None, payload__person_id=seth.pk)
    assert waiting.count() == 1
    with clock.set_to(late):
        withdraw_topic(engagement.topic, person_id=seth.pk, by=world.actor("sol", late), at=late)
    run_until(local("2026-12-02 07:00"), late)
    assert Message.objects.get(person=seth).status == S.DROPPED
    assert seth.email not in [address for letter in mail.outbox for address in letter.to]


def test_device_gets_a_push_of_what_its_owner_chose(world: World, settings: Any) -> None:
    settings.OUTBOX_ALLOWS_LOOPBACK = True
    with outside() as service:
        browser = browser_of_someone(f"{service.url}/dana")
        subscribed(world, "dana", browser, at=makers_incidents.REPORTED)
        engagement = makers_incidents.reported(world)
        run_until(makers_incidents.REPORTED, makers_incidents.REPORTED)
        said = [browser.read(got.body) for got in service.got]
    assert [(one["title"], one["body"]) for one in said] == [(f"{engagement.number} P1", "something needs you.")]
    assert engagement.title not in str(said)


def test_director_hears_at_ninety_percent_and_the_desk_when_it_is_used_up(world: World, gateway: Any) -> None:
    engagement = makers_incidents.reported(world)
    run_until(local("2026-12-01 20:07"), makers_incidents.REPORTED)
    texts = Message.objects.filter(channel="sms", person=world.people["dirk"])
    # ACK and ENGAGE of a P1 are 15 minutes and more: at 20:05:30 the first is at 90 %.
    assert texts.first().begun_at == local("2026-12-01 20:05:30")
    loud = [letter for letter in mail.outbox if "ACK: 100 %" in letter.subject]
    assert [letter.to for letter in loud] == [[PEOPLE["dana"].email]]
    assert engagement.number in loud[0].subject


def test_access_that_should_have_ended_wakes_the_security_officer(world: World) -> None:
    """A gap in security is told once, at the instant at which it opens."""
    makers_work.granted(world, makers_work.planned(world).engagement)
    run_until(makers_work.ACCESS_UNTIL - timedelta(seconds=1), makers_work.GRANTED)
    gaps = Message.objects.filter(key__contains=":gap-")
    assert not gaps.exists()
    run_until(makers_work.ACCESS_UNTIL + timedelta(hours=1), makers_work.ACCESS_UNTIL)
    # Two technicians, two ways that need no device.
    assert {(one.person_id, one.channel, one.begun_at) for one in gaps} == {
        (world.people["sol"].pk, way, makers_work.ACCESS_UNTIL) for way in ("email", "sms")
    }
    alarmed = [one for one in mail.outbox if "It should have ended by now." in one.body]
    assert {one.to[0] for one in alarmed} == {PEOPLE["sol"].email}
