"""Reading a story file: YAML in, frozen plain objects out, every mistake named with its place.

The format is described for authors in docs/stories.md.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml


class StoryError(Exception):
    """The story file cannot be played as written; the message says where and what to change."""


class _Loader(yaml.SafeLoader):
    """Plain YAML without its surprises: numbers are exact, 19:40 is a text, dates stay as written."""

    yaml_implicit_resolvers: dict[str, Any] = {}


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)))


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("!decimal", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))
_Loader.add_constructor("!decimal", _decimal)


@dataclass(frozen=True)
class Step:
    """One deed by one person at one instant; `refused` is the code with which it must be refused, if it must."""

    number: int
    at: datetime
    by: str
    do: str
    args: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    on: str = ""
    refused: str = ""
    note: str = ""


@dataclass(frozen=True)
class Story:
    """A whole scenario: the world before it, dated steps, and what must be true in the end."""

    slug: str
    title: str
    about: str
    zone: str
    world: dict[str, Any]
    steps: tuple[Step, ...]
    expect: dict[str, Any]
    inject: dict[str, Any]
    demo_until: datetime | None
    end: datetime


KNOWN = {"story", "title", "about", "zone", "world", "steps", "expect", "inject", "demo_until", "end"}
STEP_KEYS = {"at", "by", "do", "with", "as", "on", "refused", "note"}


def load_story(path: Path) -> Story:
    """Read and check a story file; raises StoryError with the place of the first mistake."""
    raw = _mapping(_read(path), path.name)
    unknown = set(raw) - KNOWN
    if unknown:
        raise StoryError(f"{path.name}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(KNOWN))}")
    zone = str(raw.get("zone", "UTC"))
    world = _world(_mapping(raw.get("world", {}), "world"), path.parent)
    steps = tuple(_steps(raw.get("steps") or [], zone))
    if not steps:
        raise StoryError(f"{path.name}: a story needs at least one step")
    demo = raw.get("demo_until")
    end = parse_instant(str(raw["end"]), zone, steps[-1].at) if "end" in raw else steps[-1].at
    return Story(
        slug=str(raw.get("story") or path.stem),
        title=str(raw.get("title") or path.stem),
        about=str(raw.get("about") or ""),
        zone=zone,
        world=world,
        steps=steps,
        expect=_mapping(raw.get("expect") or {}, "expect"),
        inject=_mapping(raw.get("inject") or {}, "inject"),
        demo_until=parse_instant(str(demo), zone, None) if demo else None,
        end=end,
    )


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader subclass
    except FileNotFoundError:
        raise StoryError(f"there is no story file {path}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StoryError(f"{path.name} is not readable YAML: {error}") from None


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StoryError(f"{where} must be a mapping of names to values")
    return value


def _world(world: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`use: FILE` takes another file's world and lays this one over it, name by name."""
    base_name = world.get("use")
    if not base_name:
        return world
    base = _mapping(_mapping(_read(folder / str(base_name)), str(base_name)).get("world", {}), f"{base_name}: world")
    return laid_over(_world(base, (folder / str(base_name)).parent), {k: v for k, v in world.items() if k != "use"})


def laid_over(base: Any, over: Any) -> Any:
    """Mappings merge name by name; anything else is replaced. An explicit null removes the name."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = {name: value for name, value in base.items() if name not in over or over[name] is not None}
    for name, value in over.items():
        if value is not None:
            merged[name] = laid_over(base[name], value) if name in base else value
    return merged


def _steps(raw: Any, zone: str) -> list[Step]:
    if not isinstance(raw, list):
        raise StoryError("steps must be a list")
    steps: list[Step] = []
    for number, item in enumerate(raw, start=1):
        where = f"step {number}"
        item = _mapping(item, where)
        unknown = set(item) - STEP_KEYS
        if unknown:
            raise StoryError(f"{where}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(STEP_KEYS))}")
        for needed in ("at", "by", "do"):
            if not item.get(needed):
                raise StoryError(f"{where}: {needed!r} is missing")
        before = steps[-1].at if steps else None
        at = parse_instant(str(item["at"]), zone, before, where)
        if before is not None and at < before:
            raise StoryError(f"{where}: {item['at']} is before the step above it")
        steps.append(
            Step(
                number=number,
                at=at,
                by=str(item["by"]),
                do=str(item["do"]),
                args=_mapping(item.get("with") or {}, where),
                name=str(item.get("as") or ""),
                on=str(item.get("on") or ""),
                refused=str(item.get("refused") or ""),
                note=str(item.get("note") or ""),
            )
        )
    return steps


def parse_instant(text: str, zone: str, before: datetime | None, where: str = "story") -> datetime:
    """`2026-12-01 19:52`, an ISO instant with offset, or a bare `20:01` (the next time the clock shows that)."""
    bare = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text)
    try:
        if bare is None:
            instant = datetime.fromisoformat(text)
            return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(zone))
        if before is None:
            raise StoryError(f"{where}: the first time needs its date, as in 2026-12-01 19:52")
        local = before.astimezone(ZoneInfo(zone))
        hour, minute, second = int(bare[1]), int(bare[2]), int(bare[3] or 0)
        today = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        raise StoryError(f"{where}: {text!r} is no time; write 2026-12-01 19:52 or 19:52") from None
    if today >= local:
        return today
    return (today.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone))
