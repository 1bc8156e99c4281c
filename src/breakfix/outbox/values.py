"""The words of notifications: what one can be told of, by which way, when it may wait, and how far a message got."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from breakfix.approvals.values import Channel


class Event(StrEnum):
    """What somebody can be told of; each person chooses the channels of each."""

    URGENT = "urgent"
    SECURITY = "security"
    ASKED = "asked"
    CLOCK = "clock"
    PROGRESS = "progress"
    MONEY = "money"


class MessageStatus(StrEnum):
    """How far one message got, and never further than that.

    WRITTEN: it lies in a folder of this installation. HANDED_OVER: a mail server, push service or gateway took it.
    Only a gateway that says so makes it DELIVERED or ANSWERED.
    """

    WAITING = "WAITING"
    HANDING_OVER = "HANDING_OVER"
    WRITTEN = "WRITTEN"
    HANDED_OVER = "HANDED_OVER"
    DELIVERED = "DELIVERED"
    ANSWERED = "ANSWERED"
    FAILED = "FAILED"
    DROPPED = "DROPPED"


class Said(StrEnum):
    """What a gateway may say of a message it took."""

    DELIVERED = "delivered"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when, by the clock of one place, what may wait does wait; over midnight where from > until."""

    since: time
    until: time
    zone: str


@dataclass(frozen=True, slots=True)
class Choices:
    """How one person is told of what: their own choice where they made one, else what their roles suggest."""

    channels: Mapping[Event, frozenset[Channel]]
    # What they cannot switch off now: they are on duty.
    fixed: Mapping[Event, frozenset[Channel]] = field(default_factory=dict)
    quiet: QuietHours | None = None
    on_duty: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """What a message is about, as far as preferences ask."""

    event: Event
    p1: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one person by one channel, ready to leave; the same `key` is never another message.

    `subject` and `said` may stand on a lock screen; only `text` and `html` are read after unlocking. After
    `useless_after` nobody tries any more.
    """

    key: str
    channel: Channel
    person_id: int
    topic: str
    subject: str
    said: str
    text: str
    link: str
    useless_after: datetime
    html: str = ""
    urgent: bool = False
    attempt_id: int | None = None
    # Where a mail is answered; "" where nobody reads answers.
    reply_to: str = ""
