"""Maps of logs: those that ship, and mistakes, each named with its place."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.cli.replay.faults import Unreadable
from breakfix.cli.replay.mapping import load_mapping
from breakfix.incidents.values import Status
from tests.cli.logs import GOOD, HEAD, MAP, MAPS, mapped, replayed, told, written


@pytest.mark.parametrize("path", sorted(MAPS.glob("*.yaml")), ids=lambda path: path.stem)
def test_map_that_ships_is_valid(path: Path) -> None:
    assert load_mapping(path).source


def test_words_stay_words_and_null_is_garbage(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "format: csv\nsource: x\ncolumns: {number: 1, state: 2, at: 3}\n"
        "states: {No: SUBMITTED, 1: CLOSED, -100: null, 'null': ~, off:}\n"
    )
    found = load_mapping(path)
    assert found.columns.number == "1"
    assert found.states == {"No": Status.SUBMITTED, "1": Status.CLOSED, "-100": None, "null": None, "off": None}


COLUMNS = MAP["columns"]
LEVELS = MAP["priority"]["levels"]


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"formats": "csv"}, "formats: there is no such key"),
        ({"columns": COLUMNS | {"colour": "x"}}, "columns.colour: there is no such key"),
        ({"columns": {"state": "state", "at": "at"}}, "columns.number: Field required"),
        ({"columns": COLUMNS | {"number": ""}}, "columns.number: "),
        ({"format": "json"}, "format: Input should be 'csv' or 'xes'"),
        ({"source": None}, "source: Field required"),
        ({"states": {"New": "OPEN"}}, "states.New: Input should be 'DRAFT'"),
        ({"states": None}, "columns.state, columns.at and states belong together"),
        ({"moments": {"CLOSED": "closed_at"}}, "`moments` stands instead of"),
        ({"instants": {"zone": "Mars/Olympus"}}, "instants.zone: not an IANA time zone: 'Mars/Olympus'"),
        ({"instants": {"format": "%d/%m %H:%M"}}, "instants.format: '%d/%m %H:%M' has no year"),
        ({"instants": {"format": "%Y-%m %H:%M"}}, "has no day"),
        ({"instants": {"format": ["iso", "%Y-%m-%d"]}}, "has no hour"),
        ({"instants": {"format": "%Y %Y-%d %H"}}, "names a part twice"),
        ({"instants": {"format": "%Y-%d %H %Q"}}, "is no format of strptime: 'Q' is a bad directive"),
        ({"encoding": "utf-99"}, "encoding: no encoding is called 'utf-99'"),
        ({"delimiter": "||"}, "delimiter: "),
        ({"priority": {"matrix": {"1": {"1": "9"}}, "levels": LEVELS}}, "priority: the matrix names priority '9'"),
        ({"priority": {"matrix": {}, "levels": {"1": "P9"}}}, "priority.levels.1: Input should be 'P1'"),
        ({"columns": {key: COLUMNS[key] for key in ("number", "state", "at")}}, "name columns.impact"),
    ],
)
def test_mistake_in_a_map_is_named_with_its_place(tmp_path: Path, changed: dict[str, Any], place: str) -> None:
    result = replayed(written(tmp_path, HEAD), mapped(tmp_path, **changed))
    assert (result.exit_code, place in result.output) == (1, True), result.output


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"format: csv\nformat: xes\n", "the key 'format' stands twice; the second time in line 2"),
        (b"format: [csv\n", "is no map"),
        (b"\xff\xfe", "map.yaml is no map: a map is YAML in UTF-8. Is it the log?"),
        (b"- csv\n", "the map: "),
        (b"", "the map: "),
        (b"? [a]\n: b\n", "is no map"),
        (b"[" * 1000, "is no map"),
        (b"#" * (2**20 + 1), "a map is smaller than 1024 KiB"),
    ],
)
def test_file_that_is_no_map_is_refused(tmp_path: Path, raw: bytes, words: str) -> None:
    path = written(tmp_path, raw, "map.yaml")
    with pytest.raises(Unreadable) as refused:
        load_mapping(path)
    assert words in str(refused.value)
    assert replayed(written(tmp_path, HEAD), path, "--json").exit_code == 1


def test_map_that_is_not_there_says_so(tmp_path: Path) -> None:
    result = replayed(written(tmp_path, HEAD), tmp_path / "gone.yaml")
    assert (result.exit_code, result.output) == (1, "gone.yaml cannot be read: No such file or directory.\n")


def test_formats_are_tried_in_order_and_delimiters_may_differ(tmp_path: Path) -> None:
    instants = {"format": ["%d/%m/%Y %H:%M", "iso"], "zone": "UTC"}
    lines = [line.replace(",", ";").replace("2026-03-02T08:00", "02/03/2026 08:00") for line in GOOD]
    found = told(tmp_path, *lines, head=HEAD.replace(",", ";"), delimiter=";", instants=instants)
    assert (found["applied"], found["events"]) == (3, 5)
