"""A form of a page as a browser sees it: its controls, what they send untouched, and filling them in."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from bs4.element import Tag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve

from breakfix.kernel.files import Upload

CHOSEN = {"radio", "checkbox"}


@dataclasses.dataclass(frozen=True)
class Leaf:
    """One plain value of a deed's arguments under its form name; a `quiet` one may lack a field."""

    name: str
    value: Any
    quiet: bool = False


def leaves(
    name: str, value: Any, *, quiet: bool = False, whole: Callable[[str], Any] = lambda _name: False
) -> Iterator[Leaf]:
    """Nested arguments as flat form names: `tasks-0-level`; what equals its default is quiet.

    A list whose name is `whole` stays one value: it is filled by ticking boxes.
    """
    if isinstance(value, list) and whole(name):
        yield Leaf(name, value, quiet)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type | Upload):
        for part in dataclasses.fields(value):
            inner = getattr(value, part.name)
            yield from leaves(f"{name}-{part.name}", inner, quiet=quiet or inner == _default_of(part), whole=whole)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(f"{name}-{key}", inner, quiet=quiet, whole=whole)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from leaves(f"{name}-{number}", inner, quiet=quiet, whole=whole)
    else:
        yield Leaf(name, value, quiet or value is None)


def _default_of(part: "dataclasses.Field[Any]") -> Any:
    if part.default_factory is not dataclasses.MISSING:
        return part.default_factory()
    return part.default


def written(value: Any, zone: str) -> Any:
    """A value as somebody types it: local times, plain figures, true and false, files as files."""
    if isinstance(value, Upload):
        return SimpleUploadedFile(value.name, value.content)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def same(shown: str, wanted: Any) -> bool:
    """Texts to the letter, figures as figures."""
    if shown == str(wanted):
        return True
    try:
        return Decimal(shown) == Decimal(str(wanted))
    except InvalidOperation:
        return False


class Form:
    """One form of a page: `fill` puts values into its own fields and says which have none."""

    def __init__(self, tag: Tag, here: str = "") -> None:
        self.address = str(tag.get("action") or here)
        self.controls: dict[str, list[Tag]] = {}
        for control in tag.select("input[name], select[name], textarea[name]"):
            self.controls.setdefault(str(control["name"]), []).append(control)
        self.ids = resolve(self.address.partition("?")[0]).kwargs
        self.sent: dict[str, Any] = {}
        for name, those in self.controls.items():
            for value in (_untouched(one) for one in those):
                if value is not None:
                    self.sent[name] = value
        self.gaps: list[str] = []

    def strangers(self, arguments: Mapping[str, Any], zone: str) -> set[str]:
        """Ids of the address and hidden fields that name another thing than the deed is about."""
        fixed = {name: str(value) for name, value in self.ids.items()}
        for name, those in self.controls.items():
            if all(one.get("type") == "hidden" for one in those):
                fixed[name] = str(those[-1].get("value", ""))
        return {n for n, shown in fixed.items() if n in arguments and not same(shown, written(arguments[n], zone))}

    def fill(self, arguments: Mapping[str, Any], *, zone: str, password: str) -> dict[str, Any]:
        """What is sent once all arguments are filled in; missing fields are noted in `gaps`."""
        for name, value in arguments.items():
            if name in self.ids:
                continue
            if isinstance(value, list):
                self._clear(name)
            for leaf in leaves(name, value, whole=self._ticks):
                if isinstance(leaf.value, list):
                    self._tick(leaf.name, [str(item) for item in leaf.value])
                else:
                    self._put(leaf, zone)
        if "password" in self.controls:
            self.sent["password"] = password
        return self.sent

    def _put(self, leaf: Leaf, zone: str) -> None:
        text, those = written(leaf.value, zone), self._those(leaf.name)
        if not those:
            if not leaf.quiet:
                self.gaps.append(leaf.name)
            return
        choices = [str(one["value"]) for one in those if one.get("type") == "radio"]
        if those[-1].name == "select":
            choices = [str(option.get("value", option.text)) for option in those[-1].select("option")]
        if those[-1].get("type") == "checkbox":
            self._check(leaf.name, those, text)
        elif choices and text:
            fitting = [choice for choice in choices if same(choice, text)]
            fitting += [choice for choice in choices if leaf.quiet and choice == ""]
            if not fitting:
                self.gaps.append(f"{leaf.name} (no choice {text!r} among {choices})")
            else:
                self.sent[leaf.name] = fitting[0]
        else:
            self.sent[leaf.name] = text

    def _check(self, name: str, those: list[Tag], text: str) -> None:
        """Tick or untick; a hidden field of the same name is what an empty box sends."""
        if text == "true":
            self.sent[name] = str(those[-1].get("value", "on"))
        elif those[0].get("type") == "hidden":
            self.sent[name] = str(those[0].get("value", ""))
        else:
            self.sent.pop(name, None)

    def _those(self, name: str) -> list[Tag]:
        """The controls of a name; a row further down is like the first one ("add a row")."""
        return self.controls.get(name) or self.controls.get(re.sub(r"-\d+(?=-|$)", "-0", name)) or []

    def _ticks(self, name: str) -> dict[str, str]:
        """Value to field of a list that is filled by ticking boxes: `acknowledged-0` with the value R1."""
        for row in (name, re.sub(r"-\d+(?=-|$)", "-0", name)):
            shown = {field: one for field, one in self.controls.items() if re.fullmatch(rf"{row}-\d+", field)}
            boxes = {field: those[0] for field, those in shown.items() if those[0].get("type") == "checkbox"}
            if boxes:
                return {str(box["value"]): name + field.removeprefix(row) for field, box in boxes.items()}
        return {}

    def _tick(self, name: str, wanted: list[str]) -> None:
        ticks = self._ticks(name)
        for value, field in ticks.items():
            self.sent.pop(field, None)
            if value in wanted:
                self.sent[field] = value
        self.gaps += [f"{name} (nothing to tick for {value!r})" for value in wanted if value not in ticks]

    def _clear(self, name: str) -> None:
        """Empty the rows that the page filled in by itself: what is wanted is written anew."""
        for field, those in self.controls.items():
            if field.startswith(f"{name}-") and those[-1].get("type") in CHOSEN:
                self.sent.pop(field, None)
            elif field.startswith(f"{name}-") and field in self.sent and those[-1].get("type") != "hidden":
                self.sent[field] = ""


def _untouched(control: Tag) -> str | None:
    """What a control sends if nobody touches it; None if nothing."""
    kind = str(control.get("type", "text"))
    if control.name == "textarea":
        return control.text.removeprefix("\n")
    if control.name == "select":
        options = control.select("option")
        chosen = next((one for one in options if one.has_attr("selected")), options[0] if options else None)
        return str(chosen.get("value", chosen.text)) if chosen else None
    if kind == "file" or (kind in CHOSEN and not control.has_attr("checked")):
        return None
    return str(control.get("value", "on" if kind in CHOSEN else ""))
