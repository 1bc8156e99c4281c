"""Who signs: the seats of a round and everything that was tried to reach their people, for every page that asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from breakfix.approvals import queries as approvals
from breakfix.approvals.values import Outcome, RungName, SeatKind, SeatState
from breakfix.kernel.access import Actor, Deed, may
from breakfix.outbox import queries as outbox
from breakfix.outbox.values import MessageStatus

RUNGS = {
    RungName.NOTIFY: "asked",
    RungName.VOICE: "called",
    RungName.DELEGATE: "delegate",
    RungName.NEXT_LEVEL: "next level",
    RungName.EMERGENCY: "duty manager",
}
OUTCOMES = {
    Outcome.SENT: "sent",
    Outcome.NO_NUMBER: "no number on file",
    Outcome.NOBODY: "nobody holds this seat",
    Outcome.NO_DELEGATE: "nobody stands in",
    Outcome.NO_NEXT_LEVEL: "nobody above",
    Outcome.NO_EMERGENCY: "no duty manager",
}
# How far a message got, and never a word further.
STATES = {
    MessageStatus.WAITING: ("waits", "wait"),
    MessageStatus.HANDING_OVER: ("on its way", "wait"),
    MessageStatus.WRITTEN: ("written to a file here", "mute"),
    MessageStatus.HANDED_OVER: ("handed over", "info"),
    MessageStatus.DELIVERED: ("delivered", "good"),
    MessageStatus.ANSWERED: ("answered", "good"),
    MessageStatus.FAILED: ("failed", "bad"),
    MessageStatus.DROPPED: ("not sent", "mute"),
}
_LOOKS = {
    SeatState.PENDING: ("wait", "hourglass", "waits"),
    SeatState.NOTIFIED: ("wait", "hourglass", "asked"),
    SeatState.DELEGATED: ("wait", "user-plus", "stand-in asked"),
    SeatState.TIMED_OUT: ("bad", "phone-call", "no answer"),
    SeatState.APPROVED: ("good", "check", "approved"),
    SeatState.REJECTED: ("bad", "circle-x", "rejected"),
    SeatState.BYPASSED_EMERGENCY: ("wait", "bolt", "duty manager"),
    SeatState.RATIFIED: ("good", "checks", "ratified"),
    SeatState.RATIFICATION_REFUSED: ("bad", "circle-x", "not ratified"),
}


@dataclass(frozen=True)
class SeatLine:
    """One seat as people read it: whose, what came of it, and by whom."""

    name: str
    words: str
    tone: str
    icon: str
    state: str
    seat: Any
    tries: int
    mine: bool


def seat_words(name: str) -> str:
    """`data_owner` as people say it."""
    return "IT" if name == "it" else name.replace("_", " ").capitalize()


def lines_of(approval: Any, mine: tuple[str, ...] = ()) -> list[SeatLine]:
    """The seats of a round in their order; `mine` are those the reader may fill."""
    sent: dict[int, set[tuple[str, str]]] = {}
    for one in approvals.attempts(approval):
        if one.outcome == Outcome.SENT:
            sent.setdefault(one.seat_id, set()).add((one.rung, one.channel))
    found = []
    for seat in approval.seats.all():
        tone, icon, words = _LOOKS[SeatState(seat.state)]
        if seat.kind == SeatKind.ACKNOWLEDGEMENT and seat.state == SeatState.APPROVED:
            words = "acknowledged"
        tries = len(sent.get(seat.pk, ()))
        found.append(SeatLine(seat.name, seat_words(seat.name), tone, icon, words, seat, tries, seat.name in mine))
    return found


def tries_of(approval: Any) -> list[dict[str, Any]]:
    """Every logged attempt in order, in words."""
    tried = approvals.attempts(approval)
    messages = outbox.states_of(one.pk for one in tried)
    return [
        {
            "at": one.at,
            "seat": seat_words(one.seat.name),
            "rung": RUNGS[RungName(one.rung)],
            "channel": one.channel,
            "person": one.person,
            "outcome": OUTCOMES[Outcome(one.outcome)],
            "sent": one.outcome == Outcome.SENT,
            "got": STATES[MessageStatus(messages[one.pk].status)] if one.pk in messages else None,
            "note": messages[one.pk].note if one.pk in messages else "",
        }
        for one in tried
    ]


@dataclass(frozen=True)
class Say:
    """What one reader may say at a round now; where nothing, why."""

    spend: tuple[str, ...] = ()
    acknowledge: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    emergency: tuple[str, ...] = ()
    ratify: tuple[str, ...] = ()
    reason: str = ""
    emergency_reason: str = ""

    @property
    def anything(self) -> bool:
        return bool(self.spend or self.acknowledge or self.change or self.emergency)


def say(approval: Any, by: Actor, at: datetime) -> Say:
    """Ask the same rules that the deeds ask."""
    standing = approvals.may_decide(approval, by, at)
    kinds = {seat.name: seat.kind for seat in approval.seats.all()}

    def of(kind: SeatKind) -> tuple[str, ...]:
        return tuple(name for name in standing.seats if kinds[name] == kind)

    urgent = approvals.may_decide_in_emergency(approval, by, at) if may(by, Deed.APPROVE_QUOTE_IN_EMERGENCY) else None
    ratify = approvals.may_ratify(approval, by, at) if may(by, Deed.RATIFY) else None
    return Say(
        spend=of(SeatKind.SPEND),
        acknowledge=of(SeatKind.ACKNOWLEDGEMENT),
        change=of(SeatKind.CHANGE),
        emergency=urgent.seats if urgent else (),
        ratify=ratify.seats if ratify else (),
        reason=standing.reason,
        emergency_reason=urgent.reason if urgent else "",
    )
