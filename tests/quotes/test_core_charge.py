"""A core that the client keeps is a contingent line with certainty (domain.md §11 ruling 29): in N, never in Q."""

from dataclasses import replace

from breakfix.agreements.values import Terms
from breakfix.quotes.rules import settlement
from breakfix.quotes.rules.offer import offer
from breakfix.quotes.values import Actuals, ContingentLine, Draft, LineUse
from tests.quotes.cases import S1, TERMS, D, tariff, usd

CORE = ContingentLine("Core of the controller, kept by the client", D(1), D("200.00"))


def made(draft: Draft) -> "tuple[object, ...]":
    policy = Terms.model_validate(dict(TERMS)).approvals
    found = offer(draft, tariff(), fee=usd("675.00"), seed="Q-2026-0001", miles=D(0), policy=policy)
    return found.price.q, found.n


def test_core_charge_raises_the_maximum_by_itself_and_not_the_quoted_price() -> None:
    without, with_core = made(replace(S1, contingents=())), made(replace(S1, contingents=(CORE,)))
    assert with_core[0] == without[0]
    assert with_core[1] == without[1] + usd("200.00")  # type: ignore[operator] # both are Money


def test_core_charge_is_billed_flat_once_the_client_keeps_it() -> None:
    policy = Terms.model_validate(dict(TERMS)).approvals
    draft = replace(S1, contingents=(CORE,))
    price = offer(draft, tariff(), fee=usd("675.00"), seed="Q-2026-0001", miles=D(0), policy=policy).price
    kept = Actuals(parts=(LineUse("P1"),), contingents=(LineUse("X1"),))
    gone = Actuals(parts=(LineUse("P1"),))
    cap = usd("9000.00")
    bills = [settlement.settle_base(replace(price, credit=None), tariff(), cap, one).actual for one in (kept, gone)]
    assert bills[0] - bills[1] == usd("200.00")
