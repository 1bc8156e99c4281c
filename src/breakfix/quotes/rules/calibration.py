"""How well estimates foretold what the work came to (domain.md §5.1): what was settled against P50, P80, P90 and N.

Only what was simulated can be measured against its simulation, so what was not is left out by name (`why_left_out`).
Below `LEAST` settled offers nothing is said: one more or less would move a share by more than ten points, as much as
all that P90 leaves above it. A factor is suggested with its derivation and applied by nobody here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from breakfix.kernel.money import ceil_to_step, half_up, trimmed
from breakfix.quotes.rules.simulation import SIMULATED
from breakfix.quotes.values import Mode

LEAST = 10
MARKS = (50, 80, 90)
QUANTILE = Decimal("0.90")
HIT_EXPECTED = 10  # percent of offers that P90 leaves above it
MOST_LISTED = 15  # ratios that are written out one by one
_Z = Decimal("1.959964")  # 95 % of a normal distribution lie within so many deviations


class LeftOut(StrEnum):
    """Why a settled offer says nothing about the simulation."""

    FIXED = "fixed"
    BY_THE_PIECE = "by_the_piece"
    STATED = "stated"
    QUANTILE = "quantile"
    CERTAIN = "certain"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """A share against what was stated: within what chance does, or beyond it to one side."""

    TOO_FEW = "too_few"
    IN_LINE = "in_line"
    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True)
class Facts:
    """What decides whether a settled offer can be measured. `quantile` is the one that N was taken at."""

    mode: Mode
    by_the_piece: bool
    sampler: str
    quantile: Decimal
    uncertain: bool
    cancelled: bool


@dataclass(frozen=True)
class Settled:
    """One settled offer that was simulated; amounts in minor units of its own currency.

    `fixed` is Q without its labour: what the simulation took as certain. `actual` is before the reduction to N
    (ruling 34). `base`: the quote itself, whose N follows from P90; a change order's N follows from its Q.
    """

    domain: str
    failure: str
    base: bool
    q: int
    fixed: int
    p50: int
    p80: int
    p90: int
    n: int
    actual: int


@dataclass(frozen=True)
class Share:
    """How many of how many, beside the percentage that was stated, with the 95 % interval (Wilson), 0 to 1."""

    stated: int
    count: int
    of: int
    low: Decimal
    high: Decimal
    verdict: Verdict

    @property
    def share(self) -> Fraction | None:
        """None where too few were settled to say it."""
        return None if self.verdict is Verdict.TOO_FEW else Fraction(self.count, self.of)


@dataclass(frozen=True)
class Accuracy:
    """A / Q: its median, and between which two values eight of ten lie."""

    median: Fraction
    p10: Fraction
    p90: Fraction


@dataclass(frozen=True)
class Factor:
    """What hours would have to be multiplied with; `after` are the shares within P50, P80, P90 had they been.

    `value` None: too few, or nothing that a factor could mend. `advised`: chance alone does not explain it.
    """

    value: Decimal | None
    advised: bool
    after: tuple[Share, ...]
    derivation: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """Everything that the settled offers of one class say. `accuracy` is None while they are too few."""

    name: str
    count: int
    curve: tuple[Share, ...]
    hits: Share
    accuracy: Accuracy | None
    factor: Factor


def why_left_out(facts: Facts) -> LeftOut | None:
    """The first reason that holds; None: what it came to can be held against its simulation."""
    reasons = (
        (facts.cancelled, LeftOut.CANCELLED),
        (facts.mode is Mode.FIXED, LeftOut.FIXED),
        (facts.by_the_piece, LeftOut.BY_THE_PIECE),
        (facts.sampler != SIMULATED, LeftOut.STATED),
        (not facts.uncertain, LeftOut.CERTAIN),
        (facts.quantile != QUANTILE, LeftOut.QUANTILE),
    )
    return next((reason for holds, reason in reasons if holds), None)


def wilson(count: int, of: int) -> tuple[Decimal, Decimal]:
    """The 95 % interval of a share, to four places; of nothing, anything is possible."""
    if not of:
        return Decimal(0), Decimal(1)
    share, z2 = Decimal(count) / of, _Z * _Z
    whole = 1 + z2 / of
    middle = (share + z2 / (2 * of)) / whole
    half = _Z / whole * (share * (1 - share) / of + z2 / (4 * of * of)).sqrt()
    return half_up(max(middle - half, Decimal(0)), 4), half_up(min(middle + half, Decimal(1)), 4)


def share_of(count: int, of: int, stated: int) -> Share:
    """A share beside the one that was stated."""
    low, high = wilson(count, of)
    meant = Decimal(stated) / 100
    if of < LEAST:
        verdict = Verdict.TOO_FEW
    elif low <= meant <= high:
        verdict = Verdict.IN_LINE
    else:
        verdict = Verdict.BELOW if high < meant else Verdict.ABOVE
    return Share(stated, count, of, low, high, verdict)


def read(rows: Sequence[Settled], name: str = "") -> Reading:
    """What these offers say; the order they come in changes nothing."""
    within = [sum(one.actual <= _mark(one, mark) for one in rows) for mark in MARKS]
    quoted = [one for one in rows if one.base]
    hits = sum(one.actual > one.n for one in quoted)
    ratios = sorted(Fraction(one.actual, one.q) for one in rows if one.q > 0)
    return Reading(
        name=name,
        count=len(rows),
        curve=tuple(share_of(count, len(rows), mark) for count, mark in zip(within, MARKS, strict=True)),
        hits=share_of(hits, len(quoted), HIT_EXPECTED),
        accuracy=(
            Accuracy(*(quantile(ratios, Fraction(at, 10)) for at in (5, 1, 9))) if len(ratios) >= LEAST else None
        ),
        factor=factor_of(rows),
    )


def by_class(rows: Iterable[Settled], key: Callable[[Settled], str]) -> list[Reading]:
    """A reading of each class, those that say most first, then by name."""
    groups: dict[str, list[Settled]] = {}
    for one in rows:
        groups.setdefault(key(one), []).append(one)
    return sorted((read(many, name) for name, many in groups.items()), key=lambda one: (-one.count, one.name))


def factor_of(rows: Sequence[Settled]) -> Factor:
    """The median of (A - F) / (P50 - F): what was uncertain and came true, against what half should stay within.

    Quotes in which nothing but a contingent line was uncertain have no hours to multiply and do not count.
    """
    uncertain = [one for one in rows if one.p50 > one.fixed]
    of = len(uncertain)
    if of < LEAST:
        words = f"{of} of at least {LEAST} settled offers with uncertain hours: too few to say"
        return Factor(None, advised=False, after=(), derivation=(words,))
    ratios = sorted(Fraction(one.actual - one.fixed, one.p50 - one.fixed) for one in uncertain)
    middle = quantile(ratios, Fraction(1, 2))
    value, half = ceil_to_step(middle, Decimal("0.01")), share_of(sum(ratio <= 1 for ratio in ratios), of, 50)
    derivation = [
        "F = Q less its quoted labour, as frozen; ratio = (A - F) / (P50 - F), 1 where the work came to its P50",
        f"{of} ratios in order: {_written(ratios)}; the middle one, up to a hundredth: {trimmed(value)}",
        f"half should stay at or below 1: {half.count} of {of} did, 95 % interval {_percent(half.low)} to "
        f"{_percent(half.high)} %",
    ]
    if value <= 0:
        derivation.append("the middle lies at or below nothing: what is fixed was too dear, which no factor mends")
        return Factor(None, advised=False, after=(), derivation=tuple(derivation))
    after = tuple(share_of(sum(_stays(one, mark, value) for one in uncertain), of, mark) for mark in MARKS)
    advised = half.verdict is not Verdict.IN_LINE
    shares = ", ".join(f"{one.count} of {of} within P{one.stated}" for one in after)
    derivation.append(f"hours x {trimmed(value)} would have kept {shares}")
    derivation.append("chance does not explain it" if advised else "chance explains it: keep the hours as they are")
    return Factor(value, advised=advised, after=after, derivation=tuple(derivation))


def quantile(ordered: Sequence[Fraction], at: Fraction) -> Fraction:
    """Between the two values that stand around the place `at` x (n - 1), in proportion; exact."""
    place = at * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _mark(one: Settled, percent: int) -> int:
    return {50: one.p50, 80: one.p80, 90: one.p90}[percent]


def _stays(one: Settled, percent: int, factor: Decimal) -> bool:
    return one.actual <= one.fixed + factor * (_mark(one, percent) - one.fixed)


def _written(ratios: Sequence[Fraction]) -> str:
    if len(ratios) <= MOST_LISTED:
        return ", ".join(trimmed(half_up(one, 2)) for one in ratios)
    low, high = (trimmed(half_up(one, 2)) for one in (ratios[0], ratios[-1]))
    return f"from {low} to {high}"


def _percent(share: Decimal) -> str:
    return trimmed(half_up(share * 100, 0))
