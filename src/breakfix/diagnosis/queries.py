"""Reading diagnosis: the packaged protocols, what is on record, what is missing, and the root cause as a document."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from django.db.models import Count, QuerySet

from breakfix.agreements.values import Domain
from breakfix.diagnosis.models import (
    Check,
    ForensicExtension,
    RootCause,
)
from breakfix.diagnosis.rules import checklist as checklist_rules
from breakfix.diagnosis.rules import extension as extension_rules
from breakfix.diagnosis.values import ExtensionStatus, Found, Item, Protocol, ReadingKind, Required, RootCauseStatus
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status
from breakfix.kernel import fence
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.money import Money
from breakfix.parties import queries as parties
from breakfix.roster.taxonomy import DomainFileError, Once, own_folder

MOST_SHOWN = 10

# ------------------------------------------------------------------------------------------ protocols


@lru_cache(maxsize=64)
def protocol_for(domain: str) -> Protocol:
    """The protocol that the domain's file names; `protocols/README.md` describes the files.

    It is a packaged one, or the operator's own, in `protocols/` of the folder that holds their domains.
    """
    name = Domain(domain).described.protocol
    try:
        table = _table(f"{name}.yaml")
        rows = [row for part in table.get("include", ()) for row in _table(f"shared/{part}.yaml")["items"]]
        # What the report may not go without is never optional while it can still be looked at.
        wanted = {field.check for field in Domain(domain).described.report.fields if field.required}
        items = [_item(row) for row in rows + table["items"]]
        return Protocol(
            domain=table["domain"],
            version=table["version"],
            title=table["title"],
            rule=table["rule"],
            items=tuple(replace(one, required=Required.ALWAYS) if one.id in wanted else one for one in items),
        )
    except KeyError as missing:
        raise DomainFileError(f"protocols/{name}.yaml: {missing.args[0]}: is missing.") from None
    except (OSError, TypeError, ValueError, ArithmeticError, yaml.YAMLError) as wrong:
        raise DomainFileError(f"protocols/{name}.yaml: {str(wrong)[:300]}") from None


def _table(path: str) -> Mapping[str, Any]:
    own, packaged = own_folder(), resources.files("breakfix.diagnosis") / "protocols" / path
    # A packaged protocol is never replaced: what was read off under its name and version has to keep its meaning.
    source = own / "protocols" / path if own is not None and not packaged.is_file() else packaged
    with source.open(encoding="utf-8") as file:
        table: Mapping[str, Any] = yaml.load(file, Once)  # noqa: S506 - a SafeLoader
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


def unexamined(engagement: Engagement) -> list[str]:
    """What the domain's report may not go without and is not on record, while it can still be looked at.

    Nothing once the diagnosis is over or the client refused further hours: the report then says so.
    """
    over = engagement.status != Status.DIAGNOSING or engagement.diagnosis_completed_at is not None
    if over or is_reported(engagement) or was_refused(engagement):
        return []
    recorded = {check.item for check in checks(engagement)}
    fields = Domain(engagement.domain).described.report.fields
    return [one.words for one in fields if one.required and one.check and one.check not in recorded]


def found(check: Check) -> Found:
    """The recorded step as the rules see it."""
    return Found(check.item, has_evidence=check.evidence_id is not None, has_note=bool(check.note))


def slots_of(engagement: Engagement) -> int | None:
    """How many drive bays the asset register says are in use."""
    raid = engagement.asset.config.get("raid", {}) if engagement.asset else {}
    drives = raid.get("drives") if isinstance(raid, dict) else None
    return drives if isinstance(drives, int) and drives > 0 else None


# ------------------------------------------------------------------------------------------ further hours


def included_hours(engagement: Engagement) -> Decimal:
    """Hours that the flat fee includes; 0 where it is not counted in hours."""
    agreed = incidents.terms(engagement).forensic.fees.get(Domain(engagement.domain))
    return agreed.included_hours if agreed else Decimal(0)


def extensions_visible_to(by: Actor) -> QuerySet[ForensicExtension]:
    """What was asked for beyond the fee, on engagements that this actor was let in on; it names a price."""
    rows = ForensicExtension.objects.filter(parties.shared_with(by, "engagement", key="engagement_id"))
    rows = rows.none() if by.field_only else rows
    return rows.select_related("engagement", "asked_by").order_by("-asked_at", "-id")


def extensions(engagement: Engagement) -> list[ForensicExtension]:
    """Every one, latest first, for whoever already may see the engagement."""
    return list(ForensicExtension.objects.filter(engagement=engagement).order_by("-asked_at", "-id"))


def open_extension(engagement: Engagement) -> ForensicExtension | None:
    """The question that the client has not answered yet; whoever decides holds the engagement."""
    rows = ForensicExtension.objects.filter(engagement=engagement, status=ExtensionStatus.ASKED)
    found = rows.first()
    if found is not None:
        found.engagement = engagement
    return found


def due_extensions(engagement: Engagement) -> list[ForensicExtension]:
    """Those that were approved and begun, oldest first: each is due at its flat sum, outside N (§11 ruling 27)."""
    rows = ForensicExtension.objects.filter(
        engagement=engagement, status=ExtensionStatus.APPROVED, begun_at__isnull=False
    )
    return list(rows.order_by("asked_at", "id"))


def approved_further(engagement: Engagement) -> Money:
    """What the client committed to beyond the fee, begun or not."""
    rows = ForensicExtension.objects.filter(engagement=engagement, status=ExtensionStatus.APPROVED)
    return Money.from_minor(sum(one.amount_minor for one in rows), engagement.currency)


def unbegun_extension(engagement: Engagement) -> ForensicExtension | None:
    """The approved one that no step was recorded under yet."""
    rows = ForensicExtension.objects.filter(engagement=engagement, status=ExtensionStatus.APPROVED, begun_at=None)
    return rows.order_by("id").first()


def was_refused(engagement: Engagement) -> bool:
    """Whether the client's last word was no: what was found is all that will be."""
    rows = ForensicExtension.objects.filter(engagement=engagement).order_by("-asked_at", "-id")
    last = rows.exclude(status=ExtensionStatus.WITHDRAWN).first()
    return last is not None and last.status == ExtensionStatus.REFUSED


