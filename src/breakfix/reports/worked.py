"""The part of the report that tells of hands and parts: steps, times, people, serials, tests, data."""

from collections.abc import Sequence
from datetime import datetime

from breakfix.custody import queries as custody
from breakfix.custody.models import CustodyItem
from breakfix.diagnosis.models import Check
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.liaison import queries as liaison
from breakfix.parts import queries as parts
from breakfix.parts.values import FAULTY
from breakfix.quotes.rules.settlement import percent_of
from breakfix.reports.values import Said
from breakfix.roster import queries as roster
from breakfix.roster.rules import certification_current
from breakfix.work import queries as work
from breakfix.work import recoveries, within_fee
from breakfix.work.models import TimeEntry, WorkOrder, WorkStep
from breakfix.work.values import StepStatus


def work_done(
    engagement: Engagement, orders: Sequence[WorkOrder], recorded: Sequence[Check], at: datetime
) -> dict[str, object]:
    hours = {one.order: list(one.words) for one in work.order_hours(engagement, at)}
    fixed = within_fee.restorations_of(engagement)
    return (
        {
            "within_fee": [
                {"cause": one.cause, "done": one.done, "at": one.restored_at, "second_fault": one.second_fault_check}
                for one in fixed
            ],
            "diagnosis": {"protocol": recorded[0].protocol if recorded else "", "checks": len(recorded)},
            "orders": [
                {
                    "number": order.number,
                    "place": order.place,
                    "status": order.status,
                    "ending": order.ending,
                    "steps": [_step(step) for step in order.steps.all()],
                    "times": [_time(entry) for entry in order.entries.all()],
                    "hours": hours.get(order.number, []),
                }
                for order in orders
            ],
        }
        if orders or recorded or fixed
        else {}
    )


def _step(step: WorkStep) -> dict[str, object]:
    return {
        "position": step.position,
        "name": step.name,
        "status": step.status,
        "started_at": step.started_at,
        "done_at": step.done_at,
        "by": step.done_by.name if step.done_by else "",
        "result": step.result,
        "evidence": step.evidence.sha256 if step.evidence else "",
    }


def _time(entry: TimeEntry) -> dict[str, object]:
    return {
        "who": entry.technician.person.name,
        "level": entry.level,
        "kind": entry.kind,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "note": entry.note,
    }


