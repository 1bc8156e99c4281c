"""Who approves, who may come, what the provider answers for (domain.md §3.3, §4.6, §4.11, §4.12)."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from breakfix.agreements.clauses.base import (
    Amount,
    Block,
    D,
    Days,
    Hours,
    Priority,
    Share,
    TimeOfDay,
    check_rising,
)
from breakfix.roster.values import Domain

Seat = Annotated[str, Field(pattern="^[a-z][a-z_]{0,29}$")]
Minute = Annotated[int, Field(ge=0, le=1440)]
Score = Annotated[int, Field(ge=1, le=26)]


# ------------------------------------------------------------------------- approvals, domain.md §3.3
class ApprovalBand(Block):
    """Seats needed for an exposure (maximum plus tax) up to `up_to`, inclusive; "any" is any approver's."""

    up_to: Amount | None
    seats: Annotated[tuple[Seat, ...], Field(min_length=1)]


class Acknowledgements(Block):
    """Who must see a risk, by its inherent score (domain.md §4.12, §11 ruling 17)."""

    approver_from: Score = 10
    data_owner_from: Score = 15
    data_loss_counts_as_high_from: Share = D("0.20")
    data_roles: tuple[Seat, ...] = ("data_owner",)
    security_roles: tuple[Seat, ...] = ("security_officer",)


class Ladder(Block):
    """Minutes after the question at which a P1 approver is tried by other ways, and then others are."""

    push_sms: Minute = 0
    voice: Minute = 5
    delegate: Minute = 10
    next_level: Minute = 20
    emergency: Minute = 30

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        rungs = [self.push_sms, self.voice, self.delegate, self.next_level, self.emergency]
        if rungs != sorted(rungs):
            raise ValueError("each rung comes no earlier than the one before it")
        return self


class EmergencyRule(Block):
    """When the client's duty manager may approve alone; domain.md §3.3 and §11 rulings 7 and 8."""

    ceiling: Amount = D("10000")
    priorities: tuple[Priority, ...] = (Priority.P1,)
    obligation_within_hours: Hours = D("12")
    minimum_attempts: Annotated[int, Field(ge=1, le=1000)] = 3
    minimum_channels: Annotated[int, Field(ge=1, le=100)] = 2
    ratify_by: TimeOfDay = "12:00"


class ApprovalPolicy(Block):
    """The client's own. Limits are inclusive and include tax; amounts add up over an engagement."""

    bands: tuple[ApprovalBand, ...] = (
        ApprovalBand(up_to=D("1000"), seats=("any",)),
        ApprovalBand(up_to=D("5000"), seats=("it",)),
        ApprovalBand(up_to=D("25000"), seats=("it", "finance")),
        ApprovalBand(up_to=None, seats=("it", "finance", "executive")),
    )
    acknowledgements: Acknowledgements = Acknowledgements()
    forensic_preauthorised_limit: Amount = D("1000")
    ladder: Ladder = Ladder()
    emergency: EmergencyRule = EmergencyRule()

    @model_validator(mode="after")
    def _rising(self) -> Self:
        check_rising([band.up_to for band in self.bands], "approval bands")
        for band in self.bands:
            if len(set(band.seats)) != len(band.seats):
                raise ValueError("one person cannot fill two seats: each seat stands once in a band")
        return self


# -------------------------------------------------------------------------- dispatch, domain.md §4.6
class Weights(Block):
    """Points of a full score; they add up to 100."""

    skill: Annotated[int, Field(ge=0, le=100)] = 25
    eta: Annotated[int, Field(ge=0, le=100)] = 30
    continuity: Annotated[int, Field(ge=0, le=100)] = 15
    load: Annotated[int, Field(ge=0, le=100)] = 10
    quality: Annotated[int, Field(ge=0, le=100)] = 15
    cost: Annotated[int, Field(ge=0, le=100)] = 5

    @model_validator(mode="after")
    def _hundred(self) -> Self:
        if (total := self.skill + self.eta + self.continuity + self.load + self.quality + self.cost) != 100:
            raise ValueError(f"the weights add up to {total}, not to 100")
        return self


class DispatchTerms(Block):
    """What the client asks of whoever comes, and how the eligible are ranked."""

    urgent: Weights = Weights()
    other: Weights = Weights(eta=15, cost=20)
    skill_step: Share = D("0.15")
    minimum_rest_hours: Hours = D("10")
    maximum_duty_hours: Hours = D("14")
    required_certifications: dict[Domain, tuple[str, ...]] = {}
    accepted_versions: dict[str, tuple[str, ...]] = {}
    clearances: tuple[str, ...] = ("background", "nda")
    lifetime_verification_months: Annotated[int, Field(ge=1, le=1200)] = 12  # domain.md R13

    def weights(self, priority: Priority | str) -> Weights:
        """The weights of this priority's lane."""
        return self.urgent if str(priority) in {"P1", "P2"} else self.other


# ----------------------------------------------------- guarantee, liability, cover, domain.md §4.11
class Guarantee(Block):
    """Days from acceptance; `legacy_days` also for tested-used parts."""

    workmanship_days: Days = 90
    legacy_days: Days = 30
    parts_new_days: Days = 90
    parts_used_days: Days = 30
    rework_minimum_days: Days = 30


class Liability(Block):
    """General cap: fees paid in the trailing months, at least the minimum."""

    trailing_months: Annotated[int, Field(ge=1, le=1200)] = 12
    minimum_cap: Amount = D("100000")


class Cover(Block):
    per_claim: Amount
    aggregate: Amount


class InsuranceTerms(Block):
    """The least cover with which anybody is sent; cyber only for its domains."""

    general_liability: Cover = Cover(per_claim=D("1000000"), aggregate=D("2000000"))
    professional: Cover = Cover(per_claim=D("1000000"), aggregate=D("2000000"))
    cyber: Cover = Cover(per_claim=D("1000000"), aggregate=D("1000000"))
    cyber_domains: tuple[Domain, ...] = (Domain.SEC, Domain.DR)
    workers_comp: bool = True
    override_hours: Hours = D("48")


# ---------------------------------------------------------------- scope and protocol, domain.md §6.1
class Scope(Block):
    """What may be asked for, and what this agreement is not."""

    domains: Annotated[tuple[Domain, ...], Field(min_length=1)] = tuple(Domain)
    exclusions: tuple[str, ...] = ()
    no_ongoing_services: str = (
        "This agreement covers repairs that the client asks for, one at a time. "
        "It includes no monitoring, no maintenance and no standing services."
    )


class ProtocolPack(Block):
    """The client's rules on site and in its systems; whoever works confirms this very version first."""

    version: Annotated[str, Field(min_length=1, max_length=40)] = "1"
    rules: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "Sign in with the access granted for this engagement, never with somebody else's.",
        "Touch only the systems named in the approved plan.",
        "Take no data and no media off the site without a recorded handover.",
        "Save the present state before the first change; without it, stop before the point of no return.",
        "Report a finding outside the approved scope before acting on it.",
        "Leave the site with everything that was opened closed, and say so.",
    )
