"""Recomputes a printed clock by hand. Twenty lines that share no code with Breakfix: the standard library only."""

from datetime import datetime, timedelta
from typing import Any


def recompute(printed: dict[str, Any]) -> tuple[int, str | None]:
    """Elapsed seconds and the due instant, from nothing but the printed intervals and the target."""
    elapsed, due = timedelta(0), None
    target, cursor = timedelta(seconds=printed["target_seconds"]), None
    total = timedelta(0)
    for number, line in enumerate(printed["stretches"] + printed["ahead"]):
        start, end = datetime.fromisoformat(line["start"]), datetime.fromisoformat(line["end"])
        assert cursor in (None, start), "the intervals leave a gap"
        cursor = end
        if line["counted"]:
            if due is None and total + (end - start) >= target:
                due = (start + (target - total)).isoformat()
            total += end - start
        if number < len(printed["stretches"]):
            elapsed = total
    return elapsed // timedelta(seconds=1), due
