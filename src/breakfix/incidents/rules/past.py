"""What an incident of another system comes to as a row of ours: its own words, our reading of them, nothing else."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from breakfix.incidents.rules.replaying import Event, Replay, replay
from breakfix.incidents.values import PastEvent, PastLife, Status
from breakfix.kernel.errors import Refused

MOST_LIVES, MOST_EVENTS = 200, 10_000  # of one deed, of one incident
YEARS = 1900, 2999
SOURCE, NUMBER, WORD, PRIORITY, TITLE, ASSET = 60, 120, 120, 60, 2_000, 120  # characters


def check_lives(source: str, lives: Sequence[PastLife]) -> None:
    """Refuse what is no batch of a log: too much at once, an incident twice, one without number or events."""
    if not source.strip() or len(source) > SOURCE:
        raise Refused("bad_source", f"Name the system in 1 to {SOURCE} characters.", field="source")
    if not 1 <= len(lives) <= MOST_LIVES:
        raise Refused("bad_batch", f"Send 1 to {MOST_LIVES} incidents at once.", field="lives", most=MOST_LIVES)
    seen: set[str] = set()
    for place, one in enumerate(lives):
        where = f"lives-{place}"
        if one.number in seen:
            raise Refused("number_twice", f"{one.number} stands twice; send all its events together.", field=where)
        seen.add(one.number)
        if not 1 <= len(one.events) <= MOST_EVENTS:
            message = f"An incident has 1 to {MOST_EVENTS:,} events; {one.number} has {len(one.events):,}."
            raise Refused("bad_events", message, field=f"{where}-events")
        _check_words(one, where)


def _check_words(one: PastLife, where: str) -> None:
    limits = {"number": NUMBER, "title": TITLE, "asset": ASSET, "priority": PRIORITY}
    for name, most in limits.items():
        given = getattr(one, name)
        if len(given) > most or (name == "number" and not given.strip()):
            message = f"Shorten the {name} of {one.number[:40] or 'an incident'} to 1 to {most:,} characters."
            raise Refused("bad_text", message, field=f"{where}-{name}")
    if any(not YEARS[0] <= event.at.year <= YEARS[1] for event in one.events):
        message = f"Instants of {one.number} lie before {YEARS[0]} or after {YEARS[1]}."
        raise Refused("bad_instant", message, field=f"{where}-events")
    if any(not 1 <= len(event.word) <= WORD or len(event.written) > WORD for event in one.events):
        message = f"States and instants of {one.number} have 1 to {WORD} characters."
        raise Refused("bad_text", message, field=f"{where}-events")


def walked(life: PastLife) -> tuple[list[PastEvent], Replay]:
    """Its events in the order of time (equal instants as they were given), and what our table makes of them."""
    events = sorted(life.events, key=lambda event: event.at)
    return events, replay(Event(row, one.at, one.word, one.state) for row, one in enumerate(events))


def as_stored(events: Iterable[PastEvent], found: Replay) -> list[dict[str, Any]]:
    """Each event with the log's words and our reading, and the step that our table does not list by its kind."""
    kinds = {misfit.event.row: misfit.kind for misfit in found.refused}
    return [
        {
            "at": one.at.astimezone(UTC).isoformat(),
            "written": one.written,
            "word": one.word,
            "state": one.state.value if one.state else "",
            "refused": kinds.get(row, ""),
        }
        for row, one in enumerate(events)
    ]


def last_into(events: Sequence[PastEvent], state: Status) -> datetime | None:
    """When it came into this state the last time; None where the log never says so."""
    valid = [one for one in events if one.state is not None]
    came = [one.at for before, one in zip([None, *valid], valid, strict=False) if _enters(before, one, state)]
    return came[-1] if came else None


def _enters(before: PastEvent | None, one: PastEvent, state: Status) -> bool:
    return one.state is state and (before is None or before.state is not state)
