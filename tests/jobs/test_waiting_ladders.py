"""While the client decides, nobody is gone past about the objective that stands; after it the usual time is given."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from breakfix.incidents import ladder, queries
from breakfix.incidents.actions import course, escalating
from breakfix.incidents.models import Clock, Engagement, Escalation
from breakfix.incidents.values import HoldReason
from breakfix.kernel.access import SYSTEM
from breakfix.quotes.actions import issuing
from breakfix.work.actions import ending
from breakfix.work.actions.waiting import wait_for_change_order
from tests import makers_change_orders, makers_dispatch, makers_extension, makers_quotes, makers_work
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.refusals import refused

MINUTE, TEN, HALF_AN_HOUR = timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=30)


def asked(engagement: Engagement, at: datetime) -> Escalation:
    """Half of the restore objective is used, so the dispatcher lead is asked: ten minutes for a P1."""
    about = {"clock_id": Clock.objects.get(engagement=engagement, kind="RESTORE").pk, "name": "RESTORE"}
    escalating.ask_rung(engagement.pk, percent=50, **about, by=SYSTEM, at=at)
    return next(one for one in ladder.steps_of(engagement) if one.clock_id == about["clock_id"])


def goes_on_after(step: Escalation, began: datetime, decided: datetime, decide: Callable[[datetime], object]) -> None:
    """The step waits until the decision, and ten minutes longer."""
    run_until(decided, began)
    step.refresh_from_db()
    assert step.is_open
    decide(decided)
    run_until(decided + TEN, decided)
    step.refresh_from_db()
    assert step.advanced_at == decided + TEN


def test_offer_before_the_client_stops_the_ladder_of_the_objective(world: World) -> None:
    quote = makers_quotes.issued(world)
    at = makers_quotes.ISSUED
    step = asked(quote.engagement, at)
    quinn = world.actor("quinn")
    goes_on_after(step, at, at + HALF_AN_HOUR, lambda when: issuing.withdraw_quote(quote.pk, by=quinn, at=when))


def test_change_order_that_is_signed_gives_the_usual_time_again(world: World) -> None:
    order = makers_change_orders.issued(world)
    at = makers_change_orders.ISSUED
    step = asked(order.engagement, at)
    wait_for_change_order(order.engagement_id, note="Nothing fits", by=world.actor("tom"), at=at)

    def sign(when: datetime) -> None:
        for who in ("alice", "cora"):
            makers_change_orders.signed(world, order, who, at=when)

    goes_on_after(step, at, at + HALF_AN_HOUR, sign)


@pytest.mark.parametrize("answer", [makers_extension.answer, makers_extension.refuse])
def test_extension_that_is_decided_gives_it_too(world: World, answer: Callable[..., object]) -> None:
    extension = makers_extension.asking(world)
    at, decided = makers_extension.ASKED, makers_extension.ANSWERED
    step = asked(extension.engagement, at - TEN / 2)
    assert queries.open_hold(extension.engagement) is not None
    goes_on_after(step, at, decided, lambda _: answer(world, extension))


def held_within(world: World, step: Escalation, at: datetime, reason: HoldReason, **given: str) -> datetime:
    """Held two minutes after somebody was asked, for seven; what is asked of the step then. When it goes on."""
    key, dana, back = step.engagement_id, world.actor("dana"), at + 9 * MINUTE
    course.hold(key, reason=reason, **given, by=dana, at=at + 2 * MINUTE)
    run_until(back, at)
    course.resume(key, answer="The second." if "question" in given else "", by=dana, at=back)
    run_until(back + 9 * MINUTE, back)
    step.refresh_from_db()
    return back


def test_short_wait_gives_the_usual_time_again(world: World) -> None:
    at = local("2026-12-01 23:00")
    step = asked(makers_dispatch.arrived(world), at)
    back = held_within(world, step, at, HoldReason.AWAITING_CLIENT_INFO, question="Which rack?")
    assert step.is_open
    with refused("not_due"):
        escalating.advance_escalation(step.pk, by=SYSTEM, at=back + 9 * MINUTE)
    run_until(back + TEN, back + 9 * MINUTE)
    step.refresh_from_db()
    assert step.advanced_at == back + TEN


def test_wait_that_stops_no_clock_gives_none_again(world: World) -> None:
    at = local("2026-12-01 23:00")
    step = asked(makers_dispatch.arrived(world), at)
    held_within(world, step, at, HoldReason.PROVIDER_INTERNAL, note="Lunch")
    assert step.advanced_at == at + TEN


def test_call_for_skill_waits_with_the_work(world: World) -> None:
    at = local("2026-12-01 23:00")
    step = escalating.ask_for_help(makers_dispatch.arrived(world).pk, by=world.actor("tom"), at=at)
    back = held_within(world, step, at, HoldReason.PROVIDER_INTERNAL, note="Lunch")
    assert step.is_open
    run_until(back + TEN, back + 9 * MINUTE)
    step.refresh_from_db()
    assert step.advanced_at == back + TEN


def test_dispute_gives_it_again_too(world: World) -> None:
    engagement, at = makers_work.worked(world).engagement, makers_work.RESTORED - 2 * MINUTE
    step = asked(engagement, at)
    run_until(at, at)
    tom, rita, disputed = world.actor("tom"), world.actor("rita"), at + 9 * MINUTE
    ending.restore_service(engagement.pk, tests=makers_work.PASSED, by=tom, at=makers_work.RESTORED)
    run_until(disputed, at)
    ending.dispute_restoration(engagement.pk, reason="It stopped again.", by=rita, at=disputed)
    run_until(disputed + TEN - MINUTE, disputed)
    step.refresh_from_db()
    assert step.is_open
    run_until(disputed + TEN, disputed + TEN - MINUTE)
    step.refresh_from_db()
    assert step.advanced_at == disputed + TEN
