"""Quantiles of a three-point estimate: BetaPERT with lambda 4, computed, not sampled, so that they never move.

Source: domain.md §4.10; the incomplete beta function by the continued fraction of Lentz. The error is below 1e-9 of
the span.
"""

import math
from decimal import Decimal

_TINY, _TERMS, _HALVINGS = 1e-300, 400, 60


def quantile(optimistic: Decimal, likely: Decimal, pessimistic: Decimal, share: float) -> float:
    """The value that is not exceeded with probability `share`; the units are those of the three points."""
    low, high = float(optimistic), float(pessimistic)
    if high <= low:
        return low
    a = 1 + 4 * (float(likely) - low) / (high - low)
    b = 1 + 4 * (high - float(likely)) / (high - low)
    below, above = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        if _below(middle, a, b) < share:
            below = middle
        else:
            above = middle
    return low + (high - low) * (below + above) / 2


def _below(x: float, a: float, b: float) -> float:
    """The share of a Beta(a, b) that lies below x."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    weight = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):
        return math.exp(weight) * _fraction(x, a, b) / a
    return 1 - math.exp(weight) * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    upper, lower = 1.0, 1 / _kept(1 - (a + b) * x / (a + 1))
    value = lower
    for m in range(1, _TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower = 1 / _kept(1 + term * lower)
            upper = _kept(1 + term / upper)
            value *= lower * upper
        if abs(lower * upper - 1) < 1e-15:
            break
    return value


def _kept(value: float) -> float:
    """Away from zero, where the fraction could not go on."""
    return value if abs(value) > _TINY else _TINY
