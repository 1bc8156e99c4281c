"""What an alert means beside what is known already: a new failure, one more telling, its end, or nothing."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from breakfix.intake.rules.instants import believed
from breakfix.intake.rules.severities import is_worse
from breakfix.intake.values import Heard, Outcome, Severity, Signal

MOST_NAMES = 20  # of one alert, that the register is asked for
AGAIN = "the same message was received before"
# A failure that is back so soon after its end is the same one; once it came back so often, its end is believed only
# when it stayed away for so long.
BACK_WITHIN = timedelta(hours=1)
FLAPS = 3
QUIET_FOR = timedelta(minutes=15)
# Who reminds of a problem does so once a day at least; what was dismissed and is told of after more than that is new.
AWAY_FOR = timedelta(hours=25)


class Step(StrEnum):
    DRAFT = "draft"
    COUNT = "count"
    ANEW = "anew"
    BACK = "back"
    END = "end"
    QUIET = "quiet"
    STIRS = "stirs"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Known:
    """The last alert with the same fingerprint; `dated` if its tool said when it began.

    `begun_at`: the last time that it began. `decided_at`: when it was dismissed, or the engagement that it became was
    over; `repaired`: the service is back. `flaps`: how often it came back; `quiet`: its tool says that it is over.
    `last_told` is known only of what was dismissed, told by who does not say when it began.
    """

    begun_at: datetime
    dated: bool
    ended_at: datetime | None = None
    decided_at: datetime | None = None
    dismissed: bool = False
    repaired: bool = False
    flaps: int = 0
    quiet: bool = False
    severity: Severity = Severity.UNKNOWN
    last_told: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether its tool said that it is over, and was believed."""
        return self.ended_at is not None

    def is_back(self, at: datetime) -> bool:
        """Whether one that is told now is this one again, and not the next one."""
        # Whoever repaired it believes it done: what fails then is told anew, or nobody would hear of it.
        settled = self.decided_at is not None or self.repaired
        return self.ended_at is not None and not settled and at - self.ended_at <= BACK_WITHIN

    @property
    def flapping(self) -> bool:
        """Whether its end is believed only once it stayed away; of what was decided about, each end is."""
        return self.flaps >= FLAPS and self.decided_at is None


def fingerprint(signal: Signal) -> str:
    """The same for every telling of one failure of one source; SHA-256 in hex."""
    return hashlib.sha256(f"{signal.tool}\n{signal.key}".encode()).hexdigest()


def each(signal: Signal) -> list[Signal]:
    """The same once for each failure that it may be about, its own first."""
    return [replace(signal, key=key, also=()) for key in (signal.key, *signal.also)]


def as_drafted(signal: Signal, at: datetime) -> Known:
    """What is known of a failure once it is drafted from what came at `at`."""
    begun_at, doubt = believed(signal.begun_at, at)
    return Known(begun_at, signal.begun_at is not None and not doubt, severity=signal.severity)


def step(signal: Signal, known: Known | None, *, at: datetime, repeated: bool = False) -> tuple[Step, str]:
    """What to do about a signal, and why where it is nothing. Signals may come late, twice and out of order.

    `repeated`: the very same bytes came before. Where they say when it began that decides; where they do not, they
    may be the next failure, and a draft too many costs less than a failure that nobody hears of.
    """
    begun = signal.begun_at
    if known is None or known.ended:
        over = known is not None and known.dated and begun is not None and begun <= known.begun_at
        if signal.heard is Heard.FIRING:
            if over:
                return Step.NOTHING, "it tells of a failure that is over already"
            return (Step.BACK if known is not None and known.is_back(at) else Step.DRAFT), ""
        return Step.NOTHING, "nothing is open here that this is about"
    if signal.heard is Heard.RESOLVED:
        earlier = known.dated and begun is not None and begun < known.begun_at
        if earlier:
            return Step.NOTHING, "it ends a failure before this one"
        return (Step.QUIET if known.flapping else Step.END), ""
    # Some tools never say that it is over: what began after it was decided about is another failure.
    if signal.heard is Heard.FIRING and _is_next(signal, known, at, repeated):
        return Step.ANEW, ""
    late = known.dated and begun is not None and begun <= known.begun_at
    if signal.heard is Heard.FIRING and known.quiet and not late:
        return Step.STIRS, ""  # also by bytes that came before: a tool without dates has no others
    return (Step.NOTHING, AGAIN) if repeated else (Step.COUNT, "")


def _is_next(signal: Signal, known: Known, at: datetime, repeated: bool) -> bool:
    """Whether this is the failure after one that was decided about, of which no end was told.

    A reminder of a problem that was dismissed is none, or it would be back at every interval; of one that was
    believed repaired it is, or nobody would hear that it lasts. What is worse than what was dismissed is no reminder:
    that, nobody has judged yet.
    """
    begun = signal.begun_at
    if known.decided_at is None:
        return False
    if known.dismissed and worsens(signal, known, repeated=repeated):
        return True
    if not known.dismissed:
        return begun is None or begun > known.decided_at  # once: the draft of it takes the later ones
    if begun is not None and not signal.stamps_each:
        return begun > known.decided_at
    return known.last_told is not None and at - known.last_told > AWAY_FOR


def worsens(signal: Signal, known: Known, *, repeated: bool = False) -> bool:
    """Whether a failure that is known is told to be worse than it was; bytes of a failure before it say nothing."""
    begun = signal.begun_at
    before = repeated and known.dated and begun is not None and begun < known.begun_at
    return signal.heard is not Heard.RESOLVED and not before and is_worse(signal.severity, known.severity)


def outcome(taken: Iterable[Step]) -> Outcome:
    """What became of a whole payload: the most that became of one of its alerts."""
    steps = set(taken)
    if steps & {Step.DRAFT, Step.ANEW}:
        return Outcome.TICKET
    return Outcome.UPDATE if steps - {Step.NOTHING} else Outcome.IGNORED


def is_quiet(quiet_since: datetime | None, at: datetime) -> bool:
    """Whether a failure that came back often stayed away for long enough to be over."""
    return quiet_since is not None and at - quiet_since >= QUIET_FOR


def names(signal: Signal) -> tuple[str, ...]:
    """What the machine may be called in a register: as it was said, without a port, without its domain."""
    found: list[str] = []
    for host in signal.hosts[:MOST_NAMES]:
        bare = _bare(host.strip().casefold())
        labels = bare.split(".")
        short = [labels[0]] if not all(label.isdecimal() for label in labels) else []
        found += [bare, *short]
    return tuple(dict.fromkeys(name for name in found if name))[:MOST_NAMES]


def _bare(host: str) -> str:
    """Without a scheme, a path, a port or the brackets of an address."""
    host = host.partition("://")[2].partition("/")[0] if "://" in host else host
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, _, port = host.rpartition(":")
    return name if port.isdecimal() and name and ":" not in name else host
