"""The ways A, B and C of one offer: what each changes in it, how they compare, which may be chosen (B14)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.money import Money
from breakfix.quotes.continuity import KEYS, Compared, ContinuityWay, Strategy
from breakfix.quotes.rules.offer import Offer
from breakfix.quotes.values import ChargeKind, ChargeLine, Draft


def offered(draft: Draft) -> Draft:
    """The lines of the way that is put forward; the draft itself where it compares none."""
    return with_way(draft, draft.way) if draft.ways else draft


def with_last_way(draft: Draft, before: Draft | None) -> Draft:
    """With the same way put forward as in the version before, where both compare it; with the first one else."""
    if before is None or not before.ways:
        return draft
    wanted = before.ways[before.way].strategy
    return replace(draft, way=next((n for n, way in enumerate(draft.ways) if way.strategy is wanted), 0))


def with_way(draft: Draft, number: int) -> Draft:
    """The draft's lines as this way has them: its tier on all work, its loaner among the charges."""
    way = draft.ways[number]
    tasks = tuple(replace(task, tier=way.tier) for task in draft.tasks) if way.tier else draft.tasks
    lent = (ChargeLine(ChargeKind.LOANER, way.loaner, way.loaner_days, way.loaner_unit),) if way.loaner else ()
    return replace(draft, tasks=tasks, charges=(*draft.charges, *lent))


def strictest(offers: Sequence[Offer]) -> Offer:
    """The one whose review asks for most: whoever reviews vouches for every way."""
    return next((one for one in offers if one.second_person), offers[0])


def compared(
    ways: Sequence[ContinuityWay], offers: Sequence[Offer], downtime: Sequence[Money | None], *, chosen: int
) -> tuple[Compared, ...]:
    """Each way against the repair in place, or against the first where none is in place."""
    base = next((n for n, way in enumerate(ways) if way.strategy is Strategy.IN_PLACE), 0)
    return tuple(
        Compared(
            key=KEYS[n],
            strategy=way.strategy,
            words=way.words,
            back_at=way.back_at,
            finish_at=way.finish_at,
            q=offer.q,
            n=offer.n,
            cash_out=offer.cash_out.gross,
            premium=offer.q - offers[base].q,
            downtime=lost,
            saved=_less(downtime[base], lost),
            against=KEYS[base],
            offered=n == chosen,
        )
        for n, (way, offer, lost) in enumerate(zip(ways, offers, downtime, strict=True))
    )


def _less(base: Money | None, lost: Money | None) -> Money | None:
    return None if base is None or lost is None else base - lost


def number_of(key: str, ways: Sequence[ContinuityWay], *, chosen: int) -> int:
    """Which way a key names; refuses one that is not listed, and the one that is put forward already."""
    number = KEYS.find(key) if len(key) == 1 else -1
    if not 0 <= number < len(ways):
        known = ", ".join(KEYS[: len(ways)]) or "none"
        raise Refused("unknown_way", f"The ways of this offer are: {known}.", field="way")
    if number == chosen:
        raise Refused("chosen_already", "This way is what the offer puts forward; approve it.", field="way")
    return number


def check_awaited(status: EngagementStatus) -> None:
    """Refuse what would ask people to sign for an engagement in which nothing is signed any more."""
    if status is not EngagementStatus.AWAITING_APPROVAL:
        message = f"The engagement is {status}; nothing is approved on it now."
        raise Refused("not_awaiting_approval", message, status=status.value)


def check_nobody_signed(signed: Sequence[str]) -> None:
    """Refuse another way over somebody's signature: it was given to this one."""
    if signed:
        seats = ", ".join(signed)
        message = f"Somebody signed this way already ({seats}). Reject the offer, or let it be approved as it is."
        raise Refused("signed_already", message)


def check_as_shown(made: Offer, shown: tuple[object, object]) -> None:
    """Refuse a way that would now come to another Q or N than the frozen comparison says."""
    if shown != (plain(made.q), plain(made.n)):
        message = "Since this was issued the figures of that way moved; ask the provider to issue the offer again."
        raise Refused("way_moved", message, field="way")


def check_still_ahead(way: ContinuityWay, at: datetime) -> None:
    """Refuse a way whose time has come: its comparison would say what can no longer be."""
    if way.back_at <= at:
        message = "The instant at which this way would have the service back is past; ask for the offer again."
        raise Refused("way_past", message, field="way", back_at=way.back_at)
