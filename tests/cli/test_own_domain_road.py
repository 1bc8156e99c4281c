"""An operator's own domain on the whole road: offered with its risks, approved, changed, worked, reported and billed.

The files are those of `examples/domains`, with what the example leaves out; no code knows any of it.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.playing import STORIES, in_folder

EXAMPLES = STORIES.parent / "examples" / "domains"
# The rows that the domain's template begins an offer with, as likely as the quoting engineer judges them here.
JUDGED = {
    "extended_outage": {"probability": 0.25, "residual_likelihood": 2},
    "security_exposure": {"probability": 0.25, "residual_likelihood": 1},
}

WORLD = f"""
zone: America/New_York
end: 2026-12-10 15:00
world:
  use: {STORIES / "worlds" / "northgate.yaml"}
  agreements:
    northgate:
      terms:
        forensic: {{credit_pct: 50, preauthorised: true}}
        # Hours of hardware, of professional work and of a recovery are told apart by the tax on them.
        tax:
          jurisdiction: New York, NY
          rates: {{hw_labour: 10, professional_labour: 20, data_recovery: 30, parts: 0, freight: 0, fees: 0}}
  technicians:
    ines: {{domains: [HW-SRV, X-PRINT], shifts: [{{starts_at: 2026-12-09 08:00, ends_at: 2026-12-09 19:00}}]}}
  assets:
    line-4: {{site: exchange-place, name: Label line 4, tag: NG-0801, maker: Zebra, model: ZT620, serial: 18J204417}}
"""

EXAMINED = """
- at: 2026-12-09 08:10
  by: rita
  do: report_failure
  with:
    asset: line-4
    provider: ironbridge
    domain: X-PRINT
    title: Label line 4 stands still
    outage_started_at: 2026-12-09 07:55
    onsite_needed: false
    answers: {revenue: degraded, people: from_50, records: copy_exists, obligation: none, harm_within: within_24h,
      workaround: none, trend: stable}
    details: {jobs: "3100", paper: Labels}
- {at: "08:15", by: dana, do: acknowledge, with: {callback: "+1 212 555 0142"}}
- {at: "08:18", by: dana, do: qualify, with: {route: break_fix, reason: Nobody else services these heads.}}
- {at: "08:20", by: dana, do: dispatch_technician, with: {technician: ines, planned_end: 2026-12-09 18:30}}
- {at: "08:25", by: ines, do: acknowledge_protocol}
- {at: "08:30", by: ines, do: make_contact}
- {at: "08:40", by: ines, do: record_check, with: {item: fault-code, reading: E-204, evidence: {file: display.png}}}
"""

AGREED = """
- {at: "08:41", by: ines, do: complete_diagnosis, refused: protocol_incomplete}
- {at: "08:42", by: rita, do: answer_details, with: {details: {fault_code: E-204}}}
- {at: "08:50", by: ines, do: record_check, with: {item: counter, reading: "1204551"}}
- {at: "08:55", by: ines, do: complete_diagnosis}
- at: "09:00"
  by: ines
  do: draft_root_cause
  with:
    summary: The print head is worn out.
    root_cause: Dots of the print head burnt out after 1.2 million labels.
    failure_mode: wear
    confidence: 0.9
    findings: [{what: "Head fault at 1,204,551 pages", items: [fault-code, counter]}]
    excluded: [{cause: Paper, why: Another roll shows the same.}]
    limits: The controller was not opened.
- {at: "09:05", by: ines, do: issue_root_cause}
- at: "09:10"
  by: quinn
  do: draft_quote
  with:
    scope_in: Fit the borrowed head, align it, print a test page.
    continuity: Line 3 prints the urgent labels.
    backup_tested_at: 2026-12-07 10:00
    tasks: [{name: Fit and align the head, level: 2, optimistic: 1, likely: 4, pessimistic: 7}]
    risks: []
