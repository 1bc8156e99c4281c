"""What a figure was measured on, said beside every table: a figure without its machine compares with nothing."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def machine(**databases: str) -> dict[str, str]:
    """The processor, its cores, and what runs on it; `databases` adds a line of its own for each that took part."""
    return {
        "processor": _processor(),
        "cores": f"{len(os.sched_getaffinity(0))}, {_load()}",
        "system": _system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **databases,
    }


def sqlite_version() -> str:
    """The library that the product chose, which need not be the system's."""
    from breakfix import sqlite

    return f"{sqlite.library.sqlite_version}, {sqlite.PRAGMAS.split(';')[1].strip().removeprefix('PRAGMA ')}"


def postgresql_version(url: str) -> str:
    """The server's version, and whether it waits for its disk: one that does not is faster than any installation."""
    import psycopg

    with psycopg.connect(url) as db:
        told = [db.execute(f"SHOW {name}").fetchone() for name in ("server_version", "fsync", "synchronous_commit")]
    version, fsync, commit = (row[0] if row else "?" for row in told)
    return f"{version}, fsync {fsync}, synchronous_commit {commit}"


def show(title: str, figures: Mapping[str, Any], on: Mapping[str, str], *, as_json: bool = False) -> None:
    """Print figures as a table below the machine that they were measured on."""
    if as_json:
        print(json.dumps({**figures, "machine": dict(on)}))
        return
    print(f"\n{title}")
    for name, value in on.items():
        print(f"  {name:<12}{value}")
    for name, figure in figures.items():
        print(f"{name:<66}{_written(figure):>18}")


def _written(figure: Any) -> str:
    if isinstance(figure, float):
        return f"{figure:,.2f}"
    return f"{figure:,}" if isinstance(figure, int) else str(figure)


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model"}:
                return value.strip()
    return platform.processor() or platform.machine()


def _load() -> str:
    """Whoever else worked when this was measured took a part of it."""
    return f"{os.getloadavg()[0]:.1f} programs running in the minute before"


def _system() -> str:
    named = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    return f"{named.get('PRETTY_NAME', platform.system())}, {platform.release()}"
