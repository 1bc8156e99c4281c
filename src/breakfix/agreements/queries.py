"""Which agreements somebody may see, and which version governed an instant."""

from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any, TypeVar

import yaml
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from breakfix.agreements import rules
from breakfix.agreements.clauses.fields import Answer
from breakfix.agreements.models import Agreement, AgreementVersion, CreditHold
from breakfix.agreements.values import CalendarTerms, Channel, Difference, HolidaysHeld, VersionStatus
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.parties.models import Organisation, Site
from breakfix.roster import queries as roster
from breakfix.roster.rules import insurance_gaps

Found = TypeVar("Found", bound=Model)
SIGNED = (VersionStatus.SIGNED.value, VersionStatus.ENDED.value)


def _sides(actor: Actor, path: str) -> Q:
    """Both sides read all of it, except who only does field work: they are not shown what it costs."""
    if actor.is_machine:
        return Q()
    if not actor.roles or actor.field_only:
        return Q(pk__in=[])
    return Q(**{f"{path}provider": actor.organisation_id}) | Q(**{f"{path}client": actor.organisation_id})


def agreements_visible_to(by: Actor) -> QuerySet[Agreement]:
    """The agreements of one's own organisation, with both parties."""
    return Agreement.objects.filter(_sides(by, "")).select_related("provider", "client").order_by("number", "id")


def versions_visible_to(by: Actor) -> QuerySet[AgreementVersion]:
    """Their versions, latest first, with everything a page prints."""
    versions = AgreementVersion.objects.filter(_sides(by, "agreement__")).select_related(
        "agreement__provider",
        "agreement__client",
        "accountable_person",
        "provider_signed_by",
        "client_signed_by",
    )
    return versions.order_by("agreement", "-version")


def get_agreement(agreement_id: int, by: Actor) -> Agreement:
    """This agreement, or NotFound."""
    return _one(agreements_visible_to(by), agreement_id, "This agreement")


def get_version(version_id: int, by: Actor) -> AgreementVersion:
    """This version, or NotFound."""
    return _one(versions_visible_to(by), version_id, "This version")


def lock_agreement(agreement_id: int, by: Actor) -> Agreement:
    """As `get_agreement`, held until the end of the deed: whoever holds it may write its versions."""
    return _one(agreements_visible_to(by).select_for_update(of=("self",)), agreement_id, "This agreement")


def _of(agreement: Agreement) -> QuerySet[AgreementVersion]:
    related = ("agreement__provider", "agreement__client", "accountable_person")
    return AgreementVersion.objects.select_related(*related).filter(agreement=agreement)


def latest_version(agreement: Agreement) -> AgreementVersion:
    """The version with the highest number, signed or not."""
    return _of(agreement).latest("version")


def signed_before(version: AgreementVersion) -> AgreementVersion | None:
    """The signed version that this one follows, or None for the first."""
    earlier = AgreementVersion.objects.filter(
        agreement=version.agreement_id, version__lt=version.version, status__in=SIGNED
    )
    return earlier.select_related("agreement").order_by("-version").first()


def last_signed(agreement_id: int) -> AgreementVersion | None:
    """The signed version that no later one has followed, whether it has begun, goes on or has ended."""
    rows = AgreementVersion.objects.filter(agreement=agreement_id, status__in=SIGNED)
    related = ("agreement__provider", "agreement__client", "ended_by")
    return rows.select_related(*related).order_by("-version").first()


def changes_of(version: AgreementVersion) -> list[Difference]:
    """What this version changes against the signed one before it; nothing for the first."""
    before = signed_before(version)
    return list(rules.differences(_as_stored(before), _as_stored(version))) if before else []


def _as_stored(version: AgreementVersion) -> dict[str, Any]:
    """What a version stores and no default: in the order of the clauses, which PostgreSQL does not keep."""
    found: dict[str, Any] = rules.in_order(version.terms, version.parsed.to_json())
    return found


def answers_in(version: AgreementVersion) -> list[Answer]:
    """Each of the 38 fields with what the parties said about it: as long as one is missing, nobody can sign."""
    return rules.answered(version.parsed)


