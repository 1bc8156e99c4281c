"""Reading diagnosis: the packaged protocols, what is on record, what is missing, and the root cause as a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from django.db.models import QuerySet

from breakfix.diagnosis.models import Check, RootCause
from breakfix.diagnosis.rules import checklist as checklist_rules
from breakfix.diagnosis.values import Found, Item, Protocol, ReadingKind, Required, RootCauseStatus
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.models import File
from breakfix.parties import queries as parties

# ------------------------------------------------------------------------------------------ protocols


@lru_cache(maxsize=64)
def protocol_for(domain: str) -> Protocol:
    """The packaged protocol of a domain; `protocols/README.md` describes the files."""
    table = _table(f"{domain}.yaml")
    rows = [row for name in table.get("include", ()) for row in _table(f"shared/{name}.yaml")["items"]]
    return Protocol(
        domain=table["domain"],
        version=table["version"],
        title=table["title"],
        rule=table["rule"],
        items=tuple(_item(row) for row in rows + table["items"]),
    )


def _table(path: str) -> Mapping[str, Any]:
    source = resources.files("breakfix.diagnosis") / "protocols" / path
    with source.open(encoding="utf-8") as file:
        table: Mapping[str, Any] = yaml.safe_load(file)
    return table


def _item(row: Mapping[str, Any]) -> Item:
    given = {key: value for key, value in row.items() if key not in {"min", "max", "reading", "required"}}
    for key in ("choices", "good", "after"):
        if key in given:
            given[key] = tuple(given[key])
    return Item(
        **given,
        reading=ReadingKind(row["reading"]),
        required=Required(row.get("required", "always")),
        minimum=Decimal(str(row["min"])) if "min" in row else None,
        maximum=Decimal(str(row["max"])) if "max" in row else None,
    )


# ------------------------------------------------------------------------------------------ the checklist


@dataclass(frozen=True)
class Line:
    """One item of the protocol with what is on record for it; `blocked_by` has to come first."""

    item: Item
    check: Check | None
    required: bool
    blocked_by: tuple[str, ...]


@dataclass(frozen=True)
class Checklist:
    """A diagnosis as it stands: every item, how many required ones are done, and what is still missing."""

    protocol: Protocol
    lines: list[Line]
    missing: list[Item]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def required_count(self) -> int:
        return sum(line.required for line in self.lines)

    @property
    def done_count(self) -> int:
        """Required items that lack nothing."""
        return self.required_count - len(self.missing)


def checks_visible_to(by: Actor) -> QuerySet[Check]:
    """What is on record, on the engagements that this actor was let in on."""
    rows = Check.objects.filter(parties.shared_with(by, "engagement", key="engagement_id"))
    return rows.select_related("evidence", "done_by").order_by("position", "id")


def checks(engagement: Engagement) -> list[Check]:
    """Every recorded step in order, for whoever already may see the engagement."""
    rows = Check.objects.filter(engagement=engagement).select_related("evidence", "done_by")
    return list(rows.order_by("position", "id"))


def find_check(engagement: Engagement, item: str) -> Check | None:
    """What is on record for an item, held until the end of the deed."""
    rows = Check.objects.filter(engagement=engagement, item=item).select_related("evidence")
    return rows.select_for_update(of=("self",)).first()


def checklist(engagement: Engagement) -> Checklist:
    """The whole protocol with what was found, in one query."""
    protocol, recorded = protocol_for(engagement.domain), checks(engagement)
    by_item = {check.item: check for check in recorded}
    prior = engagement.prior_attempt
    lines = [
        Line(
            item=item,
            check=by_item.get(item.id),
            required=item.is_required(prior_attempt=prior),
            blocked_by=tuple(one for one in item.after if one not in by_item),
        )
        for item in protocol.items
    ]
    missing = checklist_rules.missing(protocol, [found(check) for check in recorded], prior_attempt=prior)
    return Checklist(protocol, lines, missing)


def found(check: Check) -> Found:
    """The recorded step as the rules see it."""
    return Found(check.item, has_evidence=check.evidence_id is not None, has_note=bool(check.note))


def slots_of(engagement: Engagement) -> int | None:
    """How many drive bays the asset register says are in use."""
    raid = engagement.asset.config.get("raid", {}) if engagement.asset else {}
    drives = raid.get("drives") if isinstance(raid, dict) else None
    return drives if isinstance(drives, int) and drives > 0 else None


# ------------------------------------------------------------------------------------------ root cause


def visible_to(by: Actor) -> QuerySet[RootCause]:
    """The root causes of the engagements that this actor was let in on."""
    rows = RootCause.objects.filter(parties.shared_with(by, "engagement", key="engagement_id"))
    related = ("author", "reviewer", "engagement__site", "engagement__asset", "engagement__client")
    return rows.select_related(*related, "engagement__provider").order_by("engagement", "-version")


def get_root_cause(root_cause_id: int, *, by: Actor) -> RootCause:
    """This root cause, or NotFound."""
    return _one(visible_to(by), root_cause_id)


def lock_root_cause(root_cause_id: int, *, by: Actor) -> RootCause:
    """As `get_root_cause`, held until the end of the deed; its engagement first, as every deed takes them."""
    incidents.lock_engagement(get_root_cause(root_cause_id, by=by).engagement_id, by)
    return _one(visible_to(by).select_for_update(of=("self",)), root_cause_id)


def lock_latest(engagement_id: int, *, by: Actor) -> RootCause | None:
    """The latest root cause of an engagement, held until the end of the deed, or None."""
    return visible_to(by).select_for_update(of=("self",)).filter(engagement=engagement_id).first()


def current_root_cause(engagement: Engagement, *, by: Actor) -> RootCause | None:
    """The latest one, whatever its state."""
    return visible_to(by).filter(engagement=engagement).first()


def issued_root_cause(engagement: Engagement) -> RootCause | None:
    """The one in force: nothing is quoted without it. For whoever already may see the engagement."""
    rows = RootCause.objects.filter(engagement=engagement, status=RootCauseStatus.ISSUED)
    return rows.select_related("author", "reviewer").order_by("-version").first()


def _one(rows: QuerySet[RootCause], root_cause_id: int) -> RootCause:
    found = rows.filter(pk=root_cause_id).first()
    if found is None:
        raise NotFound("This root cause")
    return found


# ------------------------------------------------------------------------------------------ the document


def document(cause: RootCause, engagement: Engagement) -> dict[str, Any]:
    """Document 2 of domain.md §6 as plain JSON: what is hashed and frozen at issue, or a preview before it."""
    recorded = {check.item: check for check in checks(engagement)}
    protocol = protocol_for(engagement.domain)
    content = {
        "document": "root_cause",
        "format": 1,
        "number": cause.number,
        "version": cause.version,
        "issued_at": cause.issued_at,
        "engagement": _engagement(engagement),
        "asset": _asset(engagement),
        "summary": cause.summary,
        "symptoms": cause.symptoms or engagement.description,
        "timeline": _timeline(cause, engagement),
        "method": {
            "protocol": protocol.name,
            "title": protocol.title,
            "rule": protocol.rule,
            "steps": [_step(check) for check in recorded.values()],
        },
        "findings": [_finding(finding, recorded) for finding in cause.findings],
        "root_cause": cause.root_cause,
        "failure_mode": cause.failure_mode,
        "confidence": cause.confidence,
        "inconclusive": cause.inconclusive,
        "contributing": cause.contributing,
        "excluded": cause.excluded,
        "prior_attempt": engagement.prior_attempt,
        "scope_affected": cause.scope_affected,
        "actions_now": cause.actions_now,
        "options": cause.options,
        "prevention": cause.prevention,
        "limits": cause.limits,
        "review": cause.peer_needed or "no peer review needed",
        "signed": _signatures(cause),
    }
    frozen: dict[str, Any] = plain(content)
    return frozen


def _engagement(engagement: Engagement) -> dict[str, object]:
    return {
        "number": engagement.number,
        "title": engagement.title,
        "domain": engagement.domain,
        "priority": engagement.priority,
        "client": engagement.client.legal_name,
        "provider": engagement.provider.legal_name,
        "site": engagement.site.name,
        "zone": engagement.zone,
        "outage_started_at": engagement.outage_started_at,
        "submitted_at": engagement.submitted_at,
    }


def _asset(engagement: Engagement) -> dict[str, object] | None:
    asset = engagement.asset
    if asset is None:
        return None
    names = ("name", "tag", "maker", "model", "serial", "firmware")
    return {name: getattr(asset, name) for name in names}


def _timeline(cause: RootCause, engagement: Engagement) -> list[dict[str, object]]:
    """What the engineer wrote between what the record knows, by time."""
    known = (
        (engagement.outage_started_at, "Outage began"),
        (engagement.submitted_at, "Failure reported"),
        (engagement.acknowledged_at, "Desk acknowledged"),
        (engagement.contacted_at, "First contact with an engineer"),
        (engagement.arrived_at, "Engineer on site"),
        (engagement.diagnosis_completed_at, "Diagnosis complete"),
    )
    moments = [{"at": plain(at), "what": what, "source": "record"} for at, what in known if at is not None]
    moments += [{**moment, "source": "engineer"} for moment in cause.timeline]
    return sorted(moments, key=lambda moment: str(moment["at"]))


def _step(check: Check) -> dict[str, object]:
    return {
        "item": check.item,
        "what": check.what,
        "required": check.required,
        "reading": check.reading,
        "slots": check.slots,
        "unit": check.unit,
        "limits": check.limits,
        "within": check.within,
        "note": check.note,
        "evidence": _file(check.evidence),
        "done_at": check.done_at,
    }


def _finding(finding: dict[str, Any], recorded: dict[str, Check]) -> dict[str, object]:
    shown = [recorded[item] for item in finding["items"] if item in recorded]
    files = [check.evidence.sha256 for check in shown if check.evidence is not None]
    return {"what": finding["what"], "items": finding["items"], "evidence": files}


def _file(file: File | None) -> dict[str, object] | None:
    if file is None:
        return None
    return {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}


def _signatures(cause: RootCause) -> list[dict[str, object]]:
    signed = [{"as": "engineer", "name": cause.author.name, "at": cause.issued_at or cause.drafted_at}]
    if cause.reviewer is not None and cause.reviewed_at is not None:
        signed.append({"as": "peer", "name": cause.reviewer.name, "at": cause.reviewed_at})
    return signed
