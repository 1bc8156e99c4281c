"""Cases at vendors with their log and promises, letters of authority, and drafts of claims."""

import json
from datetime import datetime, timedelta
from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.engagement import StretchOut
from breakfix.api.lists import Filters, Listed, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Case, Exact, Instant, Kept, Named, Number, Sha256, told, word
from breakfix.incidents import queries as incidents
from breakfix.liaison import queries as liaison
from breakfix.liaison.values import Basis, CaseResult, CaseStatus, ClaimAbout, Days, PromiseVerdict, VendorKind, Way


class VendorCaseOut(Schema):
    """One case at one vendor, under the vendor's own reference; times in its hours are in `hours`."""

    id: int
    engagement: Case
    number: int
    vendor_kind: str = word(VendorKind)
    vendor_name: str
    reference: str
    tier: int
    contact: str
    status: str = word(CaseStatus)
    opened_at: Instant
    next_contact_at: Instant | None = Field(description="When the vendor is asked next; null once it is closed.")
    days: str = word(Days)
    hours: dict[str, Any] = Field(description="The vendor's stated hours as a calendar; empty: round the clock.")
    availability: Exact | None
    response_minutes: int | None
    amount_rule: str
    terms_source: str
    closed_at: Instant | None
    result: str = Field(examples=[CaseResult.FIXED.value])
    result_text: str


class VendorContactOut(Schema):
    """One entry of a case's log; never changed, so `corrects_id` names the earlier one that it stands in for."""

    id: int
    case_id: int
    number: int
    way: str = word(Way)
    spoke_with: str
    said: str
    answered: bool
    tier: int
    letter_id: int | None = Field(description="The letter in force at that moment; null: there was none.")
    corrects_id: int | None
    contacted_by: Named
    contacted_at: Instant
    noted_at: Instant


class VendorPromiseBase(Schema):
    id: int
    case_id: int
    what: str
    made_at: Instant
    until: Instant
    within_minutes: int | None
    basis: str = word(Basis)
    kept_at: Instant | None
    ended_at: Instant | None = Field(description="The case was closed then, before the promise was kept.")


class PromiseDerivationOut(Schema):
    """A promise's clock written out: counted stretches add up to `elapsed_seconds`, and on through `ahead` to
    `target_seconds`."""

    calendar: dict[str, Any] = Field(description="The hours that count, as the vendor stated them when it promised.")
    computed: bool = Field(
        description="Promised within some time: where `target_seconds` are used up, it is due. False: an instant was"
        " named, and `target_seconds` is what of these hours lies before it."
    )
    target_seconds: int
    started_at: Instant
    stopped_at: Instant | None = Field(description="Kept, or its case closed.")
    read_at: Instant
    stretches: list[StretchOut]
    ahead: list[StretchOut]
    elapsed_seconds: int
    due_at: Instant


class VendorPromiseOut(VendorPromiseBase):
    """A promise and how it stands: minutes left while open, early when kept, late when broken, in its own hours."""

    verdict: str = word(PromiseVerdict)
    minutes: int
    derivation: PromiseDerivationOut


class VendorCaseWhole(VendorCaseOut):
    """With what the vendor promised, earliest due first, and every interval of its clocks."""

    promises: list[VendorPromiseOut]


class LetterOut(Schema):
    """By which the provider speaks for the client to one vendor; its words are the canonical JSON with this hash."""

    id: int
    engagement: Case
    number: Number
    vendor_name: str
    scope: str
    valid_until: Instant
    sha256: Sha256
    signed_copy: Kept | None
    granted_by: Named
    granted_at: Instant
    revoked_at: Instant | None
    revoke_reason: str


class VendorClaimBase(Schema):
    id: int
    case_id: int
    number: Number
    about: str = word(ClaimAbout)
    sha256: Sha256
    drafted_by: Named
    drafted_at: Instant


