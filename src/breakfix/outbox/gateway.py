"""The gateway for text and voice messages: one signed request a message, always under the message's own id."""

import json
from datetime import datetime

from django.conf import settings

from breakfix.kernel import clock
from breakfix.kernel.ledger.canonical import plain
from breakfix.outbox import calls, signing
from breakfix.outbox.addresses import Unreachable
from breakfix.outbox.models import Message
from breakfix.outbox.values import Outgoing

# The gateway understood and will never take it; everything else may be better at the next try.
NEVER = frozenset({400, 410, 413, 422})


class NotTaken(Exception):
    """The gateway refused this message for good."""


def is_there() -> bool:
    """Whether messages leave by a gateway; without one they are written into a folder."""
    return bool(settings.BREAKFIX_GATEWAY_URL)


def hand_over(message: Message, out: Outgoing, phone: str, at: datetime) -> None:
    """Hand one message over; NotTaken when refused for good, Unreachable when it may be taken later.

    The id is the same at every try, so a gateway that took it before knows that it did.
    """
    body = json.dumps(
        {
            "type": f"message.{out.channel.value}",
            "timestamp": plain(at),
            "data": {
                "message": message.public_id,
                "to": phone,
                "text": f"{out.subject}: {out.said} {out.link}",
                "urgent": out.urgent,
                "useless_after": plain(out.useless_after),
                "acknowledge_at": f"{settings.SITE_URL}/gateway/acknowledgements",
            },
        },
        ensure_ascii=False,
    )
    headers = signing.headers_for(message.public_id, body, clock.real_now(), signing.secrets())
    headers["content-type"] = "application/json"
    reply = calls.post_trusted(settings.BREAKFIX_GATEWAY_URL, body.encode(), headers)
    if reply.status in NEVER:
        raise NotTaken(f"the gateway refused it ({reply.status})")
    if not reply.is_success:
        raise Unreachable(f"the gateway answered {reply.status}")
