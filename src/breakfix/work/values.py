"""The words of work on site: orders, steps, minutes, tests, access (domain.md §3.5, §4.8)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier, TierRule
from breakfix.quotes.values import LabourUse


class Status(StrEnum):
    """Life of a work order (the part of domain.md §3.5 that is built). PAUSED: begun, and nobody is on the clock."""

    PLANNED = "PLANNED"
    WORKING = "WORKING"
    PAUSED = "PAUSED"
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"


class StepStatus(StrEnum):
    """STOPPED: not begun when the work was ended, so it never will be."""

    PLANNED = "PLANNED"
    STARTED = "STARTED"
    DONE = "DONE"
    SKIPPED = "SKIPPED"
    STOPPED = "STOPPED"


class Place(StrEnum):
    """Where the work is done: the minimum that is billed depends on it."""

    ONSITE = "onsite"
    REMOTE = "remote"


class TimeKind(StrEnum):
    """Waiting that the client caused is billed as work, with evidence (domain.md §11 ruling 14).

    PROTECTIVE: against danger or imminent data loss, before its change order is approved (§4.10); billed if it is.
    """

    WORKING = "working"
    WAITING_CLIENT = "waiting_client"
    PROTECTIVE = "protective"


class CostKind(StrEnum):
    """What the provider bears beside hours that are not billed."""

    TRIP = "trip"
    FREIGHT = "freight"
    LOANER = "loaner"
    OTHER = "other"


@dataclass(frozen=True)
class TestResult:
    """One test of the service, as planned by name, and whether it passed."""

    # pytest would otherwise take it for a test of ours.
    __test__ = False

    name: str
    passed: bool
    note: str = ""


@dataclass(frozen=True)
class StepFacts:
    """What the rules need to know of one step of an order."""

    position: int
    name: str
    minutes: int
    mandatory: bool
    takes_image: bool
    point_of_no_return: bool
    evidence_needed: bool
    status: StepStatus

    @property
    def is_open(self) -> bool:
        return self.status in {StepStatus.PLANNED, StepStatus.STARTED}


@dataclass(frozen=True)
class RateRule:
    """How minutes become billed hours under one agreement at one site."""

    zone: str
    holidays: frozenset[date]
    tiers: TierRule
    increment: Decimal
    minimum_onsite: Decimal
    minimum_remote: Decimal
    minimum_remote_after_hours: Decimal


@dataclass(frozen=True)
class Worked:
    """One person's time on an order, [start, end). `of` is the change order it was worked under, 0 the base."""

    order: str
    level: int
    start: datetime
    end: datetime
    place: Place = Place.ONSITE
    of: int = 0


@dataclass(frozen=True)
class HourRow:
    """Minutes of one level and tier under one tranche, summed over people, and the hours they are billed as."""

    level: int
    tier: Tier
    minutes: int
    hours: Decimal
    of: int = 0


@dataclass(frozen=True)
class OrderHours:
    """The billed hours of one order, with each sum printed. `added` is what the minimum added."""

    order: str
    rows: tuple[HourRow, ...]
    added: HourRow | None
    words: tuple[str, ...]

    @property
    def uses(self) -> tuple[LabourUse, ...]:
        """What settlement is given for the base."""
        return self.uses_under(0)

    @property
    def every_use(self) -> tuple[LabourUse, ...]:
        """The hours under the base and under every change order."""
        tranches = sorted({row.of for row in (*self.rows, *((self.added,) if self.added else ()))})
        return tuple(use for of in tranches for use in self.uses_under(of))

    def uses_under(self, of: int) -> tuple[LabourUse, ...]:
        """What it is given for one tranche: hours per level and tier, the minimum's among them; none at no hours."""
        hours: dict[tuple[int, Tier], Decimal] = {}
        for row in (*self.rows, *((self.added,) if self.added else ())):
            if row.of != of or not row.hours:
                continue
            key = (row.level, row.tier)
            hours[key] = hours.get(key, Decimal(0)) + row.hours
        return tuple(LabourUse(level, tier, amount, self.order) for (level, tier), amount in hours.items())


@dataclass(frozen=True)
class Borne:
    """One thing that the provider bears and nobody is billed for, with why and how it comes to its amount."""

    what: str
    reason: str
    amount: Money
    derivation: str
