"""When a failure is over within the flat fee of its diagnosis, without a quote (domain.md §11 ruling 18, S9)."""

from collections.abc import Sequence

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused

E = EngagementStatus


def check_can_restore_within_fee(engagement: EngagementStatus, *, orders: int) -> None:
    """Refuse outside the diagnosis, and where an agreed repair is planned: that one ends by its own order.

    A restoration that the client disputed leaves the engagement in progress without any order (decision 0025).
    """
    if engagement is E.RESTORED:
        raise Refused("already_restored", "The service is restored already.")
    if orders or engagement not in (E.DIAGNOSING, E.IN_PROGRESS):
        message = f"Only what is still being diagnosed is restored within its fee; this is {engagement}."
        raise Refused("wrong_state", message, status=engagement.value)


def check_examined(missing: Sequence[str]) -> None:
    """Refuse before what the domain's report has to hold was looked at: nobody can look at it afterwards."""
    if missing:
        message = f"Not restored before this is on record: {', '.join(missing)}."
        remedy = "Record it among the checks of the diagnosis; the report may not go without it."
        raise Refused("domain_check_missing", message, remedy=remedy, missing=list(missing))
