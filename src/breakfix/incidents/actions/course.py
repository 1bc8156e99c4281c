"""While it lasts: hold, resume, update, cancel, close."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import queries, steps
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.rules import closing, holding, transitions, words
from breakfix.incidents.rules.clocks import WORDS
from breakfix.incidents.values import EndKind, HoldReason, Status
from breakfix.kernel.access import Actor, Deed, Role, Side, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts

LONGEST_ANSWER = 8000


@transaction.atomic
def hold(
    engagement_id: int,
    *,
    reason: HoldReason,
    note: str = "",
    question: str = "",
    vendor_ref: str = "",
    window_id: str = "",
    expected_until: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Let work wait from now on, never from earlier; the agreement's pause table says which clocks that stops."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.HOLD, org=engagement.provider_id)
    given = {"note": note, "question": question, "vendor_ref": vendor_ref, "window_id": window_id}
    status = Status(engagement.status)
    holding.check_can_hold(status, reason, given, expected_until=expected_until, by=by, at=at)
    longest = {"note": 2000, "question": 2000, "vendor_ref": 80, "window_id": 80}
    given = {
        field: words.check_no_amount(texts.text(value, field, longest=longest[field], required=False), field)
        for field, value in given.items()
    }
    rows = steps.wait(engagement, reason, expected_until=expected_until, **given, by=by, at=at)
    rows += [row for held in rows if isinstance(held, Hold) for row in _ask(engagement, held, at)]
    said = given["question"] or given["note"] or given["vendor_ref"] or given["window_id"]
    line = f"On hold, {WORDS[reason]}: {said}"
    _tell(engagement, "engagement.held", line, rows, by, at, {"reason": reason, "from": status})
    return engagement


@transaction.atomic
def resume(engagement_id: int, *, answer: str = "", by: Actor, at: datetime) -> Engagement:
    """Go on where work was held; any reply of the client to an open question does that."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.RESUME, org=engagement.party_ids)
    held = queries.open_hold(engagement)
    reason = HoldReason(held.reason) if held else None
    holding.check_can_resume(Status(engagement.status), reason, answer, by=by)
    rows = steps.move(engagement, Status(engagement.hold_from), by=by, at=at)
    answer = texts.text(answer, "answer", longest=LONGEST_ANSWER, required=False)
    for row in rows:
        if isinstance(row, Hold):
            row.answer = answer
            row.save(update_fields=["answer"])
    rows += steps.close_end(engagement, EndKind.QUESTION, at=at)
    said = f": {answer}" if answer else ""
    _tell(engagement, "engagement.resumed", f"Resumed{said}", rows, by, at, {"reason": reason})
    return engagement


@transaction.atomic
def begin_window(engagement_id: int, *, by: Actor, at: datetime) -> Engagement:
    """The change window that was waited for has begun: work goes on, and its clocks run again, whoever sleeps."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.BEGIN_WINDOW)
    held = queries.open_hold(engagement)
    reason, until = (HoldReason(held.reason), held.expected_until) if held else (None, None)
    holding.check_can_begin(reason, until, at)
    assert held is not None  # noqa: S101 - the rule has just refused that
    # From when it began, however late the worker comes: nobody gains time by a machine that stood still.
    rows = steps.move(engagement, Status(engagement.hold_from), by=by, at=held.expected_until or at)
    line = f"Resumed: the window {held.window_id} has begun."
    _tell(engagement, "engagement.resumed", line, rows, by, at, {"reason": reason})
    return engagement


@transaction.atomic
def post_update(engagement_id: int, *, text: str, by: Actor, at: datetime) -> Engagement:
    """Tell the client how it stands; the update cadence begins anew. No amounts: those need a quote (R4)."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.POST_UPDATE, org=engagement.provider_id)
    closing.check_can_update(Status(engagement.status))
    said = words.check_no_amount(texts.text(text, "text", longest=4000), "text")
    rows = steps.note_update(engagement, at)
    _tell(engagement, "engagement.updated", said, rows or [engagement], by, at)
    return engagement


@transaction.atomic
def cancel_engagement(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """The client calls it off. Before dispatch that costs nothing, before approval the forensic fee (ruling 26)."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.CANCEL_ENGAGEMENT, org=engagement.client_id)
    status, hold_from = Status(engagement.status), engagement.hold_from
    transitions.check_can_move(status, Status.CANCELLED, hold_from=Status(hold_from) if hold_from else None)
    reason = texts.text(reason, "reason", longest=400)
    standing = Status(hold_from) if hold_from else status
    rows = _charge_cancelled(engagement, at) if closing.fee_is_due(standing) else []
    rows += steps.move(engagement, Status.CANCELLED, by=by, at=at)
    rows += steps.close_end(engagement, EndKind.QUESTION, at=at)
    line = f"Cancelled by the client: {reason}"
    _tell(engagement, "engagement.cancelled", line, rows, by, at, {"from": standing})
    return engagement


@transaction.atomic
def close_engagement(engagement_id: int, *, by: Actor, at: datetime) -> Engagement:
    """Nothing is left to do: refused while any open end is that has to be closed first.

    A quote that the client gave up is closed by its approver, or by the provider.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.CLOSE_ENGAGEMENT, org=engagement.party_ids)
    open_ends = [end.what for end in queries.open_ends(engagement) if end.blocks_close]
    closing.check_can_close(
        Status(engagement.status), open_ends, ending=engagement.ending, client=by.side is Side.CLIENT
    )
    rows = steps.move(engagement, Status.CLOSED, by=by, at=at)
    _tell(engagement, "engagement.closed", f"{engagement.number} is closed.", rows, by, at)
    return engagement


def _ask(engagement: Engagement, held: Hold, at: datetime) -> list[Row]:
    """A question to the client is an open end of its own: it says who has to answer."""
    if held.reason != HoldReason.AWAITING_CLIENT_INFO:
        return []
    return steps.open_end(
        engagement,
        EndKind.QUESTION,
        held.question,
        organisation_id=engagement.client_id,
        role=Role.REQUESTER,
        due_at=held.expected_until,
        subject=f"hold/{held.pk}",
        blocks_close=False,
        at=at,
    )


def _charge_cancelled(engagement: Engagement, at: datetime) -> list[Row]:
    """Cancelled after dispatch: the fee is due also where no diagnostic work began, then at its base."""
    fee = queries.fee(engagement)
    if fee.charged_minor is not None:
        return []
    fee.charged_minor, fee.charged_reason = fee.base_minor, "cancelled after dispatch"
    fee.save(update_fields=["charged_minor", "charged_reason"])
    return [fee]


def _tell(
    engagement: Engagement,
    kind: str,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        kind,
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
