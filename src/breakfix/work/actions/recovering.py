"""What a data recovery brought back, and the client's word on it: a success fee is due for nothing else (§4.13)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.rules import words
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, Role, person_behind, require
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import trimmed
from breakfix.parties import rules as texts
from breakfix.quotes.rules.settlement import percent_of
from breakfix.work import recoveries
from breakfix.work.models import Recovery
from breakfix.work.rules import recovery as rules


@transaction.atomic
def report_recovery(
    engagement_id: int,
    *,
    recovered: int,
    why: str,
    confidence: Decimal,
    listing: Upload,
    key: str = "E1",
    by: Actor,
    at: datetime,
) -> Recovery:
    """Report how many entries of the must-have list came back, with the list itself; the client verifies it.

    `why` says what kept the rest back, `confidence` (0 to 1) how sure the laboratory is that no more can be had.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.REPORT_RECOVERY, org=engagement.provider_id)
    fees = {fee.key: fee for fee in recoveries.fees_of(engagement)}
    rules.check_can_report(EngagementStatus(engagement.status), key.strip(), list(fees))
    dispatch.own_booking(engagement.pk, by=by, at=at)
    wanted = fees[key.strip()].wanted or 0
    rules.check_count(recovered, wanted)
    rules.check_confidence(confidence)
    before = recoveries.latest(engagement, key.strip())
    kept = files.keep(listing, topic=engagement.topic, at=at)
    found = Recovery.objects.create(
        engagement=engagement,
        line=key.strip(),
        wanted=wanted,
        recovered=recovered,
        why=words.check_no_amount(texts.text(why, "why", longest=2000), "why"),
        confidence=confidence.quantize(Decimal("0.01")),
        listing=kept,
        reported_by_id=_person(by),
        reported_at=at,
    )
    rows = [kept, found, *_ask_to_verify(found, before, at)]
    share = trimmed(percent_of(recovered, wanted))
    line = f"{recovered} of {wanted} on the must-have list came back, {share} %: {found.why}"
    _tell("recovery.reported", found, line, rows, by, at)
    return found


@transaction.atomic
def verify_recovery(
    recovery_id: int, *, agreed: bool = True, takes_files: bool = False, note: str = "", by: Actor, at: datetime
) -> Recovery:
    """Say whether the list is right: only then is anything due. What came back may be taken, whatever its share.

    A list that is not right goes back to the laboratory with what is wrong.
    """
    found = recoveries.lock_recovery(recovery_id, by)
    engagement = found.engagement
    require(by, Deed.VERIFY_RECOVERY, org=engagement.client_id)
    said = words.check_no_amount(texts.text(note, "note", longest=400, required=False), "note")
    rules.check_can_verify(
        latest=recoveries.latest(engagement, found.line) == found,
        decided=found.decided_at is not None,
        agreed=agreed,
        note=said,
    )
    found.agreed, found.takes_files, found.note = agreed, agreed and takes_files, said
    found.decided_by_id, found.decided_at = _person(by), at
    found.save(update_fields=["agreed", "takes_files", "note", "decided_by", "decided_at"])
    rows = [found, *incident_steps.close_end(engagement, EndKind.REVIEW, subject=found.subject, at=at)]
    if agreed:
        taken = "takes what came back" if takes_files else "does not want what came back"
        line = f"The client verified {found.recovered} of {found.wanted} and {taken}."
    else:
        line = f"The client does not agree that {found.recovered} of {found.wanted} came back: {said}"
    _tell("recovery.verified" if agreed else "recovery.disputed", found, line, rows, by, at)
    return found


def _ask_to_verify(found: Recovery, before: Recovery | None, at: datetime) -> list[Row]:
    """The client is asked about the newest list alone."""
    engagement, rows = found.engagement, list[Row]()
    if before is not None:
        rows += incident_steps.close_end(engagement, EndKind.REVIEW, subject=before.subject, at=at)
    return rows + incident_steps.open_end(
        engagement,
        EndKind.REVIEW,
        f"Verify the list of what came back: {found.recovered} of {found.wanted}",
        organisation_id=engagement.client_id,
        role=Role.REQUESTER,
        subject=found.subject,
        at=at,
    )


def _person(by: Actor) -> int:
    """Somebody counts, and somebody checks: never a machine."""
    return person_behind(by, "What came back is counted and checked by people.")


def _tell(kind: str, found: Recovery, line: str, changed: list[Row], by: Actor, at: datetime) -> None:
    engagement = found.engagement
    record(
        kind,
        subject=found,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"line": found.line, "recovered": found.recovered, "wanted": found.wanted, "agreed": found.agreed},
        changed=changed,
    )
