"""The worker: takes what is due, one task at a time, and never lets a failing consequence undo a deed."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, connection

from breakfix.jobs import polling
from breakfix.jobs.registry import HANDLERS, OUTGOING
from breakfix.kernel import clock, figures, logs, pulses, tasks
from breakfix.kernel.errors import Refused
from breakfix.kernel.tasks import Task

log = logging.getLogger("breakfix.jobs")
IDLE = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=5)
# The running worker never gives up; a story, whose years pass in seconds, says so instead.
GIVE_UP = 8


def run_one(at: datetime, *, without: Collection[str] | None = None) -> Task | None:
    """Take and carry out the task that has been due longest at `at`; None when nothing is due.

    Kinds in `without` stay as they are; those that nobody may do now, unless the caller has just asked.
    """
    task = tasks.claim(at, without=_left_alone() if without is None else without)
    if task is None:
        return None
    with logs.about(task=task.key, kind=task.kind, attempt=task.attempts), figures.deeds_told() as deeds:
        start = time.perf_counter()
        outcome = _carry_out(task, at)
        figures.TASKS.labels(task.kind, outcome).inc()
        took = round((time.perf_counter() - start) * 1000)
        log.info("task", extra={"outcome": outcome, "milliseconds": took, "deeds": deeds})
    return task


def _left_alone() -> set[str]:
    """After a restore nothing leaves the house until somebody confirms that it may."""
    return OUTGOING if pulses.paused(pulses.OUTGOING) else set()


def _carry_out(task: Task, at: datetime) -> str:
    try:
        HANDLERS[task.kind](task.payload, at)
    except Refused as no:
        # The world moved on before this task ran (decided, closed, withdrawn): that is an answer, not a failure.
        log.info("task %s was not needed: %s", task.key, no.code)
        tasks.finish(task, at)
        return "not_needed"
    except Exception as error:
        log.exception("task %s failed at attempt %s", task.key, task.attempts)
        last = traceback.extract_tb(error.__traceback__)[-1]
        tasks.fail(task, f"{type(error).__name__}: {error} ({last.name}:{last.lineno})", at)
        return "failed"
    tasks.finish(task, at)
    return "done"


def run_due(until: datetime, *, told: Callable[[Task, datetime], Any] | None = None) -> int:
    """Carry out everything due up to `until`, each at its own instant, with the clock set to it.

    For stories and tests; the running worker uses `work`. Returns how many tasks were taken.
    """
    taken = 0
    # A task due before the present instant (a retry, a late plan) runs at the present one: time never goes back.
    present = clock.now()
    while (due := tasks.next_due(until, without=(left := _left_alone()))) is not None:
        present = max(present, due)
        with clock.set_to(present):
            task = run_one(present, without=left)
        if task is None:
            break
        if task.attempts >= GIVE_UP and task.done_at is None:
            raise RuntimeError(f"task {task.key} keeps failing: {task.last_error}")
        taken += 1
        if told is not None:
            told(task, present)
    return taken


def work(stop: threading.Event) -> None:
    """Drain the queue until told to stop; a task in hand is finished first."""
    poller = threading.Thread(target=polling.keep_polling, args=(stop,), name="mail", daemon=True)
    poller.start()
    beat = clock.real_now() - HEARTBEAT
    while not stop.is_set():
        if clock.real_now() - beat >= HEARTBEAT:
            beat = clock.real_now()
            _beat(beat)
        if not _took_one():
            stop.wait(IDLE.total_seconds())
    poller.join(polling.LAST_WORDS)


def _beat(at: datetime) -> None:
    """Say that this worker is alive, and keep the demo's clock where it is."""
    try:
        pulses.beat(pulses.WORKER, at)
    except Error:
        log.exception("the database took no sign of life")
        connection.close()
    if clock.demo_file() is not None:
        clock.anchor_demo(clock.now())


def _took_one() -> bool:
    """Carry out one task, if one is due. A database that is away for a while ends no worker: it asks again."""
    try:
        return run_one(clock.now()) is not None
    except Error:
        log.exception("the database did not answer")
        connection.close()
        return False
