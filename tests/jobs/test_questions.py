"""An open question is asked again as the agreement says, until it is answered (domain.md §4.3, reminders)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from breakfix.agreements.actions import revise_agreement
from breakfix.agreements.values import Priority
from breakfix.incidents import reminding
from breakfix.incidents.actions import course
from breakfix.incidents.actions.reminding import ask_again
from breakfix.incidents.actions.reprioritise import raise_priority
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.values import HoldReason, PriorityChange
from breakfix.kernel.access import SYSTEM
from breakfix.parties.models import Grant
from tests import makers_agreements
from tests.jobs.running import instants, run_until
from tests.makers import World, local
from tests.makers_incidents import CALM, qualified
from tests.refusals import refused

ASKED = local("2026-12-01 20:10")
HOUR = timedelta(hours=1)
QUESTION = "Which volume holds the archive?"


def asked(world: World, engagement: Engagement, at: datetime = ASKED, **given: Any) -> Engagement:
    usual = {"reason": HoldReason.AWAITING_CLIENT_INFO, "question": QUESTION}
    return course.hold(engagement.pk, **{**usual, **given}, by=world.actor("dana"), at=at)


def repeated(engagement: Engagement) -> list[tuple[str, str]]:
    return instants("question.repeated", engagement.client_id)


def test_question_of_a_p1_is_asked_again_every_hour_until_it_is_answered(world: World) -> None:
    engagement = asked(world, qualified(world))
    run_until(ASKED + 2 * HOUR + timedelta(minutes=30), ASKED)
    assert repeated(engagement) == [
        ("02 02:10:00", f"The client was asked again: {QUESTION}"),
        ("02 03:10:00", f"The client was asked again, for the 2. time: {QUESTION}"),
    ]
    held = Hold.objects.get()
    assert (held.reminders, held.reminded_at) == (2, ASKED + 2 * HOUR)
    told = [one for one in mail.outbox if "You were asked before" in one.body]
    assert sorted(one.to[0] for one in told) == ["bob@northgate.example"] * 2 + ["rita@northgate.example"] * 2
    assert all(QUESTION in one.subject for one in told)
    course.resume(engagement.pk, answer="The second", by=world.actor("rita"), at=ASKED + 3 * HOUR)
    run_until(ASKED + 9 * HOUR, ASKED + 3 * HOUR)
    assert len(repeated(engagement)) == 2


def test_question_whose_hour_went_by_under_a_lower_priority_is_asked_again_once_it_is_raised(world: World) -> None:
    engagement, rita = asked(world, qualified(world)), world.actor("rita")
    given: dict[str, Any] = {"change": PriorityChange.CHANGED_CIRCUMSTANCES, "reason": "Otherwise now", "by": rita}
    run_until(ASKED, ASKED)
    raise_priority(engagement.pk, priority=Priority.P3, **given, at=ASKED)
    worse = ASKED + 2 * HOUR
    run_until(worse, ASKED)
    assert repeated(engagement) == []
    raise_priority(engagement.pk, priority=Priority.P1, **given, at=worse)
    run_until(worse + HOUR, worse)
    assert [when for when, _ in repeated(engagement)] == ["02 03:10:00", "02 04:10:00"]


def test_question_of_a_p4_is_asked_again_after_a_business_day_of_the_site(world: World) -> None:
    """Asked on Tuesday evening: a business day later is the end of Wednesday."""
    engagement = asked(world, qualified(world, answers=CALM, obligations=[]))
    due = reminding.asked_again_at(engagement)
    assert due is not None
    opened = engagement.hours.standard_day_minutes
    assert due == local("2026-12-02 08:00") + timedelta(minutes=opened)
    run_until(due - timedelta(seconds=1), ASKED)
    assert repeated(engagement) == []
    run_until(due, due - timedelta(seconds=1))
    assert len(repeated(engagement)) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"reason": HoldReason.AWAITING_PARTS, "note": "A controller"},
        {"reason": HoldReason.PROVIDER_INTERNAL, "note": "Shift change"},
    ],
)
def test_wait_for_anything_else_asks_nobody_again(world: World, given: dict[str, Any]) -> None:
    engagement = asked(world, qualified(world), **{"question": "", **given})
    assert reminding.asked_again_at(engagement) is None
    with refused("no_question"):
        ask_again(engagement.pk, by=SYSTEM, at=ASKED + HOUR)


def test_question_is_not_asked_again_before_its_time_nor_by_a_person(world: World) -> None:
    engagement = asked(world, qualified(world))
    with refused("not_due"):
        ask_again(engagement.pk, by=SYSTEM, at=ASKED + HOUR - timedelta(seconds=1))
    with refused("not_allowed"):
        ask_again(engagement.pk, by=world.actor("dana"), at=ASKED + HOUR)
    ask_again(engagement.pk, by=SYSTEM, at=ASKED + HOUR)
    with refused("not_due"):
        ask_again(engagement.pk, by=SYSTEM, at=ASKED + HOUR)


@pytest.mark.tampers
def test_whoever_is_no_longer_let_in_hears_of_no_question(world: World) -> None:
    engagement = asked(world, qualified(world))
    run_until(ASKED + timedelta(minutes=1), ASKED)
    mail.outbox.clear()
    Grant.objects.filter(topic=engagement.topic, organisation=engagement.client).delete()
    Grant.objects.filter(topic=engagement.topic, person=world.people["rita"]).delete()
    run_until(ASKED + HOUR, ASKED + timedelta(minutes=1))
    assert [one for one in mail.outbox if "You were asked before" in one.body] == []


def test_agreement_that_says_zero_asks_every_quarter_of_an_hour(world: World) -> None:
    """Whoever signed that shall not be mailed without end."""
    terms = {"pauses": {"reminders": {"P1": "0 min"}}}
    at = local("2026-11-20 09:00")
    version = revise_agreement(world.agreements["northgate"].pk, terms=terms, by=world.actor("nora"), at=at)
    makers_agreements.signed(world, version, "percy", "nora", at=at + HOUR)
    engagement = asked(world, qualified(world))
    assert reminding.asked_again_at(engagement) == ASKED + timedelta(minutes=15)
    run_until(ASKED + HOUR, ASKED)
    assert len(repeated(engagement)) == 4
