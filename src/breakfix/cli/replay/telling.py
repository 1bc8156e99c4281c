"""The report of a replay in words."""

from collections.abc import Iterator
from typing import Any

from breakfix.cli.replay.findings import Findings
from breakfix.incidents import replaying
from breakfix.incidents.values import Status

SHOWN = 40  # kinds; the rest is in --json and --report


def lines(found: Findings, told: dict[str, Any]) -> Iterator[str]:
    """Each figure with what it means; each kind of refusal with its first row."""
    refused = sum(found.refused.values())
    yield f"{found.incidents:,} incidents, {found.events:,} events: {found.applied:,} applied, {refused:,} refused."
    if found.mid_life:
        yield f"{found.mid_life:,} incidents begin mid-life: their first state was taken as it is."
    if found.doubled:
        yield f"{found.doubled:,} instants stand in an hour that autumn showed twice; the first was taken."
    kinds = found.refused.most_common(SHOWN)
    row = "row" if found.mapping.format == "csv" else "line"
    for kind, count in kinds:
        yield f"  {count:>9,}  {kind}; first in {row} {found.first[kind]}{_way(kind)}"
    if len(found.refused) > len(kinds):
        yield f"             and {len(found.refused) - len(kinds):,} kinds more; --json names all of them."
    if found.matrix:
        yield f"Priority from impact x urgency: {found.agrees:,} of {found.compared:,} rows with a valid state agree."
    for kind, count in found.differs.most_common(SHOWN):
        yield f"  {count:>9,}  {kind}"
    if "imported" in told:
        machines = f"{told['with_asset']:,} of them on a machine of the register"
        yield f"{told['imported']:,} incidents imported, {machines}; {told['already_there']:,} were there already."
    yield f"{told['seconds']:.2f} s, {told['events_per_second']:,} events per second."


def _way(kind: str) -> str:
    """What our table has between the two states of a refused step, where it has a way at all."""
    origin, arrow, rest = kind.partition(" -> ")
    to = rest.partition(" ")[0]
    if not arrow or origin not in Status.__members__ or to not in Status.__members__:
        return ""
    if origin == Status.ON_HOLD and to in replaying.ACTIVE:
        return "; our table leads a hold back to where it began"
    between = replaying.way(Status(origin), Status(to))[1:-1]
    return f"; our table goes over {', '.join(between)}" if between else "; our table knows no way"
