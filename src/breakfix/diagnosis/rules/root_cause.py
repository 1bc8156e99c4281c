"""When a root cause may be drafted, read by a peer, and issued (domain.md §3.1, §3.7)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from breakfix.diagnosis.values import FindingInput, Moment, ReviewVerdict, RootCauseStatus
from breakfix.kernel.errors import Refused

S = RootCauseStatus

# Below this the cause is a guess: it may be issued only as inconclusive, with a second opinion.
LEAST_CONFIDENCE = Decimal("0.6")
PEER_DOMAINS = frozenset({"SEC", "DR"})
LONGEST_LIST = 50

ROOT_CAUSE_TRANSITIONS: dict[RootCauseStatus, frozenset[RootCauseStatus]] = {
    S.DRAFT: frozenset({S.PEER_REVIEW, S.ISSUED}),
    S.PEER_REVIEW: frozenset({S.DRAFT, S.ISSUED}),
    S.ISSUED: frozenset(),
}


def check_can_move(status: RootCauseStatus, to: RootCauseStatus) -> None:
    """Refuse every transition that the table does not list."""
    if to not in ROOT_CAUSE_TRANSITIONS[status]:
        words = ", ".join(sorted(ROOT_CAUSE_TRANSITIONS[status])) or "nothing"
        message = f"A root cause that is {status} cannot become {to}, only {words}."
        raise Refused("wrong_state", message, status=status)


def peer_reason(priority: str, domain: str, *, inconclusive: bool) -> str:
    """Why a peer has to read this root cause before it is issued, or ""."""
    if priority == "P1":
        return "a P1 is read by a peer"
    if domain in PEER_DOMAINS:
        return f"{domain} work is read by a peer"
    return "an inconclusive cause is read by a second engineer" if inconclusive else ""


def check_confidence(confidence: Decimal, *, inconclusive: bool) -> None:
    """Refuse what is no probability, and a guess that does not say that it is one."""
    if not (confidence.is_finite() and 0 <= confidence <= 1):
        message = "Give the confidence between 0 and 1, such as 0.85."
        raise Refused("bad_confidence", message, field="confidence")
    if confidence < LEAST_CONFIDENCE and not inconclusive:
        raise Refused(
            "not_sure_enough",
            f"Below {LEAST_CONFIDENCE} a cause is a guess: find more evidence, or call it inconclusive and have a "
            "second engineer read it.",
            field="confidence",
            least=LEAST_CONFIDENCE,
        )


def check_conclusive(missing: Sequence[str], *, inconclusive: bool) -> None:
    """Refuse to be sure of a cause while steps of the protocol were left out."""
    if missing and not inconclusive:
        message = f"Call it inconclusive: {', '.join(missing)} were not examined."
        raise Refused("not_examined", message, field="inconclusive", missing=list(missing))


def check_findings(findings: Sequence[FindingInput], on_record: Collection[str]) -> None:
    """Refuse a finding that nothing on record shows."""
    for number, finding in enumerate(findings):
        if not finding.items:
            message = "Name the protocol items that show this finding."
            raise Refused("finding_without_evidence", message, field=f"findings-{number}-items")
        if unknown := [item for item in finding.items if item not in on_record]:
            message = f"Nothing is on record for {', '.join(unknown)}; record it or name another item."
            raise Refused("unknown_item", message, field=f"findings-{number}-items")


def check_length(entries: Sequence[object], field: str, *, needed: bool = False) -> None:
    """Refuse a list that is too long to be read, or empty where something has to be said."""
    if needed and not entries:
        words = field.replace("_", " ")
        raise Refused("missing_field", f"Please name at least one of: {words}.", field=field)
    if len(entries) > LONGEST_LIST:
        raise Refused("too_long", f"Keep it to {LONGEST_LIST} entries.", field=field)


def check_timeline(moments: Sequence[Moment], *, at: datetime) -> None:
    """Refuse a moment that has not come yet."""
    for number, moment in enumerate(moments):
        if moment.at > at:
            raise Refused("in_future", "A timeline ends now; check date and time.", field=f"timeline-{number}-at")


def check_can_draft(latest: RootCauseStatus | None, *, opinion_asked: bool = False) -> None:
    """Refuse to write over what was issued; a second opinion is a version beside it."""
    if latest is S.ISSUED and not opinion_asked:
        raise Refused("already_issued", "The root cause was issued and is never edited.")


def check_other_engineer(author_id: int | None, earlier: Collection[int]) -> None:
    """Refuse a second opinion by somebody whose opinion is on record already."""
    if author_id in earlier:
        message = "A second opinion is another engineer's: yours is on record and stays there."
        raise Refused("own_work", message)


def check_can_ask_opinion(status: RootCauseStatus, *, inconclusive: bool, asked: bool) -> None:
    """Refuse a second opinion on what was found, on what is not issued yet, and a second one on the same report."""
    if status is not S.ISSUED:
        raise Refused("not_issued", "This report is not issued yet.", status=status)
    if not inconclusive:
        raise Refused("not_inconclusive", "The cause was found; a second opinion is for what was not.")
    if asked:
        raise Refused("already_asked", "Another engineer was asked for already.")


def check_can_review(
    status: RootCauseStatus,
    *,
    author_id: int,
    reviewer_id: int | None,
    reviewed: bool,
    verdict: ReviewVerdict,
    note: str,
) -> None:
    """Refuse a review of what waits for none, by the author, twice, or a rejection without a word why."""
    if status is not S.PEER_REVIEW:
        raise Refused("not_in_review", f"This root cause is {status}; nobody has to read it now.", status=status)
    if reviewer_id == author_id:
        raise Refused("own_work", "Somebody else than the author has to read it.")
    if reviewed:
        raise Refused("already_reviewed", "A peer has agreed to this root cause; issue it.")
    if verdict is ReviewVerdict.SEND_BACK and not note:
        raise Refused("missing_field", "Say what has to be done about it.", field="note")


def check_can_issue(status: RootCauseStatus, *, peer_needed: str, reviewed: bool, diagnosis_complete: bool) -> None:
    """Refuse to issue before the diagnosis is complete, or before a peer agreed where one has to."""
    if status is S.ISSUED:
        raise Refused("already_issued", "The root cause was issued before.")
    if not diagnosis_complete:
        raise Refused("diagnosis_not_complete", "First complete the diagnosis: the protocol still has open steps.")
    if peer_needed and not reviewed:
        raise Refused("peer_review_needed", f"A second engineer has to agree first: {peer_needed}.")
    check_can_move(status, S.ISSUED)
