"""Invoices: what is unbilled, what the next one will say before it is issued, and each one traced to its quote."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.billing import actions
from breakfix.billing import queries as billing
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, Side, may
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import Money
from breakfix.quotes import queries as quotes
from breakfix.quotes.values import TrancheKind
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.web.reports import read
from breakfix.work import queries as work

S = Status
BILLABLE = (S.ACCEPTED, S.CANCELLED)
FINANCE, READERS = billing.FINANCE, billing.READERS
TRANCHE_WORDS = {
    "FORENSIC": "Diagnosis, flat",
    "EXTENSION": "Further diagnosis, flat",
    "BASE": "Repair",
    "CHANGE_ORDER": "Change order",
    "DISPOSITION": "Return or destruction",
    "SERVICE_CREDIT": "Service credit",
}
AT_MOST = 200


def billing_list(visit: Visit) -> HttpResponse:
    """For finance of both sides: what may be billed and is not yet, and every invoice."""
    if not visit.by.roles & READERS:
        raise NotFound("This page")
    mine = visit.by.side is Side.PROVIDER
    context = {
        "invoices": list(billing.visible_to(visit.by)[:AT_MOST]),
        "unbilled": billing.unbilled(visit.by) if mine else [],
        "mine": mine,
        "today": visit.at.date(),
    }
    return visit.page("web/billing/list.html", context)


def issuing(visit: Visit, engagement_id: int) -> HttpResponse:
    """The invoice as it would be issued now, line by line, with what keeps it from being issued or closed."""
    found = incidents.get_engagement(engagement_id, visit.by)
    if visit.by.organisation_id != found.provider_id or not visit.by.roles & FINANCE:
        raise NotFound("This page")
    bill = billing.bill_for(found, quotes.settlement(found, work.actuals(found, visit.at)), visit.at)
    ends = incidents.open_ends(found)
    context = {
        "engagement": found,
        "bill": bill,
        "credit": bill.credit,
        "lines": [_line(line) for line in bill.lines],
        "boxes": [_box(box, box.kind, box.absorbed) for box in bill.boxes],
        "taxes": [_tax(one.jurisdiction, one.rate, one.base, one.tax) for one in bill.taxes],
        "hours": work.order_hours(found, visit.at),
        "invoices": billing.invoices_of(found),
        "blocking": [one for one in ends if one.blocks_close],
        "others": [one for one in ends if not one.blocks_close],
        "may_issue": (S(found.status) in BILLABLE or incidents.is_given_up(found)) and not bill.due.is_zero,
        "may_close": incidents.may_close(found, visit.by),
    }
    return visit.page("web/billing/issuing.html", context)


def invoice(visit: Visit, invoice_id: int) -> HttpResponse:
    """One issued invoice, each line with the tranche and the quote's line that allow it."""
    if visit.by.field_only:
        raise NotFound("This invoice")
    found = billing.get_invoice(invoice_id, visit.by)
    content = read(found.content)
    deposit, zero = content["bill"].get("deposit"), Money.zero(found.currency)
    context = {
        "invoice": found,
        "head": content["head"],
        "deposit": deposit,
        "credit": content["bill"].get("credit"),
        "to_pay": max(found.total - deposit, zero) if deposit else found.total,
        "goes_back": max(deposit - found.total, zero) if deposit else zero,
        "boxes": [_box(box, box["kind"], box["absorbed"]) for box in content["bill"]["boxes"]],
        "taxes": [
            _tax(one["jurisdiction"], Decimal(one["rate"]), one["base"], one["tax"])
            for one in content["bill"]["taxes"]
        ],
        "lines": [_traced(line) for line in billing.lines_of(found)],
        "quote": quotes.binding_quote(found.engagement),
        "reads_billing": bool(visit.by.roles & READERS),
    }
    return visit.page("web/billing/invoice.html", context)


# ------------------------------------------------------------------------------------------- what is shown


def _box(box: Any, kind: str, absorbed: Money) -> dict[str, Any]:
    name = box.get("name", "") if isinstance(box, dict) else box.name
    title = f"{TRANCHE_WORDS[kind]} {name}" if kind == "CHANGE_ORDER" else TRANCHE_WORDS[kind]
    return {"box": box, "words": title, "absorbed": None if absorbed.is_zero else absorbed}


def _tax(jurisdiction: str, rate: Decimal, base: Money, tax: Money) -> dict[str, Any]:
    """One tax group; the rate is shown exactly, because it is the law's figure and not ours."""
    return {"jurisdiction": jurisdiction, "rate": f"{(rate * 100).normalize():f} %", "base": base, "tax": tax}


def _line(line: Any) -> dict[str, Any]:
    return {"line": line, "words": TRANCHE_WORDS[line.tranche], "trace": _trace(line.key, line.tranche)}


def _traced(line: Any) -> dict[str, Any]:
    kind = TrancheKind(line.tranche.kind)
    return {"line": line, "words": TRANCHE_WORDS[kind.value], "trace": _trace(line.ref, kind.value)}


def _trace(key: str, tranche: str) -> str:
    """Where a line of an invoice comes from."""
    if tranche == TrancheKind.FORENSIC.value:
        return "the accepted fee"
    if tranche == TrancheKind.EXTENSION.value:
        return "the further sum that was approved"
    if tranche == TrancheKind.SERVICE_CREDIT.value:
        return "a response promise that was missed"
    if tranche == TrancheKind.DISPOSITION.value:
        return "ordered at this price after the quote was not approved"
    if key.startswith("E"):
        return f"success fee {key}, as far as it was earned"
    if key.startswith("A"):
        return "minutes on the clock, at quoted rates"
    if key.startswith("K"):
        return "the credit fixed in the quote"
    if key.startswith("X"):
        return f"contingent line {key}, used"
    return f"line {key} of the quote"


def invoice_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For provider's finance: the next invoice, or closing, once either is possible."""
    if not may(visit.by, Deed.ISSUE_INVOICE) or visit.by.organisation_id != found.provider_id:
        return None
    if S(found.status) not in BILLABLE and not incidents.may_close(found, visit.by):
        return None
    bill = billing.bill_for(found, quotes.settlement(found, work.actuals(found, visit.at)), visit.at)
    blocking = [one for one in incidents.open_ends(found) if one.blocks_close]
    due = not bill.due.is_zero
    return {"bill": bill, "due": due, "blocking": blocking} if due or blocking else None


def invoices_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For both sides: what was invoiced."""
    if visit.by.field_only:
        return None
    issued = billing.invoices_of(found)
    return {"invoices": issued, "total": billing.billed(found)} if issued else None


panels.add(panels.Panel("invoice", 90, "web/billing/act.html", invoice_panel))
panels.add(panels.Panel("invoices", 90, "web/billing/panel.html", invoices_panel, "side"))


def _to_invoice(result: Any) -> str:
    return reverse("invoice", args=[result.pk])


_PAGE = "engagements/<int:engagement_id>/invoice"
urlpatterns = [
    path("billing", page(billing_list), name="billing"),
    path(_PAGE, page(issuing), name="issuing"),
    path(
        f"{_PAGE}/issue_invoice",
        deed(actions.issue_invoice, on=issuing, done="Issued. It cannot change any more.", to=_to_invoice),
        name="issue_invoice",
    ),
    path("invoices/<int:invoice_id>", page(invoice), name="invoice"),
]
