"""Reads of reports that are perhaps of the same failure, and of those that were merged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from django.db.models import Case, Q, QuerySet, When

from breakfix.agreements.values import Priority
from breakfix.assets.models import Asset
from breakfix.incidents import queries, wording
from breakfix.incidents.models import Engagement, PastIncident
from breakfix.incidents.rules import merging, transitions
from breakfix.incidents.rules.likeness import NEAR, Likeness, Report, likeness, shared_words
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel import fence
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import Refused

MOST = 50  # reports that are compared: the latest, and as many that share most words
MOST_IMPORTED = 500  # of one machine and its model: the latest
MOST_BEFORE = 10  # of which a reader is shown, of the machine and of the rest of its model
JUST = timedelta(hours=1)


@dataclass(frozen=True)
class Alike:
    """Another report that is perhaps of the same failure; `obstacle` says why it cannot be merged into that one."""

    engagement: Engagement
    likeness: Likeness
    obstacle: str


def likely_duplicates(engagement: Engagement, by: Actor) -> list[Alike]:
    """What else was reported of the same failure, likest first: of what the reader may see, never more."""
    mine = _report(engagement)
    same = Q(site=engagement.site_id, domain=engagement.domain)
    if engagement.asset_id is not None:
        same |= Q(asset=engagement.asset_id)
    over = [state.value for state in transitions.OVER]
    near = Q(submitted_at__gte=engagement.submitted_at - NEAR, submitted_at__lte=engagement.submitted_at + NEAR)
    rows = queries.visible_to(by).filter(
        client=engagement.client_id, provider=engagement.provider_id, merged_into=None
    )
    rows = rows.filter(same).filter(near | ~Q(status__in=over)).exclude(pk=engagement.pk)
    likely = [
        (other, how) for other in _compared(engagement, rows) if (how := likeness(mine, _report(other))).is_likely
    ]
    found = [Alike(other, how, _obstacle(engagement, other)) for other, how in likely]
    if not all(one.obstacle for one in found):  # only now is it asked what is still open
        ends = _open_ends(engagement)
        found = [replace(one, obstacle=one.obstacle or _obstacle(engagement, one.engagement, ends)) for one in found]
    return sorted(found, key=lambda one: (-one.likeness.score, one.engagement.submitted_at, one.engagement.pk))


@dataclass(frozen=True)
class Before:
    """An earlier report of the same machine, model or place, and what share of the words both have, in percent."""

    engagement: Engagement
    words: int
    same_asset: bool


def reported_before(engagement: Engagement) -> list[Before]:
    """What the same client reported earlier of the same machine, then of others of its model, each likest first.

    Where no machine is known, of the same kind at the same site.
    To the same provider only, and nothing that is restricted to named people. The caller may see the engagement; who
    is sent to one sees no other, so these are told by number and words, and lead nowhere.
    """
    about = Q(site=engagement.site_id, domain=engagement.domain)
    if engagement.asset is not None:
        about = same_machine(engagement.asset)
    same = {"client": engagement.client_id, "provider": engagement.provider_id, "need_to_know": False}
    mine = _report(engagement).text
    with fence.as_machine():
        rows = Engagement.objects.filter(about, **same, merged_into=None, submitted_at__lt=engagement.submitted_at)
        found = list(_compared(engagement, rows.exclude(pk=engagement.pk)))
    told = [
        Before(
            one,
            shared_words(mine, f"{one.title} {one.description}"),
            one.asset_id == engagement.asset_id,
        )
        for one in found
    ]
    return _shown(told, of_place=engagement.asset_id is None)


@dataclass(frozen=True)
class Elsewhere:
    """An incident that the client imported from another system, and what share of the words both have, in percent."""

    incident: PastIncident
    words: int
    same_asset: bool


def imported_before(engagement: Engagement) -> list[Elsewhere]:
    """What the client imported from other systems, as in `reported_before`.

    For whoever is sent, and only while it lasts: it is the engagement that lets them in on these few (decision 0029).
    They are told by number, date, title and system, unverified; the rest of the client's history stays its own.
    """
    if engagement.asset is None or queries.is_over(engagement):
        return []
    about, mine = same_machine(engagement.asset), _report(engagement).text
    with fence.as_machine():
        rows = PastIncident.objects.filter(about, client=engagement.client_id, first_at__lt=engagement.submitted_at)
        rows = rows.defer("events").order_by(_own_first(engagement), "-last_at", "-id")
        found = list(rows[:MOST_IMPORTED])
    told = [Elsewhere(one, shared_words(mine, one.title), one.asset_id == engagement.asset_id) for one in found]
    return _shown(told)


Told = TypeVar("Told", Before, Elsewhere)


def _own_first(engagement: Engagement) -> Case:
    """So that a fleet of the model never hides what is known of this very machine."""
    return Case(When(asset=engagement.asset_id, then=0), default=1)


def _shown(told: list[Told], *, of_place: bool = False) -> list[Told]:
    """Of this machine, or place, whatever it was; of others of the model what shares words: each likest first."""
    likest = sorted(told, key=lambda one: -one.words)
    own = [one for one in likest if one.same_asset or of_place]
    others = [one for one in likest if one.words and not (one.same_asset or of_place)]
    return own[:MOST_BEFORE] + others[:MOST_BEFORE]


def same_machine(asset: Asset) -> Q:
    """The condition that a row's asset is this one, or one of its model; a model that nobody named is no other's."""
    about = Q(asset=asset.pk)
    if asset.maker and asset.model:
        about |= Q(asset__maker=asset.maker, asset__model=asset.model)
    return about


def reported_just_before(engagement: Engagement, by: Actor) -> Engagement | None:
    """The reader's own report of the same asset within the hour before this one of theirs."""
    if engagement.asset_id is None or engagement.requester_id != by.person_id:
        return None
    since = engagement.submitted_at - JUST
    rows = queries.visible_to(by).filter(requester=by.person_id, asset=engagement.asset_id, merged_into=None)
    rows = rows.filter(client=engagement.client_id, provider=engagement.provider_id)
    rows = rows.filter(submitted_at__gte=since, submitted_at__lte=engagement.submitted_at, pk__lt=engagement.pk)
    return rows.exclude(status__in=[state.value for state in transitions.OVER]).first()


