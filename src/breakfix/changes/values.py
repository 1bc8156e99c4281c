"""The words of a change: its kinds and states, the steps of a plan, what makes it risky (domain.md §3.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from breakfix.kernel.access import Role


class Status(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    ASSESSED = "ASSESSED"
    MORE_INFO = "MORE_INFO"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SCHEDULED = "SCHEDULED"
    IMPLEMENTING = "IMPLEMENTING"
    IMPLEMENTED = "IMPLEMENTED"
    ROLLED_BACK = "ROLLED_BACK"
    FAILED = "FAILED"
    REVIEWED = "REVIEWED"
    CLOSED = "CLOSED"


class Kind(StrEnum):
    """Who decides and how long before: a normal change waits for its authority, an emergency convenes the ECAB."""

    NORMAL = "normal"
    EMERGENCY = "emergency"


class Ending(StrEnum):
    """How the implementation went, as the review states it."""

    AS_PLANNED = "as_planned"
    WITH_DEVIATIONS = "with_deviations"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True)
class StepPlan:
    """One step of the plan, in minutes of work.

    `takes_image`: it saves the present state of all data. `point_of_no_return`: once begun, nothing leads back.
    `destroys`: it wipes or destroys, which a security incident allows only with the security officer's word.
    """

    name: str
    minutes: int
    owner_role: Role = Role.TECHNICIAN
    mandatory: bool = True
    takes_image: bool = False
    point_of_no_return: bool = False
    evidence_needed: bool = False
    destroys: bool = False


@dataclass(frozen=True)
class RiskScores:
    """Each from 1 (harmless) to 5; `tests` is 5 where nothing can be tested, `recent_changes` where much changed."""

    complexity: int
    impact: int
    rollback: int
    tests: int
    recent_changes: int

    @property
    def total(self) -> int:
        """From 5 to 25: it decides who has to agree to a normal change."""
        return self.complexity + self.impact + self.rollback + self.tests + self.recent_changes


@dataclass(frozen=True)
class Plan:
    """Everything a change must say before anybody is asked (domain.md §3.4)."""

    steps: tuple[StepPlan, ...]
    rollback: tuple[str, ...]
    rollback_minutes: int
    tests: tuple[str, ...]
    comms: str
    window_start: datetime
    window_end: datetime
    risk: RiskScores

    @property
    def forward(self) -> timedelta:
        """How long all steps take, one after the other."""
        return sum((timedelta(minutes=step.minutes) for step in self.steps), timedelta())

    @property
    def back(self) -> timedelta:
        """How long it takes to undo them."""
        return timedelta(minutes=self.rollback_minutes)


@dataclass(frozen=True)
class Guard:
    """Whether what is left, and undoing it all, still fits into the window; `words` prints the sum."""

    at: datetime
    forward: timedelta
    back: timedelta
    ends_at: datetime
    window_end: datetime
    words: str

    @property
    def holds(self) -> bool:
        """Ending exactly when the window ends is in time."""
        return self.ends_at <= self.window_end
