"""What a source tells becomes drafts: one of each failure, counted exactly, ended by what ends it, once."""

import random
from datetime import timedelta
from typing import Any

import pytest

from breakfix.intake import queries, receiving
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertCount, AlertSource, Delivery
from breakfix.intake.receiving import receive
from breakfix.intake.rules import storms
from breakfix.intake.values import Heard, Outcome, Signal
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.models import Entry
from tests import makers, people
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told

MINUTE = timedelta(minutes=1)


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> AlertSource:
    return source(world)


def counts() -> dict[str, tuple[int, int]]:
    """How often each alert was told, and how often of these by the very same bytes."""
    found = AlertCount.objects.select_related("alert")
    return {one.alert.title: (one.told, one.repeated) for one in found}


def test_a_failure_becomes_a_draft_with_its_machine(prometheus: AlertSource, world: World) -> None:
    taken = receive(prometheus, told(alert()), HEARD)
    assert taken.outcome is Outcome.TICKET
    draft = Alert.objects.get()
    assert taken.alerts == [draft.pk]
    assert (draft.asset, draft.severity, draft.impact) == (world.assets["backup"], "critical", "High")
    assert (draft.begun_at, draft.begun_note, draft.waits) == (HEARD - MINUTE, "", True)
    assert Entry.objects.filter(kind="alert.drafted").count() == 2  # both sides' logs
    kept = Delivery.objects.get()
    assert (kept.outcome, bytes(kept.body)) == ("ticket", b"")


@pytest.mark.parametrize(
    ("host", "serial", "note"),
    [
        ("NYC-BACKUP-01", "", ""),
        ("ng-00417", "", ""),
        ("203.0.113.9:9100", "7QXK3N1", ""),
        ("srv99", "", "no machine of the register is called so"),
        ("lakeside-vm-01", "", "no machine of the register is called so"),  # another client's
        ("", "", "the alert names no machine"),
    ],
)
def test_a_machine_is_found_by_what_it_is_called(
    prometheus: AlertSource, world: World, host: str, serial: str, note: str
) -> None:
    one = alert(host=host)
    one["labels"] |= {"serial": serial} if serial else {}
    receive(prometheus, told(one), HEARD)
    draft = Alert.objects.get()
    assert draft.asset_note == note
    assert draft.asset == (None if note else world.assets["backup"])


def test_a_failure_told_again_is_counted_and_its_end_ends_it(prometheus: AlertSource) -> None:
    for number in range(3):
        outcome = receive(prometheus, told(alert(), number=number), HEARD + number * MINUTE).outcome
        assert outcome is (Outcome.UPDATE if number else Outcome.TICKET)
    assert receive(prometheus, told(alert(status="resolved")), HEARD + 5 * MINUTE).outcome is Outcome.UPDATE
    draft = Alert.objects.get()
    assert draft.ended_at == HEARD + 5 * MINUTE
    assert list(counts().values()) == [(4, 0)]
    assert Entry.objects.filter(kind__startswith="alert.").count() == 4  # begun and ended, in both logs
    late = receive(prometheus, told(alert(), late=1), HEARD + 6 * MINUTE)
    assert (late.outcome, late.reason) == (Outcome.IGNORED, "it tells of a failure that is over already")
    anew = receive(prometheus, told(alert(begun=HEARD + 67 * MINUTE)), HEARD + 67 * MINUTE)
    assert anew.outcome is Outcome.TICKET
    assert Alert.objects.count() == 2


def test_the_same_bytes_again_change_nothing_but_their_count(prometheus: AlertSource) -> None:
    begins, ends = told(alert()), told(alert(status="resolved"))
    receive(prometheus, begins, HEARD)
    again = receive(prometheus, begins, HEARD + MINUTE)
    assert (again.outcome, again.reason) == (Outcome.IGNORED, "the same message was received before")
    receive(prometheus, ends, HEARD + 2 * MINUTE)
    for later in (3, 60, 6000):
        taken = receive(prometheus, begins, HEARD + later * MINUTE)
        assert (taken.outcome, taken.reason) == (Outcome.IGNORED, "it tells of a failure that is over already")
    assert list(counts().values()) == [(6, 4)]
    assert Alert.objects.count() == 1


