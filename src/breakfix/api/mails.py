"""What came by mail: the mails and what became of them, the drafts among them, and the counts of each mailbox."""

from functools import partial
from typing import Any, Literal

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Instant, word
from breakfix.intake import queries as intake
from breakfix.intake import tallying
from breakfix.intake.values import Door, Outcome
from breakfix.kernel.access import Deed, Side, may
from breakfix.kernel.errors import NotFound


class MailOut(Schema):
    """One mail as it came, and what became of it. What it says of its sender is no proof."""

    id: int
    mailbox: str = Field(validation_alias="mailbox.address")
    door: str = word(Door)
    received_at: Instant
    size: int = Field(description="In bytes.")
    sha256: str
    message_id: str
    sender: str
    subject: str
    outcome: str = Field(description=f"Empty until it was read: {', '.join(Outcome)}.", examples=["ticket"])
    reason: str
    engagement_id: int | None = Field(description="About which engagement it is.")
    dismissed_at: Instant | None
    dismissal: str = Field(description="What was done about one of the quarantine.")


class MailFilters(Filters):
    """By what became of it."""

    outcome: Literal["", "ticket", "comment", "ignored", "quarantine"] = ""
    waiting: Literal["", "yes"] = Field("", description="yes: the quarantine, as far as nobody has settled it.")


@listing(router, "/mails", MailOut, filters=MailFilters, order="id", summary="Mails")
def mails(call: Call, filters: MailFilters) -> Any:
    """The mails to the mailboxes of one's own desk; about an engagement only whoever sees that."""
    if not intake.is_desk(call.by):
        raise NotFound("This list")
    found = intake.quarantined(call.by) if filters.waiting else intake.mails_visible_to(call.by)
    return found.filter(outcome=filters.outcome) if filters.outcome else found


@detail(router, "/mails/{int:mail_id}", MailOut, summary="A mail")
def mail(call: Call, mail_id: int) -> Any:
    """One mail with what became of it."""
    return intake.get_mail(mail_id, call.by)


class MailDraftOut(Schema):
    """A failure that somebody of a client wrote of: a draft until somebody reports it."""

    id: int
    mail_id: int
    client_id: int
    person_id: int = Field(description="In whose name it is reported.")
    title: str
    text: str
    received_at: Instant
    engagement_id: int | None = Field(description="What it was reported as.")
    dismissed_at: Instant | None
    dismissal: str


class MailDraftFilters(Filters):
    """By what was decided."""

    decided: Literal["", "no", "yes"] = ""


@listing(router, "/mail-drafts", MailDraftOut, filters=MailDraftFilters, order="id", summary="Drafts of mails")
def mail_drafts(call: Call, filters: MailDraftFilters) -> Any:
    """The drafts of one's own desk's clients, or those in one's own name."""
    if not (intake.is_desk(call.by) or (call.by.side is Side.CLIENT and may(call.by, Deed.REPORT_MAIL))):
        raise NotFound("This list")
    if filters.decided == "no":
        return intake.drafts_waiting(call.by)
    found = intake.drafts_visible_to(call.by)
    return found.exclude(engagement=None, dismissed_at=None) if filters.decided else found


@detail(router, "/mail-drafts/{int:draft_id}", MailDraftOut, summary="A draft of a mail")
def mail_draft(call: Call, draft_id: int) -> Any:
    """One draft with what became of it."""
    return intake.get_draft(draft_id, call.by)


class MailboxOut(Schema):
    """An address of the desk. fetched = stored + refused; stored = the five below together."""

    id: int
    address: str
    closed_at: Instant | None
    fetched: int = Field(description="Handed to us, by whatever way.")
    refused: int = Field(description="Longer than any mail that is taken; nothing of them is kept.")
    stored: int
    ticket: int
    comment: int
    ignored: int
    quarantine: int
    unsettled: int = Field(description="Stored and not read yet.")
    adds_up: bool


@listing(router, "/mailboxes", MailboxOut, order="id", summary="Mailboxes")
def mailboxes(call: Call, filters: Filters) -> Any:
    """The mailboxes of one's own provider, with what came there."""
    if not (intake.is_desk(call.by) or may(call.by, Deed.ADD_MAILBOX)):
        raise NotFound("This list")
    return Listed(intake.mailboxes_visible_to(call.by), partial(tallying.tallies, by=call.by))
