"""Filling in a form by the keyboard alone: Tab to each control, type, and never touch a pointer."""

from datetime import datetime
from typing import Any

FAR = 900  # presses of Tab after which a control counts as out of reach
HERE = "one => document.activeElement === one"


def reach(tab: Any, control: Any) -> None:
    """Press Tab until this control has the focus; a part that is drawn anew meanwhile is found again."""
    for _ in range(FAR):
        if control.evaluate(HERE):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {control.evaluate('one => one.outerHTML.slice(0, 120)')}")


def put(tab: Any, control: Any, value: Any) -> None:
    """Give the focused control its value as fingers do it."""
    kind = control.evaluate("one => one.tagName === 'INPUT' ? one.type : one.tagName.toLowerCase()")
    if kind == "select":
        _choose(tab, control, str(value))
    elif kind == "radio":
        _walk_radio(tab, control)
    elif kind == "checkbox":
        tab.keyboard.press("Space")
    elif kind == "file":
        with tab.expect_file_chooser() as chooser:
            tab.keyboard.press("Space")
        chooser.value.set_files([value])
    elif kind in {"datetime-local", "date"}:
        _date(tab, str(value))
    else:
        tab.keyboard.press("Control+A")
        tab.keyboard.press("Delete")
        tab.keyboard.insert_text(str(value))


def _choose(tab: Any, control: Any, value: str) -> None:
    wanted = control.evaluate("(one, value) => [...one.options].findIndex(each => each.value === value)", value)
    now = control.evaluate("one => one.selectedIndex")
    for _ in range(abs(wanted - now)):
        tab.keyboard.press("ArrowDown" if wanted > now else "ArrowUp")


def _walk_radio(tab: Any, control: Any) -> None:
    if control.evaluate(HERE):
        tab.keyboard.press("Space")


def _date(tab: Any, value: str) -> None:
    """In the order of an American keyboard: month, day, year, then the hour with AM or PM."""
    at = datetime.fromisoformat(value)
    for _ in range(6):
        tab.keyboard.press("ArrowLeft")
    tab.keyboard.type(f"{at:%m%d%Y}")
    if "T" in value:
        tab.keyboard.press("ArrowRight")
        tab.keyboard.type(f"{at:%I%M%p}")
