"""The emergency rule to the minute and the cent, and the deadline to ratify (domain.md §3.3, §11 rulings 7, 8)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from breakfix.agreements.clauses.policies import ApprovalPolicy, EmergencyRule
from breakfix.approvals.rules import emergency as rules
from breakfix.approvals.values import (
    Outcome,
    RoundStatus,
    RoundView,
    RungName,
    SeatKind,
    SeatNeed,
    SeatState,
    SeatView,
    Tried,
    Urgency,
)
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import Calendar

NEW_YORK = ZoneInfo("America/New_York")
HOURS = Calendar("America/New_York", (((480, 1080),),) * 5 + ((),) * 2, frozenset({date(2026, 12, 25)}))
POLICY = ApprovalPolicy()
NORTHGATE, RITA, ALICE, CORA, SOL, MONA = 1, 10, 11, 12, 13, 14
IT = SeatView(SeatNeed("it", SeatKind.SPEND, (Role.APPROVER,)), SeatState.APPROVED, frozenset({ALICE}), ALICE)
FINANCE = SeatView(SeatNeed("finance", SeatKind.SPEND, (Role.APPROVER,)), SeatState.TIMED_OUT)
DATA = SeatView(SeatNeed("data_owner", SeatKind.ACKNOWLEDGEMENT, (Role.DATA_OWNER,)), SeatState.NOTIFIED)
NIGHT = Urgency("P1", None, business_open=False, zone="America/New_York")


def new_york(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, second, tzinfo=NEW_YORK)


OPENED, DECIDED = new_york(2, 1, 15), new_york(2, 1, 47)


def view(*seats: SeatView, exposure: str = "5879.25") -> RoundView:
    money = Money.of(exposure, "USD")
    return RoundView(RoundStatus.OPEN, money, NORTHGATE, RITA, OPENED, seats or (IT, FINANCE, DATA))


def sent(seat: str, *ways: tuple[RungName, str]) -> list[Tried]:
    return [Tried(seat, rung, channel, Outcome.SENT) for rung, channel in ways]


THREE = ((RungName.NOTIFY, "push"), (RungName.NOTIFY, "sms"), (RungName.VOICE, "voice"))


def bypass(
    shown: RoundView | None = None,
    *,
    tried: list[Tried] | None = None,
    urgency: Urgency = NIGHT,
    at: datetime = DECIDED,
) -> list[str]:
    logged = sent("finance", *THREE) if tried is None else tried
    return rules.seats_to_bypass(shown or view(), POLICY, urgency, logged, at)


def refusal(shown: RoundView | None = None, **words: object) -> Refused:
    with pytest.raises(Refused) as caught:
        bypass(shown, **words)  # type: ignore[arg-type]
    return caught.value


def test_duty_manager_takes_the_silent_seat() -> None:
    assert bypass() == ["finance"]


def test_emergency_begins_with_its_rung_and_says_when() -> None:
    early = refusal(at=new_york(2, 1, 44, 59))
    assert (early.code, early.facts["possible_from"]) == ("too_early", new_york(2, 1, 45))
    assert "01:45 on 2026-12-02" in early.message
    assert bypass(at=new_york(2, 1, 45)) == ["finance"]


@pytest.mark.parametrize(("exposure", "code"), [("10000.00", ""), ("10000.01", "above_ceiling")])
def test_emergency_ceiling_is_inclusive_to_the_cent(exposure: str, code: str) -> None:
    shown = view(exposure=exposure)
    assert (refusal(shown).code if code else "") == code
    assert code or bypass(shown) == ["finance"]


def test_emergency_is_only_outside_business_hours() -> None:
    assert refusal(urgency=replace(NIGHT, business_open=True)).code == "business_hours"


@pytest.mark.parametrize(("hours", "seconds", "urgent"), [(12, 0, True), (12, 1, False), (3, 0, True), (-1, 0, True)])
def test_obligation_makes_a_p2_urgent_within_twelve_hours(hours: int, seconds: int, urgent: bool) -> None:
    at = new_york(2, 1, 47)
    due = at + timedelta(hours=hours, seconds=seconds)
    p2 = replace(NIGHT, priority="P2", next_deadline=due)
    if urgent:
        assert bypass(urgency=p2, at=at) == ["finance"]
    else:
        assert refusal(urgency=p2, at=at).code == "not_urgent"


def test_emergency_is_not_for_lesser_priorities() -> None:
    assert refusal(urgency=replace(NIGHT, priority="P2")).code == "not_urgent"


@pytest.mark.parametrize(
    "ways",
    [
        THREE[:2],  # two attempts
        ((RungName.NOTIFY, "push"), (RungName.VOICE, "push"), (RungName.DELEGATE, "push")),  # one channel
        (*THREE[:2], (RungName.NEXT_LEVEL, "voice")),  # the boss was tried, not the seat's own people
        (*THREE[:2], (RungName.EMERGENCY, "sms")),
        (),
    ],
)
def test_seat_is_reachable_until_tried_three_times_on_two_channels(
    ways: tuple[tuple[RungName, str], ...],
) -> None:
    assert refusal(tried=sent("finance", *ways)).code == "still_reachable"


def test_attempts_that_reached_nobody_do_not_count() -> None:
    failed = [*sent("finance", *THREE[:2]), Tried("finance", RungName.VOICE, "voice", Outcome.NO_NUMBER)]
    assert refusal(tried=failed).code == "still_reachable"


def test_attempts_at_many_people_count_once_a_rung_and_channel() -> None:
    assert rules.reached_out("finance", sent("finance", *THREE, *THREE)) == (3, 3)


def test_attempts_at_another_seat_do_not_count() -> None:
    assert refusal(tried=sent("it", *THREE)).code == "still_reachable"


def test_emergency_fills_every_seat_only_if_none_can_be_reached() -> None:
    silent = replace(IT, state=SeatState.TIMED_OUT, people=frozenset())
    both = sent("it", *THREE) + sent("finance", *THREE)
    assert bypass(view(silent, FINANCE, DATA), tried=both) == ["it", "finance"]


def test_emergency_fills_one_seat_where_another_can_be_reached() -> None:
    waiting = replace(IT, state=SeatState.NOTIFIED, people=frozenset())
    top = replace(FINANCE, need=replace(FINANCE.need, name="executive"))
    logged = sent("finance", *THREE) + sent("executive", *THREE)
    assert bypass(view(waiting, FINANCE, top), tried=logged) == ["finance"]


def test_acknowledgements_are_never_bypassed() -> None:
    done = replace(FINANCE, state=SeatState.APPROVED, people=frozenset({CORA}))
    assert refusal(view(IT, done, DATA), tried=sent("data_owner", *THREE)).code == "nothing_to_bypass"


def test_conditions_explain_themselves() -> None:
    told = rules.conditions(view(), POLICY, NIGHT, sent("finance", *THREE), new_york(2, 1, 30))
    assert [(c.code, c.met) for c in told] == [
        ("not_urgent", True),
        ("business_hours", True),
        ("above_ceiling", True),
        ("too_early", False),
        ("still_reachable", True),
    ]
    assert told[2].words == "$5,879.25 incl. tax must be within the emergency ceiling of $10,000.00."


@pytest.mark.parametrize(
    ("person", "roles", "side", "code"),
    [
        (MONA, {Role.DUTY_MANAGER}, Side.CLIENT, ""),
        (MONA, {Role.APPROVER}, Side.CLIENT, "not_duty_manager"),
        (MONA, {Role.DUTY_MANAGER}, Side.PROVIDER, "not_client"),
        (RITA, {Role.DUTY_MANAGER}, Side.CLIENT, "own_request"),
        (ALICE, {Role.DUTY_MANAGER}, Side.CLIENT, "already_decided"),
    ],
)
def test_duty_manager_is_the_clients_and_nobody_else_of_the_round(
    person: int, roles: set[Role], side: Side, code: str
) -> None:
    by = Actor(person, NORTHGATE, side, frozenset(roles))
    if not code:
        rules.check_duty_manager(by, view())
        return
    with pytest.raises(Refused) as caught:
        rules.check_duty_manager(by, view())
    assert caught.value.code == code


# ------------------------------------------------------------------------------------------- ratification


@pytest.mark.parametrize(
    ("authorised", "until"),
    [
        (new_york(2, 1, 47), new_york(2, 12, 0)),  # S1: Wednesday night, Wednesday noon
        (new_york(1, 19, 0), new_york(2, 12, 0)),  # Tuesday evening
        (new_york(2, 8, 0), new_york(3, 12, 0)),  # today's opening is not after it
        (new_york(4, 23, 0), new_york(7, 12, 0)),  # Friday night to Monday
        (new_york(24, 22, 0), new_york(28, 12, 0)),  # over Christmas and a weekend
    ],
)
def test_ratification_is_due_at_noon_of_the_next_opening(authorised: datetime, until: datetime) -> None:
    assert rules.ratify_by(POLICY, HOURS, authorised) == until


@pytest.mark.parametrize(("clock", "until"), [("10:30", new_york(2, 10, 30)), ("24:00", new_york(3, 0, 0))])
def test_ratification_clock_is_the_agreements(clock: str, until: datetime) -> None:
    own = ApprovalPolicy(emergency=EmergencyRule(ratify_by=clock, ceiling=Decimal("1")))
    assert rules.ratify_by(own, HOURS, new_york(2, 1, 47)) == until


def test_ratification_at_exactly_noon_is_in_time() -> None:
    noon = new_york(2, 12, 0).astimezone(UTC)
    rules.check_in_time(noon, noon)
    with pytest.raises(Refused) as caught:
        rules.check_in_time(noon, rules.lapses_at(noon))
    assert caught.value.code == "ratification_late"
