"""After a restore nothing leaves the house until somebody confirms; everything else goes on."""

import ast
import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from breakfix.jobs import kinds, worker
from breakfix.jobs.registry import HANDLERS, OUTGOING
from breakfix.kernel import clock, pulses, tasks
from breakfix.kernel.models import Task

AT = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SENDS = {"hand_over", "send", "send_mail", "send_messages", "post", "put", "request", "urlopen"}


def plan(key: str, kind: str) -> None:
    with transaction.atomic():
        tasks.enqueue(kind, key=key, due_at=AT, at=AT, payload={})


@pytest.fixture
def did(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    kinds.load()
    done: list[str] = []
    for kind in ("notice.send", "document.invoice"):
        monkeypatch.setitem(HANDLERS, kind, lambda _payload, _at, kind=kind: done.append(kind))
    return done


@pytest.mark.django_db
def test_what_leaves_the_house_waits_while_it_is_paused(did: list[str]) -> None:
    plan("a", "notice.send")
    plan("b", "document.invoice")
    pulses.pause(pulses.OUTGOING, why="restored", since=AT)
    with clock.set_to(AT):
        worker.run_due(AT)
    assert did == ["document.invoice"]
    assert Task.objects.get(key="a").attempts == 0
    assert pulses.resume(pulses.OUTGOING)
    with clock.set_to(AT):
        worker.run_due(AT)
    assert did == ["document.invoice", "notice.send"]


@pytest.mark.django_db
def test_what_waited_can_be_dropped(did: list[str]) -> None:
    plan("a", "notice.send")
    plan("b", "document.invoice")
    assert tasks.discard(OUTGOING, planned_before=AT, at=AT) == 0  # planned at that very instant: not stale
    assert tasks.discard(OUTGOING, planned_before=AT + timedelta(seconds=1), at=AT) == 1
    with clock.set_to(AT):
        worker.run_due(AT)
    assert did == ["document.invoice"]
    assert "discarded" in Task.objects.get(key="a").last_error


def calls(function: ast.FunctionDef) -> set[str]:
    names = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in names}


def sends(handler: Any) -> bool:
    """Whether a handler, or a function beside it that it calls, sends something."""
    path = inspect.getsourcefile(handler)
    assert path is not None
    written = [one for one in ast.walk(ast.parse(Path(path).read_text())) if isinstance(one, ast.FunctionDef)]
    beside = {one.name: calls(one) for one in written}
    reached, ahead = set(), {handler.__name__}
    while ahead:
        reached |= ahead
        ahead = {called for name in ahead for called in beside[name] if called in beside} - reached
    return any(beside[name] & SENDS for name in reached)


def test_every_kind_of_task_that_sends_says_so() -> None:
    kinds.load()
    ours = {kind: one for kind, one in HANDLERS.items() if one.__module__.startswith("breakfix.")}
    found = {kind for kind, handler in ours.items() if sends(handler)}
    assert found >= {"notice.send", "attempt.send"}
    assert found - OUTGOING == set()
