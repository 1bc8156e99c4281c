"""`breakfix replay`: every event counted once, every refusal by its kind, and no row that breaks it."""

import csv
import gzip
import io
import json
import random
from pathlib import Path

import pytest

from breakfix.cli.replay import command
from tests.cli.logs import EXCERPT, GOOD, HEAD, MAPS, mapped, replayed, told, written

UCI = MAPS / "uci498.yaml"


def test_real_log_is_replayed_and_every_refusal_counted() -> None:
    result = replayed(EXCERPT, UCI, "--json")
    found = json.loads(result.output)
    assert result.exit_code == 0
    assert (found["incidents"], found["events"], found["applied"], found["mid_life"]) == (18, 107, 72, 6)
    assert sum(found["refused"].values()) == 107 - 72
    assert found["refused"]["CLOSED -> IN_PROGRESS (their words Closed -> Active)"] == 1
    assert found["first_rows"]["CLOSED -> IN_PROGRESS (their words Closed -> Active)"] == 89
    assert found["priority_agrees"] == found["priority_compared"] == 107
    assert set(found) >= {"seconds", "events_per_second", "doubled_hour", "priority_differs"}


def test_packed_or_shuffled_it_comes_to_the_same(tmp_path: Path) -> None:
    head, *rows = EXCERPT.read_text().splitlines()
    # Equal minutes keep the order of the file, so only whole minutes are shuffled.
    minutes = sorted({row.split(",")[7] for row in rows}, key=lambda _: random.Random(4).random())
    mixed = "\n".join([head, *(row for minute in minutes for row in rows if row.split(",")[7] == minute)])
    plain, packed = (
        json.loads(replayed(path, UCI, "--json").output) for path in (EXCERPT, written(tmp_path, mixed, "log.csv.gz"))
    )
    for found in (plain, packed):
        for name in ("seconds", "events_per_second", "first_rows"):
            found.pop(name)
    assert packed == plain


def test_lines_say_what_our_table_has_in_between() -> None:
    result = replayed(EXCERPT, UCI)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "18 incidents, 107 events: 72 applied, 35 refused."
    assert any(
        "RESOLVED -> CLOSED (their words Resolved -> Closed); first in row 5; our table goes over" in one
        for one in lines
    )
    assert any("RESOLVED -> SUBMITTED" in one and one.endswith("our table knows no way") for one in lines)
    assert "Priority from impact x urgency: 107 of 107 rows with a valid state agree." in lines


def test_one_row_per_incident_is_read_by_its_moments(tmp_path: Path) -> None:
    head = "number,opened_at,resolved_at,closed_at,impact,urgency,priority"
    log = written(tmp_path, f"{head}\nI1,2016-02-29T01:16,,2016-03-05T12:00,2,2,3\nI2,2016-02-29T01:16,soon,,1,1,2\n")
    found = json.loads(replayed(log, MAPS / "uci498_incidents.yaml", "--json").output)
    assert (found["incidents"], found["events"], found["applied"]) == (2, 4, 2)
    assert found["refused"] == {
        "resolved_at is no instant in the format of the map": 1,
        "SUBMITTED -> CLOSED (their words opened_at -> closed_at)": 1,
    }
    assert (found["priority_agrees"], found["priority_compared"]) == (1, 2)


