"""The house as it stands obeys its own rules (tests/house/rulebook.py; the imports: import-linter)."""

import enum
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from django.apps import apps

from breakfix.kernel.models import Row
from tests.house import rulebook

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "breakfix"
WRITTEN = [path for path in SRC.rglob("*.*") if "vendor" not in path.parts and "__pycache__" not in path.parts]
Check = Callable[[str, str], Iterator[str]]


def road() -> list[str]:
    """Read the order of the modules, lowest first, from the contract that import-linter enforces."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "road")
    return [name.strip(" ()") for layer in reversed(layers) for name in layer.split("|")]


def broken(check: Check, *suffixes: str) -> list[str]:
    files = sorted(path for path in WRITTEN if path.suffix in suffixes)
    return [wrong for path in files for wrong in check(path.relative_to(SRC).as_posix(), path.read_text())]


@pytest.mark.parametrize(
    "check",
    [
        rulebook.clock,
        rulebook.writes,
        rulebook.deeds,
        rulebook.topics,
        rulebook.sizes,
        rulebook.names,
        rulebook.magic,
    ],
    ids=lambda check: check.__name__,
)
def test_house_source_obeys(check: Check) -> None:
    assert broken(check, ".py") == []


def test_house_templates_obey_the_content_policy() -> None:
    assert broken(rulebook.markup, ".html") == []


def test_house_pages_styles_and_scripts_stay_short() -> None:
    assert broken(rulebook.sizes, ".html", ".css", ".js") == []


@pytest.mark.parametrize("folder", ["tests", "tools", "bench"])
def test_house_files_around_the_source_stay_short(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert [wrong for path in files for wrong in rulebook.sizes(str(path), path.read_text())] == []


def test_house_foreign_keys_point_down_the_road() -> None:
    fields = [
        field
        for model in apps.get_models()
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if field.remote_field and not model._meta.auto_created
    ]
    wrong = [rulebook.foreign_key(field, road()) for field in fields]
    assert [line for line in wrong if line] == []


def test_house_columns_hide_nothing_of_a_record() -> None:
    fields = [field for model in apps.get_models() for field in model._meta.fields]
    assert [wrong for field in fields if (wrong := rulebook.shadow(field, Row))] == []


def shelves(name: str) -> Iterator[tuple[str, str]]:
    """Yield (module, source) for each module of the road that has this shelf, as a file or as a folder."""
    for module in road():
        files = [SRC / module / f"{name}.py", *sorted((SRC / module / name).glob("*.py"))]
        if source := "\n".join(path.read_text() for path in files if path.exists()):
            yield module, source


def test_house_states_live_in_an_owner_table() -> None:
    models = dict(shelves("models"))
    unowned = {
        module: sorted(rulebook.unowned_states(values, models.get(module, "")))
        for module, values in shelves("values")
    }
    assert {module: enums for module, enums in unowned.items() if enums} == {}


def test_house_every_state_of_a_transition_table_is_reached() -> None:
    wrong = {}
    for path in (*SRC.glob("*/rules.py"), *SRC.glob("*/rules/*.py")):
        module = ".".join(path.relative_to(SRC.parent).with_suffix("").parts).removesuffix(".__init__")
        for name, table in vars(importlib.import_module(module)).items():
            if name.endswith("TRANSITIONS") and isinstance(table, Mapping):
                first = next(iter(table))
                state = first[0] if isinstance(first, tuple) else first
                assert isinstance(state, enum.Enum), f"{module}: {name} is not about an Enum"
                if lost := rulebook.unreachable(table, type(state)):
                    wrong[f"{module}.{name}"] = sorted(lost)
    assert wrong == {}


def test_house_says_once_what_it_stands_on() -> None:
    """The package names every library of the lock: it also starts where nobody used the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    lines = (ROOT / "requirements" / "run.in").read_text().splitlines()
    named, locked = ({found[0] for one in these if (found := re.match(r"[\w-]+", one))} for these in (project, lines))
    assert locked - {"flit-core"} == named  # that one builds it


def test_house_lock_names_no_host() -> None:
    pinned = "".join(path.read_text() for path in (ROOT / "requirements").glob("*.txt"))
    assert "://" not in pinned
    assert pinned.count("--hash=sha256:") > pinned.count("==") > 0


def test_house_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    linted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr
