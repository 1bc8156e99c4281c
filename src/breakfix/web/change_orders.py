"""Proposing a change order and revising one: why the maximum has to rise, what proves it, and what it adds."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from breakfix.agreements.values import TaxCategory
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status as E
from breakfix.kernel.access import Deed, may, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.quotes import queries as quotes
from breakfix.quotes.actions import change_orders
from breakfix.quotes.values import Cause, Draft, Status
from breakfix.web import panels, rows
from breakfix.web.door import Visit, deed, page
from breakfix.web.engagement import engagement as engagement_page
from breakfix.web.quote_builder import CHARGES, CONDITIONS, LEVELS, RISKS, SEVERITIES, TIERS
from breakfix.work.actions.waiting import wait_for_change_order

LISTS = ("tasks", "parts", "charges", "contingents", "risks")
CAUSES = [
    (Cause.NEW_FAULT, "A new fault", "Something else is broken that the diagnosis could not show"),
    (Cause.CLIENT_REQUEST, "The client asks for more", "Beside what the quote covers"),
    (Cause.TOOK_LONGER, "It takes longer", "Raises no maximum: refused, with what to do instead"),
    (Cause.UNDERESTIMATED, "It was underestimated", "Raises no maximum: refused, with what to do instead"),
]


def change_order_build(visit: Visit, engagement_id: int) -> HttpResponse:
    """The form; what it comes to and who has to sign stand on the page of the draft."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    require(visit.by, Deed.PROPOSE_CHANGE_ORDER, org=engagement.provider_id)
    name, base = change_orders.propose_change_order.__name__, quotes.binding_quote(engagement)
    left_out = [text for text in (base.inputs.scope_out, base.inputs.assumptions) if text] if base else []
    context = {**_form(visit, engagement, name, Draft()), "base": base, "left_out": left_out, "causes": CAUSES}
    return visit.page("web/quotes/change_order.html", context)


def change_order_edit(visit: Visit, quote_id: int) -> HttpResponse:
    """The same form over one that the client was asked about: what is kept becomes its next version."""
    found = quotes.get_quote(quote_id, visit.by)
    require(visit.by, Deed.REVISE_CHANGE_ORDER, org=found.engagement.provider_id)
    if visit.by.field_only:
        raise NotFound("This change order")
    if not found.is_change_order or (found.status != Status.ISSUED and visit.typed.refusal is None):
        return HttpResponseRedirect(_to_quote(found), status=303)
    name = change_orders.revise_change_order.__name__
    context = {**_form(visit, found.engagement, name, found.inputs), "order": found, "base": found.change_order.base}
    return visit.page("web/quotes/change_order.html", context)


def _form(visit: Visit, engagement: Any, name: str, draft: Draft) -> dict[str, Any]:
    """What the form shows of a draft as stored, or as typed."""
    lists = {key: rows.rows_of(visit.typed, name, key, getattr(draft, key), spare=1, least=2) for key in LISTS}
    return {
        "engagement": engagement,
        "deed": name,
        "draft": draft,
        "lists": lists,
        "tariff": quotes.tariff_for(engagement),
        "levels": LEVELS,
        "tiers": TIERS,
        "conditions": CONDITIONS,
        "charge_kinds": [one for one in CHARGES if one[0] != "emergency_dispatch"],
        "risk_kinds": RISKS,
        "severities": SEVERITIES,
        "categories": [(one.value, one.value.replace("_", " ").capitalize()) for one in TaxCategory],
        "bearing": [("true", "Bears data")],
        "returns": [("true", "Not taken back")],
    }


def change_order_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """What is to be done about change orders now: write one, finish one, decide on one."""
    if visit.by.field_only:
        return None
    waiting = [one for one in quotes.orders_of(engagement, visit.by) if Status(one.status) in _WAITING]
    drafts = [one for one in waiting if one.status != Status.ISSUED]
    asked = [one for one in waiting if one.status == Status.ISSUED]
    may_wait = asked and engagement.status == E.IN_PROGRESS and may(visit.by, Deed.WAIT_FOR_CHANGE_ORDER)
    proposes = may(visit.by, Deed.PROPOSE_CHANGE_ORDER) and not drafts and _may_propose(engagement)
    decides = asked if may(visit.by, Deed.APPROVE_QUOTE) else []
    if not (decides or drafts or proposes or may_wait):
        return None
    return {"decides": decides, "drafts": drafts, "proposes": proposes, "waits_for": asked if may_wait else []}


_WAITING = (Status.DRAFT, Status.REVIEWED, Status.ISSUED)


def _may_propose(engagement: Any) -> bool:
    try:
        quotes.check_can_propose(engagement)
    except Refused:
        return False
    return True


def _to_quote(result: Any) -> str:
    return reverse("quote", args=[result.pk])


panels.add(panels.Panel("change_orders", 61, "web/quotes/change_order_panel.html", change_order_panel))
_AT = "engagements/<int:engagement_id>/change-order"
_WAITS = "On hold until the client has decided. Work goes on by itself then."
_ORDER = "quotes/<int:quote_id>/change-order"
_KEPT = "Kept. Attach the suppliers' offers, then have it reviewed."
urlpatterns = [
    path(_AT, page(change_order_build), name="change_order_build"),
    path(
        "engagements/<int:engagement_id>/wait_for_change_order",
        deed(wait_for_change_order, on=engagement_page, done=_WAITS),
        name="wait_for_change_order",
    ),
    path(
        f"{_AT}/propose_change_order",
        deed(change_orders.propose_change_order, on=change_order_build, done=_KEPT, to=_to_quote),
        name="propose_change_order",
    ),
    path(_ORDER, page(change_order_edit), name="change_order_edit"),
    path(
        f"{_ORDER}/revise_change_order",
        deed(change_orders.revise_change_order, on=change_order_edit, done=_KEPT, to=_to_quote),
        name="revise_change_order",
    ),
]
