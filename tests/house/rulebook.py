"""The rules of the house that import-linter cannot see: pure checks over (path, source).

Each takes the path below src/breakfix (`quotes/actions.py`) and the text, and yields `path:line: what`.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any

FILE_LIMIT, FUNCTION_LIMIT = 400, 50
BANNED = {"utils", "helpers", "common", "misc", "manager", "handler", "service", "process", "data", "info"}
BANNED |= {"util", "helper", "managers", "handlers", "services", "processes"}
# The collector runs on the client's machine, far from any clock of ours.
CLOCKS = {"kernel/clock.py", "diagnosis/collector/collect.py"}
READS_TIME = {"now", "utcnow", "today", "localtime", "gmtime", "localdate", "time", "time_ns"}
TIME_SOURCES = {"datetime", "date", "time", "timezone", "dt"}
# Some of these names are also words of dict, hashlib or storage; those calls carry a positional argument.
WRITES_ALWAYS = {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "cursor", "raw"}
WRITES_WITHOUT_POSITIONAL = {"save", "create", "update", "delete"}
SHELVES = {"values", "rules", "models", "queries", "steps", "actions"}
# What starts deeds, and what keeps them.
DOORS = {"api", "cli", "intake", "jobs", "kernel", "outbox", "web"}
TIMELY_NAMES = {("time", "time"), ("time", "time_ns"), ("django.utils.timezone", "now")}
TIMELY_NAMES |= {("django.db.models.functions", "Now"), ("django.utils.timezone", "localdate")}


@cache
def _tree(source: str) -> ast.Module:
    """Parse a file once for all checks."""
    return ast.parse(source)


@cache
def _nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(source)))


def _name(node: ast.AST) -> str:
    """Return the last word of `a.b.c` or `c`, else nothing."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _shelf(path: str) -> str:
    """Return `actions` for quotes/actions.py and for quotes/actions/approve.py."""
    parts = PurePosixPath(path).with_suffix("").parts
    return parts[1] if len(parts) > 1 else ""


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(tree: ast.AST) -> set[str]:
    return {_name(call.func) for call in _calls(tree)}


def clock(path: str, source: str) -> Iterator[str]:
    """Only kernel/clock.py reads the time, and the script that the client runs."""
    if path in CLOCKS:
        return
    for node in _nodes(source):
        if isinstance(node, ast.Attribute) and node.attr in READS_TIME and _name(node.value) in TIME_SOURCES:
            yield f"{path}:{node.lineno}: reads the time ({_name(node.value)}.{node.attr})"
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (node.module, alias.name) in TIMELY_NAMES:
                    yield f"{path}:{node.lineno}: reads the time ({node.module}.{alias.name})"
        if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield f"{path}:{node.lineno}: reads the time ({node.arg})"


def writes(path: str, source: str) -> Iterator[str]:
    """Rows are written in actions, steps and the kernel."""
    if path.startswith("kernel/") or _shelf(path) in {"actions", "steps", "migrations"}:
        return
    for call in _nodes(source):
        if not isinstance(call, ast.Call):
            continue
        name = _name(call.func) if isinstance(call.func, ast.Attribute) else ""
        if name in WRITES_ALWAYS or (name in WRITES_WITHOUT_POSITIONAL and not call.args):
            yield f"{path}:{call.lineno}: writes rows (.{name}) outside actions, steps and kernel"


def deeds(path: str, source: str) -> Iterator[str]:
    """Every public function of a module's actions is atomic, permitted, recorded, and told who and when."""
    if _shelf(path) != "actions":
        return
    tree = _tree(source)
    # A deed may tell through a private function beside it.
    private = {f.name: _called(f) for f in tree.body if isinstance(f, ast.FunctionDef) and f.name[0] == "_"}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        where = f"{path}:{node.lineno}: {node.name}"
        if not any(ast.unparse(decorator) == "transaction.atomic" for decorator in node.decorator_list):
            yield f"{where} is not @transaction.atomic"
        called = _called(node)
        called |= {verb for name in called & private.keys() for verb in private[name]}
        yield from (f"{where} never calls {verb}(" for verb in ("require", "record") if verb not in called)
        keywords = {argument.arg for argument in node.args.kwonlyargs}
        yield from (f"{where} lacks keyword-only `{word}`" for word in ("by", "at") if word not in keywords)


def topics(path: str, source: str) -> Iterator[str]:
    """A module's file beside the shelves reads one topic: it neither writes through a step nor does a deed."""
    if path.count("/") != 1 or _shelf(path) in SHELVES or path.split("/")[0] in DOORS:
        return
    for node in _nodes(source):
        if isinstance(node, ast.ImportFrom) and (parts := (node.module or "").split("."))[0] == "breakfix":
            named = parts[2:3] or [alias.name for alias in node.names]
            wrong = (name for name in named if name in {"actions", "steps"})
            yield from (f"{path}:{node.lineno}: a topic's reads import {name} of {parts[1]}" for name in wrong)


