"""What an engagement looks like to a program: its clocks, its money, its open ends, its documents."""

from typing import Any

from ninja import Field, Schema

from breakfix.agreements.values import Domain, Priority
from breakfix.api.shapes import Amount, Case, Exact, Instant, Kept, Named, Number, PlaceOut, Zone, word
from breakfix.incidents.values import Status


class ClockOut(Schema):
    """One promise at this instant; `due_at` is null while a pause holds it open."""

    kind: str = Field(examples=["RESTORE"])
    verdict: str = Field(examples=["running"])
    started_at: Instant
    stopped_at: Instant | None
    due_at: Instant | None
    target_seconds: int = Field(examples=[43200])
    elapsed_seconds: int
    remaining_seconds: int = Field(description="Negative once the promise is missed.")


class DetailOut(Schema):
    """One question of the domain and its answer at the report; what was not known then may have been added later."""

    id: str = Field(examples=["backup"])
    asked: str = Field(examples=["When was the last good backup?"])
    answer: str = Field(description="As it was reported; empty: not known then.")
    later: str = Field(description="What was added after the report; empty: nothing.")
    later_by: str | None = Field(description="Who added it.")
    later_at: Instant | None


class EngagementBase(Schema):
    """One engagement; every instant is UTC, `zone` is the site's."""

    id: int = Field(examples=[3])
    number: Number
    title: str
    status: str = word(Status)
    priority: str = word(Priority)
    domain: str = word(Domain)
    client: Named
    provider: Named
    site: PlaceOut
    zone: Zone
    asset: Named | None
    owner: Named
    requester: Named
    need_to_know: bool
    outage_started_at: Instant
    submitted_at: Instant
    acknowledged_at: Instant | None
    contacted_at: Instant | None
    arrived_at: Instant | None
    diagnosis_completed_at: Instant | None
    approved_at: Instant | None
    restored_at: Instant | None
    resolved_at: Instant | None
    accepted_at: Instant | None
    closed_at: Instant | None


class EngagementOut(EngagementBase):
    """With the clocks that count now."""

    clocks: list[ClockOut]


class StretchOut(Schema):
    """A period that counted, or did not for this reason."""

    start: Instant
    end: Instant
    counted: bool
    reason: str


class DerivationOut(Schema):
    """A clock written out: counted stretches add up to `elapsed_seconds`, and on through `ahead` to the target."""

    kind: str = Field(examples=["RESTORE"])
    sequence: int | None = None
    source: str | None = Field(None, description="Of a dated obligation: the rule or contract behind it.")
    coverage: str | None = None
    target_seconds: int
    target_reason: str | None = None
    calendar: dict[str, Any] | None = None
    started_at: Instant
    stopped_at: Instant | None
    stretches: list[StretchOut]
    ahead: list[StretchOut]
    elapsed_seconds: int
    due_at: Instant | None
    verdict: str
    parts_delay_seconds: int | None = Field(None, description="Of RESTORE: what counted while parts were waited for.")
    parts_delay_percent: str | None = Field(None, examples=["28.0"], description="Its share of `elapsed_seconds`.")


class ExposureOut(Schema):
    """The money at a glance: agreed, used and left."""

    forensic: Amount
    cap: Amount
    cap_with_tax: Amount
    offered: Amount | None
    offered_with_tax: Amount | None
    committed: Amount
    incurred: Amount
    remaining: Amount
    used_percent: int
    cash_out: Amount | None
    derivation: str


class CostLineOut(Schema):
    """One line of the downtime meter."""

    what: str
    hours: Exact
    rate: Amount
    factor: Exact
    amount: Amount


class MeterOut(Schema):
    """What the outage has cost so far; `rate_now` is per hour, null once it has stopped."""

    since: Instant
    until: Instant
    lines: list[CostLineOut]
    total: Amount
    rate_now: Amount | None


class OpenEndOut(Schema):
    """What is still to be done, by whom, by when."""

    id: int
    kind: str = Field(examples=["next_step"])
    what: str = Field(examples=["Approve the quote"])
    organisation: Named
    role: str
    person: Named | None
    due_at: Instant | None
    subject: str = Field(description="What it is about, such as `quote/12`.")
    blocks_close: bool
    opened_at: Instant


