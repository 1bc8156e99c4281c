"""Holding what came out against what the story expects; every difference is one readable line."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from breakfix.cli.story import figures
from breakfix.cli.story.format import Story, StoryError
from breakfix.cli.story.names import Names
from breakfix.cli.story.player import Outcome

KNOWN = {"figures", "states", "documents", "on"}


def faults_of(story: Story, names: Names, outcomes: list[Outcome], at: datetime) -> list[str]:
    """What is not as the story says, one line each; empty when it all came out."""
    faults = [
        f"step {one.step.number} at {one.step.at:%d %b %H:%M}, {one.step.by} {one.step.do}: {one.fault}"
        for one in outcomes
        if one.fault
    ]
    return faults + _differences(story.expect, names, at)


def _differences(expect: dict[str, Any], names: Names, at: datetime) -> list[str]:
    faults: list[str] = []
    others = {name: part for name, part in expect.items() if name not in KNOWN}
    for name, part in others.items():
        if not isinstance(part, dict):
            raise StoryError(
                f"expect: {name!r} is neither one of {', '.join(sorted(KNOWN))} nor an engagement's name"
            )
        names.engagement_id = names.id_of("engagement", name, "expect")
        faults += [f"{name}: {fault}" for fault in _differences(part, names, at)]
    if "on" in expect:
        names.engagement_id = names.id_of("engagement", expect["on"], "expect")
    if names.engagement_id is None or not set(expect) & KNOWN:
        return faults
    faults += _compared("figure", expect.get("figures") or {}, figures.figures_of(names.engagement_id, at))
    faults += _compared("state", expect.get("states") or {}, figures.states_of(names.engagement_id, at))
    there = {document["kind"] for document in figures.documents_of(names.engagement_id)}
    missing = [str(kind) for kind in expect.get("documents") or [] if kind not in there]
    return faults + [
        f"document {kind} is missing; there is: {', '.join(sorted(there)) or 'none'}" for kind in missing
    ]


def _compared(what: str, wanted: dict[str, Any], found: dict[str, str]) -> list[str]:
    faults: list[str] = []
    for name, value in wanted.items():
        if name not in found:
            faults.append(
                f"{what} {name}: expected {value}, there is none of that name (there is {', '.join(found)})"
            )
        elif not _equal(str(value), found[name]):
            faults.append(f"{what} {name}: expected {value}, came out as {found[name]}")
    return faults


def _equal(wanted: str, found: str) -> bool:
    """Numbers as numbers (675 is 675.00), everything else to the letter."""
    try:
        return Decimal(wanted.replace(",", "")) == Decimal(found)
    except InvalidOperation:
        return wanted == found
