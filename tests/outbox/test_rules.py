"""Who is told how, what nobody on duty switches off, and what the night holds back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.approvals.values import Channel
from breakfix.kernel.access import CLIENT_ROLES, PROVIDER_ROLES, Role
from breakfix.kernel.errors import Refused
from breakfix.outbox import rules
from breakfix.outbox.values import Event, Happening, QuietHours

MAIL, PUSH, SMS, VOICE = Channel.EMAIL, Channel.PUSH, Channel.SMS, Channel.VOICE
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = QuietHours(time(22), time(7), "America/New_York")
EVERYTHING = {event: frozenset(ways) for event, ways in rules.OFFERED.items()}


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("role", "event", "ways"),
    [
        (Role.REQUESTER, Event.URGENT, {MAIL, PUSH, SMS}),
        (Role.REQUESTER, Event.PROGRESS, {MAIL}),
        (Role.APPROVER, Event.URGENT, {MAIL, PUSH, SMS}),
        (Role.CHANGE_MANAGER, Event.ASKED, {MAIL, PUSH}),
        (Role.SECURITY_OFFICER, Event.SECURITY, {MAIL, PUSH, SMS}),
        (Role.CLIENT_FINANCE, Event.MONEY, {MAIL}),
        (Role.AUDITOR, Event.MONEY, set()),
        (Role.TECHNICIAN, Event.ASKED, {MAIL, PUSH}),
        (Role.DIRECTOR, Event.CLOCK, {MAIL, SMS}),
    ],
)
def test_roles_suggest_what_their_work_needs(role: Role, event: Event, ways: set[Channel]) -> None:
    assert rules.suggested([role])[event] == ways


def test_every_suggestion_can_be_sent_and_several_roles_add_up() -> None:
    for role in CLIENT_ROLES | PROVIDER_ROLES:
        assert all(ways <= set(rules.OFFERED[event]) for event, ways in rules.suggested([role]).items())
    both = rules.suggested([Role.AUDITOR, Role.DUTY_MANAGER])
    assert both[Event.URGENT] == {MAIL, PUSH, SMS}
    assert set().union(*rules.suggested([]).values()) == set()


def test_duty_cannot_be_switched_off() -> None:
    """A duty manager and a security officer always; an approver while an open round about a P1 waits for them."""
    for role in (Role.DUTY_MANAGER, Role.SECURITY_OFFICER):
        assert set(rules.fixed_for([role], in_urgent_round=False)) == {Event.URGENT, Event.SECURITY}
    assert rules.fixed_for([Role.APPROVER], in_urgent_round=False) == {}
    fixed = rules.fixed_for([Role.APPROVER], in_urgent_round=True)
    assert fixed == {Event.URGENT: {PUSH, SMS}}
    with pytest.raises(Refused) as no:
        rules.check_can_choose({**EVERYTHING, Event.URGENT: frozenset({MAIL, PUSH})}, fixed, is_asked=True)
    assert no.value.code == "on_duty"
    rules.check_can_choose({**EVERYTHING, Event.URGENT: frozenset({PUSH, SMS})}, fixed, is_asked=True)


def test_nobody_is_asked_without_hearing_of_it_nor_called_about_an_invoice() -> None:
    for wanted, code in (
        ({**EVERYTHING, Event.ASKED: frozenset()}, "unreachable"),
        ({**EVERYTHING, Event.MONEY: frozenset({VOICE})}, "not_offered"),
    ):
        with pytest.raises(Refused) as no:
            rules.check_can_choose(wanted, {}, is_asked=True)
        assert no.value.code == code
    rules.check_can_choose({}, {}, is_asked=False)  # an auditor, whom nobody asks for anything


@pytest.mark.parametrize(
    ("what", "on_duty", "waits"),
    [
        (Happening(Event.SECURITY), False, False),
        (Happening(Event.URGENT, p1=True, asked=True), False, False),
        (Happening(Event.URGENT, p1=True), True, False),
        (Happening(Event.URGENT, p1=True), False, True),
        (Happening(Event.CLOCK, p1=True), True, False),
        (Happening(Event.ASKED, asked=True), True, True),
        (Happening(Event.MONEY), False, True),
    ],
)
def test_night_holds_back_only_what_may_wait(what: Happening, on_duty: bool, waits: bool) -> None:
    now = at("2026-12-02 01:15")
    due = rules.when_to_send(what, NIGHT, now, on_duty=on_duty)
    assert due == (at("2026-12-02 07:00") if waits else now)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-12-01 21:59:59", None),
        ("2026-12-01 22:00", "2026-12-02 07:00"),
        ("2026-12-02 06:59:59", "2026-12-02 07:00"),
        ("2026-12-02 07:00", None),
        ("2026-12-02 12:00", None),
        ("2026-12-31 23:30", "2027-01-01 07:00"),
    ],
)
def test_night_ends_where_its_person_lives(now: str, end: str | None) -> None:
    assert rules.quiet_end(NIGHT, at(now).astimezone(UTC)) == (at(end) if end else None)


def test_quiet_hours_within_a_day_and_through_a_change_of_clocks() -> None:
    nap = QuietHours(time(13), time(14, 30), "America/New_York")
    assert rules.quiet_end(nap, at("2026-12-02 13:00")) == at("2026-12-02 14:30")
    assert rules.quiet_end(nap, at("2026-12-02 14:30")) is None
    # The night of 1 November 2026 has an hour more: from 22:00 to 07:00 are ten.
    long_night = rules.quiet_end(NIGHT, at("2026-10-31 22:00"))
    assert long_night is not None
    assert long_night.timestamp() - at("2026-10-31 22:00").timestamp() == 10 * 3600


@given(
    since=st.times(),
    until=st.times(),
    minutes=st.integers(0, 365 * 24 * 60),
)
def test_quiet_hours_end_within_a_day_and_then_are_over(since: time, until: time, minutes: int) -> None:
    since, until = since.replace(second=0, microsecond=0), until.replace(second=0, microsecond=0)
    if since == until:
        return
    quiet = QuietHours(since, until, "Europe/Berlin")
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    end = rules.quiet_end(quiet, now)
    if end is not None:
        assert now < end <= now + timedelta(hours=25)
        assert rules.quiet_end(quiet, end) is None


@pytest.mark.parametrize(
    ("since", "until", "zone", "code"),
    [
        (time(22), None, "Europe/Berlin", "half_given"),
        (None, time(7), "Europe/Berlin", "half_given"),
        (time(7), time(7), "Europe/Berlin", "always_quiet"),
        (time(22), time(7), "Europe/Atlantis", "unknown_zone"),
    ],
)
def test_quiet_hours_that_mean_nothing_are_refused(
    since: time | None, until: time | None, zone: str, code: str
) -> None:
    with pytest.raises(Refused) as no:
        rules.quiet_hours(since, until, zone)
    assert no.value.code == code


def test_no_quiet_hours_are_no_quiet_hours() -> None:
    assert rules.quiet_hours(None, None, "Europe/Berlin") is None
    assert rules.suggested_quiet([Role.APPROVER], "UTC") == QuietHours(time(22), time(7), "UTC")
    assert rules.suggested_quiet([Role.APPROVER, Role.DUTY_MANAGER], "UTC") is None
