"""Putting an offer before the client, and taking it back: from here on it never changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.approvals import queries as approvals
from breakfix.approvals import steps as approval_steps
from breakfix.approvals.values import Purpose, RoundStatus
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Role, Side, require
from breakfix.kernel.errors import NotAllowed
from breakfix.kernel.ledger.canonical import canonical, plain, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money
from breakfix.quotes import considered, queries, steps, versions, ways
from breakfix.quotes.models import Quote, SupplierEvidence
from breakfix.quotes.rules import inputs, states
from breakfix.quotes.rules import ways as ways_rules
from breakfix.quotes.rules.offer import Offer, content
from breakfix.quotes.rules.pricing import total
from breakfix.quotes.values import Draft, Status

E = EngagementStatus


@transaction.atomic
def issue_quote(quote_id: int, *, by: Actor, at: datetime) -> Quote:
    """Freeze the offer under its hash and ask the client's people; an older open version is superseded."""
    quote = queries.lock_quote(quote_id, by)
    engagement, draft = quote.engagement, quote.inputs
    require(by, Deed.ISSUE_QUOTE, org=engagement.provider_id)
    versions.check_can_issue(quote)
    inputs.check_draft(draft, queries.tariff_for(engagement), at=at, miles=queries.miles_to(engagement))
    every, evidence = ways.offers_of(quote), queries.evidence_by_line(quote)
    states.check_supplier_prices(draft.parts, evidence, at=at)
    notes = considered.of_draft(engagement, draft, by, at)
    considered.check_fit(notes)
    # The client may choose any of the ways, so every one of them has to be fit to be bound.
    for made in every:
        states.check_band(made.price.in_band, draft.band_reason)
        states.check_backup(draft, needed=made.backup_needed, at=at)
        # Asked again: the forensic fee may have been charged since the review, and with it the price moved.
        states.check_can_review(
            Status.DRAFT, author=quote.author_id, reviewer=quote.reviewer_id, needed=made.second_person
        )
    # A change order adds to what is approved and replaces at most its own version before (ruling 25).
    rows = _supersede(versions.standing(quote), at)
    quote.valid_until = queries.end_of_offer(engagement, draft, at)
    _freeze(quote, every, evidence, considered.frozen(notes), at)
    rows += [quote, *evidence.values(), *_shown(evidence, engagement)]
    if engagement.status == E.DIAGNOSING:
        rows += incident_steps.move(engagement, E.QUOTE_PENDING, by=by, at=at)
    if engagement.status == E.QUOTE_PENDING:
        rows += incident_steps.move(engagement, E.AWAITING_APPROVAL, by=by, at=at)
    made = every[draft.way]
    rows += _ask(quote, made, at)
    line = f"{quote.title} was issued: {_costs(made)}."
    _tell("quote.issued", quote, line, rows, by, at, **_offered(quote, made))
    return quote


@transaction.atomic
def choose_continuity(quote_id: int, *, way: str, shown_sha256: str, by: Actor, at: datetime) -> Quote:
    """Have another of the compared ways put forward: the next version, with its own hash and its own seats.

    Nobody is bound by it. Its figures are those that the comparison showed, and it is open no longer than this one.
    """
    quote = queries.lock_quote(quote_id, by)
    engagement, draft = quote.engagement, quote.inputs
    require(by, Deed.CHOOSE_CONTINUITY, org=engagement.client_id)
    until = quote.valid_until or at
    states.check_can_decide(Status(quote.status), valid_until=until, sha256=quote.sha256, shown=shown_sha256, at=at)
    ways_rules.check_awaited(E(engagement.status))
    number = ways_rules.number_of(way, draft.ways, chosen=draft.way)
    ways_rules.check_still_ahead(draft.ways[number], at)
    ways_rules.check_nobody_signed(versions.signed_seats(quote))
    _check_may_sign(quote, by, at)
    states.check_no_draft(queries.open_draft(engagement) is not None)
    every = ways.offers_of(quote)
    shown = {one["key"]: one for one in quote.content["ways"]}[way]
    ways_rules.check_as_shown(every[number], (shown["q"], shown["n"]))
    other = _next_version(quote, replace(draft, way=number))
    rows = _supersede(queries.current_quote(engagement), at)
    evidence = queries.evidence_by_line(other)
    # The same parts: the alternates that were considered stay as they were put before the client.
    same = {name: quote.content[name] for name in ("alternates",) if name in quote.content}
    _freeze(other, every, evidence, same, at)
    rows += [other, *_ask(other, every[number], at)]
    line = f"The client had way {way} put forward: {other.title}, {_costs(every[number])}."
    _tell("quote.issued", other, line, rows, by, at, way=way, **_offered(other, every[number]))
    return other


