"""What came out of an engagement, as texts: the figures and states that a story's `expect` is held against."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from breakfix.approvals import queries as approvals
from breakfix.billing import queries as billing
from breakfix.changes import queries as changes
from breakfix.custody import queries as custody
from breakfix.diagnosis import queries as diagnosis
from breakfix.dispatch import queries as dispatch
from breakfix.guarantees import queries as guarantees
from breakfix.histories import queries as histories
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import HoldReason
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.money import Money
from breakfix.liaison import queries as liaison
from breakfix.parts import queries as parts
from breakfix.quotes import dispositions, versions
from breakfix.quotes import queries as quotes
from breakfix.work import queries as work
from breakfix.work import recoveries

Pairs = Iterator[tuple[str, Any]]


def figures_of(engagement_id: int, at: datetime) -> dict[str, str]:
    """Every figure by its name; amounts plain ("4723.33"), minutes, instants in the site's time."""
    engagement = incidents.get_engagement(engagement_id, by=SYSTEM)
    found: dict[str, str] = {}
    offered = (_offer, _afterwards, _settled, _turned_out, _at_vendors, _recovered, _ordered)
    sources = (_triage, _clocks, _harm, *offered, _marks, _invoiced, _guaranteed)
    for source in sources:
        found.update(
            {name: text(value, engagement.zone) for name, value in source(engagement, at) if value is not None}
        )
    return found


def text(value: Any, zone: str) -> str:
    """A figure as a story writes it."""
    if isinstance(value, Money):
        return str(value.amount)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    return str(value)


def _triage(engagement: Any, at: datetime) -> Pairs:
    yield "priority", engagement.priority
    yield "impact", engagement.impact
    yield "urgency", engagement.urgency
    yield "impact_score", engagement.impact_score
    yield "urgency_score", engagement.urgency_score
    yield "forensic", incidents.fee(engagement).charged


