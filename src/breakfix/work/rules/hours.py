"""From minutes on the clock to billed hours (domain.md §4.8, §11 rulings 13-15)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from breakfix.agreements.rules import tier_rule
from breakfix.agreements.values import Terms
from breakfix.kernel.money import ceil_to_step
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.coverage import Interval, union
from breakfix.kernel.worktime.tiers import Tier, local_minutes_by_tier, tier_at
from breakfix.work.values import HourRow, OrderHours, Place, RateRule, Worked

MINUTE = timedelta(minutes=1)
Quoted = Mapping[int, frozenset[Tier]]
Rate = RateRule


def rate_rule(terms: Terms, calendar: Calendar) -> Rate:
    """The rate card at one site: tiers go by its own clock and the holidays snapshotted with the engagement."""
    card = terms.rates
    return RateRule(
        zone=calendar.zone,
        holidays=calendar.holidays,
        tiers=tier_rule(card.tiers),
        increment=card.increment_hours,
        minimum_onsite=card.minimum_onsite,
        minimum_remote=card.minimum_remote,
        minimum_remote_after_hours=card.minimum_remote_after_hours,
    )


def billable(
    entries: Iterable[Worked], rule: Rate, *, quoted: Quoted | None = None, delays: Sequence[Interval] = ()
) -> tuple[OrderHours, ...]:
    """Hours per (order, level, tier): minutes summed over people, then rounded up; at least the minimum per order.

    `delays` are the provider's own waits: minutes that they pushed into a dearer tier keep the tier quoted for
    that level (`quoted`).
    """
    by_order: dict[str, list[Worked]] = {}
    for entry in sorted(entries, key=lambda one: (one.start, one.end)):
        by_order.setdefault(entry.order, []).append(entry)
    waits = union(delays)
    return tuple(_order_hours(order, mine, rule, quoted or {}, waits) for order, mine in by_order.items())


def _order_hours(
    order: str, entries: list[Worked], rule: Rate, quoted: Quoted, waits: Sequence[Interval]
) -> OrderHours:
    minutes: dict[tuple[int, Tier], dict[int, int]] = {}
    for entry in entries:
        for tier, count in _minutes(entry, rule, quoted, waits).items():
            of = minutes.setdefault((entry.level, tier), {})
            of[entry.of] = of.get(entry.of, 0) + count
    rows = tuple(row for (level, tier), of in minutes.items() for row in _shared(level, tier, of, rule))
    added = _minimum(rows, entries[0], rule, quoted, waits)
    words = [f"L{r.level} {_word(r.tier)}{_under(r)}: {r.minutes} min = {r.hours.normalize():f} h" for r in rows]
    if added:
        words.append(f"minimum: {added.hours.normalize():f} h more at L{added.level} {_word(added.tier)}")
    return OrderHours(order, rows, added, tuple(words))


def _shared(level: int, tier: Tier, minutes: Mapping[int, int], rule: Rate) -> Iterable[HourRow]:
    """Rounded up once per order, level and tier (§4.8); a change order gets what it adds to the hours of the base."""
    counted, billed = 0, Decimal(0)
    for of in sorted(minutes):
        counted += minutes[of]
        hours = ceil_to_step(Fraction(counted, 60), rule.increment)
        yield HourRow(level, tier, minutes[of], hours - billed, of)
        billed = hours


def _under(row: HourRow) -> str:
    return " under a change order" if row.of else ""


def _minimum(
    rows: Sequence[HourRow], first: Worked, rule: Rate, quoted: Quoted, waits: Sequence[Interval]
) -> HourRow | None:
    """What is missing to the minimum: at the first level worked, in the tier where work began (ruling 15)."""
    began = tier_at(first.start, rule.zone, rule.holidays, rule.tiers)
    tier = _kept(began, first, first.start, rule, quoted, waits)
    least = rule.minimum_onsite
    if first.place is Place.REMOTE:
        least = rule.minimum_remote if began is Tier.BUSINESS else rule.minimum_remote_after_hours
    missing = least - sum((row.hours for row in rows), Decimal(0))
    # Of the base in any case: the visit was agreed with the quote.
    return HourRow(first.level, tier, 0, missing) if missing > 0 else None


def _minutes(entry: Worked, rule: Rate, quoted: Quoted, waits: Sequence[Interval]) -> dict[Tier, int]:
    """Minutes of one entry per billed tier: by the minute worked, unless the provider's own wait made it dearer."""
    counted = local_minutes_by_tier(entry.start, entry.end, rule.zone, rule.holidays, rule.tiers)
    if not _pushed_by(entry.start, waits):
        return counted
    kept: dict[Tier, int] = {}
    minute = entry.start.replace(second=0, microsecond=0)
    while minute < entry.end:
        tier = tier_at(minute, rule.zone, rule.holidays, rule.tiers)
        tier = _kept(tier, entry, minute, rule, quoted, waits)
        kept[tier] = kept.get(tier, 0) + 1
        minute += MINUTE
    return kept


def _kept(tier: Tier, entry: Worked, minute: datetime, rule: Rate, quoted: Quoted, waits: Sequence[Interval]) -> Tier:
    """The tier a minute is billed in: the quoted one, where it was cheaper but for the provider's waits."""
    pushed = _pushed_by(entry.start, waits)
    price = rule.tiers.multiplier
    if not pushed or price(tier_at(minute - pushed, rule.zone, rule.holidays, rule.tiers)) >= price(tier):
        return tier
    cheaper = [one for one in quoted.get(entry.level, frozenset()) if price(one) < price(tier)]
    return max(cheaper, key=price) if cheaper else tier


def _pushed_by(start: datetime, waits: Sequence[Interval]) -> timedelta:
    """How much earlier this work could have begun but for the provider's own waits, in whole minutes."""
    lost = sum((min(wait.end, start) - wait.start for wait in waits if wait.start < start), timedelta())
    return lost // MINUTE * MINUTE


def _word(tier: Tier) -> str:
    return tier.value.replace("_", " ")
