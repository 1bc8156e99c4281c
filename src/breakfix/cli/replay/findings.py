"""What a replay found, added up: every refused event by its kind, and whether priorities agree."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakfix.cli.replay.faults import Fault
from breakfix.cli.replay.mapping import Mapping
from breakfix.cli.replay.reading import Read
from breakfix.incidents import replaying
from breakfix.incidents.replaying import Event
from breakfix.incidents.values import Status
from breakfix.kernel.worktime.zones import EPOCH

MOST = 1_000  # kinds; a wrong column may hold a different word in every row
OTHERS = "of other kinds"

Told = Callable[[Fault], None]


@dataclass
class Findings:
    """`applied` and the sum of `refused` are `events`, always. `first` is the first row of each kind."""

    mapping: Mapping
    tell: Told = lambda _: None
    incidents: int = 0
    events: int = 0
    applied: int = 0
    mid_life: int = 0
    doubled: int = 0
    agrees: int = 0
    compared: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    differs: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        rated = self.mapping.priority
        cells = rated.matrix.items() if rated else ()
        self.matrix = {(impact, urgency): to for impact, row in cells for urgency, to in row.items()}
        self.levels = rated.levels if rated else {}

    def fault(self, fault: Fault) -> None:
        """A row that is no event."""
        self.events += 1
        self._refuse(fault)

    def _refuse(self, fault: Fault) -> None:
        kind = fault.kind if fault.kind in self.refused or len(self.refused) < MOST else OTHERS
        self.refused[kind] += 1
        self.first[kind] = min(fault.row, self.first.get(kind, fault.row))
        self.tell(fault)

    def incident(self, number: str, read: list[Read]) -> replaying.Replay:
        """Replay one incident and add it up."""
        found = replaying.replay(map(as_event, read))
        self.incidents += 1
        self.events += len(read)
        self.applied += found.applied
        self.mid_life += found.mid_life
        self.doubled += sum(one.doubled for one in read)
        for event, kind in found.refused:
            self._refuse(Fault(event.row, number, self.mapping.columns.state or event.word, event.word, kind))
        if self.matrix:
            self._rate(read)
        return found

    def _rate(self, read: list[Read]) -> None:
        for one in read:
            if one.state is None or not one.priority:
                continue
            ours = replaying.recomputed(self.matrix, self.levels, one.impact, one.urgency)
            theirs = self.levels.get(one.priority)
            self.compared += 1
            if ours is not None and ours is theirs:
                self.agrees += 1
            else:
                kind = f"{one.impact} x {one.urgency} is {ours}, the log says {one.priority} ({theirs})"
                self.differs[kind if kind in self.differs or len(self.differs) < MOST else OTHERS] += 1

    def as_json(self, seconds: float) -> dict[str, Any]:
        """The report as one object; kinds are sorted by how often they came."""
        return {
            "incidents": self.incidents,
            "events": self.events,
            "applied": self.applied,
            "refused": dict(self.refused.most_common()),
            "first_rows": {kind: self.first[kind] for kind, _ in self.refused.most_common()},
            "mid_life": self.mid_life,
            "doubled_hour": self.doubled,
            "priority_agrees": self.agrees if self.matrix else None,
            "priority_compared": self.compared,
            "priority_differs": dict(self.differs.most_common()),
            "seconds": round(seconds, 3),
            "events_per_second": round(self.events / seconds) if seconds else 0,
        }


def as_event(one: Read) -> Event:
    at = EPOCH + timedelta(microseconds=one.at)
    return Event(one.row, at, one.word, Status(one.state) if one.state else None, bool(one.known))
