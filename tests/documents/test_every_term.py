"""Nobody signs a figure unseen: every leaf of the terms changes what is printed."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from breakfix.agreements import queries, rules
from breakfix.documents.composing import agreement
from breakfix.documents.composing.agreement_fields import CHANNELS

FULL: dict[str, Any] = {
    "quotes": {"saving_share": "0.4"},
    "dispatch": {"required_certifications": {"DR": ["CDRE"]}, "accepted_versions": {"VCP": ["8"]}},
    "calendar": {
        "holidays": ["2026-12-25"],
        "sites": [{"site": "Plant", "holidays": ["2026-12-26"], "holiday_source": "the works council"}],
    },
    "entities": {
        side: {"name": side, "address": f"{side} street", "registration": f"HRB {side}"}
        for side in ("provider", "client")
    },
}
TERMS = rules.parsed(
    rules.stated_over(queries.template_terms("example"), FULL, dated=True), first_year=2026
).to_json()
BESIDE = {"effective_at": None, "accountable": "Dana", "zone": "UTC"}


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else None
    if inside is None:
        yield path
        return
    for name, value in inside:
        yield from leaves(value, (*path, name))


def other(value: Any) -> Any:
    """Some other value of the same kind."""
    if value is None or isinstance(value, bool):
        return not value if isinstance(value, bool) else "0.55"
    if isinstance(value, int):
        return value + 1
    if value in CHANNELS:
        return "api" if value != "api" else "phone"
    try:
        return str(Decimal(value) + Decimal("1.25"))
    except InvalidOperation:
        pass
    try:
        return (date.fromisoformat(value) + timedelta(days=7)).isoformat()
    except ValueError:
        return f"{value}x"


def printed(terms: dict[str, Any]) -> str:
    content = {"currency": "USD", "terms": terms}
    return repr(agreement.body(content, BESIDE))


@pytest.mark.parametrize("group", sorted(set(TERMS) - {"statements"}))
def test_every_leaf_is_printed(group: str) -> None:
    before, unseen = printed(TERMS), []
    for path in leaves(TERMS[group], (group,)):
        terms = deepcopy(TERMS)
        place = terms
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = other(place[path[-1]])
        if printed(terms) == before:
            unseen.append(path)
    assert unseen == []
