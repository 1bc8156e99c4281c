"""Eleven faults as somebody might make them, each put into the product for some runs: the promises have to notice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import Delegation
from breakfix.approvals.rules import standing
from breakfix.approvals.values import Power, RoundStatus
from breakfix.kernel.errors import NotAllowed
from breakfix.kernel.ledger import record as ledger
from breakfix.quotes import queries as quotes
from breakfix.quotes.rules import settlement, states, tax
from breakfix.work.rules import conduct


@dataclass(frozen=True)
class Bug:
    """What is replaced by what, where a run has to begin to meet it, and the promise that it breaks."""

    place: Any
    name: str
    fault: Callable[..., Any]
    starts: tuple[str, ...]
    breaks: str
    focus: str  # the deeds by which it is met
    seed: int = 0  # of a run that meets it, so that nobody waits for those before it; should it not, later ones do

    @contextmanager
    def planted(self) -> Iterator[None]:
        with patch.object(self.place, self.name, self.fault):
            yield


settle, check_can_decide, check_person = settlement.settle, states.check_can_decide, standing.check_person
outcome, bench_of, last_of_each = standing.outcome, approvals.bench_of, ledger._last_of_each
settled, exposure_of = quotes._settled, tax.exposure_of


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


def by_whoever_asked(by: Any, view: Any) -> int:
    """Who reported the failure decides about it."""
    try:
        return check_person(by, view)
    except NotAllowed as refusal:
        if refusal.code != "own_request":
            raise
        return int(by.person_id)


def as_shown(status: Any, *, sha256: str, shown: str, **given: Any) -> None:
    """The hash is not compared."""
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


def apart_from_the_rest(tranches: Any, tariff: Any) -> Any:
    """Exposure is not cumulative: a change order is weighed by itself."""
    return exposure_of(list(tranches)[-1:], tariff)


def any_quantity(quantity: Any, used: Any, *, note: str) -> None:
    """More may be taken back than was noted."""


def all_but_the_last(rows: Any) -> Any:
    """One changed row is left out of the record."""
    found = last_of_each(rows)
    return found[:-1] if len(found) > 1 else found


OFFERED, WORKING = ("offered",), ("working", "extended")
SIGN = "approve approve acknowledge"
BUGS = {
    "cap dropped": Bug(settlement, "settle", without_the_cap, WORKING, "1", "clock_on clock_off", 2),
    "one cap for all": Bug(quotes, "_settled", with_one_cap_for_all, ("extended",), "1", "clock_on clock_off"),
    "<= for <": Bug(
        states, "check_can_decide", until_the_end_inclusive, OFFERED, "4", f"wait_for_the_end_of_the_offer {SIGN}"
    ),
    "seat check dropped": Bug(standing, "outcome", with_a_seat_to_spare, OFFERED, "4", SIGN),
    "own request": Bug(standing, "check_person", by_whoever_asked, OFFERED, "4", "approve"),
    "hash not compared": Bug(states, "check_can_decide", as_shown, OFFERED, "4", "approve"),
    "lent for ever": Bug(approvals, "bench_of", on_loan_for_ever, OFFERED, "4", f"delegate wait {SIGN}"),
    "twice at one table": Bug(standing, "taken", nobody_yet, OFFERED, "4", "delegate approve approve", 9),
    "exposure not cumulative": Bug(
        quotes, "exposure_of", apart_from_the_rest, WORKING, "1", "propose_change_order review issue approve"
    ),
    "taken back unused": Bug(conduct, "check_quantity", any_quantity, ("working", "worked"), "1", "use_line"),
    "left out of the record": Bug(ledger, "_last_of_each", all_but_the_last, (*OFFERED, *WORKING), "2", "approve"),
}
