"""A failure that comes and goes is one draft, however often: its end is believed once it stays away."""

from datetime import datetime, timedelta

import pytest

from breakfix.incidents.models import Engagement
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertCount, AlertSource
from breakfix.intake.receiving import receive
from breakfix.intake.rules.storms import BACK_WITHIN, FLAPS, QUIET_FOR
from breakfix.intake.values import Outcome
from breakfix.jobs import alerts as jobs
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.models import Entry, Task
from tests import people
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told
from tests.makers_incidents import CALM
from tests.refusals import refused

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> AlertSource:
    return source(world)


def comes(prometheus: AlertSource, at: datetime, begun: datetime | None = None) -> Outcome:
    return receive(prometheus, told(alert(begun=begun or at)), at).outcome


def goes(prometheus: AlertSource, at: datetime, begun: datetime) -> Outcome:
    return receive(prometheus, told(alert(status="resolved", begun=begun)), at).outcome


def flapped(prometheus: AlertSource, times: int, every: timedelta = 2 * MINUTE) -> datetime:
    """It came and went so often; the instant of its last end."""
    for number in range(times):
        began = HEARD + number * every
        comes(prometheus, began)
        goes(prometheus, began + every / 2, began)
    return HEARD + (times - 1) * every + every / 2


def entries(kind: str) -> int:
    """How many of one side's log; the other side's has as many."""
    both = Entry.objects.filter(kind=kind).count()
    assert both % 2 == 0
    return both // 2


def test_one_that_is_back_within_the_hour_is_the_same_draft(prometheus: AlertSource) -> None:
    assert comes(prometheus, HEARD) is Outcome.TICKET
    assert goes(prometheus, HEARD + MINUTE, HEARD) is Outcome.UPDATE
    assert comes(prometheus, HEARD + MINUTE + BACK_WITHIN) is Outcome.UPDATE
    one = Alert.objects.get()
    assert (one.ended_at, one.flaps, one.begun_at) == (None, 1, HEARD)
    assert (entries("alert.drafted"), entries("alert.returned")) == (1, 1)


def test_one_that_is_back_later_is_the_next_failure(prometheus: AlertSource) -> None:
    comes(prometheus, HEARD)
    goes(prometheus, HEARD + MINUTE, HEARD)
    assert comes(prometheus, HEARD + MINUTE + BACK_WITHIN + SECOND) is Outcome.TICKET
    assert Alert.objects.count() == 2


def test_a_late_copy_of_what_is_over_brings_nothing_back(prometheus: AlertSource) -> None:
    end = flapped(prometheus, 2)
    last_began = HEARD + 2 * MINUTE
    assert comes(prometheus, end + SECOND, begun=last_began) is Outcome.IGNORED
    assert comes(prometheus, end + SECOND, begun=HEARD) is Outcome.IGNORED
    assert Alert.objects.get().ended_at == end


def test_a_thousand_times_are_one_draft_and_few_entries(prometheus: AlertSource) -> None:
    flapped(prometheus, 100, every=6 * SECOND)
    one = Alert.objects.get()
    assert (one.ended_at, one.flaps) == (None, FLAPS)
    assert AlertCount.objects.get().told == 200
    assert (entries("alert.returned"), entries("alert.ended")) == (FLAPS, FLAPS)
    assert Task.objects.filter(kind="alerts.quiet").count() <= 2  # ten minutes: one look for a quarter of an hour


def test_it_is_over_once_it_stayed_away(prometheus: AlertSource) -> None:
    end = flapped(prometheus, FLAPS + 1)
    one = Alert.objects.get()
    assert one.ended_at is None
    task = Task.objects.get(kind="alerts.quiet")
    assert end + QUIET_FOR <= task.due_at <= end + 2 * QUIET_FOR
    jobs.settle(task.payload, end + QUIET_FOR - SECOND)
    one.refresh_from_db()
    assert one.ended_at is None
    jobs.settle(task.payload, task.due_at)
    one.refresh_from_db()
    assert one.ended_at == end  # since when it stayed away, however late the look
    jobs.settle(task.payload, task.due_at + MINUTE)  # pressed twice
    assert entries("alert.ended") == FLAPS + 1


def test_it_is_not_over_while_it_comes_back(prometheus: AlertSource) -> None:
    end = flapped(prometheus, FLAPS + 1)
    assert comes(prometheus, end + MINUTE) is Outcome.UPDATE
    with refused("not_quiet"):
        actions.end_alert(Alert.objects.get().pk, quiet=True, by=SYSTEM, at=end + 60 * MINUTE)
    with refused("not_ended"):
        actions.return_alert(Alert.objects.get().pk, by=SYSTEM, at=end + 60 * MINUTE)


