"""Where a desk is written to, and what is done about what was written: reported as a failure, or said to be none."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.agreements import queries as agreements
from breakfix.agreements.values import Channel, Domain
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions.reporting import report_failure
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import words
from breakfix.incidents.values import Answers, ObligationInput
from breakfix.intake import queries
from breakfix.intake.evidence import uploads_of
from breakfix.intake.models import Mail, Mailbox, MailDraft
from breakfix.intake.rules.mail.addresses import is_address
from breakfix.kernel import fence, files
from breakfix.kernel.access import SYSTEM, Actor, Deed, Side, check_confirmed, may, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import queries as parties
from breakfix.parties import rules as texts
from breakfix.parties.models import Person

LONGEST = 8000  # characters of one word
NO_SUBJECT = "A mail without a subject"


@transaction.atomic
def add_mailbox(*, address: str, by: Actor, at: datetime) -> Mailbox:
    """Let mail to this address reach the desk; notices about engagements ask to be answered there.

    The secret of its HTTP door is on what is returned, as `.secret`, and nowhere else.
    """
    require(by, Deed.ADD_MAILBOX, org=by.organisation_id)
    check_confirmed(by, at)
    address = texts.email(address)
    if not is_address(address):
        message = "Give an address without a plus and of at most 120 characters; what stands behind a plus is ours."
        raise Refused("bad_address", message, field="address")
    with fence.as_machine():  # addresses are one for the whole installation
        taken = queries.mailbox_at(address) is not None or parties.find_person(address) is not None
    if taken:
        raise Refused(
            "address_taken", "Somebody has this address already; give the desk one of its own.", field="address"
        )
    secret = f"bfm_{secrets.token_urlsafe(32)}"
    box = Mailbox.objects.create(
        provider=parties.get_organisation(by.organisation_id or 0, by=by),
        address=address,
        added_by=parties.get_person(by.person_id or 0, by=by),
        prefix=secret[:10],
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        added_at=at,
    )
    _tell_provider("mailbox.added", box, "A mailbox of the desk was added.", [box], by, at)
    box.secret = secret
    return box


@transaction.atomic
def close_mailbox(mailbox_id: int, *, by: Actor, at: datetime) -> Mailbox:
    """Take no more mail at this address; what came there stays."""
    require(by, Deed.CLOSE_MAILBOX)
    box = queries.lock_mailbox(mailbox_id, by)
    require(by, Deed.CLOSE_MAILBOX, org=box.provider_id)
    if box.closed_at is not None:
        raise Refused("already_closed", "This mailbox is closed already.")
    box.closed_at = at
    box.save(update_fields=["closed_at"])
    _tell_provider("mailbox.closed", box, "A mailbox of the desk was closed.", [box], by, at)
    return box


@transaction.atomic
def draft_mail(mail_id: int, *, person_id: int, text: str, by: Actor, at: datetime) -> MailDraft:
    """Keep what somebody of a client wrote as a draft; whether they may report was asked before."""
    require(by, Deed.DRAFT_MAIL)
    mail = queries.lock_mail(mail_id, by)
    draft = _draft(mail, parties.person_by_id(person_id), text)
    _tell("mail.drafted", draft, "A mail tells of a failure.", [draft], by, at, {"mail": mail.sha256})
    return draft


@transaction.atomic
def comment_by_mail(
    engagement_id: int, *, mail_id: int, text: str, evidence: Sequence[Upload] = (), by: Actor, at: datetime
) -> Engagement:
    """Say something about an engagement to everybody who sees it, with files as evidence. It never is a decision.

    `by` is whoever the reply address was given to; the entry says that it was a mail, which proves no sender.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.COMMENT_BY_MAIL, org=engagement.party_ids)
    said = texts.text(text, "text", longest=LONGEST, required=not evidence)
    if by.side is Side.PROVIDER:
        words.check_no_amount(said, "text")
    kept: list[Row] = [files.keep(one, topic=engagement.topic, at=at) for one in evidence]
    also = f" ({len(kept)} file{'s' if len(kept) > 1 else ''} came with it)" if kept else ""
    record(
        "engagement.commented",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"By e-mail: {said or 'no words'}{also}",
        facts={"mail": queries.get_mail(mail_id, SYSTEM).sha256},
        changed=kept or [engagement],
    )
    return engagement


@transaction.atomic
def assign_mail(mail_id: int, *, person_id: int, by: Actor, at: datetime) -> MailDraft:
    """Take a mail out of the quarantine: it is a draft in the name of this person of a client.

    Whoever does this answers for it that the mail is theirs; the sender is no proof.
    """
    require(by, Deed.ASSIGN_MAIL)
    mail = queries.lock_mail(mail_id, by)
    require(by, Deed.ASSIGN_MAIL, org=mail.mailbox.provider_id)
    _check_quarantined(mail)
    if mail.engagement is not None and mail.engagement.need_to_know:
        message = "This mail repeats what only few may read; a draft is read by the whole desk."
        raise Refused("need_to_know", message)
    person = parties.get_person(person_id, by=by)
    agreements.in_force(person.organisation_id, mail.mailbox.provider_id, at)
    if not (person.is_active and may(parties.actor_for(person), Deed.REPORT_FAILURE)):
        message = "This person may not report failures; choose one of the client who may."
        raise Refused("may_not_report", message, field="person_id")
    mail.dismissed_at, mail.dismissal = at, "It became a draft."
    mail.save(update_fields=["dismissed_at", "dismissal"])
    draft = _draft(mail, person, mail.text)
    _tell("mail.assigned", draft, "A mail of the quarantine became a draft.", [draft], by, at, {"mail": mail.sha256})
    return draft


