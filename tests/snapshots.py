"""Building the same thing once per run: later tests get its rows back, byte for byte, without doing its deeds again.

A deed of the demo world costs hundredths of a second, a night of them some seconds, their rows some thousandths.
What is remembered is the difference between two states of the database (and of the test's folder of files), so it
fits wherever the first of them stands: an empty database for a world, that world for an engagement in it, and so on.
A state is told by the heads of its logs, which hold random salts: two states with the same heads have the same rows.

Ids come back as they were. PostgreSQL's sequences need no care: they outlive every rollback and only ever grow.
"""

import functools
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from breakfix.kernel import clock
from breakfix.kernel.ledger.rebuild import difference, rebuild
from breakfix.kernel.models import Row
from tests import handed_on

Made = TypeVar("Made")
Given = ParamSpec("Given")
Stored = tuple[Any, ...]
State = dict[str, dict[Any, Stored]]
Heads = tuple[Any, ...]

# An invoice is inserted open and issued by an update, which moves the sums of its tranches: only in that order.
INVOICE, TRANCHE = "billing_invoice", "quotes_tranche"
# A quote is approved by the round about it, and a tranche stands on an approved quote.
QUOTE, ASKED = "quotes_quote", ("approvals_round", "approvals_seat")
FILE, ENTRY, PERSONAL = "kernel_file", "kernel_entry", "kernel_personalpart"
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Table(NamedTuple):
    """One table of ours, with its columns as they are stored."""

    name: str
    columns: tuple[str, ...]
    key: int
    logged: bool


