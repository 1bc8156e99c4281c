"""Filling in a form by the keyboard alone: Tab to each control, type, and never touch a pointer.

A page that is drawn anew, or a machine that stalls, may swallow a press of a key as it does with people. So every
press is looked after as people do it: whoever sees nothing happen looks where the focus is and presses again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

FAR = 900  # presses of Tab after which a control counts as out of reach
TRIES, PATIENCE = 6, 5_000  # how often a key is pressed, and how many milliseconds its effect may take
HERE = "one => document.activeElement === one"
# How often Tab can be pressed without passing the control: the plain stops before it, of which none is ever skipped.
# Groups of radio buttons, parts of a date and what scrolls are stops as well, or not; those are walked one by one.
AWAY = """one => {
  const at = document.activeElement;
  if (at === one) { return 0; }
  if (!at || at === document.body) { return 1; }
  const after = (a, b) => Boolean(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING);
  const ahead = after(at, one);
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((stop) =>
    !stop.disabled && stop.tabIndex === 0 && stop.type !== "radio" && stop.type !== "hidden" &&
    !stop.closest("dialog:not([open]), [inert]") && stop.checkVisibility({ visibilityProperty: true }) &&
    after(at, stop) && (!ahead || after(stop, one)));
  return stops.length + (ahead ? 1 : 0) || 1;
}"""


def reach(tab: Any, control: Any) -> None:
    """Hold Tab until this control has the focus; a part that is drawn anew meanwhile is found again."""
    pressed = 0
    while pressed < FAR:
        away = control.evaluate(AWAY)
        if not away:
            return
        for _ in range(away):
            tab.keyboard.down("Tab")
        tab.keyboard.up("Tab")
        pressed += away
    raise AssertionError(f"Tab never reaches {_look(control)}")


def strike(tab: Any, control: Any, key: str, done: Callable[[], Any]) -> None:
    """Press a key on this control until its effect is seen."""
    for _ in range(TRIES):
        reach(tab, control)
        tab.keyboard.press(key)
        for _ in range(PATIENCE // 50):
            if done():
                return
            tab.wait_for_timeout(50)
    raise AssertionError(f"{key} does nothing on {_look(control)}")


def put(tab: Any, control: Any, value: Any, opened: list[Any]) -> None:
    """Give the focused control its value as fingers do it; `opened` is where the tab notes its file choosers."""
    kind = control.evaluate("one => one.tagName === 'INPUT' ? one.type : one.tagName.toLowerCase()")
    if kind == "radio":
        if not control.is_checked():
            strike(tab, control, "Space", control.is_checked)
    elif kind == "checkbox":
        before = control.is_checked()
        strike(tab, control, "Space", lambda: control.is_checked() != before)
    elif kind == "file":
        opened.clear()
        strike(tab, control, "Space", lambda: opened)
        opened[0].set_files([value])
    else:
        write = {"select": _choose, "datetime-local": _date, "date": _date}.get(kind, _type)
        _until_it_shows(tab, control, str(value), write)


def _until_it_shows(tab: Any, control: Any, value: str, write: Callable[[Any, Any, str], None]) -> None:
    for _ in range(TRIES):
        reach(tab, control)
        write(tab, control, value)
        if control.input_value() == value.replace("\r\n", "\n"):
            return
    raise AssertionError(f"{value!r} never stands in {_look(control)}")


def _look(control: Any) -> str:
    return str(control.evaluate("one => one.outerHTML.slice(0, 120)"))


def _choose(tab: Any, control: Any, value: str) -> None:
    far = control.evaluate(
        "(one, value) => [...one.options].findIndex(each => each.value === value) - one.selectedIndex", value
    )
    for _ in range(abs(far)):
        tab.keyboard.press("ArrowDown" if far > 0 else "ArrowUp")


def _type(tab: Any, _control: Any, value: str) -> None:
    tab.keyboard.press("Control+A")
    tab.keyboard.press("Delete")
    tab.keyboard.insert_text(value)


def _date(tab: Any, _control: Any, value: str) -> None:
    """In the order of an American keyboard: month, day, year, then the hour with AM or PM."""
    at = datetime.fromisoformat(value)
    for _ in range(6):
        tab.keyboard.press("ArrowLeft")
    tab.keyboard.type(f"{at:%m%d%Y}")
    if "T" in value:
        tab.keyboard.press("ArrowRight")
        tab.keyboard.type(f"{at:%I%M%p}")
