"""What is promised, when the clocks run, and what stops them (domain.md §4.2, §4.3, §4.5)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from breakfix.agreements.clauses.base import (
    WORKDAYS,
    Amount,
    Block,
    Coverage,
    D,
    PauseEffect,
    Percent,
    Priority,
    Step,
    Target,
    TimeOfDay,
    Weekday,
    check_rising,
    span,
)


# ------------------------------------------------------------------------ commitments, domain.md §4.2
class Commitment(Block):
    """The promises of one priority; `restore` is an objective without credit (domain.md R5)."""

    coverage: Coverage
    ack: Target
    engage: Target
    onsite: Target
    quote: Target
    update: Target
    restore: Target


def _promise(coverage: Coverage, *words: str) -> Commitment:
    names = ("ack", "engage", "onsite", "quote", "update", "restore")
    return Commitment(coverage=coverage, **dict(zip(names, map(span, words), strict=True)))


class Commitments(Block):
    """By priority; a visit further away gets `onsite_step_minutes` more per started step of miles."""

    P1: Commitment = _promise(Coverage.ALWAYS, "15 min", "30 min", "4 h", "2 h", "30 min", "8 h")
    P2: Commitment = _promise(Coverage.ALWAYS, "30 min", "2 h", "8 h", "4 h", "2 h", "24 h")
    P3: Commitment = _promise(Coverage.BUSINESS, "2 bh", "8 bh", "end of next bd", "8 bh", "1 bd", "3 bd")
    P4: Commitment = _promise(Coverage.BUSINESS, "4 bh", "16 bh", "5 bd", "16 bh", "2 bd", "10 bd")
    onsite_included_miles: Amount = D("60")
    onsite_step_miles: Step = D("30")
    onsite_step_minutes: Annotated[int, Field(ge=0, le=1440)] = 30

    def of(self, priority: Priority | str) -> Commitment:
        """The promises of this priority."""
        found: Commitment = getattr(self, str(priority))
        return found


# ------------------------------------------------------------------------- calendar, domain.md §4.3, R8
class Opening(Block):
    """Hours of some weekdays on the site's wall clock; a close not after its open means the next day."""

    days: tuple[Weekday, ...] = WORKDAYS
    opens: TimeOfDay = "08:00"
    closes: TimeOfDay = "18:00"


class SiteCalendar(Block):
    """Business hours and holidays of one site, by its name, in place of the general ones."""

    site: Annotated[str, Field(min_length=1, max_length=120)]
    hours: Annotated[tuple[Opening, ...], Field(min_length=1, max_length=50)] = (Opening(),)
    holidays: tuple[date, ...] = ()
    holiday_source: str = "as listed"


