"""What S1's approvers, data owner and duty manager do with the offer, and what binds afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.approvals import queries as approvals
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from breakfix.quotes import queries
from breakfix.quotes.actions import deciding, drafting
from breakfix.quotes.models import Quote
from breakfix.quotes.values import RejectionReason
from tests import makers_diagnosis
from tests import makers_quotes as make
from tests.makers import World, local
from tests.quotes.cases import usd
from tests.refusals import refused

AT = local("2026-12-02 01:22")
LATER = local("2026-12-02 01:46")


def decided(world: World, quote: Quote, **given: Any) -> Quote:
    return make.signed(world, quote, given.pop("who", "alice"), given.pop("at", AT), **given)


def test_last_seat_binds_the_client_to_the_cap(world: World) -> None:
    quote = make.issued(world)
    assert make.acknowledged(world, quote, AT).status == "ISSUED"
    assert decided(world, quote).status == "ISSUED"
    assert queries.tranches(quote.engagement) == []
    done = decided(world, quote, who="cora", at=LATER)
    assert (done.status, done.decided_at) == ("APPROVED", LATER)
    engagement = incidents.get_engagement(quote.engagement_id, SYSTEM)
    assert (engagement.status, engagement.approved_at) == (Status.APPROVED, LATER)
    tranches = [(one.kind, one.cap, one.billed) for one in queries.tranches(engagement)]
    assert tranches == [("FORENSIC", usd("675"), usd("0")), ("BASE", usd("5400"), usd("0"))]


def test_risk_acknowledgement_may_come_last(world: World) -> None:
    quote = make.issued(world)
    decided(world, quote)
    assert decided(world, quote, who="cora").status == "ISSUED"
    assert make.acknowledged(world, quote, LATER).status == "APPROVED"


def test_duty_manager_completes_the_night(world: World) -> None:
    quote = make.approved(world)
    assert (quote.status, quote.decided_at) == ("APPROVED", make.APPROVED)
    entries = ledger.entries(world.organisation("northgate").pk, topic=quote.engagement.topic)
    kinds = [entry.kind for entry in entries if entry.kind != "attempt.logged"]
    assert kinds[-3:] == ["seat.approved", "risk.acknowledged", "quote.approved"]
    ends = [end.kind for end in incidents.open_ends(incidents.get_engagement(quote.engagement_id, SYSTEM))]
    assert EndKind.RATIFICATION in ends
    assert EndKind.SEAT not in ends


def test_offer_binds_on_the_real_road_as_well(world: World) -> None:
    quote = make.approved(world, makers_diagnosis.diagnosed(world))
    assert (quote.status, quote.q, quote.n) == ("APPROVED", usd("4723.33"), usd("5400"))
    assert quote.exposure == usd("5879.25")


def test_duty_manager_waits_for_the_ladder(world: World) -> None:
    quote = make.issued(world)
    make.climbed(quote, local("2026-12-02 01:20"))
    with refused("too_early"):
        emergency(world, quote, at=local("2026-12-02 01:44"))


def test_duty_manager_says_why(world: World) -> None:
    quote = make.issued(world)
    make.climbed(quote, local("2026-12-02 01:45"))
    with refused("reason_needed", field="reason"):
        emergency(world, quote, reason="  ")


def emergency(world: World, quote: Quote, **given: Any) -> Quote:
    at = given.pop("at", make.APPROVED)
    typed = {"shown_sha256": quote.sha256, "reason": make.REASON, "acknowledged": ["R1"], **given}
    by = world.actor("mona", confirmed_at=at)
    return deciding.approve_quote_in_emergency(quote.pk, **typed, by=by, at=at)


def test_duty_manager_also_acknowledges_the_risk(world: World) -> None:
    quote = make.issued(world)
    make.climbed(quote, local("2026-12-02 01:45"))
    with refused("risk_not_acknowledged", field="acknowledged"):
        emergency(world, quote, acknowledged=[])


def test_approval_needs_the_password_again(world: World) -> None:
    quote = make.issued(world)
    with refused("reauthenticate", field="password"):
        deciding.approve_quote(
            quote.pk, shown_sha256=quote.sha256, acknowledged=["R1"], by=world.actor("alice"), at=AT
        )


def test_approval_binds_only_what_was_shown(world: World) -> None:
    quote = make.issued(world)
    with refused("stale_offer", field="shown_sha256"):
        decided(world, quote, shown_sha256="0" * 64)


def test_approval_without_its_risk_row_is_refused(world: World) -> None:
    quote = make.issued(world)
    with refused("risk_not_acknowledged", field="acknowledged"):
        decided(world, quote, acknowledged=["R9"])


def test_same_person_cannot_fill_two_seats(world: World) -> None:
    quote = make.issued(world)
    decided(world, quote)
    before = approvals.rounds_for(quote.engagement)[0].seats.count()
    with refused("already_decided"):
        decided(world, quote)
    assert approvals.rounds_for(quote.engagement)[0].seats.count() == before


@pytest.mark.parametrize("who", ["quinn", "rita", "bob", "ada"])
def test_nobody_without_the_right_approves(world: World, who: str) -> None:
    quote = make.issued(world)
    with refused("not_allowed"):
        decided(world, quote, who=who)


def test_another_clients_approver_finds_nothing(world: World) -> None:
    quote = make.issued(world)
    with refused("not_found"):
        decided(world, quote, who="charlie")


def test_offer_cannot_be_approved_at_the_instant_it_ends(world: World) -> None:
    quote = make.issued(world)
    assert quote.valid_until is not None
    with refused("expired"):
        decided(world, quote, at=quote.valid_until)
    with refused("expired"):
        make.acknowledged(world, quote, quote.valid_until)
    decided(world, quote, at=quote.valid_until - timedelta(microseconds=1))


def test_rejection_ends_the_round_and_keeps_the_engagement_waiting(world: World) -> None:
    quote = make.issued(world)
    done = rejected(world, quote)
    assert (done.status, done.rejection_reason) == ("REJECTED", "replace_instead")
    engagement = incidents.get_engagement(quote.engagement_id, SYSTEM)
    assert engagement.status == Status.AWAITING_APPROVAL
    assert approvals.open_round_for(quote.subject) is None
    assert [(one.kind, one.cap) for one in queries.tranches(engagement)] == [("FORENSIC", usd("675"))]
    steps = [end.what for end in incidents.open_ends(engagement) if end.kind == EndKind.NEXT_STEP]
    assert steps == ["Say what comes next: another offer, your things back, or nothing more"]


def rejected(world: World, quote: Quote, **given: Any) -> Quote:
    typed = {"shown_sha256": quote.sha256, "reason": RejectionReason.REPLACE_INSTEAD, "note": "", **given}
    return deciding.reject_quote(quote.pk, **typed, by=world.actor("alice", confirmed_at=AT), at=AT)


def test_rejected_quote_cannot_be_approved_or_rejected_again(world: World) -> None:
    quote = make.issued(world)
    rejected(world, quote)
    with refused("quote_rejected"):
        decided(world, quote)
    with refused("quote_rejected"):
        rejected(world, quote)


def test_rejection_for_another_reason_says_which(world: World) -> None:
    quote = make.issued(world)
    with refused("missing_field", field="note"):
        rejected(world, quote, reason=RejectionReason.OTHER)


def test_rejected_quote_is_followed_by_a_new_version(world: World) -> None:
    quote = make.issued(world)
    rejected(world, quote)
    assert make.drafted(world, quote.engagement).version == 2
    assert incidents.get_engagement(quote.engagement_id, SYSTEM).status == Status.QUOTE_PENDING


def test_approved_quote_leaves_no_room_for_another(world: World) -> None:
    quote = make.approved(world)
    with refused("no_quote_now"):
        drafting.draft_quote(quote.engagement_id, **make.inputs(), by=world.actor("quinn"), at=make.APPROVED)
    with refused("quote_approved"):
        decided(world, quote)


def test_cancelled_engagement_takes_no_approval(world: World) -> None:
    quote = make.issued(world)
    course.cancel_engagement(quote.engagement_id, reason="Replaced", by=world.actor("rita"), at=AT)
    with refused("not_awaiting_approval"):
        decided(world, quote)
