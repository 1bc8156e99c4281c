"""Every read of quotes, and the figures of an offer before it is one. The client sees what was issued, no drafts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet

from breakfix.agreements.rules import tier_rule
from breakfix.agreements.values import Domain, Priority
from breakfix.approvals.rules.policy import acknowledgements_for, seats_for
from breakfix.approvals.values import SeatNeed
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Side, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.tiers import Tier, tier_at
from breakfix.quotes.models import Question, Quote, SupplierEvidence, Tranche
from breakfix.quotes.rules import inputs, states
from breakfix.quotes.rules.offer import Offer, offer
from breakfix.quotes.rules.pricing import total
from breakfix.quotes.rules.risk import DATA_SEAT, SECURITY_SEAT
from breakfix.quotes.rules.settlement import (
    TrancheBill,
    actual_lines,
    forensic_bill,
    least_of_visit,
    settle_base,
    settle_cancelled,
)
from breakfix.quotes.rules.tariff import tariff_of
from breakfix.quotes.values import Actuals, Draft, Mode, PartLine, Status, Tariff

# ------------------------------------------------------------------------------------------- quotes


def visible_to(by: Actor) -> QuerySet[Quote]:
    """Quotes of the engagements this actor was let in on; for the client's people only issued ones."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = Quote.objects.filter(engagement__in=seen)
    if by.side is Side.CLIENT:
        rows = rows.filter(issued_at__isnull=False)
    related = ("client", "provider", "site", "asset", "agreement_version__agreement")
    rows = rows.select_related(*(f"engagement__{name}" for name in related), "author", "reviewer")
    return rows.order_by("engagement", "-version")


def get_quote(quote_id: int, by: Actor) -> Quote:
    """This quote, or NotFound."""
    found = visible_to(by).filter(pk=quote_id).first()
    if found is None:
        raise NotFound("This quote")
    return found


def lock_quote(quote_id: int, by: Actor) -> Quote:
    """This quote with its engagement, both held until the end of the deed, or NotFound.

    The engagement comes first: a new version supersedes the one before it, and two deeds must not wait for
    each other.
    """
    seen = visible_to(by).filter(pk=quote_id).order_by().values_list("engagement_id", flat=True).first()
    if seen is None:
        raise NotFound("This quote")
    engagement = incidents.lock_engagement(seen, by)
    quote = Quote.objects.select_for_update().get(pk=quote_id)
    quote.engagement = engagement
    return quote


def quotes_of(engagement: Engagement, by: Actor) -> list[Quote]:
    """Every version that this actor may see, latest first."""
    return list(visible_to(by).filter(engagement=engagement))


def current_quote(engagement: Engagement) -> Quote | None:
    """The offer that counts: open, approved or settled; None while there is none."""
    counts = [Status.ISSUED.value, Status.APPROVED.value, Status.SETTLED.value]
    return _versions(engagement).filter(status__in=counts).first()


def binding_quote(engagement: Engagement) -> Quote | None:
    """The approved base quote, which parts are ordered and work is billed under."""
    return _versions(engagement).filter(status__in=[Status.APPROVED.value, Status.SETTLED.value]).first()


def open_draft(engagement: Engagement) -> Quote | None:
    """The version that is being written, for people of the provider only."""
    return _versions(engagement).filter(status__in=[state.value for state in states.EDITABLE]).first()


def latest_version(engagement: Engagement) -> Quote | None:
    """The version with the highest number, whatever became of it."""
    return _versions(engagement).first()


def _versions(engagement: Engagement) -> QuerySet[Quote]:
    return Quote.objects.filter(engagement=engagement).select_related("author", "reviewer").order_by("-version")


def tranches(engagement: Engagement) -> list[Tranche]:
    """What the client agreed to so far, each sum with its cap and what was billed of it."""
    return list(Tranche.objects.filter(engagement=engagement).select_related("quote").order_by("id"))


# ------------------------------------------------------------------------------------------- questions


def questions_of(engagement: Engagement) -> list[Question]:
    """What was asked about its offers and what was answered, oldest first; for whoever may see the quotes."""
    rows = Question.objects.filter(quote__engagement=engagement)
    related = ("quote", "asked_by__organisation", "answered_by__organisation")
    return list(rows.select_related(*related).order_by("asked_at", "id"))


def open_question(engagement: Engagement) -> Question | None:
    """The oldest one that nobody has answered yet."""
    return next((one for one in questions_of(engagement) if one.answered_at is None), None)


def lock_question(quote: Quote, question_id: int) -> Question:
    """This question about a quote that the caller has locked, or NotFound."""
    found = Question.objects.select_for_update().filter(quote=quote, pk=question_id).first()
    if found is None:
        raise NotFound("This question")
    return found


# ------------------------------------------------------------------------------------------- evidence


def fingerprint(part: PartLine) -> str:
    """What a supplier's document proves: this part from this supplier at this price until that day."""
    proven = [part.part_number, part.supplier, part.cost, part.currency, part.supplier_valid_until]
    return sha256_hex(plain(proven))


