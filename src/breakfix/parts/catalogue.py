"""Reads of a provider's catalogue of parts: what is in it, what fits which machine, what may stand in for what."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from breakfix.assets.models import Asset
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor, Side
from breakfix.kernel.errors import NotFound
from breakfix.parts import rules
from breakfix.parts.models import Alternate, CataloguePart, Fit, SupplierOffer
from breakfix.parts.values import Judged, Verdict

NO_MACHINE = Judged(Verdict.NOT_KNOWN, "the engagement names no machine")
NOT_LISTED = Judged(Verdict.NOT_KNOWN, "the catalogue does not list it")


@dataclass(frozen=True)
class Stand:
    """One part that may stand in for another, and whether it fits the machine in question."""

    row: Alternate
    judged: Judged

    @property
    def part(self) -> CataloguePart:
        """The one that stands in."""
        return self.row.alternate


@dataclass(frozen=True)
class Known:
    """What the catalogue knows of a part number for one machine; `part` is None where it does not list it."""

    number: str
    part: CataloguePart | None
    judged: Judged
    alternates: tuple[Stand, ...] = ()


def is_reader(by: Actor) -> bool:
    """Whether somebody reads the catalogue at all: a provider's office."""
    return by.side is Side.PROVIDER and bool(by.roles) and not by.field_only


def visible_to(by: Actor) -> QuerySet[CataloguePart]:
    """The parts of the reader's own organisation with what is known of them, withdrawn ones too."""
    rows = (
        CataloguePart.objects.filter(provider=by.organisation_id) if is_reader(by) else CataloguePart.objects.none()
    )
    fits = Fit.objects.filter(withdrawn_at=None).order_by("maker", "model", "id")
    alternates = Alternate.objects.filter(withdrawn_at=None, alternate__withdrawn_at=None)
    known = Prefetch("alternates_known", alternates.select_related("alternate").order_by("alternate__part_number"))
    return rows.prefetch_related(Prefetch("fits_known", fits), known).order_by("part_number", "id")


def says_already(fit: Fit) -> bool:
    """Whether the same statement stands: a form that is sent twice leaves one."""
    machine = {"maker__iexact": fit.maker, "model__iexact": fit.model, "withdrawn_at": None}
    ranges = {"fits": fit.fits, "firmware_from": fit.firmware_from, "firmware_until": fit.firmware_until}
    return Fit.objects.filter(part=fit.part, **machine, **ranges).exists()


def found(by: Actor, words: str) -> QuerySet[CataloguePart]:
    """Those in force of which every word stands in number, maker, description or a machine that they fit."""
    rows = visible_to(by).filter(withdrawn_at=None)
    for word in words.split():
        named = Q(part_number__icontains=word) | Q(maker__icontains=word) | Q(description__icontains=word)
        machine = Fit.objects.filter(withdrawn_at=None, fits=True, model__icontains=word).values("part")
        rows = rows.filter(named | Q(category__icontains=word) | Q(pk__in=machine))
    return rows


def get_part(catalogue_part_id: int, by: Actor) -> CataloguePart:
    """This part, or NotFound."""
    one = visible_to(by).filter(pk=catalogue_part_id).first()
    if one is None:
        raise NotFound("This part")
    return one


def lock_part(catalogue_part_id: int, by: Actor) -> CataloguePart:
    """As `get_part`, held until the end of the deed."""
    get_part(catalogue_part_id, by)
    return CataloguePart.objects.select_for_update().get(pk=catalogue_part_id)


def get_fit(fit_id: int, by: Actor) -> Fit:
    """This statement, or NotFound."""
    one = (
        Fit.objects.filter(pk=fit_id, part__in=visible_to(by).order_by().values("pk")).select_related("part").first()
    )
    if one is None:
        raise NotFound("This statement")
    return one


def get_alternate(alternate_id: int, by: Actor) -> Alternate:
    """This alternate, or NotFound."""
    rows = Alternate.objects.filter(pk=alternate_id, part__in=visible_to(by).order_by().values("pk"))
    one = rows.select_related("part", "alternate").first()
    if one is None:
        raise NotFound("This alternate")
    return one


def in_force(provider_id: int, part_number: str) -> CataloguePart | None:
    """The part of this number that a provider's catalogue lists now."""
    rows = CataloguePart.objects.filter(provider_id=provider_id, withdrawn_at=None)
    return rows.filter(part_number=rules.number(part_number)).first()


def known(engagement: Engagement, numbers: Iterable[str]) -> dict[str, Known]:
    """What the engagement's provider knows of these part numbers for its machine, by the number as it was given."""
    given = {one: rules.number(one) for one in numbers if one.strip()}
    if not given:
        return {}
    mine = CataloguePart.objects.filter(provider_id=engagement.provider_id, withdrawn_at=None)
    listed = {part.part_number: part for part in mine.filter(part_number__in=set(given.values()))}
    rows = Alternate.objects.filter(part__in=listed.values(), withdrawn_at=None, alternate__withdrawn_at=None)
    instead = defaultdict(list)
    for row in rows.select_related("alternate").order_by("alternate__part_number") if listed else ():
        instead[row.part_id].append(row)
    ids = {part.pk for part in listed.values()} | {row.alternate_id for each in instead.values() for row in each}
    judged = _judged(engagement.asset, ids)
    stands = {pk: tuple(Stand(row, judged[row.alternate_id]) for row in each) for pk, each in instead.items()}
    return {
        number: Known(number, part, judged[part.pk], stands.get(part.pk, ()))
        if (part := listed.get(key)) is not None
        else Known(number, None, NOT_LISTED)
        for number, key in given.items()
    }


def _judged(asset: Asset | None, part_ids: set[int]) -> dict[int, Judged]:
    """The verdict on each of these parts for this machine."""
    if asset is None:
        return dict.fromkeys(part_ids, NO_MACHINE)
    rows = Fit.objects.filter(part__in=part_ids, withdrawn_at=None)
    said = defaultdict(list)
    for row in rows.filter(maker__iexact=asset.maker, model__iexact=asset.model).order_by("id") if part_ids else ():
        said[row.part_id].append(row.said)
    return {pk: rules.judge(said[pk], asset.firmware, f"{asset.maker} {asset.model}") for pk in part_ids}


def offered_cost(engagement: Engagement, part_number: str, condition: str) -> int | None:
    """The lowest cost at which a supplier offered this number in this condition for the engagement, or None."""
    rows = SupplierOffer.objects.filter(engagement=engagement, condition=condition)
    costs = [one.cost_minor for one in rows if rules.number(one.part_number) == rules.number(part_number)]
    return min(costs, default=None)
