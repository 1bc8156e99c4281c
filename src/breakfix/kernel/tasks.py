"""The queue: planned inside a deed's transaction, drained by a worker, retried with growing pauses."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Min, Q

from breakfix.kernel.models import Task

LEASE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=1)


def enqueue(kind: str, *, key: str, due_at: datetime, at: datetime, payload: dict[str, Any]) -> None:
    """Plan one task in the caller's transaction; planning the same key again changes nothing."""
    if not connection.in_atomic_block:
        raise RuntimeError("a task is planned in the transaction of its cause")
    task = Task(kind=kind, key=key, payload=payload, planned_at=at, due_at=due_at, next_attempt_at=due_at)
    # One statement. Nothing here may be empty, so a key that is there already is all that it passes over.
    Task.objects.bulk_create([task], ignore_conflicts=True)


@transaction.atomic
def claim(at: datetime, *, without: Collection[str] = ()) -> Task | None:
    """Lease the task that has been due longest, or None. Two workers never hold the same one.

    Kinds in `without` are paused: they stay as they are.
    """
    free = Task.objects.filter(done_at=None, next_attempt_at__lte=at).exclude(leased_until__gt=at)
    free = free.exclude(kind__in=without) if without else free
    skip = connection.features.has_select_for_update_skip_locked
    task = free.select_for_update(skip_locked=skip).order_by("next_attempt_at", "id").first()
    if task is None:
        return None
    task.leased_until, task.attempts = at + LEASE, task.attempts + 1
    task.save(update_fields=["leased_until", "attempts"])
    return task


def attempts(key: str) -> int:
    """How often the task with this key was begun: counted before each, so also where the process was killed."""
    return Task.objects.filter(key=key).values_list("attempts", flat=True).first() or 0


def finish(task: Task, at: datetime) -> None:
    """Mark done: never taken again."""
    task.done_at, task.leased_until, task.last_error = at, None, ""
    task.save(update_fields=["done_at", "leased_until", "last_error"])


def fail(task: Task, error: str, at: datetime) -> None:
    """Put back for later: 5 s after the first failure, doubling up to an hour; the error is shown on the desk."""
    pause = min(timedelta(seconds=5 * 2 ** (min(task.attempts, 12) - 1)), LONGEST_PAUSE)
    task.leased_until, task.next_attempt_at, task.last_error = None, at + pause, error[:2000]
    task.save(update_fields=["leased_until", "next_attempt_at", "last_error"])


def next_due(until: datetime, *, without: Collection[str] = ()) -> datetime | None:
    """When the next waiting task falls due, if that is at or before `until`; paused kinds apart."""
    waiting = Task.objects.filter(done_at=None, next_attempt_at__lte=until).order_by("next_attempt_at", "id")
    waiting = waiting.exclude(kind__in=without) if without else waiting
    return waiting.values_list("next_attempt_at", flat=True).first()


def troubled() -> list[Task]:
    """Tasks that failed at least once and are still open: shown to the desk, never silent."""
    return list(Task.objects.filter(done_at=None, attempts__gt=0).exclude(last_error="").order_by("id")[:50])


@dataclass(frozen=True)
class Load:
    """How the queue stands: tasks not done, how many are due, how many failed before, and since when one is due."""

    waiting: int
    due: int
    failed: int
    oldest_due_at: datetime | None


def load(at: datetime) -> Load:
    """How the queue stands at `at`, in one reading."""
    due = Q(next_attempt_at__lte=at)
    found = Task.objects.filter(done_at=None).aggregate(
        waiting=Count("pk"),
        late=Count("pk", filter=due),
        failed=Count("pk", filter=~Q(last_error="")),
        oldest=Min("due_at", filter=due),
    )
    return Load(found["waiting"], found["late"], found["failed"], found["oldest"])


def count_done(kind: str) -> int:
    """How many tasks of a kind were ever carried out."""
    return Task.objects.filter(kind=kind).exclude(done_at=None).count()


def waiting(kinds: Collection[str]) -> list[Task]:
    """Tasks of these kinds that are not done yet, oldest first."""
    return list(Task.objects.filter(kind__in=kinds, done_at=None).order_by("due_at", "id"))


@transaction.atomic
def discard(kinds: Collection[str], *, planned_before: datetime, at: datetime) -> int:
    """Mark tasks of these kinds as done without doing them, and say so in the row; how many those were."""
    stale = Task.objects.filter(kind__in=kinds, done_at=None, planned_at__lt=planned_before)
    return stale.update(done_at=at, leased_until=None, last_error="discarded by an operator after a restore")
