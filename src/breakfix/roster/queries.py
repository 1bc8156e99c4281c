"""Reading the roster: the bench that dispatch ranks, one technician, the provider's cover, and what ends soon."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from django.db.models import Prefetch, Q, QuerySet

from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parties import queries as parties
from breakfix.roster import rules
from breakfix.roster.models import Clearance, HeldCertification, Insurance, Shift, Skill, Technician
from breakfix.roster.values import CERTIFICATION_ALERTS, INSURANCE_ALERTS, CatalogueRow, Expiry, Validity

# Who of the provider reads the roster and the bench: they name colleagues, what they hold and what they cost.
READERS = frozenset({Role.DISPATCHER, Role.PROVIDER_ADMIN, Role.DIRECTOR, Role.REVIEWER, Role.QUOTING_ENGINEER})
# Enough around a planned visit to judge shifts and rest: the longest rest plus the longest duty, and a spare day.
_NEAR = timedelta(days=2)

# ------------------------------------------------------------------------------------------- catalogue


@lru_cache(maxsize=1)
def catalogue() -> tuple[CatalogueRow, ...]:
    """The packaged certifications, in file order; `catalogue/README.md` says where each row comes from."""
    text = (resources.files("breakfix.roster") / "catalogue" / "certifications.csv").read_text("utf-8")
    return tuple(_read(row) for row in csv.DictReader(text.splitlines()))


def _read(row: dict[str, str]) -> CatalogueRow:
    months = int(row["months"]) if row["months"] else None
    words = {name: value for name, value in row.items() if name not in {"validity", "months"}}
    return CatalogueRow(validity=Validity(row["validity"]), months=months, **words)


def catalogue_row(code: str) -> CatalogueRow:
    """The catalogue's row of this code; refuses what is not in it, naming near misses."""
    wanted = code.strip().casefold()
    for row in catalogue():
        if row.code.casefold() == wanted:
            return row
    near = [row.code for row in catalogue() if wanted and wanted in f"{row.code} {row.name}".casefold()]
    remedy = f"Did you mean {', '.join(near[:3])}?" if near else "Choose one of the catalogue."
    message = f"The catalogue has no certification {code.strip()!r}. {remedy}"
    raise Refused("unknown_certification", message, field="code")


# ------------------------------------------------------------------------------------------- technicians


def _complete(technicians: QuerySet[Technician]) -> QuerySet[Technician]:
    """With everything a roster page shows, in a number of queries that no row adds to."""
    certificates = HeldCertification.objects.select_related("certification", "verified_by", "evidence")
    clearances = Clearance.objects.select_related("client").order_by("client__name", "kind", "id")
    return (
        technicians.select_related("person__organisation", "provider")
        .prefetch_related(
            Prefetch("skills", Skill.objects.order_by("domain")),
            Prefetch("clearances", clearances),
            Prefetch("certificates", certificates.order_by("issued_on", "id")),
        )
        .order_by("person__name", "id")
    )


def technicians_visible_to(actor: Actor) -> QuerySet[Technician]:
    """Those of one's own provider and of providers that an agreement opened; field staff see only themselves."""
    if actor.field_only:
        return Technician.objects.filter(person_id=actor.person_id or 0)
    providers = parties.organisations_visible_to(actor).order_by().values("pk")
    return Technician.objects.filter(provider__in=providers)


def roster_of(by: Actor) -> QuerySet[Technician]:
    """Everybody on the reader's own roster, or NotFound: clients and field staff have none to read."""
    if by.side is not Side.PROVIDER or not by.roles & READERS or by.organisation_id is None:
        raise NotFound("The roster")
    return technicians_of(by.organisation_id)


def technicians_of(provider_id: int) -> QuerySet[Technician]:
    """Everybody on a provider's roster, by name."""
    return _complete(Technician.objects.filter(provider_id=provider_id))


def bench(provider_id: int, *, start: datetime, end: datetime) -> QuerySet[Technician]:
    """The active technicians of a provider with all that eligibility asks; shifts near [start, end) in `.near`."""
    near = Shift.objects.filter(ends_at__gt=start - _NEAR, starts_at__lt=end + _NEAR).order_by("starts_at", "id")
    active = _complete(Technician.objects.filter(provider_id=provider_id, active=True))
    return active.prefetch_related(Prefetch("shifts", near, to_attr="near"))


def get_technician(technician_id: int, *, by: Actor) -> Technician:
    """This technician with certificates, skills and clearances, or NotFound."""
    found = _complete(technicians_visible_to(by)).filter(pk=technician_id).first()
    if found is None:
        raise NotFound("This technician")
    return found


