"""What fails, how often and for how long: of one client, whoever repaired it, other systems' incidents included."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from breakfix.assets import queries as assets
from breakfix.incidents import past
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Side
from breakfix.parties import queries as parties

MOST_MONTHS, MOST_MACHINES = 36, 15
REPEATED_WITHIN = timedelta(days=90)
NOT_A_FAILURE = (Status.CANCELLED.value, Status.DECLINED.value)


@dataclass(frozen=True)
class Failure:
    """One failure, ours or imported; `ended_at` None where nothing says that it was over."""

    begun_at: datetime
    ended_at: datetime | None
    asset_id: int | None
    imported: bool


@dataclass(frozen=True)
class Period:
    """A month, or a year where the record is longer than three; `typical` is the median length of what began then."""

    label: str
    ours: int
    imported: int
    typical: timedelta | None

    @property
    def total(self) -> int:
        return self.ours + self.imported


@dataclass(frozen=True)
class Machine:
    """One machine of the register: how often it failed, and how often again within 90 days of the time before."""

    asset_id: int
    name: str
    ours: int
    imported: int
    repeated: int
    last_at: datetime

    @property
    def total(self) -> int:
        return self.ours + self.imported


@dataclass(frozen=True)
class Trends:
    """`unnamed` are failures of no machine of the register. `by_year`: each period is a year."""

    periods: tuple[Period, ...]
    machines: tuple[Machine, ...]
    failures: int
    unnamed: int
    by_year: bool


def trends(by: Actor) -> Trends:
    """Of the reader's own organisation, in its zone; a provider has none to read."""
    if by.side is not Side.CLIENT or by.organisation_id is None or not by.roles or by.field_only:
        return Trends((), (), 0, 0, by_year=False)
    zone = ZoneInfo(parties.get_organisation(by.organisation_id, by=by).zone)
    found = sorted(_failures(by), key=lambda one: one.begun_at)
    names = dict(assets.assets_visible_to(by).values_list("pk", "name"))
    months = _months(found, zone)
    return Trends(
        periods=_periods(found, zone, by_year=months > MOST_MONTHS),
        machines=_machines(found, names),
        failures=len(found),
        unnamed=sum(one.asset_id not in names for one in found),
        by_year=months > MOST_MONTHS,
    )


def _failures(by: Actor) -> Iterable[Failure]:
    rows = incidents.visible_to(by).filter(client=by.organisation_id, merged_into=None)
    rows = rows.exclude(status__in=NOT_A_FAILURE).order_by()
    for begun, ended, asset in rows.values_list("outage_started_at", "restored_at", "asset_id"):
        yield Failure(begun, ended, asset, imported=False)
    others = past.past_visible_to(by).order_by().values_list("first_at", "resolved_at", "asset_id")
    for begun, ended, asset in others.iterator(2000):
        yield Failure(begun, ended, asset, imported=True)


def _months(found: list[Failure], zone: ZoneInfo) -> int:
    if not found:
        return 0
    first, last = found[0].begun_at.astimezone(zone), found[-1].begun_at.astimezone(zone)
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _periods(found: list[Failure], zone: ZoneInfo, *, by_year: bool) -> tuple[Period, ...]:
    """Every period from the first failure to the last one, also those in which nothing failed."""
    if not found:
        return ()
    grouped: defaultdict[tuple[int, int], list[Failure]] = defaultdict(list)
    for one in found:
        there = one.begun_at.astimezone(zone)
        grouped[there.year, 1 if by_year else there.month].append(one)
    first, last, step = min(grouped), max(grouped), 12 if by_year else 1
    numbers = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1], step)
    keys = [(number // 12, number % 12 + 1) for number in numbers]
    return tuple(_period(key, grouped.get(key, []), by_year=by_year) for key in keys)


def _period(key: tuple[int, int], inside: list[Failure], *, by_year: bool) -> Period:
    # A log may say that something ended before it began; that is no length.
    lengths = [one.ended_at - one.begun_at for one in inside if one.ended_at and one.ended_at >= one.begun_at]
    return Period(
        label=str(key[0]) if by_year else f"{key[0]}-{key[1]:02}",
        ours=sum(not one.imported for one in inside),
        imported=sum(one.imported for one in inside),
        typical=timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None,
    )


def _machines(found: list[Failure], names: dict[int, str]) -> tuple[Machine, ...]:
    """Those that failed most, of those that the register knows; `found` is in the order of time."""
    ours, others = Counter[int](), Counter[int]()
    repeated, last = Counter[int](), dict[int, datetime]()
    for one in found:
        if one.asset_id is None or one.asset_id not in names:
            continue
        before = last.get(one.asset_id)
        repeated[one.asset_id] += before is not None and one.begun_at - before <= REPEATED_WITHIN
        last[one.asset_id] = one.begun_at
        (others if one.imported else ours)[one.asset_id] += 1
    made = [Machine(key, names[key], ours[key], others[key], repeated[key], last[key]) for key in last]
    return tuple(sorted(made, key=lambda one: (-one.total, one.name, one.asset_id))[:MOST_MACHINES])
