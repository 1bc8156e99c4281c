"""Reading what others send: every access allows for the field to be missing, or to be something else."""

import json
from collections.abc import Iterator
from typing import Any

from breakfix.intake.values import LARGEST, Unmapped

DEEPEST = 40
MOST = 1000  # alerts in one payload
LONGEST = 2000  # characters of a text that is kept
SHORT = 160


def clean(text: str, longest: int = SHORT) -> str:
    """One line of what can be printed, cut."""
    return " ".join("".join(one if one.isprintable() else " " for one in text[: longest * 2]).split())[:longest]


def shortened(text: str, longest: int = SHORT) -> str:
    """As `clean`, and what was cut is seen to be."""
    found = clean(text, longest + 1)
    return found if len(found) <= longest else found[: longest - 1].rstrip() + "…"


def state_of(what: str, state: str) -> str:
    """A title that says a state: of a name that is too long, the name is cut and not the state."""
    said = f" is {state}"
    return shortened(f"{shortened(what, max(SHORT - len(said), SHORT // 2))}{said}")


def lines(text: str, longest: int = LONGEST) -> str:
    """As `clean`, but lines stay lines."""
    kept = (clean(line, longest) for line in text[: longest * 2].splitlines())
    return "\n".join(line for line in kept if line)[:longest]


class Part:
    """One JSON object. What is not there, or not of the kind that is asked for, reads as empty."""

    def __init__(self, content: Any, where: str = "") -> None:
        self.content: dict[str, Any] = content if isinstance(content, dict) else {}
        self.where = where

    def __contains__(self, name: str) -> bool:
        return name in self.content

    def text(self, *names: str, longest: int = SHORT) -> str:
        """The first of these fields that says something: a text, a number or a truth value, on one line."""
        return next((found for name in names if (found := clean(_plain(self.content.get(name)), longest))), "")

    def words(self, *names: str) -> str:
        """As `text`, for what may have several lines."""
        return next((found for name in names if (found := lines(_plain(self.content.get(name))))), "")

    def part(self, name: str) -> "Part":
        return Part(self.content.get(name), f"{self.where}{name}.")

    def parts(self, name: str) -> list["Part"]:
        """The objects of a list; what is no object in it is an error, for nobody may lose an alert silently."""
        found = self.content.get(name)
        if not isinstance(found, list):
            raise Unmapped(f"{self.where}{name} is no list")
        if len(found) > MOST:
            raise Unmapped(f"{self.where}{name} has {len(found)} entries, at most {MOST} are read")
        for number, one in enumerate(found):
            if not isinstance(one, dict):
                raise Unmapped(f"{self.where}{name}[{number}] is no object")
        return [Part(one, f"{self.where}{name}[{number}].") for number, one in enumerate(found)]

    def needed(self, *names: str, longest: int = LONGEST) -> str:
        """As `text`, where nothing can be made of the payload without it; long, for names end where they differ."""
        found = self.text(*names, longest=longest)
        if not found:
            raise Unmapped(f"{self.where}{' or '.join(names)} is missing")
        return found

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and plain values, for what a tool calls labels or tags."""
        for name, value in self.content.items():
            if (kept := clean(_plain(value), LONGEST)) and (called := clean(str(name))):
                yield called, kept


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def parsed(raw: bytes) -> Part:
    """The object that a body holds; Unmapped says what it is instead."""
    if len(raw) > LARGEST:
        raise Unmapped(f"it has {len(raw):,} bytes, at most {LARGEST:,} are read")
    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError:
        raise Unmapped("it is no UTF-8") from None
    except (ValueError, RecursionError):
        raise Unmapped("it is no JSON") from None
    if not isinstance(found, dict):
        raise Unmapped("it is no JSON object")
    if _deeper_than(found, DEEPEST):
        raise Unmapped(f"it is nested deeper than {DEEPEST} levels")
    return Part(found)


def _deeper_than(found: Any, most: int) -> bool:
    level = [found]
    for _ in range(most):
        inner = [one for each in level for one in (each.values() if isinstance(each, dict) else each)]
        level = [one for one in inner if isinstance(one, dict | list)]
        if not level:
            return False
    return True