def test_priority_is_compared_on_rows_with_a_valid_state(tmp_path: Path) -> None:
    found = told(tmp_path, *GOOD, "I3,New,2026-03-02T08:00,3,3,4")
    assert (found["priority_agrees"], found["priority_compared"]) == (3, 5)
    assert found["priority_differs"] == {
        "1 x 2 is P2, the log says 1 (P1)": 1,
        "3 x 3 is None, the log says 4 (None)": 1,
    }
    assert told(tmp_path, *GOOD, priority=None)["priority_agrees"] is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("I3,New,2026-03-02T08:00", "row has 3 cells, the header 6"),
        ("I3,New,2026-03-02T08:00,2,2,3,4", "row has 7 cells, the header 6"),
        (",New,2026-03-02T08:00,2,2,3", "number is empty"),
        ("I3, ,2026-03-02T08:00,2,2,3", "state is empty"),
        ("I3,New,,2,2,3", "at is empty"),
        ("I3,New,yesterday,2,2,3", "at is no instant in the format of the map"),
        ("I3,New,2026-02-30T08:00,2,2,3", "at is no instant in the format of the map"),
        ("I3,New,2026-03-02,2,2,3", "at is no instant in the format of the map"),
        ("I3,New,0001-01-01T00:00+14:00,2,2,3", "at is no instant"),
        ("I3,New,2026-03-29T02:30,2,2,3", "at was skipped by the clocks of Europe/Madrid"),
        ("I3,Parked,2026-03-02T08:00,2,2,3", "state Parked is not in the map"),
        ("I3,-100,2026-03-02T08:00,2,2,3", "garbage state -100"),
        ('I3,"New"x,2026-03-02T08:00,2,2,3', "row is no CSV: ',' expected after '\"'"),
        (f"{'I' * 121},New,2026-03-02T08:00,2,2,3", "number is longer than 120 characters"),
        ("I3,N\0ew,2026-03-02T08:00,2,2,3", "state holds a byte of value 0"),
        ("I\u202e3,New,2026-03-02T08:00,2,2,3", "number holds unprintable characters"),
    ],
)
def test_row_that_is_none_is_refused_by_row_and_column(tmp_path: Path, line: str, kind: str) -> None:
    found = told(tmp_path, GOOD[0], line, GOOD[1])
    assert found["refused"].pop("SUBMITTED -> IN_PROGRESS (their words New -> Active)") == 1
    assert found["refused"] == {kind: 1}
    assert found["first_rows"][kind] == 3
    assert found["applied"] + 2 == found["events"] == 3


def test_bytes_of_another_encoding_are_named_by_row_and_column(tmp_path: Path) -> None:
    log = written(
        tmp_path,
        f"{HEAD},note\nI1,N\xe9w,2026-03-02T08:00,2,2,3,\nI2,New,2026-03-02T08:00,2,2,3,\xe9\n".encode("latin-1"),
    )
    found = json.loads(replayed(log, mapped(tmp_path), "--json").output)
    assert (found["refused"], found["applied"]) == ({"state is not in the encoding of the map": 1}, 1)
    states = {"N\xe9w": "SUBMITTED", "New": "SUBMITTED"}
    told_so = replayed(log, mapped(tmp_path, encoding="latin-1", states=states), "--json")
    assert json.loads(told_so.output)["applied"] == 2


def test_hour_that_comes_twice_is_read_as_the_first_and_counted(tmp_path: Path) -> None:
    found = told(tmp_path, "I1,New,2026-10-25T02:30,2,2,3", "I1,New,2026-10-25T00:45Z,2,2,3")
    assert (found["doubled_hour"], found["applied"]) == (1, 2)


def test_report_names_every_refused_row_and_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    lines = [HEAD, *GOOD, "I4,=1+1,2026-03-02T08:00,2,2,3", "I5,New,=x,2,2,3"]
    report = tmp_path / "report.csv"
    result = replayed(written(tmp_path, "\n".join(lines)), mapped(tmp_path), "--report", str(report))
    assert result.exit_code == 0
    rows = list(csv.reader(report.read_text().splitlines()))
    assert rows[0] == ["row", "number", "column", "found", "why"]
    assert sorted(rows[1:], key=lambda row: int(row[0])) == [
        ["3", "I1", "state", "Active", "SUBMITTED -> IN_PROGRESS (their words New -> Active)"],
        ["4", "I1", "state", "-100", "garbage state -100"],
        ["7", "I4", "state", "'=1+1", "state =1+1 is not in the map"],
        ["8", "I5", "at", "'=x", "at is no instant in the format of the map"],
    ]


