"""Reads of ordered parts; each begins at the engagements that somebody may see."""

from datetime import datetime

from django.db.models import Max, QuerySet

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parts.models import Loan, Loaner, PartOrder, SupplierOffer
from breakfix.parts.values import AWAITED, BEFORE_ORDER, BUILT_IN, FAULTY, UNDECIDED, LoanStatus, Status


def visible_to(by: Actor) -> QuerySet[PartOrder]:
    """The parts of engagements this actor was let in on."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = PartOrder.objects.filter(engagement__in=seen)
    return rows.select_related("engagement", "issued_to__person", "replaces").order_by(
        "engagement", "quote_line", "unit"
    )


def lock_part(order_id: int, by: Actor) -> PartOrder:
    """This unit with its engagement, both held until the end of the deed, the engagement first; or NotFound."""
    seen = visible_to(by).filter(pk=order_id).order_by().values_list("engagement_id", flat=True).first()
    if seen is None:
        raise NotFound("This part")
    engagement = incidents.lock_engagement(seen, by)
    part = PartOrder.objects.select_for_update().get(pk=order_id)
    part.engagement = engagement
    return part


def lock_open_part(order_id: int, by: Actor) -> PartOrder:
    """As `lock_part`, of an engagement on which something may still be done."""
    part = lock_part(order_id, by)
    if incidents.is_over(part.engagement):
        message = f"The engagement is {part.engagement.status}; nothing more is done on it."
        raise Refused("engagement_over", message)
    return part


def parts_of(engagement: Engagement) -> list[PartOrder]:
    """Every unit ordered for it, in the order of the quote."""
    rows = PartOrder.objects.filter(engagement=engagement).select_related("issued_to__person", "replaces")
    return list(rows.order_by("quote_line", "unit"))


def bought(engagement: Engagement) -> list[PartOrder]:
    """Every unit that was ordered, by an approved quote or at the provider's own risk."""
    return [part for part in parts_of(engagement) if Status(part.status) not in BEFORE_ORDER]


def undecided(engagement: Engagement) -> list[PartOrder]:
    """What was bought, and is neither built in nor given back nor found dead."""
    return [part for part in parts_of(engagement) if Status(part.status) in UNDECIDED]


def arrivals(engagement: Engagement) -> list[tuple[str, datetime]]:
    """What was ordered and has not arrived, with when it is expected."""
    awaited = [part for part in parts_of(engagement) if Status(part.status) in AWAITED]
    return [(part.description, part.expected_at) for part in awaited if part.expected_at is not None]


def faulty(engagement: Engagement) -> list[PartOrder]:
    """What was dead on arrival or failed within its warranty, whatever the supplier did about it."""
    return [part for part in parts_of(engagement) if Status(part.status) in FAULTY]


# ------------------------------------------------------------------------------------------- replacements


def replaced_by(part: PartOrder) -> PartOrder | None:
    """The faulty unit in whose place this one was ordered, held until the end of the deed."""
    if part.replaces_id is None:
        return None
    found = PartOrder.objects.select_for_update().get(pk=part.replaces_id)
    found.engagement = part.engagement
    return found


def replacement_of(part: PartOrder) -> PartOrder | None:
    """The unit that was ordered in place of this one."""
    return PartOrder.objects.filter(replaces=part).first()


def replacement_on_its_way(part: PartOrder) -> bool:
    """Whether its own supplier is to send another unit that has not arrived yet."""
    other = replacement_of(part)
    return other is not None and other.supplier == part.supplier and Status(other.status) in AWAITED


def next_unit(part: PartOrder) -> int:
    """The next number on the line that pays for this unit."""
    line = PartOrder.objects.filter(engagement=part.engagement, quote_line=part.quote_line)
    latest: int = line.aggregate(latest=Max("unit"))["latest"]
    return latest + 1


def owed(engagement: Engagement) -> list[PartOrder]:
    """Faulty units in whose place nothing works yet: whoever has to come again for them comes at no charge."""
    every = parts_of(engagement)
    taken = {one.replaces_id: one for one in every if one.replaces_id is not None}
    found = [part for part in every if Status(part.status) in FAULTY]
    return [part for part in found if part.pk not in taken or Status(taken[part.pk].status) in UNDECIDED]


def fault_of(part: PartOrder) -> str:
    """What was wrong with a faulty unit, in short: which one, and when it failed."""
    what = "was dead on arrival" if part.was_dead else "failed within its warranty"
    return f"{part.description}, serial {part.serial_received}, {what}"


# ------------------------------------------------------------------------------------------- what is billed


def next_need(engagement: Engagement) -> int:
    """The next number among the units that no quote pays for yet."""
    known = PartOrder.objects.filter(engagement=engagement, quote_line="")
    return int(known.aggregate(latest=Max("unit"))["latest"] or 0) + 1


