"""The queue: planned in the deed's transaction, leased, retried with growing pauses, never doubled."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from breakfix.jobs import worker
from breakfix.jobs.registry import HANDLERS
from breakfix.kernel import clock, tasks
from breakfix.kernel.models import Task

AT = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def plan(key: str, due_at: datetime = AT, kind: str = "test.kind") -> None:
    with transaction.atomic():
        tasks.enqueue(kind, key=key, due_at=due_at, at=AT, payload={"key": key})


def test_task_planned_twice_is_one() -> None:
    plan("a")
    plan("a")
    assert Task.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_task_outside_a_deed_is_a_bug() -> None:
    with pytest.raises(RuntimeError):
        tasks.enqueue("x", key="k", due_at=AT, at=AT, payload={})


def test_task_is_claimed_only_when_due_and_by_one_worker() -> None:
    plan("later", AT + timedelta(seconds=1))
    assert tasks.claim(AT) is None
    taken = tasks.claim(AT + timedelta(seconds=1))
    assert taken is not None
    assert tasks.claim(AT + timedelta(seconds=1)) is None


def test_task_of_a_dead_worker_is_taken_again_after_its_lease() -> None:
    plan("a")
    tasks.claim(AT)
    assert tasks.claim(AT + tasks.LEASE - timedelta(seconds=1)) is None
    again = tasks.claim(AT + tasks.LEASE)
    assert again is not None
    assert again.attempts == 2


def test_failing_task_is_put_back_with_growing_pauses_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_payload: dict[str, object], _at: datetime) -> None:
        raise ValueError("printer on fire")

    monkeypatch.setitem(HANDLERS, "test.kind", fails)
    plan("a")
    at, pauses = AT, []
    for _ in range(4):
        assert worker.run_one(at) is not None
        task = Task.objects.get()
        pauses.append((task.next_attempt_at - at).total_seconds())
        at = task.next_attempt_at
    assert pauses == [5, 10, 20, 40]
    assert "printer on fire" in tasks.troubled()[0].last_error


def test_run_due_runs_each_task_at_its_own_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, datetime, datetime]] = []

    def notes(payload: dict[str, object], at: datetime) -> None:
        seen.append((str(payload["key"]), at, clock.now()))
        if payload["key"] == "first":
            plan("third", AT + timedelta(minutes=20))

    monkeypatch.setitem(HANDLERS, "test.kind", notes)
    plan("second", AT + timedelta(minutes=10))
    plan("first", AT + timedelta(minutes=5))
    with clock.set_to(AT):
        taken = worker.run_due(AT + timedelta(hours=1))
    minutes = [(key, (at - AT).seconds // 60, at == now) for key, at, now in seen]
    assert minutes == [("first", 5, True), ("second", 10, True), ("third", 20, True)]
    assert taken == 3