def tested_sum(asked: ForensicExtension) -> Money:
    """What the approval policy is asked with: all further sums of the engagement together."""
    rows = ForensicExtension.objects.filter(engagement=asked.engagement_id, status=ExtensionStatus.APPROVED)
    return extension_rules.tested(asked.amount, [one.amount for one in rows.exclude(pk=asked.pk)])


def offered(asked: ForensicExtension) -> str:
    """The hash of what the client says yes to."""
    names = ("hours", "amount", "derivation", "known", "plan", "asked_at")
    offer = {"engagement": asked.engagement.number, **{name: getattr(asked, name) for name in names}}
    return sha256_hex(plain(offer))


# ------------------------------------------------------------------------------------------ know before you go


@dataclass(frozen=True)
class Earlier:
    """What is known of earlier failures: this machine's own, and how often which mode befell its model."""

    own: list[RootCause]
    modes: list[tuple[str, int]]


def earlier_failures(engagement: Engagement) -> Earlier:
    """Issued causes of the same machine, and failure modes of the same model without saying where.

    Of this provider's engagements only, and of none that is restricted to named people.
    """
    asset = engagement.asset
    if asset is None:
        return Earlier([], [])
    causes = RootCause.objects.filter(
        status=RootCauseStatus.ISSUED,
        inconclusive=False,
        engagement__provider=engagement.provider_id,
        engagement__need_to_know=False,
    ).exclude(engagement=engagement.pk)
    # Who is sent sees nobody's engagements but this one; what is told of the others names no client and no place.
    with fence.as_machine():
        mine = causes.filter(engagement__asset=asset.pk, engagement__client=engagement.client_id)
        own = list(mine.select_related("engagement").order_by("-issued_at")[:MOST_SHOWN])
        alike = causes.filter(engagement__asset__maker=asset.maker, engagement__asset__model=asset.model)
        counted = alike.order_by().values("failure_mode").annotate(times=Count("id"))
        modes = [
            (row["failure_mode"], row["times"]) for row in counted.order_by("-times", "failure_mode")[:MOST_SHOWN]
        ]
    return Earlier(own, modes)


def failure_modes(engagement_ids: Collection[int]) -> dict[int, str]:
    """What failed, by engagement: of its latest issued root cause; absent where there is none.

    In small letters and words apart, so that Boot volume, boot_volume and "boot-volume " are one. The caller holds
    the engagements.
    """
    causes = RootCause.objects.filter(
        engagement__in=engagement_ids, status=RootCauseStatus.ISSUED, inconclusive=False
    )
    found = causes.order_by("version").values_list("engagement_id", "failure_mode")
    return {engagement: " ".join(re.split(r"[\s_-]+", mode.casefold())).strip() for engagement, mode in found}


# ------------------------------------------------------------------------------------------ root cause


def is_reported(engagement: Engagement) -> bool:
    """Whether what was found is issued, and nobody was asked to look again."""
    last = RootCause.objects.filter(engagement=engagement).order_by("-version").first()
    return last is not None and last.status == RootCauseStatus.ISSUED and last.opinion_asked_at is None


def check_not_reported(engagement: Engagement) -> None:
    """Refuse to look further once what was found is issued, unless a second opinion was asked for."""
    if is_reported(engagement):
        raise Refused("already_issued", "What was found is issued; nothing is added to it.")


def issued_before(cause: RootCause) -> list[RootCause]:
    """The issued versions that this one is a second opinion on."""
    rows = RootCause.objects.filter(engagement=cause.engagement_id, status=RootCauseStatus.ISSUED)
    return list(rows.filter(version__lt=cause.version).order_by("version"))


def earlier_authors(engagement: Engagement) -> set[int]:
    """Who signed what was issued so far."""
    issued = RootCause.objects.filter(engagement=engagement, status=RootCauseStatus.ISSUED)
    return set(issued.values_list("author_id", flat=True))


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
