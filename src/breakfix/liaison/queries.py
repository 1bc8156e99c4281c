"""Every read of vendors' cases, letters, promises and claims, beginning with who is reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.clocks import Reading
from breakfix.incidents.values import ClockKind
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound
from breakfix.liaison.models import Letter, VendorCase, VendorClaim, VendorContact, VendorPromise
from breakfix.liaison.rules import cases, promises
from breakfix.liaison.values import Basis, CaseStatus, PromiseReading, PromiseVerdict

# ------------------------------------------------------------------------------------------ cases


def visible_to(by: Actor) -> QuerySet[VendorCase]:
    """The cases of the engagements this actor was let in on."""
    rows = VendorCase.objects.filter(engagement__in=_seen(by))
    return rows.select_related("engagement__client", "engagement__provider", "engagement__site").order_by("id")


def _seen(by: Actor) -> Any:
    return incidents.visible_to(by).order_by().select_related(None).values("pk")


def get_case(case_id: int, by: Actor) -> VendorCase:
    """This case, or NotFound."""
    found = visible_to(by).filter(pk=case_id).first()
    if found is None:
        raise NotFound("This case")
    return found


def lock_case(case_id: int, by: Actor) -> VendorCase:
    """This case with its engagement, both held until the end of the deed, the engagement first; or NotFound."""
    engagement = incidents.lock_engagement(get_case(case_id, by).engagement_id, by)
    found = VendorCase.objects.select_for_update().get(pk=case_id)
    found.engagement = engagement
    return found


def cases_of(engagement: Engagement) -> list[VendorCase]:
    """Every case on an engagement the caller may see, the open ones by their next contact, then the closed ones."""
    rows = list(VendorCase.objects.filter(engagement=engagement).order_by("number"))
    for one in rows:
        one.engagement = engagement
    return sorted(rows, key=lambda one: (one.next_contact_at is None, one.next_contact_at or one.opened_at))


def open_cases(by: Actor) -> QuerySet[VendorCase]:
    """What this person's desk has to ask vendors about next, the longest overdue first."""
    return visible_to(by).filter(status=CaseStatus.OPEN).order_by("next_contact_at", "id")


@dataclass(frozen=True)
class CaseLine:
    """One case with what its vendor still owes, as it stands at an instant."""

    case: VendorCase
    promise: "Promised | None"
    overdue: bool


def lines_of(found: Sequence[VendorCase], at: datetime) -> list[CaseLine]:
    """Each case with its next promise, broken ones first, in one query for all."""
    owed: dict[int, list[Promised]] = {one.pk: [] for one in found}
    for one in _read(VendorPromise.objects.filter(case__in=list(owed), kept_at=None, ended_at=None), at):
        owed[one.row.case_id].append(one)
    return [CaseLine(one, next(iter(owed[one.pk]), None), is_overdue(one, at)) for one in found]


def is_overdue(case: VendorCase, at: datetime) -> bool:
    """Whether the vendor should have been asked again by now."""
    return case.next_contact_at is not None and case.next_contact_at <= at


# ------------------------------------------------------------------------------------------ log and promises


def contacts(case: VendorCase) -> list[VendorContact]:
    """The log of a case, newest first; an entry that was corrected says so and stays."""
    rows = VendorContact.objects.filter(case=case).select_related("contacted_by", "letter", "corrects")
    return list(rows.order_by("-number"))


def contacts_visible_to(by: Actor) -> QuerySet[VendorContact]:
    """Every entry of the cases this actor sees."""
    return VendorContact.objects.filter(case__in=visible_to(by).order_by().values("pk")).select_related(
        "contacted_by", "letter"
    )


def corrected(case: VendorCase) -> set[int]:
    """The entries that a later one stands in for."""
    rows = VendorContact.objects.filter(case=case, corrects__isnull=False)
    return {one.corrects_id for one in rows if one.corrects_id is not None}


@dataclass(frozen=True)
class Promised:
    """A promise and how it stands."""

    row: VendorPromise
    reading: PromiseReading

    @property
    def is_open(self) -> bool:
        return self.row.kept_at is None and self.row.ended_at is None

    @property
    def broken(self) -> bool:
        return self.reading.verdict is PromiseVerdict.BROKEN


def promised(case: VendorCase, at: datetime) -> list[Promised]:
    """What the vendor promised, earliest due first, with its clock at `at`."""
    return _read(VendorPromise.objects.filter(case=case), at)


def promises_visible_to(by: Actor) -> QuerySet[VendorPromise]:
    """Every promise on the cases this actor sees."""
    return VendorPromise.objects.filter(case__in=visible_to(by).order_by().values("pk"))


