"""The quote builder: what the quoting engineer types, and beside it the figures it comes to, live."""

from dataclasses import asdict, fields
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from breakfix.agreements.values import Domain, TaxCategory
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Deed, require
from breakfix.kernel.binding import bind, nest
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes import previews, sourcing
from breakfix.quotes import queries as quotes
from breakfix.quotes.actions import drafting
from breakfix.quotes.values import ChargeKind, Condition, Draft, Mode, RiskKind
from breakfix.web import rows, seats, ways
from breakfix.web.door import NOT_FIELDS, Visit, deed, page, reading, zone_of
from breakfix.web.quotes import sheet_of_preview

LISTS = ("tasks", "parts", "charges", "contingents", "risks", "units", "success_fees", "ways")
# How many empty rows stand ready; "add a row" makes more, and an empty row is no row.
SPARE = {"tasks": 2, "parts": 1, "charges": 2, "contingents": 1, "risks": 1, "units": 1, "success_fees": 0, "ways": 0}
LEAST = {"tasks": 4, "parts": 2, "charges": 4, "contingents": 1, "risks": 1, "units": 1, "success_fees": 1, "ways": 1}
MORE = 4  # rows to spare for whoever asked for them
USUAL = "usual_risks"
LEVELS = [(1, "L1"), (2, "L2"), (3, "L3"), (4, "L4")]
TIERS = [(Tier.BUSINESS, "Business"), (Tier.AFTER_HOURS, "After hours"), (Tier.SUNDAY, "Sunday, holiday")]
CONDITIONS = [
    (Condition.NEW, "New"),
    (Condition.OEM_REFURB, "Maker's refurbished"),
    (Condition.TESTED_USED, "Tested, used"),
]
CHARGES = [
    (ChargeKind.FREIGHT, "Freight"),
    (ChargeKind.TRAVEL, "Trip"),
    (ChargeKind.EMERGENCY_DISPATCH, "Emergency dispatch"),
    (ChargeKind.LOANER, "Loaner"),
    (ChargeKind.OTHER, "Other"),
]
RISKS = [
    (RiskKind.DATA_LOSS, "Data loss"),
    (RiskKind.SECONDARY_FAILURE, "Secondary failure"),
    (RiskKind.EXTENDED_OUTAGE, "Extended outage"),
    (RiskKind.SECURITY_EXPOSURE, "Security exposure"),
    (RiskKind.ROLLBACK_IMPOSSIBLE, "Rollback impossible"),
]
SEVERITIES = [(1, "1 slight"), (2, "2 minor"), (3, "3 moderate"), (4, "4 serious"), (5, "5 disastrous")]
LIKELIHOODS = [(1, "1, below 1 %"), (2, "2, below 5 %"), (3, "3, below 20 %"), (4, "4, below 50 %"), (5, "5, more")]
MODES = [(Mode.NTE, "Work billed as done, never above the cap"), (Mode.FIXED, "One price, whatever the effort")]
SHARED = (Mode.NTE_SHARED, "Work billed as done; a saving below the price is shared as agreed")


