"""A word on an engagement: said by whoever takes part, read by both sides, and it decides nothing."""

from datetime import timedelta

import pytest
from django.core import mail

from breakfix.incidents import queries
from breakfix.incidents.actions import course, merging
from breakfix.incidents.actions.commenting import comment
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.values import HoldReason
from breakfix.kernel.errors import NotAllowed
from breakfix.kernel.models import Entry
from tests import makers_dispatch
from tests.jobs.running import run_until
from tests.makers import World
from tests.makers_incidents import ACKNOWLEDGED, acknowledged, reported
from tests.refusals import refused

SAID = ACKNOWLEDGED + timedelta(minutes=5)
OPEN = "The door is open until six."


def say(world: World, engagement: Engagement, who: str = "rita", text: str = OPEN) -> Engagement:
    return comment(engagement.pk, text=text, by=world.actor(who), at=SAID)


def last_said(world: World, engagement: Engagement, who: str) -> tuple[str, str]:
    told = queries.timeline(engagement, world.actor(who))[-1]
    return told.kind, told.line


def asked(world: World, engagement: Engagement) -> None:
    reason = HoldReason.AWAITING_CLIENT_INFO
    course.hold(engagement.pk, reason=reason, question="Which door?", by=world.actor("dana"), at=ACKNOWLEDGED)


def test_both_sides_read_what_one_of_them_said(world: World) -> None:
    engagement = makers_dispatch.dispatched(world)
    for who in ("rita", "bob", "alice", "dana", "tom"):
        comment(engagement.pk, text=f" It was {who}\n", by=world.actor(who), at=makers_dispatch.CONFIRMED)
        for reader in ("rita", "dana"):
            assert last_said(world, engagement, reader) == ("engagement.commented", f"It was {who}")
    assert queries.get_engagement(engagement.pk, world.actor("dana")).status == engagement.status


def test_other_side_is_told_and_whoever_said_it_is_not(world: World) -> None:
    engagement = acknowledged(world)
    run_until(SAID, SAID)
    mail.outbox.clear()
    say(world, engagement, text="The door\nBcc: eve@example.com\nis open")
    run_until(SAID + timedelta(minutes=1), SAID)
    told = [one.to[0] for one in mail.outbox if one.subject.endswith("The door Bcc: eve@example.com is open")]
    assert "dana@ironbridge.example" in told
    assert not [address for address in told if address.startswith(("rita", "eve"))]


@pytest.mark.parametrize("who", ["rita", "seth"])
def test_any_word_of_whoever_may_answer_is_the_answer(world: World, who: str) -> None:
    engagement = acknowledged(world)
    asked(world, engagement)
    assert say(world, engagement, who, "The north one").status == "ACKNOWLEDGED"
    assert (Hold.objects.get().answer, Hold.objects.get().ended_at) == ("The north one", SAID)
    assert [end for end in queries.open_ends(engagement) if end.kind == "question"] == []
    assert not Entry.objects.filter(kind="engagement.commented").exists()


@pytest.mark.parametrize("who", ["alice", "dana"])
def test_word_of_anybody_else_leaves_the_question_open(world: World, who: str) -> None:
    engagement = acknowledged(world)
    asked(world, engagement)
    assert say(world, engagement, who).status == "ON_HOLD"
    assert last_said(world, engagement, "rita") == ("engagement.commented", OPEN)
    assert Hold.objects.get().ended_at is None


def test_word_ends_no_other_wait(world: World) -> None:
    engagement = acknowledged(world)
    reason = HoldReason.AWAITING_CLIENT_ACCESS
    course.hold(engagement.pk, reason=reason, note="Gate was shut", by=world.actor("dana"), at=ACKNOWLEDGED)
    assert say(world, engagement).status == "ON_HOLD"


def test_word_may_come_after_the_end_but_not_on_what_goes_on_elsewhere(world: World) -> None:
    first, second, third = acknowledged(world), reported(world, who="seth"), reported(world, who="seth")
    course.cancel_engagement(third.pk, reason="It works", by=world.actor("rita"), at=ACKNOWLEDGED)
    say(world, third, text="It was the fuse")
    assert last_said(world, third, "dana") == ("engagement.commented", "It was the fuse")
    merging.merge_engagement(second.pk, into_id=first.pk, reason="One array", by=world.actor("dana"), at=SAID)
    with refused("merged"):
        say(world, second)


@pytest.mark.parametrize(
    ("who", "text", "code"),
    [
        ("rita", " \n", "missing_field"),
        ("rita", "x" * 4001, "too_long"),
        ("rita", "a\x00b", "control_characters"),
        ("dana", "It will cost $500.", "verbal_promise"),
        ("tom", "500 USD and it is done", "verbal_promise"),
    ],
)
def test_word_is_refused_without_a_trace(world: World, who: str, text: str, code: str) -> None:
    engagement = makers_dispatch.dispatched(world)
    with refused(code, field="text"):
        say(world, engagement, who, text)


def test_client_may_name_an_amount(world: World) -> None:
    engagement = acknowledged(world)
    say(world, engagement, text="An hour costs us $500.")
    assert last_said(world, engagement, "dana")[1] == "An hour costs us $500."


def test_nobody_else_says_a_word(world: World) -> None:
    named = [world.people[key].pk for key in ("dana", "alice")]
    engagement, hidden = acknowledged(world), reported(world, need_to_know=True, named_people=named)
    for who in ("charlie", "hugo", "cal", "tom"):  # nobody sent tom
        with refused("not_found"):
            say(world, engagement, who)
    for who in ("seth", "quinn", "bob", "nora"):
        with refused("not_found"):
            say(world, hidden, who)
    with refused("not_allowed") as refusal:  # an auditor only reads
        say(world, engagement, "ada")
    assert isinstance(refusal.value, NotAllowed)
