"""Clock arithmetic with calendars and holds (domain.md §4.3): T-C1 to T-C3, S9, S1, and recomputing by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from breakfix.agreements.values import Coverage, PauseRules
from breakfix.incidents.rules import clocks
from breakfix.incidents.rules.clocks import Facts, Held, Reading
from breakfix.incidents.values import ClockKind, HoldReason, Verdict
from breakfix.kernel.worktime.calendars import Calendar
from tests.incidents.by_hand import recompute

RULES = PauseRules()
K, R = ClockKind, HoldReason
WEEK = ((480, 1080),)


def calendar(zone: str, opens: int = 480, closes: int = 1080, *holidays: str) -> Calendar:
    days = frozenset(date.fromisoformat(day) for day in holidays)
    return Calendar(zone, (((opens, closes),),) * 5 + ((),) * 2, days)


NEW_YORK_9_TO_5 = calendar("America/New_York", 540, 1020, "2026-11-26")
NEW_YORK = calendar("America/New_York")
CHICAGO = calendar("America/Chicago", 480, 1080, "2026-12-25")


def on(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def ny(text: str) -> datetime:
    return on("America/New_York", text)


def chi(text: str) -> datetime:
    return on("America/Chicago", text)


def read(
    kind: ClockKind,
    hours: Calendar,
    target: timedelta,
    start: datetime,
    at: datetime,
    *holds: Held,
    stop: datetime | None = None,
    acked: datetime | None = None,
    coverage: Coverage = Coverage.BUSINESS,
    void: bool = False,
) -> Reading:
    facts = Facts(kind, coverage, target, start, stop, void)
    pauses = clocks.pauses_for(kind, holds, acknowledged_at=acked, rules=RULES)
    return clocks.reading(facts, hours=hours, pauses=pauses, at=at)


EIGHT = timedelta(hours=8)


def test_due_passes_over_a_holiday() -> None:
    start = ny("2026-11-25 15:00")
    assert read(K.ENGAGE, NEW_YORK_9_TO_5, EIGHT, start, start).due_at == ny("2026-11-27 15:00")


def test_due_moves_by_the_business_minutes_of_a_pause() -> None:
    start = ny("2026-11-23 10:00")
    assert read(K.QUOTE, NEW_YORK_9_TO_5, EIGHT, start, start).due_at == ny("2026-11-24 10:00")
    held = Held(R.AWAITING_CLIENT_INFO, ny("2026-11-23 11:00"), ny("2026-11-24 09:30"))
    paused = read(K.QUOTE, NEW_YORK_9_TO_5, EIGHT, start, ny("2026-11-24 12:00"), held)
    assert paused.due_at == ny("2026-11-24 16:30")
    cost = sum((s.end - s.start for s in paused.stretches if s.reason == clocks.WORDS[R.AWAITING_CLIENT_INFO]), EIGHT)
    assert cost - EIGHT == timedelta(minutes=390)


def test_due_counts_real_hours_over_the_end_of_summer_time() -> None:
    start = ny("2026-11-01 00:30")
    one = read(K.ONSITE, NEW_YORK, timedelta(hours=4), start, start, coverage=Coverage.ALWAYS)
    assert one.due_at == ny("2026-11-01 03:30")
    assert one.due_at == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


# ------------------------------------------------------------------------------------------ S9

SUBMITTED, ACKED = chi("2026-12-23 16:10"), chi("2026-12-23 16:40")
QUESTION = Held(R.AWAITING_CLIENT_INFO, chi("2026-12-23 17:00"), chi("2026-12-28 10:20"))


def engage(at: str, *holds: Held, stop: str | None = None) -> Reading:
    stopped = chi(stop) if stop else None
    return read(K.ENGAGE, CHICAGO, EIGHT, SUBMITTED, chi(at), *holds, acked=ACKED, stop=stopped)


def test_s9_engage_is_first_due_on_thursday() -> None:
    assert engage("2026-12-23 16:50").due_at == chi("2026-12-24 14:10")


def test_s9_engage_is_open_while_the_question_is() -> None:
    waiting = Held(R.AWAITING_CLIENT_INFO, QUESTION.start, None)
    one = engage("2026-12-24 12:00", waiting)
    assert (one.verdict, one.due_at, one.elapsed) == (Verdict.PAUSED, None, timedelta(minutes=50))


def test_s9_engage_moves_by_800_business_minutes() -> None:
    one = engage("2026-12-28 12:00", QUESTION)
    assert one.due_at == chi("2026-12-28 17:30")
    paused = [s for s in one.stretches if s.reason == clocks.WORDS[R.AWAITING_CLIENT_INFO]]
    assert [(s.end - s.start) // timedelta(minutes=1) for s in paused] == [60, 600, 140]
    assert one.paused == timedelta(minutes=800)
    assert one.due_first == chi("2026-12-24 14:10")


def test_pauses_that_overlap_are_told_once_and_none_beyond_the_stop() -> None:
    twice = Held(R.AWAITING_CLIENT_ACCESS, chi("2026-12-24 09:00"), chi("2026-12-28 10:20"))
    assert engage("2026-12-28 12:00", QUESTION, twice).paused == timedelta(minutes=800)
    stopped = engage("2026-12-28 18:00", QUESTION, stop="2026-12-24 09:00")
    assert stopped.paused == timedelta(minutes=120)
    assert engage("2026-12-23 16:30").paused == timedelta(0)


@pytest.mark.parametrize(
    ("contact", "minutes", "verdict"),
    [("17:05", 455, Verdict.MET), ("17:30", 480, Verdict.MET), ("17:35", 485, Verdict.MISSED)],
)
def test_s9_engage_is_met_up_to_480_minutes(contact: str, minutes: int, verdict: Verdict) -> None:
    one = engage("2026-12-28 18:00", QUESTION, stop=f"2026-12-28 {contact}")
    assert (one.elapsed, one.verdict) == (timedelta(minutes=minutes), verdict)


def test_s9_third_party_pauses_the_objective_only() -> None:
    held = Held(R.AWAITING_THIRD_PARTY, chi("2026-12-28 17:10"), None)
    rows = {kind: read(kind, CHICAGO, EIGHT, chi("2026-12-28 17:00"), chi("2026-12-28 17:40"), held) for kind in K}
    assert {kind for kind, row in rows.items() if row.verdict is Verdict.PAUSED} == {K.RESTORE}
    assert rows[K.UPDATE].elapsed == timedelta(minutes=40)


# ------------------------------------------------------------------------------------------ S1

APPROVAL = Held(R.AWAITING_CLIENT_APPROVAL, ny("2026-12-02 01:15"), ny("2026-12-02 01:47"))


@pytest.mark.parametrize(
    ("kind", "minutes", "start", "stop", "used", "due", "verdict"),
    [
        ("ACK", 15, "2026-12-01 19:52", "2026-12-01 20:01", 9, "2026-12-01 20:07", "met"),
        ("ENGAGE", 30, "2026-12-01 19:52", "2026-12-01 20:16", 24, "2026-12-01 20:22", "met"),
        ("ONSITE", 240, "2026-12-01 19:52", "2026-12-01 22:40", 168, "2026-12-01 23:52", "met"),
        ("QUOTE", 120, "2026-12-02 00:40", "2026-12-02 01:15", 35, "2026-12-02 02:40", "met"),
        ("RESTORE", 480, "2026-12-01 19:52", "2026-12-02 06:25", 601, "2026-12-02 04:24", "missed"),
    ],
)
def test_s1_clock_shows_its_figures(
    kind: str, minutes: int, start: str, stop: str, used: int, due: str, verdict: str
) -> None:
    one = read(
        K(kind),
        NEW_YORK,
        timedelta(minutes=minutes),
        ny(start),
        ny("2026-12-02 09:00"),
        APPROVAL,
        stop=ny(stop),
        coverage=Coverage.ALWAYS,
    )
    assert (one.elapsed, one.due_at, one.verdict) == (timedelta(minutes=used), ny(due), verdict)


# ------------------------------------------------------------------------------------------ holds

NOON = ny("2026-12-01 12:00")
LONG = Held(R.FORCE_MAJEURE, ny("2026-12-01 10:00"), ny("2026-12-01 11:00"))

# domain.md §4.3: what each hold pauses.
PAUSED_BY = {
    R.AWAITING_CLIENT_INFO: {K.ENGAGE, K.ONSITE, K.QUOTE, K.RESTORE},
    R.AWAITING_CLIENT_ACCESS: {K.ONSITE, K.QUOTE, K.RESTORE},
    R.AWAITING_CLIENT_APPROVAL: {K.RESTORE},
    R.AWAITING_CHANGE_WINDOW: {K.ONSITE, K.RESTORE},
    R.AWAITING_THIRD_PARTY: {K.RESTORE},
    R.AWAITING_PARTS: set(),
    R.FORCE_MAJEURE: {K.ACK, K.ENGAGE, K.ONSITE, K.QUOTE, K.RESTORE},
    R.PROVIDER_INTERNAL: set(),
}


@pytest.mark.parametrize("reason", list(R))
def test_hold_pauses_what_the_table_says(reason: HoldReason) -> None:
    held = Held(reason, NOON, None)
    acked = NOON - timedelta(hours=1)
    paused = {kind for kind in K if clocks.pauses_for(kind, [held], acknowledged_at=acked, rules=RULES)}
    assert paused == PAUSED_BY[reason]


@pytest.mark.parametrize(("acked", "starts"), [(None, []), ("09:00", ["10:00"]), ("10:30", ["10:30"]), ("11:00", [])])
def test_question_pauses_engage_only_after_acknowledgement(acked: str | None, starts: list[str]) -> None:
    held = Held(R.AWAITING_CLIENT_INFO, ny("2026-12-01 10:00"), ny("2026-12-01 11:00"))
    at = ny(f"2026-12-01 {acked}") if acked else None
    pauses = clocks.pauses_for(K.ENGAGE, [held], acknowledged_at=at, rules=RULES)
    assert [pause.start for pause in pauses] == [ny(f"2026-12-01 {start}") for start in starts]


def test_overlapping_holds_count_once() -> None:
    other = Held(R.AWAITING_CLIENT_INFO, ny("2026-12-01 10:30"), ny("2026-12-01 11:30"))
    one = read(K.QUOTE, NEW_YORK, EIGHT, ny("2026-12-01 09:00"), NOON, LONG, other)
    assert one.elapsed == timedelta(minutes=90)


def test_hold_after_the_stop_changes_nothing() -> None:
    later = Held(R.FORCE_MAJEURE, NOON, ny("2026-12-01 15:00"))
    start, stop = ny("2026-12-01 09:00"), ny("2026-12-01 11:30")
    one = read(K.QUOTE, NEW_YORK, EIGHT, start, ny("2026-12-01 17:00"), later, stop=stop)
    assert (one.due_at, one.verdict) == (ny("2026-12-01 17:00"), Verdict.MET)


def test_reading_of_the_past_knows_nothing_of_the_future() -> None:
    start, stop = ny("2026-12-01 09:00"), ny("2026-12-01 17:30")
    during = read(K.QUOTE, NEW_YORK, EIGHT, start, ny("2026-12-01 10:30"), LONG, stop=stop)
    assert (during.verdict, during.stopped_at, during.due_at) == (Verdict.PAUSED, None, None)
    before = read(K.QUOTE, NEW_YORK, EIGHT, start, ny("2026-12-01 09:30"), LONG, stop=stop)
    assert (before.verdict, before.due_at) == (Verdict.RUNNING, ny("2026-12-01 17:00"))


def test_clock_is_missed_once_it_runs_past_its_target() -> None:
    start = ny("2026-12-01 09:00")
    at_target = read(K.QUOTE, NEW_YORK, EIGHT, start, ny("2026-12-01 17:00"))
    past = read(K.QUOTE, NEW_YORK, EIGHT, start, ny("2026-12-01 17:00") + timedelta(seconds=1))
    assert (at_target.verdict, at_target.percent, past.verdict) == (Verdict.RUNNING, 100, Verdict.MISSED)
    assert past.remaining == timedelta(seconds=-1)


def test_void_clock_is_neither_met_nor_missed() -> None:
    start = ny("2026-12-01 09:00")
    one = read(K.QUOTE, NEW_YORK, EIGHT, start, ny("2026-12-03 09:00"), stop=NOON, void=True)
    assert (one.verdict, one.is_open) == (Verdict.VOID, False)


# ------------------------------------------------------------------------------------------ by hand


@pytest.mark.parametrize(
    "one",
    [
        engage("2026-12-23 16:50"),
        engage("2026-12-28 12:00", QUESTION),
        engage("2026-12-28 18:00", QUESTION, stop="2026-12-28 17:05"),
        engage("2026-12-28 18:00", QUESTION, stop="2026-12-28 17:35"),
        read(K.QUOTE, NEW_YORK, EIGHT, ny("2026-11-23 10:00"), NOON, LONG),
        read(K.ACK, NEW_YORK, timedelta(minutes=15), NOON, NOON, coverage=Coverage.ALWAYS),
        read(K.ONSITE, NEW_YORK, timedelta(hours=4), ny("2026-11-01 00:30"), NOON, coverage=Coverage.ALWAYS),
    ],
)
def test_printed_intervals_are_the_computation(one: Reading) -> None:
    printed = clocks.printout(one)
    elapsed, due = recompute(printed)
    assert elapsed == printed["elapsed_seconds"] == one.elapsed // timedelta(seconds=1)
    assert due is not None
    assert datetime.fromisoformat(due) == datetime.fromisoformat(printed["due_at"]) == one.due_at


def test_printed_clock_that_is_held_open_has_no_due_instant() -> None:
    printed = clocks.printout(engage("2026-12-24 12:00", Held(R.AWAITING_CLIENT_INFO, QUESTION.start, None)))
    assert (printed["due_at"], printed["ahead"], recompute(printed)) == (None, [], (50 * 60, None))


# ------------------------------------------------------------------------------------------ warnings


def test_warnings_fall_at_their_shares_and_move_with_a_hold() -> None:
    start = ny("2026-12-01 09:00")
    plain = clocks.warning_instants(read(K.QUOTE, NEW_YORK, EIGHT, start, start))
    assert plain == {
        50: ny("2026-12-01 13:00"),
        75: ny("2026-12-01 15:00"),
        90: ny("2026-12-01 16:12"),
        100: ny("2026-12-01 17:00"),
    }
    held = clocks.warning_instants(read(K.QUOTE, NEW_YORK, EIGHT, start, NOON, LONG))
    assert held[50] == ny("2026-12-01 14:00")
    assert held[100] == ny("2026-12-01 18:00")


def test_warnings_are_none_for_a_clock_that_stopped_or_is_held_open() -> None:
    start = ny("2026-12-01 09:00")
    assert clocks.warning_instants(read(K.QUOTE, NEW_YORK, EIGHT, start, NOON, stop=NOON)) == {}
    open_hold = Held(R.FORCE_MAJEURE, ny("2026-12-01 10:00"), None)
    assert clocks.warning_instants(read(K.QUOTE, NEW_YORK, EIGHT, start, NOON, open_hold)) == {}


@pytest.mark.parametrize("seconds", [1, 7, 599, 3601, 86_399])
@pytest.mark.parametrize("percent", clocks.PERCENTS)
def test_share_of_a_target_has_used_that_percent(seconds: int, percent: int) -> None:
    target = timedelta(seconds=seconds)
    assert clocks.percent_of(clocks.share_of(target, percent), target) == percent