def quote_build(visit: Visit, engagement_id: int) -> HttpResponse:
    """An empty form, or the last version's content where that was rejected, expired or is still open."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    require(visit.by, Deed.DRAFT_QUOTE, org=engagement.provider_id)
    begun = quotes.open_draft(engagement)
    if begun is not None and visit.typed.refusal is None:
        return HttpResponseRedirect(reverse("quote_edit", args=[begun.pk]), status=303)
    latest = quotes.latest_version(engagement)
    stored = asdict(latest.inputs if latest else Draft(mode=_usual(engagement)))
    return visit.page("web/quotes/build.html", _form(visit, engagement, drafting.draft_quote.__name__, stored))


def _usual(engagement: Any) -> Mode:
    """Data recovery and what is done by the piece are usually a fixed price, a repair is not (R1)."""
    return Mode.FIXED if engagement.domain in (Domain.DR, Domain.SURGE) else Mode.NTE


def quote_edit(visit: Visit, quote_id: int) -> HttpResponse:
    """The same form over a version that was not issued yet."""
    found = quotes.get_quote(quote_id, visit.by)
    require(visit.by, Deed.REVISE_QUOTE, org=found.engagement.provider_id)
    if visit.by.field_only:
        raise NotFound("This quote")
    if found.is_issued:
        return HttpResponseRedirect(reverse("quote", args=[found.pk]), status=303)
    context = _form(visit, found.engagement, drafting.revise_quote.__name__, asdict(found.inputs))
    return visit.page("web/quotes/build.html", {**context, "quote": found, "kept": _kept(found)})


def quote_rows(visit: Visit, engagement_id: int) -> HttpResponse:
    """The form again: with the risks of the domain, or, for a browser that runs no script, with other rows."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    require(visit.by, Deed.DRAFT_QUOTE, org=engagement.provider_id)
    begun, sent = quotes.open_draft(engagement), visit.request.POST
    gone = f"{sent.get('drop', '')}-"
    flat = {name: value for name, value in sent.items() if name not in NOT_FIELDS and not name.startswith(gone)}
    stored = {**asdict(Draft(scope_in="")), "image_first": "", "no_backup_waiver": "", **nest(flat)}
    lists = {name: stored[name] if isinstance(stored[name], list) else [] for name in LISTS}
    if sent.get("more") == USUAL:
        lists["risks"] = _with_usual(lists["risks"], Domain(engagement.domain))
    name = drafting.revise_quote.__name__ if begun else drafting.draft_quote.__name__
    context = _form(visit, engagement, name, {**stored, **lists}, more=sent.get("more", ""))
    return visit.page("web/quotes/build.html", {**context, "quote": begun, "kept": _kept(begun) if begun else {}})


def _with_usual(typed: list[Any], domain: Domain) -> list[Any]:
    """The risks that somebody filled in, and behind them those that the domain's file names and nobody has yet.

    How likely each is stays open: whoever writes the offer judges that, or drops the row.
    """
    filled = [row for row in typed if isinstance(row, dict) and _says_something(row)]
    there = [(row.get("kind"), row.get("basis")) for row in filled]
    usual = [one.model_dump(mode="json") for one in domain.described.risks]
    return filled + [one for one in usual if (one["kind"], one["basis"]) not in there]


def _says_something(row: dict[str, Any]) -> bool:
    return any(_says_something(one) if isinstance(one, dict) else one for one in row.values())


def quote_preview(visit: Visit, engagement_id: int) -> HttpResponse:
    """The figures of what is typed now; nothing is kept, and what cannot be priced yet is said in words."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    require(visit.by, Deed.DRAFT_QUOTE, org=engagement.provider_id)
    try:
        typed, scoped = _typed_draft(visit.request)
        shown = previews.preview(engagement_id, typed, by=visit.by, at=visit.at)
    except Refused as no:
        return visit.page("web/quotes/panel.html", {"engagement": engagement, "no": no, "no_words": _words(no)})
    context = {"engagement": engagement, "scoped": scoped, **panel_of(shown)}
    return visit.page("web/quotes/panel.html", {**context, "figures": _risk_figures(visit.request, context["sheet"])})


def _risk_figures(request: HttpRequest, sheet: Any) -> list[tuple[int, Any]]:
    """What stands beside each row of risks: its figure, and nothing beside a row that is empty."""
    typed: dict[int, bool] = {}
    for name, value in request.POST.items():
        first, _, rest = name.partition("-")
        number = rest.partition("-")[0]
        if first == "risks" and number.isdecimal() and len(number) < 4:
            typed[int(number)] = typed.get(int(number), False) or bool(value)
    priced = iter(sheet.risks)
    return [(number, next(priced, None) if typed[number] else None) for number in sorted(typed)]


def panel_of(shown: previews.Preview) -> dict[str, Any]:
    """What the panel beside the form shows."""
    price, nothing = shown.offer.price, Money.zero(shown.tariff.currency)
    sums = {"labour": price.labour, "parts_total": price.parts, "charges_total": price.charges}
    sums |= {"units": price.units, "success_fees": price.success_fees}
    return {
        **{name: sum((line.amount for line in lines), nothing) for name, lines in sums.items() if lines},
        "preview": shown,
        "notes": shown.notes,
        "sheet": sheet_of_preview(shown),
        "ways": ways.shown(shown.ways),
        "seats": [seats.seat_words(need.name) for need in shown.seats],
    }


def _typed_draft(request: HttpRequest) -> tuple[Draft, bool]:
    """The draft in a form, and whether its scope was said; without it the figures can be shown all the same."""
    names = {field.name for field in fields(Draft)}
    flat = {name: value for name, value in request.POST.items() if name not in NOT_FIELDS}
    given = {name: value for name, value in nest(flat).items() if name in names}
    scoped = bool(str(given.get("scope_in", "")).strip())
    if not scoped:
        given["scope_in"] = "to be said"
    bound = bind(drafting.draft_quote, {**given, "engagement_id": 0}, zone=zone_of(request))
    values: dict[str, Any] = {name: value for name, value in bound.items() if name in names}
    values |= {name: tuple(values[name]) for name in LISTS if values.get(name)}
    return Draft(**values), scoped


def _words(no: Refused) -> str:
    """A refusal, saying which field it is about where the sentence itself does not."""
    if not no.field or " in row " in no.message or no.code in ("empty_quote", "missing_field"):
        return no.message
    return f"{rows.field_words(no.field)}: {no.message[:1].lower()}{no.message[1:]}"


def _kept(found: Any) -> dict[int, Any]:
    """The supplier's document behind each part as it is priced now, by the number of its row."""
    return {line + 1: row.file for line, row in quotes.evidence_by_line(found).items()}


