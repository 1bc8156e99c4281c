"""Keeping the roster: who is sent, what they hold, who cleared them, what covers them, when they are there."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from breakfix.kernel.access import Actor, Deed, Role, Side, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload, keep
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import File, Row
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.parties import queries as parties
from breakfix.parties import rules as party_rules
from breakfix.parties.models import Organisation
from breakfix.roster import queries, rules, steps
from breakfix.roster.models import Clearance, HeldCertification, Insurance, Shift, Skill, Technician
from breakfix.roster.values import Clear, ClearanceKind, Domain, InsuranceKind, Policy, Working


@transaction.atomic
def enrol_technician(
    person_id: int,
    *,
    level: int,
    domains: list[Domain],
    hourly_cost: Decimal,
    engaged_on: date,
    base_latitude: Decimal | None = None,
    base_longitude: Decimal | None = None,
    emergency_roster: bool = False,
    by: Actor,
    at: datetime,
) -> Technician:
    """Put a person of the provider on the roster: from now on dispatch may consider them."""
    person = parties.lock_person(person_id, by=by)
    provider = person.organisation
    require(by, Deed.ENROL_TECHNICIAN, org=provider.pk)
    rules.check_level(level)
    party_rules.check_coordinates(base_latitude, base_longitude)
    if Role.TECHNICIAN not in parties.actor_for(person).roles:
        message = "Give this person the role technician first, so that they can do what they are sent for."
        raise Refused("not_a_technician", message, field="person_id")
    if queries.technician_of(person_id) is not None:
        raise Refused("already_enrolled", "This person is on the roster already.", field="person_id")
    if not domains:
        raise Refused("missing_field", "Choose at least one domain.", field="domains")
    technician = Technician.objects.create(
        person=person,
        provider=provider,
        level=level,
        hourly_cost_minor=rules.amount(hourly_cost, provider.currency, "hourly_cost").minor,
        currency=provider.currency,
        base_latitude=party_rules.degrees(base_latitude),
        base_longitude=party_rules.degrees(base_longitude),
        emergency_roster=emergency_roster,
        engaged_on=engaged_on,
    )
    skills = [Skill.objects.create(technician=technician, domain=d.value) for d in dict.fromkeys(domains)]
    words = ", ".join(skill.domain for skill in skills)
    line = f"A technician of level {level} joined the roster for {words}."
    _tell("technician.enrolled", provider, line, [technician, *skills], by, at)
    return technician


@transaction.atomic
def record_certification(
    technician_id: int,
    *,
    code: str,
    issued_on: date,
    valid_until: date | None = None,
    number: str = "",
    version: str = "",
    evidence: Upload | None = None,
    by: Actor,
    at: datetime,
) -> HeldCertification:
    """Add a certificate; of a fixed term it ends after the catalogue's months unless its paper says otherwise."""
    technician = queries.lock_technician(technician_id, by=by)
    require(by, Deed.RECORD_CERTIFICATION, org=technician.provider_id)
    row = queries.catalogue_row(code)
    version = party_rules.text(version, "version", longest=40, required=False)
    number = party_rules.text(number, "number", longest=60, required=False)
    today = _today(technician.provider, at)
    rules.check_certificate(row.validity, issued_on=issued_on, valid_until=valid_until, version=version, today=today)
    certification = steps.copy_certification(row)
    same = HeldCertification.objects.filter(
        technician=technician, certification=certification, issued_on=issued_on, version=version
    )
    if same.exists():
        raise Refused("already_recorded", "This certificate is on record already.", field="code")
    # A person's certificate is for the provider's own eyes, also where a client may see the provider.
    files = _kept([evidence], f"{technician.provider.topic}@{Side.PROVIDER}", at)
    held = HeldCertification.objects.create(
        technician=technician,
        certification=certification,
        number=number,
        issued_on=issued_on,
        valid_until=valid_until or rules.default_end(row.validity, row.months, issued_on),
        version=version,
        evidence=files[0],
    )
    facts: dict[str, object] = {"certification": row, "valid_until": held.valid_until}
    line = f"Certificate {row.code} of a technician was recorded."
    changed = [held, *_rows(files)]
    _tell("certification.recorded", technician.provider, line, changed, by, at, facts)
    return held


@transaction.atomic
def verify_certification(certificate_id: int, *, by: Actor, at: datetime) -> HeldCertification:
    """State that the issuer confirmed this certificate today; a lifetime certificate counts only after this."""
    held = queries.lock_certificate(certificate_id, by=by)
    provider = held.technician.provider
    require(by, Deed.VERIFY_CERTIFICATION, org=provider.pk)
    today = _today(provider, at)
    own = by.person_id is not None and by.person_id == held.technician.person_id
    rules.check_can_verify(held.facts, own=own, today=today)
    held.verified_on, held.verified_by_id = today, by.person_id
    held.save(update_fields=["verified_on", "verified_by"])
    line = f"Certificate {held.certification.code} of a technician was verified with its issuer."
    _tell("certification.verified", provider, line, [held], by, at)
    return held


