"""Every read of quotes, and the figures of an offer before it is one. The client sees what was issued, no drafts."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from breakfix.agreements.rules import tier_rule
from breakfix.agreements.values import Domain, Priority
from breakfix.approvals.rules.policy import acknowledgements_for, seats_for
from breakfix.approvals.values import SeatNeed
from breakfix.diagnosis import queries as diagnosis
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Side
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.models import File
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier, tier_at
from breakfix.quotes import beside
from breakfix.quotes.models import Question, Quote, SupplierEvidence, Tranche
from breakfix.quotes.restocking import called_off
from breakfix.quotes.rules import change_orders, states
from breakfix.quotes.rules.offer import Offer, offer
from breakfix.quotes.rules.pricing import total
from breakfix.quotes.rules.risk import DATA_SEAT, SECURITY_SEAT
from breakfix.quotes.rules.settlement import (
    Exposure,
    Settlement,
    TrancheBill,
    exposure_figures,
    forensic_bill,
    least_of_visit,
    settle_base,
    settle_change_order,
    together,
)
from breakfix.quotes.rules.tariff import tariff_of
from breakfix.quotes.rules.tax import exposure_of
from breakfix.quotes.rules.ways import offered
from breakfix.quotes.values import Actuals, Draft, Mode, PartLine, Price, QuoteKind, Status, Tariff

# ------------------------------------------------------------------------------------------- quotes


def visible_to(by: Actor) -> QuerySet[Quote]:
    """Quotes of the engagements this actor was let in on; for the client's people only issued ones."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = Quote.objects.filter(engagement__in=seen)
    if by.side is Side.CLIENT:
        rows = rows.filter(issued_at__isnull=False)
    related = ("client", "provider", "site", "asset", "agreement_version__agreement")
    rows = rows.select_related(*(f"engagement__{name}" for name in related), "author", "reviewer")
    return rows.order_by("engagement", "-pk")


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
    """The versions of the quote itself: change orders add to it and are none."""
    rows = Quote.objects.filter(engagement=engagement, kind=QuoteKind.QUOTE.value)
    return rows.select_related("author", "reviewer").order_by("-version")


# ------------------------------------------------------------------------------------------- change orders


def orders_of(engagement: Engagement, by: Actor) -> list[Quote]:
    """Every change order that this actor may see, oldest first."""
    rows = visible_to(by).filter(engagement=engagement, kind=QuoteKind.CHANGE_ORDER.value)
    return list(rows.select_related("change_order__evidence").order_by("pk"))


def bound_orders(engagement: Engagement) -> list[Quote]:
    """The approved change orders, each of which is a tranche beside the base."""
    bound = [Status.APPROVED.value, Status.SETTLED.value]
    rows = Quote.objects.filter(engagement=engagement, kind=QuoteKind.CHANGE_ORDER.value, status__in=bound)
    return list(rows.select_related("engagement").order_by("decided_at", "pk"))


def open_order(engagement: Engagement) -> Quote | None:
    """The change order that is being written; one at a time."""
    written = [state.value for state in states.EDITABLE]
    return Quote.objects.filter(engagement=engagement, kind=QuoteKind.CHANGE_ORDER.value, status__in=written).first()


def check_can_propose(engagement: Engagement) -> None:
    """Refuse a change order where there is nothing to add to, or one is being written."""
    change_orders.check_can_propose(
        EngagementStatus(engagement.status),
        bound=binding_quote(engagement) is not None,
        drafted=open_order(engagement) is not None,
    )


def find_order(engagement: Engagement, order_id: int) -> Quote:
    """This change order of an engagement that the caller holds, or NotFound."""
    rows = Quote.objects.filter(engagement=engagement, kind=QuoteKind.CHANGE_ORDER.value)
    found = rows.filter(pk=order_id).first()
    if found is None:
        raise NotFound("This change order")
    return found


def latest_offer(engagement: Engagement) -> Quote | None:
    """What was written last, a version of the quote or a change order."""
    return Quote.objects.filter(engagement=engagement).order_by("-pk").first()


def agreed(engagement: Engagement) -> list[tuple[Price, Money]]:
    """Price and N of every approved offer: what the next one is added to."""
    base = binding_quote(engagement)
    bound = [*([base] if base else []), *bound_orders(engagement)]
    return [(one.price, one.n) for one in bound if one.n is not None]


def exposure_with(order: Quote) -> Money:
    """N with tax of everything approved by now and of this issued change order."""
    cap = order.n or Money.zero(order.currency)
    return exposure_of([*agreed(order.engagement), (order.price, cap)], order.tariff).gross


def was_on_file(engagement: Engagement, sha256: str, at: datetime) -> bool:
    """Whether this very content was kept with the engagement by then, under whatever name."""
    mine = Q(topic=engagement.topic) | Q(topic__startswith=f"{engagement.topic}@")
    return File.objects.filter(mine, sha256=sha256, kept_at__lte=at).exists()


