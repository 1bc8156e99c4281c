"""Who may answer a finding, and what is no answer."""

from datetime import datetime

from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotAllowed, Refused

LONGEST = 2000  # characters of each of the two sentences


def check_can_answer(by: Actor, *, closed_at: datetime | None, approved_by: int | None) -> None:
    """Refuse a second answer, a machine's, and that of whoever approved what the finding is about."""
    if closed_at is not None:
        raise Refused("already_answered", "This finding was answered; its answer is on record and stays.")
    if by.person_id is None:
        raise NotAllowed("Somebody with a name answers for this, with a token of their own.", "needs_person")
    if by.person_id == approved_by:
        message = "You approved what this finding is about; somebody else of your organisation answers it."
        raise NotAllowed(message, "own_approval")
