"""When a collector may be allowed, and when its bundle is still taken."""

from datetime import date, datetime, timedelta

from breakfix.incidents.rules.transitions import OVER
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.zones import zone_of

LASTS = timedelta(days=7)
LEAST_DAYS, MOST_DAYS = 1, 3660


def check_open(status: Status) -> None:
    """Refuse evidence about what nobody looks into."""
    if status in OVER or status is Status.DRAFT:
        raise Refused("wrong_state", f"The engagement is {status}; evidence is collected while it is worked on.")


def check_can_allow(status: Status, *, is_open: bool, keep_days: int) -> None:
    """Refuse where nothing is looked into, where one is awaited already, and what would be kept for ever."""
    check_open(status)
    if is_open:
        message = "A bundle is awaited already; hand that one in, or withdraw the collector first."
        raise Refused("collection_open", message)
    if not LEAST_DAYS <= keep_days <= MOST_DAYS:
        raise Refused("out_of_range", f"Keep it {LEAST_DAYS} to {MOST_DAYS} days.", field="keep_days")


def keep_until(at: datetime, zone: str, keep_days: int) -> date:
    """The last local day on which what was collected is kept."""
    return at.astimezone(zone_of(zone)).date() + timedelta(days=keep_days)


def check_still_awaited(
    *, handed_in_at: datetime | None, withdrawn_at: datetime | None, expires_at: datetime, at: datetime
) -> None:
    """Refuse a bundle whose key was used, withdrawn or has expired."""
    again = "Allow a collector again, and run that one."
    if handed_in_at is not None:
        message = "A bundle made with this key was handed in before; each key is good for one."
        raise Refused("bundle_replayed", message, remedy=again, field="bundle")
    if withdrawn_at is not None:
        raise Refused("collection_withdrawn", "This collector was withdrawn.", remedy=again, field="bundle")
    if at >= expires_at:
        raise Refused("collection_expired", "The key of this collector has expired.", remedy=again, field="bundle")
