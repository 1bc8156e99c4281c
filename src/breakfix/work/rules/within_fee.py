"""When a failure is over within the flat fee of its diagnosis, without a quote (domain.md §11 ruling 18, S9)."""

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused

E = EngagementStatus


def check_can_restore_within_fee(engagement: EngagementStatus, *, orders: int) -> None:
    """Refuse outside the diagnosis, and where an agreed repair is planned: that one ends by its own order.

    A restoration that the client disputed leaves the engagement in progress without any order (decision 0023).
    """
    if engagement is E.RESTORED:
        raise Refused("already_restored", "The service is restored already.")
    if orders or engagement not in (E.DIAGNOSING, E.IN_PROGRESS):
        message = f"Only what is still being diagnosed is restored within its fee; this is {engagement}."
        raise Refused("wrong_state", message, status=engagement.value)