def people(
    engagement: Engagement, entries: Sequence[TimeEntry], recorded: Sequence[Check], at: datetime
) -> list[dict[str, object]]:
    """Who worked, with each certificate as it stood from their first to their last minute on the job."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    for key, start, end in (
        [(one.technician.person_id, one.started_at, one.ended_at or at) for one in entries]
        + [(check.done_by_id, check.done_at, check.done_at) for check in recorded]
        + _fixers(engagement)
    ):
        first, last = spans.get(key, (start, end))
        spans[key] = (min(first, start), max(last, end))
    accepted = incidents.terms(engagement).dispatch.accepted_versions
    rows: list[dict[str, object]] = []
    for one in roster.technicians_of(engagement.provider_id).filter(person__in=list(spans)):
        first, last = spans[one.person_id]
        certificates = []
        for held in one.certificates.all():
            current, words = certification_current(
                held.facts,
                through=last,
                zone=engagement.zone,
                accepted_versions=accepted.get(held.certification.code, ()),
                at=first,
            )
            name = held.certification.name
            certificates.append({"code": held.certification.code, "name": name, "current": current, "words": words})
        rows.append(
            {"name": one.person.name, "level": one.level, "from": first, "to": last, "certificates": certificates}
        )
    return rows


def _fixers(engagement: Engagement) -> list[tuple[int, datetime, datetime]]:
    """Who restored it within the fee: nobody clocked on, so from the contact until it worked again."""
    return [
        (one.restored_by_id, engagement.contacted_at or one.restored_at, one.restored_at)
        for one in within_fee.restorations_of(engagement)
        if one.restored_by_id is not None
    ]


def parts_moved(engagement: Engagement) -> dict[str, object]:
    rows = [
        {
            "description": part.description,
            "part_number": part.part_number,
            "status": part.status,
            # What was dead keeps its serial on the report, beside that of the unit in its place.
            "serial_in": part.serial_installed or (part.serial_received if part.status in FAULTY else ""),
            "serial_out": part.serial_removed,
            "disposition": part.removed_disposition,
            "data_bearing": part.data_bearing,
            "at": part.failed_at or part.installed_at or part.returned_at,
            "note": part.return_reason or part.fault,
            "in_place_of": part.replaces.serial_received if part.replaces else "",
            "claim": part.claim_reference,
        }
        for part in parts.bought(engagement)
    ]
    return {"rows": rows, "none": "" if rows else "No part was ordered, fitted or removed."}


def faults(engagement: Engagement) -> list[str]:
    """Parts that were dead or failed, and the visits that were made again for them."""
    return [
        *(f"{parts.fault_of(part)}: {part.fault}" for part in parts.faulty(engagement)),
        *(f"{number} is not billed. {reason}" for number, reason in work.unbilled(engagement).items()),
    ]


def tests(engagement: Engagement, orders: Sequence[WorkOrder], recorded: Sequence[Check]) -> dict[str, object]:
    """Before: the readings of the diagnosis; after: the tests by which the service was shown to be back."""
    before = [
        {"what": one.what, "reading": f"{one.reading} {one.unit}".strip(), "limits": one.limits, "within": one.within}
        for one in recorded
        if one.reading
    ]
    after = [
        {**test, "at": restored.restored_at, "disputed": restored.dispute_reason}
        for order in orders
        for restored in order.restorations.all()
        for test in restored.tests
    ] + [
        {**test, "at": one.restored_at, "disputed": one.dispute_reason}
        for one in within_fee.restorations_of(engagement)
        for test in one.tests
    ]
    return {"before": before, "after": after} if before or after else {}


def data_handling(engagement: Engagement, orders: Sequence[WorkOrder], said: Said) -> list[str]:
    found = [
        f"Image: {step.name}. {step.result}".strip()
        for order in orders
        for step in order.steps.all()
        if step.takes_image and step.status == StepStatus.DONE
    ]
    for part in parts.parts_of(engagement):
        if part.data_bearing and part.serial_removed:
            words = part.removed_disposition.replace("_", " ")
            decided = f"; the client decided: {part.custody}, {part.custody_reason}" if part.custody else ""
            found.append(f"Data-bearing part taken out, serial {part.serial_removed}: {words}{decided}")
    for access in work.access_of(engagement):
        over = "revoked" if access.revoked_at else "still open"
        found.append(f"Access to {access.system} for {access.technician.person.name}: granted by the client, {over}")
    found += [_in_custody(one) for one in custody.items_of(engagement)]
    found += [said.data_handling] if said.data_handling else []
    return found or ["No data-bearing part was removed and no access to data was granted."]


def _in_custody(item: CustodyItem) -> str:
    """One item that the provider held, and what became of it as the client decided."""
    words = {"RETURNED": "handed back under its seal", "DESTROYED": f"destroyed: {item.destruction}"}
    ended = words.get(item.status, "still in custody")
    decided = f"; the client decided: {item.decision}, {item.decision_reason}" if item.decision else ""
    return f"{item.description}, serial {item.serial}, seal {item.seal}: {ended}{decided}"


def recovered(engagement: Engagement) -> list[dict[str, object]]:
    """What came back under each success fee, why the rest did not, how sure that is, and the client's word on it."""
    last = {one.line: one for one in recoveries.recoveries_of(engagement)}
    return [
        {
            "line": one.line,
            "recovered": one.recovered,
            "wanted": one.wanted,
            "percent": percent_of(one.recovered, one.wanted),
            "why": one.why,
            "confidence": one.confidence,
            "listing": {"name": one.listing.name, "sha256": one.listing.sha256},
            "verified_at": one.decided_at if one.agreed else None,
            "takes_files": one.takes_files,
        }
        for one in last.values()
    ]


def at_vendors(engagement: Engagement, at: datetime) -> list[dict[str, object]]:
    """What vendors had to do for it, and how far they kept what they promised."""
    return [
        {
            "vendor": case.vendor_name,
            "reference": case.reference,
            "tier": case.tier,
            "opened_at": case.opened_at,
            "closed_at": case.closed_at,
            "result": case.result,
            "said": case.result_text,
            "contacts": case.contacts.count(),
            "promises": [
                {
                    "what": one.row.what,
                    "until": one.row.until,
                    "verdict": one.reading.verdict,
                    "minutes": int(one.reading.by.total_seconds() // 60),
                }
                for one in liaison.promised(case, at)
            ],
        }
        for case in liaison.cases_of(engagement)
    ]
