"""XES logs: a stream of events of traces; what is no such log says so, and nothing outside of it is ever fetched."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.logs import MAPS, replayed, written

MAP = MAPS / "helpdesk_italian.yaml"
BEGIN = '<?xml version="1.0" encoding="UTF-8"?>\n<log xmlns="http://www.xes-standard.org/">\n<global scope="event">'
BEGIN += '<string key="Activity" value="none"/></global>\n'


def event(activity: str, at: str, more: str = "") -> str:
    said = f'<string key="Activity" value="{activity}"/>' if activity else ""
    when = f'<date key="time:timestamp" value="{at}"/>' if at else ""
    return f"<event>{more}{said}{when}</event>\n"


def trace(number: str, *events: str) -> str:
    return f'<trace><string key="concept:name" value="{number}"/>\n{"".join(events)}</trace>\n'


def log(*traces: str) -> str:
    return f"{BEGIN}{''.join(traces)}</log>\n"


LIFE = trace(
    "Case 1",
    event("Assign seriousness", "2010-01-13T08:40:25.000+02:00", '<string key="concept:name" value="other"/>'),
    event("Wait", "2010-01-13T09:00:00.000+02:00"),
    event("Assign seriousness", "2010-01-13T08:10:00.000+01:00"),
    event("Closed", "2010-01-14T08:00:00.000+02:00"),
)
TORN = trace(
    "Case 2",
    event("Wait", ""),
    event("", "2010-01-13T08:40:25Z"),
    event("Wait", "noon"),
    event("Nap", "2010-01-13T08:40Z"),
)


def told(tmp_path: Path, content: str | bytes, name: str = "log.xes") -> dict[str, Any]:
    result = replayed(written(tmp_path, content, name), MAP, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_events_of_traces_are_replayed_in_the_order_of_time(tmp_path: Path, name: str) -> None:
    found = told(tmp_path, log(LIFE), name)
    assert (found["incidents"], found["events"], found["applied"]) == (1, 4, 3)
    # 08:10 in the zone of +01:00 is after 09:00 in that of +02:00.
    assert found["refused"] == {"ACKNOWLEDGED -> CLOSED (their words Assign seriousness -> Closed)": 1}
    assert found["priority_agrees"] is None


def test_event_that_is_none_is_refused_by_its_line(tmp_path: Path) -> None:
    found = told(tmp_path, log(LIFE, TORN))
    assert found["first_rows"] == {
        "ACKNOWLEDGED -> CLOSED (their words Assign seriousness -> Closed)": 8,
        "time:timestamp is empty": 11,
        "Activity is empty": 12,
        "time:timestamp is no instant in the format of the map": 13,
        "state Nap is not in the map": 14,
    }
    assert found["applied"] + sum(found["refused"].values()) == found["events"] == 8


def test_event_of_a_trace_without_number_is_refused(tmp_path: Path) -> None:
    found = told(tmp_path, log(f"<trace>{event('Wait', '2010-01-13T08:40Z')}</trace>"))
    assert found["refused"] == {"concept:name is empty": 1}


def test_an_event_outside_of_a_trace_is_refused(tmp_path: Path) -> None:
    found = told(tmp_path, log(event("Wait", "2010-01-13T08:40Z"), LIFE, event("Wait", "2010-01-13T08:40Z")))
    assert (found["refused"]["event stands in no trace"], found["first_rows"]["event stands in no trace"]) == (2, 4)
    assert (found["incidents"], found["events"], found["applied"]) == (1, 6, 3)


def test_two_traces_of_one_number_are_one_incident_and_told(tmp_path: Path) -> None:
    one, other = event("Wait", "2010-01-13T08:40Z"), event("Wait", "2010-01-14T08:40Z")
    found = told(
        tmp_path, log(trace("Case 1", one), trace("Case 2", one), trace("Case 1", other, other), trace("Case 1"))
    )
    assert found["refused"] == {"trace has the number of an earlier one: their events are taken as one incident": 1}
    assert next(iter(found["first_rows"].values())) == 10
    assert (found["incidents"], found["events"], found["applied"]) == (2, 5, 4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (log(LIFE)[:-60], "line 8, column 47: this is no XML: unclosed token"),
        (log(LIFE).replace("</event>", "</evnt>", 1), "line 5, column "),
        ("number,state\nI1,New\n", "line 1, column 1: this is no XML: syntax error"),
        ("", "this is no XML: no element found"),
        ("<html></html>", "line 1: <html> is no XES log, which begins with <log>"),
        ('<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/passwd">]><log>&a;</log>', "line 1: a document type"),
        (f"<log>{' ' * (2**23 + 2**17)}</log>", "bytes without an attribute"),
    ],
)
def test_what_is_no_such_log_says_where(tmp_path: Path, content: str, words: str) -> None:
    result = replayed(written(tmp_path, content, "log.xes"), MAP)
    assert (result.exit_code, words in result.output) == (1, True), result.output
    assert "Traceback" not in result.output


def test_packed_log_that_was_cut_short_says_so(tmp_path: Path) -> None:
    whole = written(
        tmp_path,
        log(*(trace(f"Case {n}", event("Wait", f"2010-01-13T08:40:{n % 60:02}Z")) for n in range(9000))),
        "log.xes.gz",
    )
    whole.write_bytes(whole.read_bytes()[:-400])
    result = replayed(whole, MAP)
    assert (result.exit_code, "it was cut short" in result.output) == (1, True)


@pytest.mark.parametrize("encoding", ["foo", "hex", "shift_jis", "utf-7", "undefined"])
def test_an_encoding_that_cannot_be_read_is_said(tmp_path: Path, encoding: str) -> None:
    log = tmp_path / "log.xes"
    log.write_bytes(f"<?xml version='1.0' encoding='{encoding}'?>\n<log></log>".encode())
    result = replayed(log, MAPS / "helpdesk_italian.yaml", "--json")
    assert (result.exit_code, "write the log as UTF-8" in json.loads(result.output)["error"]) == (1, True)