def readings_of(rows: Sequence[VendorPromise], at: datetime) -> list[Promised]:
    """How these promises stand."""
    return [Promised(row, _reading(row, at)) for row in rows]


def _read(rows: QuerySet[VendorPromise], at: datetime) -> list[Promised]:
    return readings_of(list(rows.order_by("until", "id")), at)


def _reading(row: VendorPromise, at: datetime) -> PromiseReading:
    return promises.reading(
        until=row.until,
        basis=Basis(row.basis),
        hours=row.calendar,
        kept_at=row.kept_at,
        ended_at=row.ended_at,
        at=at,
    )


def explained(row: VendorPromise, at: datetime) -> promises.Explained:
    """Every interval of a promise's clock as it stands at `at`, for whoever wants to add them up again."""
    return promises.explained(
        made_at=row.made_at,
        until=row.until,
        within_minutes=row.within_minutes,
        basis=Basis(row.basis),
        hours=row.calendar,
        stopped_at=row.kept_at or row.ended_at,
        at=at,
    )


def lock_promise(case: VendorCase, promise_id: int) -> VendorPromise:
    """A promise of this case, or NotFound."""
    found = VendorPromise.objects.select_for_update().filter(case=case, pk=promise_id).first()
    if found is None:
        raise NotFound("This promise")
    return found


def get_contact(case: VendorCase, contact_id: int) -> VendorContact:
    """An entry of this case's log, or NotFound."""
    found = VendorContact.objects.filter(case=case, pk=contact_id).first()
    if found is None:
        raise NotFound("This entry")
    return found


def objective(engagement: Engagement, at: datetime) -> Reading | None:
    """Our own clock beside the vendor's: the restore objective as it stands."""
    return next((one for one in incidents.readings(engagement, at) if one.kind is ClockKind.RESTORE), None)


# ------------------------------------------------------------------------------------------ letters


def letters_visible_to(by: Actor) -> QuerySet[Letter]:
    """The letters of authority of the engagements this actor sees."""
    rows = Letter.objects.filter(engagement__in=_seen(by))
    return rows.select_related("engagement", "granted_by", "revoked_by", "signed_copy").order_by("id")


def letters_of(engagement: Engagement) -> list[Letter]:
    """Every letter that the client gave for an engagement, newest first."""
    rows = Letter.objects.filter(engagement=engagement).select_related("granted_by", "revoked_by", "signed_copy")
    return list(rows.order_by("-granted_at", "-id"))


def lock_letter(engagement: Engagement, letter_id: int) -> Letter:
    """A letter of this engagement, or NotFound."""
    found = Letter.objects.select_for_update().filter(engagement=engagement, pk=letter_id).first()
    if found is None:
        raise NotFound("This letter")
    return found


def get_letter(letter_id: int, by: Actor) -> Letter:
    """This letter, or NotFound."""
    found = letters_visible_to(by).filter(pk=letter_id).first()
    if found is None:
        raise NotFound("This letter")
    return found


def is_in_force(letter: Letter, at: datetime) -> bool:
    """Whether the provider could speak for the client by it at that instant."""
    return cases.in_force(
        granted_at=letter.granted_at, valid_until=letter.valid_until, revoked_at=letter.revoked_at, at=at
    )


def letter_for(engagement: Engagement, vendor_name: str, at: datetime) -> Letter | None:
    """The letter by which this vendor could be spoken to at that instant, the one that lasts longest."""
    name = cases.folded(vendor_name)
    found = [one for one in letters_of(engagement) if cases.folded(one.vendor_name) == name and is_in_force(one, at)]
    return max(found, key=lambda one: one.valid_until, default=None)


# ------------------------------------------------------------------------------------------ claims


def claims_visible_to(by: Actor) -> QuerySet[VendorClaim]:
    """Drafts of claims; what a client pays its vendor is nothing for who only does field work."""
    rows = VendorClaim.objects.filter(case__in=visible_to(by).order_by().values("pk"))
    rows = rows.none() if by.field_only else rows
    return rows.select_related("case__engagement", "drafted_by").order_by("id")


def claims_of(engagement: Engagement, by: Actor) -> list[VendorClaim]:
    """The drafts of an engagement, oldest first."""
    return list(claims_visible_to(by).filter(case__engagement=engagement))


def get_claim(claim_id: int, by: Actor) -> VendorClaim:
    """This draft, or NotFound."""
    found = claims_visible_to(by).filter(pk=claim_id).first()
    if found is None:
        raise NotFound("This claim")
    return found


def first_answer(case: VendorCase) -> datetime | None:
    """When a person of the vendor first answered, by the entries that still stand."""
    stands = VendorContact.objects.filter(case=case, answered=True).exclude(pk__in=corrected(case))
    return stands.order_by("contacted_at").values_list("contacted_at", flat=True).first()
