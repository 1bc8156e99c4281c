"""Quantiles of a three-point estimate, held against what can be worked out by hand and against a large sample."""

from decimal import Decimal

import numpy
import pytest

from breakfix.kernel.pert import quantile

D = Decimal


def test_middle_of_an_even_estimate_is_its_most_likely_value() -> None:
    assert quantile(D(10), D(20), D(30), 0.5) == pytest.approx(20, abs=1e-9)


def test_estimate_without_spread_is_certain() -> None:
    assert quantile(D(4), D(4), D(4), 0.9) == 4


def test_estimate_whose_likely_value_is_its_end_follows_a_power() -> None:
    # Beta(1, 5) and Beta(5, 1): the distribution functions are 1 - (1 - x)^5 and x^5.
    assert quantile(D(0), D(0), D(1), 0.9) == pytest.approx(1 - 0.1**0.2, abs=1e-9)
    assert quantile(D(0), D(1), D(1), 0.9) == pytest.approx(0.9**0.2, abs=1e-9)


@pytest.mark.parametrize("points", [(1, 2, 8), (20, 22, 70), (0, 24, 240)])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_quantile_agrees_with_a_large_sample(points: tuple[int, int, int], share: float) -> None:
    low, likely, high = points
    a, b = 1 + 4 * (likely - low) / (high - low), 1 + 4 * (high - likely) / (high - low)
    drawn = low + (high - low) * numpy.random.default_rng(7).beta(a, b, 400_000)
    found = quantile(*(D(point) for point in points), share)
    assert found == pytest.approx(float(numpy.quantile(drawn, share)), abs=0.004 * (high - low))
