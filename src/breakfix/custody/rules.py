"""What may be taken into custody, handed back and destroyed: nothing without its serial, its seal and a signature."""

from collections.abc import Iterable, Mapping, Sequence

from breakfix.custody.values import Decision, ItemGiven, ItemStatus, SealRead
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused

S, E = ItemStatus, EngagementStatus

TRANSITIONS: dict[ItemStatus, frozenset[ItemStatus]] = {
    S.IN_CUSTODY: frozenset({S.RETURNED, S.DESTROYED}),
    S.RETURNED: frozenset(),
    S.DESTROYED: frozenset(),
}
MAY_TAKE = (
    *(E.DISPATCHED, E.DIAGNOSING, E.QUOTE_PENDING, E.AWAITING_APPROVAL),
    *(E.APPROVED, E.SCHEDULED, E.IN_PROGRESS, E.ON_HOLD),
)
MOST_ITEMS = 1000


def check_can_take(status: EngagementStatus) -> None:
    """Refuse to take anything before somebody was sent, and once the work is done."""
    if status not in MAY_TAKE:
        message = f"The engagement is {status}; items are taken over from dispatch until the work is done."
        raise Refused("no_custody_now", message, status=status.value)


def check_given(items: Sequence[ItemGiven], *, serials: Iterable[str], seals: Iterable[str]) -> None:
    """Refuse a list that leaves one item in doubt: each with a serial and a seal of its own, known nowhere else."""
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Refused("missing_field", f"List between 1 and {MOST_ITEMS} items.", field="items")
    had, sealed = set(serials), set(seals)
    for n, item in enumerate(items):
        for name in ("description", "serial", "seal"):
            if not getattr(item, name):
                message = f"Item {n + 1}: every item has a description, a serial and a seal."
                raise Refused("missing_field", message, field=f"items-{n}-{name}")
        if item.serial in had:
            message = f"{item.serial} is in custody for this engagement already, or listed twice."
            raise Refused("serial_taken", message, field=f"items-{n}-serial")
        if item.seal in sealed:
            raise Refused("seal_taken", f"The seal {item.seal} is on another item.", field=f"items-{n}-seal")
        had.add(item.serial)
        sealed.add(item.seal)


def check_move(serial: str, status: ItemStatus, to: ItemStatus, *, field: str) -> None:
    """Refuse what the table does not list: what left custody does not come back by itself."""
    if to not in TRANSITIONS[status]:
        words = status.value.lower().replace("_", " ")
        raise Refused("item_state", f"{serial} is {words} already.", field=field, status=status.value)


def check_seals(read: Sequence[SealRead], known: Mapping[str, str]) -> None:
    """Refuse a handover on which one serial is not on the list, or carries another seal than it was given.

    A seal that differs means that the item was opened, or is another one: it stays until that is explained.
    """
    if not read:
        raise Refused("missing_field", "List what is handed back, each with its seal.", field="items")
    seen: set[str] = set()
    for n, one in enumerate(read):
        if one.serial not in known:
            raise Refused("not_in_custody", f"{one.serial} was never taken over.", field=f"items-{n}-serial")
        if one.serial in seen:
            raise Refused("named_twice", f"{one.serial} is listed twice.", field=f"items-{n}-serial")
        if one.seal != known[one.serial]:
            message = f"{one.serial} was sealed with {known[one.serial]}; read its seal again, or call security."
            raise Refused("seal_mismatch", message, field=f"items-{n}-seal")
        seen.add(one.serial)


def check_known(serials: Sequence[str], known: Iterable[str]) -> None:
    """Refuse a list that is empty, or names what was never taken over."""
    if not serials:
        raise Refused("missing_field", "List the serials.", field="serials")
    there = set(known)
    for n, serial in enumerate(serials):
        if serial not in there:
            raise Refused("not_in_custody", f"{serial} was never taken over.", field=f"serials-{n}")


def check_decided(serial: str, decision: str, wanted: Decision, *, field: str) -> None:
    """Refuse to give or destroy what nobody of the client decided so about."""
    if decision != wanted:
        word = "be handed back" if wanted is Decision.RETURN else "be destroyed"
        message = f"The client has not decided that {serial} is to {word}."
        raise Refused("not_decided", message, field=field, decision=decision)


def check_can_decide(held: int) -> None:
    """Refuse a decision about nothing."""
    if not held:
        raise Refused("nothing_in_custody", "Nothing of this engagement is in custody.")


def check_can_sign(*, signed: bool) -> None:
    """Refuse a second signature: the first one stands."""
    if signed:
        raise Refused("already_signed", "This handover is signed.")