def test_what_was_dismissed_comes_back_as_another(prometheus: AlertSource) -> None:
    comes(prometheus, HEARD)
    actions.dismiss_alert(Alert.objects.get().pk, reason="maintenance", by=people.actor("dana"), at=HEARD + SECOND)
    goes(prometheus, HEARD + MINUTE, HEARD)
    assert comes(prometheus, HEARD + 2 * MINUTE) is Outcome.TICKET


@pytest.mark.tampers
def test_a_failure_after_the_repair_is_told_anew(prometheus: AlertSource, world: World) -> None:
    """Whoever repaired it believes it done, and nobody reads the draft of what was reported."""
    comes(prometheus, HEARD)
    first = Alert.objects.get()
    found = actions.report_alert(first.pk, answers=CALM, by=world.actor("dana"), at=HEARD + SECOND)
    goes(prometheus, HEARD + MINUTE, HEARD)
    assert comes(prometheus, HEARD + 2 * MINUTE) is Outcome.UPDATE  # still at work on it
    goes(prometheus, HEARD + 3 * MINUTE, HEARD + 2 * MINUTE)
    Engagement.objects.filter(pk=found.pk).update(restored_at=HEARD + 3 * MINUTE)
    assert comes(prometheus, HEARD + 4 * MINUTE) is Outcome.TICKET
    assert Alert.objects.count() == 2


def test_a_wrong_clock_silences_nothing(prometheus: AlertSource) -> None:
    comes(prometheus, HEARD)
    goes(prometheus, HEARD + MINUTE, HEARD)
    assert comes(prometheus, HEARD + 2 * MINUTE, begun=HEARD + timedelta(days=400)) is Outcome.UPDATE
    assert goes(prometheus, HEARD + 3 * MINUTE, HEARD + 2 * MINUTE) is Outcome.UPDATE
    assert Alert.objects.get().ended_at == HEARD + 3 * MINUTE
    assert comes(prometheus, HEARD + 4 * MINUTE) is Outcome.UPDATE
    assert Alert.objects.get().ended_at is None


def test_the_same_bytes_without_a_date_are_heard_while_it_is_quiet(prometheus: AlertSource) -> None:
    """A tool that tells of changes only, always in the same words: its last word is that it is down."""
    down, up = told(alert(begun=None)), told(alert(begun=None, status="resolved"))
    for number in range(FLAPS + 1):
        receive(prometheus, down, HEARD + 2 * number * MINUTE)
        end = HEARD + (2 * number + 1) * MINUTE
        receive(prometheus, up, end)
    assert AlertCount.objects.get().quiet_since == end
    assert receive(prometheus, down, end + MINUTE).outcome is Outcome.UPDATE
    assert AlertCount.objects.get().quiet_since is None
    jobs.settle(Task.objects.filter(kind="alerts.quiet").latest("id").payload, end + 60 * MINUTE)
    assert Alert.objects.get().ended_at is None


def test_what_flapped_and_was_dismissed_is_over_at_once(prometheus: AlertSource) -> None:
    end = flapped(prometheus, FLAPS)
    last = end + MINUTE
    comes(prometheus, last)
    actions.dismiss_alert(Alert.objects.get().pk, reason="known", by=people.actor("dana"), at=last)
    goes(prometheus, last + MINUTE, last)
    assert Alert.objects.get().ended_at == last + MINUTE
    assert comes(prometheus, last + 2 * MINUTE) is Outcome.TICKET


def test_late_copies_neither_wake_nor_end_it(prometheus: AlertSource) -> None:
    end = flapped(prometheus, FLAPS + 1)
    began = end - MINUTE
    late = told(alert(begun=began), copy=1)
    assert receive(prometheus, late, end + SECOND).outcome is Outcome.UPDATE
    assert AlertCount.objects.get().quiet_since == end
    assert comes(prometheus, end + MINUTE) is Outcome.UPDATE
    assert goes(prometheus, end + 2 * MINUTE, began) is Outcome.IGNORED  # the end of the time before
    assert AlertCount.objects.get().quiet_since is None


def test_an_outage_reported_of_it_begins_when_it_began_the_last_time(prometheus: AlertSource, world: World) -> None:
    comes(prometheus, HEARD)
    goes(prometheus, HEARD + MINUTE, HEARD)
    comes(prometheus, HEARD + 50 * MINUTE)
    by = world.actor("dana")
    found = actions.report_alert(Alert.objects.get().pk, answers=CALM, by=by, at=HEARD + 55 * MINUTE)
    assert found.outage_started_at == HEARD + 50 * MINUTE