- {at: "09:12", by: quinn, do: issue_quote, refused: not_reviewed, note: One of the risks is high.}
- {at: "09:15", by: rex, do: review_quote}
- {at: "09:20", by: quinn, do: issue_quote}
- {at: "09:25", by: alice, do: approve_quote, with: {acknowledged: [R1]}, refused: risk_not_acknowledged}
- {at: "09:26", by: alice, do: approve_quote, with: {acknowledged: [R1, R2]}}
- {at: "09:30", by: sol, do: acknowledge_risk}
"""

WORKED = """
- at: "09:40"
  by: ines
  do: propose_change
  with:
    kind: emergency
    title: Fit the borrowed head on label line 4
    reason: Parcels wait.
    services: Parcel labels
    continuity: Line 3 prints the urgent labels.
    window_start: 2026-12-09 10:00
    window_end: 2026-12-09 16:00
    steps:
      - {name: Fit the borrowed head, minutes: 60}
      - {name: Align it, minutes: 60, point_of_no_return: true}
    rollback: [Put the old head back.]
    rollback_minutes: 30
    tests: [Line 4 takes jobs]
    comms: The shift leader is told.
    risk: {complexity: 2, impact: 3, rollback: 1, tests: 2, recent_changes: 1}
- {at: "09:45", by: chas, do: approve_change}
- {at: "09:50", by: sol, do: approve_change, note: The domain gives the security officer a vote.}
- {at: "09:55", by: dana, do: plan_work}
- {at: "09:57", by: sol, do: grant_access, with: {technicians: [ines], system: Line 4, until: 2026-12-09 18:00}}
- {at: "10:00", by: ines, do: start_work, with: {rollback_read: true}}
- {at: "10:00", by: ines, do: clock_on}
- {at: "11:00", by: ines, do: complete_step, with: {position: 1, result: Fitted.}}
- {at: "11:55", by: ines, do: complete_step, with: {position: 2, result: Aligned.}}
- {at: "12:00", by: ines, do: clock_off}
- at: "12:01"
  by: ines
  do: restore_service
  with: {tests: [{name: Line 4 takes jobs, passed: true}]}
  refused: domain_test_missing
- at: "12:02"
  by: ines
  do: restore_service
  with: {tests: [{name: Line 4 takes jobs, passed: true}, {name: Test page, passed: true}]}
  refused: domain_test_unsaid
- at: "12:03"
  by: ines
  do: restore_service
  with:
    tests:
      - {name: Line 4 takes jobs, passed: true}
      - {name: "Test page: 4 by 6", passed: true, note: Every bar code is read at once.}
- {at: "12:05", by: sol, do: revoke_access}
"""

WITHIN_THE_FEE = """
- at: "08:45"
  by: ines
  do: restore_within_fee
  with: &said {cause: A loose plug., done: Plugged in., tests: [{name: Line 4 takes jobs, passed: true}]}
  refused: domain_check_missing
- {at: "08:50", by: ines, do: record_check, with: {item: counter, reading: "1204551"}}
- {at: "08:51", by: ines, do: restore_within_fee, with: *said, refused: domain_test_missing}
- at: "08:52"
  by: ines
  do: restore_within_fee
  with: {cause: A loose plug., done: Plugged in., tests: [{name: Test page, passed: true, note: Clean.}]}
"""

ENDED = """
- {at: "12:10", by: ines, do: resolve, with: {second_fault_check: The other three lines show no fault.}}
- {at: "12:20", by: rita, do: accept_work, refused: report_missing}
- {at: "12:30", by: ines, do: issue_report, with: {prevention: Look at it monthly., residual_risk: It wears.}}
- {at: 2026-12-10 10:00, by: rita, do: accept_work}
- {at: 2026-12-10 14:00, by: fay, do: issue_invoice}
"""


@pytest.fixture(name="own")
def _own(tmp_path: Path) -> Path:
    """The example's folder; its reading is one that only the report insists on, and it has a second risk."""
    folder = tmp_path / "domains"
    shutil.copytree(EXAMPLES, folder)
    path = folder / "X-PRINT.yaml"
    described = yaml.safe_load(path.read_text("utf-8"))
    locked = {"kind": "security_exposure", "severity": 5, "basis": "The controller asks for the maker's password."}
    described |= {"security_votes": True, "risks": [*described["risks"], locked]}
    path.write_text(yaml.safe_dump(described), "utf-8")
    listed = folder / "protocols" / "X-PRINT.yaml"
    protocol = yaml.safe_load(listed.read_text("utf-8"))
    next(one for one in protocol["items"] if one["id"] == "counter")["required"] = "optional"
    listed.write_text(yaml.safe_dump(protocol), "utf-8")
    return folder


