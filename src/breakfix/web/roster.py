"""The provider's roster: who can be sent with which certificates, and the cover behind them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.agreements import queries as agreements
from breakfix.kernel.access import Deed, Role, Side, require
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.parties import queries as parties
from breakfix.roster import actions
from breakfix.roster import queries as roster
from breakfix.roster.values import ClearanceKind, InsuranceKind, Validity
from breakfix.web import questions
from breakfix.web.door import Visit, deed, page

READERS = roster.READERS
SOON = timedelta(days=30)
INSURANCE_WORDS = {
    InsuranceKind.GENERAL_LIABILITY: "General liability",
    InsuranceKind.PROFESSIONAL: "Professional liability",
    InsuranceKind.CYBER: "Cyber liability",
    InsuranceKind.WORKERS_COMP: "Workers' compensation",
}
CLEARANCE_WORDS = {
    ClearanceKind.BACKGROUND: "Background check",
    ClearanceKind.NDA: "Non-disclosure agreement",
    ClearanceKind.CLIENT_CLEARANCE: "The client's own clearance",
}
LEVELS = [(1, "L1"), (2, "L2"), (3, "L3"), (4, "L4")]
VALIDITY_WORDS = {
    Validity.FIXED_TERM: "for a fixed term",
    Validity.LIFETIME: "for life, if verified within the year",
    Validity.VERSION_BOUND: "while the client accepts its version",
}


def people(visit: Visit) -> HttpResponse:
    """Everybody on the roster with what they hold, and what ends soon."""
    provider_id, today = _provider(visit), _today(visit)
    technicians = [_line(one, today) for one in roster.technicians_of(provider_id)]
    ends = [{"expiry": one, "left": _left(one.days_left)} for one in roster.expiries(today, provider_id=provider_id)]
    return visit.page("web/roster/people.html", {"technicians": technicians, "ends": ends, "today": today})


def technician(visit: Visit, technician_id: int) -> HttpResponse:
    """One technician: certificates with their kind of validity, clearances, and the desk's forms."""
    provider_id, today = _provider(visit), _today(visit)
    found = roster.get_technician(technician_id, by=visit.by)
    if found.provider_id != provider_id:
        raise NotFound("This technician")
    clients = [one for one in parties.organisations_visible_to(visit.by) if not one.is_provider]
    context = {
        **_line(found, today),
        "today": today,
        "clearances": [_cleared(one, today) for one in found.clearances.all()],
        "codes": [(row.code, f"{row.code}: {row.name}") for row in roster.catalogue()],
        "clients": [(one.pk, one.name) for one in clients],
        "clearance_kinds": [(kind.value, words) for kind, words in CLEARANCE_WORDS.items()],
    }
    return visit.page("web/roster/technician.html", context)


def technician_new(visit: Visit) -> HttpResponse:
    """The form that puts somebody on the roster: people of the provider with the role who are not on it yet."""
    provider_id = _provider(visit)
    require(visit.by, Deed.ENROL_TECHNICIAN)
    on_it = {one.person_id for one in roster.technicians_of(provider_id)}
    able = parties.people_with(Role.TECHNICIAN, provider_id, visit.at)
    context = {
        "choices": [(one.pk, one.name) for one in able if one.pk not in on_it],
        "levels": LEVELS,
        "domains": questions.DOMAINS,
        "currency": parties.get_organisation(provider_id, by=visit.by).currency,
        "today": _today(visit),
    }
    return visit.page("web/roster/new.html", context)


def certificate(visit: Visit, certificate_id: int) -> HttpResponse:
    """A certificate is dealt with on its holder's page."""
    return technician(visit, roster.get_certificate(certificate_id, by=visit.by).technician_id)


def insurance(visit: Visit) -> HttpResponse:
    """Every policy on record, and for each agreement in force whether the gate is open."""
    provider_id, today = _provider(visit), _today(visit)
    policies = list(roster.insurance_of(provider_id))
    context = {
        "provider_id": provider_id,
        "kinds": [_kind(kind, [one for one in policies if one.kind == kind], today) for kind in InsuranceKind],
        "gates": [_gate(one, visit) for one in agreements.clients_of(provider_id, visit.at)],
        "kind_choices": [(kind.value, words) for kind, words in INSURANCE_WORDS.items()],
        "today": today,
    }
    return visit.page("web/roster/insurance.html", context)


def insurance_of(visit: Visit, provider_id: int) -> HttpResponse:
    """The register as it is addressed by whose it is; nobody reads another provider's."""
    if provider_id != _provider(visit):
        raise NotFound("This register")
    return insurance(visit)


