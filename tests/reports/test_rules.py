"""When a report may be issued, what it must hold, and the guarantee it announces (domain.md §3.7, §4.11, §6.5)."""

from typing import Any

import pytest

from breakfix.agreements.values import Guarantee
from breakfix.incidents.rules.targets import report_due
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.reports import rules
from breakfix.reports.values import ReportStatus
from tests.makers import local

R = ReportStatus
WEEK = Calendar.from_json(
    {"zone": "America/New_York", "hours": {d: [["08:00", "18:00"]] for d in ("mon", "tue", "wed", "thu", "fri")}}
)
WHOLE = dict.fromkeys(rules.SECTIONS, "something")


def code_of(deed: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refusal:
        deed(*arguments, **named)
    return refusal.value.code


@pytest.mark.parametrize(
    ("resolved", "due"),
    [
        ("2026-12-02 06:40", "2026-12-03 18:00"),  # Wednesday before opening: all of Wednesday and Thursday
        ("2026-12-03 12:00", "2026-12-07 12:00"),  # Thursday noon: over the weekend
    ],
)
def test_a_report_is_promised_two_business_days_after_the_work(resolved: str, due: str) -> None:
    assert report_due(local(resolved), WEEK) == local(due)


@pytest.mark.parametrize(
    ("status", "latest", "note", "code"),
    [
        (Status.RESTORED, None, "", "wrong_state"),
        (Status.ACCEPTED, R.ACCEPTED, "", "already_issued"),
        (Status.RESOLVED, R.ISSUED, "", "already_issued"),
        (Status.RESOLVED, R.DISPUTED, "", "missing_field"),
    ],
)
def test_a_report_is_refused_out_of_turn(status: Status, latest: ReportStatus | None, note: str, code: str) -> None:
    assert code_of(rules.check_can_issue, status, latest, change_note=note) == code


def test_a_report_follows_the_work_and_a_dispute() -> None:
    rules.check_can_issue(Status.RESOLVED, None, change_note="")
    rules.check_can_issue(Status.RESOLVED, R.DISPUTED, change_note="The stream was slow; the cache is on now.")


@pytest.mark.parametrize("name", rules.SECTIONS)
def test_no_section_may_be_empty(name: str) -> None:
    rules.check_sections(WHOLE)
    with pytest.raises(Refused) as refusal:
        rules.check_sections({**WHOLE, name: []})
    assert refusal.value.code == "section_empty"
    assert refusal.value.facts["sections"] == [name.replace("_", " ")]


@pytest.mark.parametrize(
    ("status", "latest", "shown", "code"),
    [
        (Status.RESTORED, None, "", "wrong_state"),
        (Status.RESOLVED, None, "", "report_missing"),
        (Status.RESOLVED, R.DISPUTED, "", "report_missing"),
        (Status.RESOLVED, R.ISSUED, "b" * 64, "stale"),
    ],
)
def test_acceptance_is_refused_out_of_turn(
    status: Status, latest: ReportStatus | None, shown: str, code: str
) -> None:
    assert code_of(rules.check_can_accept, status, latest, shown=shown, sha256="a" * 64) == code


def test_acceptance_takes_the_report_that_was_read() -> None:
    for shown in ("", "a" * 64):
        rules.check_can_accept(Status.RESOLVED, R.ISSUED, shown=shown, sha256="a" * 64)


@pytest.mark.parametrize(
    ("legacy", "used", "days"),
    [("", [], 90), ("It is old.", [], 30), ("", ["CTRL-9"], 30), ("It is old.", ["X"], 30)],
)
def test_the_guarantee_is_shorter_for_legacy_and_used(legacy: str, used: list[str], days: int) -> None:
    found = rules.expected(Guarantee(), legacy=legacy, used_parts=used)
    assert found.days == days
    assert found.short is (days == 30)
    assert all(word in found.basis for word in used)


def test_the_guarantee_follows_the_agreement() -> None:
    terms = Guarantee(workmanship_days=120, legacy_days=45)
    assert rules.expected(terms, legacy="", used_parts=[]).days == 120
    assert rules.expected(terms, legacy="It is old.", used_parts=[]).days == 45


@pytest.mark.parametrize(
    ("supplier", "used", "days"), [(30, False, 90), (365, False, 365), (14, True, 30), (90, True, 90)]
)
def test_a_parts_warranty_is_the_suppliers_with_a_floor(supplier: int, used: bool, days: int) -> None:
    assert rules.part_days(Guarantee(), supplier_days=supplier, used=used) == days


def test_an_issued_report_takes_only_the_ways_of_its_table() -> None:
    rules.check_move(R.ISSUED, R.ACCEPTED)
    rules.check_move(R.DISPUTED, R.REISSUED)
    for status, to in ((R.ACCEPTED, R.DISPUTED), (R.REISSUED, R.ISSUED), (R.ISSUED, R.REISSUED)):
        assert code_of(rules.check_move, status, to) == "report_state"
