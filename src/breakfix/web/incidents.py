"""Engagements: the list, and the page where a failure is reported. The desk is a page file of its own."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.agreements import queries as agreements
from breakfix.agreements.values import Channel
from breakfix.assets import queries as assets
from breakfix.incidents import alike
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import reporting
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, Side, require
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.parties import queries as parties
from breakfix.web import questions
from breakfix.web.agreement_inputs import CHANNELS
from breakfix.web.door import Visit, deed, page, reading
from breakfix.web.find import words_in

PER_PAGE = 50
OVER = (Status.CLOSED, Status.CANCELLED, Status.DECLINED)


def engagements(visit: Visit) -> HttpResponse:
    """Everything the reader can see, latest first; `words` searches number and title, `over=1` shows what is over."""
    asked = visit.request.GET
    words, over, start = words_in(asked), asked.get("over") == "1", _start(asked.get("from", ""))
    rows = incidents.visible_to(visit.by)
    rows = rows.filter(status__in=OVER) if over else rows.exclude(status__in=OVER)
    for word in words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(number__icontains=word))
    shown = list(rows[start : start + PER_PAGE + 1])
    context = {
        "engagements": shown[:PER_PAGE],
        "words": words,
        "over": over,
        "before": max(start - PER_PAGE, 0) if start else None,
        "after": start + PER_PAGE if len(shown) > PER_PAGE else None,
    }
    return visit.page("web/engagements.html", context)


def _start(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


# ----------------------------------------------------------------------------------------- report a failure


def report(visit: Visit) -> HttpResponse:
    """The questionnaire: for somebody of the client, or for the desk on behalf of one."""
    require(visit.by, Deed.REPORT_FAILURE)
    client = visit.by.side is Side.CLIENT
    providers, elsewhere = _providers(visit) if client else (_own(visit), [])
    if elsewhere and not providers:
        # A form that cannot be sent helps nobody at night: the ways that were agreed do.
        return visit.page("web/report_elsewhere.html", {"elsewhere": elsewhere}, status=questions.status_of(visit))
    mine = list(assets.assets_visible_to(visit.by))
    wanted = visit.request.GET.get("asset", "") or visit.typed.values.get("asset_id", "")
    chosen = next((one for one in mine if str(one.pk) == wanted), None)
    choices = [(one.pk, _named(one, visit.at)) for one in mine]
    # A label leads here with its machine: what breaks is mostly of the kind that broke on it before.
    guessed = alike.last_domain(chosen.pk, visit.by) if chosen else ""
    sites = [one for one in parties.sites_visible_to(visit.by) if not one.organisation.is_provider]
    context = {
        "assets": choices,
        "chosen": chosen,
        "stranger": bool(wanted) and chosen is None,
        **(_elsewhere(chosen, visit.at) if chosen else {}),
        "sites": [(one.pk, f"{one.name}, {one.organisation.name}") for one in sites],
        "providers": providers,
        "elsewhere": elsewhere,
        "held": agreements.credit_holds_on(visit.by) if client else [],
        "ended": agreements.ended_for(visit.by.organisation_id or 0, visit.at) if client else [],
        "requesters": [] if client else _clients_people(visit),
        "people": _both_sides(visit),
        "domains": questions.DOMAINS,
        "guessed": guessed,
        **questions.about(visit.typed.values.get("domain", guessed)),
        "questions": questions.for_side(visit.by.side),
        "began": visit.at - timedelta(minutes=5),
        "duty_ends": questions.DUTY_ENDS,
    }
    return visit.page("web/report.html", context, status=questions.status_of(visit))


def _named(asset: Any, at: datetime) -> str:
    """A machine as one chooses it; who repairs it free of charge is said before anybody else is called."""
    free = f", under warranty until {asset.warranty_until}" if _is_under_warranty(asset, at) else ""
    return f"{asset.name}, {asset.site.name} ({asset.maker} {asset.model}){free}"


def _is_under_warranty(asset: Any, at: datetime) -> bool:
    return asset.warranty_until is not None and _today(asset, at) <= asset.warranty_until


def _today(asset: Any, at: datetime) -> date:
    return local_date(micros(at), asset.site.zone)


def _elsewhere(asset: Any, at: datetime) -> dict[str, list[str]]:
    """Who owes the repair of this machine already, in words, or can do it: nobody shall pay twice (domain.md A5)."""
    covered = [f"its vendor's warranty until {asset.warranty_until}"] if _is_under_warranty(asset, at) else []
    day = _today(asset, at)
    covers = assets.covers_of(asset.client_id, asset_id=asset.pk, site_id=asset.site_id, domain="", day=day)
    covered += [str(one) for one in covers if not one.facts.is_own]
    return {"covered": covered, "own_people": [one.facts.named for one in covers if one.facts.is_own]}


def report_questions(visit: Visit) -> HttpResponse:
    """The form again with what the chosen domain asks, and everything that was typed; nothing is kept."""
    return report(questions.again(visit, reporting.report_failure, reverse("report_failure")))


def _own(visit: Visit) -> list[tuple[int, str]]:
    organisation_id = visit.by.organisation_id or 0
    return [(organisation_id, parties.get_organisation(organisation_id, by=visit.by).name)]


def _providers(visit: Visit) -> tuple[list[tuple[int, str]], list[tuple[str, str]]]:
    """Whom the client can call on this page, and who is called by other ways only, with these."""
    ways = agreements.ways_in(visit.by.organisation_id or 0, visit.at)
    here = [(one.pk, one.name) for one, agreed in ways if Channel.PORTAL in agreed]
    words = dict(CHANNELS)
    elsewhere = [
        (one.name, ", ".join(words[way].lower() for way in agreed))
        for one, agreed in ways
        if Channel.PORTAL not in agreed
    ]
    return here, elsewhere


def _clients_people(visit: Visit) -> list[tuple[int, str]]:
    people = parties.people_visible_to(visit.by)
    return [(one.pk, f"{one.name}, {one.organisation.name}") for one in people if not one.organisation.is_provider]


def _both_sides(visit: Visit) -> list[tuple[int, str]]:
    people = parties.people_visible_to(visit.by).exclude(pk=visit.by.person_id or 0)
    return [(one.pk, f"{one.name}, {one.organisation.name}") for one in people]


def _to_engagement(result: Any) -> str:
    return reverse("engagement", args=[result.pk])


_REPORTED = "Reported. The clocks run; the desk has been told."
urlpatterns = [
    path("engagements", page(engagements), name="engagements"),
    path("engagements/new", page(report), name="report"),
    path("engagements/new/questions", reading(report_questions), name="report_questions"),
    path(
        "engagements/new/report_failure",
        deed(reporting.report_failure, on=report, done=_REPORTED, to=_to_engagement),
        name="report_failure",
    ),
]
