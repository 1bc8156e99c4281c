"""How fast a foreign log is replayed, beside plainly reading the same CSV, and what memory that takes.

    .venv/bin/python bench/replay.py [--log LOG.csv.gz --map MAP] [--events 80000] [--json]

Then a tenth of it is imported into a fresh SQLite database, and into PostgreSQL where tools/postgres.py finds one.
Each way runs as a program of its own, so its memory is its own. Without a log of yours the excerpt of the tests is
repeated under other numbers. The log is replayed once more four times as long: memory must not grow with it.
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

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
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


def measure_import(log: Path, mapping: Path, folder: Path) -> dict[str, float]:
    from postgres import beside, database  # not before: a program that is started inherits what we hold

    found, peak = kept(log, mapping, folder / "sqlite", DATABASE_URL="")
    figures = {
        "events imported": found["events"],
        "imported into SQLite, events per s": found["events_per_second"],
        "its peak memory, MiB": peak,
    }
    with database() as url:
        if url is None:
            return figures
        with beside(url) as (_, empty):
            found, peak = kept(log, mapping, folder / "postgresql", DATABASE_URL=empty)
    return figures | {
        "imported into PostgreSQL, events per s": found["events_per_second"],
        "peak memory of that, MiB": peak,
    }


def measure(log: Path, mapping: Path, longer: Path | None) -> dict[str, float]:
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
        log = options.log or made(Path(folder) / "log.csv.gz", options.events)
        longer = None if options.log else made(Path(folder) / "longer.csv.gz", 4 * options.events)
        figures = measure(log, options.map, longer)
        few = options.log or made(Path(folder) / "few.csv.gz", options.events // 10)
        figures |= measure_import(few, options.map, Path(folder))
    if options.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:<46}{figure:>16,.2f}")


if __name__ == "__main__":
    main()
