"""The words of dispatch: the job, who could do it, why somebody is not eligible, and how the others rank."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from breakfix.incidents.values import Status
from breakfix.roster.values import Clear, Held, Working

# When the desk may send somebody to find the cause: to begin with, and again where nobody is booked any longer.
FIRST_VISIT = (Status.QUALIFIED, Status.REOPENED)
SENT_AGAIN = (Status.DISPATCHED, Status.DIAGNOSING)
# When it may add somebody for the repair.
REPAIR_VISIT = (
    *(Status.DIAGNOSING, Status.QUOTE_PENDING, Status.AWAITING_APPROVAL, Status.APPROVED),
    *(Status.SCHEDULED, Status.IN_PROGRESS, Status.RESTORED),
)


class Purpose(StrEnum):
    """What somebody is sent for."""

    DIAGNOSIS = "diagnosis"
    REPAIR = "repair"


class Lane(StrEnum):
    """P1 and P2 have their own; the other lane can never delay them (domain.md B5, §11 ruling 3)."""

    EMERGENCY = "emergency"
    STANDARD = "standard"


class Continuity(StrEnum):
    """How well somebody knows what broke, from their own earlier visits."""

    SAME_ASSET = "same asset"
    SAME_MODEL_AND_SITE = "same model at the same site"
    SAME_CLIENT = "same client"
    NEW = "not been here before"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a domain asks of whoever goes: the level unless the desk says otherwise, and groups of certificates.

    Of each group that reaches down to the level of the job, one certificate is enough.
    """

    level: int
    groups: tuple[tuple[int, tuple[str, ...]], ...]

    def at_level(self, level: int) -> tuple[tuple[str, ...], ...]:
        """The groups that count for work of this level."""
        return tuple(codes for from_level, codes in self.groups if level >= from_level)


@dataclass(frozen=True, slots=True)
class Job:
    """What has to be done, for whom and when: all that eligibility is judged by. Times are UTC, days the site's."""

    domain: str
    lane: Lane
    client_id: int
    zone: str
    at: datetime
    start: datetime
    end: datetime
    level: int
    certificates: tuple[tuple[str, ...], ...]
    accepted_versions: Mapping[str, tuple[str, ...]]
    verified_for_months: int
    clearances: tuple[str, ...]
    minimum_rest_hours: Decimal
    maximum_duty_hours: Decimal


@dataclass(frozen=True, slots=True)
class Presence:
    """One booking of a technician, [starts_at, ends_at). `here`: on the very engagement that is being dispatched."""

    booking_id: int
    starts_at: datetime
    ends_at: datetime
    lane: Lane
    started: bool
    here: bool = False


@dataclass(frozen=True, slots=True)
class Eta:
    """Minutes from now until somebody is there (None: not known), and how that was worked out."""

    minutes: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that is known of one technician when a job is to be given away."""

    technician_id: int
    level: int
    domains: frozenset[str]
    certificates: tuple[Held, ...]
    clearances: tuple[Clear, ...]
    shifts: tuple[Working, ...]
    bookings: tuple[Presence, ...]
    emergency_roster: bool
    eta: Eta
    continuity: Continuity
    successes: int
    jobs: int
    hourly_cost: int


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who may not go, and each reason in a sentence."""

    technician_id: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a score: `value` from 0 to 1, times `weight`, and where the value comes from."""

    name: str
    value: Fraction
    weight: int
    why: str

    @property
    def points(self) -> Fraction:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Scored:
    """Somebody who may go. Totals are compared unrounded."""

    technician_id: int
    terms: tuple[Term, ...]
    booked_minutes: int
    eta: Eta

    @property
    def total(self) -> Fraction:
        return sum((term.points for term in self.terms), Fraction(0))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who could go, best first; who could not, and why; `gate`: why the provider may send nobody at all."""

    job: Job
    target: str
    remaining_minutes: int
    eligible: tuple[Scored, ...]
    excluded: tuple[Excluded, ...]
    gate: tuple[str, ...] = ()