def _form(visit: Visit, engagement: Any, name: str, stored: dict[str, Any], *, more: str = "") -> dict[str, Any]:
    """What the form shows of a draft as stored, or as typed; `more` is the list that gets rows to spare."""
    lists = {
        key: rows.rows_of(
            visit.typed, name, key, stored[key], spare=MORE if key == more else SPARE[key], least=LEAST[key]
        )
        for key in LISTS
    }
    tariff = quotes.tariff_for(engagement)
    return {
        "offers": sourcing.compared(engagement, visit.by, visit.at),
        "engagement": engagement,
        "deed": name,
        "draft": stored,
        "preview_at": reverse("quote_preview", args=[engagement.pk]),
        "rows_at": reverse("quote_rows", args=[engagement.pk]),
        "lists": lists,
        "tariff": tariff,
        "miles": quotes.miles_to(engagement),
        "levels": LEVELS,
        "tiers": TIERS,
        "conditions": CONDITIONS,
        "charge_kinds": CHARGES,
        "risk_kinds": RISKS,
        "usual_risks": Domain(engagement.domain).described.risks,
        "severities": SEVERITIES,
        "strategies": ways.STRATEGIES,
        "likelihoods": LIKELIHOODS,
        "modes": [*MODES, SHARED] if tariff.saving_share else MODES,
        "categories": [(one.value, one.value.replace("_", " ").capitalize()) for one in TaxCategory],
        "pieces": [(name, one.words) for name, one in tariff.pieces.items()],
        "bearing": [("true", "Bears data")],
        "returns": [("true", "Not taken back")],
        "fee": quotes.charged_fee(engagement),
    }


def _to_quote(result: Any) -> str:
    return reverse("quote", args=[result.pk])


_SAVED = "Kept. Attach the suppliers' offers, then have it reviewed."
urlpatterns = [
    path("engagements/<int:engagement_id>/quote", page(quote_build), name="quote_build"),
    path("engagements/<int:engagement_id>/quote/rows", reading(quote_rows), name="quote_rows"),
    path("engagements/<int:engagement_id>/quote/preview", reading(quote_preview), name="quote_preview"),
    path(
        "engagements/<int:engagement_id>/quote/draft_quote",
        deed(drafting.draft_quote, on=quote_build, done=_SAVED, to=_to_quote),
        name="draft_quote",
    ),
    path("quotes/<int:quote_id>/edit", page(quote_edit), name="quote_edit"),
    path(
        "quotes/<int:quote_id>/edit/revise_quote",
        deed(drafting.revise_quote, on=quote_edit, done=_SAVED, to=_to_quote),
        name="revise_quote",
    ),
]
