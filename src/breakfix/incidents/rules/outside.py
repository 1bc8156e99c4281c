"""What is outside the agreement, or owed by somebody else, is done only if the client accepts it (§3.1, A5)."""

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


def check_can_propose(status: Status, cover: Cover, fee: Decimal | None) -> None:
    """Refuse a statement where none is needed, once that is decided, and a fee where the agreement has one."""
    _check_open(status)
    if not exceptions(cover):
        raise Refused("nothing_outside", "This is break/fix under the agreement; no statement of work is needed.")
    if not cover.fee_agreed and fee is None:
        message = "The agreement names no diagnosis fee for this; state one, or the client accepts an open price."
        raise Refused("missing_field", message, field="fee")
    if cover.fee_agreed and fee is not None:
        raise Refused("fee_is_agreed", "The agreement names the diagnosis fee; it stays as it is.", field="fee")
    if fee is not None and not 0 <= fee <= 1_000_000:
        raise Refused("out_of_range", "A fee is between 0 and 1,000,000.", field="fee")


def check_can_answer(is_the_one_read: bool, status: Status, *, requester_id: int, by: Actor) -> None:
    """Refuse the answer to another statement than the one that waits, and that of whoever reported the failure."""
    if not is_the_one_read:
        message = "The desk put another statement to you meanwhile; read it before you answer."
        raise Refused("changed_since_read", message, field="statement_id")
    if by.person_id == requester_id:
        raise NotAllowed("You reported this failure, so somebody else has to decide.", "own_request")
    _check_open(status)


def _check_open(status: Status) -> None:
    if status not in DECIDED:
        raise Refused("wrong_state", f"Whether to take it on was decided; it is {status}.", status=status.value)
