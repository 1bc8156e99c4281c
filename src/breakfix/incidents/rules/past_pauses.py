"""A wait in the past: whether it may be put to the client, and who of the client may consent (domain.md §4.3)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from breakfix.incidents.rules.holding import EVIDENCE, check_declares
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import Refused

# From acceptance on an invoice may have settled what a late clock costs; before SUBMITTED there is no clock.
TOO_LATE = frozenset({Status.ACCEPTED, Status.CLOSED, Status.CANCELLED, Status.DECLINED})


def check_can_propose(
    status: Status,
    reason: HoldReason,
    started_at: datetime,
    ended_at: datetime,
    named: Mapping[str, str],
    *,
    submitted_at: datetime,
    held: Iterable[tuple[datetime, datetime | None]],
    by: Actor,
    at: datetime,
) -> None:
    """Refuse a wait that stops nothing, is derived, is not wholly past, or was noted while it lasted.

    `held`: the holds beside which it would stop nothing more.
    """
    if status in TOO_LATE:
        message = "The work is accepted or over: what a late clock cost may be settled by now."
        raise Refused("wrong_state", message, status=status.value)
    if reason is HoldReason.AWAITING_CLIENT_APPROVAL:
        raise Refused("derived_hold", "Waiting for approval is counted by itself.", field="reason")
    if reason in (HoldReason.PROVIDER_INTERNAL, HoldReason.AWAITING_PARTS):
        raise Refused("stops_nothing", "This stops no clock, so there is nothing to consent to.", field="reason")
    check_declares(reason, by)
    field, message = EVIDENCE[reason]
    if not named[field]:
        raise Refused("hold_without_evidence", message, field=field)
    if ended_at <= started_at:
        raise Refused("ends_before_it_begins", "It would end before it begins.", field="ended_at")
    if started_at < submitted_at:
        raise Refused("before_submission", "Before it was reported, no clock ran.", field="started_at")
    if ended_at > at:
        message = "This reaches into the future; hold it from now on instead."
        raise Refused("in_future", message, field="ended_at")
    if any(start <= started_at and (end is None or ended_at <= end) for start, end in held):
        raise Refused(
            "held_already", "A hold on record stopped the same clocks all that time already.", field="started_at"
        )


def check_can_decide(is_the_one_read: bool, status: Status, *, consent: bool) -> None:
    """Refuse the answer to another question than the one that waits, and consent after the work was accepted.

    A no moves no clock, so it ends the question at any time.
    """
    if not is_the_one_read:
        message = "The desk asks something else by now; read it before you answer."
        raise Refused("changed_since_read", message, field="proposal_id")
    if consent and status in TOO_LATE:
        message = "The work is accepted or over: what a late clock cost may be settled by now."
        raise Refused("wrong_state", message, status=status.value)
