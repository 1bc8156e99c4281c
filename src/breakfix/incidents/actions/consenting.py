"""A wait that was not noted while it lasted: the provider proposes it, only the client's consent stops a clock."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import consenting, queries, steps
from breakfix.incidents.models import Clock, Engagement, Hold, PauseProposal
from breakfix.incidents.rules import past_pauses, words
from breakfix.incidents.rules.clocks import PERCENTS
from breakfix.incidents.values import EndKind, HoldReason, PastPauseAnswer, Status
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts


@transaction.atomic
def propose_past_pause(
    engagement_id: int,
    *,
    reason: HoldReason,
    started_at: datetime,
    ended_at: datetime,
    note: str,
    question: str = "",
    vendor_ref: str = "",
    window_id: str = "",
    by: Actor,
    at: datetime,
) -> PauseProposal:
    """Ask the client to let [started_at, ended_at) count as a wait; until they consent, clocks run on as they did.

    It names what the same wait would have had to name while it lasted: its question, window or vendor's reference.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.PROPOSE_PAST_PAUSE, org=engagement.provider_id)
    if consenting.open_proposal(engagement, by) is not None:
        raise Refused("one_at_a_time", "The client has not answered the last one yet.")
    named = _named({"note": note, "question": question, "vendor_ref": vendor_ref, "window_id": window_id})
    past_pauses.check_can_propose(
        Status(engagement.status),
        reason,
        started_at,
        ended_at,
        named,
        submitted_at=engagement.submitted_at,
        held=consenting.on_record(engagement, reason, started_at, ended_at, at),
        by=by,
        at=at,
    )
    proposal = PauseProposal.objects.create(
        engagement=engagement,
        reason=reason.value,
        **named,
        started_at=started_at,
        ended_at=ended_at,
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    rows: list[Row] = [proposal, *_asked(engagement, at)]
    line = f"The client is asked to let a past wait count: {reason.value.replace('_', ' ').lower()}."
    _tell("pause.proposed", engagement, line, rows, by, at)
    return proposal


@transaction.atomic
def answer_past_pause(
    engagement_id: int, *, proposal_id: int, answer: PastPauseAnswer, note: str = "", by: Actor, at: datetime
) -> Engagement:
    """Let the proposed wait stop the clocks as if it had been noted then, or say no and leave them as they are.

    `proposal_id` is the one that the client read: one that was put in its place meanwhile is not answered by that.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ANSWER_PAST_PAUSE, org=engagement.client_id)
    proposal = consenting.lock_open(engagement)
    consent = answer is PastPauseAnswer.CONSENT
    past_pauses.check_can_decide(proposal.pk == proposal_id, Status(engagement.status), consent=consent)
    rows: list[Row] = [proposal]
    if consent:
        proposal.hold = Hold.objects.create(
            engagement=engagement,
            reason=proposal.reason,
            note=proposal.note,
            question=proposal.question,
            vendor_ref=proposal.vendor_ref,
            window_id=proposal.window_id,
            started_at=proposal.started_at,
            ended_at=proposal.ended_at,
        )
        rows += [proposal.hold, *_warn_again(engagement, at)]
    proposal.consented, proposal.decided_at, proposal.decided_by_id = consent, at, by.person_id
    proposal.decision_note = texts.text(note, "note", longest=300, required=False)
    proposal.save()
    rows += steps.close_end(engagement, EndKind.CONSENT, at=at)
    line = "The client consents: the past wait stops the clocks." if consent else "The client does not consent."
    _tell("pause.answered", engagement, line, rows, by, at)
    return engagement


@transaction.atomic
def withdraw_past_pause(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """Take the question back before it is answered; nothing is counted otherwise."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.WITHDRAW_PAST_PAUSE, org=engagement.provider_id)
    proposal = consenting.lock_open(engagement)
    proposal.consented, proposal.decided_at, proposal.decided_by_id = False, at, by.person_id
    proposal.decision_note = texts.text(reason, "reason", longest=300)
    proposal.save()
    rows: list[Row] = [proposal, *steps.close_end(engagement, EndKind.CONSENT, at=at)]
    _tell("pause.withdrawn", engagement, "The question about a past wait was taken back.", rows, by, at)
    return engagement


def _asked(engagement: Engagement, at: datetime) -> list[Row]:
    return steps.open_end(
        engagement,
        EndKind.CONSENT,
        "Say whether a wait in the past may stop the clocks",
        organisation_id=engagement.client_id,
        role=Role.SERVICE_OWNER,
        blocks_close=False,
        at=at,
    )


def _named(given: dict[str, str]) -> dict[str, str]:
    longest = {"note": 2000, "question": 2000, "vendor_ref": 80, "window_id": 80}
    return {
        field: words.check_no_amount(
            texts.text(value, field, longest=longest[field], required=field == "note"), field
        )
        for field, value in given.items()
    }


def _warn_again(engagement: Engagement, at: datetime) -> list[Row]:
    """A clock that got time back has its later warnings before it once more, or its next miss would be silent."""
    rows: list[Row] = []
    used = {reading.clock_id: reading.percent for reading in queries.readings(engagement, at)}
    for clock in Clock.objects.filter(engagement=engagement, stopped_at=None, void=False).order_by("id"):
        reached = max((percent for percent in PERCENTS if percent <= used.get(clock.pk, 100)), default=0)
        if clock.warned_percent > reached:
            clock.warned_percent = reached
            clock.save(update_fields=["warned_percent"])
            rows.append(clock)
    return rows


def _tell(kind: str, engagement: Engagement, line: str, rows: list[Row], by: Actor, at: datetime) -> None:
    to, topic = engagement.party_ids, engagement.topic
    record(kind, subject=engagement, by=by, at=at, to=to, topic=topic, line=line, changed=rows)
