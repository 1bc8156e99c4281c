"""Scores as domain.md §4.6 works them out (T-R1), and the rulings 3 and 31 about their terms."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from breakfix.agreements.values import DispatchTerms
from breakfix.dispatch.rules import ranking
from breakfix.dispatch.values import Candidate, Continuity, Eta, Lane, Scored
from breakfix.kernel.money import half_up
from tests.dispatch.bench import booked, candidate, job

STEP = Fraction(15, 100)
WEIGHTS = DispatchTerms().urgent


def score(one: Candidate, booked_hours: int, cost: str, **given: object) -> Scored:
    return ranking.scored(
        one,
        job(level=2),
        weights=WEIGHTS,
        step=STEP,
        remaining_minutes=240,
        booked_minutes=booked_hours * 60,
        thrift_value=Fraction(cost),
    )


def known(technician_id: int, level: int, eta: int, continuity: Continuity, fixed: int, jobs: int) -> Candidate:
    return candidate(
        technician_id, level=level, eta=Eta(eta, "driving"), continuity=continuity, successes=fixed, jobs=jobs
    )


def test_ranking_of_three_gives_the_worked_scores_in_order() -> None:
    ana = score(known(1, 2, 70, Continuity.SAME_ASSET, 44, 50), 3, "0")
    ben = score(known(2, 3, 35, Continuity.SAME_CLIENT, 36, 50), 6, "0.4")
    cy = score(known(3, 2, 150, Continuity.NEW, 47, 50), 0, "0.8")
    assert [str(half_up(one.total, 2)) for one in (ana, ben, cy)] == ["80.50", "66.88", "64.00"]
    assert [one.technician_id for one in ranking.in_order([cy, ben, ana])] == [1, 2, 3]
    assert [str(half_up(term.points, 3)) for term in ben.terms] == [
        "21.250",
        "25.625",
        "4.500",
        "2.500",
        "11.000",
        "2.000",
    ]


def test_ranking_compares_unrounded_and_breaks_ties_by_load_then_id() -> None:
    same = [score(candidate(number), 0, "0") for number in (7, 5, 6)]
    busier = replace(same[0], technician_id=1, booked_minutes=60)
    ahead = score(candidate(9), 0, "0.0001")
    order = [one.technician_id for one in ranking.in_order([*same, busier, ahead])]
    assert order == [9, 5, 6, 7, 1]


def test_ranking_gives_no_punctuality_once_the_target_is_used_up() -> None:
    assert ranking.punctuality(0, 0) == 0
    assert ranking.punctuality(10, -5) == 0
    assert ranking.punctuality(240, 240) == 0
    assert ranking.punctuality(300, 240) == 0
    assert ranking.punctuality(None, 240) == 0
    assert ranking.punctuality(0, 240) == 1


def test_ranking_spreads_cost_between_cheapest_and_dearest() -> None:
    assert [ranking.thrift(cost, [50, 60, 75]) for cost in (50, 60, 75)] == [1, Fraction(3, 5), 0]
    assert ranking.thrift(60, [60, 60]) == 1
    assert ranking.thrift(60, [60]) == 1


def test_ranking_starts_newcomers_at_eight_of_ten() -> None:
    assert ranking.quality(0, 0) == Fraction(8, 10)
    assert ranking.freedom(9 * 60) == 0
    assert ranking.skill_fit(8, STEP) == 0


def test_ranking_weighs_arrival_less_and_cost_more_for_p3() -> None:
    terms = DispatchTerms()
    assert (terms.weights("P2").eta, terms.weights("P2").cost) == (30, 5)
    assert (terms.weights("P3").eta, terms.weights("P3").cost) == (15, 20)


def test_ranking_puts_everybody_either_in_or_out_with_a_reason() -> None:
    found = ranking.rank(
        [candidate(1), candidate(2, level=1), candidate(3, hourly_cost=9000)],
        job(level=2),
        terms=DispatchTerms(),
        priority="P1",
        target="ONSITE",
        remaining_minutes=240,
    )
    assert [one.technician_id for one in found.eligible] == [1, 3]
    assert [(one.technician_id, one.reasons) for one in found.excluded] == [
        (2, ("level 1, this work needs level 2",))
    ]
    cost = {one.technician_id: one.terms[-1].value for one in found.eligible}
    assert cost == {1: 1, 3: 0}


@pytest.mark.parametrize(
    ("lane", "started", "reserved", "minutes"),
    [
        (Lane.EMERGENCY, False, False, 180),
        (Lane.EMERGENCY, False, True, 180),
        (Lane.STANDARD, False, False, 0),
        (Lane.STANDARD, True, False, 180),
        (Lane.STANDARD, True, True, 0),
    ],
)
def test_ranking_of_an_emergency_looks_through_what_may_wait(
    lane: Lane, started: bool, reserved: bool, minutes: int
) -> None:
    """Ruling 3: P3/P4 counts only once begun, and never for the reserved emergency roster."""
    busy = candidate(
        1, emergency_roster=reserved, bookings=(booked("2026-12-01 09:00", "2026-12-01 12:00", lane, started),)
    )
    assert ranking.booked_minutes(busy, job()) == minutes


def test_ranking_of_an_ordinary_job_counts_all_that_is_booked_that_day() -> None:
    busy = candidate(
        1,
        bookings=(
            booked("2026-12-01 09:00", "2026-12-01 10:30", Lane.STANDARD),
            booked("2026-11-30 22:00", "2026-12-01 00:45", Lane.EMERGENCY),
        ),
    )
    assert ranking.booked_minutes(busy, job(lane=Lane.STANDARD)) == 135


def test_ranking_is_kept_without_names_and_pay() -> None:
    found = ranking.rank(
        [candidate(1, hourly_cost=6100), candidate(2, hourly_cost=9900)],
        job(),
        terms=DispatchTerms(),
        priority="P1",
        target="ONSITE",
        remaining_minutes=227,
    )
    kept = ranking.snapshot(found)
    assert "6100" not in str(kept)
    assert "9900" not in str(kept)
    assert kept["eligible"][0]["rank"] == 1
    assert kept["eligible"][0]["total"] == sum((term["points"] for term in kept["eligible"][0]["terms"]), Decimal(0))
