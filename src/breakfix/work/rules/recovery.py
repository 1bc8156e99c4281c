"""What came back of a data recovery: counted against the must-have list, and paid only as the client verified it."""

from collections.abc import Sequence
from decimal import Decimal

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused

E = EngagementStatus
# Also once something was restored: the client may still send the list back.
MAY_REPORT = (E.IN_PROGRESS, E.RESTORED)


def check_can_report(status: EngagementStatus, key: str, known: Sequence[str]) -> None:
    """Refuse a result of what is not being worked on, or of a fee that the quote does not have."""
    if status not in MAY_REPORT:
        message = f"The engagement is {status}; what came back is reported before the work is resolved."
        raise Refused("no_work_now", message, status=status.value)
    if key not in known:
        there = ", ".join(known) or "none"
        raise Refused("not_quoted", f"The quote has no success fee {key!r}; it has: {there}.", field="key")


def check_count(recovered: int, wanted: int) -> None:
    """Refuse more than the list has, or less than nothing."""
    if not 0 <= recovered <= wanted:
        raise Refused("out_of_range", f"The must-have list has {wanted} entries.", field="recovered", wanted=wanted)


def check_confidence(confidence: Decimal) -> None:
    """Refuse what is no share of certainty."""
    if not confidence.is_finite() or not 0 <= confidence <= 1:
        raise Refused("out_of_range", "A confidence lies between 0 and 1.", field="confidence")


def check_can_verify(*, latest: bool, decided: bool, agreed: bool, note: str) -> None:
    """Refuse a second word, a word on an older list, and a no without its reason."""
    if not latest:
        raise Refused("newer_result", "There is a newer list of what came back; look at that one.")
    if decided:
        raise Refused("already_verified", "This list was checked already.")
    if not agreed and not note:
        raise Refused("missing_field", "Say which entries are missing or cannot be read.", field="note")


def check_verified(open_fees: Sequence[str]) -> None:
    """Refuse to end the work while the client has not verified what came back: nobody pays for a claim (§4.13)."""
    if open_fees:
        message = f"What came back is not verified by the client yet: {', '.join(open_fees)}."
        raise Refused("recovery_not_verified", message, fees=list(open_fees))


def check_can_end(status: EngagementStatus) -> None:
    """Refuse to end what is not being worked on; a recovery that failed ends without a restored service."""
    if status not in MAY_REPORT:
        message = f"The engagement is {status}; a recovery ends while it is IN_PROGRESS or RESTORED."
        raise Refused("not_restored", message, status=status.value)
