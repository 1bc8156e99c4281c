"""A signature by telephone (domain.md §3.2): the desk calls the registered number, and a one-time code, which only
that telephone receives, signs the document that was read out. No code, no signature: nobody of the provider decides.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from breakfix.approvals.values import CallStatus
from breakfix.kernel.errors import Refused

DIGITS = 8
GOOD_FOR = timedelta(minutes=10)
MOST_WRONG = 3  # with eight digits a guesser has three chances in a hundred million
MOST_CALLS, WITHIN = 3, timedelta(hours=1)  # a telephone that rings all night is no consent
FEWEST_DIGITS = 6  # of a telephone number

S = CallStatus
CALL_TRANSITIONS: Mapping[CallStatus, frozenset[CallStatus]] = {
    S.PLACED: frozenset({S.SIGNED, S.SPENT, S.REPLACED}),
    S.SIGNED: frozenset(),
    S.SPENT: frozenset(),
    S.REPLACED: frozenset(),
}
_OVER = {
    S.SIGNED: ("code_used", "This code has signed already; every signature needs its own call."),
    S.SPENT: ("code_spent", "Too many wrong codes were entered; call again for a new one."),
    S.REPLACED: ("code_replaced", "A later call sent a newer code; enter that one."),
}


def has_number(phone: str) -> bool:
    """Whether somebody can be called on this."""
    return sum(letter.isdigit() for letter in phone) >= FEWEST_DIGITS


def check_can_call(name: str, phone: str, earlier: Sequence[datetime], at: datetime) -> None:
    """Refuse without a registered number, and a fourth call within an hour."""
    if not has_number(phone):
        message = f"{name} has no registered telephone number; their administrator can enter one."
        raise Refused("no_number", message, field="person_id")
    if sum(at - WITHIN < call <= at for call in earlier) >= MOST_CALLS:
        message = f"{name} was called {MOST_CALLS} times within the hour; wait, or call somebody else."
        raise Refused("called_too_often", message, field="person_id")


def check_can_enter(status: CallStatus, until: datetime, at: datetime) -> None:
    """Refuse a code whose call is over; the instant at which it ends is too late."""
    if status is not S.PLACED:
        raise Refused(*_OVER[status], field="code")
    if at >= until:
        raise Refused("code_expired", "This code was good for ten minutes; call again for a new one.", field="code")


def check_can_end(current: CallStatus, target: CallStatus) -> None:
    """Refuse what the table does not have."""
    if target not in CALL_TRANSITIONS[current]:
        raise Refused(*_OVER[current])


def plain(code: str) -> str:
    """The digits of a code as somebody wrote them down: "1234 5678" and "12345678" are the same."""
    digits = "".join(code.split()).replace("-", "")
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        raise Refused("invalid_field", f"A code has {DIGITS} digits, as in 1234 5678.", field="code")
    return digits


def after_wrong(wrong: int) -> CallStatus:
    """Where a call stands after so many wrong codes."""
    return S.SPENT if wrong >= MOST_WRONG else S.PLACED
