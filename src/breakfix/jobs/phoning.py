"""The code for a signature by telephone: to the registered number only, and of no use ten minutes later.

The message names the sum, although a lock screen may show it: whoever gives a code away has to know what it signs,
and cannot unlock the telephone they are speaking on.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from breakfix.approvals import queries
from breakfix.approvals.values import CallStatus, Channel
from breakfix.jobs.notices import Letter, link_to, plan_letter
from breakfix.jobs.registry import handles
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.money import format_money
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Outgoing


@handles("phone.code", outgoing=True)
def send_code(payload: dict[str, Any], at: datetime) -> None:
    """Send the code of one call; not any more once the call is over."""
    told = ledger.deed(payload["deed"])
    if told is None:
        return
    call = queries.call_by_id(told["facts"]["call"])
    out = _written(call)
    if call.status != CallStatus.PLACED or at >= call.until:
        sending.drop(out, at, "the call was over")
        return
    sending.send(out, at)


@handles("phone.receipt")
def tell_signer(payload: dict[str, Any], at: datetime) -> None:
    """Whoever a code signed for reads it in a mail too: a code that was listened to does not stay unnoticed."""
    told = ledger.deed(payload["deed"])
    if told is None or "call" not in told["facts"]:
        return
    call = queries.call_by_id(told["facts"]["call"])
    engagement = call.seat.round.engagement
    line = f"A code sent to …{call.number_end} signed. If you gave none away, tell your security officer now."
    letter = Letter(call.person_id, told["line"], line, Event.SECURITY, "you signed by telephone")
    plan_letter(letter, engagement, deed=payload["deed"], at=at)


def _written(call: Any) -> Outgoing:
    approval = call.seat.round
    engagement = approval.engagement
    code, until = queries.code_of(call), call.until.astimezone(ZoneInfo(engagement.zone))
    most = f" at most {format_money(approval.exposure)} incl. tax" if approval.exposure is not None else ""
    said = (
        f"Code {code[:4]} {code[4:]} signs the offer you are called about:{most}. Only tell it to a caller who read"
        f" you this sum, and only if you agree. Ends {until:%H:%M}."
    )
    return Outgoing(
        key=f"call-{call.pk}",
        channel=Channel.SMS,
        person_id=call.person_id,
        topic=engagement.topic,
        subject=f"Breakfix {engagement.number}",
        said=said,
        text=said,
        link=link_to(engagement),
        useless_after=call.until,
        urgent=True,
    )
