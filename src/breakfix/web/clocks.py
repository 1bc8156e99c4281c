"""The clocks of an engagement, read once for a page however many of its parts show them."""

from typing import Any

from breakfix.incidents import queries as incidents
from breakfix.web.door import Visit


def history(visit: Visit, found: Any) -> list[Any]:
    """Every clock there ever was, as it stands at this request's instant."""
    kept: dict[int, list[Any]] = visit.request.__dict__.setdefault("clocks_read", {})
    if found.pk not in kept:
        kept[found.pk] = incidents.clock_history(found, visit.at)
    return kept[found.pk]


def readings(visit: Visit, found: Any) -> list[Any]:
    """Those that count now, one of each kind."""
    return list({one.kind: one for one in history(visit, found)}.values())
