"""`breakfix clock`: the book's cases and others, equal to the minute; what cannot be worked out says why."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from breakfix.cli.main import main

BOOK = Path(__file__).parents[1] / "data" / "clock_cases.json"
DAY = {"hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
AT = "2026-06-01T09:00Z"
ELAPSED = {"id": "long", "kind": "elapsed", "start": AT, "end": "9999-01-01T00:00Z", "expect_minutes": 3}
HOLIDAY = {"always": True, "holidays": ["2026-12-25"]}
NIGHT = {"hours": {"sat": [["22:00", "06:00"]]}}


def asked(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["clock", str(path), *options])


def told(tmp_path: Path, *cases: Any, **book: Any) -> tuple[int, dict[str, Any]]:
    path = tmp_path / "book.json"
    path.write_text(json.dumps({"calendars": {"day": DAY, "night": NIGHT, "text": "24x7"}, "cases": cases, **book}))
    result = asked(path, "--json")
    return result.exit_code, json.loads(result.output)


def due(start: str, minutes: float, expect: str | None, **more: Any) -> dict[str, Any]:
    return {"id": "one", "kind": "due", "start": start, "target_minutes": minutes, "expect_utc": expect, **more}


def test_every_case_of_the_book_is_equal() -> None:
    result = asked(BOOK, "--json")
    found = json.loads(result.output)
    assert (result.exit_code, found["cases"], found["equal"], found["different"]) == (0, 11, 11, 0)


def test_lines_explain_every_minute() -> None:
    lines = asked(BOOK, "--explain").output.splitlines()
    assert lines[-1] == "11 cases, 11 equal, 0 different"
    at = next(n for n, line in enumerate(lines) if "ldn-bh-over-dst-weekend" in line)
    assert [[word.strip() for word in line.split("  ")[-2:]] for line in lines[at + 1 : at + 4]] == [
        ["60 min", "counted"],
        ["3780 min", "outside hours"],
        ["60 min", "counted"],
    ]


@pytest.mark.parametrize(
    "case",
    [
        # Lord Howe moves its clocks by half an hour: 02:00 becomes 02:30, and in April 02:00 becomes 01:30.
        due("2026-10-04T01:30:00+10:30", 60, "2026-10-03T16:00:00+00:00", tz="Australia/Lord_Howe"),
        due("2026-04-04T22:00", 510, "2026-04-04T19:30:00+00:00", tz="Australia/Lord_Howe", calendar="night"),
        due("2026-03-07T22:00", 420, "2026-03-08T10:00:00+00:00", tz="America/New_York", calendar="night"),
        due("2026-11-01T01:30", 60, "2026-11-01T06:30:00+00:00", tz="America/New_York"),
        due("2026-06-01T16:00Z", 90, "2026-06-02T09:30:00+00:00", calendar="day"),
        due("2026-06-01T16:00Z", 0.5, "2026-06-01T16:00:30+00:00", calendar="day"),
        due(
            *("2026-06-01T09:00Z", 60, "2026-06-01T10:45:00Z"),
            calendar=DAY,
            pauses=[
                ["2026-06-01T09:30Z", "2026-06-01T10:00Z"],
                {"start": "2026-06-01T09:45Z", "end": "2026-06-01T10:15Z", "reason": "overlaps"},
            ],
        ),
        due("2026-06-01T09:00Z", 60, None, calendar="day", pauses=[["2026-06-01T09:30Z", None]]),
        due(
            "2026-06-01T16:00Z",
            90,
            "2026-06-02T09:30Z",
            calendar={"hours": {"mon": [[540, 1020]], "tue": [[540, 0]]}},
        ),
        due("2026-06-06T21:00Z", 61, "2026-06-06T23:01Z", calendar={"hours": {"sat": [[1320, 360]], "sun": []}}),
        due(
            "2026-06-01T16:00Z",
            90,
            "2026-06-02T09:30Z",
            calendar=DAY | {"holidays": None, "always": None},
            pauses=None,
        ),
        due(
            "2026-06-01T16:00Z",
            90,
            "2026-06-08T09:30Z",
            calendar={"hours": {"mon": [["09:00", "17:00"]], "tue": None}},
        ),
        due("2026-06-01T09:00Z", 60, None, pauses=[{"start": "2026-06-01T09:30Z", "end": None, "reason": None}]),
        due(
            "2026-06-01T09:00Z", 60, "2026-06-01T11:00Z", pauses=[["2026-06-01T09:30Z", "2026-06-01T10:30Z", "lunch"]]
        ),
        {
            **{"id": "used", "kind": "elapsed", "tz": "Europe/London", "calendar": "day", "expect_minutes": 450},
            **{
                "start": "2026-06-01T16:30",
                "end": "2026-06-03T09:30",
                "pauses": [["2026-06-02T12:00", "2026-06-02T13:30"]],
            },
        },
    ],
    ids=lambda case: f"{case.get('tz', 'UTC')} {case['start']}",
)
def test_other_cases_come_out(case: dict[str, Any], tmp_path: Path) -> None:
    code, found = told(tmp_path, case)
    assert found["results"][0]["result"] == found["results"][0]["expected"]
    assert (code, found["equal"]) == (0, 1)


@pytest.mark.parametrize(
    "case",
    [
        due("2026-06-01T09:00Z", 60, None, calendar={"hours": {}}),
        due("2026-06-01T09:00Z", 60, None, calendar={"hours": {"mon": []}}, pauses=[]),
        {"start": "2026-06-01T09:00Z", "target_minutes": 60, "expect_local": None, "calendar": {}},
    ],
)
def test_a_calendar_that_never_opens_is_due_never(case: dict[str, Any], tmp_path: Path) -> None:
    code, found = told(tmp_path, case)
    assert (code, found["results"][0]["result"], found["results"][0]["expected"]) == (0, "never", "never")
    code, found = told(tmp_path, case | {"expect_utc": "2026-06-01T10:00Z"})
    assert (code, found["results"][0]["result"], found["different"]) == (1, "never", 1)
    assert "the calendar never opens" in asked(tmp_path / "book.json").output


def test_what_is_beyond_the_horizon_is_reached_where_it_is_always_open_and_says_so_elsewhere(tmp_path: Path) -> None:
    far = 6 * 525_600
    code, found = told(tmp_path, due("2026-06-01T09:00Z", far, "2032-05-30T09:00Z"))
    assert (code, found["results"][0]["result"]) == (0, "2032-05-30T09:00:00+00:00")
    code, found = told(tmp_path, due("2026-06-01T09:00Z", far, None, calendar="day"))
    assert (code, "not reached within 5 years" in found["results"][0]["problem"]) == (1, True)


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (due("2026-06-01T09:00Z", 1e9, "3927-09-28T19:40:00Z"), "3927"),
        (due(AT, 1e9, "3927-09-29T19:40:00Z", calendar=HOLIDAY), "3927"),
        (ELAPSED | {"expect_minutes": 4193174340}, "4193174340"),
        (ELAPSED | {"calendar": "day"}, "a hundred years"),
        (ELAPSED | {"calendar": "day", "end": AT, "pauses": [["9000-01-01T00:00Z", None]]}, "a hundred years"),
        (due(AT, 60, None, calendar="day", pauses=[["2026-06-01T09:30Z", "9000-01-01T00:00Z"]]), "a hundred years"),
    ],
)
def test_a_case_of_centuries_holds_up_no_book(case: dict[str, Any], word: str, tmp_path: Path) -> None:
    begun = time.process_time()
    code, found = told(tmp_path, case)
    result = found["results"][0]
    assert word in result.get("problem", result.get("result"))
    assert code == (1 if "problem" in result else 0)
    assert time.process_time() - begun < 2


def test_a_case_of_years_is_worked_out_by_the_day(tmp_path: Path) -> None:
    assert (
        told(tmp_path, ELAPSED | {"end": "2066-06-01T09:00Z", "calendar": "day", "expect_minutes": 5009280})[0] == 0
    )


def test_what_is_expected_in_utc_is_read_in_utc(tmp_path: Path) -> None:
    case = due("2026-06-01T09:00", 60, "2026-06-01T08:00:00", tz="Europe/Berlin", expect_local="2026-06-01T10:00:00")
    assert told(tmp_path, case)[0] == 0


def test_what_cannot_be_read_ends_no_book(tmp_path: Path) -> None:
    wrong = due("2026-06-01T09:00Z", 60, None, calendar={"hours": ["mon"]})
    code, found = told(tmp_path, due("2026-06-01T09:00Z", 60, "2026-06-01T10:00Z"), {**wrong, "id": "wrong"}, None)
    assert (code, found["cases"], found["equal"], found["different"]) == (1, 3, 1, 2)
    assert [one["id"] for one in found["results"]] == ["one", "wrong", "3"]
    assert all(one["problem"] for one in found["results"][1:])


@pytest.mark.parametrize(
    ("said", "name"), [(7, "7"), ("", "2"), (None, "2"), ("a", "a"), (0, "0"), ("\ud800", "\\ud800")]
)
def test_a_case_is_called_by_its_id_or_its_place(said: Any, name: str, tmp_path: Path) -> None:
    right = due("2026-06-01T09:00Z", 60, "2026-06-01T10:00Z")
    code, found = told(tmp_path, right, {**right, "id": said})
    assert (code, [one["id"] for one in found["results"]]) == (0, ["one", name])
    assert f"equal      {name}: due" in asked(tmp_path / "book.json").output
    del right["id"]
    assert told(tmp_path, right)[1]["results"][0]["id"] == "1"


def test_holiday_of_a_calendar_takes_out_its_day_and_the_night_that_opens_on_it(tmp_path: Path) -> None:
    nights = {"hours": {"thu": [["22:00", "06:00"]], "fri": [["22:00", "06:00"]]}, "holidays": ["2026-12-24"]}
    case = due("2026-12-24T21:00Z", 60, "2026-12-25T23:00:00+00:00", calendar=nights)
    assert told(tmp_path, case)[0] == 0


def test_a_wrong_expectation_is_named_and_fails(tmp_path: Path) -> None:
    right, wrong = (due("2026-06-01T09:00Z", 60, f"2026-06-01T10:0{n}:00+00:00") for n in (0, 1))
    code, found = told(tmp_path, right, {**wrong, "id": "wrong"})
    assert (code, found["cases"], found["equal"], found["different"]) == (1, 2, 1, 1)
    assert "wrong: due 2026-06-01T10:00:00+00:00" in asked(tmp_path / "book.json").output
    assert "expected 2026-06-01T10:01:00+00:00" in asked(tmp_path / "book.json").output


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (due("2026-06-01T09:00Z", 60, "2026-06-01T10:00Z", calendar="nowhere"), "no calendar 'nowhere'"),
        (due("2026-06-01T09:00Z", 60, "2026-06-01T10:00Z", tz="Mars/Base"), "Mars/Base"),
        (due("2026-06-01T09:00Z", -1, "2026-06-01T10:00Z"), "negative"),
        (due("2026-06-01T09:00Z", 1e300, "2026-06-01T10:00Z"), ""),
        (due("yesterday", 60, "2026-06-01T10:00Z"), "start"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"hours": {"mon": [["9", "17"]]}}), "not a time of day"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"hours": {"mon": [[9, 17]]}}), "hours or minutes of the day"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"hours": {"mon": [[540, 1500]]}}), "not minutes of a day"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"hours": {"mon": [[540.5, 1020]]}}), "not a time of day"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"hours": ["mon", "tue"]}), "windows by weekday"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"hours": {"mon": [[["09:00"], 3]]}}), "not a time of day"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"holidays": 3}), "holidays"),
        (due("2026-06-01T09:00Z", 60, None, calendar={"always": "false"}), "true or false"),
        (due("2026-06-01T09:00Z", 60, None, calendar="text"), "a calendar is an object"),
        (due("2026-06-01T09:00Z", 60, None, pauses=[["2026-06-01T10:00Z"]]), "[start, end, reason]"),
        (due("2026-06-01T09:00Z", 60, None, pauses=[["2026-06-01T10:00Z", None, 3]]), "reason"),
        (due("2026-06-01T09:00Z", 60, None, pauses=[["2026-06-01T10:00Z", "2026-06-01T09:00Z"]]), "before it starts"),
        ({"id": "none", "start": "2026-06-01T09:00Z", "target_minutes": 60}, "expect_utc"),
        ({"id": "none", "kind": "elapsed", "start": "2026-06-01T09:00Z"}, "expect_minutes"),
        ("a word", ""),
    ],
)
def test_what_cannot_be_worked_out_is_different_and_says_why(case: Any, word: str, tmp_path: Path) -> None:
    code, found = told(tmp_path, case)
    result = found["results"][0]
    assert (code, found["different"], result["equal"]) == (1, 1, False)
    assert word in result.get("problem", result.get("result", ""))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cases": 3}', "\x00", "[" * 100_000])
def test_what_is_no_book_is_wrong_usage(text: str, tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    path.write_text(text)
    result = asked(path)
    assert result.exit_code == 2
    assert "book.json is no book of cases" in result.output
