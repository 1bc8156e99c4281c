"""How fast a foreign log is replayed, beside plainly reading the same CSV, and what memory that takes.

    .venv/bin/python bench/replay.py [--log LOG.csv.gz --map MAP] [--events 80000] [--json]

The real log of examples/mappings/uci498.yaml where it lies beside the checkout (../shared/data/incidents), all of it:
replayed, then imported into a fresh SQLite database, and into PostgreSQL where tools/postgres.py finds one; with
every refused transition by its kind, and whether priorities agree. Without it, and the table says so, the excerpt of
the tests is repeated under other numbers, and a tenth of that imported. Each way is a program of its own, so its
memory is its own. What is repeated is replayed once more four times as long: memory must not grow with it.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from machine import machine, postgresql_version, show, sqlite_version

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
REAL = "shared/data/incidents/uci498_events.train.csv.gz"
EXCERPT = ROOT / "tests/data/incidents/uci498_excerpt.csv"
MAP = ROOT / "examples/mappings/uci498.yaml"
# The floor: every cell of every row is looked at, and nothing is done with it.
PLAIN = """
import csv, gzip, sys, time
begun = time.perf_counter()
with gzip.open(sys.argv[1], "rt", encoding="utf-8", newline="") as file:
    print(sum(1 for row in csv.DictReader(file) if row), time.perf_counter() - begun)
"""


def made(path: Path, events: int) -> Path:
    """At least so many events: the excerpt again and again, each time with other incidents."""
    head, *rows = EXCERPT.read_text(encoding="utf-8").splitlines()
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.write(f"{head}\n")
        for again in range(-(-events // len(rows))):
            file.writelines(f"{again}-{row}\n" for row in rows)
    return path


def run(*arguments: str, **env: str) -> tuple[float, str]:
    """MiB at the most, and what a program printed; it has to end well."""
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, env={**os.environ, **env}, text=True
    ) as program:
        assert program.stdout is not None
        said = program.stdout.read()
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == 0, arguments
    return used.ru_maxrss / 1024, said


def replayed(log: Path, mapping: Path) -> tuple[dict[str, Any], float]:
    """The command's own report, checked, and its peak of memory."""
    peak, said = run("-m", "breakfix", "replay", str(log), "--map", str(mapping), "--json")
    found: dict[str, Any] = json.loads(said)
    assert found["applied"] + sum(found["refused"].values()) == found["events"]
    return found, peak


def kept(log: Path, mapping: Path, folder: Path, **env: str) -> tuple[dict[str, Any], float]:
    """The same, kept as the history of a client in an installation of its own."""
    env = {"BREAKFIX_VAR": str(folder), "BREAKFIX_LOG_LEVEL": "ERROR", **env}
    run("-m", "breakfix", "migrate", **env)
    told = {"name": "Bench", "side": "client", "zone": "UTC", "currency": "USD", "admin": "Ann"}
    who = [f"--{name}={value}" for name, value in {**told, "email": "ann@bench.example"}.items()]
    run("-m", "breakfix", "add-organisation", "bench", *who, **env)
    peak, said = run("-m", "breakfix", "replay", str(log), "--map", str(mapping), "--json", "--into", "bench", **env)
    found: dict[str, Any] = json.loads(said)
    assert found["imported"] == found["incidents"]
    return found, peak


def real_log() -> Path | None:
    """The real log, where somebody laid it beside this checkout or a checkout around it."""
    return next((found for folder in ROOT.parents if (found := folder / REAL).exists()), None)


def measure_import(log: Path, mapping: Path, folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """What an import takes on each database here, and the versions of these."""
    from postgres import beside, database  # not before: a program that is started inherits what we hold

    found, peak = kept(log, mapping, folder / "sqlite", DATABASE_URL="")
    figures = {
        "events imported": found["events"],
        "imported into SQLite, events per s": found["events_per_second"],
        "its peak memory, MiB": peak,
    }
    versions = {"SQLite": sqlite_version()}
    with database("") as url:
        if url is None:
            return figures, versions | {"PostgreSQL": "none is here: not measured"}
        with beside(url) as (_, empty):
            versions["PostgreSQL"] = postgresql_version(empty)
            again, peak = kept(log, mapping, folder / "postgresql", DATABASE_URL=empty)
    assert again["refused"] == found["refused"]
    figures |= {
        "imported into PostgreSQL, events per s": again["events_per_second"],
        "peak memory of that, MiB": peak,
    }
    return figures, versions


def measure(log: Path, mapping: Path, longer: Path | None) -> dict[str, Any]:
    floor_peak, said = run("-c", PLAIN, str(log))
    rows, floor_seconds = int(said.split()[0]), float(said.split()[1])
    found, peak = replayed(log, mapping)
    assert rows == found["events"]
    figures = {
        "incidents": found["incidents"],
        "events": found["events"],
        "replayed, events per s": found["events_per_second"],
        "plainly read, events per s": found["events"] / floor_seconds,
        "replay / plain reading (time)": found["seconds"] / floor_seconds,
        "peak memory, MiB": peak,
        "peak memory of plain reading, MiB": floor_peak,
        "applied": found["applied"],
        "refused": sum(found["refused"].values()),
        **{f"  {kind}": number for kind, number in found["refused"].items()},
        "priority agrees": found["priority_agrees"],
        "priority differs": found["priority_compared"] - found["priority_agrees"],
    }
    if longer:
        more, more_peak = replayed(longer, mapping)
        figures |= {"events of the longer log": more["events"], "peak memory of the longer log, MiB": more_peak}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the replay of a foreign log.")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--map", type=Path, default=MAP)
    parser.add_argument("--events", type=int, default=80_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole = options.log or real_log()
        log = whole or made(Path(folder) / "log.csv.gz", options.events)
        longer = None if whole else made(Path(folder) / "longer.csv.gz", 4 * options.events)
        figures = measure(log, options.map, longer)
        few = whole or made(Path(folder) / "few.csv.gz", options.events // 10)
        imported, versions = measure_import(few, options.map, Path(folder))
    told = whole.name if whole else f"the excerpt of the tests, again and again ({Path(REAL).name} is not here)"
    show(f"Replay of {told}", figures | imported, machine(**versions), as_json=options.json)


if __name__ == "__main__":
    main()
