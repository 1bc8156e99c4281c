"""What somebody types into a form, from the arguments of a deed: `tasks-0-name` and so on, in New York's time."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.makers import NEW_YORK
from tests.people import PASSWORD


def typed(**arguments: Any) -> dict[str, str]:
    """Every argument as text; what is empty or false is left out, as an unticked box is."""
    flat: dict[str, str] = {}
    for name, value in arguments.items():
        _into(flat, name, value)
    return flat


def confirmed(form: dict[str, Any], password: str = PASSWORD, **arguments: Any) -> dict[str, str]:
    """A form as its page shows it, filled in and confirmed with the password."""
    return {**form["fields"], **typed(**arguments), "password": password}


def _into(flat: dict[str, str], name: str, value: Any) -> None:
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            _into(flat, f"{name}-{field.name}", getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _into(flat, f"{name}-{number}", item)
    elif isinstance(value, datetime):
        flat[name] = value.astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M")
    elif isinstance(value, bool):
        if value:
            flat[name] = "true"
    elif value not in (None, ""):
        flat[name] = f"{value:f}" if isinstance(value, Decimal) and value > 1 else str(value)
