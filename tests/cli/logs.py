"""Small logs and maps for the tests of `breakfix replay`, written as files, broken where a test says so."""

import gzip
import json
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from breakfix.cli.replay.command import replay

ROOT = Path(__file__).parents[2]
MAPS = ROOT / "examples" / "mappings"
EXCERPT = ROOT / "tests" / "data" / "incidents" / "uci498_excerpt.csv"
HEAD = "number,state,at,impact,urgency,priority"
GOOD = [
    "I1,New,2026-03-02T08:00,2,2,3",
    "I1,Active,2026-03-02T09:00,2,2,3",
    "I1,-100,2026-03-02T10:00,2,2,3",
    "I2,Active,2026-03-02T08:30,1,1,1",
    "I2,Active,2026-03-02T08:31,1,2,1",
]
MAP: dict[str, Any] = {
    "format": "csv",
    "source": "Old desk",
    "columns": {name: name for name in HEAD.split(",")},
    "instants": {"zone": "Europe/Madrid"},
    "states": {"New": "SUBMITTED", "Active": "IN_PROGRESS", "Closed": "CLOSED", "-100": None},
    "priority": {
        "matrix": {"1": {"1": "1", "2": "2"}, "2": {"2": "3"}},
        "levels": {"1": "P1", "2": "P2", "3": "P3"},
    },
}


def written(tmp_path: Path, content: str | bytes, name: str = "log.csv") -> Path:
    path = tmp_path / name
    raw = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def mapped(tmp_path: Path, **changed: Any) -> Path:
    """The map above with some of its keys replaced; None takes one away."""
    path = tmp_path / "map.yaml"
    given = {key: value for key, value in (MAP | changed).items() if value is not None}
    path.write_text(yaml.safe_dump(given, allow_unicode=True))
    return path


def replayed(log: Path, mapping: Path, *options: str) -> Result:
    return CliRunner().invoke(replay, [str(log), "--map", str(mapping), *options])


def told(tmp_path: Path, *lines: str, head: str = HEAD, **changed: Any) -> dict[str, Any]:
    """What `--json` says of a log of these lines."""
    result = replayed(written(tmp_path, "\n".join([head, *lines]) + "\n"), mapped(tmp_path, **changed), "--json")
    found: dict[str, Any] = json.loads(result.output)
    return found