@transaction.atomic
def settle_mail(mail_id: int, *, reason: str, by: Actor, at: datetime) -> Mail:
    """Take a mail out of the quarantine, with what was done about it; its bytes stay."""
    require(by, Deed.SETTLE_MAIL)
    mail = queries.lock_mail(mail_id, by)
    require(by, Deed.SETTLE_MAIL, org=mail.mailbox.provider_id)
    _check_quarantined(mail)
    mail.dismissal, mail.dismissed_at = texts.text(reason, "reason", longest=300), at
    mail.save(update_fields=["dismissal", "dismissed_at"])
    facts = {"sha256": mail.sha256, "why": mail.reason, "settled": mail.dismissal}
    _tell_provider("mail.settled", mail.mailbox, "A mail of the quarantine was settled.", [], by, at, facts)
    return mail


@transaction.atomic
def dismiss_mail(draft_id: int, *, reason: str, by: Actor, at: datetime) -> MailDraft:
    """Say that this mail is no failure for a specialist."""
    require(by, Deed.DISMISS_MAIL)
    draft = queries.lock_draft(draft_id, by)
    require(by, Deed.DISMISS_MAIL, org=draft.party_ids)
    _check_waits(draft)
    draft.dismissal, draft.dismissed_at = texts.text(reason, "reason", longest=300), at
    draft.save(update_fields=["dismissal", "dismissed_at"])
    _tell("mail.dismissed", draft, "What was written by mail was dismissed.", [draft], by, at)
    return draft


@transaction.atomic
def report_mail(
    draft_id: int,
    *,
    answers: Answers,
    domain: Domain,
    details: dict[str, str] | None = None,
    site_id: int | None = None,
    asset_id: int | None = None,
    title: str = "",
    description: str = "",
    outage_started_at: datetime | None = None,
    obligations: list[ObligationInput] | None = None,
    prior_attempt: bool = False,
    callback: str = "",
    onsite_needed: bool = True,
    distance_miles: Decimal | None = None,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Make a failure reported of a mail: title and words are as written, the answers are a person's.

    What came with the mail is kept as evidence, as far as its kind and size are accepted.
    """
    require(by, Deed.REPORT_MAIL)
    draft = queries.lock_draft(draft_id, by)
    require(by, Deed.REPORT_MAIL, org=draft.party_ids)
    _check_waits(draft)
    engagement = report_failure(
        asset_id,
        provider_id=draft.provider_id,
        domain=domain,
        title=title or draft.title,
        answers=answers,
        details=details,
        outage_started_at=outage_started_at or min(draft.received_at, at),
        obligations=obligations,
        site_id=site_id,
        description=description or draft.text,
        prior_attempt=prior_attempt,
        requester_id=None if by.side is Side.CLIENT else draft.person_id,
        callback=callback,
        onsite_needed=onsite_needed,
        distance_miles=distance_miles,
        by=replace(by, through=Channel.EMAIL.value),
        at=at,
    )
    kept, left = _became(draft, engagement, at)
    line = "It was written by e-mail first." + (f" Not kept of what came with it: {'; '.join(left)}." if left else "")
    _tell("mail.reported", draft, line, [draft, *kept], by, at, {"left": left}, topic=engagement.topic)
    return engagement


def _became(draft: MailDraft, engagement: Engagement, at: datetime) -> tuple[list[Row], list[str]]:
    """Keep what came with the mail; from here on, whoever does not see the engagement does not see the mail."""
    draft.engagement = engagement
    draft.save(update_fields=["engagement"])
    with fence.as_machine():  # the mail itself is the desk's
        mail = queries.lock_mail(draft.mail_id, SYSTEM)
        mail.engagement = engagement
        mail.save(update_fields=["engagement"])
        uploads, left = uploads_of(bytes(mail.raw))
    return [files.keep(one, topic=engagement.topic, at=at) for one in uploads], left


def _draft(mail: Mail, person: Person, text: str) -> MailDraft:
    return MailDraft.objects.create(
        mail=mail,
        client=person.organisation,
        provider=mail.mailbox.provider,
        person=person,
        title=mail.subject or NO_SUBJECT,
        text=text,
        received_at=mail.received_at,
    )


def _check_quarantined(mail: Mail) -> None:
    if mail.outcome != "quarantine" or mail.dismissed_at is not None:
        raise Refused("not_quarantined", "This mail waits for nothing (any more).")


def _check_waits(draft: MailDraft) -> None:
    if draft.engagement is not None:  # read after the lock: `lock_draft` joins nothing
        raise Refused("already_reported", f"This was reported already as {draft.engagement.number}.")
    if draft.dismissed_at is not None:
        raise Refused("already_dismissed", "This was dismissed already.")


def _tell(
    kind: str,
    draft: MailDraft,
    line: str,
    changed: list[Row],
    by: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
    topic: str | None = None,
) -> None:
    topic = topic if topic is not None else draft.client.topic
    record(
        kind, subject=draft, by=by, at=at, to=draft.party_ids, topic=topic, line=line, facts=facts, changed=changed
    )


def _tell_provider(
    kind: str,
    box: Mailbox,
    line: str,
    changed: list[Row],
    by: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    to, topic = [box.provider_id], box.provider.topic
    record(kind, subject=box, by=by, at=at, to=to, topic=topic, line=line, facts=facts, changed=changed)
