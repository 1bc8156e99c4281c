"""The words and number kinds that every clause of an agreement is written in."""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_serializer, model_validator

D = Decimal
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
Factor = Annotated[Decimal, Field(ge=1, le=10, decimal_places=4)]
Hours = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=2)]
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=4)]


Days = Annotated[int, Field(ge=0, le=36_500)]
# What is divided by: smaller steps than these would make more of them than anything can hold.
Step = Annotated[Decimal, Field(ge=D("0.01"), le=1_000_000, decimal_places=4)]


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Coverage(StrEnum):
    """When the clocks of a priority run."""

    ALWAYS = "24x7"
    BUSINESS = "business_hours"


class Unit(StrEnum):
    MINUTES = "min"
    HOURS = "h"
    DAYS = "d"
    BUSINESS_HOURS = "bh"
    BUSINESS_DAYS = "bd"
    NEXT_DAY_END = "end of next bd"


class PauseEffect(StrEnum):
    """What a hold does to a clock (domain.md §4.3). FROM_EVIDENCE: from the documented arrival or refusal."""

    RUN = "run"
    PAUSE = "pause"
    PAUSE_AFTER_ACK = "pause_after_ack"
    PAUSE_FROM_EVIDENCE = "pause_from_evidence"


class TaxCategory(StrEnum):
    PARTS = "parts"
    HW_LABOUR = "hw_labour"
    PROFESSIONAL_LABOUR = "professional_labour"
    DATA_RECOVERY = "data_recovery"
    FREIGHT = "freight"
    TRAVEL = "travel"
    FEES = "fees"


class VersionStatus(StrEnum):
    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    SIGNED = "SIGNED"
    ENDED = "ENDED"
    WITHDRAWN = "WITHDRAWN"


class Block(BaseModel):
    """A frozen part of the terms; a word it does not know is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(Block):
    """A promised span in people's words: "15 min", "4 h", "2 bh", "5 bd", "14 d", "end of next bd"."""

    amount: Annotated[int, Field(ge=0, le=100_000)]
    unit: Unit

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        words = " ".join(given.split())
        if words == Unit.NEXT_DAY_END:
            return {"amount": 1, "unit": Unit.NEXT_DAY_END}
        if not (found := re.fullmatch(r"(\d{1,6}) ?(min|h|d|bh|bd)", words)):
            raise ValueError('write a span like "15 min", "4 h", "2 bh", "5 bd", "14 d" or "end of next bd"')
        return {"amount": int(found[1]), "unit": found[2]}

    @model_serializer
    def _in_words(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return self.unit.value if self.unit is Unit.NEXT_DAY_END else f"{self.amount} {self.unit.value}"


def span(words: str) -> Target:
    """A target from its words, for defaults."""
    return Target.model_validate(words)


def _clock_text(given: Any) -> Any:
    # YAML 1.1 reads an unquoted 18:00 as 1080, which is the minute of the day.
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= 1440:
        return f"{given // 60:02}:{given % 60:02}"
    return given


TimeOfDay = Annotated[str, BeforeValidator(_clock_text), Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Weekday = Annotated[str, Field(pattern="^(mon|tue|wed|thu|fri|sat|sun)$")]
WORKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")


def check_rising(limits: list[Decimal | None], what: str) -> None:
    """ValueError unless the limits rise and only the last one is open: no amount may fall between two."""
    closed = [limit for limit in limits[:-1] if limit is not None]
    if not limits or limits[-1] is not None or len(closed) != len(limits) - 1:
        raise ValueError(f"the last of the {what}, and only it, has no upper limit")
    if closed != sorted(set(closed)):
        raise ValueError(f"the {what} rise from one to the next")