class VendorClaimOut(VendorClaimBase):
    """A draft for the client to check and send: promised against measured, and how it was measured."""

    content: dict[str, Any] = Field(description="The canonical JSON, as it is hashed and printed.")


@listing(router, "/vendor-cases", VendorCaseOut, order="id", summary="Cases at vendors")
def vendor_case_list(call: Call, filters: Filters) -> Any:
    """Every case on the engagements that one was let in on."""
    return liaison.visible_to(call.by)


@listing(router, "/engagements/{int:engagement_id}/vendor-cases", VendorCaseOut, order="id", summary="Vendor cases")
def vendor_cases_of(call: Call, filters: Filters, engagement_id: int) -> Any:
    """The cases of one engagement."""
    found = incidents.get_engagement(engagement_id, call.by)
    return liaison.visible_to(call.by).filter(engagement=found)


@detail(router, "/vendor-cases/{int:case_id}", VendorCaseWhole, summary="A vendor case")
def vendor_case(call: Call, case_id: int) -> Any:
    """One case at a vendor."""
    case = liaison.get_case(case_id, call.by)
    promised = [_promise(one, call.at) for one in liaison.promised(case, call.at)]
    return told(VendorCaseOut, case, promises=promised)


def _promise(one: Any, at: datetime) -> dict[str, Any]:
    """A promise, how it stands and every interval of why."""
    verdict, minutes = one.reading.verdict, int(one.reading.by.total_seconds() // 60)
    found = _derivation(liaison.explained(one.row, at))
    return told(VendorPromiseBase, one.row, verdict=verdict, minutes=minutes, derivation=found)


def _derivation(why: Any) -> dict[str, Any]:
    second = timedelta(seconds=1)
    return {
        "calendar": why.calendar.to_json(),
        "computed": why.computed,
        "target_seconds": why.target // second,
        "started_at": why.made_at,
        "stopped_at": why.stopped_at,
        "read_at": why.read_at,
        "stretches": [one.to_json() for one in why.stretches],
        "ahead": [one.to_json() for one in why.ahead],
        "elapsed_seconds": why.used // second,
        "due_at": why.until,
    }


@listing(router, "/vendor-cases/{int:case_id}/contacts", VendorContactOut, order="id", summary="Log of a case")
def vendor_contacts(call: Call, filters: Filters, case_id: int) -> Any:
    """What was said, as it was noted, oldest first."""
    case = liaison.get_case(case_id, call.by)
    return liaison.contacts_visible_to(call.by).filter(case=case)


@listing(router, "/vendor-cases/{int:case_id}/promises", VendorPromiseOut, order="id", summary="Promises of a vendor")
def vendor_promises(call: Call, filters: Filters, case_id: int) -> Any:
    """What the vendor promised, and whether it was kept."""
    case = liaison.get_case(case_id, call.by)

    def shape(rows: list[Any]) -> list[Any]:
        return [_promise(one, call.at) for one in liaison.readings_of(rows, call.at)]

    return Listed(liaison.promises_visible_to(call.by).filter(case=case), shape)


@listing(router, "/vendor-cases/{int:case_id}/claims", VendorClaimOut, order="id", summary="Claims against a vendor")
def vendor_claims(call: Call, filters: Filters, case_id: int) -> Any:
    """Drafts of what the client may claim; not for who only does field work."""
    case = liaison.get_case(case_id, call.by)

    def shape(rows: list[Any]) -> list[Any]:
        return [told(VendorClaimBase, one, content=json.loads(one.canonical)) for one in rows]

    return Listed(liaison.claims_visible_to(call.by).filter(case=case), shape)


@listing(router, "/engagements/{int:engagement_id}/letters", LetterOut, order="id", summary="Letters of authority")
def letters(call: Call, filters: Filters, engagement_id: int) -> Any:
    """By whose authority vendors are spoken to, until when."""
    found = incidents.get_engagement(engagement_id, call.by)
    return liaison.letters_visible_to(call.by).filter(engagement=found)
