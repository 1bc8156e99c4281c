"""A case at a carrier on Northgate's calm engagement, with and without the client's letter."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from breakfix.incidents.models import Engagement
from breakfix.liaison.actions import cases, claims, letters
from breakfix.liaison.models import Letter, VendorCase, VendorContact, VendorPromise
from breakfix.liaison.values import CaseResult, ClaimAbout, PromiseGiven, VendorKind, Way
from tests.makers import World, local

OPENED = local("2026-12-01 20:30")
NEXT = local("2026-12-01 22:30")
SPOKEN = local("2026-12-01 21:00")
CARRIER = "Windy City Telecom"


def opened(
    world: World, engagement: Engagement, *, who: str = "dana", at: datetime = OPENED, **given: Any
) -> VendorCase:
    """The carrier's case 4471-A, asked about again two hours later."""
    usual: dict[str, Any] = {
        "vendor_kind": VendorKind.ISP,
        "vendor_name": CARRIER,
        "reference": "4471-A",
        "contact": "+1 312 555 0101",
        "next_contact_at": NEXT,
    }
    return cases.open_vendor_case(engagement.pk, **{**usual, **given}, by=world.actor(who), at=at)


def spoken(
    world: World, case: VendorCase, *, who: str = "dana", at: datetime = SPOKEN, **given: Any
) -> VendorContact:
    """One contact by telephone."""
    usual: dict[str, Any] = {
        "way": Way.PHONE,
        "said": "They see errors on the pair and send somebody.",
        "spoke_with": "Marcy of the night desk",
        "next_contact_at": NEXT,
    }
    return cases.log_vendor_contact(case.pk, **{**usual, **given}, by=world.actor(who), at=at)


def granted(
    world: World, engagement: Engagement, *, who: str = "seth", at: datetime = OPENED, **given: Any
) -> Letter:
    """The client's letter for the carrier."""
    usual: dict[str, Any] = {
        "vendor_name": CARRIER,
        "scope": "Fault reports on circuit 71/HCGS/204417",
        "valid_until": local("2026-12-31 18:00"),
    }
    return letters.grant_letter(engagement.pk, **{**usual, **given}, by=world.actor(who, at), at=at)


def over(world: World, engagement: Engagement, at: datetime) -> VendorCase:
    """A case that was opened, spoken about and closed at one instant, with a letter, terms and a claim."""
    later = at + timedelta(hours=2)
    granted(world, engagement, at=at, valid_until=at + timedelta(days=30))
    case = opened(world, engagement, at=at, next_contact_at=later)
    promised = [PromiseGiven("Somebody on site", until=later)]
    spoken(world, case, at=at, next_contact_at=later, promises_made=promised)
    by = world.actor("dana")
    terms: dict[str, Any] = {"source": "Schedule C", "availability": Decimal("99.9")}
    claims.note_vendor_terms(case.pk, **terms, by=by, at=at)
    claims.draft_vendor_claim(case.pk, about=ClaimAbout.AVAILABILITY, by=by, at=at)
    return cases.close_vendor_case(case.pk, result=CaseResult.FIXED, said="A pair was repaired.", by=by, at=at)


def ids_of(engagement_id: int) -> dict[str, int]:
    """The ids of that case, by the names that addresses give them."""
    promise = VendorPromise.objects.get(case__engagement=engagement_id)
    letter = Letter.objects.get(engagement=engagement_id)
    return {"case_id": promise.case_id, "promise_id": promise.pk, "letter_id": letter.pk}
