"""From when until when the work is guaranteed (domain.md §4.11, §11 ruling 30)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.zones import end_of_local_day, local_date, micros

# From acceptance on; a closed engagement keeps the guarantee that began before.
STARTED_IN = (Status.ACCEPTED, Status.CLOSED)


@dataclass(frozen=True)
class Period:
    """Local days, the last one included: `ends_at` is the midnight after it."""

    starts_on: date
    ends_on: date
    ends_at: datetime


def check_can_start(status: Status, accepted_at: datetime | None, *, running: bool) -> datetime:
    """The instant of acceptance; refuses before it, and a second guarantee on the same work."""
    if running:
        raise Refused("guarantee_running", "The guarantee on this work began with its acceptance.")
    if accepted_at is None or status not in STARTED_IN:
        message = f"The guarantee begins when the client accepts the work; this engagement is {status}."
        raise Refused("wrong_state", message, status=status.value)
    return accepted_at


def check_guaranteed(days: int, basis: str) -> None:
    """Refuse to begin a guarantee of nothing: no claim arises from what was never promised."""
    if not days:
        raise Refused("nothing_guaranteed", f"There is no guarantee: {basis}.")


def period(accepted_at: datetime, days: int, zone: str) -> Period:
    """`days` local days after the day of acceptance, through the end of the last one."""
    starts_on = local_date(micros(accepted_at), zone)
    ends_on = starts_on + timedelta(days=days)
    return Period(starts_on, ends_on, end_of_local_day(ends_on, zone))
