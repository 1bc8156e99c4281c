"""Writes docs/deeds.md: every deed with its arguments, the words they take, and every refusal code.

python tools/deeds.py            writes the file
python tools/deeds.py --check    exit code 1 if it is not up to date
"""

import ast
import dataclasses
import enum
import json
import os
import sys
import types
import typing
from collections.abc import Callable, Iterator
from inspect import Parameter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "deeds.md"
SOURCE = ROOT / "src" / "breakfix"
PLAIN = {
    "str": "text",
    "int": "number",
    "Decimal": "number",
    "datetime": "time",
    "date": "day",
    "time": "time of day",
    "bool": "true/false",
    "Upload": "file",
    "dict": "mapping",
    "NoneType": "nothing",
}
# What a story may leave out because the player finds it from where the engagement stands.
FOUND_BESIDE = {"engagement_id"}
HEAD = """# Deeds

Written by `tools/deeds.py` from the code. How to use this in a story: [stories.md](stories.md).

An argument with `= ...` may be left out; one in *italics* is found by itself: the engagement the story is about, its
latest quote, change or root cause, the hash that its page shows. `name` means a short name given in the story.
Times are local to the story's zone. *Who* are the roles that may do the deed at all; `system` deeds happen by
themselves when they fall due and are never steps.
"""


def page() -> str:
    """The whole page; needs a configured Django, because the deeds live in its applications."""
    from breakfix.kernel.deeds import all_deeds

    deeds = all_deeds()
    words: dict[str, Any] = {}
    parts = [HEAD, *_tables(deeds, words), _shapes(words), _protocols(), _terms(), _refusals()]
    return "\n".join(parts)


def _tables(deeds: dict[str, Callable[..., Any]], words: dict[str, Any]) -> Iterator[str]:
    modules: dict[str, list[str]] = {}
    for name, action in deeds.items():
        modules.setdefault(action.__module__.split(".")[1], []).append(_deed(name, action, words))
    for module, told in modules.items():
        yield f"## {module}\n"
        yield from told


def _deed(name: str, action: Callable[..., Any], words: dict[str, Any]) -> str:
    from breakfix.kernel.access import ROLES_FOR, Deed
    from breakfix.kernel.binding import arguments

    roles = ", ".join(sorted(role.value for role in ROLES_FOR[Deed(name)]))
    first = (action.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    lines = [f"### {name}\n", f"{' '.join(first.split())}\n", f"Who: {roles}\n"]
    lines += [_argument(one, parameter, words) for one, parameter in arguments(action).items()]
    return "\n".join([*lines, ""])


def _argument(name: str, parameter: Parameter, words: dict[str, Any]) -> str:
    from breakfix.cli.story.finders import FINDERS
    from breakfix.cli.story.names import KIND_OF

    kind = _kind(parameter.annotation, words)
    shown = name
    if name in KIND_OF:
        shown, several = name.removesuffix("_id"), "list of " if kind.startswith("list") else ""
        kind = f"{several}{KIND_OF[name]} name{'s' if several else ''}"
    elif name == "order_id":
        shown, kind = "order", "part number of the order"
    if (name in FINDERS and name != "order_id") or name in FOUND_BESIDE:
        return f"- *{shown}*: {kind}"
    default = "" if parameter.default is Parameter.empty else f" = {_default(parameter.default)}"
    return f"- `{shown}`: {kind}{default}"


def _default(value: Any) -> str:
    if value is None or value == "":
        return "not given"
    if isinstance(value, bool):
        return str(value).lower()
    return f"`{value.value if isinstance(value, enum.Enum) else value}`"


def _kind(annotation: Any, words: dict[str, Any]) -> str:
    """A type in an author's words; shapes and vocabularies are collected in `words`."""
    origin = typing.get_origin(annotation)
    inner = [part for part in typing.get_args(annotation) if part is not type(None)]
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(part, words) for part in inner)
    if origin in (list, tuple):
        return f"list of {_kind(inner[0], words)}"
    if origin is dict or annotation is dict:
        return "mapping"
    name = getattr(annotation, "__name__", str(annotation))
    if isinstance(annotation, type) and (
        issubclass(annotation, enum.Enum) or (dataclasses.is_dataclass(annotation) and name not in PLAIN)
    ):
        words.setdefault(name, annotation)
        return f"[{name}](#{name.lower()})"
    return PLAIN.get(name, name)


