"""After an offer was rejected or has expired: prices for giving the client's things back, and what it wants."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.agreements.values import TaxCategory
from breakfix.approvals import queries as approvals
from breakfix.custody import queries as custody
from breakfix.custody import steps as custody_steps
from breakfix.custody.values import Decision
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.rules import words
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, Role, Side, check_confirmed, person_behind, require
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money, format_money
from breakfix.parties import rules as texts
from breakfix.quotes import dispositions, queries, steps
from breakfix.quotes.models import Choice, Disposition, Quote
from breakfix.quotes.rules import afterwards, inputs
from breakfix.quotes.values import Actuals, Option

SAID = {
    Option.REVISE: "asked for another offer",
    Option.SECOND_OPINION: "asked for a second opinion",
    Option.RETURN: "wants its things back",
    Option.DESTROY: "wants its things destroyed",
    Option.NOTHING: "wants nothing more",
}


@transaction.atomic
def price_disposition(
    quote_id: int,
    *,
    option: Option,
    description: str,
    price: Decimal,
    category: TaxCategory = TaxCategory.FREIGHT,
    evidence: Upload | None = None,
    by: Actor,
    at: datetime,
) -> Disposition:
    """Name what giving things back, or destroying them, costs: at cost, with the carrier's or the plant's own offer.

    It binds the client only once its approver orders exactly that price (`choose_option`); another price replaces it.
    """
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.PRICE_DISPOSITION, org=engagement.provider_id)
    dispositions.check_is_over(quote)
    inputs.check_amount("price", price, engagement.currency)
    worth = Money(price, engagement.currency)
    afterwards.check_price(option, worth, proven=evidence is not None, held=dispositions.held(engagement))
    kept = files.keep(evidence, topic=engagement.topic, at=at) if evidence else None
    offered = Disposition.objects.create(
        engagement=engagement,
        quote=quote,
        option=option.value,
        description=words.check_no_amount(texts.text(description, "description", longest=200), "description"),
        price_minor=worth.minor,
        currency=engagement.currency,
        category=category.value,
        evidence=kept,
        offered_by_id=_person(by),
        offered_at=at,
    )
    turn = "Order it at the price named, or choose otherwise"
    rows: list[Row] = [offered, *([kept] if kept else [])]
    rows += incident_steps.next_step(engagement, turn, side=Side.CLIENT, role=Role.APPROVER, at=at)
    facts: dict[str, object] = {"option": option, "money": worth, "money_label": "offered"}
    _tell("disposition.offered", quote, f"{offered}: {format_money(worth)} before tax.", rows, by, at, facts)
    return offered


@transaction.atomic
def choose_option(
    quote_id: int,
    *,
    option: Option,
    disposition_id: int | None = None,
    shown_amount: Decimal | None = None,
    note: str = "",
    by: Actor,
    at: datetime,
) -> Choice:
    """Say what comes next: another offer, a second opinion, the things back or destroyed, or nothing more.

    A return or a destruction is ordered at exactly the price that was shown, before tax; it is charged beside the
    maximum of any repair. The last three end the engagement: nothing is repaired, and it is closed once it is empty.
    """
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.CHOOSE_OPTION, org=engagement.client_id)
    dispositions.check_is_over(quote)
    said = words.check_no_amount(texts.text(note, "note", longest=400, required=False), "note")
    held = dispositions.held(engagement)
    afterwards.check_choice(option, named=disposition_id is not None, held=held, note=said)
    ordered = dispositions.find(engagement, disposition_id) if disposition_id is not None else None
    rows: list[Row] = _order(ordered, option, shown_amount, by, at) if ordered else []
    choice = Choice.objects.create(
        quote=quote, option=option.value, note=said, chosen_by_id=_person(by), chosen_at=at, disposition=ordered
    )
    rows += [choice, *_follow(quote, option, said, by, at)]
    line = f"After {quote.title[:1].lower()}{quote.title[1:]} the client {SAID[option]}{f': {said}' if said else '.'}"
    facts: dict[str, object] = {"option": option}
    if ordered is not None:
        facts |= {"money": ordered.price, "money_label": "ordered", "disposition": ordered.pk}
        line += f" {ordered}, {format_money(ordered.price)} before tax."
    _tell("option.chosen", quote, line, rows, by, at, facts)
    return choice


@transaction.atomic
def give_up_quote(quote_id: int, *, by: Actor, at: datetime) -> Choice:
    """Nobody answered a rejection or an expiry in the agreed time: there will be no repair, what is due is due."""
    quote = queries.lock_quote(quote_id, by)
    require(by, Deed.GIVE_UP_QUOTE)
    dispositions.check_is_over(quote)
    due_at = dispositions.given_up_at(quote)
    afterwards.check_may_give_up(quote.decided_at or quote.drafted_at, due_at, at=at)
    choice = Choice.objects.create(quote=quote, option=Option.NOTHING.value, note="Nobody answered.", chosen_at=at)
    rows: list[Row] = [choice, *_end(quote, at)]
    _tell("option.chosen", quote, f"Nobody answered after {quote}; nothing is repaired.", rows, by, at, {})
    return choice


def _order(ordered: Disposition, option: Option, shown: Decimal | None, by: Actor, at: datetime) -> list[Row]:
    """Bind the client to the price it was shown, and nothing else."""
    check_confirmed(by, at)
    afterwards.check_ordered(
        option,
        Option(ordered.option),
        ordered.price,
        shown,
        gross=dispositions.with_tax(ordered),
        limit=approvals.limit_of(by, at),
    )
    ordered.ordered_by_id, ordered.ordered_at = _person(by), at
    ordered.save(update_fields=["ordered_by", "ordered_at"])
    return [ordered, *steps.disposition_tranche(ordered, at=at)]


def _follow(quote: Quote, option: Option, said: str, by: Actor, at: datetime) -> list[Row]:
    """Whose turn it is now; a final choice also ends the engagement's wait."""
    engagement = quote.engagement
    if option is Option.REVISE:
        turn, role = f"Revise the quote: {said}", Role.QUOTING_ENGINEER
        return incident_steps.next_step(engagement, turn, side=Side.PROVIDER, role=role, at=at)
    if option is Option.SECOND_OPINION:
        turn, role = f"Have a second engineer look: {said}", Role.DISPATCHER
        return incident_steps.next_step(engagement, turn, side=Side.PROVIDER, role=role, at=at)
    rows = _end(quote, at)
    items = custody.held(engagement)
    if option is Option.RETURN:
        reason = said or "Ordered after the quote was not approved."
        rows += custody_steps.decide(engagement, items, Decision.RETURN, reason=reason, person_id=_person(by), at=at)
    elif option is Option.DESTROY:
        rows += custody_steps.ask_to_decide(engagement, len(items), at)
    return rows


def _end(quote: Quote, at: datetime) -> list[Row]:
    engagement = quote.engagement
    due = any(not bill.bill.is_zero for bill in queries.settlement(engagement, Actuals()).tranches)
    return incident_steps.give_up(engagement, due=due, at=at)


def _person(by: Actor) -> int:
    """Prices are named and ordered by people."""
    return person_behind(by, "A price is named and ordered by a person, not by a machine.")


def _tell(
    kind: str, quote: Quote, line: str, changed: list[Row], by: Actor, at: datetime, facts: dict[str, object]
) -> None:
    engagement = quote.engagement
    record(
        kind,
        subject=quote,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"quote": str(quote), **facts},
        changed=changed,
    )