def test_an_end_that_came_before_its_beginning_ends_it_when_it_comes_again(prometheus: AlertSource) -> None:
    begins, ends = told(alert()), told(alert(status="resolved"))
    assert receive(prometheus, ends, HEARD).outcome is Outcome.IGNORED
    assert receive(prometheus, begins, HEARD).outcome is Outcome.TICKET
    assert receive(prometheus, ends, HEARD + MINUTE).outcome is Outcome.UPDATE
    assert Alert.objects.get().ended_at == HEARD + MINUTE


def test_bytes_without_a_date_are_the_next_failure_once_the_last_was_over(prometheus: AlertSource) -> None:
    begins, ends = told(alert(begun=None)), told(alert(begun=None, status="resolved"))
    receive(prometheus, begins, HEARD)
    assert receive(prometheus, begins, HEARD + MINUTE).outcome is Outcome.IGNORED
    receive(prometheus, ends, HEARD + 2 * MINUTE)
    assert receive(prometheus, begins, HEARD + 63 * MINUTE).outcome is Outcome.TICKET
    draft = Alert.objects.latest("id")
    assert draft.begun_at == HEARD + 63 * MINUTE
    assert "does not say when" in draft.begun_note


def test_what_ends_nothing_is_ignored(prometheus: AlertSource) -> None:
    taken = receive(prometheus, told(alert(status="resolved")), HEARD)
    assert (taken.outcome, taken.reason) == (Outcome.IGNORED, "nothing is open here that this is about")
    assert not Alert.objects.exists()


def test_an_end_of_an_earlier_failure_does_not_end_this_one(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert()), HEARD)
    late = alert(status="resolved", begun=HEARD - 60 * MINUTE)
    assert receive(prometheus, told(late), HEARD + MINUTE).reason == "it ends a failure before this one"
    assert Alert.objects.get().ended_at is None


def test_a_failure_of_the_future_begins_when_it_is_heard(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert(begun=HEARD + 600 * MINUTE)), HEARD)
    draft = Alert.objects.get()
    assert (draft.begun_at, draft.dated) == (HEARD, False)
    assert "yet to come" in draft.begun_note


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"\\ud800": 1}',
        b'{"\\u0000a": 1}',
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"a": "\x00"}',
        told(),
        told({"labels": {}}),
    ],
)
def test_what_cannot_be_read_waits_with_its_bytes(prometheus: AlertSource, body: bytes) -> None:
    taken = receive(prometheus, body, HEARD)
    assert taken.outcome is Outcome.QUARANTINE
    assert taken.reason
    (kept,) = queries.unreadable_visible_to(people.actor("dana"))
    assert (bytes(kept.body), kept.reason) == (body, taken.reason)


def test_a_fault_of_ours_loses_nothing(
    prometheus: AlertSource, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "end_alert", broken)
    receive(prometheus, told(alert()), HEARD)
    body = told(alert("New"), alert(status="resolved"))
    taken = receive(prometheus, body, HEARD + MINUTE)
    assert (taken.outcome, taken.reason) == (Outcome.QUARANTINE, receiving.OURS)
    assert Alert.objects.count() == 1  # nothing half-taken
    assert bytes(queries.unreadable_visible_to(SYSTEM)[0].body) == body
    monkeypatch.undo()
    assert receive(prometheus, body, HEARD + 2 * MINUTE).outcome is Outcome.TICKET  # sent again, all of it is taken
    assert Alert.objects.filter(ended_at=None).count() == 1
    assert "could not be taken" in caplog.text


def test_a_storm_is_one_draft_of_each_failure_with_exact_counts(prometheus: AlertSource) -> None:
    """Out of order, a fifth of them the very same bytes again, some with an instant that is yet to come."""
    chance, bodies, expected = random.Random(5), [], {}
    for number in range(400):
        name = f"Failure{number % 20}"
        begun = HEARD - chance.randint(1, 30) * MINUTE if number % 7 else HEARD + 600 * MINUTE
        bodies.append(told(alert(name, host="", begun=begun), number=number))
        expected[f"{name} on "] = expected.get(f"{name} on ", 0) + 1
    again = chance.sample(bodies, 100)
    sent = bodies + again
    chance.shuffle(sent)
    for number, body in enumerate(sent):
        receive(prometheus, body, HEARD + timedelta(milliseconds=100 * number))
    assert Alert.objects.count() == 20
    total = counts()
    assert sum(told for told, _ in total.values()) == 500
    assert sum(repeated for _, repeated in total.values()) == 100
    assert {title.rstrip(): told - repeated for title, (told, repeated) in total.items()} == {
        title.rstrip(): number for title, number in expected.items()
    }
    assert Delivery.objects.count() == 500


