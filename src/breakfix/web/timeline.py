"""The timeline of an engagement as people read it: the story in full, runs of small entries behind one line each.

Nothing is left out: what is folded opens in place, and every entry keeps its position in the log.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from breakfix.kernel.money import Money
from breakfix.parties import queries as parties
from breakfix.web.door import Visit
from breakfix.web.looks import MINOR_WORDS

BREACH = 100  # percent of a commitment: from here on a clock's warning is part of the story
SMALL = 2  # entries; a shorter run stands for itself, unless it is a clock's warning


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline as the component shows it; `minor` ones are told in passing."""

    at: datetime
    kind: str
    line: str
    who: str
    position: int
    href: str
    money: Money | None
    money_label: str
    files: tuple[dict[str, Any], ...]
    minor: bool = False
    breach: bool = False
    outside: bool = False


@dataclass(frozen=True)
class Fold:
    """A run of minor entries within a day, in the order of the page, and what is in it in words."""

    entries: list[Happening]
    words: str

    @property
    def first(self) -> Happening:
        """The earliest entry: its position names the fold, so that it stays open while newer ones join."""
        return min(self.entries, key=lambda one: one.position)

    @property
    def last(self) -> Happening:
        """The latest entry."""
        return max(self.entries, key=lambda one: one.position)

    @property
    def files(self) -> int:
        """How many files lie in it."""
        return sum(len(one.files) for one in self.entries)


Item = Happening | Fold


def days_of(
    visit: Visit, told: Iterable[parties.Told], *, oldest_first: bool = False
) -> list[tuple[date, list[Item]]]:
    """What happened by day in the reader's zone, latest first unless asked otherwise, small runs folded."""
    zone = ZoneInfo(parties.zone_of(visit.request.user))  # type: ignore[arg-type] # nobody else gets here
    # Field staff read the story, not the log behind it.
    reads_log = not visit.by.field_only
    entries = [_happening(one, reads_log) for one in told]
    if not oldest_first:
        entries.reverse()
    return [
        (day, _folded(list(group))) for day, group in groupby(entries, lambda one: one.at.astimezone(zone).date())
    ]


def _happening(told: parties.Told, reads_log: bool) -> Happening:
    amount = told.facts.get("money")
    breach = told.kind == "clock.warned" and int(told.facts.get("percent", 0)) >= BREACH
    return Happening(
        at=told.at,
        kind=told.kind,
        line=told.line,
        who=told.who,
        position=told.position,
        href=reverse("log_entry", args=[told.position]) if reads_log else "",
        money=Money.of(amount["amount"], amount["currency"]) if isinstance(amount, dict) else None,
        money_label=str(told.facts.get("money_label", "")),
        files=told.files,
        minor=told.kind in MINOR_WORDS and not breach and not isinstance(amount, dict),
        breach=breach,
        outside=told.facts.get("within") is False,
    )


def _folded(entries: list[Happening]) -> list[Item]:
    items: list[Item] = []
    for minor, group in groupby(entries, lambda one: one.minor):
        run = list(group)
        folds = minor and (len(run) >= SMALL or run[0].kind == "clock.warned")
        items += [Fold(run, _words(run))] if folds else run
    return items


def _words(run: list[Happening]) -> str:
    """What a run holds: "9 clock warnings, 5 protocol steps (2 out of limits)", the most frequent first."""
    parts = []
    for kind, count in Counter(one.kind for one in run).most_common():
        outside = sum(one.outside for one in run if one.kind == kind)
        noted = f" ({outside} out of limits)" if outside else ""
        parts.append(f"{count} {MINOR_WORDS[kind][count > 1]}{noted}")
    return ", ".join(parts)
