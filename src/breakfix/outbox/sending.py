"""The one way out: a message that left is never sent again, and one that did not is tried until it is of no use."""

from datetime import datetime
from typing import Any

from breakfix.approvals.values import Channel
from breakfix.outbox import gateway, mail, messages, push, queries, steps
from breakfix.outbox.addresses import Unreachable
from breakfix.outbox.models import Message
from breakfix.outbox.values import MessageStatus, Outgoing
from breakfix.parties import queries as parties

S = MessageStatus


def send(out: Outgoing, at: datetime) -> MessageStatus:
    """Let this message leave by its channel, unless it did before; how far it got.

    Raises Unreachable where another try may help: the task is put back and comes again with growing pauses.
    """
    message = steps.begin(out, at)
    if queries.is_settled(message):
        return S(message.status)
    if at > out.useless_after:
        steps.mark(message, S.FAILED, at, f"given up: {message.note or 'nobody took it in time'}")
        return S(message.status)
    person = parties.person_by_id(out.person_id)
    try:
        _by_channel(message, out, person, at)
    except gateway.NotTaken as no:
        steps.mark(message, S.FAILED, at, str(no))
    except Unreachable as error:
        steps.note(message, at, str(error))
        raise
    return S(message.status)


def drop(out: Outgoing, at: datetime, why: str) -> None:
    """Let this message not leave, and say why."""
    message = steps.begin(out, at)
    if not queries.is_settled(message):
        steps.mark(message, S.DROPPED, at, why)


def _by_channel(message: Message, out: Outgoing, person: Any, at: datetime) -> None:
    if out.channel is Channel.EMAIL:
        mail.hand_over(message, out, person.email, at)
    elif out.channel is Channel.PUSH:
        steps.mark_unsure(message, at)
        if push.hand_over(out, at):
            steps.mark(message, S.HANDED_OVER, at)
        else:
            _write(message, out, person.email, at, "no device is subscribed")
    elif gateway.is_there():
        steps.mark_unsure(message, at)
        gateway.hand_over(message, out, person.phone, at)
        steps.mark(message, S.HANDED_OVER, at)
    else:
        _write(message, out, person.phone, at, "no gateway is configured")


def _write(message: Message, out: Outgoing, to: str, at: datetime, why: str) -> None:
    text = f"{out.subject}: {out.said} {out.link}"
    messages.hand_over(channel=out.channel.value, to=to, text=text, key=out.key, at=at)
    steps.mark(message, S.WRITTEN, at, why)