def _clocks(engagement: Any, at: datetime) -> Pairs:
    for reading in incidents.readings(engagement, at):
        name = reading.kind.value.lower()
        yield f"{name}_minutes", int(reading.elapsed.total_seconds() // 60)
        yield f"{name}_due", reading.due_at
        yield f"{name}_due_first", reading.due_first
        yield f"{name}_paused_minutes", int(reading.paused.total_seconds() // 60)
        yield f"{name}_verdict", reading.verdict


def _harm(engagement: Any, at: datetime) -> Pairs:
    meter = incidents.meter(engagement, at)
    yield "downtime", meter.total if meter else None
    for number, duty in enumerate(incidents.obligations(engagement, at), start=1):
        name = "obligation" if number == 1 else f"obligation_{number}"
        yield f"{name}_due", duty.duty.deadline_at
        yield f"{name}_verdict", duty.verdict
        stopped = duty.duty.met_at or at
        yield f"{name}_left_minutes", int((duty.duty.deadline_at - stopped).total_seconds() // 60)


def _offer(engagement: Any, at: datetime) -> Pairs:
    quote = quotes.current_quote(engagement) or quotes.latest_version(engagement)
    if quote is None or not quote.is_issued:
        return
    price = quote.price
    nothing = Money.zero(quote.currency)
    yield "labour", sum((line.amount for line in price.labour), nothing)
    yield "parts", sum((line.amount for line in price.parts), nothing)
    yield "blended_rate", price.blended_rate
    yield "credit", price.credit.amount if price.credit else None
    for name in ("q", "n", "exposure", "cash_out"):
        yield name, getattr(quote, name)
    for name in ("p50", "p80", "p90"):
        yield name, quote.money(getattr(quote, f"{name}_minor"))
    yield "sampler", quote.sampler
    yield "approval_latency_minutes", versions.latency_minutes(quote)
    for risk in quote.content.get("risks", [])[:1]:
        yield "risk_score", risk.get("score")
        yield "risk_probability", risk.get("probability")


def _afterwards(engagement: Any, at: datetime) -> Pairs:
    """What the client wanted once a quote was not approved, and what that cost."""
    for choice in dispositions.choices_of(engagement)[-1:]:
        yield "chosen_option", choice.option
        yield "disposition", choice.disposition.price if choice.disposition else None
    for status, count in custody.counts(engagement).items():
        yield f"custody_{status.lower()}", count


def _settled(engagement: Any, at: datetime) -> Pairs:
    if quotes.binding_quote(engagement) is None:
        return
    settlement = quotes.settlement(engagement, work.actuals(engagement, at))
    for bill in settlement.tranches:
        if bill.kind.value == "BASE":
            yield "actual", bill.actual
            yield "billed", bill.bill
            yield "absorbed", bill.absorbed
    borne = work.borne(engagement, at)
    yield "non_billable", sum((one.amount for one in borne), Money.zero(engagement.currency))


def _turned_out(engagement: Any, at: datetime) -> Pairs:
    """How the repair went: parts that were dead, time lost waiting for them, fixed at the first visit or not."""
    yield "dead_on_arrival", sum(one.was_dead for one in parts.faulty(engagement))
    waits = [one for one in incidents.holds(engagement) if one.reason == HoldReason.AWAITING_PARTS]
    waited = sum(((one.ended_at or at) - one.started_at for one in waits), timedelta())
    yield "awaiting_parts_minutes", int(waited.total_seconds() // 60)
    fixed = dispatch.first_time_fix(engagement)
    yield "first_time_fix", None if fixed is None else "yes" if fixed else "no"


def _at_vendors(engagement: Any, at: datetime) -> Pairs:
    """How vendors kept their word, and how far a claim says that they did not."""
    promised = [one for case in liaison.cases_of(engagement) for one in liaison.promised(case, at)]
    if promised:
        yield "promises", len(promised)
        yield "promises_broken", sum(one.broken for one in promised)
        late = max((one.reading.by for one in promised if one.broken), default=None)
        yield "promise_late_minutes", None if late is None else int(late.total_seconds() // 60)
    for claim in liaison.claims_of(engagement, SYSTEM)[-1:]:
        measured = json.loads(claim.canonical)["measured"]
        yield "claim_measured", measured["measured"]
        yield "claim_missed_by", measured["missed_by"]


def _recovered(engagement: Any, at: datetime) -> Pairs:
    """How much of the must-have list came back, as it was reported last."""
    for one in recoveries.recoveries_of(engagement)[-1:]:
        yield "recovered", one.recovered
        yield "recovered_percent", (Decimal(100 * one.recovered) / one.wanted).quantize(Decimal("0.01"))


def _ordered(engagement: Any, at: datetime) -> Pairs:
    """Of each change order; of the first `change_order_q`, of the next `change_order_2_q`."""
    orders = [one for one in quotes.orders_of(engagement, by=SYSTEM) if one.is_issued]
    if not orders:
        return
    settled = quotes.settlement(engagement, work.actuals(engagement, at)).tranches
    for number, order in enumerate(orders, start=1):
        name = "change_order" if number == 1 else f"change_order_{number}"
        for figure in ("q", "n", "exposure"):
            yield f"{name}_{figure}", getattr(order, figure)
        for bill in settled:
            if bill.of == order.pk:
                yield f"{name}_actual", bill.actual
                yield f"{name}_billed", bill.bill
                yield f"{name}_absorbed", bill.absorbed


def _marks(engagement: Any, at: datetime) -> Pairs:
    """When which share of a cap was reached: `mark_85`, `change_order_mark_85`."""
    for notice in work.notices_of(engagement):
        extra = "change_order_" if notice.tranche.kind == "CHANGE_ORDER" else ""
        yield f"{extra}mark_{notice.percent}", notice.reached_at
        yield f"{extra}mark_{notice.percent}_actual", notice.actual


def _invoiced(engagement: Any, at: datetime) -> Pairs:
    invoices = billing.invoices_of(engagement)
    if not invoices:
        return
    nothing = Money.zero(engagement.currency)
    yield "invoice_subtotal", sum((one.subtotal for one in invoices), nothing)
    yield "invoice_tax", sum((one.tax for one in invoices), nothing)
    yield "invoice_total", sum((one.total for one in invoices), nothing)
    yield "service_credit", sum((one.credit for one in invoices), nothing)
    yield "credit_withheld", sum((one.withheld for one in invoices), nothing)


def _guaranteed(engagement: Any, at: datetime) -> Pairs:
    guarantee = guarantees.guarantee_of(engagement)
    yield "guarantee_until", guarantee.ends_on.isoformat() if guarantee else None


def states_of(engagement_id: int, at: datetime) -> dict[str, str]:
    """Where everything of an engagement stands, by the name of the thing."""
    engagement = incidents.get_engagement(engagement_id, by=SYSTEM)
    found = {"engagement": str(engagement.status)}
    quote = quotes.latest_version(engagement)
    if quote:
        found["quote"] = str(quote.status)
    for order in quotes.orders_of(engagement, by=SYSTEM):
        found["change_order"] = str(order.status)
    cause = diagnosis.current_root_cause(engagement, by=SYSTEM)
    if cause:
        found["root_cause"] = str(cause.status)
    for change in changes.changes_of(engagement):
        found["change"] = str(change.status)
    for approval in approvals.rounds_for(engagement):
        found[f"{approval.purpose}_round"] = str(approval.status)
        for seat in approval.seats.all():
            found[f"seat_{seat.name}"] = str(seat.state)
    findings = approvals.findings(engagement, by=SYSTEM)
    found["findings"] = str(len(findings))
    found["open_findings"] = str(sum(one.closed_at is None for one in findings))
    found["invoices"] = str(len(billing.invoices_of(engagement)))
    found["open_ends"] = str(len(incidents.open_ends(engagement)))
    return found


def documents_of(engagement_id: int) -> list[dict[str, str]]:
    """The documents of an engagement with their hashes."""
    engagement = incidents.get_engagement(engagement_id, by=SYSTEM)
    return [
        {
            "kind": document.kind,
            "number": document.number,
            "json_sha256": document.json_sha256,
            "pdf_sha256": document.pdf_sha256,
        }
        for document in histories.documents(engagement, by=SYSTEM)
    ]
