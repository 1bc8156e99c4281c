"""How the real cost may fall out, and the ceiling that follows (domain.md §4.10, §11 rulings 12 and 13).

This is the one place of an offer that may use floats (R7): its results are frozen as decimals with seed,
sample count and library version. Same quote number, same inputs: the same N, on every machine.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

import numpy as np

from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, ceil_to_step, exponent_of, floor_to_step, format_money, half_up, trimmed
from breakfix.quotes.rules.pricing import total, unit_rate
from breakfix.quotes.values import Draft, Price, Tariff

SAMPLES = 20_000
SHAPE = 4
SIMULATED = "simulation"
STATED = "stated by the story"


@dataclass(frozen=True)
class TaskTerm:
    """Hours of one task, spread as BetaPERT (shape 4), times the exact price of an hour."""

    label: str
    optimistic: Decimal
    likely: Decimal
    pessimistic: Decimal
    unit: Decimal


@dataclass(frozen=True)
class ChanceTerm:
    """A flat amount that falls due with a probability."""

    label: str
    probability: Decimal
    amount: Decimal


@dataclass(frozen=True)
class CostModel:
    """What is uncertain about the cost of one offer; `fixed` already holds the forensic credit."""

    currency: str
    fixed: Decimal
    tasks: tuple[TaskTerm, ...]
    chances: tuple[ChanceTerm, ...]
    quantile: Decimal = Decimal("0.90")


@dataclass(frozen=True)
class Driver:
    """The share of the spread that one line causes, 0 to 1."""

    label: str
    share: Decimal


@dataclass(frozen=True)
class Distribution:
    """The simulated cost, frozen. `stated_n` is set only where a sampler was put in place of the simulation."""

    p50: Money
    p80: Money
    p90: Money
    mean: Money
    drivers: tuple[Driver, ...]
    seed: str
    samples: int
    library: str
    sampler: str
    stated_n: Money | None = None


class Sampler(Protocol):
    """Whatever turns a cost model into a distribution."""

    def __call__(self, model: CostModel, *, seed: str, samples: int) -> Distribution: ...


def cost_model(draft: Draft, price: Price, tariff: Tariff) -> CostModel:
    """The uncertain side of a priced draft: tasks by their spread, contingent lines by their chance."""
    labour = total((line.amount for line in price.labour), tariff.currency)
    return CostModel(
        currency=tariff.currency,
        fixed=(price.q - labour).amount,
        tasks=tuple(
            TaskTerm(t.name, t.optimistic, t.likely, t.pessimistic, unit_rate(t.level, t.tier, tariff))
            for t in draft.tasks
        ),
        chances=tuple(
            ChanceTerm(line.description, line.probability or Decimal(0), line.amount.amount)
            for line in price.contingents
        ),
        quantile=tariff.quantile,
    )


def simulate(model: CostModel, *, seed: str, samples: int = SAMPLES) -> Distribution:
    """Draw `samples` costs. Terms are drawn in the order of the lines: reordering a draft reshuffles them."""
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "big")
    rng = np.random.Generator(np.random.PCG64(start))
    drawn = [_hours(rng, task, samples) * float(task.unit) for task in model.tasks]
    drawn += [(rng.random(samples) < float(c.probability)) * float(c.amount) for c in model.chances]
    costs = float(model.fixed) + sum(drawn, np.zeros(samples))
    quantiles = [float(q) for q in np.quantile(costs, [0.5, 0.8, float(model.quantile)])]
    p50, p80, p90 = (_money(q, model.currency) for q in quantiles)
    return Distribution(
        p50=p50,
        p80=p80,
        p90=p90,
        mean=_money(float(np.mean(costs)), model.currency),
        drivers=_drivers([t.label for t in model.tasks] + [c.label for c in model.chances], drawn),
        seed=seed,
        samples=samples,
        library=f"numpy {np.__version__}",
        sampler=SIMULATED,
    )


def _hours(rng: np.random.Generator, task: TaskTerm, samples: int) -> Any:
    low, mode, high = float(task.optimistic), float(task.likely), float(task.pessimistic)
    if high <= low:
        return np.full(samples, mode)
    alpha = 1 + SHAPE * (mode - low) / (high - low)
    beta = 1 + SHAPE * (high - mode) / (high - low)
    return low + (high - low) * rng.beta(alpha, beta, samples)


def _drivers(labels: list[str], drawn: list[Any]) -> tuple[Driver, ...]:
    """Each term's share of the variance, largest first; terms are independent, so the shares add up to one."""
    spreads = [float(np.var(term)) for term in drawn]
    whole = sum(spreads)
    if not whole:
        return ()
    shares = [Driver(label, half_up(Decimal(v / whole), 4)) for label, v in zip(labels, spreads, strict=True)]
    return tuple(sorted(shares, key=lambda driver: -driver.share))