@dataclass
class Difference:
    """What turns one state into another."""

    added: dict[str, list[Stored]] = field(default_factory=dict)
    changed: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list)
    gone: list[tuple[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


class Memory(NamedTuple):
    made: bytes
    difference: Difference
    after: Heads
    sound: bool


_memories: dict[Any, Memory] = {}
_states: dict[Heads, State] = {}
# Remembered states without differences, the one that was come by last at the end.
_sound: dict[Heads, None] = {}
_distrusted: list[bool] = []


def once(name: str, build: Callable[[datetime], Made], at: datetime) -> Made:
    """What `build(at)` makes: built the first time, restored from its rows after that. Only in an empty database."""
    return _recalled((name, at), lambda: build(at)) if _is_empty() else build(at)


def remembered(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Decorate a function that carries a world on by deeds: the same call in the same state restores its rows."""

    @functools.wraps(make)
    def recalled(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        told = [_told(one) for one in args] + [(name, _told(kwargs[name])) for name in sorted(kwargs)]
        # Readings of grants and the receipt in the log follow the clock.
        key = (make.__module__, make.__qualname__, repr(told), clock._fixed.get())
        return _recalled(key, lambda: make(*args, **kwargs))

    return recalled


@contextmanager
def distrusted() -> Iterator[None]:
    """For a test that changes rows behind the log: its heads do not tell its state, so look at every row."""
    _distrusted.append(True)
    yield
    _distrusted.pop()


def told_by_the_log(differences: Callable[[], list[str]]) -> list[str]:
    """What `differences()` says, asked only where it is not clear from a remembered state without any."""
    latest = next(reversed(_sound), None)
    clear = latest is not None and _grown_soundly(_states[latest], state())
    return [] if clear else differences()


def _grown_soundly(before: State, now: State) -> bool:
    """Whether all that came after a state without differences is told by the entries that came after it.

    Rows that are as they were and that no new entry names agree with the log as they did. False: look at everything.
    """
    kept, entries = before.get(ENTRY, {}), now.get(ENTRY, {})
    parts, parts_now = before.get(PERSONAL, {}), now.get(PERSONAL, {})
    if any(entries.get(key) != row for key, row in kept.items()):
        return False
    if any(parts_now.get(key) != row for key, row in parts.items()):
        return False
    newest = max((int(key) for key in kept), default=0)
    if len([key for key in entries if int(key) > newest]) + len(kept) != len(entries):
        return False
    told = rebuild(beyond=newest)
    return all(_agree(model, before, now, told) for model in apps.get_models() if issubclass(model, Row))


def _agree(model: type[Row], before: State, now: State, told: dict[str, Any]) -> bool:
    name, label = model._meta.db_table, model._meta.label_lower
    was, rows = before.get(name, {}), now.get(name, {})
    # A row that differs only in a secret, which no log tells, is looked at for nothing: then everything is.
    touched = [key for key, row in rows.items() if was.get(key) != row or f"{label}/{key}" in told]
    if not touched:
        return True
    found = model._default_manager.filter(pk__in=touched)
    return len(found) == len(touched) and not any(difference(row, told.get(row.key)) for row in found)


def _recalled(key: Any, build: Callable[[], Made]) -> Made:
    heads = _heads()
    if heads and (heads not in _states or (_distrusted and state() != _states[heads])):
        return build()  # somebody went another way: this state will hardly come again
    if (key, heads) not in _memories:
        place = handed_on.place((key, heads))
        with handed_on.alone(place):
            if (memory := handed_on.take(place)) is None:
                return _built(key, heads, build, place)
        _keep(key, heads, memory, _changed(_states.get(heads, {}), memory.difference))
    memory = _memories[key, heads]
    _apply(memory.difference)
    _come_by(memory.after)
    return pickle.loads(memory.made)


def _built(key: Any, heads: Heads, build: Callable[[], Made], place: Path | None) -> Made:
    before, had = state(), _files()
    made = build()
    after = state()
    # What is undone in the database stays in the folder: a file may have lain there before the row that names it.
    named = {name for name in _files() if Path(name).name in _kept(after) - _kept(before)}
    files = {name: (_folder() / name).read_bytes() for name in (_files() - had) | named}
    if (heads_after := _heads()) != heads:
        sound = (not heads or heads in _sound) and _grown_soundly(before, after)
        memory = Memory(pickle.dumps(made), _difference(before, after, files), heads_after, sound)
        _keep(key, heads, memory, after)
        handed_on.hand_on(place, memory)
    return made


def _keep(key: Any, heads: Heads, memory: Memory, after: State) -> None:
    _memories[key, heads] = memory
    _states[memory.after] = after
    if memory.sound:
        _sound[memory.after] = None


def _changed(before: State, found: Difference) -> State:
    """The state that this difference makes of another, as `_apply` makes it in the database."""
    after = {name: dict(rows) for name, rows in before.items()}
    for name, key in found.gone:
        del after[name][key]
    for name, key, columns in found.changed:
        names, row = _tables()[name].columns, after[name][key]
        after[name][key] = tuple(columns.get(column, was) for column, was in zip(names, row, strict=True))
    for name, rows in found.added.items():
        after.setdefault(name, {}).update({row[_tables()[name].key]: row for row in rows})
    return {name: rows for name, rows in after.items() if rows}


def _come_by(heads: Heads) -> None:
    if heads in _sound:
        del _sound[heads]
        _sound[heads] = None


def _told(value: Any) -> Any:
    """An argument by its content: a record by its id, a world by its first instant (the rest is in the state)."""
    if isinstance(value, models.Model):
        return value._meta.label, value.pk
    return value.at if hasattr(value, "organisations") else value


# ---- the database, in its own words ----------------------------------------------------------------


@functools.cache
def _tables() -> dict[str, Table]:
    """In the order of the road: what a row stands on comes before it."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("breakfix."):
            columns = tuple(column.column for column in model._meta.local_concrete_fields)
            assert model._meta.pk is not None
            key = columns.index(model._meta.pk.column)
            found[model._meta.db_table] = Table(model._meta.db_table, columns, key, issubclass(model, Row))
    return found


def _asked(sql: str) -> list[Stored]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _raw(column: str) -> str:
    """A column as it is stored, past every conversion between the database and Python."""
    return f'"{column}"::text' if _on_postgresql() else f'+"{column}"'


def _on_postgresql() -> bool:
    return connection.vendor == "postgresql"


@functools.cache
def _emptiness() -> str:
    return "SELECT " + " OR ".join(f'EXISTS(SELECT 1 FROM "{name}")' for name in _tables())


def _is_empty() -> bool:
    return not _asked(_emptiness())[0][0]


@functools.cache
def _counts() -> str:
    """Besides the heads of the logs: how much there is of what no log tells."""
    unlogged = [table for table in _tables().values() if not table.logged]
    sizes = [
        f'(SELECT COUNT(*) FROM "{t.name}"), (SELECT MAX("{t.columns[t.key]}") FROM "{t.name}")' for t in unlogged
    ]
    return "SELECT " + ", ".join(sizes)


def _heads() -> Heads:
    """What tells one state from another; empty for an empty database."""
    heads = _asked(f'SELECT "organisation_id", {_raw("peaks")} FROM "kernel_chain" ORDER BY 1')
    return (tuple(heads), tuple(_asked(_counts())[0])) if heads else ()


def state() -> State:
    """Every row of every table of ours, by table and id, as it is stored."""
    found: State = {}
    for name, row in _stored():
        found.setdefault(name, {})[row[_tables()[name].key]] = tuple(row)
    return found


def _stored() -> Iterator[tuple[str, Stored]]:
    if _on_postgresql():
        yield from _asked(_everything())
        return
    for name, sql in _one_by_one():
        for row in _asked(sql):
            yield name, row


@functools.cache
def _one_by_one() -> list[tuple[str, str]]:
    return [
        (table.name, f'SELECT {", ".join(map(_raw, table.columns))} FROM "{table.name}"')
        for table in _tables().values()
    ]


@functools.cache
def _everything() -> str:
    """All rows in one question: a server is asked across a wire, table by table would take ten times as long."""
    return " UNION ALL ".join(
        f"SELECT '{table.name}', ARRAY[{', '.join(map(_raw, table.columns))}] FROM \"{table.name}\""
        for table in _tables().values()
    )


def _difference(before: State, after: State, files: dict[str, bytes]) -> Difference:
    found = Difference(files=files)
    for name, table in _tables().items():
        old, new = before.get(name, {}), after.get(name, {})
        found.gone += [(name, key) for key in old if key not in new]
        for key, row in new.items():
            if key not in old:
                found.added.setdefault(name, []).append(row)
            elif old[key] != row:
                pairs = zip(table.columns, old[key], row, strict=True)
                found.changed.append((name, key, {column: now for column, was, now in pairs if was != now}))
            else:
                new[key] = old[key]  # one copy in memory serves all states
    return found


@transaction.atomic
def _apply(found: Difference) -> None:
    # Foreign keys are checked at the end of the transaction, so among them the order does not matter.
    for name, content in found.files.items():
        path = _folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with connection.cursor() as cursor:
        for name, key in found.gone:
            cursor.execute(f'DELETE FROM "{name}" WHERE "{_key(name)}" = %s', [key])
        _change(cursor, [one for one in found.changed if one[0] not in {QUOTE, TRANCHE}])
        list(_add(cursor, {name: rows for name, rows in found.added.items() if name in ASKED}))
        _change(cursor, [one for one in found.changed if one[0] == QUOTE])
        issued = list(_add(cursor, {name: rows for name, rows in found.added.items() if name not in ASKED}))
        _change(cursor, issued + [one for one in found.changed if one[0] == TRANCHE])


def _add(cursor: Any, added: dict[str, list[Stored]]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Insert these rows; yields the invoices that are to be issued once everything else stands."""
    for name, rows in added.items():
        table = _tables()[name]
        fresh = rows
        if name == INVOICE:
            status = table.columns.index("status")
            fresh = [(*row[:status], "DRAFT", *row[status + 1 :]) for row in rows]
            yield from ((name, row[table.key], {"status": row[status]}) for row in rows if row[status] != "DRAFT")
        columns = ", ".join(f'"{column}"' for column in table.columns)
        if _on_postgresql():
            with cursor.copy(f'COPY "{name}" ({columns}) FROM STDIN') as copy:
                copy.write("".join(map(_line, fresh)))
        else:
            places = ", ".join(["%s"] * len(table.columns))
            cursor.executemany(f'INSERT INTO "{name}" ({columns}) VALUES ({places})', fresh)


def _line(row: Stored) -> str:
    """One row as COPY reads it."""
    return "\t".join("\\N" if text is None else text.translate(ESCAPED) for text in row) + "\n"


def _change(cursor: Any, changed: list[tuple[str, Any, dict[str, Any]]]) -> None:
    for name, key, columns in changed:
        sets = ", ".join(f'"{column}" = %s' for column in columns)
        cursor.execute(f'UPDATE "{name}" SET {sets} WHERE "{_key(name)}" = %s', [*columns.values(), key])


def _key(name: str) -> str:
    table = _tables()[name]
    return table.columns[table.key]


# ---- the test's folder of files --------------------------------------------------------------------


def _folder() -> Path:
    return Path(settings.BREAKFIX_FILES)


def _kept(found: State) -> set[str]:
    """The hashes of the files that these rows name."""
    rows, columns = found.get(FILE, {}).values(), _tables()[FILE].columns
    return {row[columns.index("sha256")] for row in rows}


def _files() -> set[str]:
    return {path.relative_to(_folder()).as_posix() for path in _folder().rglob("*") if path.is_file()}