def test_file_that_cannot_be_read_says_where_and_ends_with_1(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([HEAD, *GOOD * 4000]).encode(), mtime=0)
    cases = {
        "cut short": whole[: len(whole) // 2],
        "damaged": whole[:60] + bytes(40) + whole[100:],
        "row 1, the header, has no column 'state', which the map reads": b"number,status\n",
        "row 1, the header, has more than one column 'at'": f"{HEAD},at\n".encode(),
        "row 1, the header, has no column 'number'": b"",
        "row 1, the header, is not in utf-8. Name the file's encoding": HEAD.encode("utf-16"),
        "is not in utf-8": HEAD.replace("state", "\xe9tat").encode("latin-1"),
        "row 1, the header, is one cell. Is it divided by ';'?": HEAD.replace(",", ";").encode(),
        "is longer than": b"x" * (2**20 + 1),
        "is not utf-16": b"\xff\xfe" + "number,".encode("utf-16-le") + b"\x00\xd8x",
    }
    for words, raw in cases.items():
        mapping = mapped(tmp_path, encoding="utf-16" if "16" in words else "utf-8")
        for options in ((), ("--json",)):
            result = replayed(written(tmp_path, raw, "log.bin"), mapping, *options)
            assert (result.exit_code, words in result.output) == (1, True), result.output
            assert "Traceback" not in result.output
    gone = replayed(tmp_path / "none.csv", mapped(tmp_path))
    assert (gone.exit_code, gone.output) == (1, "none.csv: cannot be read: No such file or directory.\n")
    assert replayed(tmp_path, mapped(tmp_path)).exit_code != 0


def test_log_without_rows_has_nothing_to_find(tmp_path: Path) -> None:
    found = told(tmp_path, "", "")
    assert (found["incidents"], found["events"], found["refused"]) == (0, 0, {})


def test_kinds_stay_few_when_a_column_holds_a_different_word_in_every_row(tmp_path: Path) -> None:
    found = told(tmp_path, *(f"I{n},word {n},2026-03-02T08:00,2,2,3" for n in range(1100)))
    assert len(found["refused"]) == 1001
    assert found["refused"]["of other kinds"] == 100
    assert sum(found["refused"].values()) == found["events"] == 1100


def test_priorities_that_differ_are_few_kinds_too_and_torn_incidents_are_none(tmp_path: Path) -> None:
    found = told(tmp_path, *(f"I{n},New,2026-03-02T08:00,2,2,word {n}" for n in range(1100)), "I9999,New,soon,2,2,3")
    assert len(found["priority_differs"]) == 1001
    assert found["priority_differs"]["of other kinds"] == 100
    assert (found["incidents"], found["events"]) == (1100, 1101)  # of I9999 there is no row that could be read


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "quiet", "shown"), [(Terminal, False, True), (Terminal, True, False), (io.StringIO, False, False)]
)
def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], quiet: bool, shown: bool
) -> None:
    screen = stream()
    monkeypatch.setattr("sys.stderr", screen)
    with command.progress("Reading", 4, quiet=quiet) as told:
        told(2)
        told(2)
    assert ("Reading" in screen.getvalue(), "100%" in screen.getvalue()) == (shown, shown)


def test_a_mark_in_front_of_the_log_is_no_part_of_its_first_column(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(b"\xef\xbb\xbf" + EXCERPT.read_bytes())
    assert json.loads(replayed(log, UCI, "--json").output)["events"] == 107


@pytest.mark.parametrize("same", ["log", "map"])
def test_a_report_overwrites_nothing_that_is_read(tmp_path: Path, same: str) -> None:
    log, map_file = written(tmp_path, "\n".join([HEAD, *GOOD])), mapped(tmp_path)
    path = log if same == "log" else map_file
    before = path.read_bytes()
    assert replayed(log, map_file, "--report", str(path)).exit_code == 2
    assert path.read_bytes() == before


def test_the_word_that_some_programs_have_for_never_is_no_instant(tmp_path: Path) -> None:
    found = told(tmp_path, *GOOD, "I3,New,0001-01-01T00:00,2,2,3", "I3,New,9999-12-31T23:59,2,2,3")
    assert found["refused"]["at is no instant"] == 2