def evidence_of(engagement: Engagement) -> list[SupplierEvidence]:
    """Every supplier's document kept for it, also those of earlier versions."""
    rows = SupplierEvidence.objects.filter(quote__engagement=engagement)
    return list(rows.select_related("file", "quote").order_by("id"))


def evidence_by_line(quote: Quote) -> dict[int, SupplierEvidence]:
    """The document behind each part line (index from 0) as it is priced now; lines without one are absent."""
    return evidence_for(quote.engagement, quote.inputs)


def evidence_for(engagement: Engagement, draft: Draft) -> dict[int, SupplierEvidence]:
    """As `evidence_by_line`, for parts that were typed but not kept yet."""
    by_price = {row.priced_sha256: row for row in evidence_of(engagement)}
    found = {n: by_price.get(fingerprint(part)) for n, part in enumerate(draft.parts)}
    return {n: row for n, row in found.items() if row is not None}


def priced_files(file_ids: Collection[int]) -> set[int]:
    """Those of these files that are a supplier's offer, and so say what a part costs."""
    return set(SupplierEvidence.objects.filter(file__in=file_ids).values_list("file_id", flat=True))


# ------------------------------------------------------------------------------------------- figures


def tariff_for(engagement: Engagement) -> Tariff:
    """The prices of this engagement: its agreement as in force when it was opened."""
    return tariff_of(
        incidents.terms(engagement),
        currency=engagement.currency,
        domain=Domain(engagement.domain),
        priority=Priority(engagement.priority),
    )


def charged_fee(engagement: Engagement) -> Money:
    """The forensic fee as it fell due; nothing while no diagnosis has begun."""
    return incidents.fee(engagement).charged or Money.zero(engagement.currency)


def miles_to(engagement: Engagement) -> Decimal:
    """How far the site is; unknown counts as within the trip's included miles."""
    return engagement.distance_miles or Decimal(0)


def offer_for(engagement: Engagement, draft: Draft, *, number: str) -> Offer:
    """Every figure of this draft; the quote's number is the seed, so the same draft gives the same N."""
    return offer(
        draft,
        tariff_for(engagement),
        fee=charged_fee(engagement),
        seed=number,
        miles=miles_to(engagement),
        policy=incidents.terms(engagement).approvals,
    )


def seats_needed(engagement: Engagement, made: Offer) -> list[SeatNeed]:
    """Who has to sign: by exposure, and beside them who answers for the data or for security."""
    policy = incidents.terms(engagement).approvals
    data, security = DATA_SEAT in made.second_seats, SECURITY_SEAT in made.second_seats
    return [*seats_for(made.exposure.gross, policy), *acknowledgements_for(policy, data=data, security=security)]


def end_of_offer(engagement: Engagement, draft: Draft, at: datetime) -> datetime:
    """Until when an offer issued at `at` would be open (half-open)."""
    promised = getattr(incidents.terms(engagement).quotes.validity, engagement.priority)
    holds = [part.supplier_valid_until for part in draft.parts]
    return states.valid_until(at, promised, holds, zone=engagement.zone, calendar=engagement.hours)


@dataclass(frozen=True)
class Problem:
    """Something that keeps a draft from being issued, in the words of the refusal."""

    code: str
    message: str
    field: str


@dataclass(frozen=True)
class Preview:
    """What the quote builder shows before anything is issued: figures, derivations, and what is still missing."""

    draft: Draft
    offer: Offer
    tariff: Tariff
    seats: tuple[SeatNeed, ...]
    valid_until: datetime
    problems: tuple[Problem, ...]


def preview(engagement_id: int, draft: Draft, *, by: Actor, at: datetime) -> Preview:
    """Price what was typed without writing anything; refuses impossible values by field as the deed does.

    Before the first draft there is no quote number to seed the estimate with, so N may still move by a step.
    """
    engagement = incidents.get_engagement(engagement_id, by)
    require(by, Deed.DRAFT_QUOTE, org=engagement.provider_id)
    inputs.check_draft(draft, tariff_for(engagement), at=at, miles=miles_to(engagement))
    latest = latest_version(engagement)
    number = latest.number if latest else engagement.number
    return _preview(engagement, draft, number, evidence_for(engagement, draft), at)


def preview_of(quote: Quote, at: datetime) -> Preview:
    """The figures of a stored draft as they would be issued now."""
    evidence = evidence_by_line(quote)
    found = _preview(quote.engagement, quote.inputs, quote.number, evidence, at)
    status = EngagementStatus(quote.engagement.status)
    unreviewed = _problem(lambda: states.check_can_issue(Status(quote.status), status))
    return Preview(
        found.draft,
        found.offer,
        found.tariff,
        found.seats,
        found.valid_until,
        (*found.problems, *unreviewed),
    )


