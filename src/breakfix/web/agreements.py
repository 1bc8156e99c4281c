"""What a provider and a client agreed on, in words that both can check, and its signatures."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.agreements import queries as agreements
from breakfix.agreements.actions import end_agreement, sign_agreement
from breakfix.agreements.values import Priority
from breakfix.billing import queries as billing
from breakfix.documents.composing import agreement as composing
from breakfix.documents.sheet import Section
from breakfix.histories import queries as histories
from breakfix.histories.values import DocumentKind
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger.canonical import canonical, plain
from breakfix.web.differences import in_words
from breakfix.web.door import Visit, deed, page
from breakfix.web.engagement import HOLDS
from breakfix.web.looks import CLOCK_WORDS
from breakfix.web.questions import DOMAINS

EFFECTS = {
    "run": "runs",
    "pause": "stops",
    "pause_after_ack": "stops after the acknowledgement",
    "pause_from_evidence": "stops from the documented moment",
}
DAYS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}


def agreement_list(visit: Visit) -> HttpResponse:
    """The agreements of the reader's organisation with the version in force."""
    rows = list(agreements.agreements_visible_to(visit.by))
    current = {one.agreement_id: one for one in agreements.versions_in_force(visit.at).filter(agreement__in=rows)}
    lines = [{"agreement": one, "version": current.get(one.pk)} for one in rows]
    return visit.page("web/agreements.html", {"lines": lines})


def agreement(visit: Visit, agreement_id: int) -> HttpResponse:
    """The version asked for by number, else the one in force, else the latest."""
    found = agreements.get_agreement(agreement_id, visit.by)
    versions = list(agreements.versions_visible_to(visit.by).filter(agreement=found))
    wanted = visit.request.GET.get("version", "")
    if wanted:
        chosen = next((one for one in versions if str(one.version) == wanted), None)
        if chosen is None:
            raise NotFound("This version")
        return _shown(visit, chosen, versions)
    current = agreements.find_in_force(found.client_id, found.provider_id, visit.at)
    chosen = next((one for one in versions if current is not None and one.pk == current.pk), versions[0])
    return _shown(visit, chosen, versions)


def version(visit: Visit, version_id: int) -> HttpResponse:
    """One version, where it is signed."""
    chosen = agreements.get_version(version_id, visit.by)
    versions = list(agreements.versions_visible_to(visit.by).filter(agreement=chosen.agreement_id))
    return _shown(visit, chosen, versions)


def version_json(visit: Visit, version_id: int) -> HttpResponse:
    """The very bytes whose SHA-256 is signed; of a draft, what would be signed now."""
    chosen = agreements.get_version(version_id, visit.by)
    response = HttpResponse(canonical(chosen.content()), content_type="application/json")
    name = f"{chosen.agreement.number}-v{chosen.version}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(visit: Visit, chosen: Any, versions: list[Any]) -> HttpResponse:
    terms = chosen.parsed
    mine = chosen.agreement.provider_id == visit.by.organisation_id
    signed = chosen.provider_signed_at if mine else chosen.client_signed_at
    answers = agreements.answers_in(chosen)
    missing = [one for one in answers if one.lacking] if chosen.is_open else []
    context = {
        "agreement": chosen.agreement,
        "version": chosen,
        **_ending(visit, chosen.agreement),
        # An end that is set is not yet one: until then it is in force.
        "ending": {
            one.pk for one in versions if one.is_signed and one.ends_at is not None and one.ends_at > visit.at
        },
        "right_to_end": billing.right_to_end(chosen.agreement.provider_id, chosen.agreement.client_id, visit.at),
        "credit_holds": list(agreements.credit_holds(chosen.agreement, visit.by)),
        "versions": versions,
        "terms": terms,
        "changes": in_words(agreements.changes_of(chosen)),
        "missing": missing,
        "document": histories.document_of(DocumentKind.AGREEMENT, chosen, visit.by) if chosen.is_signed else None,
        "is_latest": versions[0].pk == chosen.pk,
        # What was signed before there were fields is shown as it is stored, without any of today's words.
        "overview": "statements" in chosen.terms,
        "sections": _wording(chosen),
        "can_sign": signed is None and chosen.is_open and not missing,
        "commitments": [(one.value, terms.commitments.of(one)) for one in Priority],
        "fees": [(name, terms.forensic.fees[key]) for key, name in DOMAINS if key in terms.forensic.fees],
        "scope": [(name, key in terms.scope.domains) for key, name in DOMAINS],
        "pauses": _pauses(terms),
        "clock_names": list(CLOCK_WORDS.values()),
        "hours": _hours(terms.calendar),
        "holidays": agreements.holidays_outlived(chosen),
        "short": agreements.outlived_by(chosen, visit.at) if chosen.is_signed else [],
        "site_hours": [(one, _hours(one)) for one in terms.calendar.sites],
        "taxes": list(terms.tax.rates.model_dump().items()),
        "emergency": list(terms.rates.emergency_dispatch.model_dump().items()),
    }
    return visit.page("web/agreement.html", context)


def _ending(visit: Visit, agreement: Any) -> dict[str, Any]:
    """That notice was given, and whether this reader still can."""
    last = agreements.last_signed(agreement.pk)
    given = last if last is not None and last.is_given_notice else None
    over = given is not None and given.ends_at is not None and given.ends_at <= visit.at
    return {"notice": given, "over": over, "can_end": last is not None and given is None}


def _wording(version: Any) -> tuple[Section, ...]:
    """Everything that is signed, from where the PDF takes it."""
    beside = {
        "provider": vars(version.agreement.provider),
        "client": vars(version.agreement.client),
        "accountable": version.accountable_person.name,
        "effective_at": plain(version.effective_at),
        "zone": version.agreement.client.zone,
    }
    content = version.content()
    parties = composing.intro(content, beside)
    return (*((Section("Parties", parties),) if parties else ()), *composing.body(content, beside))


def _hours(calendar: Any) -> list[tuple[str, str, str]]:
    return [(", ".join(DAYS[day] for day in one.days), one.opens, one.closes) for one in calendar.hours]


def _pauses(terms: Any) -> list[tuple[str, list[str]]]:
    """The pause table: a row for each reason of a hold, a cell for each clock."""
    rows = []
    for reason, words, _ in HOLDS:
        effects = [EFFECTS.get(str(terms.pauses.effect(reason, kind)), "runs") for kind in CLOCK_WORDS]
        rows.append((words, effects))
    return rows


urlpatterns = [
    path("agreements", page(agreement_list), name="agreements"),
    path("agreements/<int:agreement_id>", page(agreement), name="agreement"),
    path("agreements/versions/<int:version_id>", page(version), name="agreement_version"),
    path("agreements/versions/<int:version_id>/document", page(version_json), name="agreement_json"),
    path(
        "agreements/<int:agreement_id>/end_agreement",
        deed(end_agreement, on=agreement, done="Notice is given. Both sides' administrators are told."),
        name="end_agreement",
    ),
    path(
        "agreements/versions/<int:version_id>/sign_agreement",
        deed(sign_agreement, on=version, done="Signed."),
        name="sign_agreement",
    ),
]