def sizes(path: str, source: str) -> Iterator[str]:
    """Files and functions fit into a head."""
    if "migrations" in PurePosixPath(path).parts:
        return
    if (lines := len(source.splitlines())) > FILE_LIMIT:
        yield f"{path}:1: {lines} lines, above {FILE_LIMIT}"
    if path.endswith(".py"):
        for node in _nodes(source):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LIMIT:
                    yield f"{path}:{node.lineno}: {node.name} has {length} lines, above {FUNCTION_LIMIT}"


def names(path: str, source: str) -> Iterator[str]:
    """No drawer for everything; no code hidden in `__init__.py`."""
    pure = PurePosixPath(path)
    for part in pure.with_suffix("").parts:
        if BANNED & set(part.split("_")):
            yield f"{path}:1: the name `{part}` says nothing"
    if pure.name == "__init__.py" and source.strip():
        yield f"{path}:1: __init__.py is not empty"


def magic(path: str, source: str) -> Iterator[str]:
    """Nothing happens behind a caller's back, and no text becomes markup by decree."""
    for node in _nodes(source):
        if isinstance(node, ast.ImportFrom | ast.Import):
            imported = [getattr(node, "module", "") or "", *(alias.name for alias in node.names)]
            if any(word.startswith("django.dispatch") or "signals" in word for word in imported):
                yield f"{path}:{node.lineno}: signals"
            if "mark_safe" in imported:
                yield f"{path}:{node.lineno}: mark_safe"
        if isinstance(node, ast.Attribute) and node.attr == "mark_safe":
            yield f"{path}:{node.lineno}: mark_safe"
        if isinstance(node, ast.ClassDef) and _shelf(path) == "models":
            overrides = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name in {"save", "delete"}]
            yield from (f"{path}:{f.lineno}: {node.name}.{f.name}() is overridden" for f in overrides)


MARKUP = {
    r"<script\b(?![^>]*\bsrc=)": "inline script",
    r"<style\b": "inline style sheet",
    r"""<[^>]*\sstyle\s*=""": "inline style",
    r"""<[^>]*\son[a-z]+\s*=""": "inline event handler",
    r"\bhx-on\b|\bjs:|javascript:": "script in an attribute",
    r"\|\s*safe\b|\bautoescape\s+off\b": "unescaped text",
    r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*["']?(?:https?:)?//""": "foreign host",
}
MAIL_READERS_NEED = {"inline style", "inline style sheet"}  # they ignore linked style sheets


def markup(path: str, source: str) -> Iterator[str]:
    """Templates obey the content security policy: everything from files of ours, everything escaped."""
    for pattern, what in MARKUP.items():
        if what in MAIL_READERS_NEED and "mail" in PurePosixPath(path).parts:
            continue
        for hit in re.finditer(pattern, source, re.IGNORECASE):
            yield f"{path}:{source.count(chr(10), 0, hit.start()) + 1}: {what}"


def foreign_key(field: Any, road: list[str]) -> str | None:
    """Return what is wrong with one relation: across modules it points down and leaves no trace."""
    source, target = field.model._meta.app_label, field.related_model._meta.app_label
    if source == target or source not in road or target not in road:
        return None
    where = f"{field.model._meta.label}.{field.name} -> {field.related_model._meta.label}"
    if road.index(target) > road.index(source):
        return f"{where} points up the road"
    return None if field.remote_field.related_name == "+" else f'{where} lacks related_name="+"'


def shadow(field: Any, record: type) -> str | None:
    """Return what is wrong with one column: a record's own words, its key above all, are no names of columns."""
    if issubclass(field.model, record) and field.name in vars(record):
        return f"{field.model._meta.label}.{field.name} hides what every record answers to"
    return None


def edges(table: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Read a transition table: {state: {states}}, {state: {deed: state}} or {(state, deed): state}."""
    for key, value in table.items():
        if isinstance(key, tuple):
            yield key[0], value
        else:
            targets = value.values() if isinstance(value, Mapping) else value
            yield from ((key, target) for target in targets)


def unreachable(table: Mapping[Any, Any], states: Iterable[Any]) -> set[Any]:
    """Return the states that no chain of transitions reaches from the table's first state."""
    known = list(edges(table))
    first = next(iter(table))
    reached = {first[0] if isinstance(first, tuple) else first}
    while new := {target for origin, target in known if origin in reached} - reached:
        reached |= new
    return set(states) - reached


def unowned_states(values: str, models: str) -> set[str]:
    """Return the enumerations of states in a module's values that none of its tables names."""
    enums = {
        node.name
        for node in _tree(values).body
        if isinstance(node, ast.ClassDef)
        and node.name.endswith(("Status", "State"))
        and any("Enum" in _name(base) for base in node.bases)
    }
    return enums - {_name(node) for node in _nodes(models)}