def last_domain(asset_id: int, by: Actor) -> str:
    """Of what kind the last failure of this machine was that the reader may see; "" without any."""
    rows = queries.visible_to(by).filter(asset=asset_id).order_by("-submitted_at", "-id")
    return rows.values_list("domain", flat=True).first() or ""


def merged_reports(engagement: Engagement, by: Actor) -> QuerySet[Engagement]:
    """The reports that were merged into this one."""
    return queries.visible_to(by).filter(merged_into=engagement.pk)


def surviving(engagement: Engagement, by: Actor) -> Engagement | None:
    """The earlier report into which this one was merged."""
    if engagement.merged_into_id is None:
        return None
    return queries.visible_to(by).filter(pk=engagement.merged_into_id).first()


def may_be_merged(engagement: Engagement) -> bool:
    """Whether nothing was done on it yet: the rule behind the form."""
    return Status(engagement.status) in merging.UNTOUCHED


def check_can_merge(engagement: Engagement, into: Engagement) -> None:
    """Refuse as the rule does, with what is open on the report."""
    merging.check_can_merge(_standing(engagement), _standing(into, goes_on=True), _open_ends(engagement))


def _compared(engagement: Engagement, rows: QuerySet[Engagement]) -> QuerySet[Engagement]:
    """Of `rows`: the latest, of the machine itself first, and those that share most words, however old."""
    alone = rows.select_related(None)
    latest = alone.order_by(_own_first(engagement), "-submitted_at", "-id").values("pk")[:MOST]
    likest = wording.by_words(alone, _report(engagement).text).values("pk")[:MOST]
    return rows.filter(Q(pk__in=latest) | Q(pk__in=likest))


def _obstacle(engagement: Engagement, into: Engagement, ends: Sequence[tuple[EndKind, str]] = ()) -> str:
    try:
        merging.check_can_merge(_standing(engagement), _standing(into, goes_on=True), ends)
    except Refused as no:
        return no.message
    return ""


def _open_ends(engagement: Engagement) -> list[tuple[EndKind, str]]:
    return [(EndKind(end.kind), end.what) for end in queries.open_ends(engagement)]


def _report(engagement: Engagement) -> Report:
    return Report(
        asset_id=engagement.asset_id,
        site_id=engagement.site_id,
        domain=engagement.domain,
        text=f"{engagement.title} {engagement.description}",
        submitted_at=engagement.submitted_at,
        is_open=not queries.is_over(engagement),
    )


def _standing(engagement: Engagement, *, goes_on: bool = False) -> merging.Standing:
    return merging.Standing(
        key=engagement.pk,
        number=engagement.number,
        # Held, it stands where it will go on from.
        status=Status(engagement.hold_from or engagement.status) if goes_on else Status(engagement.status),
        parties=engagement.party_ids,
        priority=Priority(engagement.priority),
        currency=engagement.currency,
        need_to_know=engagement.need_to_know,
        submitted_at=engagement.submitted_at,
    )
