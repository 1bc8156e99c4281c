"""The evidenced cause: drafted by the engineer, read by a peer where one has to, issued under a hash."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import transaction

from breakfix.diagnosis import queries
from breakfix.diagnosis.document import document
from breakfix.diagnosis.models import RootCause
from breakfix.diagnosis.rules import root_cause as rules
from breakfix.diagnosis.values import ExcludedCause, FindingInput, Moment, ReviewVerdict, RootCauseStatus, Way
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.transitions import check_status
from breakfix.incidents.rules.words import check_no_amount
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import Actor, Deed, Role, Side, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.numbers import next_number
from breakfix.parties.rules import text

S = RootCauseStatus
CHOOSE = "Ask for a second opinion, or end it here"


@transaction.atomic
def draft_root_cause(
    engagement_id: int,
    *,
    summary: str,
    root_cause: str,
    failure_mode: str,
    confidence: Decimal,
    excluded: list[ExcludedCause],
    limits: str,
    symptoms: str = "",
    findings: list[FindingInput] | None = None,
    contributing: list[str] | None = None,
    timeline: list[Moment] | None = None,
    options: list[Way] | None = None,
    scope_affected: str = "",
    actions_now: str = "",
    prevention: str = "",
    inconclusive: bool = False,
    by: Actor,
    at: datetime,
) -> RootCause:
    """Write down the cause, or write it anew until it is issued; a peer who had agreed has to read it again.

    Findings point at protocol items on record; a cause below 0.6 has to call itself inconclusive.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    cause = queries.lock_latest(engagement_id, by=by)
    require(by, Deed.DRAFT_ROOT_CAUSE, org=engagement.provider_id)
    again = cause is not None and cause.opinion_asked_at is not None
    rules.check_can_draft(S(cause.status) if cause else None, opinion_asked=again)
    check_status(Status(engagement.status), Status.DIAGNOSING)
    dispatch.ready_booking(engagement, by=by, at=at)
    rules.check_confidence(confidence, inconclusive=inconclusive)
    rules.check_findings(findings or [], {check.item for check in queries.checks(engagement)})
    rules.check_timeline(timeline or [], at=at)
    rules.check_other_engineer(by.person_id, queries.earlier_authors(engagement))
    cause = _version(engagement, cause, at)
    cause.confidence, cause.inconclusive = confidence.quantize(Decimal("0.01"), rounding=ROUND_DOWN), inconclusive
    cause.summary, cause.root_cause = _said(summary, "summary"), _said(root_cause, "root_cause")
    cause.failure_mode, cause.limits = _said(failure_mode, "failure_mode", 80), _said(limits, "limits")
    cause.symptoms, cause.scope_affected = _maybe(symptoms, "symptoms"), _maybe(scope_affected, "scope_affected")
    cause.actions_now, cause.prevention = _maybe(actions_now, "actions_now"), _maybe(prevention, "prevention")
    _write_lists(cause, excluded, findings or [], contributing or [], timeline or [], options or [])
    rows = _ask_peer(cause, engagement, by, at)
    words = f"confidence {cause.confidence}{', inconclusive' if inconclusive else ''}"
    line = f"The root cause was drafted ({words}){f'; {cause.peer_needed}' if cause.peer_needed else ''}."
    _tell("root_cause.drafted", cause, engagement, line, [cause, *rows], by, at)
    return cause


@transaction.atomic
def review_root_cause(
    root_cause_id: int, *, verdict: ReviewVerdict, note: str = "", by: Actor, at: datetime
) -> RootCause:
    """A second engineer agrees, or sends it back with what is missing. Never the author."""
    cause = queries.lock_root_cause(root_cause_id, by=by)
    engagement = incidents.lock_engagement(cause.engagement_id, by)
    require(by, Deed.REVIEW_ROOT_CAUSE, org=engagement.provider_id)
    note = _maybe(note, "note")
    rules.check_can_review(
        S(cause.status),
        author_id=cause.author_id,
        reviewer_id=by.person_id,
        reviewed=cause.is_reviewed,
        verdict=verdict,
        note=note,
    )
    cause.reviewer_id, cause.review_note = by.person_id, note
    if verdict is ReviewVerdict.AGREE:
        cause.reviewed_at, line = at, "A second engineer agreed to the root cause."
    else:
        rules.check_can_move(S(cause.status), S.DRAFT)
        cause.status, line = S.DRAFT.value, f"A second engineer sent the root cause back: {note}"
    cause.save()
    rows = incident_steps.close_end(engagement, EndKind.REVIEW, subject=_subject(cause), at=at)
    _tell("root_cause.reviewed", cause, engagement, line, [cause, *rows], by, at, {"verdict": verdict})
    return cause