def _shapes(words: dict[str, Any]) -> str:
    """Every vocabulary and every row with fields that an argument takes, including those inside others."""
    told: dict[str, str] = {}
    while missing := [name for name in words if name not in told]:
        for name in missing:
            told[name] = _shape(name, words[name], words)
    return "\n".join(["## Words and rows\n", *(told[name] for name in sorted(told))])


def _shape(name: str, shape: Any, words: dict[str, Any]) -> str:
    if issubclass(shape, enum.Enum):
        return f"### {name}\n\n{', '.join(f'`{one.value}`' for one in shape)}\n"
    hints = typing.get_type_hints(shape)
    lines = [f"### {name}\n"]
    for field in dataclasses.fields(shape):
        has = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        value = field.default if field.default is not dataclasses.MISSING else ""
        default = f" = {_default(value)}" if has else ""
        lines.append(f"- `{field.name}`: {_kind(hints[field.name], words)}{default}")
    return "\n".join([*lines, ""])


def _protocols() -> str:
    """What `record_check` takes in each domain: item, kind of reading, and what has to come with it."""
    from breakfix.diagnosis.queries import protocol_for
    from breakfix.roster.values import Domain

    lines = ["## Protocols\n", "The items of `record_check`. *file* and *note* must come with the reading.\n"]
    for domain in Domain:
        protocol = protocol_for(domain.value)
        lines += [f"### {protocol.name}\n", f"{protocol.title}. {protocol.rule}\n"]
        lines += [_item(item) for item in protocol.items] + [""]
    return "\n".join(lines)


def _item(item: Any) -> str:
    takes = item.reading.value
    if item.choices:
        takes = f"{'per slot: ' if takes.startswith('slot') else ''}{' | '.join(item.choices)}"
    elif item.unit:
        takes += f" in {item.unit}"
    optional = "" if item.required.value == "always" else f" ({item.required.value.replace('_', ' ')})"
    with_it = [word for word, wanted in (("file", item.evidence), ("note", item.note)) if wanted]
    after = f"; after {', '.join(item.after)}" if item.after else ""
    return f"- `{item.id}`{optional}: {takes}{''.join(f', *{word}*' for word in with_it)}{after}"


def _terms() -> str:
    """Every figure of an agreement with its default, by the path under `terms`."""
    from breakfix.agreements.values import Terms

    lines = [
        "## Agreement terms\n",
        "Under `terms` of an agreement, or of `draft_agreement`: write only what differs. Mappings are laid over the"
        " defaults, lists replace them.\n",
    ]
    lines += [f"- `{path}`: {value}" for path, value in _leaves(Terms().to_json())]
    return "\n".join([*lines, ""])


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict) and tree:
        for name, value in tree.items():
            yield from _leaves(value, f"{path}.{name}" if path else name)
    else:
        yield path, "none" if tree in ([], {}, None, "") else f"`{json.dumps(tree, ensure_ascii=False)}`"


def _refusals() -> str:
    """Every `Refused(code, ...)` in the code, with the modules that say it."""
    said: dict[str, set[str]] = {"not_allowed": {"kernel"}, "not_found": {"kernel"}}
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).parts[0]
        if module in {"cli", "web", "jobs"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args:
                for code in _codes(node.args[0]):
                    said.setdefault(code, set()).add(module)
    rows = [f"| `{code}` | {', '.join(sorted(said[code]))} |" for code in sorted(said)]
    return "\n".join(["## Refusal codes\n", "| code | said by |", "|---|---|", *rows, ""])


def _codes(node: ast.expr) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    fresh = page()
    if "--check" in sys.argv:
        return 0 if PAGE.read_text(encoding="utf-8") == fresh else 1
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
