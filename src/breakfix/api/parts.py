"""Ordered parts, one row for each unit, with its serials; what suppliers offered; and what was lent meanwhile."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Case, Exact, Instant, Kept, Named, word
from breakfix.incidents import queries as incidents
from breakfix.kernel.errors import NotFound
from breakfix.parts import queries as parts
from breakfix.parts.values import Grade, LoanStatus, Status


class PartOrderOut(Schema):
    """One unit on its way to one engagement; `quote_line` names the approved line that pays for it."""

    id: int
    engagement: Case
    quote_line: str = Field(examples=["quote/12/P1"])
    unit: int
    part_number: str = Field(examples=["H2R6M"])
    description: str
    supplier: str
    alternate_for: str = Field(description="What was quoted, where a listed alternate was fitted in its place.")
    data_bearing: bool
    status: str = word(Status)
    serial_received: str
    serial_installed: str
    serial_removed: str
    removed_disposition: str
    return_reason: str
    needed_at: Instant | None
    needed_for: str
    reserved_until: Instant | None
    own_risk_reason: str = Field(description="Why it was bought before an approval.")
    ordered_at: Instant | None
    expected_at: Instant | None
    carrier: str
    tracking: str
    shipped_at: Instant | None
    received_at: Instant | None
    inspected_at: Instant | None
    inspection: str
    issued_at: Instant | None
    installed_at: Instant | None
    returned_at: Instant | None
    failed_at: Instant | None
    fault: str
    replaces_id: int | None = Field(description="The faulty unit in whose place this one was ordered.")
    claim_reference: str
    claimed_at: Instant | None
    claim_settlement: str
    claim_settled_at: Instant | None
    core_due_at: Instant | None
    custody: str = Field(examples=["release"])
    custody_reason: str
    custody_at: Instant | None
    core_tracking: str
    core_shipped_at: Instant | None
    core_settled_at: Instant | None


@listing(router, "/engagements/{int:engagement_id}/part-orders", PartOrderOut, order="id", summary="Parts")
def part_orders(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every unit ordered for an engagement."""
    found = incidents.get_engagement(engagement_id, call.by)
    return parts.visible_to(call.by).filter(engagement=found)


@detail(router, "/part-orders/{int:order_id}", PartOrderOut, summary="A part")
def part_order(call: Call, order_id: int) -> Any:
    """One unit."""
    found = parts.visible_to(call.by).filter(pk=order_id).first()
    if found is None:
        raise NotFound("This part")
    return found


class SupplierOfferOut(Schema):
    """What one supplier would send, at what cost, until when, and how soon: the provider's own knowledge."""

    id: int
    engagement: Case
    wanted: str = Field(description="The part number that was looked for.")
    part_number: str
    supplier: str
    condition: str = word(Grade)
    cost: Amount = Field(description="Of one unit, before the markup.")
    freight: Amount
    warranty_days: int
    lead_optimistic: Exact = Field(description="Hours from the order to the door.")
    lead_likely: Exact
    lead_pessimistic: Exact
    valid_until: Instant
    evidence: Kept
    noted_at: Instant
    noted_by: Named | None


class LoanOut(Schema):
    """One loaner for one engagement. With a `free_reason` the provider caused the need, and it costs nothing."""

    id: int
    engagement: Case
    loaner_id: int
    tag: str = Field(validation_alias="loaner.tag", examples=["IB-L07"])
    description: str = Field(validation_alias="loaner.description")
    status: str = word(LoanStatus)
    free_reason: str
    condition: str
    offered_at: Instant
    due_at: Instant
    lent_at: Instant | None
    ended_at: Instant | None


@listing(
    router,
    "/engagements/{int:engagement_id}/supplier-offers",
    SupplierOfferOut,
    order="-id",
    summary="Suppliers' offers",
)
def supplier_offers(call: Call, filters: Filters, engagement_id: int) -> Any:
    """What suppliers offered for an engagement; cost is the provider's own until a quote shows it."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only or call.by.organisation_id != found.provider_id:
        raise NotFound("These offers")
    return parts.offers_visible_to(call.by).filter(engagement=found)


@listing(router, "/engagements/{int:engagement_id}/loans", LoanOut, order="-id", summary="Loaners")
def loan_list(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every loaner that was offered for an engagement, and where it is."""
    found = incidents.get_engagement(engagement_id, call.by)
    return parts.loans_visible_to(call.by).filter(engagement=found)
