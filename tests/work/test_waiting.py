"""Work held until the client has decided on a change order: it begins by a deed and ends with the answer."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.values import ClockKind, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.rebuild import differences
from breakfix.quotes.actions import issuing
from breakfix.quotes.models import Quote
from breakfix.work.actions import again
from breakfix.work.actions.waiting import wait_for_change_order
from breakfix.work.rules import conduct
from breakfix.work.values import Status as OrderStatus
from tests import makers_change_orders as make
from tests import makers_work as work
from tests.makers import World, local
from tests.refusals import refused
from tests.work.test_change_orders import clock, raised, reject, sign

pytestmark = pytest.mark.django_db
WAITS = local("2026-12-02 03:20")
NOTE = "The array cannot be rebuilt on this backplane"


def waiting(world: World, who: str = "tom", note: str = NOTE) -> Quote:
    quote = raised(world)
    wait_for_change_order(quote.engagement_id, note=note, by=world.actor(who), at=WAITS)
    return Quote.objects.get(pk=quote.pk)


def status(quote: Quote) -> str:
    return Engagement.objects.get(pk=quote.engagement_id).status


def paused(quote: Quote) -> list[tuple[Any, Any]]:
    """Where the derivation of the restore objective stands still."""
    engagement = Engagement.objects.get(pk=quote.engagement_id)
    (restore,) = [
        one
        for one in incidents.readings(engagement, make.APPROVED + timedelta(hours=1))
        if one.kind is ClockKind.RESTORE
    ]
    return [(one.start, one.end) for one in restore.stretches if "approval" in one.reason]


@pytest.mark.parametrize("who", ["tom", "dana"])
def test_objective_pauses_from_the_word_of_the_engineer_to_the_last_signature(world: World, who: str) -> None:
    quote = waiting(world, who)
    held = incidents.open_hold(quote.engagement)
    assert held is not None
    assert (status(quote), held.reason, held.note) == ("ON_HOLD", "AWAITING_CLIENT_APPROVAL", NOTE)
    make.signed(world, quote, "alice", at=make.APPROVED - timedelta(minutes=5))
    assert status(quote) == "ON_HOLD"  # finance has to sign as well
    make.signed(world, quote, "cora")
    assert status(quote) == "IN_PROGRESS"
    assert Hold.objects.get(pk=held.pk).ended_at == make.APPROVED
    assert paused(quote)[-1] == (WAITS, make.APPROVED)


def test_rejection_lets_the_agreed_scope_go_on_at_once(world: World) -> None:
    quote = waiting(world)
    reject(world, quote)
    assert status(quote) == "IN_PROGRESS"
    assert paused(quote)[-1] == (WAITS, make.APPROVED)
    turns = [end.what for end in incidents.open_ends(Engagement.objects.get(pk=quote.engagement_id))]
    assert any(turn.startswith("Finish the agreed scope") for turn in turns)


def test_offer_that_is_withdrawn_or_expires_ends_the_wait_at_its_instant(world: World) -> None:
    quote = waiting(world)
    assert quote.valid_until is not None
    issuing.expire_quote(quote.pk, by=SYSTEM, at=quote.valid_until)
    assert status(quote) == "IN_PROGRESS"
    assert Hold.objects.filter(engagement=quote.engagement_id).latest("pk").ended_at == quote.valid_until


def test_withdrawn_offer_ends_the_wait(world: World) -> None:
    quote = waiting(world)
    at = WAITS + timedelta(minutes=4)
    issuing.withdraw_quote(quote.pk, by=world.actor("quinn"), at=at)
    assert status(quote) == "IN_PROGRESS"
    assert Hold.objects.filter(engagement=quote.engagement_id).latest("pk").ended_at == at


def test_two_offers_are_waited_for_until_the_second_answer(world: World) -> None:
    quote = raised(world)
    other = make.issued(world, quote.engagement, at=WAITS - timedelta(minutes=1), tasks=[make.task("0.5")])
    wait_for_change_order(quote.engagement_id, note=NOTE, by=world.actor("tom"), at=WAITS)
    issuing.withdraw_quote(other.pk, by=world.actor("quinn"), at=WAITS + timedelta(minutes=1))
    assert status(quote) == "ON_HOLD"
    sign(world, quote)
    assert status(quote) == "IN_PROGRESS"


def test_nobody_works_meanwhile_and_nobody_ends_it_by_hand(world: World) -> None:
    quote = waiting(world)
    with refused("no_work_now"):
        clock(world, quote.engagement, "03:25")
    with refused("derived_hold"):
        course.resume(quote.engagement_id, by=world.actor("dana"), at=WAITS + timedelta(minutes=1))
    with refused("no_work_now"):
        wait_for_change_order(quote.engagement_id, note=NOTE, by=world.actor("tom"), at=WAITS)


def test_decision_without_a_wait_changes_nothing(world: World) -> None:
    quote = raised(world)
    sign(world, quote)
    assert status(quote) == "IN_PROGRESS"
    assert not Hold.objects.filter(engagement=quote.engagement_id, started_at__gte=WAITS).exists()


def test_wait_for_anything_else_is_refused(world: World) -> None:
    engagement = work.started(world).engagement
    tom = world.actor("tom")
    with refused("no_change_order_open"):
        wait_for_change_order(engagement.pk, note=NOTE, by=tom, at=WAITS)
    draft = make.proposed(world, engagement)
    with refused("no_change_order_open"):
        wait_for_change_order(engagement.pk, note=NOTE, by=tom, at=make.RAISED)
    assert draft.status == "DRAFT"


def test_offer_past_its_end_is_not_waited_for(world: World) -> None:
    quote = raised(world)
    assert quote.valid_until is not None
    with refused("no_change_order_open"):
        wait_for_change_order(quote.engagement_id, note=NOTE, by=world.actor("dana"), at=quote.valid_until)


def test_whoever_is_on_the_clock_clocks_off_first(world: World) -> None:
    quote = raised(world)
    clock(world, quote.engagement, "03:16")
    with refused("on_the_clock"):
        wait_for_change_order(quote.engagement_id, note=NOTE, by=world.actor("tom"), at=WAITS)
    clock(world, quote.engagement, "03:19", on=False)
    wait_for_change_order(quote.engagement_id, note=NOTE, by=world.actor("tom"), at=WAITS)
    assert status(quote) == Status.ON_HOLD


@pytest.mark.parametrize(
    ("note", "code"), [("", "missing_field"), ("It costs 300 USD more", "verbal_promise"), ("x" * 2001, "too_long")]
)
def test_note_says_what_cannot_be_done_and_no_sum(world: World, note: str, code: str) -> None:
    quote = raised(world)
    with refused(code, field="note"):
        wait_for_change_order(quote.engagement_id, note=note, by=world.actor("tom"), at=WAITS)
    assert status(quote) == "IN_PROGRESS"
    assert quote.n is not None
    assert quote.n.amount > Decimal(0)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("quinn", "not_allowed"),
        ("alice", "not_allowed"),
        ("hugo", "not_found"),
        ("ines", "protocol_not_acknowledged"),
    ],
)
def test_only_desk_and_those_who_work_there_wait(world: World, who: str, code: str) -> None:
    quote = raised(world)
    with refused(code):
        wait_for_change_order(quote.engagement_id, note=NOTE, by=world.actor(who), at=WAITS)


def test_no_time_is_entered_for_the_wait_afterwards(world: World) -> None:
    quote = waiting(world)
    sign(world, quote)
    later = (make.APPROVED + timedelta(minutes=10)).strftime("%H:%M")
    with refused("held_then", field="since"):
        clock(world, quote.engagement, later, since=WAITS + timedelta(minutes=1))
    clock(world, quote.engagement, later, since=make.APPROVED)


def test_turn_stays_the_clients_while_another_one_is_waited_for(world: World) -> None:
    quote = raised(world)
    make.issued(world, quote.engagement, at=WAITS - timedelta(minutes=1), tasks=[make.task("0.5")])
    wait_for_change_order(quote.engagement_id, note=NOTE, by=world.actor("tom"), at=WAITS)
    reject(world, quote)
    turns = [end.what for end in incidents.open_ends(Engagement.objects.get(pk=quote.engagement_id))]
    assert status(quote) == "ON_HOLD"
    assert "Decide on the further sum" in turns
    assert not any(turn.startswith("Finish the agreed scope") for turn in turns)


def test_engineer_who_waits_in_vain_leaves_and_the_work_stays_held(world: World) -> None:
    """The visit began before the hold; once the client has decided, another one is planned."""
    quote = waiting(world)
    order = again.leave_incomplete(quote.engagement_id, reason=NOTE, by=world.actor("tom"), at=make.APPROVED)
    assert (order.status, status(quote)) == ("INCOMPLETE", "ON_HOLD")
    held = incidents.open_hold(Engagement.objects.get(pk=quote.engagement_id))
    assert held is not None
    assert held.started_at == WAITS
    with refused("no_work_planned"):
        again.leave_incomplete(quote.engagement_id, reason=NOTE, by=world.actor("tom"), at=make.APPROVED)
    sign(world, quote)
    assert status(quote) == "SCHEDULED"
    assert differences() == []


@pytest.mark.parametrize("hold_from", ["SCHEDULED", "RESTORED"])
def test_visit_that_has_not_begun_or_is_finished_otherwise_does_not_end_in_a_hold(hold_from: str) -> None:
    with pytest.raises(Refused) as no:
        conduct.check_can_leave(Status.ON_HOLD, OrderStatus.PAUSED, hold_from=hold_from)
    assert no.value.code == "no_work_now"
