"""The words of an engagement: its states, the questionnaire, clocks, holds, open ends (domain.md §3.1, §4.1-§4.4)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from breakfix.agreements.values import Domain, Priority


class Status(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    QUALIFIED = "QUALIFIED"
    DECLINED = "DECLINED"
    DISPATCHED = "DISPATCHED"
    DIAGNOSING = "DIAGNOSING"
    QUOTE_PENDING = "QUOTE_PENDING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    RESTORED = "RESTORED"
    RESOLVED = "RESOLVED"
    ACCEPTED = "ACCEPTED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    REOPENED = "REOPENED"


# ------------------------------------------------------------------------------------- the questionnaire
# UNKNOWN is for the desk only, who may not have the caller's answer yet: it counts as the worst (domain.md §3.1).


class Revenue(StrEnum):
    NORMAL = "normal"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class People(StrEnum):
    UNDER_5 = "under_5"
    FROM_5 = "from_5"
    FROM_50 = "from_50"
    FROM_500 = "from_500"


class Records(StrEnum):
    NO_RISK = "no_risk"
    COPY_EXISTS = "copy_exists"
    SOLE_COPY = "sole_copy"


class Duty(StrEnum):
    """Whether a contract or rule sets a deadline."""

    NONE = "none"
    POSSIBLE = "possible"
    DATED = "dated"


class HarmWithin(StrEnum):
    OVER_5BD = "over_5bd"
    WITHIN_5BD = "within_5bd"
    WITHIN_24H = "within_24h"
    WITHIN_4H = "within_4h"
    UNKNOWN = "unknown"


class Workaround(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    UNKNOWN = "unknown"


class Trend(StrEnum):
    STABLE = "stable"
    DEGRADING = "degrading"


@dataclass(frozen=True)
class Answers:
    """What the person who reports a failure says about it; the priority follows from nothing else."""

    revenue: Revenue
    people: People
    records: Records
    obligation: Duty
    harm_within: HarmWithin
    workaround: Workaround
    trend: Trend
    active_compromise: bool = False
    emergency_calling_down: bool = False


@dataclass(frozen=True)
class ObligationInput:
    """A dated duty of the client: due `hours` after its trigger, or at `deadline_at`; exactly one of the two.

    `harm` falls once the deadline passes, `harm_per_day` for each day begun after it, in the agreement's currency.
    `ends_with_restoration`: restoring the service fulfils it; otherwise somebody says when it was met.
    """

    name: str
    source: str
    triggered_at: datetime
    hours: Decimal | None = None
    deadline_at: datetime | None = None
    harm: Decimal = Decimal(0)
    harm_per_day: Decimal = Decimal(0)
    owner: str = ""
    ends_with_restoration: bool = True


@dataclass(frozen=True)
class Call:
    """What a caller says on the phone, as the desk notes it down.

    `label` is the tag or serial number that the caller reads off the machine; it, `asset_id` or `site_id` says what
    broke.
    """

    title: str
    domain: Domain
    answers: Answers
    outage_started_at: datetime
    description: str = ""
    # The domain's own questions by id; what is not known yet is asked later.
    details: dict[str, str] | None = None
    obligations: list[ObligationInput] | None = None
    prior_attempt: bool = False
    onsite_needed: bool = True
    distance_miles: Decimal | None = None


class Level(StrEnum):
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


@dataclass(frozen=True)
class Scores:
    """The priority and all that it was derived from: each answer's points, the matrix cell, the floor."""

    impact_score: int
    urgency_score: int
    impact: Level
    urgency: Level
    matrix: Priority
    priority: Priority
    floor_reason: str
    points: tuple[tuple[str, int], ...]


# ------------------------------------------------------------------------------------- clocks and holds


class ClockKind(StrEnum):
    ACK = "ACK"
    ENGAGE = "ENGAGE"
    ONSITE = "ONSITE"
    QUOTE = "QUOTE"
    UPDATE = "UPDATE"
    RESTORE = "RESTORE"


