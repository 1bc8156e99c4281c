"""A page as hands meet it: keys that are pressed, places that are pointed at, and what that takes a person.

The keystroke-level model (Card, Moran and Newell 1980): a key 0.28 s for an average typist, pointing 1.1 s,
a press of the mouse's button 0.2 s, a hand from keys to mouse or back 0.4 s, thinking before each field 1.35 s.
"""

from collections import Counter
from typing import Any

KEY, POINT, PRESS, HOME, THINK = 0.28, 1.1, 0.2, 0.4, 1.35
MOST_TABS = 90
FOCUSED = "document.activeElement && (document.activeElement.name || document.activeElement.id)"


class Hands:
    """Whoever sits before a tab. Everything is counted; `seconds` is what it takes by the model."""

    def __init__(self, tab: Any) -> None:
        self.tab, self.done, self.on_mouse = tab, Counter[str](), False

    @property
    def seconds(self) -> float:
        each = {"key": KEY, "point": POINT, "press": PRESS, "home": HOME, "think": THINK}
        return sum(each[what] * number for what, number in self.done.items())

    # ---- by keys

    def press(self, key: str) -> None:
        self._home(mouse=False)
        self.done["key"] += 1
        self.tab.keyboard.press(key)

    def type(self, text: str) -> None:
        self._home(mouse=False)
        self.done["key"] += len(text)
        self.tab.keyboard.type(text)

    def tab_to(self, name: str) -> None:
        """Tab until the field of this name has the focus; it has to come."""
        self.done["think"] += 1
        for _ in range(MOST_TABS):
            if self.tab.evaluate(FOCUSED) == name:
                return
            self.press("Tab")
        raise AssertionError(f"no Tab leads to {name}")

    def arrow_to(self, name: str, value: str) -> None:
        """Walk a choice by its arrows until this value is chosen."""
        self.tab_to(name)
        chosen = (
            "(() => { const one = document.activeElement;"
            " return one.type === 'radio' ? (one.checked ? one.value : null) : one.value })()"
        )
        if self.tab.evaluate("document.activeElement.type") == "radio":
            self.press("Space")
        for _ in range(30):
            if self.tab.evaluate(chosen) == value:
                return
            self.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {value} of {name}")

    # ---- by mouse and keys, as most do

    def click(self, place: str) -> None:
        self._home(mouse=True)
        self.done["point"] += 1
        self.done["press"] += 1
        self.tab.click(place)

    def choose(self, name: str, value: str) -> None:
        """One of a list that opens: to the list, and to the line in it."""
        self.done["think"] += 1
        self._home(mouse=True)
        self.done["point"] += 2
        self.done["press"] += 2
        self.tab.select_option(f"select[name='{name}']", value)

    def mark(self, name: str, value: str) -> None:
        """One of the answers that all stand there."""
        self.done["think"] += 1
        self.click(f"label:has(input[name='{name}'][value='{value}'])")

    def fill(self, name: str, text: str) -> None:
        """Click into a field, and type."""
        self.done["think"] += 1
        self.click(f"[name='{name}']")
        self.type(text)

    def _home(self, *, mouse: bool) -> None:
        self.done["home"] += int(mouse != self.on_mouse)
        self.on_mouse = mouse
