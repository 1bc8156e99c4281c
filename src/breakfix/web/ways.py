"""The ways of one offer side by side, as the builder and the approver see them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from breakfix.kernel.money import Money
from breakfix.quotes.continuity import Strategy

STRATEGIES = [
    (Strategy.IN_PLACE, "Repair in place"),
    (Strategy.FAILOVER, "Failover meanwhile"),
    (Strategy.AFTER_HOURS, "After-hours window"),
]
_WORDS = {strategy.value: words for strategy, words in STRATEGIES}


def shown(ways: Iterable[Any]) -> list[dict[str, Any]]:
    """Each way with its words; of a frozen document or of a preview alike."""
    return [_shown(one) for one in ways]


def _shown(way: Any) -> dict[str, Any]:
    found: Mapping[str, Any] = asdict(way) if is_dataclass(way) and not isinstance(way, type) else way
    read = {name: _read(name, value) for name, value in found.items()}
    return {
        **read,
        "title": _WORDS[found["strategy"]],
        "choose": f"Put way {found['key']} forward",
        "is_base": found["key"] == found["against"],
        "loses": read["saved"] is not None and read["saved"].minor < 0,
    }


def _read(name: str, value: Any) -> Any:
    """Money and instants of a frozen document are texts there."""
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return Money.of(value["amount"], value["currency"])
    if name.endswith("_at") and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value
