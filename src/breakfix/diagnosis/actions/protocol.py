"""On site: one step of the protocol after the other, until none is missing."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from breakfix.diagnosis import queries
from breakfix.diagnosis.models import Check
from breakfix.diagnosis.rules import checklist
from breakfix.diagnosis.values import Item, Protocol, Reading
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.transitions import check_status
from breakfix.incidents.rules.words import check_no_amount
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload, keep
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import File, Row
from breakfix.parties.rules import text


@transaction.atomic
def record_check(
    engagement_id: int,
    item: str,
    *,
    reading: str = "",
    note: str = "",
    evidence: Upload | None = None,
    by: Actor,
    at: datetime,
) -> Check:
    """Put one step on record with its reading and file; doing it again corrects it until the diagnosis is complete.

    Readings out of limits are findings. Without a new file the one handed in before stays.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.RECORD_CHECK, org=engagement.provider_id)
    _check_diagnosing(engagement)
    dispatch.ready_booking(engagement, by=by, at=at)
    protocol = queries.protocol_for(engagement.domain)
    step = checklist.check_known(protocol, item)
    checklist.check_order(step, [check.item for check in queries.checks(engagement)])
    understood = checklist.read(step, check_no_amount(reading, "reading"), slots=queries.slots_of(engagement))
    note = check_no_amount(text(note, "note", longest=2000, required=False), "note")
    check = queries.find_check(engagement, step.id)
    kept = check.evidence if check else None
    checklist.check_complete_entry(step, has_evidence=evidence is not None or kept is not None, note=note)
    rows: list[Row] = []
    if evidence is not None:
        kept = keep(evidence, topic=engagement.topic, at=at)
        rows.append(kept)
    check = check or Check(engagement=engagement, item=step.id)
    _write(check, protocol, step, understood, engagement, kept)
    check.note, check.done_at, check.done_by_id = note, at, by.person_id  # type: ignore[assignment] # booked people only
    check.save()
    rows += _begin_extension(engagement, at)
    facts = {"item": step.id, "within": understood.within, "evidence": kept.sha256 if kept else None}
    _tell(engagement, "check.recorded", check, _line(step, understood), [check, *rows], by, at, facts)
    return check


@transaction.atomic
def complete_diagnosis(engagement_id: int, *, by: Actor, at: datetime) -> Engagement:
    """Every required step and its evidence is on record: from here on the client waits for a quote; QUOTE runs.

    Where the client refused further hours, what is on record is enough.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.COMPLETE_DIAGNOSIS, org=engagement.provider_id)
    _check_diagnosing(engagement)
    dispatch.ready_booking(engagement, by=by, at=at)
    protocol = queries.protocol_for(engagement.domain)
    found = [queries.found(check) for check in queries.checks(engagement)]
    if not queries.was_refused(engagement):
        # Refused further hours end it where it stands: what is missing is named in a report that is inconclusive.
        checklist.check_can_complete(protocol, found, prior_attempt=engagement.prior_attempt)
    rows = incident_steps.diagnosis_completed(engagement, at)
    line = f"The diagnosis is complete: {len(found)} steps of the protocol {protocol.name} are on record."
    _tell(engagement, "diagnosis.completed", engagement, line, rows, by, at, {"protocol": protocol.name})
    return engagement


def _check_diagnosing(engagement: Engagement) -> None:
    check_status(Status(engagement.status), Status.DIAGNOSING)
    queries.check_not_reported(engagement)
    if engagement.diagnosis_completed_at is not None:
        raise Refused("diagnosis_complete", "The diagnosis is complete; what was found is no longer changed.")


def _begin_extension(engagement: Engagement, at: datetime) -> list[Row]:
    """The first step under an approved extension: its flat sum is due from here on."""
    begun = queries.unbegun_extension(engagement)
    if begun is None:
        return []
    begun.begun_at = at
    begun.save(update_fields=["begun_at"])
    return [begun]


def _write(
    check: Check, protocol: Protocol, step: Item, reading: Reading, engagement: Engagement, evidence: File | None
) -> None:
    check.protocol, check.position = protocol.name, protocol.items.index(step) + 1
    check.what, check.unit, check.limits = step.what, step.unit, step.limits
    check.required = step.is_required(prior_attempt=engagement.prior_attempt)
    check.reading, check.within = reading.text, reading.within
    check.slots = [list(pair) for pair in reading.slots]
    check.evidence = evidence


def _line(step: Item, reading: Reading) -> str:
    if reading.within is False:
        return f"Protocol step {step.id}: out of limits, {', '.join(reading.outside)} (expected {step.limits})."
    return f"Protocol step {step.id} done."


def _tell(
    engagement: Engagement,
    kind: str,
    subject: Row,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: Mapping[str, object],
) -> None:
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
