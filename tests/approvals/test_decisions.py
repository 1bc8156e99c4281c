"""Decisions at a round with the real tables: what they bind, and refusals that leave no trace."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from breakfix.agreements.values import Domain
from breakfix.approvals import queries
from breakfix.approvals.actions.authority import name_authority
from breakfix.approvals.actions.reachout import log_attempt
from breakfix.approvals.models import Round, Seat
from breakfix.approvals.rules import policy
from breakfix.approvals.values import Purpose, RoundStatus, RungName, Verdict
from breakfix.changes import rules as changes
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.kernel.access import OPERATOR, SYSTEM, Role
from breakfix.kernel.ledger.record import record
from breakfix.kernel.money import Money
from breakfix.parties import actions as parties
from tests import makers_approvals as make
from tests.makers import World, local
from tests.refusals import refused

AT = local("2026-12-02 01:22")


def status(approval: Round) -> str:
    return queries.get_round(approval.pk, by=SYSTEM).status


def waiting(engagement: Engagement) -> int:
    return OpenEnd.objects.filter(engagement=engagement, kind="seat", closed_at=None).count()


def test_round_is_approved_by_its_last_seat(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    make.decided(world, approval, "alice", AT)
    make.decided(world, approval, "sol", AT, verdict=Verdict.ACKNOWLEDGE)
    assert status(approval) == "OPEN"
    approval, seat = make.decided(world, approval, "cora", local("2026-12-02 01:30"))
    assert (seat.name, seat.decided_at) == ("finance", local("2026-12-02 01:30"))
    assert (approval.status, approval.closed_at) == ("APPROVED", local("2026-12-02 01:30"))
    assert not approval.limited_to_restoring
    assert waiting(engagement) == 0


def test_one_rejection_ends_the_round(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    make.decided(world, approval, "alice", AT)
    approval, seat = make.decided(world, approval, "sol", AT, verdict=Verdict.REJECT, reason="No image yet.")
    assert (approval.status, seat.state, seat.reason) == ("REJECTED", "REJECTED", "No image yet.")
    assert waiting(engagement) == 0
    with refused("already_rejected"):
        make.decided(world, approval, "cora", AT)


@pytest.mark.parametrize(
    ("who", "words", "code"),
    [
        ("alice", {"confirmed": False}, "reauthenticate"),
        ("alice", {"shown": "0" * 64}, "stale_document"),
        ("alice", {"seat": "finance"}, "not_your_seat"),
        ("alice", {"verdict": Verdict.ACKNOWLEDGE}, "wrong_verdict"),
        ("alice", {"verdict": Verdict.REJECT}, "reason_needed"),
        ("erin", {}, "no_seat"),
        ("mona", {}, "no_seat"),
        ("bob", {}, "no_seat"),
        ("rita", {}, "own_request"),
        ("dana", {}, "not_client"),
        ("charlie", {}, "not_found"),
    ],
)
def test_decision_refused_leaves_no_trace(
    world: World, engagement: Engagement, who: str, words: dict[str, str], code: str
) -> None:
    approval = make.asked(engagement)
    with refused(code):
        make.decided(world, approval, who, AT, **words)  # type: ignore[arg-type]


def test_decision_twice_is_refused(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    make.decided(world, approval, "alice", AT)
    with refused("already_decided"):
        make.decided(world, approval, "alice", AT)


def test_requester_with_every_right_still_decides_nothing(world: World, engagement: Engagement) -> None:
    for role in (Role.APPROVER, Role.DUTY_MANAGER, Role.DATA_OWNER):
        parties.give_role(world.people["rita"].pk, role=role, by=OPERATOR, at=world.at)
    name_authority(world.people["rita"].pk, seat="it", limit=Decimal("90000"), by=OPERATOR, at=world.at)
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    assert world.people["rita"].pk not in {one.person_id for one in queries.attempts(approval)}
    at = local("2026-12-02 01:47")
    for verdict in Verdict:
        with refused("own_request"):
            make.decided(world, approval, "rita", at, verdict=verdict, reason="Mine.")
    with refused("own_request"):
        make.bypassed(world, approval, at, who="rita")


def test_acknowledging_and_spending_are_two_people(world: World, engagement: Engagement) -> None:
    parties.give_role(world.people["alice"].pk, role=Role.DATA_OWNER, by=OPERATOR, at=world.at)
    approval = make.asked(engagement)
    make.decided(world, approval, "alice", AT, verdict=Verdict.ACKNOWLEDGE)
    with refused("already_decided"):
        make.decided(world, approval, "alice", AT)


def test_two_seats_of_one_person_are_impossible_for_the_database(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    make.decided(world, approval, "alice", AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(round=approval, name="finance").update(decided_by=world.people["alice"])


def test_small_round_takes_any_approver(world: World, engagement: Engagement) -> None:
    agreed = incidents.terms(engagement).approvals
    fee = Money.of("734.91", "USD")  # 675.00 x 1.08875
    approval = make.asked(engagement, needs=policy.seats_for(fee, agreed), exposure=fee, purpose=Purpose.FORENSIC_FEE)
    assert waiting(engagement) == 3
    approval, seat = make.decided(world, approval, "erin", AT)
    assert (seat.name, approval.status) == ("any", "APPROVED")


def test_change_round_needs_two_of_its_board_and_no_password(world: World, engagement: Engagement) -> None:
    approval = make.asked(
        engagement,
        needs=changes.ecab(Domain.SEC),
        exposure=None,
        subject="change/1",
        purpose=Purpose.CHANGE,
        quorum=changes.ECAB_QUORUM,
    )
    approval, _ = make.decided(world, approval, "chas", local("2026-12-02 01:55"), confirmed=False)
    assert approval.status == "OPEN"
    approval, seat = make.decided(world, approval, "seth", local("2026-12-02 01:58"), confirmed=False)
    assert (seat.name, approval.status) == ("service_owner", "APPROVED")
    assert waiting(engagement) == 0
    with refused("already_approved"):
        make.decided(world, approval, "sol", local("2026-12-02 01:59"))


def test_change_round_has_no_emergency_rung(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement, needs=changes.ecab(Domain.HW_SRV), exposure=None, purpose=Purpose.CHANGE)
    make.climbed(approval, local("2026-12-02 02:00"))
    log_attempt(approval.pk, rung=RungName.EMERGENCY, by=SYSTEM, at=local("2026-12-02 01:45"))
    assert {one.rung for one in queries.attempts(approval)} == {"notify", "voice", "delegate", "next_level"}
    with refused("nothing_to_bypass"):
        make.bypassed(world, approval, local("2026-12-02 02:00"))


def test_document_is_asked_about_once_at_a_time(engagement: Engagement) -> None:
    make.asked(engagement)
    with refused("round_open"):
        make.asked(engagement)


@pytest.mark.parametrize(
    ("ending", "code"),
    [(RoundStatus.WITHDRAWN, "round_withdrawn"), (RoundStatus.LAPSED, "round_lapsed")],
)
def test_closed_round_asks_nobody(world: World, engagement: Engagement, ending: RoundStatus, code: str) -> None:
    approval = make.closed(make.asked(engagement), ending, AT)
    assert waiting(engagement) == 0
    with refused(code):
        make.decided(world, approval, "alice", AT)
    before = queries.attempts(approval)
    make.climbed(approval, local("2026-12-02 01:45"))
    assert queries.attempts(approval) == before
    assert make.asked(engagement, at=AT).pk != approval.pk


# ------------------------------------------------------------------------------------------- the emergency rule


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"who": "alice"}, "not_duty_manager"),
        ({"who": "dana"}, "not_client"),
        ({"who": "hope"}, "not_found"),
        ({"confirmed": False}, "reauthenticate"),
        ({"shown": "0" * 64}, "stale_document"),
        ({"reason": " "}, "reason_needed"),
    ],
)
def test_emergency_refused_leaves_no_trace(
    world: World, engagement: Engagement, words: dict[str, str], code: str
) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    with refused(code):
        make.bypassed(world, approval, local("2026-12-02 01:47"), **words)  # type: ignore[arg-type]


def test_emergency_before_its_rung_says_when(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:44"))
    standing = queries.may_decide_in_emergency(approval, by=world.actor("mona"), at=local("2026-12-02 01:44"))
    assert (standing.may, standing.code) == (False, "too_early")
    assert "01:45 on 2026-12-02" in standing.reason
    with refused("too_early"):
        make.bypassed(world, approval, local("2026-12-02 01:44"))


def test_emergency_needs_the_attempts_to_be_logged(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    with refused("still_reachable"):
        make.bypassed(world, approval, local("2026-12-02 01:47"))


def test_emergency_needs_numbers_that_can_be_called(world: World, engagement: Engagement) -> None:
    for key in ("alice", "cora"):
        world.people[key].phone = ""
        world.people[key].save()
        record(
            "person.changed",
            subject=world.people[key],
            by=SYSTEM,
            at=AT,
            to=[world.people[key].organisation_id],
            line="A number was removed.",
            changed=[world.people[key]],
        )
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    outcomes = {(one.channel, one.outcome) for one in queries.attempts(approval) if one.rung == "voice"}
    assert ("voice", "no_number") in outcomes
    with refused("still_reachable"):
        make.bypassed(world, approval, local("2026-12-02 01:47"))


def test_emergency_above_the_ceiling_is_refused_and_the_duty_manager_left_asleep(
    world: World, engagement: Engagement
) -> None:
    approval = make.asked(engagement, exposure=Money.of("10000.01", "USD"))
    approval = make.climbed(approval, local("2026-12-02 01:45"))
    last = [one for one in queries.attempts(approval) if one.rung == "emergency"]
    assert {(one.person_id, one.outcome) for one in last} == {(None, "no_emergency")}
    with refused("above_ceiling"):
        make.bypassed(world, approval, local("2026-12-02 01:47"))


def test_emergency_in_business_hours_is_refused(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement, at=local("2026-12-02 08:00")), local("2026-12-02 08:30"))
    with refused("business_hours"):
        make.bypassed(world, approval, local("2026-12-02 08:31"))


def test_emergency_has_nothing_left_to_bypass_twice(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    make.decided(world, approval, "alice", local("2026-12-02 01:46"))
    make.bypassed(world, approval, local("2026-12-02 01:47"))
    with refused("already_decided"):
        make.bypassed(world, approval, local("2026-12-02 01:48"))
