"""How fast a storm of alerts is taken: ten thousand alerts of fifty failures, over HTTP at the promised rate.

    python bench/storm.py [--alerts 10000] [--seconds 60] [--in-a-message 1] [--workers N] [--only NAME] [--json]

First `plain`: without HTTP, one message after the other, from the bytes to the commit, beside bare inserts of the
same bytes; that ratio travels between machines. Then `sqlite` and `postgresql` (where tools/postgres.py finds one):
`breakfix serve` with its worker, and a sender that posts each message at its planned instant whether or not those
before it were answered. What a message waits is counted from that instant, so a queue is seen as what it is.
Without --workers one process serves SQLite, which lets one write at a time, and two serve PostgreSQL.
Target (issue: alert storm): 50 drafts, every alert counted, 99 of 100 messages accepted within 300 ms at the promised
rate; ends with 1 where that does not hold. A message of Alertmanager may tell of many alerts at once: --in-a-message.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.request import urlopen

from machine import machine, postgresql_version, show, sqlite_version

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
FAILURES = 50
SLOWEST = 300  # ms
MOST_AT_ONCE = 200  # connections of the sender
MOST_AGAIN = 1000
STARTED_WITHIN = 60  # seconds
SETTLED = 15  # seconds
WORKERS = {"sqlite": 1, "postgresql": 2}


def messages(count: int, at: datetime, many: int = 1) -> list[bytes]:
    """Messages of Alertmanager, a fifth of them the very same bytes again, out of order."""
    chance = random.Random(50)  # noqa: S311 - the same storm each time
    fresh = [_message(number, many, chance, at) for number in range(count * 4 // 5)]
    sent = fresh + chance.sample(fresh, count - len(fresh))
    chance.shuffle(sent)
    return sent


def _message(number: int, many: int, chance: random.Random, at: datetime) -> bytes:
    told = [_alert((number * many + one) % FAILURES, at) for one in range(many)]
    body = {"version": "4", "receiver": "desk", "alerts": told, "number": number, "noise": chance.random()}
    return json.dumps(body).encode()


def _alert(failure: int, at: datetime) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": f"Failure{failure}", "instance": f"srv{failure:02}:9100", "severity": "critical"},
        "startsAt": (at - timedelta(minutes=failure)).isoformat(),
        "annotations": {"summary": "x" * 200},
    }


def shares(took: list[float]) -> dict[str, float]:
    """Half of them, 99 of 100 of them and the slowest, in milliseconds."""
    took = sorted(took)
    picked = {"p50 ms": len(took) // 2, "p99 ms": len(took) * 99 // 100, "slowest ms": len(took) - 1}
    return {name: round(1000 * took[place], 1) for name, place in picked.items()}


# ------------------------------------------------------------------------------------------ without HTTP


def plain(count: int) -> dict[str, Any]:
    """As fast as it goes, one after the other."""
    from breakfix.cli.ingest import trial

    source = trial()  # sets Django up
    from breakfix.intake.models import Delivery
    from breakfix.intake.receiving import receive
    from breakfix.intake.steps import keep, mark
    from breakfix.intake.values import Outcome
    from breakfix.kernel import clock

    at = clock.now()
    sent = messages(count, at)
    start = perf_counter()
    for body in sent:
        keep(source, [(body, mark(body), at, Outcome.QUARANTINE, "")])
    bare = perf_counter() - start
    Delivery.objects.all().delete()
    took = []
    for number, body in enumerate(sent):
        before = perf_counter()
        receive(source, body, at + timedelta(milliseconds=6 * number))
        took.append(perf_counter() - before)
    rates = {"alerts per s": round(count / sum(took)), "times as long as bare inserts": round(sum(took) / bare, 1)}
    return counted() | rates | shares(took)


def counted() -> dict[str, int]:
    """What the database holds afterwards."""
    from breakfix.intake.models import Alert, AlertCount, Delivery

    told = AlertCount.objects.values_list("told", "repeated")
    return {
        "messages kept": Delivery.objects.count(),
        "drafts": Alert.objects.count(),
        "alerts counted": sum(row[0] for row in told),
        "of these the same bytes again": sum(row[1] for row in told),
    }


# ------------------------------------------------------------------------------------------ over HTTP


@contextlib.contextmanager
def served(scratch: str, workers: int, longest: int) -> Iterator[tuple[int, int]]:
    """Yield port and process of the product's own server, which ends by itself should nobody be left to end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = Path(scratch, "server.log").open("wb")  # noqa: SIM115 - the server's own
    serve = [sys.executable, "-m", "breakfix", "serve", "--no-prepare", f"--port={port}", f"--workers={workers}"]
    with (
        said,
        subprocess.Popen(["timeout", "--kill-after=60", str(longest), *serve], stdout=said, stderr=said) as server,
    ):
        try:
            _wait_for(port, server)
            yield port, server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(STARTED_WITHIN * 5):
        assert server.poll() is None, "the server ended"
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            time.sleep(SETTLED)  # its worker starts, too
            return
        time.sleep(0.2)
    raise AssertionError("the server did not start")


