"""One offer in full: every figure the quote builder and the approver see, with its derivation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from breakfix.agreements.values import ApprovalPolicy
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.money import Money
from breakfix.quotes.continuity import Compared
from breakfix.quotes.rules import pricing, risk, simulation, states, tax
from breakfix.quotes.values import Draft, Mode, Price, Tariff


@dataclass(frozen=True)
class Offer:
    """Figures of one draft. `second_person` says why a second person must review; empty: nobody must."""

    price: Price
    drawn: simulation.Distribution
    ceiling: simulation.Ceiling
    contingency: Money
    exposure: tax.Taxed
    cash_out: tax.Taxed
    fee: Money
    risks: tuple[risk.Risk, ...]
    second_person: str
    acknowledge: tuple[str, ...]
    second_seats: tuple[str, ...]
    backup_needed: bool
    deposit: Money

    @property
    def q(self) -> Money:
        return self.price.q

    @property
    def n(self) -> Money:
        return self.ceiling.n


def offer(
    draft: Draft,
    tariff: Tariff,
    *,
    fee: Money,
    further: Money | None = None,
    seed: str,
    miles: Decimal = Decimal(0),
    policy: ApprovalPolicy | None = None,
) -> Offer:
    """Compute everything; the same draft, tariff, fee and seed give the same offer.

    `further` is what approved forensic extensions come to: already due with the fee, but no part of its credit.
    """
    due = fee if further is None else fee + further
    price = pricing.price(draft, tariff, fee=fee, miles=miles)
    drawn = simulation.sample(simulation.cost_model(draft, price, tariff), seed=seed, samples=tariff.samples)
    fixed = draft.mode is Mode.FIXED
    ceiling = simulation.fixed_ceiling(price) if fixed else simulation.ceiling(price.q, drawn, tariff)
    risks = risk.assessed(draft.risks, image_first=draft.image_first, policy=policy or ApprovalPolicy())
    threshold = Money(tariff.reviewer_above, tariff.currency)
    return Offer(
        price=price,
        drawn=drawn,
        ceiling=ceiling,
        contingency=ceiling.n - price.q,
        exposure=tax.exposure(price, ceiling.n, tariff),
        cash_out=tax.cash_out(price, ceiling.n, due, tariff),
        fee=due,
        risks=risks,
        second_person=states.second_person_needed(price.q, threshold, high_risk=risk.any_high(risks)),
        acknowledge=risk.keys_to_acknowledge(risks),
        second_seats=risk.second_seats(risks, waiver=draft.no_backup_waiver),
        backup_needed=risk.backup_needed(risks),
        deposit=pricing.deposit(price, tariff),
    )


def content(
    made: Offer,
    draft: Draft,
    tariff: Tariff,
    heading: Mapping[str, object],
    ways: Sequence[Compared] = (),
) -> dict[str, Any]:
    """The canonical JSON of an offer: all that the approver is shown, and the prices settlement will need.

    `draft` has the lines of the way put forward, `ways` all of them side by side. `heading` says who offers what to
    whom and until when. No personal names: this is frozen for good.
    """
    body = {
        **heading,
        "mode": draft.mode,
        "currency": tariff.currency,
        "scope_in": draft.scope_in,
        "scope_out": draft.scope_out,
        "assumptions": draft.assumptions,
        "continuity": draft.continuity,
        "image_first": draft.image_first,
        "backup_tested_at": draft.backup_tested_at,
        "no_backup_waiver": draft.no_backup_waiver,
        "tasks": draft.tasks,
        "band_reason": draft.band_reason,
        **({"ways": ways} if ways else {}),
        "price": made.price,
        "distribution": made.drawn,
        "q": made.q,
        "n": made.n,
        "ceiling": made.ceiling.derivation,
        "contingency": made.contingency,
        "exposure": made.exposure,
        "forensic_fee": made.fee,
        "deposit": made.deposit,
        "cash_out": made.cash_out,
        "risks": made.risks,
        "acknowledge": made.acknowledge,
        "second_seats": made.second_seats,
        "tariff": tariff,
    }
    frozen: dict[str, Any] = plain(body)
    return frozen