class CalendarTerms(Block):
    """Business hours and holidays; the zone is each site's own. Holidays are always the dates themselves."""

    hours: Annotated[tuple[Opening, ...], Field(min_length=1)] = (Opening(),)
    holidays: tuple[date, ...] = ()
    holiday_source: str = "none agreed"
    sites: Annotated[tuple[SiteCalendar, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _each_site_once(self) -> Self:
        names = [one.site for one in self.sites]
        if len(set(names)) != len(names):
            raise ValueError("each site has one calendar of its own")
        return self

    def of_site(self, site: str) -> "CalendarTerms | SiteCalendar":
        """What holds at the site of this name."""
        return next((one for one in self.sites if one.site == site), self)


class HolidaySource(Block):
    """Whose public holidays to copy onto a version: "US" with subdivision "NY", for these years, and `also` these."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    subdivision: Annotated[str, Field(max_length=10)] | None = None
    years: Annotated[tuple[Annotated[int, Field(ge=1970, le=2100)], ...], Field(max_length=15)] = ()
    also: Annotated[tuple[date, ...], Field(max_length=1000)] = ()


# ---------------------------------------------------------------------------- holds, domain.md §4.3
_RUN, _PAUSE = PauseEffect.RUN, PauseEffect.PAUSE
CLOCKS = ("ACK", "ENGAGE", "ONSITE", "QUOTE", "UPDATE", "RESTORE")


def _holds(*effects: PauseEffect) -> dict[str, PauseEffect]:
    by_clock = dict(zip(("ENGAGE", "ONSITE", "QUOTE", "RESTORE"), effects, strict=True))
    return {clock: effect for clock, effect in by_clock.items() if effect is not _RUN}


HOLDS = {
    "AWAITING_CLIENT_INFO": _holds(PauseEffect.PAUSE_AFTER_ACK, _PAUSE, _PAUSE, _PAUSE),
    "AWAITING_CLIENT_ACCESS": _holds(_RUN, PauseEffect.PAUSE_FROM_EVIDENCE, _PAUSE, _PAUSE),
    "AWAITING_CLIENT_APPROVAL": _holds(_RUN, _RUN, _RUN, _PAUSE),
    "AWAITING_CHANGE_WINDOW": _holds(_RUN, _PAUSE, _RUN, _PAUSE),
    "AWAITING_THIRD_PARTY": _holds(_RUN, _RUN, _RUN, _PAUSE),
    "AWAITING_PARTS": {},
    "FORCE_MAJEURE": {"ACK": _PAUSE, **_holds(_PAUSE, _PAUSE, _PAUSE, _PAUSE)},
    "PROVIDER_INTERNAL": {},
}


class Reminders(Block):
    """How long an unanswered question may wait before the client is asked again."""

    P1: Target = span("1 h")
    P2: Target = span("4 h")
    P3: Target = span("1 bd")
    P4: Target = span("1 bd")


class PauseRules(Block):
    """By hold reason and clock; what is not named runs."""

    holds: dict[str, dict[str, PauseEffect]] = HOLDS
    reminders: Reminders = Reminders()

    @field_validator("holds")
    @classmethod
    def _known(cls, holds: dict[str, dict[str, PauseEffect]]) -> dict[str, dict[str, PauseEffect]]:
        if unknown := set(holds) - set(HOLDS):
            raise ValueError(f"no such reason: {', '.join(sorted(unknown))}")
        if unknown := {clock for clocks in holds.values() for clock in clocks} - set(CLOCKS):
            raise ValueError(f"no such clock: {', '.join(sorted(unknown))}")
        if any(effect is not _RUN for effect in holds.get("PROVIDER_INTERNAL", {}).values()):
            raise ValueError("the provider's own reasons never stop a clock")
        return holds

    def effect(self, reason: str, clock: str) -> PauseEffect:
        """What this hold does to this clock."""
        return self.holds.get(str(reason).upper(), {}).get(str(clock).upper(), PauseEffect.RUN)


# ------------------------------------------------------------------- service credits, domain.md §4.5
class CreditBand(Block):
    """`percent` of the labour for overshooting the target by up to this share (None: by more)."""

    up_to: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=4)] | None
    percent: Percent


def _credits(*percents: str) -> tuple[CreditBand, ...]:
    limits = (D("0.25"), D("1"), None)
    return tuple(CreditBand(up_to=u, percent=D(p)) for u, p in zip(limits, percents, strict=True))


class ServiceCredits(Block):
    """Only the largest applies; both caps are percent of labour."""

    P1: tuple[CreditBand, ...] = _credits("7.5", "15", "30")
    P2: tuple[CreditBand, ...] = _credits("5", "10", "20")
    P3: tuple[CreditBand, ...] = _credits("2.5", "5", "10")
    P4: tuple[CreditBand, ...] = ()
    minimum_base: Amount = D("400")
    engagement_cap_pct: Percent = D("30")
    month_cap_pct: Percent = D("15")

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for bands in (self.P1, self.P2, self.P3, self.P4):
            if bands:
                check_rising([band.up_to for band in bands], "credit bands")
        return self
