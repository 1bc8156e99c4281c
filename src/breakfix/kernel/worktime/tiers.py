"""Which price tier a worked minute falls into, by the site's own clock (domain.md §4.8).

Business Monday to Friday 08-18 x1.0; the rest of Monday to Saturday x1.5; Sundays and holidays x2.0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from breakfix.kernel.worktime.zones import (
    DAY_MINUTES,
    MINUTE,
    ONE_DAY,
    instant,
    local_date,
    micros,
    wall_spans,
)


class Tier(StrEnum):
    BUSINESS = "business"
    AFTER_HOURS = "after_hours"
    SUNDAY = "sunday"


@dataclass(frozen=True)
class TierRule:
    """What the rate card calls business hours, Sundays (`rest_days`), and each tier's multiplier.

    Days are counted from Monday = 0; minutes from local midnight, half-open.
    """

    business_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    open_minute: int = 480
    close_minute: int = 1080
    multipliers: tuple[tuple[Tier, Decimal], ...] = (
        (Tier.BUSINESS, Decimal("1.0")),
        (Tier.AFTER_HOURS, Decimal("1.5")),
        (Tier.SUNDAY, Decimal("2.0")),
    )
    rest_days: tuple[int, ...] = (6,)

    def __post_init__(self) -> None:
        if not 0 <= self.open_minute < self.close_minute <= DAY_MINUTES:
            raise ValueError(f"not hours of one day: {self.open_minute} to {self.close_minute}")
        if {tier for tier, _ in self.multipliers} != set(Tier):
            raise ValueError("every tier has one multiplier")

    def multiplier(self, tier: Tier) -> Decimal:
        """What the base rate is multiplied by in this tier."""
        return dict(self.multipliers)[tier]


@dataclass(frozen=True)
class TierPiece:
    """A part of a period, [start, end) in UTC, that lies in one tier."""

    start: datetime
    end: datetime
    tier: Tier


DEFAULT_RULE = TierRule()


def tier_at(at: datetime, zone: str, holidays: Collection[date], rule: TierRule = DEFAULT_RULE) -> Tier:
    """The tier of one instant, e.g. of the moment work began."""
    return next(_cut(micros(at), micros(at) + 1, zone, holidays, rule))[2]


def tier_pieces(
    start: datetime, end: datetime, zone: str, holidays: Collection[date], rule: TierRule = DEFAULT_RULE
) -> tuple[TierPiece, ...]:
    """[start, end) cut where the tier changes, in order and without gaps."""
    cuts = _cut(micros(start), micros(end), zone, holidays, rule)
    return tuple(TierPiece(instant(begun), instant(ended), tier) for begun, ended, tier in cuts)


def local_minutes_by_tier(
    start: datetime, end: datetime, zone: str, holidays: Collection[date], rule: TierRule = DEFAULT_RULE
) -> dict[Tier, int]:
    """Billable minutes per tier, in the order the tiers were met.

    The start is floored and the end ceiled to the minute (domain.md §11 ruling 14); ValueError when the
    end lies before the start.
    """
    if end < start:
        raise ValueError(f"work cannot end before it starts: {start} to {end}")
    begun, ended = micros(start) // MINUTE * MINUTE, -(-micros(end) // MINUTE) * MINUTE
    minutes: dict[Tier, int] = {}
    for low, high, tier in _cut(begun, ended if end > start else begun, zone, holidays, rule):
        minutes[tier] = minutes.get(tier, 0) + (high - low) // MINUTE
    return minutes


def _cut(
    start: int, end: int, zone: str, holidays: Collection[date], rule: TierRule
) -> Iterator[tuple[int, int, Tier]]:
    """The period cut by tier, neighbours of one tier joined."""
    if start >= end:
        return
    on, last = local_date(start, zone) - ONE_DAY, local_date(end, zone) + ONE_DAY
    pieces: list[tuple[int, int, Tier]] = []
    while on <= last:
        for opens, closes, tier in _tiers_of(on, holidays, rule):
            spans = wall_spans(zone, on, opens, closes)
            pieces += [(max(low, start), min(high, end), tier) for low, high in spans]
        on += ONE_DAY
    held: tuple[int, int, Tier] | None = None
    for low, high, tier in sorted(piece for piece in pieces if piece[0] < piece[1]):
        if held and held[2] is tier:
            held = (held[0], high, tier)
            continue
        if held:
            yield held
        held = (low, high, tier)
    if held:
        yield held


def _tiers_of(on: date, holidays: Collection[date], rule: TierRule) -> list[tuple[int, int, Tier]]:
    """A local date's tiers as minutes of its wall clock."""
    if on.weekday() in rule.rest_days or on in holidays:
        return [(0, DAY_MINUTES, Tier.SUNDAY)]
    if on.weekday() not in rule.business_days:
        return [(0, DAY_MINUTES, Tier.AFTER_HOURS)]
    return [
        (0, rule.open_minute, Tier.AFTER_HOURS),
        (rule.open_minute, rule.close_minute, Tier.BUSINESS),
        (rule.close_minute, DAY_MINUTES, Tier.AFTER_HOURS),
    ]