def wanted(engagement: Engagement, part_number: str) -> list[PartOrder]:
    """The units of this number that are still without a supplier's price, held until the end of the deed."""
    known = PartOrder.objects.select_for_update().filter(engagement=engagement, part_number=part_number)
    rows = list(known.filter(status__in=[Status.NEEDED, Status.SOURCING]).order_by("id"))
    for part in rows:
        part.engagement = engagement
    return rows


def offers_of(engagement: Engagement, by: Actor) -> list[SupplierOffer]:
    """What suppliers offered for it: for the provider's office only, as cost is its own until a quote shows it."""
    if by.field_only or not (by.is_machine or by.organisation_id == engagement.provider_id):
        return []
    rows = SupplierOffer.objects.filter(engagement=engagement).select_related("evidence", "noted_by")
    return list(rows.order_by("wanted", "id"))


def offers_visible_to(by: Actor) -> QuerySet[SupplierOffer]:
    """The same of all engagements of the reader's own firm that they were let in on, latest first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = SupplierOffer.objects.filter(engagement__in=seen, engagement__provider=by.organisation_id or 0)
    rows = rows.none() if by.field_only else rows
    return rows.select_related("engagement", "evidence", "noted_by").order_by("-id")


def get_offer(offer_id: int, engagement: Engagement, by: Actor) -> SupplierOffer:
    """This offer for this engagement, or NotFound."""
    found = next((one for one in offers_of(engagement, by) if one.pk == offer_id), None)
    if found is None:
        raise NotFound("This offer")
    return found


def is_ordered(engagement: Engagement, refs: list[str]) -> bool:
    """Whether any of these approved lines was ordered already."""
    return PartOrder.objects.filter(engagement=engagement, quote_line__in=refs).exists()


def serials_received(engagement: Engagement) -> set[str]:
    """The serials that arrived so far."""
    rows = PartOrder.objects.filter(engagement=engagement).exclude(serial_received="")
    return set(rows.values_list("serial_received", flat=True))


def installed(engagement: Engagement) -> dict[str, int]:
    """How many units of each approved line were built in and work: what of the parts is billed.

    A dead unit is not among them; the one in its place is, on the same line. What was bought at the provider's own
    risk is, once a quote that lists it was approved.
    """
    counts: dict[str, int] = {}
    for part in parts_of(engagement):
        if part.quote_line and Status(part.status) in BUILT_IN:
            counts[part.quote_line] = counts.get(part.quote_line, 0) + 1
    return counts


# ------------------------------------------------------------------------------------------- loaners

AWAY = (LoanStatus.OFFERED.value, LoanStatus.LENT.value)


def pool(by: Actor) -> QuerySet[Loaner]:
    """The loaners of the reader's own organisation, by tag; none for somebody whose roles ended."""
    rows = Loaner.objects.filter(provider=by.organisation_id) if by.roles else Loaner.objects.none()
    return rows.order_by("tag")


def free_loaners(by: Actor) -> list[Loaner]:
    """Those that are neither offered nor lent."""
    away = Loan.objects.filter(status__in=AWAY).values("loaner")
    return list(pool(by).exclude(pk__in=away))


def lock_loaner(loaner_id: int, by: Actor) -> Loaner:
    """This loaner of one's own, held until the end of the deed: it goes to one engagement at a time."""
    found = pool(by).select_for_update().filter(pk=loaner_id).first()
    if found is None:
        raise NotFound("This loaner")
    return found


def is_free(loaner: Loaner) -> bool:
    """Whether it is neither offered nor lent."""
    return not Loan.objects.filter(loaner=loaner, status__in=AWAY).exists()


def loans_of(engagement: Engagement) -> list[Loan]:
    """Every loaner that was offered for it, in order."""
    return list(Loan.objects.filter(engagement=engagement).select_related("loaner").order_by("offered_at", "id"))


def loans_visible_to(by: Actor) -> QuerySet[Loan]:
    """The loans for engagements that this actor was let in on, latest first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    return Loan.objects.filter(engagement__in=seen).select_related("loaner", "engagement").order_by("-id")


def get_loan(loan_id: int, by: Actor) -> Loan:
    """This loan, or NotFound."""
    found = loans_visible_to(by).filter(pk=loan_id).first()
    if found is None:
        raise NotFound("This loan")
    return found


def pool_with_loans(by: Actor) -> list[tuple[Loaner, Loan | None]]:
    """Each loaner with the loan that keeps it away now."""
    away = Loan.objects.filter(status__in=AWAY, loaner__in=pool(by)).select_related("engagement")
    where = {one.loaner_id: one for one in away}
    return [(one, where.get(one.pk)) for one in pool(by)]


def lock_loan(loan_id: int, by: Actor) -> Loan:
    """This loan with its engagement, both held until the end of the deed, the engagement first; or NotFound."""
    engagement = incidents.lock_engagement(get_loan(loan_id, by).engagement_id, by)
    loan = Loan.objects.select_for_update(of=("self",)).select_related("loaner").get(pk=loan_id)
    loan.engagement = engagement
    return loan
