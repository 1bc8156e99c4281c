"""Rounds of approval with their seats, and who may sign for whom."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, Shown, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Case, Instant, Named, Sha256, told
from breakfix.approvals import queries as approvals
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound


class SeatOut(Schema):
    """One place that one person fills; a bypassed one has to be ratified by its holder."""

    name: str = Field(examples=["finance"])
    kind: str = Field(examples=["spend"])
    roles: list[str]
    state: str = Field(examples=["APPROVED"])
    decided_by: Named | None
    for_person: Named | None = Field(description="Whom it was decided for, if for somebody else.")
    decided_at: Instant | None
    reason: str
    emergency: bool
    ratify_by: Instant | None
    ratified_by: Named | None
    ratified_at: Instant | None


class RoundOut(Schema):
    """One question to the client's people about one document, bound by the hash of what they were shown."""

    id: int
    engagement: Case
    subject: str = Field(examples=["quote/12"])
    subject_sha256: Sha256
    purpose: str = Field(examples=["quote"])
    status: str = Field(examples=["OPEN"])
    exposure: Amount | None
    quorum: int | None = Field(description="How many seats suffice; null: all of them.")
    limited_to_restoring: bool
    opened_at: Instant
    closed_at: Instant | None
    seats: list[SeatOut]


class AttemptOut(Schema):
    """One try to reach somebody, and what came of it."""

    at: Instant
    seat: str
    rung: str = Field(examples=["notify"])
    channel: str = Field(examples=["email"])
    person: Named | None
    outcome: str = Field(examples=["sent"])


class RoundWhole(RoundOut):
    """With every attempt, and the seats that the caller may fill now."""

    attempts: list[AttemptOut]
    mine: list[str]
    mine_in_emergency: list[str]


class DelegationOut(Schema):
    """Who may act on a seat for whom, [starts_at, ends_at), up to which sum."""

    id: int
    delegator: Named
    delegate: Named
    seat: str
    limit: Amount | None
    starts_at: Instant
    ends_at: Instant
    revoked_at: Instant | None


class AuthorityOut(Schema):
    """How much one person may approve on one seat, tax included: [since, until)."""

    id: int
    person: Named
    seat: str
    limit: Amount
    since: Instant
    until: Instant | None


class FindingBase(Schema):
    """Something an auditor of the client must see; open until somebody of the client answers it."""

    id: int
    engagement: Case
    what: str
    opened_at: Instant
    what_happened: str
    what_changes: str
    answered_by: Named | None
    closed_at: Instant | None


class FindingOut(FindingBase):
    """With what it is about."""

    seat: str | None = Field(description="The seat whose silence or refusal it is about.", examples=["finance"])


@listing(router, "/engagements/{int:engagement_id}/rounds", RoundOut, order="opened_at", summary="Approvals")
def rounds(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every round of an engagement with its seats, oldest first."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("This approval")
    return approvals.visible_to(call.by).filter(engagement=found)


@detail(router, "/rounds/{int:round_id}", RoundWhole, summary="A round of approval")
def approval(call: Call, round_id: int) -> Any:
    """One round: its seats, what was tried to reach their people, and what the caller may decide now."""
    found = approvals.get_round(round_id, call.by)
    if call.by.field_only:
        raise NotFound("This approval")
    tries = [
        {"at": one.at, "seat": one.seat.name, "rung": one.rung, "channel": one.channel, "person": one.person}
        | {"outcome": one.outcome}
        for one in approvals.attempts(found)
    ]
    asked = found.status == "OPEN" and call.by.side is Side.CLIENT
    mine = approvals.may_decide(found, call.by, call.at).seats if asked else ()
    pressing = approvals.may_decide_in_emergency(found, call.by, call.at).seats if asked else ()
    return told(RoundOut, found, attempts=tries, mine=mine, mine_in_emergency=pressing)


@listing(router, "/delegations", DelegationOut, order="-starts_at", summary="Delegations")
def delegations(call: Call, filters: Filters) -> Any:
    """Who stands in for whom in one's own client organisation, past ones too."""
    _client(call)
    return approvals.delegations_visible_to(call.by)


@listing(router, "/authorities", AuthorityOut, order="id", summary="Authorities")
def authorities(call: Call, filters: Filters) -> Any:
    """Who of one's own client organisation may approve how much now."""
    return approvals.authorities_of(_client(call), call.at)


@listing(router, "/findings", FindingOut, order="id", summary="Findings")
def findings(call: Call, filters: Filters) -> Any:
    """The findings about one's own client organisation, answered ones too; a provider is shown none."""
    _client(call)
    return Listed(approvals.findings_visible_to(call.by), lambda rows: [_finding(one) for one in rows])


@detail(router, "/findings/{int:finding_id}", FindingOut, summary="A finding")
def finding(call: Call, finding_id: int) -> Any:
    """What was found about an emergency approval, and what the client answered."""
    _client(call)
    found = approvals.get_finding(finding_id, call.by)
    return Shown(_finding(found), found)


def _finding(found: Any) -> dict[str, Any]:
    return told(FindingBase, found, seat=found.seat.name if found.seat else None)


def _client(call: Call) -> int:
    if call.by.side is not Side.CLIENT or call.by.organisation_id is None:
        raise NotFound("This list")
    return call.by.organisation_id
