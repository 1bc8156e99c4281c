"""What is outside the agreement, or owed by somebody else, is done only if the client accepts it (§3.1, A5)."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from decimal import Decimal

from breakfix.incidents.rules.intake import Cover
from breakfix.incidents.values import Route, Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotAllowed, Refused

DECIDED = frozenset({Status.SUBMITTED, Status.ACKNOWLEDGED})


def exceptions(cover: Cover) -> list[str]:
    """Why it is not simply break/fix under the agreement, in words; empty where it is."""
    found = beside_agreement(cover)
    if cover.vendor_covers:
        found.append(f"the vendor's warranty covers it until {cover.warranty_until}")
    return found + [f"somebody else owes the repair: {one}" for one in cover.covers]


def beside_agreement(cover: Cover) -> list[str]:
    """The exceptions that the agreement itself makes: only these can be taken on ad hoc."""
    found = [] if cover.in_scope else [f"{cover.domain} is outside the agreed scope"]
    if not cover.fee_agreed:
        found.append(f"the agreement names no diagnosis fee for {cover.domain}")
    return found + [_excluded(one) for one in cover.excluded]


# ------------------------------------------------------------------------------------------ what is excluded


def listed(exclusions: Iterable[str]) -> list[str]:
    """What the agreement excludes, each on one line: so it is offered, and so it is compared."""
    return [line for one in exclusions if (line := " ".join(one.split()))]


def named_in(because: Collection[str], exclusions: Iterable[str]) -> tuple[str, ...]:
    """Which of the agreement's exclusions stand among these reasons."""
    return tuple(one for one in listed(exclusions) if _excluded(one) in because)


def naming(cover: Cover, exclusion: str, exclusions: Iterable[str]) -> Cover:
    """The same, excluded as the desk says beside what it said before; refuses what the agreement does not exclude."""
    if not (named := listed([exclusion])):
        return cover
    said, agreed = named[0], listed(exclusions)
    if said not in agreed:
        message = "The agreement excludes no such thing; choose one of its exclusions, word for word."
        raise Refused("not_an_exclusion", message, field="exclusion", exclusions=agreed)
    return replace(cover, excluded=tuple(dict.fromkeys((*cover.excluded, said))))


def _excluded(exclusion: str) -> str:
    return f"excluded by the agreement: {exclusion.rstrip('.')}"


# ------------------------------------------------------------------------------------------ what may be done


def check_can_propose(status: Status, cover: Cover, fee: Decimal | None, *, stated: bool) -> None:
    """Refuse a statement where none is needed, once that is decided, and a fee where there is one already.

    `stated`: an earlier statement of this engagement stated the fee, and the client accepted it.
    """
    check_open(status)
    if not exceptions(cover):
        message = "This is break/fix under the agreement; no statement is needed, unless you name what excludes it."
        raise Refused("nothing_outside", message, field="exclusion")
    wanted = not cover.fee_agreed and not stated
    if wanted and fee is None:
        message = "The agreement names no diagnosis fee for this; state one, or the client accepts an open price."
        raise Refused("missing_field", message, field="fee")
    if not wanted and fee is not None:
        raise Refused("fee_is_agreed", "The diagnosis fee is agreed; it stays as it is.", field="fee")
    if fee is not None and not (fee.is_finite() and 0 <= fee <= 1_000_000):
        raise Refused("out_of_range", "A fee is between 0 and 1,000,000.", field="fee")


def check_can_answer(is_the_one_read: bool, status: Status, *, requester_id: int, by: Actor) -> None:
    """Refuse the answer to another statement than the one that waits, and that of whoever reported the failure."""
    if not is_the_one_read:
        message = "The desk put another statement to you meanwhile; read it before you answer."
        raise Refused("changed_since_read", message, field="statement_id")
    if by.person_id == requester_id:
        raise NotAllowed("You reported this failure, so somebody else has to decide.", "own_request")
    check_open(status)


def check_allowed(cover: Cover, route: Route, accepted: Collection[str]) -> None:
    """Refuse to take on what no accepted statement names: one that named other exceptions allows none of these.

    Ad hoc is never the desk's word alone: the client has accepted what the agreement itself does not cover.
    """
    new = [one for one in exceptions(cover) if one not in accepted]
    if new:
        message = f"The client has not agreed to this: {'; '.join(new)}. Refer it, or put a statement to them."
        raise Refused("no_statement", message, exceptions=new)
    if route is Route.AD_HOC and not beside_agreement(cover):
        message = (
            "The client accepted nothing outside the agreement. Put a statement of work to them that names the "
            "exclusion, or qualify it as break/fix."
        )
        raise Refused("no_statement", message, field="route", exceptions=[])


def check_none_waits(waits: bool) -> None:
    """Refuse to decide beside a question that the client is still asked."""
    if waits:
        message = "A statement of work waits for the client; take it back, or wait for the answer."
        raise Refused("statement_waits", message)


def check_open(status: Status) -> None:
    if status not in DECIDED:
        raise Refused("wrong_state", f"Whether to take it on was decided; it is {status}.", status=status.value)
