"""Parts, each unit with its serials: received, built in, or sent back."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound
from breakfix.parts import catalogue
from breakfix.parts import queries as parts
from breakfix.parts.actions import claims, cores, fitting, loans
from breakfix.parts.actions import sourcing as buying
from breakfix.parts.values import UNDECIDED, Custody
from breakfix.quotes import considered, sourcing
from breakfix.roster import queries as roster
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.web.field import DISPOSITIONS, GRADES, on_site, stands_for

CUSTODY = [
    (Custody.RELEASE.value, "It may leave the site", "Sanitized, or nothing on it that matters"),
    (Custody.KEEP.value, "We keep it", "Its charge is billed where the quote lists one"),
]


def parts_page(visit: Visit, engagement_id: int) -> HttpResponse:
    """Every unit that was ordered for an engagement, with both serials, for both sides."""
    found = incidents.get_engagement(engagement_id, visit.by)
    ordered = parts.parts_of(found)
    offers = sourcing.compared(found, visit.by, visit.at)
    context = {"engagement": found, "parts": ordered, "offers": offers, **choices(visit, found)}
    context |= {"loans": parts.loans_of(found), "loaners": _loaners(visit)}
    context["notes"] = _known(found, ordered, offers) if catalogue.is_reader(visit.by) else ()
    context["stands"] = stands_for(found, ordered) if visit.by.side is Side.PROVIDER else ()
    context["choices_of_offer"] = [(one.offer.pk, str(one.offer)) for one in offers if not one.expired]
    return visit.page("web/parts/page.html", context)


def _known(found: Any, ordered: list[Any], offers: list[Any]) -> Any:
    """What the catalogue says of what is needed or offered here; for the provider's office."""
    numbers = [unit.part_number for unit in ordered] + [one.offer.wanted for one in offers]
    return considered.of_numbers(found, numbers + [one.offer.part_number for one in offers], offers)


def _loaners(visit: Visit) -> list[tuple[int, str]]:
    """The pool's machines that could be offered now; the client sees only what was offered."""
    return [(one.pk, str(one)) for one in parts.free_loaners(visit.by)] if visit.by.side is Side.PROVIDER else []


def loan(visit: Visit, loan_id: int) -> HttpResponse:
    """A loan stands among the parts of its engagement."""
    return parts_page(visit, parts.get_loan(loan_id, visit.by).engagement_id)


def loaner_pool(visit: Visit) -> HttpResponse:
    """The loaners of one's own organisation, and where each of them is."""
    if visit.by.side is not Side.PROVIDER or visit.by.field_only or not visit.by.roles:
        raise NotFound("This page")
    return visit.page("web/parts/pool.html", {"rows": parts.pool_with_loans(visit.by)})


def own_pool(visit: Visit, provider_id: int) -> HttpResponse:
    """The pool, after something was added to it."""
    if provider_id != visit.by.organisation_id:
        raise NotFound("This page")
    return loaner_pool(visit)


def choices(visit: Visit, found: Any) -> dict[str, Any]:
    """What the forms on a unit offer; nothing where nothing may be done."""
    crew = roster.technicians_of(found.provider_id) if visit.by.side is Side.PROVIDER else ()
    return {
        "dispositions": DISPOSITIONS,
        "custody_choices": CUSTODY,
        "grades": GRADES,
        "hands": [(one.pk, one.person.name) for one in crew],
        "parts_open_now": not incidents.is_over(found),
    }


def part(visit: Visit, order_id: int) -> HttpResponse:
    """A unit is dealt with among the others: on the technician's page, or on the engagement's list of parts."""
    found = parts.visible_to(visit.by).filter(pk=order_id).first()
    if found is None:
        raise NotFound("This part")
    shown = on_site if visit.by.field_only else parts_page
    return shown(visit, found.engagement_id)


def parts_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """What is on its way, in short."""
    ordered = parts.parts_of(found)
    return {"parts": ordered, "waiting": [one for one in ordered if one.status in UNDECIDED]} if ordered else None


panels.add(panels.Panel("parts", 50, "web/parts/panel.html", parts_panel, "side"))
panels.SUBJECTS["part"] = "part"
panels.SUBJECTS["loan"] = "loan"

_PAGE = "engagements/<int:engagement_id>/parts"
_POOL, _LOAN = "loaners/<int:provider_id>", "loans/<int:loan_id>"
_ONE = "parts/<int:order_id>"
_DEEDS: tuple[tuple[Callable[..., Any], str], ...] = (
    (buying.source_part, "Suppliers are being asked."),
    (buying.reserve_part, "Reserved."),
    (buying.order_at_own_risk, "Ordered at your own risk."),
    (fitting.note_shipment, "On its way."),
    (fitting.receive_part, "Received."),
    (fitting.inspect_part, "Inspected."),
    (fitting.issue_part, "Issued."),
    (fitting.install_part, "Installed."),
    (fitting.return_part, "Sent back."),
    (claims.declare_dead, "On record. It is not billed."),
    (claims.note_part_failure, "On record. The supplier owes another one."),
    (claims.open_claim, "Claim opened."),
    (claims.order_replacement, "Replacement ordered."),
    (claims.note_refund, "Refund noted."),
    (cores.decide_custody, "Your decision is on record."),
    (cores.ship_core, "The core is on its way."),
    (cores.credit_core, "Credited."),
)
urlpatterns = [
    path(_PAGE, page(parts_page), name="parts"),
    path(f"{_PAGE}/need_part", deed(buying.need_part, on=parts_page, done="Noted."), name="need_part"),
    path(f"{_PAGE}/note_offer", deed(buying.note_offer, on=parts_page, done="Offer kept."), name="note_offer"),
    path(f"{_PAGE}/offer_loaner", deed(loans.offer_loaner, on=parts_page, done="Offered."), name="offer_loaner"),
    path("loaners", page(loaner_pool), name="loaners"),
    path("loaners/<int:provider_id>", page(own_pool), name="own_loaners"),
    path(
        "loaners/<int:provider_id>/add_loaner", deed(loans.add_loaner, on=own_pool, done="Added."), name="add_loaner"
    ),
    path("loans/<int:loan_id>", page(loan), name="loan"),
    path("loans/<int:loan_id>/lend_loaner", deed(loans.lend_loaner, on=loan, done="Lent."), name="lend_loaner"),
    path(
        "loans/<int:loan_id>/return_loaner", deed(loans.return_loaner, on=loan, done="Noted."), name="return_loaner"
    ),
    path(_ONE, page(part), name="part"),
    *(path(f"{_ONE}/{act.__name__}", deed(act, on=part, done=done), name=act.__name__) for act, done in _DEEDS),
]