# ------------------------------------------------------------------------------------------- what is shown


def _provider(visit: Visit) -> int:
    """The reader's own provider; clients and field staff have no roster to read."""
    if visit.by.side is not Side.PROVIDER or not visit.by.roles & READERS or visit.by.organisation_id is None:
        raise NotFound("The roster")
    return visit.by.organisation_id


def _today(visit: Visit) -> date:
    zone = parties.get_organisation(_provider(visit), by=visit.by).zone
    return local_date(micros(visit.at), zone)


def _line(found: Any, today: date) -> dict[str, Any]:
    held = [_held(one, today) for one in found.certificates.all()]
    return {
        "technician": found,
        "skills": [skill.domain for skill in found.skills.all()],
        "certificates": held,
    }


def _held(held: Any, today: date) -> dict[str, Any]:
    lasts = roster.counts_until(held)
    state = "unverified" if held.verified_on is None else _state(lasts, today)
    validity = VALIDITY_WORDS[Validity(held.certification.validity)]
    files = [held.evidence] if held.evidence else []
    return {"held": held, "lasts": lasts, "state": state, "validity": validity, "files": files}


def _cleared(one: Any, today: date) -> dict[str, Any]:
    return {"clearance": one, "words": CLEARANCE_WORDS[one.kind], "state": _state(one.valid_until, today)}


def _left(days: int) -> str:
    if days <= 0:
        return "over" if days < 0 else "today is the last day"
    return "1 day left" if days == 1 else f"{days} days left"


def _state(until: date | None, today: date) -> str:
    if until is None:
        return "open"
    return "ended" if until < today else "soon" if until - today <= SOON else "current"


def _kind(kind: InsuranceKind, policies: Iterable[Any], today: date) -> dict[str, Any]:
    rows = [{"policy": one, "state": _state(one.valid_until, today)} for one in policies]
    current = [row for row in rows if row["policy"].valid_from <= today and row["state"] != "ended"]
    zero: Money | None = None
    cover = max((row["policy"].per_claim for row in current), key=lambda one: one.minor, default=zero)
    return {"words": INSURANCE_WORDS[kind], "rows": rows, "current": bool(current), "cover": cover}


def _gate(client: Any, visit: Visit) -> dict[str, Any]:
    """Whether work for this client may begin under our cover as it is today, by what is missing."""
    version = agreements.in_force(client.pk, _provider(visit), visit.at)
    shut: dict[tuple[str, ...], list[str]] = {}
    open_for = []
    for domain, *gaps in agreements.cover_gaps(version, visit.at):
        if gaps:
            shut.setdefault(tuple(gaps), []).append(domain)
        else:
            open_for.append(domain)
    return {"client": client, "version": version, "open_for": open_for, "shut": list(shut.items())}


def _to_technician(result: Any) -> str:
    return reverse("technician", args=[result.pk])


_ONE = "roster/<int:technician_id>"
urlpatterns = [
    path("roster", page(people), name="roster"),
    path("roster/new", page(technician_new), name="technician_new"),
    path(
        "roster/new/enrol_technician",
        deed(
            actions.enrol_technician,
            on=technician_new,
            done="On the roster. Add what they hold before anybody sends them.",
            to=_to_technician,
        ),
        name="enrol_technician",
    ),
    path("roster/insurance", page(insurance), name="insurance"),
    path("roster/insurance/<int:provider_id>", page(insurance_of), name="insurance_of"),
    path(
        "roster/insurance/<int:provider_id>/record_insurance",
        deed(actions.record_insurance, on=insurance_of, done="On record. The gate counts it from now on."),
        name="record_insurance",
    ),
    path(_ONE, page(technician), name="technician"),
    path(
        f"{_ONE}/record_certification",
        deed(actions.record_certification, on=technician, done="On record; it counts once it is verified."),
        name="record_certification",
    ),
    path(
        f"{_ONE}/record_clearance",
        deed(actions.record_clearance, on=technician, done="On record."),
        name="record_clearance",
    ),
    path(f"{_ONE}/plan_shift", deed(actions.plan_shift, on=technician, done="Planned."), name="plan_shift"),
    path("certificates/<int:certificate_id>", page(certificate), name="certificate"),
    path(
        "certificates/<int:certificate_id>/verify_certification",
        deed(actions.verify_certification, on=certificate, done="Verified with its issuer, today."),
        name="verify_certification",
    ),
]
