"""The words of approvals: rounds, seats, the reach-out ladder, and what entitles a person to a seat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from breakfix.kernel.access import Role
from breakfix.kernel.money import Money


class SeatKind(StrEnum):
    """What filling a seat means: spending money, accepting a named risk, or letting a change happen."""

    SPEND = "spend"
    ACKNOWLEDGEMENT = "acknowledgement"
    CHANGE = "change"


class SeatState(StrEnum):
    """Where one seat stands (domain.md §3.3)."""

    PENDING = "PENDING"
    NOTIFIED = "NOTIFIED"
    DELEGATED = "DELEGATED"
    TIMED_OUT = "TIMED_OUT"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    BYPASSED_EMERGENCY = "BYPASSED_EMERGENCY"
    RATIFIED = "RATIFIED"
    RATIFICATION_REFUSED = "RATIFICATION_REFUSED"


class RoundStatus(StrEnum):
    """Where one round of approval stands; everything but OPEN is final."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"


class Purpose(StrEnum):
    """What a round is about."""

    QUOTE = "quote"
    FORENSIC_FEE = "forensic_fee"
    FORENSIC_EXTENSION = "forensic_extension"
    CHANGE = "change"


class Verdict(StrEnum):
    """What a person says at their seat."""

    APPROVE = "approve"
    REJECT = "reject"
    ACKNOWLEDGE = "acknowledge"


class RatifyVerdict(StrEnum):
    """What the holder of a bypassed seat says afterwards."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class Channel(StrEnum):
    """A way to reach a person."""

    PUSH = "push"
    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"


class RungName(StrEnum):
    """The steps of the reach-out ladder, in order (domain.md §3.3)."""

    NOTIFY = "notify"
    VOICE = "voice"
    DELEGATE = "delegate"
    NEXT_LEVEL = "next_level"
    EMERGENCY = "emergency"


class Outcome(StrEnum):
    """What came of one attempt to reach somebody for a seat; only SENT counts as an attempt at a person."""

    SENT = "sent"
    NO_NUMBER = "no_number"
    NOBODY = "nobody"
    NO_DELEGATE = "no_delegate"
    NO_NEXT_LEVEL = "no_next_level"
    NO_EMERGENCY = "no_emergency"


class CallStatus(StrEnum):
    """What became of one call that asked for a signature by telephone."""

    PLACED = "PLACED"
    SIGNED = "SIGNED"
    SPENT = "SPENT"
    REPLACED = "REPLACED"


class Basis(StrEnum):
    """Why a person may fill a seat."""

    AUTHORITY = "authority"
    ROLE = "role"
    DELEGATION = "delegation"
    NEXT_LEVEL = "next_level"


@dataclass(frozen=True, slots=True)
class SeatNeed:
    """One seat that a round needs, and the roles (any of them) that qualify for it."""

    name: str
    kind: SeatKind
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: when it is due and by which channels the people of that step are asked."""

    name: RungName
    at: datetime
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """A person's own spending authority on one seat."""

    person: int
    seat: str
    limit: Money


@dataclass(frozen=True, slots=True)
class Power:
    """One delegation in force: the delegate acts on a seat in the delegator's name.

    `limit` is None where the seat is not about money.
    """

    delegator: int
    delegate: int
    seat: str
    limit: Money | None


@dataclass(frozen=True, slots=True)
class Bench:
    """Who in one client organisation could fill seats at one instant: active people and what they hold."""

    roles: Mapping[int, frozenset[Role]]
    titles: tuple[Title, ...] = ()
    powers: tuple[Power, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One person's entitlement to one seat. `limit` is None where the seat is not about money.

    `for_person` is the delegator where the claim is a delegation ("B for A").
    """

    seat: str
    basis: Basis
    person: int
    limit: Money | None = None
    for_person: int | None = None


@dataclass(frozen=True, slots=True)
class SeatView:
    """What the rules need to know of a seat.

    `people` are all who stand behind its decision: B and A in "B for A". `escalated_to` are the seats whose
    holders may stand in once the ladder asked the next level.
    """

    need: SeatNeed
    state: SeatState
    people: frozenset[int] = frozenset()
    decided_by: int | None = None
    escalated_to: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.need.name


@dataclass(frozen=True, slots=True)
class RoundView:
    """What the rules need to know of a round, whoever asks. `exposure` is None where no money is at stake."""

    status: RoundStatus
    exposure: Money | None
    client: int
    requester: int
    opened_at: datetime
    seats: tuple[SeatView, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One logged attempt, as the emergency rule counts it."""

    seat: str
    rung: RungName
    channel: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Urgency:
    """What makes an emergency authorisation thinkable at all, as it stands at one instant."""

    priority: str
    next_deadline: datetime | None
    business_open: bool
    zone: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the emergency rule, met or not, in words a page can print."""

    code: str
    met: bool
    words: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The seats one person may fill at a round, or why none: pages show, hide or explain the button by it."""

    seats: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""

    @property
    def may(self) -> bool:
        return bool(self.seats)
