"""The only place that reads the time.

Deeds get their instant as an argument; doors, jobs and reads ask `now()`. A story sets the clock to each of its
steps; the demo server lets story time run on from the last step. Sessions and passwords keep real time.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

_fixed: ContextVar[datetime | None] = ContextVar("fixed_clock", default=None)
_anchors: dict[str, tuple[float, timedelta]] = {}


def real_now() -> datetime:
    """The wall clock of this machine, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The instant that deeds and readings use, UTC: fixed by a story, shifted by the demo, else the wall clock."""
    fixed = _fixed.get()
    return fixed if fixed is not None else real_now() + demo_shift()


@contextmanager
def set_to(at: datetime) -> Iterator[None]:
    """Freeze `now()` at this aware instant inside the block."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its zone")
    token = _fixed.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def demo_file() -> Path | None:
    """The file that holds the demo clock's anchor, or None where real time runs."""
    return Path(settings.BREAKFIX_DEMO_CLOCK) if settings.BREAKFIX_DEMO_CLOCK else None


def demo_shift() -> timedelta:
    """How far story time is from real time; zero unless a demo clock is configured and anchored."""
    path = demo_file()
    if path is None or not path.exists():
        return timedelta(0)
    changed = path.stat().st_mtime
    known = _anchors.get(str(path))
    if known is None or known[0] != changed:
        held = json.loads(path.read_text(encoding="utf-8"))
        shift = datetime.fromisoformat(held["story"]) - datetime.fromisoformat(held["real"])
        known = _anchors[str(path)] = (changed, shift)
    return known[1]


def anchor_demo(story: datetime) -> None:
    """Let story time run on from this instant, starting now; a stopped demo resumes where it was left."""
    path = demo_file()
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"story": story.isoformat(), "real": real_now().isoformat()}), encoding="utf-8")
    fresh.replace(path)
