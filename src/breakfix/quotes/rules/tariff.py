"""The prices one engagement's quotes are made from: the agreement in force when it was opened, nothing else."""

from decimal import Decimal

from breakfix.agreements.values import Domain, Priority, TaxCategory, Terms
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.values import PieceRate, Tariff
from breakfix.roster.taxonomy import Work

_LEVELS = (1, 2, 3, 4)
_TAXED = {
    Work.HARDWARE: TaxCategory.HW_LABOUR,
    Work.PROFESSIONAL: TaxCategory.PROFESSIONAL_LABOUR,
    Work.DATA_RECOVERY: TaxCategory.DATA_RECOVERY,
}


def labour_category(domain: Domain) -> TaxCategory:
    """How labour of this domain is taxed: some places tax hardware repair and not the rest."""
    return _TAXED[domain.described.work]


def tariff_of(terms: Terms, *, currency: str, domain: Domain, priority: Priority) -> Tariff:
    """Everything that pricing reads, in one flat value that is frozen on the quote."""
    card, policy, tax = terms.rates, terms.quotes, terms.tax
    return Tariff(
        currency=currency,
        rates={f"L{level}": card.rate(level) for level in _LEVELS},
        multipliers={tier.value: Decimal(getattr(card.tiers, tier.value)) for tier in Tier},
        increment_hours=card.increment_hours,
        band=(card.band_low, card.band_high),
        markup_bands=tuple((band.up_to, band.percent) for band in terms.parts.bands),
        markup_cap=terms.parts.cap_per_unit,
        fx_uplift=terms.parts.fx_uplift,
        trip=card.trip,
        trip_included_miles=card.trip_included_miles,
        per_mile=card.per_mile,
        emergency_dispatch=Decimal(getattr(card.emergency_dispatch, priority.value)),
        labour_category=labour_category(domain),
        jurisdiction=tax.jurisdiction,
        tax_rates={category.value: tax.rate(category) / 100 for category in TaxCategory},
        credit_pct=terms.forensic.credit_for(domain),
        step=policy.step,
        floor=policy.floor,
        ceiling=policy.ceiling,
        quantile=policy.quantile,
        samples=policy.samples,
        reviewer_above=policy.reviewer_above,
        change_order_factor=policy.change_order_factor,
        saving_share=policy.saving_share or Decimal(0),
        pieces=_pieces(terms),
        fee_whole_from=terms.recovery.whole_from / 100,
        fee_nothing_below=terms.recovery.nothing_below / 100,
        deposit_above=terms.payment.deposit_parts_above,
        deposit_share=terms.payment.deposit_pct / 100,
    )


def _pieces(terms: Terms) -> dict[str, PieceRate]:
    return {
        name: PieceRate(one.words, tuple((step.units, step.price) for step in one.steps), one.category)
        for name, one in terms.units.prices.items()
    }