@lru_cache(maxsize=1)
def _wordings() -> dict[str, dict[str, Any]]:
    folder = resources.files("breakfix.agreements") / "wordings"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return {file.name.removesuffix(".yaml"): yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def templates() -> list[tuple[str, str, str]]:
    """What a draft may begin from: (short name, name, what to mind)."""
    return [(key, wording["name"], wording["note"]) for key, wording in _wordings().items()]


def template_terms(name: str) -> dict[str, Any]:
    """The terms of one template, all but the two's own fields agreed; nothing for the empty name."""
    if not name:
        return {}
    wording = _wordings().get(name)
    if wording is None:
        raise Refused("no_template", "There is no such template to begin from.", field="template")
    return rules.taken_over(wording["terms"])


def domains_named() -> set[str]:
    """Every domain that a stored version names, as stored: terms that name an unknown one cannot be parsed."""
    found: set[str] = set()
    for terms in AgreementVersion.objects.values_list("terms", flat=True).iterator():
        found.update(rules.domains_of(terms))
    return found


# ------------------------------------------------------------------------------------------ in force


def versions_in_force(at: datetime) -> QuerySet[AgreementVersion]:
    """Every version that governs this instant: [effective_at, ends_at)."""
    current = Q(ends_at=None) | Q(ends_at__gt=at)
    versions = AgreementVersion.objects.filter(current, status__in=SIGNED, effective_at__lte=at)
    return versions.select_related("agreement__provider", "agreement__client", "accountable_person")


def find_in_force(client_id: int, provider_id: int, at: datetime) -> AgreementVersion | None:
    """The version under which these two do business at an instant, or None."""
    pair = versions_in_force(at).filter(agreement__client=client_id, agreement__provider=provider_id)
    return pair.first()


def is_in_force(client_id: int, provider_id: int, at: datetime) -> bool:
    """Whether these two do business at an instant."""
    pair = versions_in_force(at).filter(agreement__client=client_id, agreement__provider=provider_id)
    return pair.exists()


def agreed_between(client: str, provider: str, at: Any) -> Exists:
    """As `is_in_force` for each row of another table, in the same question: these fields of it name the two.

    `at` is an instant, or the row's own as an OuterRef.
    """
    current = Q(ends_at=None) | Q(ends_at__gt=at)
    versions = AgreementVersion.objects.filter(current, status__in=SIGNED, effective_at__lte=at)
    return Exists(versions.filter(agreement__client=OuterRef(client), agreement__provider=OuterRef(provider)))


def in_force(client_id: int, provider_id: int, at: datetime) -> AgreementVersion:
    """As `find_in_force`, but refuses: nothing is done between two who have agreed on nothing."""
    version = find_in_force(client_id, provider_id, at)
    if version is None:
        check_not_ended(client_id, provider_id, at)
        message = "No agreement between this client and this provider is in force; sign one first."
        raise Refused("no_agreement", message, field="provider_id")
    return version


def ended_for(client_id: int, at: datetime) -> list[AgreementVersion]:
    """What has ended by notice for this client, and nothing has followed: why nobody is there to be called.

    `next_at` is when a next version begins that both have signed.
    """
    current = versions_in_force(at).filter(agreement__client=client_id)
    gone = AgreementVersion.objects.filter(agreement__client=client_id, ended_because__isnull=False, ends_at__lte=at)
    gone = gone.exclude(agreement__in=current.values("agreement")).select_related("agreement__provider")
    following = AgreementVersion.objects.filter(
        agreement=OuterRef("agreement"), status__in=SIGNED, effective_at__gt=at
    )
    gone = gone.annotate(next_at=Subquery(following.order_by("effective_at").values("effective_at")[:1]))
    latest = {one.agreement_id: one for one in gone.order_by("ends_at", "id")}
    return sorted(latest.values(), key=lambda one: (one.agreement.provider.name, one.pk))


def check_not_ended(client_id: int, provider_id: int, at: datetime) -> None:
    """Refuse what is new between two of whom one has ended the agreement; say when, and when the next one begins."""
    signed = AgreementVersion.objects.filter(
        agreement__client=client_id, agreement__provider=provider_id, status__in=SIGNED
    )
    begun = signed.filter(effective_at__lte=at).select_related("agreement__client")
    last = begun.order_by("-version").first()
    if last is None or not last.is_given_notice or last.ends_at is None or last.ends_at > at:
        return
    zone = last.agreement.client.zone
    message = f"Agreement {last.agreement.number} ended {rules.said_in(last.ends_at, zone)}"
    following = signed.filter(effective_at__gt=at).order_by("version").first()
    if following is not None and following.effective_at is not None:
        starts = rules.said_in(following.effective_at, zone)
        message += f", and version {following.version} begins {starts}: until then nothing new is reported under it."
        remedy = "What was opened before goes on. Report again from then on."
    else:
        message += ": nothing new is reported under it."
        remedy = "What was opened before goes on. Both sides can sign a next version."
    raise Refused("agreement_ended", message, remedy=remedy, field="provider_id")


def providers_for(client_id: int, at: datetime) -> list[Organisation]:
    """The providers a client may call at an instant, by name."""
    versions = versions_in_force(at).filter(agreement__client=client_id)
    return [version.agreement.provider for version in versions.order_by("agreement__provider__name", "id")]


def ways_in(client_id: int, at: datetime) -> list[tuple[Organisation, tuple[Channel, ...]]]:
    """The providers a client may call at an instant, each with the ways that were agreed; none named means all."""
    versions = versions_in_force(at).filter(agreement__client=client_id)
    rows = versions.order_by("agreement__provider__name", "id")
    return [(one.agreement.provider, one.parsed.triage.channels or tuple(Channel)) for one in rows]


def clients_of(provider_id: int, at: datetime) -> list[Organisation]:
    """The clients whom a provider serves at an instant, by name."""
    versions = versions_in_force(at).filter(agreement__provider=provider_id)
    return [version.agreement.client for version in versions.order_by("agreement__client__name", "id")]


def cover_gaps(version: AgreementVersion, at: datetime) -> list[tuple[str, ...]]:
    """What the provider's cover lacks at `at`, for each domain in scope: (domain, gap, ...).

    No gap opens the gate (domain.md §4.11). The days are those of the provider's zone; dispatch asks the same rule
    again, for the site and through the planned end.
    """
    agreement, terms = version.agreement, version.parsed
    zone = agreement.provider.zone
    first = AgreementVersion.objects.filter(agreement=agreement, effective_at__isnull=False).order_by("effective_at")
    began = first.values_list("effective_at", flat=True).first()
    policies = [policy.facts for policy in roster.insurance_of(agreement.provider_id)]

    def gaps(domain: str) -> list[str]:
        return insurance_gaps(
            policies,
            terms=terms.insurance,
            currency=agreement.currency,
            domain=domain,
            insured=agreement.provider.legal_name,
            at=at,
            through=at,
            zone=zone,
            agreement_began_on=local_date(micros(began), zone) if began else None,
        )

    return [(domain.value, *gaps(domain.value)) for domain in terms.scope.domains]


def calendar_for(version: AgreementVersion, site: Site) -> Calendar:
    """The business hours agreed for a site, in its zone; snapshot it with whatever it governs."""
    return rules.business_calendar(version.parsed.calendar.of_site(site.name), site.zone)


def holidays_of(version: AgreementVersion) -> tuple[HolidaysHeld, ...]:
    """Through which year each calendar of a version lists its holidays, by the clock of the client.

    From the calendar as stored: a domain that is known no more keeps nobody from being warned.
    """
    calendar = CalendarTerms.model_validate(version.terms.get("calendar", {}))
    return rules.holidays_held(calendar, version.agreement.client.zone)


def holidays_outlived(version: AgreementVersion) -> list[HolidaysHeld]:
    """The lists of holidays that end before the version itself does, as it stands."""
    ends = version.ends_at
    return [one for one in holidays_of(version) if ends is None or ends > one.ends_at]


def outlived_by(version: AgreementVersion, at: datetime) -> list[HolidaysHeld]:
    """Those of them that have ended at `at`, or will within 60 days."""
    return [one for one in holidays_outlived(version) if one.tell_at <= at]


def holidays_running_out(at: datetime) -> list[tuple[AgreementVersion, list[HolidaysHeld]]]:
    """Every version in force that outlives a list of its holidays soon, or has; for who keeps the installation."""
    versions = versions_in_force(at).order_by("agreement__number", "agreement_id")
    found = [(version, outlived_by(version, at)) for version in versions]
    return [(version, short) for version, short in found if short]


def next_in_force(agreement_id: int) -> AgreementVersion | None:
    """The signed version that no later one has replaced; it may begin later."""
    rows = AgreementVersion.objects.filter(agreement=agreement_id, status=VersionStatus.SIGNED)
    return rows.select_related("agreement__provider", "agreement__client").first()


# ------------------------------------------------------------------------------------------ credit


def credit_holds(agreement: Agreement, by: Actor) -> QuerySet[CreditHold]:
    """Every credit hold under an agreement, the latest first; for its two sides and nobody else."""
    rows = CreditHold.objects.filter(_sides(by, "agreement__"), agreement=agreement)
    return rows.select_related("placed_by", "lifted_by").order_by("-placed_at", "-id")


def find_credit_hold(agreement_id: int) -> CreditHold | None:
    """The credit hold that stands; the caller has decided who may know of it."""
    return CreditHold.objects.filter(agreement=agreement_id, lifted_at=None).first()


def credit_holds_on(by: Actor) -> list[CreditHold]:
    """What keeps this reader's own organisation, as a client, from being helped now, each with its agreement."""
    rows = CreditHold.objects.filter(_sides(by, "agreement__"), agreement__client=by.organisation_id, lifted_at=None)
    return list(rows.select_related("agreement__provider").order_by("id"))


def hold_credit(agreement_id: int) -> CreditHold | None:
    """As `find_credit_hold`, decided on: until the end of the deed none is placed and none lifted."""
    Agreement.objects.select_for_update(of=("self",)).filter(pk=agreement_id).first()
    return find_credit_hold(agreement_id)


def _one(rows: QuerySet[Found], row_id: int, what: str) -> Found:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise NotFound(what)
    return found