@transaction.atomic
def record_clearance(
    technician_id: int,
    *,
    client_id: int,
    kind: ClearanceKind,
    valid_until: date | None = None,
    by: Actor,
    at: datetime,
) -> Clearance:
    """State that a technician may work for this client, as far as this check goes; both sides' logs tell it."""
    technician = queries.lock_technician(technician_id, by=by)
    client = parties.get_organisation(client_id, by=by)
    require(by, Deed.RECORD_CLEARANCE, org=(technician.provider_id, client.pk))
    if client.is_provider:
        raise Refused("not_a_client", "Clearances are given for a client.", field="client_id")
    by_provider = by.side is Side.PROVIDER
    rules.check_clearance(kind, by_provider=by_provider, valid_until=valid_until, today=_today(client, at))
    wanted = Clear(kind, client.pk, valid_until)
    on_record = Clearance.objects.filter(technician=technician, client=client, kind=kind.value)
    if any(clearance.facts == wanted for clearance in on_record):
        raise Refused("already_recorded", "This clearance is on record already.", field="kind")
    clearance = Clearance.objects.create(
        technician=technician, client=client, kind=kind.value, valid_until=valid_until
    )
    record(
        "clearance.recorded",
        subject=clearance,
        by=by,
        at=at,
        to=[technician.provider_id, client.pk],
        topic=client.topic,
        line=f"{kind.value.replace('_', ' ').capitalize()} of a technician recorded for {client.name}.",
        changed=[clearance],
    )
    return clearance


@transaction.atomic
def record_insurance(
    provider_id: int,
    *,
    kind: InsuranceKind,
    insurer: str,
    policy_number: str,
    per_claim: Decimal,
    aggregate: Decimal,
    valid_from: date,
    valid_until: date,
    currency: str = "",
    named_insured: str = "",
    retro_date: date | None = None,
    additional_insured: bool = False,
    waiver_of_subrogation: bool = False,
    evidence: Upload | None = None,
    endorsement: Upload | None = None,
    by: Actor,
    at: datetime,
) -> Insurance:
    """Add a policy as its certificate states it; named insured and currency are the provider's unless said."""
    provider = parties.lock_organisation(provider_id, by=by)
    require(by, Deed.RECORD_INSURANCE, org=provider.pk)
    if not provider.is_provider:
        raise Refused("not_a_provider", "Cover is recorded for a provider.", field="provider_id")
    money = currency or provider.currency
    party_rules.check_currency(money)
    policy = Policy(
        kind=kind,
        insurer=party_rules.text(insurer, "insurer", longest=120),
        named_insured=party_rules.text(named_insured or provider.legal_name, "named_insured", longest=200),
        per_claim=rules.amount(per_claim, money, "per_claim"),
        aggregate=rules.amount(aggregate, money, "aggregate"),
        valid_from=valid_from,
        valid_until=valid_until,
        retro_date=retro_date,
    )
    promises = additional_insured or waiver_of_subrogation
    today = _today(provider, at)
    rules.check_policy(policy, endorsed=endorsement is not None, promises=promises, today=today)
    files = _kept([evidence, endorsement], provider.topic, at)
    insurance = _write_policy(provider, policy, policy_number, files, additional_insured, waiver_of_subrogation)
    line = f"{kind.value.replace('_', ' ').capitalize()} insurance until {valid_until} was recorded."
    _tell("insurance.recorded", provider, line, [insurance, *_rows(files)], by, at)
    return insurance


@transaction.atomic
def plan_shift(
    technician_id: int,
    *,
    starts_at: datetime,
    ends_at: datetime,
    on_call: bool = False,
    by: Actor,
    at: datetime,
) -> Shift:
    """State when a technician is there, or can be called."""
    technician = queries.lock_technician(technician_id, by=by)
    require(by, Deed.PLAN_SHIFT, org=technician.provider_id)
    rules.check_shift(Working(starts_at, ends_at, on_call), at=at)
    other = queries.overlapping_shift(technician.pk, starts_at, ends_at)
    if other is not None:
        message = f"This technician has a shift from {other.starts_at:%Y-%m-%d %H:%M} UTC in that time already."
        raise Refused("shift_overlap", message, field="starts_at")
    shift = Shift.objects.create(technician=technician, starts_at=starts_at, ends_at=ends_at, on_call=on_call)
    words = "On-call time" if on_call else "A shift"
    _tell("shift.planned", technician.provider, f"{words} of a technician was planned.", [shift], by, at)
    return shift


def _write_policy(
    provider: Organisation,
    policy: Policy,
    policy_number: str,
    files: list[File | None],
    additional_insured: bool,
    waiver_of_subrogation: bool,
) -> Insurance:
    number = party_rules.text(policy_number, "policy_number", longest=60)
    same = Insurance.objects.filter(
        provider=provider, kind=policy.kind.value, policy_number=number, valid_from=policy.valid_from
    )
    if same.exists():
        raise Refused("already_recorded", "This policy is on record already.", field="policy_number")
    evidence, endorsement = files
    return Insurance.objects.create(
        provider=provider,
        kind=policy.kind.value,
        insurer=policy.insurer,
        policy_number=number,
        named_insured=policy.named_insured,
        per_claim_minor=policy.per_claim.minor,
        aggregate_minor=policy.aggregate.minor,
        currency=policy.per_claim.currency,
        valid_from=policy.valid_from,
        valid_until=policy.valid_until,
        retro_date=policy.retro_date,
        additional_insured=additional_insured,
        waiver_of_subrogation=waiver_of_subrogation,
        evidence=evidence,
        endorsement=endorsement,
    )


def _kept(uploads: Iterable[Upload | None], topic: str, at: datetime) -> list[File | None]:
    return [None if upload is None else keep(upload, topic=topic, at=at) for upload in uploads]


def _rows(files: Iterable[File | None]) -> list[Row]:
    return [file for file in files if file is not None]


def _today(organisation: Organisation, at: datetime) -> date:
    return local_date(micros(at), organisation.zone)


def _tell(
    kind: str,
    provider: Organisation,
    line: str,
    changed: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    """The roster is the provider's own: no other log hears of it."""
    record(
        kind,
        subject=changed[0],
        by=by,
        at=at,
        to=[provider.pk],
        topic=provider.topic,
        line=line,
        facts=facts,
        changed=changed,
    )
