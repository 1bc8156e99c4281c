"""The report of S1's night, the client's word on it, and what is refused (domain.md §6.5, §8)."""

from typing import Any

import pytest

from breakfix.incidents import queries as incidents
from breakfix.incidents import steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.models import Entry
from breakfix.reports import actions, queries, rules
from breakfix.reports.models import ServiceReport
from breakfix.reports.values import ReportStatus
from tests import makers_quotes, makers_reports
from tests.makers import World, local
from tests.makers_reports import ACCEPTED, PREVENTION, REPORTED, RESIDUAL
from tests.refusals import refused

pytestmark = pytest.mark.django_db
LATER = local("2026-12-02 13:00")


def ends(engagement: Engagement, kind: EndKind) -> list[Any]:
    return [end for end in incidents.open_ends(engagement) if end.kind == kind]


def accept(world: World, engagement: Engagement, who: str = "seth", **given: Any) -> ServiceReport:
    return actions.accept_work(engagement.pk, **{"by": world.actor(who), "at": ACCEPTED, **given})


# ------------------------------------------------------------------------------------------ issuing


def test_the_report_is_generated_from_the_captured_work() -> None:
    world, engagement = makers_reports.night("resolved")
    waiting = ends(engagement, EndKind.REPORT)
    assert [end.due_at for end in waiting] == [local("2026-12-03 18:00")]
    report = makers_reports.issued(world, engagement)
    content = report.content
    assert (report.number, report.version, report.status) == ("R-2026-0001", 1, "ISSUED")
    assert report.sha256 == sha256_hex(content)
    assert [name for name in rules.SECTIONS if not content[name]] == []
    assert content["asset"]["serial"] == "7QXK3N1"
    assert {flag["label"] for flag in content["asset"]["flags"]} == {"Out of warranty", "End of life", "Legacy"}
    verdicts = {one["name"]: (one["used"], one["verdict"]) for one in content["commitments"]}
    assert verdicts["ACK"] == ("9 min", "met")
    assert verdicts["ONSITE"] == ("2 h 48 min", "met")
    assert verdicts["RESTORE"] == ("10 h 1 min", "missed")
    assert verdicts["Archive gap closed"] == ("10 h 45 min", "met")
    assert content["incident"]["downtime"]["total"] == {"amount": "6450.00", "currency": "USD"}
    assert content["failure_analysis"]["verdict"] == "confirmed"
    steps_done = content["work"]["orders"][0]["steps"]
    assert [step["status"] for step in steps_done] == ["DONE"] * 5
    assert {one["name"] for one in content["people"]} == {"Tom Okafor", "Ines Moreau"}
    tom = next(one for one in content["people"] if one["name"] == "Tom Okafor")
    assert {held["code"]: held["current"] for held in tom["certificates"]} == {"Server+": True, "HPE-ATP": True}
    serials = {one["part_number"]: (one["serial_in"], one["serial_out"]) for one in content["parts"]["rows"]}
    assert serials["CTRL-9"] == ("SN-CTRL-9", "OLD-CTRL-9")
    assert [test["passed"] for test in content["tests"]["after"]] == [True, True, True]
    assert content["costs"]["due"] == {"amount": "5237.08", "currency": "USD"}
    assert content["costs"]["tranches"][1]["actual"] == {"amount": "4562.08", "currency": "USD"}
    assert (content["guarantee"]["days"], content["guarantee"]["until"]) == (30, "2027-01-01")
    assert any("RESTORE missed" in line for line in content["deviations"])
    assert any("emergency rule" in line for line in content["deviations"])
    assert any("OLD-DRV-4T: left with client" in line for line in content["data_handling"])
    assert ends(engagement, EndKind.REPORT) == []
    step = ends(engagement, EndKind.NEXT_STEP)[0]
    assert (step.organisation_id, step.role) == (engagement.client_id, "requester")


def test_the_report_reaches_both_logs_without_a_name_in_the_open() -> None:
    world, engagement = makers_reports.night("resolved")
    report = makers_reports.issued(world, engagement, revised_cause="The cache module was the first cause.")
    entries = Entry.objects.filter(kind="report.issued")
    assert {entry.organisation_id for entry in entries} == set(engagement.party_ids)
    for entry in entries:
        assert report.sha256 in entry.leaf
        assert "Okafor" not in entry.leaf
    assert report.content["failure_analysis"]["verdict"] == "revised"


def test_a_report_without_prevention_is_refused() -> None:
    world, engagement = makers_reports.night("resolved")
    with refused("missing_field", field="prevention"):
        makers_reports.issued(world, engagement, prevention="  ")
    with refused("missing_field", field="residual_risk"):
        makers_reports.issued(world, engagement, residual_risk="")
    with refused("verbal_promise", field="spares_advice"):
        makers_reports.issued(world, engagement, spares_advice="A spare drive costs about $310.")
    with refused("too_long", field="prevention"):
        makers_reports.issued(world, engagement, prevention="x" * 4001)


