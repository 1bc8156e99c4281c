"""Reading a map: which column of another system's log means what. The format is described in docs/replay.md.

Every scalar of the YAML is taken as the text that stands there: `-100`, `No` and `1` are words of the log.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from breakfix.agreements.values import Priority
from breakfix.cli.replay.faults import BadMap
from breakfix.incidents.values import MachineBy, Status
from breakfix.kernel.worktime.zones import zone_of

LARGEST = 2**20  # bytes of a map
NOTHING = {"", "~", "null", "Null", "NULL"}
# Directives of strptime of which an instant needs one each.
PARTS = {"year": set("YyGcx"), "day": set("djucx"), "hour": set("HIcX")}
# What a log may say of an incident, and under which name the map finds it.
ROLES = ("number", "state", "at", "impact", "urgency", "priority", "asset", "title")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _nothing(given: Any) -> Any:
    return None if isinstance(given, str) and given in NOTHING else given


Garbage = Annotated[Status | None, BeforeValidator(_nothing)]
Text = Annotated[str, Field(min_length=1)]


class Columns(_Strict):
    """Which column holds what. A log has either one state at one instant per row, or `moments` (see `Mapping`)."""

    number: Text
    state: Text | None = None
    at: Text | None = None
    impact: Text | None = None
    urgency: Text | None = None
    priority: Text | None = None
    asset: Text | None = None
    title: Text | None = None


class Instants(_Strict):
    """How instants are written: `iso`, or Python's strptime; several are tried in order. `zone` is for those without
    an offset: of the hour that autumn shows twice the first is meant, one that spring skips is refused."""

    format: tuple[Text, ...] = ("iso",)
    zone: str = "UTC"

    @field_validator("format", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("format")
    @classmethod
    def _whole(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """Without a year, a day or an hour an instant would be made up."""
        for one in given:
            if one == "iso":
                continue
            try:
                datetime.strptime("", one)  # noqa: DTZ007 - only asks whether the directives are known
            except re.error:
                raise ValueError(f"{one!r} names a part twice") from None
            except ValueError as error:
                if "bad directive" in str(error) or "stray" in str(error):
                    raise ValueError(f"{one!r} is no format of strptime: {error}") from None
            if missing := [part for part, needed in PARTS.items() if not needed & set(re.findall("%(.)", one))]:
                raise ValueError(f"{one!r} has no {missing[0]}; an instant without one would be made up")
        return given

    @field_validator("zone")
    @classmethod
    def _known(cls, given: str) -> str:
        zone_of(given)
        return given


class Priorities(_Strict):
    """The client's own matrix, `impact: {urgency: priority}` in the log's words, and what their levels are."""

    matrix: dict[str, dict[str, str]]
    levels: dict[str, Priority]

    @model_validator(mode="after")
    def _every_cell_has_a_level(self) -> "Priorities":
        missing = {word for cells in self.matrix.values() for word in cells.values()} - set(self.levels)
        if missing:
            raise ValueError(f"the matrix names priority {min(missing)!r}, which `levels` does not")
        return self


class Mapping(_Strict):
    """A whole map. `moments` is for exports with one row per incident: our state, and the column with its instant."""

    format: Literal["csv", "xes"]
    source: Annotated[str, Field(min_length=1, max_length=60)]
    about: str = ""
    encoding: str = "utf-8-sig"  # with or without the mark in front that some programs write
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    columns: Columns
    moments: dict[Status, Text] = {}
    instants: Instants = Instants()
    states: dict[str, Garbage] = {}
    priority: Priorities | None = None
    asset_by: MachineBy = MachineBy.SERIAL

    @field_validator("encoding")
    @classmethod
    def _known(cls, given: str) -> str:
        try:
            "".encode(given)
        except LookupError:
            raise ValueError(f"no encoding is called {given!r}") from None
        return "utf-8-sig" if given.lower().replace("_", "-") in ("utf-8", "utf8") else given

    @model_validator(mode="after")
    def _complete(self) -> "Mapping":
        by_row = self.columns.state is not None and self.columns.at is not None and bool(self.states)
        any_of_it = self.columns.state is not None or self.columns.at is not None or bool(self.states)
        if self.moments and any_of_it:
            raise ValueError("`moments` stands instead of columns.state, columns.at and states, not beside them")
        if not self.moments and not by_row:
            raise ValueError("columns.state, columns.at and states belong together (or `moments` instead of them)")
        if self.moments and self.format == "xes":
            raise ValueError("an XES log has an event for each state; `moments` are for CSV")
        rated = [self.columns.impact, self.columns.urgency, self.columns.priority]
        if self.priority and None in rated:
            raise ValueError("to recompute the priority, name columns.impact, columns.urgency and columns.priority")
        return self


class _Loader(yaml.BaseLoader):
    """Every scalar is a text; a key that stands twice is a mistake and not the last one's victory."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                place = f"{key.start_mark.line + 1}"
                raise yaml.YAMLError(f"the key {key.value!r} stands twice; the second time in line {place}")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def load_mapping(path: Path) -> Mapping:
    """Read and check a map; BadMap names every mistake with its place in the file."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise BadMap(f"{path.name}: a map is smaller than {LARGEST // 1024} KiB; is this the log?")
        given = yaml.load(raw.decode("utf-8"), Loader=_Loader)  # noqa: S506 - builds texts only
        return Mapping.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(_told(one) for one in error.errors())
        raise BadMap(f"{path.name}: {wrong}") from None
    except OSError as error:
        raise BadMap(f"{path.name} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise BadMap(f"{path.name} is no map: a map is YAML in UTF-8. Is it the log?") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadMap(f"{path.name} is no map: {' '.join(str(error).split())}") from None


def _told(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such key"
    return f"{place or 'the map'}: {error['msg'].removeprefix('Value error, ')}"
