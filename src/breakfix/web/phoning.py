"""Signing by telephone, as the desk does it: whom it may call, what it reads out, where the code is entered."""

from typing import Any

from breakfix.approvals import queries as approvals
from breakfix.approvals.values import CallStatus, SeatKind
from breakfix.kernel.access import Deed, may
from breakfix.kernel.errors import Refused
from breakfix.web import seats
from breakfix.web.door import Visit

DONE = "Signed by telephone. It stands on record in their name."
WORDS = {
    CallStatus.PLACED: ("waits for the code", "wait", "phone-call"),
    CallStatus.SIGNED: ("signed", "good", "circle-check"),
    CallStatus.SPENT: ("too many wrong codes", "bad", "x"),
    CallStatus.REPLACED: ("called again", "plain", "phone"),
}
EXPIRED = ("no code in ten minutes", "plain", "hourglass")


def shown(visit: Visit, asked: Any) -> dict[str, Any] | None:
    """What the desk sees of a round that is open: who can be called, and the calls that were placed."""
    if not may(visit.by, Deed.CALL_APPROVER):
        return None
    calls = [_line(one, visit) for one in approvals.calls_of(asked)]
    people = [
        (person.pk, f"{person.name}, {seats.seat_words(seat)}, …{person.phone[-4:]}")
        for seat, person in approvals.callable_about(asked, visit.at)
    ]
    return {"people": list(dict(people).items()), "calls": calls, "open": [one for one in calls if one["is_open"]]}


def _line(call: Any, visit: Visit) -> dict[str, Any]:
    is_open = call.status == CallStatus.PLACED and visit.at < call.until
    ran_out = call.status == CallStatus.PLACED and not is_open
    return {
        "call": call,
        "is_open": is_open,
        "seat": seats.seat_words(call.seat.name),
        "spends": call.seat.kind == SeatKind.SPEND,
        "state": EXPIRED if ran_out else WORDS[CallStatus(call.status)],
    }


def answer(call: Any) -> None:
    """The refusal that a wrong code came to; the try itself is on record."""
    if call.status == CallStatus.SIGNED:
        return
    if call.status == CallStatus.SPENT:
        message = "That was the third wrong code; nothing was signed. Call again for a new one."
        raise Refused("code_spent", message, field="code")
    left = approvals.tries_left(call)
    message = (
        f"This is not the code that was sent; nothing was signed. {left} more {'try' if left == 1 else 'tries'}."
    )
    raise Refused("wrong_code", message, field="code")


def quote_in(call: Any) -> int:
    """The quote that a call was about."""
    return int(call.seat.round.subject.rpartition("/")[2])