def _preview(engagement: Engagement, draft: Draft, number: str, evidence: dict[int, Any], at: datetime) -> Preview:
    made = offer_for(engagement, draft, number=number)
    problems = (
        *_problem(lambda: states.check_supplier_prices(draft.parts, evidence, at=at)),
        *_problem(lambda: states.check_band(made.price.in_band, draft.band_reason)),
        *_problem(lambda: states.check_backup(draft, needed=made.backup_needed, at=at)),
    )
    return Preview(
        draft=draft,
        offer=made,
        tariff=tariff_for(engagement),
        seats=tuple(seats_needed(engagement, made)),
        valid_until=end_of_offer(engagement, draft, at),
        problems=problems,
    )


def _problem(check: Callable[[], None]) -> tuple[Problem, ...]:
    try:
        check()
    except Refused as refusal:
        return (Problem(refusal.code, refusal.message, refusal.field or ""),)
    return ()


# ------------------------------------------------------------------------------------------- the ceiling


@dataclass(frozen=True)
class Settlement:
    """What is due in the end, tranche by tranche: head-room of one never pays for an overrun of another."""

    tranches: tuple[TrancheBill, ...]
    total: Money
    absorbed: Money


def settlement(engagement: Engagement, actuals: Actuals) -> Settlement:
    """Bill every tranche: the forensic fee as charged, the base quote at min(actual, N).

    Of a cancelled repair the work that was done is due, at least a visit that had set out, also of a fixed price
    (domain.md §11 ruling 26). Nothing records yet what a supplier takes for restocking, so none is charged.
    """
    bills = []
    quote, fee = binding_quote(engagement), charged_fee(engagement)
    if not fee.is_zero:
        bills.append(forensic_bill(fee))
    if quote is not None and quote.n is not None:
        bills.append(_settled(engagement, quote, quote.n, actuals))
    currency = engagement.currency
    return Settlement(
        tranches=tuple(bills),
        total=total((bill.bill for bill in bills), currency),
        absorbed=total((bill.absorbed for bill in bills), currency),
    )


def _settled(engagement: Engagement, quote: Quote, cap: Money, actuals: Actuals) -> TrancheBill:
    if engagement.status != EngagementStatus.CANCELLED:
        return settle_base(quote.price, quote.tariff, cap, actuals, mode=Mode(quote.mode))
    nothing = Money.zero(engagement.currency)
    lines = actual_lines(quote.price, quote.tariff, actuals)
    return settle_cancelled(lines, least=_least(engagement, quote), restocking=nothing, cap=cap)


def _least(engagement: Engagement, quote: Quote) -> Money:
    """The least of a repair visit that had set out: at the level sent, in the tier when it set out (ruling 15)."""
    visit = dispatch.repair_set_out(engagement)
    if visit is None:
        return Money.zero(engagement.currency)
    card, hours = incidents.terms(engagement).rates, engagement.hours
    tier = tier_at(visit.starts_at, hours.zone, hours.holidays, tier_rule(card.tiers))
    remote = card.minimum_remote if tier is Tier.BUSINESS else card.minimum_remote_after_hours
    return least_of_visit(
        card.minimum_onsite if engagement.onsite_needed else remote,
        visit.technician.level,
        tier,
        quote.tariff,
        miles=miles_to(engagement) if engagement.onsite_needed else None,
    )


@dataclass(frozen=True)
class Exposure:
    """The money side of an engagement at a glance: what is agreed, used and left.

    `forensic` is the flat fee (its ceiling until charged); `cap` is N of the approved repair, `offered` N of an
    offer that waits for approval; `incurred` is the repair so far, never above the cap. `cash_out` is the most
    that can be paid in all, with tax; None while there is no offer.
    """

    forensic: Money
    cap: Money
    cap_with_tax: Money
    offered: Money | None
    offered_with_tax: Money | None
    committed: Money
    incurred: Money
    remaining: Money
    used_percent: int
    cash_out: Money | None
    derivation: str


def exposure(engagement: Engagement, actuals: Actuals | None = None) -> Exposure:
    """The figures of the header bar; without `actuals` nothing of the repair counts as incurred."""
    quote, nothing = current_quote(engagement), Money.zero(engagement.currency)
    fee = incidents.fee(engagement)
    forensic = fee.charged or fee.ceiling
    bound = quote is not None and quote.status != Status.ISSUED
    n, with_tax = (quote.n or nothing, quote.exposure or nothing) if quote else (nothing, nothing)
    cap = n if bound else nothing
    incurred = nothing
    if quote is not None and bound and actuals is not None:
        incurred = settle_base(quote.price, quote.tariff, cap, actuals, mode=Mode(quote.mode)).bill
    used = int(Fraction(100 * incurred.minor, cap.minor)) if cap.minor else 0
    return Exposure(
        forensic=forensic,
        cap=cap,
        cap_with_tax=with_tax if bound else nothing,
        offered=n if quote and not bound else None,
        offered_with_tax=with_tax if quote and not bound else None,
        committed=forensic + cap,
        incurred=incurred,
        remaining=cap - incurred,
        used_percent=used,
        cash_out=quote.cash_out if quote else None,
        derivation=(
            f"forensic fee {format_money(forensic)} + maximum {format_money(cap)} committed; "
            f"{format_money(incurred)} of the repair incurred, {format_money(cap - incurred)} left"
        ),
    )
