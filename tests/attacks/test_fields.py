"""Somebody adds to a form what no page offers: each column of each table, as a field of every deed."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from django.apps import apps
from django.urls import get_resolver

from breakfix.kernel import clock
from breakfix.kernel.binding import arguments, bind
from breakfix.kernel.deeds import all_deeds
from breakfix.kernel.errors import Refused
from tests import snapshots
from tests.web import scene as scenes
from tests.web.matrix import ROWS
from tests.web.rows import Deed
from tests.web.scene import NOW, Scene, address
from tests.web.test_matrix import browser_of, code_of

ROUTES = {name: pattern for name, (_, pattern) in scenes.routes(get_resolver().url_patterns).items()}
DEEDS = {name: row for name, row in ROWS.items() if isinstance(row, Deed)}
# What decides by itself, were it ever taken from a form.
ALSO = ("by", "at", "org", "roles", "side", "is_superuser", "is_staff", "confirmed_at", "pk", "id", "machine")


@pytest.fixture(name="made")
def _made(db: None) -> Iterator[Scene]:
    with clock.set_to(NOW):
        yield scenes.whole_scene()


def columns() -> set[str]:
    """The name of every column of every table of ours."""
    models = [model for model in apps.get_models() if model.__module__.startswith("breakfix.")]
    found = {field.attname for model in models for field in model._meta.concrete_fields}
    return {*found, *(field.name for model in models for field in model._meta.concrete_fields), *ALSO}


def test_no_deed_takes_a_column_that_is_none_of_its_arguments() -> None:
    """Where words become arguments, for every door: each strange field is refused by its name."""
    tried = 0
    for name in DEEDS:
        action = scenes.deed_of(ROUTES[name])
        assert action is not None
        for field in columns() - set(arguments(action)):
            with pytest.raises(Refused) as no:
                bind(action, {field: "1"}, zone="UTC")
            assert (no.value.code, no.value.field) == ("unknown_field", field), name
            tried += 1
    assert tried > 20_000


def names_of(annotation: Any) -> Iterator[str]:
    """The fields of what an argument is made of, however deep."""
    for inner in get_args(annotation):
        yield from names_of(inner)
    if is_dataclass(annotation):
        for name, inner in get_type_hints(annotation).items():
            yield name
            yield from names_of(inner)


def test_no_deed_about_money_is_told_what_is_worked_out() -> None:
    """The price, its ceiling and what they come to are computed; nobody can hand them in, at any door."""
    worked_out = {"n", "q", "cap", "ceiling", "stated_n", "not_to_exceed", "exposure", "cash_out", "total", "actual"}
    worked_out |= {f"{name}_minor" for name in worked_out}
    tried = 0
    for name, action in all_deeds().items():
        if action.__module__.split(".")[1] in {"quotes", "changes", "work", "billing", "parts", "approvals"}:
            told = {
                *arguments(action),
                *(one for kind in arguments(action).values() for one in names_of(kind.annotation)),
            }
            assert told & worked_out == set(), name
            tried += len(told)
    assert tried > 300


def test_every_column_at_once_is_refused_by_every_form(made: Scene) -> None:
    """By somebody who may do the deed: what was sent beside its fields decides nothing, and nothing is written."""
    wrong: dict[str, Any] = {}
    browsers = {who: browser_of(who) for who in {next(iter(row.doers)) for row in DEEDS.values()}}
    before = snapshots.state()
    for name, row in DEEDS.items():
        action, who = scenes.deed_of(ROUTES[name]), next(iter(row.doers))
        assert action is not None
        in_address = scenes.names_in(ROUTES[name])
        given = {**row.given, **{key: made.northgate[key] for key in row.also}}
        sent = scenes.body(action, made.northgate, given, in_address)
        flooded = {**dict.fromkeys(columns() - set(in_address), "APPROVED"), **sent}
        answer = browsers[who].post(address(name, ROUTES[name], made.northgate), flooded)
        # A form that says which version it was made from is asked that first, and "APPROVED" is none.
        if code_of(answer) not in {"unknown_field", "invalid_field", "not_found", "not_allowed", "changed_meanwhile"}:
            wrong[f"{who} {name}"] = (answer.status_code, code_of(answer))
    assert wrong == {}
    assert snapshots.state() == before