def test_only_a_booked_engineer_of_the_provider_issues_it() -> None:
    world, engagement = makers_reports.night("resolved")
    for who, code in (
        ("dana", "not_allowed"),
        ("seth", "not_allowed"),
        ("cleo", "not_found"),
        ("ana", "not_found"),
    ):
        with refused(code):
            makers_reports.issued(world, engagement, by=world.actor(who))


def test_a_report_is_issued_once() -> None:
    world, engagement = makers_reports.night("reported")
    with refused("already_issued"):
        makers_reports.issued(world, engagement)


def test_a_late_report_says_so() -> None:
    world, engagement = makers_reports.night("resolved")
    report = makers_reports.issued(world, engagement, at=local("2026-12-03 18:01"))
    assert report.is_late
    assert "after its two business days" in Entry.objects.filter(kind="report.issued")[0].line


# ------------------------------------------------------------------------------------------ the client's word


def test_acceptance_takes_the_work_over() -> None:
    world, engagement = makers_reports.night("reported")
    report = accept(world, engagement, shown_sha256=queries.latest_report(engagement).sha256)  # type: ignore[union-attr]
    engagement.refresh_from_db()
    assert (engagement.status, engagement.accepted_at) == (Status.ACCEPTED, ACCEPTED)
    assert (report.status, report.accepted_by_id) == ("ACCEPTED", world.people["seth"].pk)
    assert [end.role for end in ends(engagement, EndKind.INVOICE)] == ["provider_finance"]
    with refused("wrong_state"):
        accept(world, engagement)


def test_acceptance_is_the_clients_alone() -> None:
    world, engagement = makers_reports.night("reported")
    for who, code in (
        ("tom", "not_allowed"),
        ("percy", "not_allowed"),
        ("alice", "not_allowed"),
        ("hana", "not_found"),
    ):
        with refused(code):
            accept(world, engagement, who)
    with refused("stale", field="shown_sha256"):
        accept(world, engagement, shown_sha256="0" * 64)


def test_work_without_a_report_is_not_accepted() -> None:
    world, engagement = makers_reports.night("resolved")
    with refused("report_missing"):
        accept(world, engagement)


def test_refused_work_goes_on_and_the_next_report_says_what_changed() -> None:
    world, engagement = makers_reports.night("reported")
    actions.refuse_work(engagement.pk, reason="The stream is slow.", by=world.actor("rita"), at=LATER)
    first = queries.latest_report(engagement)
    engagement.refresh_from_db()
    assert first is not None
    assert (engagement.status, engagement.resolved_at) == (Status.IN_PROGRESS, None)
    assert (first.status, first.dispute_reason) == ("DISPUTED", "The stream is slow.")
    rows = steps.move(engagement, Status.RESTORED, by=SYSTEM, at=LATER)
    rows += steps.move(engagement, Status.RESOLVED, by=SYSTEM, at=LATER)
    makers_quotes.told(engagement, "work.repeated", rows, LATER)
    with refused("missing_field", field="change_note"):
        makers_reports.issued(world, engagement, at=LATER)
    second = makers_reports.issued(world, engagement, at=LATER, change_note="Write cache is on again.")
    first.refresh_from_db()
    assert (second.number, second.version, first.status) == (first.number, 2, "REISSUED")
    assert second.content["change_note"] == "Write cache is on again."
    assert first.sha256 == sha256_hex(first.content)


def test_sending_back_is_refused_without_a_reason_or_to_strangers() -> None:
    world, engagement = makers_reports.night("reported")

    def refuse(who: str, reason: str) -> None:
        actions.refuse_work(engagement.pk, reason=reason, by=world.actor(who), at=LATER)

    with refused("missing_field", field="reason"):
        refuse("rita", " ")
    with refused("not_allowed"):
        refuse("tom", "I would rather not.")
    with refused("not_found"):
        refuse("hana", "Not mine.")
    accept(world, engagement)
    with refused("wrong_state"):
        refuse("rita", "Too late.")


# ------------------------------------------------------------------------------------------ reading


def test_reports_are_seen_by_the_parties_only() -> None:
    world, engagement = makers_reports.night("reported")
    report = queries.reports_of(engagement)[0]
    for who in ("rita", "ada", "dana", "tom"):
        assert queries.get_report(report.pk, world.actor(who)).prevention == PREVENTION
    for who in ("charlie", "cal", "ana"):
        assert list(queries.visible_to(world.actor(who))) == []
    assert (report.residual_risk, report.issued_at) == (RESIDUAL, REPORTED)
    assert ReportStatus(report.status) is ReportStatus.ISSUED
