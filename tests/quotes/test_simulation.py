"""The estimate and N: the worked example of domain.md §4.10 within its tolerance, seeds, and the one seam."""

from dataclasses import replace
from decimal import Decimal

import pytest

from breakfix.agreements.values import Domain
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.rules import pricing, simulation
from breakfix.quotes.values import ChargeKind, ChargeLine, ContingentLine, Draft
from tests.quotes.cases import S1, D, tariff, task, usd

EXAMPLE = Draft(
    tasks=(
        task(2, "1", "1.5", "3", tier=Tier.BUSINESS, name="L2 work"),
        task(3, "2", "3", "6", tier=Tier.BUSINESS, name="L3 work"),
    ),
    charges=(ChargeLine(ChargeKind.OTHER, "Firm other", unit=D(1015)),),
    contingents=(ContingentLine("Contingent part", D("0.15"), D("790.20")),),
    scope_in="x",
)


def drawn(draft: Draft, seed: str = "Q-2026-0001", samples: int = 20_000, fee: str = "0") -> simulation.Distribution:
    price = pricing.price(draft, tariff(), fee=usd(fee))
    return simulation.sample(simulation.cost_model(draft, price, tariff()), seed=seed, samples=samples)


def close(money: Money, figure: str, tolerance: str = "0.01") -> bool:
    return abs(money.amount - D(figure)) <= D(figure) * D(tolerance)


def test_simulation_meets_the_stated_quantiles() -> None:
    found = drawn(EXAMPLE, samples=200_000)
    assert close(found.mean, "2258.53")
    assert close(found.p50, "2169")
    assert close(found.p80, "2458")
    assert close(found.p90, "2835")
    price = pricing.price(EXAMPLE, tariff(), fee=usd("0"))
    assert price.q == usd("2196.25")
    assert simulation.ceiling(price.q, found, tariff()).n == usd("2850")


def test_simulation_of_the_opening_scenario_lies_at_its_step() -> None:
    found = drawn(S1, samples=200_000, fee="675")
    assert close(found.p90, "5400")
    assert simulation.n_for(usd("4723.33"), found.p90, tariff()) in {usd("5400"), usd("5425")}


def test_contingent_line_drives_the_spread_of_the_example() -> None:
    drivers = drawn(EXAMPLE).drivers
    assert drivers[0].label == "Contingent part"
    assert abs(sum(driver.share for driver in drivers) - 1) <= D("0.001")


def test_same_seed_gives_the_same_estimate_and_another_gives_another() -> None:
    assert drawn(EXAMPLE) == drawn(EXAMPLE)
    assert drawn(EXAMPLE).p90 != drawn(EXAMPLE, seed="Q-2026-0002").p90


def test_estimate_names_seed_samples_and_library() -> None:
    found = drawn(EXAMPLE)
    assert (found.seed, found.samples, found.sampler) == ("Q-2026-0001", 20_000, "simulation")
    assert found.library.startswith("numpy ")


def test_certain_work_has_no_spread() -> None:
    certain = Draft(tasks=(task(2, "2", "2", "2", tier=Tier.BUSINESS),), scope_in="x")
    found = drawn(certain)
    assert found.p50 == found.p90 == usd("370")
    assert found.drivers == ()


def test_kept_media_is_a_contingent_line_that_always_falls_due() -> None:
    core = replace(EXAMPLE, tasks=(), contingents=(ContingentLine("Core charge", D(1), D("200")),))
    assert drawn(core).p50 == usd("1215")


@pytest.mark.parametrize(
    ("q", "p90", "n"),
    [
        ("2196.25", "2835", "2850"),  # the simulated quantile decides
        ("4723.33", "5400", "5400"),  # exactly on a step stays there
        ("4723.33", "5400.01", "5425"),
        ("2583.90", "2600", "2725"),  # 1.05 Q decides
        ("1623.75", "1947", "1950"),
        ("1000", "9000", "1350"),  # 1.35 Q decides
        ("100", "300", "125"),  # the floor wins over the ceiling: 105 up, 135 down
        ("10", "12", "25"),  # floor 25 above ceiling 0
        ("0", "0", "0"),
    ],
)
def test_n_is_clamped_and_the_floor_always_wins(q: str, p90: str, n: str) -> None:
    assert simulation.n_for(usd(q), usd(p90), tariff()) == usd(n)


def test_n_says_how_it_came_about() -> None:
    found = simulation.ceiling(usd("4723.33"), replace(drawn(EXAMPLE), p90=usd("5400")), tariff())
    assert found.derivation == (
        "P90 $5,400.00, up to the next 25: $5,400.00",
        "at least 1.05 x Q, up to the next 25: $4,975.00",
        "at most 1.35 x Q, down to the last 25: $6,375.00",
        "N = $5,400.00",
    )


def test_stated_n_replaces_the_simulation_only_within_its_block() -> None:
    with simulation.replace_sampler(usd("5400")):
        stated = drawn(S1, fee="675")
    assert stated.sampler == "stated by the story"
    assert simulation.ceiling(usd("4723.33"), stated, tariff()).n == usd("5400")
    assert drawn(S1, fee="675").sampler == "simulation"


def test_stated_n_gives_way_even_after_a_failure() -> None:
    with pytest.raises(RuntimeError), simulation.replace_sampler(usd("1")):
        raise RuntimeError
    assert drawn(S1).stated_n is None


def test_stated_n_below_the_price_is_refused() -> None:
    with simulation.replace_sampler(usd("4000")):
        stated = drawn(S1, fee="675")
    with pytest.raises(Refused) as refusal:
        simulation.ceiling(usd("4723.33"), stated, tariff())
    assert refusal.value.code == "n_below_q"


def test_fixed_price_has_room_only_for_its_contingent_lines() -> None:
    charges = (
        ChargeLine(ChargeKind.OTHER, "Purge", D(240), D("11.50")),
        ChargeLine(ChargeKind.OTHER, "Custody", unit=D(380)),
        ChargeLine(ChargeKind.OTHER, "Supervision", unit=D(460)),
    )
    lost = ContingentLine("Destroy", D("0.02"), D("18"), maximum=5)
    price = pricing.price(
        Draft(charges=charges, contingents=(lost,), scope_in="x"), tariff(domain=Domain.SURGE), fee=usd("0")
    )
    assert price.q == usd("3600.00")
    assert simulation.fixed_ceiling(price).n == usd("3690.00")


def test_quantile_is_taken_of_the_exact_hours_not_the_rounded_ones() -> None:
    # The mean of 1/1.5/3 h is 1.667 h; a model on the quoted 1.75 h would never fall below 323.75.
    only = Draft(tasks=EXAMPLE.tasks[:1], scope_in="x")
    assert drawn(only).p50 < usd("323.75")
    assert simulation.cost_model(only, pricing.price(only, tariff(), fee=usd("0")), tariff()).fixed == Decimal(0)
