"""Where a text of the log stands in time: the instant that the map reads in it, or why it is none."""

from datetime import UTC, datetime
from functools import lru_cache

from breakfix.cli.replay.mapping import Instants
from breakfix.kernel.worktime.zones import micros, zone_of

DATE_ONLY = 10  # characters of 2026-11-29
FIRST_YEAR, LAST_YEAR = 1970, 2999


class Misplaced(Exception):
    """A text that is no instant; the message is what it is instead."""


class Placing:
    """Reads instants of one log; the same text is worked out once."""

    def __init__(self, given: Instants) -> None:
        self.formats, self.zone, self.name = given.format, zone_of(given.zone), given.zone
        self.placed = lru_cache(maxsize=2**16)(self._placed)

    def _placed(self, text: str) -> tuple[int, bool]:
        """The instant, and whether its hour came twice; Misplaced for what no clock showed."""
        found = self._parsed(text)
        try:
            if not FIRST_YEAR <= found.year <= LAST_YEAR:  # 0001-01-01 is how some programs write "never"
                raise Misplaced("is no instant")
            if found.tzinfo is not None:
                return micros(found.astimezone(UTC)), False
            first, second = (found.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
            at = first.astimezone(UTC)
            if at.astimezone(self.zone).replace(tzinfo=None) != found:
                raise Misplaced(f"was skipped by the clocks of {self.name}")
            return micros(at), first.utcoffset() != second.utcoffset()
        except (OverflowError, ValueError):
            raise Misplaced("is no instant") from None

    def _parsed(self, text: str) -> datetime:
        for one in self.formats:
            try:
                if one != "iso":
                    return datetime.strptime(text, one)  # noqa: DTZ007 - placed in the zone of the map
                if len(text) > DATE_ONLY:
                    return datetime.fromisoformat(text)
            except ValueError:
                continue
        raise Misplaced("is no instant in the format of the map")
