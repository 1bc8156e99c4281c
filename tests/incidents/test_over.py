"""What was asked about an engagement ends with it, in the same deed: nobody has a plan or an answer to give."""

from datetime import timedelta
from decimal import Decimal

import pytest

from breakfix.incidents import queries
from breakfix.incidents.actions import course, desk, escalating
from breakfix.incidents.actions.consenting import propose_past_pause
from breakfix.incidents.actions.duties import add_obligation
from breakfix.incidents.models import Clock, Engagement, Obligation, PauseProposal
from breakfix.incidents.values import EndKind, HelpReason, HoldReason, ObligationInput, Referral, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.rebuild import differences
from tests.incidents import by_steps
from tests.makers import World, local
from tests.makers_incidents import acknowledged
from tests.refusals import refused

NOW = local("2026-12-01 20:40")
ASKED = {EndKind.RECOVERY_PLAN, EndKind.HELP, EndKind.CONSENT}


def open_kinds(engagement: Engagement) -> set[EndKind]:
    return {EndKind(one.kind) for one in queries.open_ends(engagement)} & ASKED


def missed(engagement: Engagement, **about: int | None) -> None:
    escalating.ask_rung(engagement.pk, percent=100, name="It", **about, by=SYSTEM, at=NOW)


def asked(world: World) -> Engagement:
    """A missed promise owes its plan, skill is called for, and the client is asked about a wait in the past."""
    engagement, dana = acknowledged(world), world.actor("dana")
    missed(engagement, clock_id=Clock.objects.get(engagement=engagement, kind="ENGAGE").pk)
    escalating.ask_for_help(engagement.pk, reason=HelpReason.SKILL_GAP, by=dana, at=NOW)
    start, note = engagement.submitted_at, "Nobody opened."
    given = {"reason": HoldReason.AWAITING_CLIENT_ACCESS, "started_at": start, "note": note}
    propose_past_pause(engagement.pk, **given, ended_at=start + timedelta(minutes=5), by=dana, at=NOW)
    assert open_kinds(engagement) == ASKED
    return engagement


@pytest.mark.parametrize("over", ["cancelled", "declined"])
def test_nothing_is_owed_or_waited_for_once_it_is_over(world: World, over: str) -> None:
    engagement, dana = asked(world), world.actor("dana")
    if over == "cancelled":
        course.cancel_engagement(engagement.pk, reason="It works", by=world.actor("rita"), at=NOW)
    else:
        desk.decline(engagement.pk, referral=Referral.IN_HOUSE, reason="Yours", by=dana, at=NOW)
    assert open_kinds(engagement) == set()
    proposal = PauseProposal.objects.get()
    assert (proposal.consented, proposal.decision_note) == (False, f"The engagement was {over}.")
    with refused("wrong_state"):
        escalating.give_recovery_plan(engagement.pk, plan="Two engineers leave now.", by=dana, at=NOW)
    assert differences() == []


def test_plan_for_a_duty_is_owed_until_it_is_closed(world: World) -> None:
    engagement = by_steps.restored(world)
    at = local("2026-12-02 06:30")
    duty = ObligationInput("Filing sent", "Policy 1", at, Decimal(8), ends_with_restoration=False)
    add_obligation(engagement.pk, duty=duty, by=world.actor("rita"), at=at)
    missed(engagement, obligation_id=Obligation.objects.get(name="Filing sent").pk)
    for to in (Status.RESOLVED, Status.ACCEPTED):
        by_steps.moved(engagement.pk, to, at)
        assert open_kinds(engagement) == {EndKind.RECOVERY_PLAN}
    by_steps.moved(engagement.pk, Status.CLOSED, at)
    assert open_kinds(engagement) == set()


def test_skill_is_not_waited_for_where_nothing_could_be_restored(world: World) -> None:
    engagement = asked(world)
    for to in ("QUALIFIED", "DISPATCHED", "DIAGNOSING", "QUOTE_PENDING", "AWAITING_APPROVAL"):
        by_steps.moved(engagement.pk, Status(to), NOW)
    for to in ("APPROVED", "SCHEDULED", "IN_PROGRESS", "RESOLVED"):
        by_steps.moved(engagement.pk, Status(to), NOW)
    escalating.end_escalations(engagement.pk, by=SYSTEM, at=NOW)
    assert EndKind.HELP not in open_kinds(engagement)
    by_steps.moved(engagement.pk, Status.ACCEPTED, NOW)
    assert open_kinds(engagement) == set()
