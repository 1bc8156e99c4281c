"""A client on credit hold: nothing new is taken on, a P1 only past an override of finance (domain.md §3.1)."""

from breakfix.agreements.values import Priority
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused

UNDECIDED = frozenset({Status.SUBMITTED, Status.ACKNOWLEDGED})


def check_credit(priority: Priority, *, held: bool, overridden: bool) -> None:
    """Refuse to take on what a credit hold keeps away; a P1 that finance let pass is taken on nevertheless."""
    if not held or (priority is Priority.P1 and overridden):
        return
    if priority is Priority.P1:
        message = (
            "The client is on credit hold: the provider's finance has to override it for this P1, "
            "or, where they were not let in on it, to lift it."
        )
        raise Refused("credit_hold", message, deed="override_credit_hold")
    message = f"The client is on credit hold: it has to be lifted before a {priority} is taken on."
    raise Refused("credit_hold", message, deed="lift_credit_hold")


def check_can_override(status: Status, priority: Priority, *, held: bool, overridden: bool) -> None:
    """Refuse an override of nothing, of what was decided, of less than a P1, and a second one."""
    if status not in UNDECIDED:
        raise Refused("wrong_state", f"Whether to take it on was decided; it is {status}.", status=status.value)
    if not held:
        raise Refused("no_credit_hold", "This client is not on credit hold.")
    if priority is not Priority.P1:
        message = f"Only a P1 passes a credit hold by an override; this is a {priority}. Lift the hold instead."
        raise Refused("not_p1", message, priority=priority.value)
    if overridden:
        raise Refused("already_overridden", "The credit hold is overridden for this engagement already.")


def asks_finance(status: Status, priority: Priority, *, held: bool, overridden: bool) -> bool:
    """Whether finance is asked now: a P1 that somebody answered, and that nothing but the hold keeps away."""
    return status is Status.ACKNOWLEDGED and priority is Priority.P1 and held and not overridden