def processor_seconds(of: int) -> tuple[float, float]:
    """What a process and those below it used of the processor so far, and what the whole machine did."""
    used, parents = {}, {}
    for told in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = told.read_text().rpartition(")")[2].split()
            pid = int(told.parent.name)
            parents[pid], used[pid] = int(words[1]), sum(map(int, words[11:15]))
    family = {of}
    for _ in range(9):
        family |= {pid for pid, parent in parents.items() if parent in family}
    busy = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    ticks = os.sysconf("SC_CLK_TCK")
    whole = sum(map(int, (busy[0], busy[1], busy[2], busy[5], busy[6])))
    return sum(used.get(pid, 0) for pid in family) / ticks, whole / ticks


class Sender:
    """Posts at planned instants, and again what got no answer of success, as Alertmanager does."""

    def __init__(self, port: int, secret: str) -> None:
        self.port = port
        self.head = f"POST /alerts/told HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.at_once = asyncio.Semaphore(MOST_AT_ONCE)
        self.again: Counter[str] = Counter()

    async def storm(self, bodies: list[bytes], seconds: float) -> tuple[list[float], float]:
        """How long each one waited from its planned instant, and how long all of it took."""
        start = perf_counter() + 0.5
        planned = [start + seconds * number / len(bodies) for number in range(len(bodies))]
        posts = []
        for body, instant in zip(bodies, planned, strict=True):
            if (early := instant - perf_counter()) > 0:
                await asyncio.sleep(early)
            posts.append(asyncio.create_task(self._told(body, instant)))
        took = await asyncio.gather(*posts)
        return took, max(instant + one for instant, one in zip(planned, took, strict=True)) - start

    async def _told(self, body: bytes, planned: float) -> float:
        async with self.at_once:
            while (status := await self._posted(body)) != 200:
                self.again[f"status {status}" if status else "line closed"] += 1
                assert self.again.total() < MOST_AGAIN, self.again
                await asyncio.sleep(0.05)
        return perf_counter() - planned

    async def _posted(self, body: bytes) -> int:
        line = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = line
        try:
            length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(self.head.encode() + length.encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
        except (OSError, asyncio.IncompleteReadError):  # the server closed a line that it did not need
            writer.close()
            return 0
        self.idle.append(line)
        return int(head.split()[1])


def over_http(asked: argparse.Namespace, url: str, scratch: str) -> dict[str, Any]:
    """The storm against a server of its own; preparing and counting are programs of their own, too."""
    bodies = messages(asked.alerts // asked.in_a_message, datetime.now(UTC), asked.in_a_message)
    os.environ |= {"BREAKFIX_VAR": scratch, "DATABASE_URL": url, "BREAKFIX_LOG_LEVEL": "WARNING"}
    secret = _own("--prepare")["secret"]
    workers = asked.workers or WORKERS[asked.only]
    with served(scratch, workers, int(3 * asked.seconds) + 120) as (port, server):
        own, whole = processor_seconds(server)
        took, lasted, sender_used = asyncio.run(_stormed(port, secret, bodies, asked.seconds))
        own_after, whole_after = processor_seconds(server)
    used = own_after - own
    others = whole_after - whole - used - sender_used
    cores = {
        "server's processor time, ms a message": round(1000 * used / len(bodies), 2),
        "of all cores, busy with the server": round(used / lasted, 2),
        "of all cores, busy with the sender": round(sender_used / lasted, 2),
        "of all cores, busy with anything else": round(max(0.0, others) / lasted, 2),
    }
    sender = {"web processes": workers, "messages": len(bodies), "alerts in each": asked.in_a_message, **took}
    rates = {
        "alerts per s, planned": round(asked.alerts / asked.seconds, 1),
        "alerts per s, reached": round(asked.alerts / lasted, 1),
    }
    return sender | rates | cores | _own("--count")


async def _stormed(
    port: int, secret: str, bodies: list[bytes], seconds: float
) -> tuple[dict[str, Any], float, float]:
    sender, before = Sender(port, secret), time.process_time()
    took, lasted = await sender.storm(bodies, seconds)
    return shares(took) | {"sent again": _listed(sender.again)}, lasted, time.process_time() - before


def _listed(found: Counter[str]) -> str:
    return ", ".join(f"{number} ({why})" for why, number in found.items()) or "none"


def _own(what: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, what], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _inner(asked: argparse.Namespace) -> dict[str, Any]:
    from breakfix.cli import serve

    if asked.prepare:
        serve.prepare()
        from breakfix.cli.ingest import trial

        return {"secret": trial().secret}
    from breakfix.kernel import fence

    serve.start_django()
    with fence.as_machine():
        return counted()


# ------------------------------------------------------------------------------------------ all of it


def faults(found: dict[str, Any], alerts: int, *, promised: bool) -> list[str]:
    """What was promised and does not hold."""
    said = []
    if found["drafts"] != FAILURES:
        said.append(f"{found['drafts']} drafts instead of {FAILURES}")
    if found["alerts counted"] != alerts:
        said.append(f"{found['alerts counted']} counted instead of {alerts}")
    if promised and found["p99 ms"] > SLOWEST:
        said.append(f"99 of 100 within {found['p99 ms']} ms instead of {SLOWEST}")
    return said


def measured(asked: argparse.Namespace, name: str) -> list[str]:
    """Measure one way, print its table, and say what does not hold."""
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="breakfix-storm-"))
        url = f"sqlite:///{scratch}/breakfix.sqlite3"
        version = {"SQLite": sqlite_version()}
        if name == "postgresql":
            from postgres import beside, database

            server = stack.enter_context(database(""))
            if server is None:
                print("\nNo PostgreSQL is here: not measured.", file=sys.stderr)
                return []
            _, url = stack.enter_context(beside(server))
            version = {"PostgreSQL": postgresql_version(url)}
        on = machine(**version)
        if name == "plain":
            from breakfix.cli.play import scratch_settings

            scratch_settings(Path(scratch), url)
            found = plain(asked.alerts)
        else:
            found = over_http(asked, url, scratch)
    said = faults(found, asked.alerts, promised=name != "plain")
    found["holds"] = "; ".join(said) or "yes"
    show(f"Alert storm, {name}", found, on, as_json=asked.json)
    return said


def main() -> int:
    given = argparse.ArgumentParser(description="Take a storm of alerts.")
    given.add_argument("--alerts", type=int, default=10_000)
    given.add_argument("--seconds", type=float, default=60)
    given.add_argument("--in-a-message", type=int, default=1)
    given.add_argument("--workers", type=int, default=0)
    given.add_argument("--only", choices=["plain", "sqlite", "postgresql"])
    given.add_argument("--json", action="store_true")
    for inner in ("--prepare", "--count"):
        given.add_argument(inner, action="store_true", help=argparse.SUPPRESS)
    asked = given.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "breakfix.settings"
    if asked.prepare or asked.count:
        print(json.dumps(_inner(asked)))
        return 0
    # Each in a program of its own: Django is set up once, and the last one's memory is no burden to the next.
    if asked.only:
        return 1 if measured(asked, asked.only) else 0
    ways = [[sys.executable, __file__, *sys.argv[1:], f"--only={one}"] for one in ("plain", "sqlite", "postgresql")]
    return max([subprocess.run(way, check=False).returncode for way in ways])


if __name__ == "__main__":
    raise SystemExit(main())
