"""A quote that is not closed costs the line in which it stands, and none of the rows that it runs into."""

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.logs import HEAD, mapped, replayed, written

CLOSED = "state Closed is not in the map"


def life(number: int, word: str = "New") -> str:
    return f"I{number},{word},2026-03-02T08:00,2,2,3"


def told(tmp_path: Path, *lines: str, head: str = HEAD) -> dict[str, Any]:
    result = replayed(written(tmp_path, "\n".join([head, *lines])), mapped(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    assert found["applied"] + sum(found["refused"].values()) == found["events"]
    return found


@pytest.mark.parametrize("after", [0, 1, 50, 5000])
def test_an_open_quote_costs_its_own_line(tmp_path: Path, after: int) -> None:
    torn = 'I0,"New,2026-03-02T08:00,2,2,3'
    found = told(tmp_path, life(1), torn, *map(life, range(2, 2 + after)))
    assert (found["events"], found["applied"], found["incidents"]) == (after + 2, after + 1, after + 1)
    assert list(found["first_rows"].values()) == [3]
    assert next(iter(found["refused"])).startswith("row is no CSV: ")


def test_what_it_runs_into_is_told_by_its_own_line(tmp_path: Path) -> None:
    lines = [
        'I0,"New,2026-03-02T08:00,2,2,3',
        life(1),
        "",
        life(2, "Nap"),
        'I3,"New",2026-03-02T08:00,2,2,3',
        life(4, "Nod"),
    ]
    found = told(tmp_path, *lines)
    assert (found["events"], found["applied"]) == (5, 2)
    assert found["first_rows"]["state Nap is not in the map"] == 5
    assert found["first_rows"]["state Nod is not in the map"] == 7


def test_each_line_of_what_is_no_row_is_counted(tmp_path: Path) -> None:
    found = told(tmp_path, 'I0,"New', "and more", 'to the "end" of it', life(1))
    assert (found["events"], found["applied"]) == (4, 1)
    assert found["refused"]["row has 1 cells, the header 6"] == 2


def test_a_quote_that_is_closed_by_another_one_swallows_no_row(tmp_path: Path) -> None:
    lines = ['I0,"New,2026-03-02T08:00,2,2,3', life(1), life(2), 'I3,12",2026-03-02T08:00,2,2,3', life(4)]
    found = told(tmp_path, *lines)
    assert (found["events"], found["applied"]) == (5, 3)
    assert found["first_rows"]["row is no CSV: a quote in it is not closed"] == 2


def test_a_text_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    note = '"Rack 4:\n\nI9,New,2026-03-02T08:00,2,2,3\nno ""light"""'
    found = told(tmp_path, f"{life(1)},{note}", f"{life(2)},", f"{life(3, 'Nap')},{note}", head=f"{HEAD},note")
    assert (found["events"], found["applied"], found["first_rows"]) == (3, 2, {"state Nap is not in the map": 7})
    found = told(tmp_path, f'{life(1)},"two\nlines",more', life(2) + ",", head=f"{HEAD},note")
    assert (found["events"], found["refused"]) == (2, {"row has 8 cells, the header 7": 1})


@pytest.mark.parametrize("line", ["a dump, in hex\n", "no line break at all "])
def test_a_long_text_is_one_cell(tmp_path: Path, line: str) -> None:
    before = csv.field_size_limit()
    note = line * (200_000 // len(line))
    found = told(tmp_path, f'{life(1)},"{note}"', life(2) + ",", head=f"{HEAD},note")
    assert (found["events"], found["applied"], found["refused"]) == (2, 2, {})
    found = told(tmp_path, f'"{note}",New,2026-03-02T08:00,2,2,3', life(2))
    assert (found["events"], list(found["refused"])) == (2, ["number is longer than 120 characters"])
    assert csv.field_size_limit() == before


def test_a_row_that_is_too_long_says_so(tmp_path: Path) -> None:
    found = told(tmp_path, f'{life(1)},"' + "word\n" * 300_000 + '"', life(2) + ",", head=f"{HEAD},note")
    assert found["applied"] == 1
    kind = "row is no CSV: it is longer than 1,048,576 characters, or a quote in it is not closed"
    assert found["first_rows"][kind] == 2


def test_a_sentence_with_commas_is_no_row(tmp_path: Path) -> None:
    letter = 'I1,New,"Dear Ann,\nwe have one, two, three, four, five, six\nof them"'
    found = told(tmp_path, letter, life(2))
    assert (found["events"], found["applied"], found["refused"]) == (2, 1, {"row has 3 cells, the header 6": 1})
    for row in (life(3), life(3).replace("New", "Nap"), "I3,New,later,2,2,3"):
        found = told(tmp_path, f'I1,New,"Dear Ann,\n{row}\nbye"', life(2))
        assert (found["events"], list(found["first_rows"].values())[0]) == (4, 2)


def test_a_sentence_with_commas_is_no_row_of_a_log_of_moments(tmp_path: Path) -> None:
    given = {"columns": {"number": "number"}, "states": None, "instants": None, "priority": None}
    path = mapped(tmp_path, **given, moments={"SUBMITTED": "opened", "CLOSED": "closed"})
    log = 'number,opened,closed,note\nI1,2026-03-02T08:00,"Dear\na,b,c,d\nbye"\nI2,2026-03-02T08:00,,x\n'
    found = json.loads(replayed(written(tmp_path, log), path, "--json").output)
    assert (found["events"], found["refused"]) == (2, {"row has 3 cells, the header 4": 1})
    found = json.loads(replayed(written(tmp_path, log.replace("a,b", "I3,2026-03-02T09:00")), path, "--json").output)
    assert found["applied"] == 2


def test_many_open_quotes_take_time_by_the_line(tmp_path: Path) -> None:
    begun = time.process_time()
    found = told(tmp_path, *['a","'] * 200_000)
    assert found["events"] == 200_000
    assert time.process_time() - begun < 20
