"""Issuing the report, and the client's word on the work: accepted, or sent back."""

from datetime import datetime

from django.db import transaction

from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import targets, words
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import Actor, Deed, Role, Side, require
from breakfix.kernel.ledger.canonical import canonical, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.numbers import next_number
from breakfix.parties import rules as texts
from breakfix.reports import queries, rules
from breakfix.reports.document import document
from breakfix.reports.models import ServiceReport
from breakfix.reports.values import ReportStatus, Said

LONGEST = 4000


@transaction.atomic
def issue_report(
    engagement_id: int,
    *,
    prevention: str,
    residual_risk: str,
    spares_advice: str = "",
    revised_cause: str = "",
    data_handling: str = "",
    deviations: str = "",
    change_note: str = "",
    by: Actor,
    at: datetime,
) -> ServiceReport:
    """Sign and freeze the report of finished work; from here on the client may accept it.

    It is generated from what was captured. The engineer adds what nobody else knows: how to prevent a repetition
    (never empty, domain.md E1), the risk that remains, and, if the repair showed another cause, which.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.ISSUE_REPORT, org=engagement.provider_id)
    before = queries.latest_report(engagement)
    said = Said(
        prevention=_said(prevention, "prevention"),
        residual_risk=_said(residual_risk, "residual_risk"),
        spares_advice=_said(spares_advice, "spares_advice", required=False),
        revised_cause=_said(revised_cause, "revised_cause", required=False),
        data_handling=_said(data_handling, "data_handling", required=False),
        deviations=_said(deviations, "deviations", required=False),
        change_note=_said(change_note, "change_note", required=False),
    )
    status = ReportStatus(before.status) if before else None
    rules.check_can_issue(Status(engagement.status), status, change_note=said.change_note)
    dispatch.own_booking(engagement.pk, by=by, at=at)
    rows: list[Row] = _supersede(before) if before else []
    report = _write(engagement, before, said, by, at)
    rows += [report, *incident_steps.close_end(engagement, EndKind.REPORT, at=at)]
    rows += incident_steps.next_step(
        engagement, "Read the report and accept the work", side=Side.CLIENT, role=Role.REQUESTER, at=at
    )
    late = " after its two business days" if report.is_late else ""
    line = f"Service report {report} was issued{late}."
    facts = {"sha256": report.sha256, "version": report.version, "late": report.is_late}
    _tell("report.issued", report, line, rows, by, at, facts)
    return report


@transaction.atomic
def accept_work(engagement_id: int, *, shown_sha256: str = "", by: Actor, at: datetime) -> ServiceReport:
    """The client takes the work over as reported: the guarantee begins and the invoice may follow.

    `shown_sha256` is the hash of the report that was read, where a page showed it.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.ACCEPT_WORK, org=engagement.client_id)
    report = queries.latest_report(engagement)
    status = ReportStatus(report.status) if report else None
    sha256 = report.sha256 if report else ""
    rules.check_can_accept(Status(engagement.status), status, shown=shown_sha256, sha256=sha256)
    assert report is not None  # noqa: S101 - the rule refuses acceptance without a report
    _move(report, ReportStatus.ACCEPTED)
    report.accepted_by_id, report.accepted_at = by.person_id, at
    report.save()
    rows = [report, *incident_steps.move(engagement, Status.ACCEPTED, by=by, at=at)]
    line = f"The client accepted the work as reported in {report}."
    _tell("work.accepted", report, line, rows, by, at, {"sha256": report.sha256})
    return report


@transaction.atomic
def refuse_work(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """The client sends the work back: it goes on, and the next report says what was changed."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.REFUSE_WORK, org=engagement.client_id)
    rules.check_can_refuse(Status(engagement.status))
    said = _said(reason, "reason")
    report = queries.latest_report(engagement)
    rows: list[Row] = list(incident_steps.close_end(engagement, EndKind.REPORT, at=at))
    if report is not None and report.status == ReportStatus.ISSUED:
        _move(report, ReportStatus.DISPUTED)
        report.disputed_by_id, report.disputed_at, report.dispute_reason = by.person_id, at, said
        report.save()
        rows.append(report)
    rows += incident_steps.move(engagement, Status.IN_PROGRESS, by=by, at=at)
    _tell(
        "work.refused", report or engagement, f"The client sent the work back: {said}", rows, by, at, {"reason": said}
    )
    return engagement


def _supersede(before: ServiceReport) -> list[Row]:
    _move(before, ReportStatus.REISSUED)
    before.save(update_fields=["status"])
    return [before]


def _write(
    engagement: Engagement, before: ServiceReport | None, said: Said, by: Actor, at: datetime
) -> ServiceReport:
    number = before.number if before else next_number("R", engagement.provider_id, at)
    version = before.version + 1 if before else 1
    head = {
        "number": number,
        "version": version,
        "issued_at": at,
        "signed": [{"as": "engineer", "name": by.name, "at": at}],
    }
    content = document(engagement, said, head, at)
    rules.check_sections(content)
    rules.check_domain(content["domain"])
    return ServiceReport.objects.create(
        engagement=engagement,
        number=number,
        version=version,
        status=ReportStatus.ISSUED.value,
        prevention=said.prevention,
        residual_risk=said.residual_risk,
        spares_advice=said.spares_advice,
        change_note=said.change_note,
        canonical=canonical(content).decode(),
        sha256=sha256_hex(content),
        author_id=by.person_id,  # type: ignore[misc] # booked people only
        issued_at=at,
        due_at=targets.report_due(engagement.resolved_at or at, engagement.hours),
    )


def _move(report: ServiceReport, to: ReportStatus) -> None:
    rules.check_move(ReportStatus(report.status), to)
    report.status = to.value


def _said(value: str, field: str, *, required: bool = True) -> str:
    return words.check_no_amount(texts.text(value, field, longest=LONGEST, required=required), field)


def _tell(
    kind: str, subject: Row, line: str, rows: list[Row], by: Actor, at: datetime, facts: dict[str, object]
) -> None:
    engagement = subject if isinstance(subject, Engagement) else subject.engagement  # type: ignore[attr-defined] # a report
    record(
        kind,
        subject=subject,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