def lock_technician(technician_id: int, *, by: Actor) -> Technician:
    """This technician, held until the end of the deed."""
    rows = technicians_visible_to(by).select_related("provider", "person").select_for_update(of=("self",))
    found = rows.filter(pk=technician_id).first()
    if found is None:
        raise NotFound("This technician")
    return found


def technician_of(person_id: int | None) -> Technician | None:
    """The roster's row of a person, if they are on one."""
    if person_id is None:
        return None
    return Technician.objects.select_related("provider", "person").filter(person_id=person_id).first()


def counts_until(held: HeldCertification) -> date | None:
    """The last day on which this certificate can count; None where no day ends it. Needs `certification` loaded."""
    return rules.lasts_until(held.facts)


def get_certificate(certificate_id: int, *, by: Actor) -> HeldCertification:
    """This certificate, or NotFound."""
    held = HeldCertification.objects.filter(technician__in=technicians_visible_to(by).values("pk"))
    found = held.filter(pk=certificate_id).first()
    if found is None:
        raise NotFound("This certificate")
    return found


def lock_certificate(certificate_id: int, *, by: Actor) -> HeldCertification:
    """This certificate, held until the end of the deed, or NotFound."""
    technicians = technicians_visible_to(by).values("pk")
    rows = HeldCertification.objects.filter(technician__in=technicians)
    found = (
        rows.select_related("certification", "technician__provider", "technician__person")
        .select_for_update(of=("self",))
        .filter(pk=certificate_id)
        .first()
    )
    if found is None:
        raise NotFound("This certificate")
    return found


def overlapping_shift(technician_id: int, starts_at: datetime, ends_at: datetime) -> Shift | None:
    """A shift of this technician that shares a minute with [starts_at, ends_at)."""
    shared = Q(starts_at__lt=ends_at, ends_at__gt=starts_at)
    return Shift.objects.filter(shared, technician_id=technician_id).order_by("starts_at").first()


# ------------------------------------------------------------------------------------------- cover and ends


def insurance_of(provider_id: int) -> QuerySet[Insurance]:
    """A provider's policies on record, newest end first within each kind."""
    policies = Insurance.objects.filter(provider_id=provider_id).select_related("evidence", "endorsement")
    return policies.order_by("kind", "-valid_until", "-id")


def expiries(today: date, *, provider_id: int | None = None) -> list[Expiry]:
    """Certificates and policies whose end has reached an alert (domain.md R22, §4.11), the next to end first.

    What was renewed in time is left out: only the certificate or policy that lasts longest counts.
    """
    theirs = Q() if provider_id is None else Q(technician__provider_id=provider_id)
    certificates = HeldCertification.objects.filter(theirs, technician__active=True)
    held = certificates.select_related("certification", "technician__person").order_by("id")
    policies = Insurance.objects.filter(Q() if provider_id is None else Q(provider_id=provider_id))
    due = _alerts(map(_end_of_certificate, held), today, CERTIFICATION_ALERTS)
    due += _alerts(map(_end_of_policy, policies.order_by("id")), today, INSURANCE_ALERTS)
    return sorted(due, key=lambda expiry: (expiry.ends_on, expiry.key))


class _End(NamedTuple):
    """When one thing ends; things of one slot replace each other."""

    slot: tuple[object, ...]
    on: date | None
    key: str
    what: str
    provider_id: int


def _end_of_certificate(row: HeldCertification) -> _End:
    # Without a day, only a version-bound certificate goes on; any other counts for nothing already.
    endless = date.max if row.certification.validity == Validity.VERSION_BOUND else None
    technician = row.technician
    return _End(
        slot=(technician.pk, row.certification_id),
        on=rules.lasts_until(row.facts) or endless,
        key=row.key,
        what=f"{row.certification.code} of {technician.person.name}",
        provider_id=technician.provider_id,
    )


def _end_of_policy(row: Insurance) -> _End:
    what = f"{row.kind.replace('_', ' ')} insurance with {row.insurer}"
    return _End((row.provider_id, row.kind), row.valid_until, row.key, what, row.provider_id)


def _alerts(ends: Iterable[_End], today: date, thresholds: Sequence[int]) -> list[Expiry]:
    last: dict[tuple[object, ...], tuple[date, _End]] = {}
    for end in ends:
        if end.on is not None and (end.slot not in last or end.on >= last[end.slot][0]):
            last[end.slot] = (end.on, end)
    found = []
    for on, end in last.values():
        reached = rules.alert_reached(on, today, thresholds)
        if reached is not None:
            key = f"expiry:{end.key}:{reached}"
            found.append(Expiry(key, end.what, end.provider_id, on, (on - today).days, reached))
    return found