def played(own: Path, *parts: str, expect: dict[str, Any]) -> tuple[dict[str, Any], Path]:
    """The story of these steps, played under the operator's folder; its report, and the folder of its documents."""
    steps = [step for part in parts for step in yaml.safe_load(part)]
    template = yaml.safe_load((own / "X-PRINT.yaml").read_text("utf-8"))["risks"]
    for step in steps:
        if step["do"] == "draft_quote":
            step["with"]["risks"] = [{**row, **JUDGED[row["kind"]]} for row in template]
    path, out = own.parent / "printer.yaml", own.parent / "out"
    told = {"title": "A printer stands still", **yaml.safe_load(WORLD), "steps": steps, "expect": expect}
    path.write_text(yaml.safe_dump(told, sort_keys=False), "utf-8")
    done = in_folder(own, "breakfix", "play", "--json", "--out", str(out), str(path))
    report = json.loads(done.stdout or "{}")
    assert report.get("failed") == [], done.stdout + done.stderr
    assert report["ledger"]["ok"]
    return report, out / "documents"


def kept(folder: Path, kind: str) -> dict[str, Any]:
    [path] = folder.glob(f"{kind}-*.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def refusals(report: dict[str, Any]) -> dict[str, str]:
    return {one["code"]: one["message"] for one in report["refusals"]}


@pytest.mark.deep
@pytest.mark.plays
def test_own_domain_is_offered_approved_worked_reported_and_billed(own: Path) -> None:
    # 4 h at 185.00 less half of 380.00, and 2 h of it worked; only hours of hardware are taxed at 10 %.
    figures = {
        **{"forensic": "380.00", "labour": "740.00", "credit": "-190.00", "q": "550.00"},
        **{"actual": "180.00", "absorbed": "0.00", "invoice_subtotal": "560.00", "invoice_tax": "18.00"},
    }
    states = {
        **{"engagement": "ACCEPTED", "quote": "SETTLED", "invoices": 1},
        **{"change": "IMPLEMENTED", "seat_security_officer": "APPROVED"},
    }
    report, documents = played(own, EXAMINED, AGREED, WORKED, ENDED, expect={"figures": figures, "states": states})

    rows = kept(documents, "quote")["risks"]
    assert [(one["kind"], one["severity"], one["basis"]) for one in rows] == [
        ("extended_outage", 3, "Print heads are made to order."),
        ("security_exposure", 5, "The controller asks for the maker's password."),
    ]
    assert [(one["score"], one["approver_acknowledges"], one["second_seat"]) for one in rows] == [
        (12, True, ""),
        (20, True, "security_officer"),
    ]

    no = refusals(report)
    assert "counter" in no["protocol_incomplete"]
    assert "R2" in no["risk_not_acknowledged"]
    assert no["domain_test_missing"].endswith(": Test page.")
    assert no["domain_test_unsaid"] == "Say in its note what came of it: Test page. Is every bar code read?"

    section = kept(documents, "service-report")["domain"]
    assert (section["code"], section["title"]) == ("X-PRINT", "Printing")
    assert [(one["words"], one["value"]) for one in section["rows"]] == [
        ("Code as reported", "E-204"),
        ("Page counter", "1204551 pages"),
        ("Test page after the repair", "Test page: 4 by 6: passed. Every bar code is read at once."),
    ]


@pytest.mark.deep
@pytest.mark.plays
def test_own_domain_within_the_fee_is_held_to_its_report_as_well(own: Path) -> None:
    expect = {"figures": {"invoice_total": "380.00"}, "states": {"engagement": "ACCEPTED", "invoices": 1}}
    report, documents = played(own, EXAMINED, WITHIN_THE_FEE, ENDED, expect=expect)
    no = refusals(report)
    assert "Page counter" in no["domain_check_missing"]
    assert "Test page" in no["domain_test_missing"]
    rows = {one["id"]: one["value"] for one in kept(documents, "service-report")["domain"]["rows"]}
    # Nobody knew the code and nobody was made to invent one: the report says so.
    assert rows["fault-code"].startswith("Not answered: ")
    assert rows["test-page"] == "Test page: passed. Clean."