@transaction.atomic
def issue_root_cause(root_cause_id: int, *, by: Actor, at: datetime) -> RootCause:
    """Sign and freeze it: its canonical JSON is the document, and quoting can begin.

    Nothing is quoted on an inconclusive one: it is the client's turn to ask for a second opinion or to end it.
    """
    cause = queries.lock_root_cause(root_cause_id, by=by)
    engagement = incidents.lock_engagement(cause.engagement_id, by)
    require(by, Deed.ISSUE_ROOT_CAUSE, org=engagement.provider_id)
    rules.check_can_issue(
        S(cause.status),
        peer_needed=_peer_needed(cause, engagement),
        reviewed=cause.is_reviewed,
        diagnosis_complete=engagement.diagnosis_completed_at is not None,
    )
    check_status(Status(engagement.status), Status.DIAGNOSING)
    rules.check_conclusive(
        [item.id for item in queries.checklist(engagement).missing], inconclusive=cause.inconclusive
    )
    if by.person_id != cause.author_id:
        raise Refused("not_the_author", "The engineer who drafted it signs it; draft it anew to sign it yourself.")
    cause.status, cause.issued_at = S.ISSUED.value, at
    cause.canonical = document(cause, engagement)
    cause.sha256 = sha256_hex(cause.canonical)
    cause.save()
    if cause.inconclusive:
        rows = incident_steps.diagnosis_inconclusive(engagement, at)
        rows += incident_steps.next_step(engagement, CHOOSE, side=Side.CLIENT, role=Role.REQUESTER, at=at)
        line = f"{cause} issued: inconclusive, confidence {cause.confidence}. No repair is quoted on it."
    else:
        rows = incident_steps.move(engagement, Status.QUOTE_PENDING, by=by, at=at)
        line = f"Root cause {cause.number} issued: {cause.failure_mode}, confidence {cause.confidence}."
    facts = {"sha256": cause.sha256, "version": cause.version, "confidence": cause.confidence}
    _tell("root_cause.issued", cause, engagement, line, [cause, *rows], by, at, facts)
    return cause


@transaction.atomic
def ask_second_opinion(root_cause_id: int, *, reason: str = "", by: Actor, at: datetime) -> RootCause:
    """The client wants another engineer to look at what stayed inconclusive; who signed it cannot sign again.

    The report stays as it was issued. The hours are within the flat fee unless further ones are approved.
    """
    cause = queries.lock_root_cause(root_cause_id, by=by)
    engagement = incidents.lock_engagement(cause.engagement_id, by)
    require(by, Deed.ASK_SECOND_OPINION, org=engagement.client_id)
    asked = cause.opinion_asked_at is not None
    rules.check_can_ask_opinion(S(cause.status), inconclusive=cause.inconclusive, asked=asked)
    check_status(Status(engagement.status), Status.DIAGNOSING)
    reason = _maybe(reason, "reason")
    cause.opinion_asked_at = at
    cause.save(update_fields=["opinion_asked_at"])
    what = "Send another engineer for a second opinion"
    rows = incident_steps.next_step(engagement, what, side=Side.PROVIDER, role=Role.DISPATCHER, at=at)
    why = f": {reason}".rstrip(". ") if reason else ""
    line = f"The client asks for a second opinion{why}. Another engineer is sent."
    _tell("root_cause.doubted", cause, engagement, line, [cause, *rows], by, at)
    return cause


def _version(engagement: Engagement, latest: RootCause | None, at: datetime) -> RootCause:
    """The draft that is written, or the next version beside an issued one."""
    if latest is None:
        return RootCause(engagement=engagement, number=next_number("RCA", engagement.provider_id, at))
    if latest.status != S.ISSUED:
        return latest
    return RootCause(engagement=engagement, number=latest.number, version=latest.version + 1)


def _write_lists(
    cause: RootCause,
    excluded: list[ExcludedCause],
    findings: list[FindingInput],
    contributing: list[str],
    timeline: list[Moment],
    options: list[Way],
) -> None:
    rules.check_length(excluded, "excluded", needed=True)
    lists = {"findings": findings, "contributing": contributing, "timeline": timeline, "options": options}
    for field, entries in lists.items():
        rules.check_length(entries, field)  # type: ignore[arg-type] # lists of any kind
    cause.excluded = [
        {"cause": _said(one.cause, f"excluded-{n}-cause", 400), "why": _said(one.why, f"excluded-{n}-why", 1000)}
        for n, one in enumerate(excluded)
    ]
    cause.findings = [
        {"what": _said(one.what, f"findings-{n}-what", 1000), "items": list(one.items)}
        for n, one in enumerate(findings)
    ]
    cause.contributing = [_said(one, f"contributing-{n}", 1000) for n, one in enumerate(contributing)]
    cause.timeline = [
        {"at": plain(one.at), "what": _said(one.what, f"timeline-{n}-what", 400)} for n, one in enumerate(timeline)
    ]
    cause.options = [
        {"kind": one.kind.value, "what": _said(one.what, f"options-{n}-what", 1000)} for n, one in enumerate(options)
    ]


def _ask_peer(cause: RootCause, engagement: Engagement, by: Actor, at: datetime) -> list[Row]:
    """Save the draft where it now stands, and put it before a peer where one has to read it."""
    cause.author_id, cause.drafted_at = by.person_id, at  # type: ignore[assignment] # booked people only
    cause.reviewer_id, cause.reviewed_at, cause.review_note = None, None, ""
    cause.peer_needed = _peer_needed(cause, engagement)
    cause.status = (S.PEER_REVIEW if cause.peer_needed else S.DRAFT).value
    cause.save()
    if not cause.peer_needed:
        return incident_steps.close_end(engagement, EndKind.REVIEW, subject=_subject(cause), at=at)
    return incident_steps.open_end(
        engagement,
        EndKind.REVIEW,
        f"Read the root cause {cause.number} as a peer",
        organisation_id=engagement.provider_id,
        role=Role.REVIEWER,
        subject=_subject(cause),
        blocks_close=False,
        at=at,
    )


def _peer_needed(cause: RootCause, engagement: Engagement) -> str:
    return rules.peer_reason(engagement.priority, engagement.domain, inconclusive=cause.inconclusive)


def _subject(cause: RootCause) -> str:
    return f"root_cause/{cause.pk}"


def _said(value: str, field: str, longest: int = 4000) -> str:
    return check_no_amount(text(value, field, longest=longest), field)


def _maybe(value: str, field: str) -> str:
    return check_no_amount(text(value, field, longest=4000, required=False), field)


def _tell(
    kind: str,
    cause: RootCause,
    engagement: Engagement,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        kind,
        subject=cause,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
