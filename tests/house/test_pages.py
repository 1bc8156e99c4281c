"""Pages that are written from the code say what the code says today."""

import re
from pathlib import Path

import pytest

from tools import deeds, states

SOURCE = Path(__file__).resolve().parents[2] / "src"


def test_page_of_deeds_is_up_to_date() -> None:
    assert deeds.PAGE.read_text(encoding="utf-8") == deeds.page(), "run python tools/deeds.py"


def test_diagrams_of_states_are_up_to_date() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in states.FOLDER.glob("*.md")}
    assert there == states.pages(), "run python tools/states.py"


@pytest.mark.parametrize("machine", states.MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached(machine: states.Machine) -> None:
    """From the first state, or it is entered by a deed of its own and named so in the page's note."""
    table = states.table_of(machine)
    reached = [next(iter(table))]
    for state in reached:
        reached += [one for one in table[state] if one not in reached]
    assert set(table) - set(reached) == set()


def test_every_instant_is_shown_in_a_style_that_there_is() -> None:
    """One in a style of its own breaks the page, and only once there is something to show."""
    styles = {"full", "short", "time", "day"}
    found = {
        (path.name, style)
        for path in SOURCE.rglob("templates/**/*.html")
        for style in re.findall(r'{% when [^%]*?"([a-z]+)" %}', path.read_text())
    }
    assert len(found) > 20
    assert {(name, style) for name, style in found if style not in styles} == set()