def _check_may_sign(quote: Quote, by: Actor, at: datetime) -> None:
    """Refuse whoever could not sign this offer: choosing asks everybody anew."""
    asked = approvals.open_round_for(quote.subject)
    stands = approvals.may_decide(asked, by, at) if asked else None
    if stands is not None and not stands.may:
        raise NotAllowed(stands.reason, stands.code)


def _next_version(quote: Quote, draft: Draft) -> Quote:
    """The version that differs in the way put forward alone: written and vouched for by the same people."""
    kept = ("engagement", "number", "mode", "author_id", "reviewer_id", "currency", "drafted_at", "reviewed_at")
    same = {name: getattr(quote, name) for name in (*kept, "valid_until")}
    # A version that was drafted meanwhile and withdrawn keeps its number.
    latest = queries.latest_version(quote.engagement) or quote
    return Quote(**same, version=latest.version + 1, status=Status.REVIEWED, draft=plain(draft))


def _ask(quote: Quote, made: Offer, at: datetime) -> list[Row]:
    """Open the seats that have to sign this very hash."""
    _, asked = approval_steps.open_round(
        quote.engagement,
        subject=quote.subject,
        sha256=quote.sha256,
        purpose=Purpose.QUOTE,
        needs=queries.seats_needed(quote.engagement, made),
        exposure=made.exposure.gross,
        due_at=quote.valid_until,
        at=at,
    )
    return asked


def _offered(quote: Quote, made: Offer) -> dict[str, object]:
    """The figures of an offer as both sides' logs keep them."""
    facts: dict[str, object] = {"n": made.n, "exposure": made.exposure.gross, "cash_out": made.cash_out.gross}
    facts |= {"valid_until": quote.valid_until, "sampler": quote.sampler}
    return facts | {"money": made.n, "money_label": "offered"}


def _costs(made: Offer) -> str:
    return f"price {format_money(made.q)}, at most {format_money(made.n)} before tax"


@transaction.atomic
def withdraw_quote(quote_id: int, *, reason: str = "", by: Actor, at: datetime) -> Quote:
    """Take an offer or a draft back before anybody approved it; the engagement waits for another quote."""
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.WITHDRAW_QUOTE, org=engagement.provider_id)
    states.check_transition(Status(quote.status), Status.WITHDRAWN)
    was_open = quote.status == Status.ISSUED
    quote.status, quote.decided_at = Status.WITHDRAWN, at
    quote.save(update_fields=["status", "decided_at"])
    rows: list[Row] = [quote]
    rows += incident_steps.close_end(engagement, EndKind.REVIEW, subject=quote.subject, at=at)
    if was_open:
        rows += _close_round(quote, RoundStatus.WITHDRAWN, at)
        if engagement.status == E.AWAITING_APPROVAL:
            rows += incident_steps.move(engagement, E.QUOTE_PENDING, by=by, at=at)
        rows += steps.go_on(quote, by=by, at=at)
    facts = {"reason": reason.strip()[:400]}
    _tell("quote.withdrawn", quote, f"{quote.title} was withdrawn.", rows, by, at, **facts)
    return quote


@transaction.atomic
def expire_quote(quote_id: int, *, by: Actor, at: datetime) -> Quote:
    """The offer ends at its instant, by itself; only a new version can be approved."""
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.EXPIRE_QUOTE)
    # Every issued quote has an end (a database constraint); an unissued one is refused by its state.
    states.check_can_expire(Status(quote.status), valid_until=quote.valid_until or at, at=at)
    quote.status, quote.decided_at = Status.EXPIRED, at
    quote.save(update_fields=["status", "decided_at"])
    rows: list[Row] = [quote, *_close_round(quote, RoundStatus.LAPSED, at)]
    rows += steps.forensic_tranche(engagement, at=at) + steps.go_on(quote, by=by, at=at)
    if engagement.status == E.AWAITING_APPROVAL and queries.open_draft(engagement) is None:
        words, role = "Re-issue the expired quote, or close", Role.QUOTING_ENGINEER
        rows += incident_steps.next_step(engagement, words, side=Side.PROVIDER, role=role, at=at)
    _tell("quote.expired", quote, f"{quote.title} expired unanswered.", rows, by, at)
    return quote


def _supersede(older: Quote | None, at: datetime) -> list[Row]:
    """A new version replaces the open one; what nobody asks about any more, nobody can approve."""
    if older is None:
        return []
    states.check_transition(Status(older.status), Status.SUPERSEDED)
    older.status, older.decided_at = Status.SUPERSEDED, at
    older.save(update_fields=["status", "decided_at"])
    return [older, *_close_round(older, RoundStatus.WITHDRAWN, at)]


def _shown(evidence: Mapping[int, SupplierEvidence], engagement: Engagement) -> list[Row]:
    """From now on the client may read the suppliers' documents behind the prices."""
    for row in evidence.values():
        row.file.topic = engagement.topic
        row.file.save(update_fields=["topic"])
    return [row.file for row in evidence.values()]


