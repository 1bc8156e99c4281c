"""Work under a change order: after its approval, or protective and short before it (domain.md §4.10)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.quotes.values import Status
from breakfix.work.values import TimeKind

PROTECTIVE = timedelta(minutes=30)
PENDING = (Status.DRAFT, Status.REVIEWED, Status.ISSUED)


def check_named(kind: TimeKind, *, ordered: bool) -> None:
    """Refuse protective steps that belong to no change order: nobody could ever say what they were for."""
    if kind is TimeKind.PROTECTIVE and not ordered:
        message = "Protective steps belong to the change order that asks for the rest; name it."
        raise Refused("missing_field", message, field="change_order_id")


def check_ordered(
    kind: TimeKind, status: Status, *, found_at: datetime, agreed_at: datetime | None, since: datetime
) -> None:
    """Refuse time under a change order before it was approved, but for protective steps while it is open."""
    if kind is TimeKind.PROTECTIVE:
        if status not in PENDING:
            message = f"This change order is {status}; protective steps are for the time until it is decided."
            raise Refused("change_order_decided", message, field="kind", status=status.value)
        if since < found_at:
            message = "The steps cannot begin before what they protect against was found."
            raise Refused("too_early", message, field="since", found_at=found_at)
        return
    if status is not Status.APPROVED or agreed_at is None:
        message = (
            f"This change order is {status}; its work begins once it is approved. What is done before is absorbed, "
            "but for protective steps of at most 30 minutes, clocked as such."
        )
        raise Refused("change_order_not_approved", message, field="change_order_id", status=status.value)
    if since < agreed_at:
        message = "The change order was approved later than that; work before it is absorbed by the provider."
        raise Refused("before_approval", message, field="since", agreed_at=agreed_at)


def check_protective_left(used: timedelta) -> None:
    """Refuse more protective steps once their half hour is used."""
    if used >= PROTECTIVE:
        message = "The 30 minutes of protective steps are used; the rest waits for the approval."
        raise Refused("protective_used_up", message, field="kind")


def check_can_wait(status: EngagementStatus, *, asked: bool, on_the_clock: int) -> None:
    """Refuse to wait for what nobody is asked, what is not being worked on, and while somebody still works."""
    if status is not EngagementStatus.IN_PROGRESS:
        message = f"The engagement is {status}; work waits for a change order while it is IN_PROGRESS."
        raise Refused("no_work_now", message, status=status.value)
    if not asked:
        message = (
            "The client is asked about no change order, so nothing is waited for; have it issued first. Anything "
            "else that work waits for is a hold with its own reason."
        )
        raise Refused("no_change_order_open", message)
    if on_the_clock:
        message = "Somebody is on the clock: clock off first, as nobody works while this waits."
        raise Refused("on_the_clock", message, people=on_the_clock)


def check_not_waited(since: datetime, ended: Sequence[datetime | None]) -> None:
    """Refuse time that reaches back into a wait for the client: the objective stood still, so nobody worked."""
    latest = max((one for one in ended if one is not None), default=None)
    if latest is not None and since < latest:
        message = "The work was held for the client's decision until then; enter time only from its end on."
        raise Refused("held_then", message, field="since", ended_at=latest)


def check_none_open(open_orders: Sequence[str]) -> None:
    """Refuse to end the work while the client is asked about more of it: nobody could work it afterwards."""
    if open_orders:
        names = ", ".join(open_orders)
        message = f"{names} waits for the client's decision; wait for it, or have the quoting engineer withdraw it."
        raise Refused("change_order_open", message, orders=list(open_orders))


def check_line(status: Status) -> None:
    """Refuse to use a line of a change order that nobody approved."""
    if status is not Status.APPROVED:
        message = f"This change order is {status}; its lines are used once it is approved."
        raise Refused("change_order_not_approved", message, field="change_order_id", status=status.value)
