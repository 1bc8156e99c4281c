"""Log lines that a machine can read and nobody can forge: JSON, or the same as text for a terminal.

A line names ids, never people: no address, no name, no value that somebody typed, no secret. Of an error it tells the
kind and the places in our code; its message only where the machine speaks (network, disk), because the message of a
database or a parser quotes what was typed.
"""

import json
import logging
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from structlog import contextvars, stdlib
from structlog.processors import JSONRenderer, TimeStamper

Fields = MutableMapping[str, Any]
MACHINE_SPEAKS = (OSError, OperationalError, MemoryError)
DEEPEST = 12  # frames; the innermost are the ones that tell


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Every line written inside the block carries these fields."""
    with contextvars.bound_contextvars(**fields):
        yield


def formatter(shape: str) -> logging.Formatter:
    """What `LOGGING` uses: one line per record, as "json" or as "text"."""
    chain: list[Any] = [
        contextvars.merge_contextvars,
        stdlib.add_log_level,
        stdlib.add_logger_name,
        stdlib.ExtraAdder(),
        TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    last = JSONRenderer(sort_keys=True) if shape == "json" else _text
    return stdlib.ProcessorFormatter(
        foreign_pre_chain=chain,
        processors=[_error, _paths, stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def _error(_logger: Any, _method: str, fields: Fields) -> Fields:
    """The kind of an error and where it happened, in place of a traceback with its values."""
    told = fields.pop("exc_info", None)
    fields.pop("stack_info", None)
    if isinstance(told, tuple) and told[1] is not None:
        error = told[1]
        fields["error"] = type(error).__name__
        if isinstance(error, MACHINE_SPEAKS):
            fields["because"] = str(error).splitlines()[0][:200] if str(error) else ""
        frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
        fields["frames"] = [f"{_module(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return fields


def _module(filename: str) -> str:
    """The file without the path of the machine that it lies on."""
    return "/".join(filename.replace("\\", "/").rsplit("/", 3)[-3:])


def _paths(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Django's own lines about a request quote its address, which may hold a one-time link."""
    if fields.get("logger") == "django.request":
        fields["event"] = "the request failed"
    for name in ("request", "status_code"):
        fields.pop(name, None)
    return fields


def _text(_logger: Any, _method: str, fields: Fields) -> str:
    """One line: when, level, logger, what, then name=value; nothing in it can begin a second line."""
    first = [str(fields.pop(name, "")) for name in ("at", "level", "logger", "event")]
    rest = [f"{name}={_shown(value)}" for name, value in sorted(fields.items())]
    return _tamed(" ".join([first[0], first[1].upper(), f"{first[2]}:", first[3], *rest]))


def _shown(value: object) -> str:
    return value if isinstance(value, str) and value.isalnum() else json.dumps(value, default=str)


def _tamed(line: str) -> str:
    """Control, direction and line-breaking characters are spelt out."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
