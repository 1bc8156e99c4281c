"""Seats by exposure, acknowledgements by risk and the ladder's instants (domain.md §3.3, §4.12)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.agreements.clauses.policies import ApprovalBand, ApprovalPolicy
from breakfix.approvals.rules import policy as rules
from breakfix.approvals.values import Channel, RungName, SeatKind
from breakfix.kernel.access import Role
from breakfix.kernel.money import Money

POLICY = ApprovalPolicy()
OPENED = datetime(2026, 12, 2, 6, 15, tzinfo=UTC)  # 01:15 in New York


@pytest.mark.parametrize(
    ("exposure", "seats"),
    [
        ("0.00", ["any"]),
        ("1000.00", ["any"]),
        ("1000.01", ["it"]),
        ("5000.00", ["it"]),
        ("5000.01", ["it", "finance"]),
        ("5879.25", ["it", "finance"]),
        ("25000.00", ["it", "finance"]),
        ("25000.01", ["it", "finance", "executive"]),
        ("9999999.99", ["it", "finance", "executive"]),
    ],
)
def test_seats_follow_the_band_to_the_cent(exposure: str, seats: list[str]) -> None:
    needs = rules.seats_for(Money.of(exposure, "USD"), POLICY)
    assert [need.name for need in needs] == seats
    assert {need.kind for need in needs} == {SeatKind.SPEND}
    assert {need.roles for need in needs} == {(Role.APPROVER,)}


def test_seats_follow_the_agreements_own_bands() -> None:
    bands = (
        ApprovalBand(up_to=Decimal("300"), seats=("it",)),
        ApprovalBand(up_to=None, seats=("executive",)),
    )
    own = ApprovalPolicy(bands=bands)
    assert [n.name for n in rules.seats_for(Money.of("300.00", "EUR"), own)] == ["it"]
    assert [n.name for n in rules.seats_for(Money.of("300.01", "EUR"), own)] == ["executive"]


@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_seats_never_get_fewer_as_the_exposure_grows(one: int, other: int) -> None:
    low, high = sorted((one, other))
    fewer = rules.seats_for(Money.from_minor(low, "USD"), POLICY)
    more = rules.seats_for(Money.from_minor(high, "USD"), POLICY)
    assert len(fewer) <= len(more)


@pytest.mark.parametrize(
    ("data", "security", "names"),
    [
        (False, False, []),
        (True, False, ["data_owner"]),
        (False, True, ["security_officer"]),
        (True, True, ["data_owner", "security_officer"]),
    ],
)
def test_acknowledgements_follow_the_high_rows(data: bool, security: bool, names: list[str]) -> None:
    needs = rules.acknowledgements_for(POLICY, data=data, security=security)
    assert [need.name for need in needs] == names
    assert {need.kind for need in needs} <= {SeatKind.ACKNOWLEDGEMENT}


def test_ladder_of_a_p1_has_five_rungs() -> None:
    rungs = rules.ladder(POLICY, OPENED, "P1")
    assert [(rung.name, rung.at - OPENED) for rung in rungs] == [
        (RungName.NOTIFY, timedelta(0)),
        (RungName.VOICE, timedelta(minutes=5)),
        (RungName.DELEGATE, timedelta(minutes=10)),
        (RungName.NEXT_LEVEL, timedelta(minutes=20)),
        (RungName.EMERGENCY, timedelta(minutes=30)),
    ]
    assert rungs[0].channels == (Channel.PUSH, Channel.SMS)
    assert rungs[1].channels == (Channel.VOICE,)


@pytest.mark.parametrize("priority", ["P2", "P3", "P4"])
def test_ladder_of_anything_else_asks_once_and_quietly(priority: str) -> None:
    (only,) = rules.ladder(POLICY, OPENED, priority)
    assert (only.name, only.at, only.channels) == (RungName.NOTIFY, OPENED, (Channel.PUSH, Channel.EMAIL))


def test_ladder_runs_in_full_where_an_obligation_presses() -> None:
    assert len(rules.ladder(POLICY, OPENED, "P2", pressing=True)) == 5


def test_ladder_of_what_no_duty_manager_decides_has_no_emergency_rung() -> None:
    rungs = rules.ladder(POLICY, OPENED, "P1", emergency=False)
    assert RungName.EMERGENCY not in {rung.name for rung in rungs}


@pytest.mark.parametrize(
    ("seat", "seated", "above"),
    [
        ("it", ["it"], "finance"),
        ("it", ["it", "finance"], "executive"),
        ("finance", ["it", "finance"], "executive"),
        ("executive", ["it", "finance", "executive"], None),
        ("it", ["it", "finance", "executive"], None),
        ("any", ["any"], None),
    ],
)
def test_next_level_passes_over_seats_of_the_round(seat: str, seated: list[str], above: str | None) -> None:
    assert rules.next_level(seat, seated, POLICY) == above
