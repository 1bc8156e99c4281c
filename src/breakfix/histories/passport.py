"""The asset's passport: one machine's whole life in one reading, whoever repaired it (domain.md §6.7)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from breakfix.assets import queries as assets
from breakfix.assets.models import Asset
from breakfix.assets.values import Flag, FlagKind
from breakfix.billing import queries as billing
from breakfix.billing.models import Invoice
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.models import RootCause
from breakfix.diagnosis.values import RootCauseStatus
from breakfix.guarantees import queries as guarantees
from breakfix.guarantees.models import Guarantee
from breakfix.histories.models import Document
from breakfix.incidents import past
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement, PastIncident
from breakfix.kernel.access import SYSTEM, Actor
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.money import Money
from breakfix.parts import queries as parts
from breakfix.parts.models import PartOrder
from breakfix.parts.values import BUILT_IN
from breakfix.reports import queries as reports
from breakfix.reports.models import ServiceReport

PAST_SHOWN = 20
NOT_VERIFIED = "imported, not verified by this log"


@dataclass(frozen=True)
class Visit:
    """One engagement in the life of a machine, with what came of it."""

    engagement: Engagement
    cause: RootCause | None
    report: ServiceReport | None
    guarantee: Guarantee | None
    parts: tuple[PartOrder, ...]
    invoices: tuple[Invoice, ...]

    @property
    def spend(self) -> Money:
        """Everything invoiced, with tax."""
        nothing = Money.zero(self.engagement.currency)
        return sum((invoice.total for invoice in self.invoices), nothing)


@dataclass(frozen=True)
class Passport:
    """A machine as somebody may see it. `spend` is one sum for each currency.

    `past` are the latest incidents that its owner imported from other systems, `past_more` whether there are others.
    """

    asset: Asset
    flags: tuple[Flag, ...]
    visits: tuple[Visit, ...]
    documents: tuple[Document, ...]
    configured: tuple[tuple[datetime, str], ...]
    spend: tuple[Money, ...]
    past: tuple[PastIncident, ...]
    past_more: bool
    as_of: datetime

    @property
    def failure_modes(self) -> list[tuple[str, int]]:
        """What broke how often, the most frequent first."""
        modes = Counter(visit.cause.failure_mode for visit in self.visits if visit.cause)
        return sorted(modes.items(), key=lambda pair: (-pair[1], pair[0]))

    @property
    def advice(self) -> list[str]:
        """What its age and its reports say about spending more on it."""
        # What makes it legacy is said by the other flags already.
        said = [flag.reason for flag in self.flags if flag.kind is not FlagKind.LEGACY or len(self.flags) == 1]
        for visit in self.visits:
            if visit.report is not None:
                texts = (visit.report.prevention, visit.report.spares_advice)
                said += [f"{visit.engagement.number}: {text}" for text in texts if text]
        said += [f"{mode}: happened {count} times" for mode, count in self.failure_modes if count > 1]
        return said


def passport_of(asset: Asset, by: Actor, *, restricted: bool = True) -> Passport:
    """Everything that happened to a machine on engagements this actor was let in on, latest first.

    As many queries for three engagements as for one. With `restricted` False, need-to-know engagements are left
    out: the printed passport goes to everybody of the client.
    """
    seen = incidents.visible_to(by).filter(asset=asset)
    engagements = list(seen if restricted else seen.filter(need_to_know=False))
    visits = _visits(engagements, by)
    topics = [engagement.topic for engagement in engagements]
    kept = Document.objects.filter(topic__in=topics).select_related("json", "pdf").order_by("made_at", "id")
    log = ledger.entries(asset.client_id, topic=asset.topic).values_list("at", "line")
    configured = tuple(log)
    told = list(past.past_visible_to(by).filter(asset=asset)[: PAST_SHOWN + 1])
    imported = (one.imported_at for one in told)
    as_of = max([asset.registered_at, *(at for at, _ in configured), *map(_last_of, visits), *imported])
    return Passport(
        asset=asset,
        flags=assets.flags_of(asset, as_of),
        visits=visits,
        documents=tuple(kept),
        configured=configured,
        spend=_sums(visit.spend for visit in visits),
        past=tuple(told[:PAST_SHOWN]),
        past_more=len(told) > PAST_SHOWN,
        as_of=as_of,
    )


def _visits(engagements: Sequence[Engagement], by: Actor) -> tuple[Visit, ...]:
    ids = [engagement.pk for engagement in engagements]
    # Latest first in each query, so the first of each engagement is the one in force.
    causes = _first(diagnosis.visible_to(by).filter(engagement__in=ids, status=RootCauseStatus.ISSUED))
    issued = _first(reports.visible_to(by).filter(engagement__in=ids))
    running = _first(guarantees.visible_to(by).filter(engagement__in=ids))
    built_in = _grouped(parts.visible_to(by).filter(engagement__in=ids, status__in=BUILT_IN))
    invoiced = _grouped(billing.visible_to(by).filter(engagement__in=ids))
    return tuple(
        Visit(
            engagement=one,
            cause=causes.get(one.pk),
            report=issued.get(one.pk),
            guarantee=running.get(one.pk),
            parts=tuple(built_in.get(one.pk, ())),
            invoices=tuple(invoiced.get(one.pk, ())),
        )
        for one in engagements
    )


def _first(rows: Iterable[Any]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for row in rows:
        found.setdefault(row.engagement_id, row)
    return found


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.engagement_id, []).append(row)
    return found


def _last_of(visit: Visit) -> datetime:
    one = visit.engagement
    known = (one.submitted_at, one.restored_at, one.resolved_at, one.accepted_at, one.closed_at)
    return max(at for at in known if at is not None)


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, Money.zero(amount.currency)) + amount
    return tuple(found[currency] for currency in sorted(found))


# ------------------------------------------------------------------------------------------ printed


def content_of(asset: Asset) -> dict[str, Any]:
    """Document 7 of domain.md §6 as plain JSON: the client's own record, in an open form that others can read.

    It says nothing of restricted engagements: it may lie where everybody of the client can read it.
    """
    found = passport_of(asset, SYSTEM, restricted=False)
    body = {
        "document": "asset_passport",
        "format": 1,
        "as_of": found.as_of,
        "identity": _identity(asset),
        "lifecycle": _lifecycle(found),
        "config": asset.other_facts,
        "raid": asset.raid,
        "config_log": [{"at": at, "line": line} for at, line in found.configured],
        "dependencies": [{"service": asset.service.name, "owner": asset.service.owner_role}] if asset.service else [],
        "incidents": [_incident(visit) for visit in found.visits],
        "failure_modes": [{"mode": mode, "count": count} for mode, count in found.failure_modes],
        "parts": [_part(visit, part) for visit in found.visits for part in visit.parts],
        "guarantees": [_guarantee(visit.guarantee) for visit in found.visits if visit.guarantee],
        "spend": found.spend,
        "replacement_value": "not on record",
        "documents": [one for visit in found.visits for one in _issued(visit)],
        "advice": found.advice,
        "restricted": "Engagements restricted to named people are not listed here.",
    }
    if imported := [_past(one) for one in past.past_visible_to(SYSTEM).filter(asset=asset)]:
        body["imported"] = imported
    frozen: dict[str, Any] = plain(body)
    return frozen


def _identity(asset: Asset) -> dict[str, object]:
    names = ("name", "tag", "maker", "model", "device_kind", "serial", "firmware", "role_text", "registered_at")
    return {
        **{name: getattr(asset, name) for name in names},
        "owner": asset.client.legal_name,
        "site": asset.site.name,
        "address": asset.site.address,
        "zone": asset.site.zone,
    }


def _lifecycle(found: Passport) -> dict[str, object]:
    asset, cycle = found.asset, assets.cycle_of(found.asset)
    names = ("installed_on", "warranty_until", "useful_life_years", "eol_on")
    return {
        **{name: getattr(asset, name) for name in names},
        "operating_system": str(cycle) if cycle else "",
        "flags": [{"label": flag.label, "reason": flag.reason, "source": flag.source} for flag in found.flags],
    }


def _incident(visit: Visit) -> dict[str, object]:
    one = visit.engagement
    moments = ("outage_started_at", "submitted_at", "restored_at", "resolved_at", "accepted_at", "closed_at")
    return {
        "number": one.number,
        "provider": one.provider.legal_name,
        "title": one.title,
        "priority": one.priority,
        "status": one.status,
        **{name: getattr(one, name) for name in moments},
        "failure_mode": visit.cause.failure_mode if visit.cause else "",
        "root_cause": visit.cause.root_cause if visit.cause else "",
        "report": {"number": str(visit.report), "sha256": visit.report.sha256} if visit.report else None,
        "spend": visit.spend,
    }


def _past(one: PastIncident) -> dict[str, object]:
    """What another system said of it: that is all that is known, and it says so itself."""
    names = ("source", "number", "title", "priority_word", "first_at", "last_at", "resolved_at", "closed_at")
    return {**{name: getattr(one, name) for name in names}, "states": one.words, "basis": NOT_VERIFIED}


def _issued(visit: Visit) -> list[dict[str, object]]:
    """The documents that tell of a visit, by the hash of what they say, printed or not yet."""
    rows = [
        ("root cause", visit.cause),
        ("service report", visit.report),
        *(("invoice", one) for one in visit.invoices),
    ]
    return [
        {"engagement": visit.engagement.number, "kind": kind, "number": str(row), "sha256": row.sha256}
        for kind, row in rows
        if row is not None
    ]


def _part(visit: Visit, part: PartOrder) -> dict[str, object]:
    return {
        "engagement": visit.engagement.number,
        "installed_at": part.installed_at,
        "description": part.description,
        "part_number": part.part_number,
        "serial": part.serial_installed,
        "replaced_serial": part.serial_removed,
    }


def _guarantee(guarantee: Guarantee) -> dict[str, object]:
    return {
        "engagement": guarantee.engagement.number,
        "provider": guarantee.engagement.provider.legal_name,
        "starts_on": guarantee.starts_on,
        "ends_on": guarantee.ends_on,
        "basis": guarantee.basis,
    }