def test_judging_a_signal_needs_no_database() -> None:
    begins = Signal("zabbix", "1", Heard.FIRING, "down", begun_at=HEARD)
    assert storms.step(begins, None, at=HEARD) == (storms.Step.DRAFT, "")
    assert storms.step(begins, storms.Known(HEARD, dated=True), at=HEARD)[0] is storms.Step.COUNT
    assert storms.step(begins, storms.Known(HEARD, dated=True, ended_at=HEARD), at=HEARD)[0] is storms.Step.NOTHING
    over = storms.Known(HEARD - MINUTE, dated=True, ended_at=HEARD)
    assert storms.step(begins, over, at=HEARD + MINUTE)[0] is storms.Step.BACK
    assert storms.step(begins, over, at=HEARD + 61 * MINUTE)[0] is storms.Step.DRAFT
    assert storms.fingerprint(begins) != storms.fingerprint(Signal("icinga", "1", Heard.FIRING, "down"))
    assert storms.names(Signal("x", "1", Heard.FIRING, "", hosts=("[2001:db8::1]", "10.0.0.1:80", "A.b.c"))) == (
        "2001:db8::1",
        "10.0.0.1",
        "a.b.c",
        "a",
    )


def test_two_sources_know_nothing_of_each_other(prometheus: AlertSource, world: World) -> None:
    other = source(world, name="Zabbix")
    receive(prometheus, told(alert()), HEARD)
    assert receive(other, told(alert()), HEARD).outcome is Outcome.TICKET
    assert receive(other, told(alert(status="resolved")), HEARD).outcome is Outcome.UPDATE
    assert [one.ended_at for one in Alert.objects.order_by("id")] == [None, HEARD]
    assert makers.local("2026-12-01 19:41") == HEARD


def test_names_are_taken_apart() -> None:
    said = Signal("x", "1", Heard.FIRING, "", hosts=("https://Srv01.example.net:8443/health", "[fe80::1]:9100"))
    assert storms.names(said) == ("srv01.example.net", "srv01", "fe80::1")
    many = Signal("x", "1", Heard.FIRING, "", hosts=tuple(f"h{n}.example.net" for n in range(900)))
    assert len(storms.names(many)) == storms.MOST_NAMES


def test_what_began_after_a_decision_is_another_failure(prometheus: AlertSource) -> None:
    """Some tools never say that it is over."""
    receive(prometheus, told(alert()), HEARD)
    first = Alert.objects.get()
    actions.dismiss_alert(first.pk, reason="maintenance", by=people.actor("dana"), at=HEARD + MINUTE)
    assert receive(prometheus, told(alert(), more=1), HEARD + 2 * MINUTE).outcome is Outcome.UPDATE
    later = receive(prometheus, told(alert(begun=HEARD + 3 * MINUTE)), HEARD + 3 * MINUTE)
    assert later.outcome is Outcome.TICKET
    first.refresh_from_db()
    assert first.ended_at == HEARD + 3 * MINUTE
    assert [one.pk for one in queries.waiting(people.actor("dana"))] == later.alerts


def test_nothing_is_taken_of_a_source_that_was_closed_meanwhile(prometheus: AlertSource) -> None:
    actions.close_alert_source(prometheus.pk, by=people.actor("nora"), at=HEARD)
    with pytest.raises(receiving.Closed):
        receive(prometheus, told(alert()), HEARD)
    assert not Delivery.objects.exists()


def test_a_long_text_is_cut_to_what_a_report_takes(prometheus: AlertSource) -> None:
    one = alert()
    one["annotations"]["description"] = "x" * 50_000
    receive(prometheus, told(one), HEARD)
    draft = Alert.objects.get()
    assert 0 < len(draft.text) <= actions.LONGEST_TEXT


def test_the_worst_stand_first_and_what_is_over_waits_no_more(prometheus: AlertSource) -> None:
    for number, severity in enumerate(("warning", "critical", "info", "major")):
        receive(prometheus, told(alert(f"Failure{number}", severity=severity)), HEARD + number * MINUTE)
    receive(prometheus, told(alert("Failure3", status="resolved", severity="major")), HEARD + 9 * MINUTE)
    found = [one.title.partition(" ")[0] for one in queries.waiting(people.actor("rita"))]
    assert found == ["Failure1", "Failure2", "Failure0"]
