"""The editor of an agreement: a new draft, its 38 fields by section, what is missing, and the next version."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from breakfix.agreements import queries as agreements
from breakfix.agreements.actions import draft_agreement, revise_agreement, withdraw_version
from breakfix.agreements.clauses.fields import SECTIONS
from breakfix.kernel.access import Deed, Side, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parties import queries as parties
from breakfix.web.agreement_asked import section_after
from breakfix.web.agreement_reading import drawn, terms_of
from breakfix.web.door import NOT_FIELDS, Visit, deed, page

NEXT = "next"  # the form that begins the next version


def agreement_new(visit: Visit) -> HttpResponse:
    """A first draft: with whom, who answers for it, and what it begins from."""
    require(visit.by, Deed.DRAFT_AGREEMENT)
    had = set(agreements.agreements_visible_to(visit.by).values_list("client_id", flat=True))
    known = parties.organisations_visible_to(visit.by).filter(side=Side.CLIENT.value)
    clients = [one for one in known if one.pk not in had]
    context = {
        "provider_id": visit.by.organisation_id,
        "clients": [(one.pk, one.name) for one in clients],
        "people": _accountable(visit, visit.by.organisation_id),
        "templates": [(key, name) for key, name, _ in agreements.templates()],
        "notes": [note for _, _, note in agreements.templates()],
    }
    return visit.page("web/agreements/new.html", context)


def agreement_edit(visit: Visit, version_id: int) -> HttpResponse:
    """Every field with its answer, section by section; a refused section is shown again with what was typed."""
    version, latest = _open(visit, version_id)
    section = visit.typed.values.get("section", "") if visit.typed.refusal else ""
    if section in SECTIONS and version.is_open:
        return _section(visit, version, section)
    answers = agreements.answers_in(version)
    missing = [one for one in answers if one.lacking]
    sections = [
        {
            "key": key,
            "name": name,
            "answers": [one for one in answers if one.field.section == key],
            "open": sum(1 for one in missing if one.field.section == key),
        }
        for key, name in SECTIONS.items()
    ]
    context = {
        "agreement": version.agreement,
        "version": version,
        "signed": version.is_signed,
        "is_latest": latest.pk == version.pk,
        "latest": latest,
        "following": latest.version + 1,
        "sections": sections,
        "missing": missing,
        "done": len(answers) - len(missing),
        "total": len(answers),
        "next_open": next((one["key"] for one in sections if one["open"]), ""),
    }
    return visit.page("web/agreements/edit.html", context)


def agreement_section(visit: Visit, version_id: int, section: str) -> HttpResponse:
    """The form of one section; what is signed leads back to the overview, which begins the next version."""
    if section not in SECTIONS:
        raise NotFound("This section")
    version, _ = _open(visit, version_id)
    if not version.is_open:
        return HttpResponseRedirect(reverse("agreement_edit", args=[version.pk]), status=303)
    return _section(visit, version, section)


def _open(visit: Visit, version_id: int) -> tuple[Any, Any]:
    version = agreements.get_version(version_id, visit.by)
    require(visit.by, Deed.REVISE_AGREEMENT, org=version.agreement.party_ids)
    return version, agreements.latest_version(version.agreement)


def _section(visit: Visit, version: Any, section: str) -> HttpResponse:
    terms = version.parsed.to_json()
    after = section_after(section)
    context = {
        "agreement": version.agreement,
        "version": version,
        "section": section,
        "section_name": SECTIONS[section],
        "fields": drawn(section, terms, agreements.answers_in(version), visit.typed, _sites(visit, version)),
        "people": _people_for(visit, version),
        "sections": list(SECTIONS.items()),
        "after": after,
        "starts": None if version.starts_on_signature else version.effective_at,
        "follow": reverse("agreement_section", args=[version.pk, after])
        if after
        else reverse("agreement_edit", args=[version.pk]),
    }
    return visit.page("web/agreements/section.html", context)


def _sites(visit: Visit, version: Any) -> list[str]:
    """The client's sites that the reader knows of."""
    known = parties.sites_visible_to(visit.by).filter(organisation=version.agreement.client_id)
    return list(known.values_list("name", flat=True))


def _accountable(visit: Visit, provider_id: int | None) -> list[tuple[int, str]]:
    people = parties.people_visible_to(visit.by).filter(organisation=provider_id, is_active=True)
    return [(one.pk, one.name) for one in people]


def _people_for(visit: Visit, version: Any) -> list[tuple[int, str]]:
    """Who may answer for it: the provider's people, as far as the reader knows them, and whoever does now."""
    now = version.accountable_person
    found = dict(_accountable(visit, version.agreement.provider_id))
    return sorted({**found, now.pk: now.name}.items(), key=lambda one: one[1])


def _typed_section(visit: Visit, given: dict[str, Any], version_id: int) -> dict[str, Any]:
    """What one section's form gives to `revise_agreement`; whatever other sections say stays as it is."""
    version = agreements.get_version(version_id, visit.by)
    shown, section = str(given.get("shown_sha256", "")), str(given.get("section", NEXT))
    if section not in {NEXT, *SECTIONS}:
        raise Refused("invalid_field", "This form belongs to no section.", field="section")
    if version.is_open == (section == NEXT):
        words = "is a draft already; edit it" if version.is_open else "is closed; begin the next one first"
        raise Refused("wrong_state", f"This version {words}.")
    if section == NEXT:
        wanted = given.get("accountable_person_id")
        return {"terms": {}, "shown_sha256": shown} | ({"accountable_person_id": wanted} if wanted else {})
    flat = {name: str(value) for name, value in visit.request.POST.items() if name not in NOT_FIELDS}
    sent: dict[str, Any] = {"terms": terms_of(section, flat), "shown_sha256": shown}
    sent["effective_at"] = None if version.starts_on_signature else version.effective_at
    if section == "parties":
        sent["effective_at"] = flat.get("effective_at") or None
        if (person := flat.get("accountable_person_id", "")) != str(version.accountable_person_id):
            sent["accountable_person_id"] = person or None
    return {name: value for name, value in sent.items() if value is not None}


def _to_editor(version: Any) -> str:
    return reverse("agreement_edit", args=[version.pk])


_AT = "agreements/versions/<int:version_id>/edit"
urlpatterns = [
    path("agreements/new", page(agreement_new), name="agreement_new"),
    path(
        "agreements/new/draft_agreement",
        deed(draft_agreement, on=agreement_new, done="Drafted. Nothing binds until both have signed.", to=_to_editor),
        name="draft_agreement",
    ),
    path(_AT, page(agreement_edit), name="agreement_edit"),
    path(
        f"{_AT}/revise_agreement",
        deed(revise_agreement, on=agreement_edit, done="Saved.", to=_to_editor, reads=_typed_section),
        name="revise_agreement",
    ),
    path(
        f"{_AT}/withdraw_version",
        deed(withdraw_version, on=agreement_edit, done="Withdrawn. Nobody can sign it any more.", to=_to_editor),
        name="withdraw_version",
    ),
    path(f"{_AT}/<slug:section>", page(agreement_section), name="agreement_section"),
]
