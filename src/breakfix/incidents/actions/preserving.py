"""Legal hold, the word on wiping, and the notice to the insurer: what a security incident asks of its client."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.incidents import queries, steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import preserving
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import Actor, Deed, check_confirmed, require
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts

LONGEST = 300


@transaction.atomic
def set_legal_hold(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """From now on nothing of this engagement is destroyed or wiped, whoever decides it, until it is released.

    Whatever wiping was agreed to before has to be agreed to again after the release.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.SET_LEGAL_HOLD, org=engagement.client_id)
    preserving.check_can_hold(engagement.preserved)
    why = texts.text(reason, "reason", longest=LONGEST)
    engagement.preserved = preserving.noted(None, "hold", by=by.name, reason=why, at=at)
    return _kept(engagement, "legal_hold.set", f"Legal hold: {why}", [], by, at)


@transaction.atomic
def release_legal_hold(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """The client's decisions about media may be carried out again from now on.

    It is its security officer's to let go, or its administrator's where it has none.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.RELEASE_LEGAL_HOLD, org=engagement.client_id)
    _check_keeper(engagement, by, at)
    check_confirmed(by, at)
    preserving.check_can_release(engagement.preserved)
    why = texts.text(reason, "reason", longest=LONGEST)
    engagement.preserved = preserving.without_hold(engagement.preserved)
    return _kept(engagement, "legal_hold.released", f"The legal hold was released: {why}", [], by, at)


@transaction.atomic
def allow_wiping(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """The security officer, or the administrator where there is none, agrees to wiping: such steps may begin."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ALLOW_WIPING, org=engagement.client_id)
    _check_keeper(engagement, by, at)
    check_confirmed(by, at)
    preserving.check_can_allow(Domain(engagement.domain), engagement.preserved, Status(engagement.status))
    why = texts.text(reason, "reason", longest=LONGEST)
    engagement.preserved = preserving.noted(engagement.preserved, "wiping", by=by.name, reason=why, at=at)
    return _kept(engagement, "wiping.allowed", f"{by.name} agrees to wiping: {why}", [], by, at)


@transaction.atomic
def note_insurer_notice(engagement_id: int, *, reference: str, by: Actor, at: datetime) -> Engagement:
    """The cyber insurer was told, under this reference; or there is none, in words. The open end is closed."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.NOTE_INSURER_NOTICE, org=engagement.client_id)
    said = texts.text(reference, "reference", longest=LONGEST)
    ends = steps.close_end(engagement, EndKind.INSURER, at=at)
    if not ends:
        raise Refused("no_notice_open", "No notice to the insurer is open on this engagement.")
    return _kept(engagement, "insurer.noticed", f"Insurer: {said}", ends, by, at)


def _check_keeper(engagement: Engagement, by: Actor, at: datetime) -> None:
    if not queries.may_let_go(engagement, by, at):
        raise NotAllowed("Your security officer decides about this.")


def _kept(engagement: Engagement, kind: str, line: str, rows: list[Row], by: Actor, at: datetime) -> Engagement:
    engagement.save(update_fields=["preserved"])
    changed: list[Row] = [engagement, *rows]
    record(
        kind,
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        changed=changed,
    )
    return engagement
