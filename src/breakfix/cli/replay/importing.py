"""`breakfix replay --into`: what was replayed becomes a client's history, in batches, each a deed of its own."""

from datetime import timedelta
from itertools import groupby
from typing import Any

from breakfix.cli.replay.faults import Unreadable
from breakfix.cli.replay.mapping import Mapping
from breakfix.cli.replay.reading import Read
from breakfix.incidents.actions.history import import_history
from breakfix.incidents.values import PastEvent, PastLife, Status
from breakfix.kernel import clock
from breakfix.kernel.access import OPERATOR
from breakfix.kernel.binding import UNPRINTABLE
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.zones import EPOCH
from breakfix.parties.queries import find_organisation

OF_ALL = {"bad_source", "not_a_client", "not_allowed", "not_found"}  # refusals that are about no single incident
BATCH = 100  # incidents of one deed: one entry of the client's log


class Importing:
    """Keeps incidents of one log; a second run of the same log adds nothing."""

    def __init__(self, client: str, mapping: Mapping) -> None:
        found = find_organisation(client)
        if found is None:
            raise Unreadable(f"there is no organisation {client!r}; `--into` takes its short name.")
        self.client_id, self.mapping = found.pk, mapping
        self.waiting: list[PastLife] = []
        self.given = self.made = self.with_asset = 0
        self.not_kept: list[dict[str, str]] = []

    def add(self, number: str, read: list[Read]) -> None:
        """One incident; it is written with the next batch."""
        self.waiting.append(life_of(number, read))
        if len(self.waiting) == BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits; what was written before stays, whatever happens now."""
        if not self.waiting:
            return
        batch, self.waiting = self.waiting, []
        try:
            self._write(batch)
        except Refused as no:
            if no.code in OF_ALL:
                told = f"{no.code}: {no.message} {self.made:,} incidents were imported before that and stay."
                raise Unreadable(told) from None
            for one in batch:  # one of them cannot be kept, which is no reason to lose the others
                try:
                    self._write([one])
                except Refused as again:
                    self.not_kept.append({"number": one.number, "why": again.message})

    def _write(self, batch: list[PastLife]) -> None:
        source, asset_by = self.mapping.source, self.mapping.asset_by
        made = import_history(
            self.client_id, source=source, lives=batch, asset_by=asset_by, by=OPERATOR, at=clock.now()
        )
        self.given += len(batch)
        self.made += len(made)
        self.with_asset += sum(one.asset_id is not None for one in made)

    def as_json(self) -> dict[str, Any]:
        """What came of it, for the report."""
        return {
            "imported": self.made,
            "already_there": self.given - self.made,
            "with_asset": self.with_asset,
            "not_kept": self.not_kept,
        }


def life_of(number: str, read: list[Read]) -> PastLife:
    """The incident in the log's own words; of what changes, such as its title, the last that the log says."""
    events = []
    for one in read:
        at, state = EPOCH + timedelta(microseconds=one.at), Status(one.state) if one.state else None
        events.append(PastEvent(at, one.written.strip(), one.word, state))
    last = {name: _last(getattr(one, name) for one in read) for name in ("title", "asset", "priority")}
    return PastLife(number, events, last["title"][:2000], last["asset"][:120], last["priority"][:60])


def _last(said: Any) -> str:
    told = [UNPRINTABLE.sub("", text).strip() for text, _ in groupby(said)]
    return next((text for text in reversed(told) if text), "")
