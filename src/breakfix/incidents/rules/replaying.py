"""A log of another system, walked through our own table of transitions: what fits, and what each misfit is.

Nothing is invented: no state between two events, no instant, no beginning. A log may begin mid-life, so the first
valid state is taken as it is. A step that the table does not list is refused and named, and the walk goes on from the
state that the log says, because that is where the other system was: one refusal does not breed others. An event whose
state is garbage is refused and changes nothing: the next one is judged from the last state that was valid.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from breakfix.agreements.values import Priority
from breakfix.incidents.rules.transitions import ACTIVE, TRANSITIONS, allowed_from
from breakfix.incidents.values import Status

S = Status

BEGINNINGS = frozenset({S.DRAFT, S.SUBMITTED})
# Held before the log begins, or in a state that cannot be held: any place that a hold can lead back to is possible.
FROM_SOME_HOLD: frozenset[Status] = frozenset().union(*(allowed_from(S.ON_HOLD, state) for state in ACTIVE))


class Event(NamedTuple):
    """One row of a log that could be read: their word, and what the map makes of it; `state` None is garbage.

    `known`: whether the map names the word at all. `row` is where it stands in the file.
    """

    row: int
    at: datetime
    word: str
    state: Status | None
    known: bool = True


class Misfit(NamedTuple):
    """An event that was refused: of which kind."""

    event: Event
    kind: str


@dataclass(frozen=True)
class Replay:
    """What became of one incident; `applied` and the refused add up to its events."""

    applied: int
    refused: tuple[Misfit, ...]
    began: Status | None
    ended: Status | None

    @property
    def mid_life(self) -> bool:
        """Whether the log begins after the incident did."""
        return self.began is not None and self.began not in BEGINNINGS


def could_follow(state: Status, held_from: Status | None) -> frozenset[Status]:
    """Where an incident may go from here; from a hold of unknown origin wherever some hold leads."""
    if state is S.ON_HOLD and held_from is None:
        return FROM_SOME_HOLD
    return allowed_from(state, held_from)


def replay(events: Iterable[Event]) -> Replay:
    """Walk the events of one incident, in the order of time; never raises, whatever the states are."""
    refused: list[Misfit] = []
    began = now = held_from = None
    applied, before = 0, ""
    for event in events:
        state = event.state
        if state is None:
            refused.append(Misfit(event, _garbage(event)))
            continue
        fits = now is None or state is now or state in could_follow(now, held_from)
        if fits:
            applied += 1
        else:
            refused.append(Misfit(event, f"{now} -> {state} (their words {before} -> {event.word})"))
        if state is not now:
            held_from = now if fits and now in ACTIVE else None
        began, now, before = began or state, state, event.word
    return Replay(applied, tuple(refused), began, now)


def _garbage(event: Event) -> str:
    return f"garbage state {event.word}" if event.known else f"state {event.word} is not in the map"


def way(origin: Status, to: Status) -> tuple[Status, ...]:
    """The shortest way that our table knows from one state to another, both included; () where there is none.

    It says what the other system left out; nothing is ever filled in from it. No way goes through a hold, which leads
    nowhere new.
    """
    waiting, come_from = deque([origin]), {origin: origin}
    while waiting:
        state = waiting.popleft()
        if state is to:
            steps = [to]
            while steps[-1] is not origin:
                steps.append(come_from[steps[-1]])
            return tuple(reversed(steps))
        for target in sorted(ACTIVE if state is S.ON_HOLD else TRANSITIONS[state]):
            if target not in come_from and (target is not S.ON_HOLD or target is to):
                come_from[target] = state
                waiting.append(target)
    return ()


Matrix = Mapping[tuple[str, str], str]


def recomputed(matrix: Matrix, levels: Mapping[str, Priority], impact: str, urgency: str) -> Priority | None:
    """The priority that the client's own matrix gives; None where it has no such cell."""
    theirs = matrix.get((impact, urgency))
    return None if theirs is None else levels.get(theirs)