def tranches(engagement: Engagement) -> list[Tranche]:
    """What the client agreed to so far, each sum with its cap and what was billed of it."""
    agreed = Tranche.objects.filter(engagement=engagement).exclude(kind="SERVICE_CREDIT")
    return list(agreed.select_related("quote").order_by("id"))


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


def offer_of(quote: Quote) -> Offer:
    """Every figure of a stored draft."""
    return offer_for(quote.engagement, offered(quote.inputs), number=quote.number, of=QuoteKind(quote.kind))


def offer_for(engagement: Engagement, draft: Draft, *, number: str, of: QuoteKind = QuoteKind.QUOTE) -> Offer:
    """Every figure of this draft; the quote's number is the seed, so the same draft gives the same N."""
    if of is QuoteKind.CHANGE_ORDER:
        return change_orders.offer(
            draft,
            tariff_for(engagement),
            agreed=agreed(engagement),
            fee=charged_fee(engagement) + beside.further_due(engagement),
            seed=number,
            miles=miles_to(engagement),
            policy=incidents.terms(engagement).approvals,
        )
    return offer(
        draft,
        tariff_for(engagement),
        fee=charged_fee(engagement),
        further=beside.further_due(engagement),
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


def check_can_issue(quote: Quote) -> None:
    """Refuse what was not reviewed, and what the engagement cannot take now."""
    status, engagement = Status(quote.status), EngagementStatus(quote.engagement.status)
    if quote.is_change_order:
        return change_orders.check_can_issue(status, engagement)
    return states.check_can_issue(status, engagement, catalogue=quote.inputs.is_catalogue)


# ------------------------------------------------------------------------------------------- the ceiling


def settlement(engagement: Engagement, actuals: Actuals) -> Settlement:
    """Bill every tranche: the forensic fee as charged, the base quote and each change order at min(actual, cap).

    Of a cancelled repair the work that was done is due, at least a visit that had set out, also of a fixed price
    (domain.md §11 ruling 26), and what its parts cost that were ordered and that nobody takes back.
    """
    fee = charged_fee(engagement)
    flat = [*([] if fee.is_zero else [forensic_bill(fee)]), *beside.settled_extensions(engagement)]
    bills = [*flat, *settling(engagement)(actuals), *beside.settled_dispositions(engagement)]
    return together(bills, engagement.currency)


def settling(engagement: Engagement) -> Callable[[Actuals], list[TrancheBill]]:
    """What is measured against a maximum, for any actuals: base and change orders; nothing before approval."""
    quote = binding_quote(engagement)
    if quote is None or (cap := quote.n) is None:
        return lambda actuals: []
    orders = bound_orders(engagement)
    return lambda actuals: [
        _named(quote, _settled(engagement, quote, cap, actuals)),
        *(_settled_order(order, actuals) for order in orders),
    ]


def _settled_order(order: Quote, actuals: Actuals) -> TrancheBill:
    cap = order.n or Money.zero(order.currency)
    done = actuals.ordered.get(order.pk, Actuals())
    if order.engagement.status == EngagementStatus.CANCELLED:
        return _named(order, called_off(order, cap, done, least=Money.zero(order.currency)))
    return _named(order, settle_change_order(order.price, order.tariff, cap, done))


def _named(quote: Quote, bill: TrancheBill) -> TrancheBill:
    return replace(bill, of=quote.pk, name=str(quote), quoted=quote.q)


def _settled(engagement: Engagement, quote: Quote, cap: Money, actuals: Actuals) -> TrancheBill:
    if engagement.status != EngagementStatus.CANCELLED:
        return settle_base(quote.price, quote.tariff, cap, actuals, mode=Mode(quote.mode))
    return called_off(quote, cap, actuals, least=_least(engagement, quote))


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


def exposure(engagement: Engagement, actuals: Actuals | None = None) -> Exposure:
    """The figures of the header bar; without `actuals` nothing of the repair counts as incurred."""
    quote, nothing = current_quote(engagement), Money.zero(engagement.currency)
    bound = quote is not None and quote.status != Status.ISSUED
    agreed = [quote, *bound_orders(engagement)] if quote is not None and bound else []
    # The last one agreed says it of all together.
    last = agreed[-1] if agreed else quote
    incurred = nothing
    if agreed and quote is not None and actuals is not None:
        base = _settled(engagement, quote, quote.n or nothing, actuals)
        bills = [base, *(_settled_order(one, actuals) for one in agreed[1:])]
        # Of the work alone: a saving is shared once there is one.
        incurred = total((min(one.actual, one.cap) for one in bills), engagement.currency)
    fee = incidents.fee(engagement)
    return exposure_figures(
        forensic=(fee.charged or fee.ceiling) + diagnosis.approved_further(engagement),
        cap=total([one.n or nothing for one in agreed], engagement.currency),
        cap_with_tax=(last.exposure or nothing) if last and bound else nothing,
        offered=(quote.n or nothing) if quote and not bound else None,
        offered_with_tax=(quote.exposure or nothing) if quote and not bound else None,
        incurred=incurred,
        cash_out=last.cash_out if last else None,
        ordered=total((one.price for one in beside.ordered_dispositions(engagement)), engagement.currency),
    )
