"""Every public action by its name, found where the installed modules keep them: what stories and the API offer."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

from django.apps import apps

from breakfix.kernel.access import Deed

Action = Callable[..., Any]


@lru_cache(maxsize=1)
def all_deeds() -> dict[str, Action]:
    """Every public action by its name, in the order of the road."""
    wanted = {deed.value for deed in Deed}
    found: dict[str, Action] = {}
    for module in apps.get_app_configs():
        for shelf in _shelves(f"{module.name}.actions") if module.name.startswith("breakfix.") else ():
            for name, thing in vars(shelf).items():
                if name in wanted and callable(thing) and thing.__module__ == shelf.__name__:
                    found[name] = thing
    return found


def _shelves(name: str) -> list[ModuleType]:
    if importlib.util.find_spec(name) is None:  # a door, or the kernel, does no deeds of its own
        return []
    shelf = importlib.import_module(name)
    inner = [
        importlib.import_module(f"{name}.{part.name}")
        for part in pkgutil.iter_modules(getattr(shelf, "__path__", []))
    ]
    return [shelf, *inner]
