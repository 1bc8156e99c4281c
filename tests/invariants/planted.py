"""Ten faults as somebody might make them, each put into the product for some runs: the promises have to notice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import Delegation
from breakfix.approvals.rules import standing
from breakfix.approvals.values import Power, RoundStatus
from breakfix.kernel.ledger import record as ledger
from breakfix.quotes import queries as quotes
from breakfix.quotes.rules import settlement, states


@dataclass(frozen=True)
class Bug:
    """What is replaced by what, where a run has to begin to meet it, and the promise that it breaks."""

    faults: tuple[tuple[Any, str, Callable[..., Any]], ...]
    starts: tuple[str, ...]
    breaks: str
    focus: str  # the deeds by which it is met
    seed: int = 0  # of a run that meets it, so that nobody waits for those before it; should it not, later ones do

    @contextmanager
    def planted(self) -> Iterator[None]:
        with ExitStack() as held:
            for place, name, fault in self.faults:
                held.enter_context(patch.object(place, name, fault))
            yield


settle, check_can_decide, view_of = settlement.settle, states.check_can_decide, approvals.view_of
outcome, bench_of, last_of_each = standing.outcome, approvals.bench_of, ledger._last_of_each
settled = quotes._settled


def without_the_cap(kind: Any, lines: Any, cap: Any) -> Any:
    """A dropped cap check: whatever it came to is billed."""
    return settle(kind, lines, cap + cap + cap + cap)


def with_one_cap_for_all(engagement: Any, quote: Any, cap: Any, actuals: Any) -> Any:
    """What was agreed for a change order pays for the first scope, too."""
    more = [order.n for order in quotes.bound_orders(engagement) if order.n is not None]
    return settled(engagement, quote, sum(more, cap), actuals)


def until_the_end_inclusive(status: Any, *, valid_until: datetime, at: datetime, **given: Any) -> None:
    """`>` where `>=` belongs: an offer is still open at the very instant at which it ends."""
    check_can_decide(status, valid_until=valid_until + timedelta(microseconds=1), at=at, **given)


def with_a_seat_to_spare(view: Any, *, quorum: int | None) -> Any:
    """A dropped seat check: all but one are enough."""
    found = outcome(view, quorum=quorum or max(1, len(view.seats) - 1))
    return RoundStatus(found)


def of_an_unknown_requester(approval: Any) -> Any:
    """Nobody remembers who reported the failure, so that they may decide about it as well."""
    return replace(view_of(approval), requester=0)


def whatever_was_shown(bound: str, shown: str) -> None:
    """What somebody was shown is not compared with what is decided,"""


def as_if_shown(status: Any, *, sha256: str, shown: str, **given: Any) -> None:
    """neither by the round nor by the quote."""
    check_can_decide(status, sha256=sha256, shown=sha256, **given)


def on_loan_for_ever(client_id: int, at: datetime) -> Any:
    """A seat that was lent is never given back."""
    bench, people = bench_of(client_id, at)
    lent = Delegation.objects.filter(delegator__organisation=client_id, starts_at__lte=at)
    return replace(
        bench, powers=tuple(Power(one.delegator_id, one.delegate_id, one.seat, one.limit) for one in lent)
    ), people


def nobody_yet(view: Any, *, except_seat: str = "") -> frozenset[int]:
    """Nobody is remembered to have decided already."""
    return frozenset()


def nothing_before(engagement: Any) -> list[Any]:
    """Exposure is not cumulative: a change order is weighed by itself, so that splitting it asks fewer people."""
    return []


def all_but_the_last(rows: Any) -> Any:
    """One changed row is left out of the record."""
    found = last_of_each(rows)
    return found[:-1] if len(found) > 1 else found


OFFERED, WORKING = ("offered",), ("working", "extended")
SIGN, UNTIL = "approve approve acknowledge", "wait_for_the_end_of_the_offer"
BUGS = {
    "cap dropped": Bug(((settlement, "settle", without_the_cap),), WORKING, "1", "clock_on clock_off", 5),
    "one cap for all": Bug(
        ((quotes, "_settled", with_one_cap_for_all),), ("extended",), "1", "clock_on clock_off", 30
    ),
    "<= for <": Bug(
        ((states, "check_can_decide", until_the_end_inclusive),),
        OFFERED,
        "4",
        f"wait_for_the_end_of_the_offer {SIGN}",
        28,
    ),
    "seat check dropped": Bug(((standing, "outcome", with_a_seat_to_spare),), OFFERED, "4", SIGN, 1),
    "own request": Bug(((approvals, "view_of", of_an_unknown_requester),), OFFERED, "4", "approve", 3),
    "hash not compared": Bug(
        ((standing, "check_shown", whatever_was_shown), (states, "check_can_decide", as_if_shown)),
        OFFERED,
        "4",
        "approve",
        2,
    ),
    "lent for ever": Bug(((approvals, "bench_of", on_loan_for_ever),), OFFERED, "4", f"delegate wait {SIGN}", 14),
    "twice at one table": Bug(((standing, "taken", nobody_yet),), OFFERED, "4", "delegate approve approve", 42),
    "exposure not cumulative": Bug(
        ((quotes, "agreed", nothing_before),),
        ("working",),
        "1",
        "propose_change_order review issue approve approve",
        4,
    ),
    "left out of the record": Bug(
        ((ledger, "_last_of_each", all_but_the_last),), (*OFFERED, *WORKING), "2", "approve"
    ),
}
