"""Reading the roster: constant numbers of queries, the fence, and what ends soon."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.kernel.errors import NotFound
from breakfix.roster import actions, queries
from breakfix.roster.models import Technician
from breakfix.roster.values import InsuranceKind
from tests import makers_roster
from tests.makers import World, local

START, END = local("2026-12-01 20:16"), local("2026-12-02 06:25")


def read_all(technician: Technician) -> list[Any]:
    """Everything that eligibility asks of one technician."""
    near: list[Any] = technician.near  # type: ignore[attr-defined]
    return [
        technician.person.name,
        technician.provider.legal_name,
        [skill.domain for skill in technician.skills.all()],
        [held.facts for held in technician.certificates.all()],
        [clearance.facts for clearance in technician.clearances.all()],
        [shift.facts for shift in near],
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_bench_costs_five_queries_however_many(
    small_world: World, count: int, django_assert_num_queries: Any
) -> None:
    for key in ("tom", "ana", "ines")[:count]:
        small_world.technicians[key] = makers_roster.technician(small_world, key)
        makers_roster.clear(small_world, key, "northgate")
        makers_roster.on_call(small_world, key)
        actions.record_certification(
            small_world.technicians[key].pk,
            code="CCNA",
            issued_on=date(2026, 1, 1),
            by=small_world.actor("percy"),
            at=small_world.at,
        )
    provider_id = small_world.organisation("ironbridge").pk
    with django_assert_num_queries(5):
        bench = [read_all(t) for t in queries.bench(provider_id, start=START, end=END)]
    assert len(bench) == count


def test_bench_holds_the_own_active_people_by_name_with_the_shifts_nearby(staffed: World) -> None:
    bench = list(queries.bench(staffed.organisation("ironbridge").pk, start=START, end=END))
    assert [t.person.name.split()[0] for t in bench] == ["Ana", "Ines", "Tom"]
    # The second stretch begins on 2026-12-03 at 09:00, within two days of the planned end.
    assert [len(read_all(t)[-1]) for t in bench] == [2, 2, 2]
    far = queries.bench(
        staffed.organisation("ironbridge").pk, start=END + timedelta(days=400), end=END + timedelta(days=401)
    )
    assert [read_all(t)[-1] for t in far] == [[], [], []]


def test_technicians_are_fenced(staffed: World) -> None:
    tom, cleo = staffed.technicians["tom"], staffed.technicians["cleo"]
    assert queries.get_technician(tom.pk, by=staffed.actor("dana")) == tom
    assert queries.get_technician(tom.pk, by=staffed.actor("tom")) == tom
    for who, whom in (("dana", cleo), ("cleo", tom), ("ines", tom), ("alice", tom), ("charlie", tom)):
        with pytest.raises(NotFound):
            queries.get_technician(whom.pk, by=staffed.actor(who))
    assert queries.technicians_of(staffed.organisation("calder").pk).get() == cleo
    assert queries.technician_of(staffed.people["cleo"].pk) == cleo
    assert queries.technician_of(staffed.people["dana"].pk) is None


def expiring(today: date, **given: Any) -> list[tuple[str, int, int]]:
    return [(e.what, e.days_left, e.threshold) for e in queries.expiries(today, **given)]


def test_expiries_name_the_next_to_end_first(staffed: World) -> None:
    ironbridge = staffed.organisation("ironbridge").pk
    # Ana's CCNA of 2024-06-20 ends on 2027-06-20, the policies on 2027-06-30; Server+ was verified on 2026-11-02.
    assert expiring(date(2027, 3, 21), provider_id=ironbridge) == []
    assert expiring(date(2027, 3, 22), provider_id=ironbridge) == [("CCNA of Ana Lindqvist", 90, 90)]
    soon = expiring(date(2027, 6, 16), provider_id=ironbridge)
    assert soon[0] == ("CCNA of Ana Lindqvist", 4, 7)
    assert ("cyber insurance with Harbor Mutual", 14, 14) in soon
    assert len(soon) == 5
    ended = expiring(date(2027, 6, 21), provider_id=ironbridge)
    assert ended[0] == ("CCNA of Ana Lindqvist", -1, 0)
    assert ("Server+ of Tom Okafor", 12, 30) in expiring(date(2027, 10, 21), provider_id=ironbridge)


def test_expiries_of_all_providers_cost_two_queries(staffed: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        found = queries.expiries(date(2027, 6, 16))
    assert {e.provider_id for e in found} == {staffed.organisation(s).pk for s in ("ironbridge", "calder")}
    assert len({e.key for e in found}) == len(found)


def test_expiries_leave_out_what_was_renewed(staffed: World) -> None:
    ana, percy = staffed.technicians["ana"], staffed.actor("percy")
    provider = staffed.organisation("ironbridge")
    at = datetime(2027, 6, 1, 12, 0, tzinfo=staffed.at.tzinfo)
    actions.record_certification(ana.pk, code="CCNA", issued_on=date(2027, 6, 1), by=percy, at=at)
    actions.record_insurance(
        provider.pk,
        kind=InsuranceKind.CYBER,
        insurer="Harbor Mutual",
        policy_number="HM-2",
        per_claim=Decimal(1_000_000),
        aggregate=Decimal(1_000_000),
        valid_from=date(2027, 7, 1),
        valid_until=date(2028, 6, 30),
        by=percy,
        at=at,
    )
    words = [what for what, _, _ in expiring(date(2027, 6, 16), provider_id=provider.pk)]
    assert len(words) == 3
    assert "CCNA of Ana Lindqvist" not in words
    assert "cyber insurance with Harbor Mutual" not in words