class Verdict(StrEnum):
    """Met means elapsed <= target at the stop; missed also while still running past the target."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    VOID = "void"


class HoldReason(StrEnum):
    AWAITING_CLIENT_INFO = "AWAITING_CLIENT_INFO"
    AWAITING_CLIENT_ACCESS = "AWAITING_CLIENT_ACCESS"
    AWAITING_CLIENT_APPROVAL = "AWAITING_CLIENT_APPROVAL"
    AWAITING_CHANGE_WINDOW = "AWAITING_CHANGE_WINDOW"
    AWAITING_THIRD_PARTY = "AWAITING_THIRD_PARTY"
    AWAITING_PARTS = "AWAITING_PARTS"
    FORCE_MAJEURE = "FORCE_MAJEURE"
    PROVIDER_INTERNAL = "PROVIDER_INTERNAL"


class PastPauseAnswer(StrEnum):
    """What the client says to a wait that was proposed for the past."""

    CONSENT = "consent"
    REFUSE = "refuse"


class PriorityChange(StrEnum):
    """Was it so all along (clocks are recomputed from submission), or did things change just now?"""

    TRIAGE_CORRECTION = "triage_correction"
    CHANGED_CIRCUMSTANCES = "changed_circumstances"


class DowngradeAnswer(StrEnum):
    """What the client says to a lower priority that the desk proposed."""

    CONSENT = "consent"
    REFUSE = "refuse"


class DowngradeOutcome(StrEnum):
    """What became of it; while it waits, nothing."""

    CONSENTED = "consented"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Route(StrEnum):
    """How a failure that the provider takes on is covered."""

    BREAK_FIX = "break_fix"
    AD_HOC = "ad_hoc"


class SowOutcome(StrEnum):
    """What became of a statement of work; while it waits, nothing."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class SowAnswer(StrEnum):
    """What the client says to a statement of work."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class Referral(StrEnum):
    """Why the provider does not take it on: the better place is named with it."""

    IN_HOUSE = "in_house"
    VENDOR_WARRANTY = "vendor_warranty"
    MANAGED_SERVICE = "managed_service"
    OUT_OF_SCOPE = "out_of_scope"
    NO_CAPACITY = "no_capacity"
    NOT_INSURED = "not_insured"


class FeeAccepted(StrEnum):
    """How the client accepted the forensic fee."""

    PREAUTHORISED = "preauthorised"
    APPROVED = "approved"


class EndKind(StrEnum):
    """What may stay open on an engagement, and therefore who must act next."""

    NEXT_STEP = "next_step"
    QUESTION = "question"
    FEE = "fee"
    SEAT = "seat"
    RATIFICATION = "ratification"
    ACCESS = "access"
    REVIEW = "review"
    PARTS = "parts"
    REPORT = "report"
    INVOICE = "invoice"
    GUARANTEE = "guarantee"
    CUSTODY = "custody"
    DEPOSIT = "deposit"
    CORE = "core"
    CONSENT = "consent"
    SOW = "sow"
    CREDIT = "credit"
    DOWNGRADE = "downgrade"
    VENDOR = "vendor"
    INSURER = "insurer"
    HELP = "help"
    RECOVERY_PLAN = "recovery_plan"


class EscalationKind(StrEnum):
    """To more authority, or to more skill."""

    HIERARCHICAL = "hierarchical"
    FUNCTIONAL = "functional"


class HelpReason(StrEnum):
    """Why more skill is needed; the last two are noticed by the clock, not by a person."""

    REQUEST = "request"
    SKILL_GAP = "skill_gap"
    STANDSTILL = "standstill"
    OVERRUN = "overrun"


# ------------------------------------------------------------------------------------- from other systems


class MachineBy(StrEnum):
    """What another system calls a machine by."""

    SERIAL = "serial"
    TAG = "tag"


@dataclass(frozen=True)
class PastEvent:
    """One event of another system's log: what it wrote, and our state for its word (None is garbage)."""

    at: datetime
    written: str
    word: str
    state: Status | None = None


@dataclass(frozen=True)
class PastLife:
    """One incident as another system's log tells it; `asset` is its serial or tag there."""

    number: str
    events: list[PastEvent]
    title: str = ""
    asset: str = ""
    priority: str = ""
