"""What is outside the agreement, or owed by somebody else, waits for a statement of work that the client accepts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.agreements.models import AgreementVersion
from breakfix.assets.models import Asset
from breakfix.diagnosis.actions.fee import approve_forensic_fee, ask_forensic_fee
from breakfix.diagnosis.values import FeeVerdict
from breakfix.incidents import outside, qualifying, queries
from breakfix.incidents.actions import course, desk
from breakfix.incidents.actions.merging import merge_engagement
from breakfix.incidents.actions.outside import answer_sow, propose_sow, withdraw_sow
from breakfix.incidents.models import Engagement, StatementOfWork
from breakfix.incidents.values import EndKind, HoldReason, Referral, Route, SowAnswer, SowOutcome, Status
from breakfix.jobs.news import FOLLOWS
from breakfix.kernel.access import Role
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.money import Money
from breakfix.parties.actions import give_role
from tests import makers_agreements, people, together
from tests.agreements.test_stored_terms import without
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_incidents import ACKNOWLEDGED, QUALIFIED, acknowledged
from tests.refusals import refused

SCOPE = "Exchange of the failed controller, in place; nothing else on that machine."


def narrowed(world: World) -> Engagement:
    """The backup server fails, and only switches are in scope."""
    version = makers_agreements.actions.revise_agreement(
        world.agreements["northgate"].pk,
        terms={"scope": {"domains": ["NET-CORE"]}},
        by=world.actor("nora"),
        at=local("2026-11-20 09:00"),
    )
    makers_agreements.signed(world, version, "percy", "nora", at=local("2026-11-20 10:00"))
    return acknowledged(world)


def covered(world: World) -> Engagement:
    """The switch fails, which its vendor repairs until 2030."""
    return acknowledged(world, asset_id=world.assets["switch"].pk)


def proposed(world: World, engagement: Engagement, *, who: str = "dana", **given: Any) -> StatementOfWork:
    usual: dict[str, Any] = {"scope": SCOPE, "at": ACKNOWLEDGED}
    return propose_sow(engagement.pk, **{**usual, **given}, by=world.actor(who))


def answered(
    world: World, engagement: Engagement, answer: SowAnswer = SowAnswer.ACCEPT, *, who: str = "alice", **given: Any
) -> Engagement:
    usual: dict[str, Any] = {"statement_id": StatementOfWork.objects.latest("id").pk, "at": QUALIFIED}
    by = given.pop("by", people.actor(who, confirmed_at=QUALIFIED))
    return answer_sow(engagement.pk, answer=answer, **{**usual, **given}, by=by)


def qualify(world: World, engagement: Engagement, **given: Any) -> Engagement:
    return desk.qualify(engagement.pk, **given, by=world.actor("dana"), at=QUALIFIED)


def new(engagement: Engagement) -> list[str]:
    cover = qualifying.route_test(engagement, QUALIFIED)
    return outside.new_exceptions(cover, known=outside.accepted_exceptions(engagement))


def ends(engagement: Engagement) -> list[Any]:
    return [end for end in queries.open_ends(engagement) if end.kind == EndKind.SOW]


def test_what_is_out_of_scope_is_taken_on_once_the_client_accepted_it(world: World) -> None:
    engagement = narrowed(world)
    with refused("out_of_scope", field="route"):
        qualify(world, engagement)
    with refused("no_statement"):
        qualify(world, engagement, route=Route.AD_HOC, reason="Their only array")
    statement = proposed(world, engagement)
    assert statement.because == ["HW-RAID is outside the agreed scope"]
    assert (statement.outside, statement.waives, statement.fee) == (True, False, None)
    (end,) = ends(engagement)
    assert (end.organisation_id, end.role) == (engagement.client_id, "approver")
    with refused("statement_waits"):
        qualify(world, engagement, route=Route.AD_HOC, reason="Their only array")
    answered(world, engagement)
    assert ends(engagement) == []
    with refused("missing_field", field="reason"):
        qualify(world, engagement, route=Route.AD_HOC)
    done = qualify(world, engagement, route=Route.AD_HOC, reason="Their only array")
    assert (done.status, done.route_reason, done.cover_waived) == (Status.QUALIFIED, "Their only array", False)
    assert differences() == []


def test_what_the_vendor_repairs_is_taken_on_once_the_client_waives_that(world: World) -> None:
    engagement = covered(world)
    with refused("no_statement"):
        qualify(world, engagement)
    statement = proposed(world, engagement)
    assert statement.because == ["the vendor's warranty covers it until 2030-02-03"]
    answered(world, engagement, note="They come on Friday only")
    done = qualify(world, engagement)
    assert (done.status, done.cover_waived) == (Status.QUALIFIED, True)
    assert "under warranty until 2030-02-03" in done.route_reason


@pytest.mark.tampers
def test_statement_about_one_exception_allows_no_other(world: World) -> None:
    engagement = narrowed(world)
    proposed(world, engagement)
    answered(world, engagement)
    Asset.objects.filter(pk=engagement.asset_id).update(warranty_until="2030-01-01")
    with refused("no_statement"):
        qualify(world, engagement, route=Route.AD_HOC, reason="Their only array")


@pytest.mark.tampers  # it plays a version that was signed before there was this domain
def test_fee_that_nobody_agreed_is_stated_accepted_and_asked_as_any_other(world: World) -> None:
    row = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    AgreementVersion.objects.filter(pk=row.pk).update(terms=without(row.terms, "HW-RAID"))
    engagement = acknowledged(world)
    run_until(ACKNOWLEDGED, engagement.submitted_at)
    fee = queries.fee(engagement)
    assert (fee.ceiling_minor, fee.accepted_at) == (0, None)
    assert not [end for end in queries.open_ends(engagement) if end.kind in (EndKind.FEE, EndKind.SEAT)]
    with refused("missing_field", field="fee"):
        proposed(world, engagement)
    for wrong in (Decimal(-1), Decimal("1000000.01"), Decimal("NaN"), Decimal("Infinity")):
        with refused("out_of_range", field="fee"):
            proposed(world, engagement, fee=wrong)
    for wrong in (Decimal("0.001"), Decimal("640.005")):
        with refused("too_precise", field="fee"):
            proposed(world, engagement, fee=wrong)
    alice = people.actor("alice", confirmed_at=ACKNOWLEDGED)
    with refused("no_fee_stated"):  # nothing is no price that anybody could accept in advance
        approve_forensic_fee(engagement.pk, shown_amount=Decimal(0), by=alice, at=ACKNOWLEDGED)
    statement = proposed(world, engagement, fee=Decimal("640.00"))
    assert statement.fee == Money.of(Decimal(640), "USD")
    answered(world, engagement)
    fee.refresh_from_db()
    assert (fee.base_minor, fee.ceiling_minor, fee.accepted_at) == (64000, 96000, None)
    assert [end.what for end in queries.open_ends(engagement) if end.kind == EndKind.FEE] == [
        "Accept the forensic fee of $640.00, at most $960.00"
    ]
    assert FOLLOWS["sow.answered"] == ("fee.ask",)
    # It is stated once: no second statement makes another price of it, accepted or not.
    Asset.objects.filter(pk=engagement.asset_id).update(warranty_until="2030-01-01")
    with refused("fee_is_agreed", field="fee"):
        proposed(world, engagement, fee=Decimal("100000.00"))
    again = proposed(world, engagement)
    assert again.because[1:] == ["the vendor's warranty covers it until 2030-01-01"]
    answered(world, engagement)
    fee.refresh_from_db()
    assert (fee.base_minor, fee.ceiling_minor, fee.accepted_at) == (64000, 96000, None)
    qualify(world, engagement)
    run_until(QUALIFIED + timedelta(minutes=1), QUALIFIED)
    assert [end for end in queries.open_ends(engagement) if end.kind == EndKind.SEAT]


@pytest.mark.tampers
def test_longer_warranty_than_the_one_that_was_waived_is_asked_about_again(world: World) -> None:
    engagement = covered(world)
    proposed(world, engagement)
    answered(world, engagement)
    Asset.objects.filter(pk=engagement.asset_id).update(warranty_until="2031-12-31")
    fresh = Engagement.objects.get(pk=engagement.pk)
    assert new(fresh) == ["the vendor's warranty covers it until 2031-12-31"]
    with refused("no_statement"):
        qualify(world, engagement)


def test_later_no_ends_what_an_earlier_yes_allowed(world: World) -> None:
    engagement = covered(world)
    proposed(world, engagement)
    answered(world, engagement)
    assert new(engagement) == []
    proposed(world, engagement, scope="The whole rack")
    answered(world, engagement, SowAnswer.REFUSE, note="Not that", at=QUALIFIED + timedelta(minutes=1))
    with refused("no_statement"):
        qualify(world, engagement)


def test_statement_is_answered_while_the_work_is_held(world: World) -> None:
    engagement = covered(world)
    proposed(world, engagement)
    given = {"reason": HoldReason.AWAITING_CLIENT_INFO, "question": "Shall we?", "by": world.actor("dana")}
    course.hold(engagement.pk, **given, at=ACKNOWLEDGED)
    answered(world, engagement)
    assert outside.accepted_exceptions(engagement)


def test_refused_statement_leaves_only_the_referral(world: World) -> None:
    engagement = covered(world)
    proposed(world, engagement)
    with refused("missing_field", field="note"):
        answered(world, engagement, SowAnswer.REFUSE)
    answered(world, engagement, SowAnswer.REFUSE, note="Then the vendor")
    with refused("no_statement"):
        qualify(world, engagement)
    proposed(world, engagement)
    given = {"referral": Referral.VENDOR_WARRANTY, "reason": "Cisco repairs it", "by": world.actor("dana")}
    declined = desk.decline(engagement.pk, **given, at=QUALIFIED)
    assert declined.status == Status.DECLINED
    assert ends(engagement) == []
    with refused("wrong_state"):
        answered(world, engagement)


def test_who_may_put_and_who_may_answer(world: World) -> None:
    engagement = covered(world)
    for who in ("seth", "percy", "quinn"):
        with refused("not_allowed"):
            proposed(world, engagement, who=who)
    with refused("not_found"):
        proposed(world, engagement, who="cal")
    proposed(world, engagement)
    with refused("one_at_a_time"):
        proposed(world, engagement)
    for who in ("seth", "rita", "dana", "nora"):
        with refused("not_allowed"):
            answered(world, engagement, who=who)
    with refused("reauthenticate"):
        answered(world, engagement, by=world.actor("alice"))
    with refused("not_found"):
        answered(world, engagement, who="charlie")


def test_whoever_reported_it_does_not_decide(world: World) -> None:
    give_role(world.people["bob"].pk, role=Role.APPROVER, by=world.actor("nora"), at=world.at)
    engagement = acknowledged(world, who="bob", asset_id=world.assets["switch"].pk)
    proposed(world, engagement)
    with refused("own_request"):
        answered(world, engagement, who="bob")


def test_answer_is_to_the_statement_that_was_read(world: World) -> None:
    engagement = covered(world)
    first = proposed(world, engagement)
    withdraw_sow(engagement.pk, reason="The wrong machine", by=world.actor("dana"), at=ACKNOWLEDGED)
    second = proposed(world, engagement, scope="Another scope")
    with refused("changed_since_read", field="statement_id"):
        answered(world, engagement, statement_id=first.pk)
    answered(world, engagement, statement_id=second.pk)
    with refused("not_found"):
        answered(world, engagement)
    assert outside.accepted_exceptions(engagement) == second.because
    first.refresh_from_db()
    assert first.outcome == "withdrawn"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"scope": "  "}, "missing_field", "scope"),
        ({"scope": "It costs $500"}, "verbal_promise", "scope"),
        ({"scope": "s" * 4001}, "too_long", "scope"),
        ({"fee": Decimal(100)}, "fee_is_agreed", "fee"),
    ],
)
def test_what_cannot_be_put_to_the_client(world: World, given: dict[str, Any], code: str, field: str) -> None:
    engagement = covered(world)
    with refused(code, field=field):
        proposed(world, engagement, **given)


def test_plain_break_fix_needs_no_statement(world: World) -> None:
    engagement = acknowledged(world)
    with refused("nothing_outside"):
        proposed(world, engagement)
    assert new(engagement) == []
    qualify(world, engagement)
    with refused("wrong_state"):
        proposed(world, engagement)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one(world: World) -> None:
    engagement = covered(world)
    proposed(world, engagement)
    ended = together.both(
        lambda: answered(world, engagement),
        lambda: answered(world, engagement, SowAnswer.REFUSE, who="cora", note="No"),
    )
    assert sorted(ended) == ["done", "not_found"]


@pytest.mark.tampers
def test_fee_that_the_approvers_refused_is_stated_again_with_another_one(world: World) -> None:
    row = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    AgreementVersion.objects.filter(pk=row.pk).update(terms=without(row.terms, "HW-RAID"))
    engagement = acknowledged(world)
    proposed(world, engagement, fee=Decimal("640.00"))
    answered(world, engagement)
    run_until(QUALIFIED + timedelta(seconds=1), QUALIFIED)
    with refused("fee_is_agreed", field="fee"):  # they are being asked about it
        proposed(world, engagement, fee=Decimal("500.00"), at=QUALIFIED)
    alice = people.actor("alice", confirmed_at=QUALIFIED)
    given = {"verdict": FeeVerdict.REJECT, "reason": "Too dear", "by": alice, "at": QUALIFIED}
    approve_forensic_fee(engagement.pk, shown_amount=Decimal("960.00"), **given)
    with refused("missing_field", field="fee"):
        proposed(world, engagement, at=QUALIFIED)
    proposed(world, engagement, fee=Decimal("500.00"), at=QUALIFIED)
    with refused("statement_waits"):  # nobody is asked about the old one meanwhile
        ask_forensic_fee(engagement.pk, by=world.actor("dana"), at=QUALIFIED)
    answered(world, engagement)
    fee = queries.fee(engagement)
    assert (fee.base_minor, fee.ceiling_minor, fee.accepted_at) == (50000, 75000, None)
    with refused("stale_document", field="shown_amount"):
        approve_forensic_fee(engagement.pk, shown_amount=Decimal("960.00"), by=alice, at=QUALIFIED)
    run_until(QUALIFIED + timedelta(seconds=2), QUALIFIED + timedelta(seconds=1))
    asked = [end for end in queries.open_ends(engagement) if end.kind in (EndKind.FEE, EndKind.SEAT)]
    assert {end.organisation_id for end in asked} == {engagement.client_id}
    approve_forensic_fee(engagement.pk, shown_amount=Decimal("750.00"), by=alice, at=QUALIFIED)
    assert queries.fee(engagement).accepted_at == QUALIFIED
    with refused("fee_is_agreed", field="fee"):
        proposed(world, engagement, fee=Decimal("400.00"), at=QUALIFIED)


@pytest.mark.parametrize("over", ["cancelled", "declined", "merged into an earlier report"])
def test_waiting_statement_is_withdrawn_with_its_engagement(world: World, over: str) -> None:
    earlier = acknowledged(world, asset_id=world.assets["switch"].pk)
    engagement = covered(world)
    statement = proposed(world, engagement)
    if over == "cancelled":
        course.cancel_engagement(engagement.pk, reason="It works", by=world.actor("rita"), at=QUALIFIED)
    elif over == "declined":
        given = {"referral": Referral.VENDOR_WARRANTY, "reason": "Cisco repairs it", "by": world.actor("dana")}
        desk.decline(engagement.pk, **given, at=QUALIFIED)
    else:
        merge_engagement(
            engagement.pk, into_id=earlier.pk, reason="The same switch", by=world.actor("dana"), at=QUALIFIED
        )
    statement.refresh_from_db()
    assert (statement.outcome, statement.note, statement.decided_at) == (
        SowOutcome.WITHDRAWN,
        f"The engagement was {over}.",
        QUALIFIED,
    )
    assert statement.decided_by == world.people["rita" if over == "cancelled" else "dana"]
    assert outside.waiting(engagement, world.actor("dana")) is None
    assert differences() == []