def _close_round(quote: Quote, status: RoundStatus, at: datetime) -> list[Row]:
    asked = approvals.open_round_for(quote.subject)
    return approval_steps.close_round(asked, status, at) if asked else []


def _freeze(
    quote: Quote,
    every: list[Offer],
    evidence: Mapping[int, SupplierEvidence],
    alternates: Mapping[str, Any],
    at: datetime,
) -> None:
    """Fix every figure and the canonical text; its hash is what an approval binds: the way put forward, no other."""
    draft = quote.inputs
    made, quote.issued_at, quote.status = every[draft.way], at, Status.ISSUED
    compared = ways.compared(quote.engagement, draft, every, at)
    tariff = queries.tariff_for(quote.engagement)
    heading = {**_heading(quote, made, evidence), **alternates}
    body = content(made, ways_rules.offered(draft), tariff, heading, compared)
    quote.canonical, quote.sha256 = canonical(body).decode(), sha256_hex(body)
    quote.q_minor, quote.n_minor = made.q.minor, made.n.minor
    drawn = made.drawn
    quote.p50_minor, quote.p80_minor, quote.p90_minor = drawn.p50.minor, drawn.p80.minor, drawn.p90.minor
    quote.credit_minor = -made.price.credit.amount.minor if made.price.credit else 0
    quote.tax_minor, quote.exposure_minor = made.exposure.tax.minor, made.exposure.gross.minor
    quote.cash_out_minor = made.cash_out.gross.minor
    quote.seed, quote.samples = drawn.seed, drawn.samples
    quote.library, quote.sampler = drawn.library, drawn.sampler
    quote.save()


def _heading(quote: Quote, made: Offer, evidence: Mapping[int, SupplierEvidence]) -> dict[str, Any]:
    """Who offers what to whom, under which agreement, until when; no personal names, this stays for good."""
    engagement = quote.engagement
    version, terms = engagement.agreement_version, incidents.terms(engagement)
    guarantee, card = terms.guarantee, terms.rates
    return {
        "kind": quote.kind.lower(),
        **_adds_to(quote, made),
        "number": quote.number,
        "version": quote.version,
        "engagement": engagement.number,
        "title": engagement.title,
        "domain": engagement.domain,
        "priority": engagement.priority,
        "provider": engagement.provider.legal_name,
        "client": engagement.client.legal_name,
        "site": engagement.site.name,
        "asset": str(engagement.asset) if engagement.asset else "",
        "zone": engagement.zone,
        "agreement": {
            "number": version.agreement.number,
            "version": version.version,
            "sha256": version.sha256,
        },
        "issued_at": quote.issued_at,
        "valid_until": quote.valid_until,
        "second_review": {
            "needed": made.second_person,
            "independent": quote.reviewer_id != quote.author_id,
        },
        "seats": [need.name for need in queries.seats_needed(engagement, made)],
        "evidence": [
            {"line": f"P{n + 1}", "name": row.file.name, "sha256": row.file.sha256} for n, row in evidence.items()
        ],
        # Billed at least, per visit or remote session: whoever signs has to know it before (domain.md §4.8).
        "minimum_hours": {
            "onsite": card.minimum_onsite,
            "remote": card.minimum_remote,
            "remote_after_hours": card.minimum_remote_after_hours,
        },
        "guarantee": {
            "workmanship_days": guarantee.workmanship_days,
            "legacy_days": guarantee.legacy_days,
        },
    }


def _adds_to(quote: Quote, made: Offer) -> dict[str, Any]:
    """What a change order says besides: why, what proves it, and the maximum before and after it."""
    if not quote.is_change_order:
        return {}
    order, agreed = quote.change_order, queries.agreed(quote.engagement)
    before = total((n for _, n in agreed), quote.currency)
    older = versions.issued_before(quote)
    follows = {"follows": {"version": older.version, "sha256": older.sha256}} if older else {}
    return {
        "change_order": {
            "adds_to": {"number": order.base.number, "version": order.base.version, "sha256": order.base.sha256},
            "cause": order.cause,
            "reason": order.reason,
            "excluded": order.excluded,
            "evidence": {"name": order.evidence.name, "sha256": order.evidence.sha256},
            "found_at": order.found_at,
            "raised_at": order.raised_at,
            **follows,
            "n_before": before,
            "n_after": before + made.n,
        }
    }


def _tell(kind: str, quote: Quote, line: str, changed: list[Row], by: Actor, at: datetime, **facts: object) -> None:
    engagement = quote.engagement
    everyone = engagement.party_ids if quote.is_issued else (engagement.provider_id,)
    body = {"quote": str(quote), "sha256": quote.sha256, "q": quote.q, "status": quote.status, **facts}
    record(
        kind,
        subject=quote,
        by=by,
        at=at,
        to=everyone,
        topic=engagement.topic,
        line=line,
        facts=body,
        changed=changed,
    )
