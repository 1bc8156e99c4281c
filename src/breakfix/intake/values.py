"""The words of what comes in by itself: what a monitoring tool said, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LARGEST = 1024 * 1024  # bytes of one message of monitoring
LARGEST_MAIL = 25 * 1024 * 1024  # bytes of one mail, with what is attached


class Heard(StrEnum):
    """What a tool says of a failure: it is there, it is over, or something else worth a note."""

    FIRING = "firing"
    RESOLVED = "resolved"
    NOTED = "noted"


class Severity(StrEnum):
    CRITICAL = "critical"
    MAJOR = "major"
    WARNING = "warning"
    INFO = "info"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What became of something that came in."""

    TICKET = "ticket"
    COMMENT = "comment"
    UPDATE = "update"
    QUARANTINE = "quarantine"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Flapping:
    """Of a failure that comes and goes: when it began the last time, and since when it is said to be over."""

    begun_at: datetime | None = None
    quiet_since: datetime | None = None


class TurnedAway(StrEnum):
    """Why nothing is kept of a message whose secret was right; each is a field of its source's tally."""

    UNSIGNED = "unsigned"
    REPLAYED = "replayed"
    OVERSIZED = "oversized"


@dataclass(frozen=True)
class Signal:
    """One alert of one payload in our words.

    `key` names the failure within its tool: the same failure has the same key when it begins, repeats and ends.
    `begun_at` is what the tool says, None where it says nothing that can be read. `hosts` and `serials` are what an
    asset may be found by. `stamps_each`: `begun_at` is the instant of each telling, so a later one is no later
    beginning. `also` are the keys of other failures that the same telling ends. `dedup_key` is by what its sender
    ends it, and is in the answer. Every text is as it came, cut to a length that a page can show.
    """

    tool: str
    key: str
    heard: Heard
    title: str
    severity: Severity = Severity.UNKNOWN
    text: str = ""
    hosts: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    begun_at: datetime | None = None
    url: str = ""
    said: str = ""
    stamps_each: bool = False
    also: tuple[str, ...] = ()
    dedup_key: str = ""


@dataclass(frozen=True)
class Arrival:
    """An alert and the instant at which its message came."""

    signal: Signal
    at: datetime


class Door(StrEnum):
    """By which way a mail came."""

    HTTP = "http"
    IMAP = "imap"
    SMTP = "smtp"
    FILE = "file"


@dataclass(frozen=True)
class Piece:
    """Something that came with a mail: its name and kind are what the sender says."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One mail in our words. Nothing of it is proved: a sender is whoever they say they are.

    `text` is what they wrote themselves; `unread` says why some of it cannot be read here, or ""; `whole` is all of
    that, with what is quoted. `automatic` says why no person wrote it, "" for a person; `doubtful` why perhaps none
    did. `mark` is the same for the same message, by whatever way it came, "" where nothing in it tells it from
    another of the same words.
    """

    message_id: str
    senders: tuple[str, ...]
    subject: str
    recipients: tuple[str, ...]
    refers: tuple[str, ...]
    text: str
    whole: str
    pieces: tuple[Piece, ...]
    unread: str
    automatic: str
    doubtful: str
    headers: tuple[tuple[str, str], ...]
    mark: str


class Unmapped(Exception):
    """This cannot be read as an alert or a mail; the text says why, for whoever looks at the quarantine."""