class OpenEndWhere(OpenEndOut):
    """With the engagement it belongs to."""

    engagement: Case


class HoldOut(Schema):
    """Why work waited, [started_at, ended_at)."""

    reason: str
    note: str
    question: str
    answer: str
    expected_until: Instant | None
    reminders: int = Field(description="How often the client was asked again.")
    reminded_at: Instant | None
    started_at: Instant
    ended_at: Instant | None


class StatementBase(Schema):
    id: int
    scope: str = Field(description="What would be done, and what not.")
    because: list[str] = Field(description="Why it is not simply break/fix under the agreement.")
    outside: bool = Field(description="It is outside the agreed scope, excluded, or has no agreed fee.")
    waives: bool = Field(description="Somebody else owes the repair, by a warranty or a contract.")
    fee: Amount | None = Field(description="The flat price of the diagnosis, where the agreement names none.")
    proposed_by: Named | None
    proposed_at: Instant
    decided_by: Named | None
    decided_at: Instant | None
    outcome: str = Field(description="`accepted`, `refused` or `withdrawn`; empty while it waits for the client.")
    note: str


class StatementOut(StatementBase):
    """A statement of work that the desk put to the client; accepted, the failure may be taken on."""


class DowngradeBase(Schema):
    id: int
    was: str = Field(examples=["P1"])
    becomes: str = Field(examples=["P3"])
    change: str = Field(examples=["changed_circumstances"])
    reason: str
    proposed_by: Named | None
    proposed_at: Instant
    decided_by: Named | None
    decided_at: Instant | None = Field(description="Null while it waits for the client.")
    outcome: str = Field(examples=["consented"], description="consented, refused, withdrawn; empty while it waits")
    note: str


class DowngradeOut(DowngradeBase):
    """A lower priority that the desk put to the client; nothing changes before somebody of theirs consents."""


class OverrideBase(Schema):
    id: int
    hold_id: int
    reason: str
    given_by: Named
    given_at: Instant


class OverrideOut(OverrideBase):
    """One P1 that is taken on although its client is on credit hold: of that hold, and no later one."""


class FeeOut(Schema):
    """The flat price of the diagnosis: `ceiling` is what the client accepts, `charged` what it came to."""

    id: int
    base: Amount
    ceiling: Amount
    charged: Amount | None
    charged_reason: str
    accepted_at: Instant | None
    accepted_how: str


class DocumentOut(Schema):
    """One filed version of a document: the canonical JSON and its PDF never change."""

    id: int
    kind: str = Field(examples=["quote"])
    title: str
    number: str
    version: int
    made_at: Instant
    json_file: Kept
    pdf_file: Kept


class UnderOut(Schema):
    """One version of an agreement, told by what both sides signed."""

    agreement: str = Field(examples=["A-2026-0001"])
    version: int
    sha256: str


class EngagementWhole(EngagementBase):
    """Everything about it at this instant; money is null for people who only do field work."""

    description: str
    callback: str
    answers: dict[str, Any] = Field(description="The questionnaire as it was answered.")
    details: list[DetailOut] = Field(description="What the domain asked, in the words of then.")
    points: list[list[Any]] = Field(description="What each answer counts.")
    impact: str
    urgency: str
    floor_reason: str
    route: str
    route_reason: str
    onsite_needed: bool
    distance_miles: Exact | None
    degradation: Exact
    agreement_version_id: int
    under: UnderOut = Field(description="The version of the agreement that every clock counts by.")
    merged_into_id: int | None = Field(
        description="The earlier report of the same failure, if this one went into it."
    )
    read_at: Instant
    clocks: list[DerivationOut]
    holds: list[HoldOut]
    open_ends: list[OpenEndOut]
    documents: list[DocumentOut]
    forensic_fee: FeeOut | None
    exposure: ExposureOut | None
    downtime: MeterOut | None


class HappeningOut(Schema):
    """One deed, as the reader's own organisation has it in its log."""

    position: int = Field(description="In the log: `GET /log/{position}` has the proof.")
    at: Instant
    zone: Zone
    kind: str = Field(examples=["quote.issued"])
    line: str
    who: str
    money: Amount | None
    money_label: str
    files: list[Kept]