def _money(value: float, currency: str) -> Money:
    return Money(half_up(Decimal(value), exponent_of(currency)), currency)


# The one replaceable seam. Only the player of stories replaces it, and prints that it did.
_sampler: Sampler = simulate


def sample(model: CostModel, *, seed: str, samples: int = SAMPLES) -> Distribution:
    """The distribution by the sampler in place: the simulation, unless a story states its N."""
    return _sampler(model, seed=seed, samples=samples)


@contextmanager
def replace_sampler(n: Money) -> Iterator[None]:
    """Within this block every quote gets this N; the offer says that its N was stated, not simulated."""
    global _sampler

    def stated(model: CostModel, *, seed: str, samples: int) -> Distribution:
        drawn = simulate(model, seed=seed, samples=samples)
        return replace(drawn, p90=n, sampler=STATED, stated_n=n)

    before, _sampler = _sampler, stated
    try:
        yield
    finally:
        _sampler = before


@dataclass(frozen=True)
class Ceiling:
    """N and the sentences that derive it."""

    n: Money
    derivation: tuple[str, ...]


def n_for(q: Money, p90: Money, tariff: Tariff) -> Money:
    """N = max(1.05 Q up to the step, min(P90 up to the step, 1.35 Q down to it)): the floor always wins."""
    low, simulated, high = _bounds(q, p90, tariff)
    return max(low, min(simulated, high))


def ceiling(q: Money, drawn: Distribution, tariff: Tariff) -> Ceiling:
    """The binding maximum of a not-to-exceed offer, explained; refuses a stated N below Q."""
    if drawn.stated_n is not None:
        if drawn.stated_n < q:
            raise Refused(
                "n_below_q", f"A maximum of {format_money(drawn.stated_n)} is below the price {format_money(q)}."
            )
        return Ceiling(drawn.stated_n, (f"N {format_money(drawn.stated_n)}: {STATED}",))
    low, simulated, high = _bounds(q, drawn.p90, tariff)
    n, step, quantile = n_for(q, drawn.p90, tariff), trimmed(tariff.step), trimmed(tariff.quantile * 100)
    return Ceiling(
        n,
        (
            f"P{quantile} {format_money(drawn.p90)}, up to the next {step}: {format_money(simulated)}",
            f"at least {trimmed(tariff.floor)} x Q, up to the next {step}: {format_money(low)}",
            f"at most {trimmed(tariff.ceiling)} x Q, down to the last {step}: {format_money(high)}",
            f"N = {format_money(n)}",
        ),
    )


def fixed_ceiling(price: Price) -> Ceiling:
    """FIXED (ruling 1): N = Q + what the contingent lines may come to at their stated maximum."""
    headroom = total((line.amount for line in price.contingents), price.q.currency)
    n = price.q + headroom
    return Ceiling(n, (f"Q {format_money(price.q)} + contingent lines {format_money(headroom)} = {format_money(n)}",))


def _bounds(q: Money, p90: Money, tariff: Tariff) -> tuple[Money, Money, Money]:
    up = ceil_to_step(tariff.floor * q.amount, tariff.step)
    simulated = ceil_to_step(p90.amount, tariff.step)
    down = floor_to_step(tariff.ceiling * q.amount, tariff.step)
    return Money(up, q.currency), Money(simulated, q.currency), Money(down, q.currency)
