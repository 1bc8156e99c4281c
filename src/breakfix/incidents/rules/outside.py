"""What is outside the agreement, or owed by somebody else, is done only if the client accepts it (§3.1, A5)."""

from collections.abc import Collection
from decimal import Decimal

from breakfix.incidents.rules.intake import Cover
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotAllowed, Refused

DECIDED = frozenset({Status.SUBMITTED, Status.ACKNOWLEDGED})


def exceptions(cover: Cover) -> list[str]:
    """Why it is not simply break/fix under the agreement, in words; empty where it is."""
    found = [] if cover.in_scope else [f"{cover.domain} is outside the agreed scope"]
    if not cover.fee_agreed:
        found.append(f"the agreement names no diagnosis fee for {cover.domain}")
    if cover.vendor_covers:
        found.append(f"the vendor's warranty covers it until {cover.warranty_until}")
    return found + [f"somebody else owes the repair: {one}" for one in cover.covers]


def check_can_propose(status: Status, cover: Cover, fee: Decimal | None, *, stated: bool) -> None:
    """Refuse a statement where none is needed, once that is decided, and a fee where there is one already.

    `stated`: an earlier statement of this engagement stated the fee, and the client accepted it.
    """
    check_open(status)
    if not exceptions(cover):
        raise Refused("nothing_outside", "This is break/fix under the agreement; no statement of work is needed.")
    wanted = not cover.fee_agreed and not stated
    if wanted and fee is None:
        message = "The agreement names no diagnosis fee for this; state one, or the client accepts an open price."
        raise Refused("missing_field", message, field="fee")
    if not wanted and fee is not None:
        raise Refused("fee_is_agreed", "The diagnosis fee is agreed; it stays as it is.", field="fee")
    if fee is not None and not (fee.is_finite() and 0 <= fee <= 1_000_000):
        raise Refused("out_of_range", "A fee is between 0 and 1,000,000.", field="fee")


def check_can_answer(is_the_one_read: bool, status: Status, *, requester_id: int, by: Actor) -> None:
    """Refuse the answer to another statement than the one that waits, and that of whoever reported the failure."""
    if not is_the_one_read:
        message = "The desk put another statement to you meanwhile; read it before you answer."
        raise Refused("changed_since_read", message, field="statement_id")
    if by.person_id == requester_id:
        raise NotAllowed("You reported this failure, so somebody else has to decide.", "own_request")
    check_open(status)


def check_allowed(cover: Cover, accepted: Collection[str]) -> None:
    """Refuse to take on what no accepted statement names: one that named other exceptions allows none of these."""
    new = [one for one in exceptions(cover) if one not in accepted]
    if new:
        message = f"The client has not agreed to this: {'; '.join(new)}. Refer it, or put a statement to them."
        raise Refused("no_statement", message, exceptions=new)


def check_none_waits(waits: bool) -> None:
    """Refuse to decide beside a question that the client is still asked."""
    if waits:
        message = "A statement of work waits for the client; take it back, or wait for the answer."
        raise Refused("statement_waits", message)


def check_open(status: Status) -> None:
    if status not in DECIDED:
        raise Refused("wrong_state", f"Whether to take it on was decided; it is {status}.", status=status.value)
