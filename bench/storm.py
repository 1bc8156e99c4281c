"""How fast a storm of alerts is taken: ten thousand messages of fifty failures, beside bare inserts of their bytes.

    python bench/storm.py [--alerts 10000] [--json]

On a SQLite file as an installation has it, through the door's own code from the bytes to the
commit, one after the other. The bare way stores the same bytes, one commit each: the ratio travels between machines.
Target (issue: alert storm): 99 of 100 accepted within 300 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

FAILURES = 50


def messages(count: int, at: datetime) -> list[bytes]:
    """Messages of Alertmanager, a fifth of them the very same bytes again, out of order."""
    chance = random.Random(50)  # noqa: S311 - the same storm each time
    fresh = [_message(number, chance, at) for number in range(count * 4 // 5)]
    sent = fresh + chance.sample(fresh, count - len(fresh))
    chance.shuffle(sent)
    return sent


def _message(number: int, chance: random.Random, at: datetime) -> bytes:
    failure = number % FAILURES
    begun = at - timedelta(minutes=failure)
    labels = {"alertname": f"Failure{failure}", "instance": f"srv{failure:02}:9100", "severity": "critical"}
    alert = {
        "status": "firing",
        "labels": labels,
        "startsAt": begun.isoformat(),
        "annotations": {"summary": "x" * 200},
    }
    body = {"version": "4", "receiver": "desk", "alerts": [alert], "number": number, "noise": chance.random()}
    return json.dumps(body).encode()


def measured(count: int) -> dict[str, Any]:
    from breakfix.cli.ingest import trial

    source = trial()  # sets Django up
    from breakfix.intake.models import Alert, AlertCount, Delivery
    from breakfix.intake.receiving import receive
    from breakfix.intake.steps import keep
    from breakfix.kernel import clock

    at = clock.now()
    sent = messages(count, at)
    start = perf_counter()
    for body in sent:
        keep(source, body, at)
    bare = perf_counter() - start
    Delivery.objects.all().delete()
    took = []
    for number, body in enumerate(sent):
        before = perf_counter()
        receive(source, body, at + timedelta(milliseconds=6 * number))
        took.append(perf_counter() - before)
    took.sort()
    told = sum(AlertCount.objects.values_list("told", flat=True))
    return {
        "alerts": count,
        "drafts": Alert.objects.count(),
        "told": told,
        "seconds": round(sum(took), 1),
        "a_second": round(count / sum(took)),
        "p50_ms": round(1000 * took[count // 2], 1),
        "p99_ms": round(1000 * took[count * 99 // 100], 1),
        "worst_ms": round(1000 * took[-1], 1),
        "times_bare": round(sum(took) / bare, 1),
    }


def main() -> int:
    given = argparse.ArgumentParser(description="Take a storm of alerts.")
    given.add_argument("--alerts", type=int, default=10_000)
    given.add_argument("--json", action="store_true")
    asked = given.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "breakfix.settings"
    from breakfix.cli.play import scratch_settings

    with tempfile.TemporaryDirectory() as scratch:
        scratch_settings(Path(scratch), f"sqlite:///{scratch}/breakfix.sqlite3")
        found = measured(asked.alerts)
    if asked.json:
        print(json.dumps(found))
    else:
        print(f"{datetime.now(UTC):%Y-%m-%d} " + ", ".join(f"{name} {value}" for name, value in found.items()))
    return 0 if found["drafts"] == FAILURES and found["told"] == asked.alerts else 1


if __name__ == "__main__":
    raise SystemExit(main())
