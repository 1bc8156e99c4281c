"""When an engagement may be told about, changed, called off and closed (domain.md §3.1, §11 rulings 18, 19, 26)."""

from collections.abc import Sequence

from breakfix.incidents.rules.transitions import OVER, check_status
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.errors import Refused

S = Status
CLOSABLE = (S.ACCEPTED, S.CANCELLED, S.DECLINED)
MERGED_INTO = "merged into an earlier report"
NOT_APPROVED = "not_approved"
# Whoever was asked to sign or pay need not any more; an unanswered seat would keep it from being closed.
_UNASKED = (EndKind.FEE, EndKind.SEAT, EndKind.DEPOSIT, EndKind.SOW, EndKind.CREDIT)
# What the client was asked to give up, and the skill that was called for: both go with the work.
_WITH_THE_WORK = (EndKind.DOWNGRADE, EndKind.CONSENT, EndKind.HELP)
_FEE_DUE = frozenset({S.DISPATCHED, S.DIAGNOSING, S.QUOTE_PENDING, S.AWAITING_APPROVAL})


def check_open(status: Status) -> None:
    """Refuse to change what is over."""
    if status in OVER:
        raise Refused("wrong_state", f"This is {status}; nothing more is done on it.", status=status.value)


def is_settled(status: Status) -> bool:
    """Whether what was promised is settled: an invoice may have been written from the clocks as they are."""
    return status is S.ACCEPTED or status in OVER


def check_can_reprioritise(status: Status) -> None:
    """Refuse another priority, higher or lower, once what was promised is settled: no clock is told otherwise."""
    check_open(status)
    if is_settled(status):
        message = "The work was accepted; what was promised for it is settled."
        raise Refused("wrong_state", message, status=status.value)


def may_answer(status: Status) -> bool:
    """Whether what was not known at the report can still be added."""
    return not is_settled(status)


def check_can_answer(status: Status) -> None:
    """Refuse to add answers to what is over or accepted: the report that was signed rests on what was known."""
    check_open(status)
    if status is S.ACCEPTED:
        message = "The work was accepted on what was known then; what is found out now belongs to a new report."
        raise Refused("wrong_state", message, status=status.value)


def check_can_comment(*, merged: bool) -> None:
    """Refuse a word where nobody looks any more: on a report that was merged into an earlier one."""
    if merged:
        raise Refused("merged", "This was merged into an earlier report and goes on there; write there.")


def check_can_update(status: Status) -> None:
    """Refuse to report progress before anybody acknowledged, and once the work was accepted: there is none left."""
    check_open(status)
    if status is S.ACCEPTED:
        message = "The work was accepted; what is left is the invoice, or a claim under the guarantee."
        raise Refused("wrong_state", message, status=status.value)
    if status in (S.DRAFT, S.SUBMITTED):
        message = "Acknowledge first; then the client can be told how it stands."
        raise Refused("wrong_state", message, status=status.value)


def ends_with(status: Status) -> tuple[EndKind, ...]:
    """What is open to nobody any more once it stands there; a plan for a duty is owed until all is over."""
    kinds: tuple[EndKind, ...] = _UNASKED if status in (S.CANCELLED, S.DECLINED) else ()
    if status in OVER or status is S.ACCEPTED:
        kinds += _WITH_THE_WORK
    return (*kinds, EndKind.RECOVERY_PLAN) if status in OVER else kinds


def fee_is_due(status: Status) -> bool:
    """Whether cancelling in this state costs the forensic fee: from dispatch until approval (§11 ruling 26)."""
    return status in _FEE_DUE


def is_given_up(status: Status, ending: str) -> bool:
    """Whether a quote waits for nobody any more: the client wants no repair, only an end (§11 ruling 19)."""
    return status is S.AWAITING_APPROVAL and ending == NOT_APPROVED


def may_close(status: Status, ending: str, *, client: bool) -> bool:
    """Whether it can be closed now at all: by the provider once over, by the client where it gave up a quote."""
    return is_given_up(status, ending) or (not client and status in CLOSABLE)


def check_can_close(status: Status, still_open: Sequence[str], *, ending: str = "", client: bool = False) -> None:
    """Refuse to close what is not finished, naming everything that is still open."""
    if client and not is_given_up(status, ending):
        message = "You close an engagement whose quote you did not want; the provider closes every other."
        raise Refused("not_given_up", message, status=status.value)
    if not is_given_up(status, ending):
        check_status(status, *CLOSABLE)
    if still_open:
        message = f"Still open: {'; '.join(still_open)}."
        raise Refused("open_ends", message, open=list(still_open))
