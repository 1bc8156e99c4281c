"""A client's whole world with other words in it: every text that somebody could have written, wherever it is kept.

Written behind the log, so a test that fills is marked `tampers`.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.db import connection, models

from breakfix.kernel.models import Entry, File
from breakfix.parties.models import Organisation
from tests.billing.plain_sql import run

Word = Callable[[], str]
# Texts that are names of states, places in time and space, or proofs, and never somebody's own words.
NOT_WORDS = {
    "zone",
    "currency",
    "topic",
    "subject",
    "email",
    "password",
    "leaf",
    "peaks",
    "slug",
    "calendar",
    "terms",
}
A_SPAN = re.compile(r"\d+ \w+|end of .*")


def rows_of(slug: str) -> dict[type[models.Model], list[Any]]:
    """Every row that hangs on this organisation by foreign keys, however many steps away, and its log and files."""
    root = Organisation.objects.get(slug=slug).pk
    owned = _hanging_on(Organisation, root)
    owned[Entry] = set(Entry.objects.filter(organisation_id=root).values_list("pk", flat=True))
    engagements = owned.get(apps.get_model("incidents", "Engagement"), set())
    return _with_files(owned, engagements)


def rows_on(engagement_id: int) -> dict[type[models.Model], list[Any]]:
    """Every row that hangs on this engagement, its entries in every log, and its files."""
    owned = _hanging_on(apps.get_model("incidents", "Engagement"), engagement_id)
    topics = Entry.objects.filter(topic=f"engagement/{engagement_id}")
    owned[Entry] = set(topics.values_list("pk", flat=True))
    return _with_files(owned, {engagement_id})


def _hanging_on(root_model: type[models.Model], root: int) -> dict[type[models.Model], set[Any]]:
    owned: dict[type[models.Model], set[Any]] = {root_model: {root}}
    for model in apps.get_models():  # in the order of the road: what a row stands on comes first
        if not model.__module__.startswith("breakfix.") or model is root_model:
            continue
        hanging = models.Q(pk__in=[])
        for field in model._meta.concrete_fields:
            if field.related_model in owned and field.name not in {"provider", "evidence", "file", "json", "pdf"}:
                hanging |= models.Q(**{f"{field.name}__in": owned[field.related_model]})
        keys = set(model._default_manager.filter(hanging).values_list("pk", flat=True))
        if keys:
            owned[model] = keys
    return owned


def _with_files(
    owned: dict[type[models.Model], set[Any]], engagements: set[Any]
) -> dict[type[models.Model], list[Any]]:
    topics = [f"engagement/{key}{side}" for key in engagements for side in ("", "@client", "@provider")]
    owned[File] = set(File.objects.filter(topic__in=topics).values_list("pk", flat=True))
    return {model: sorted(keys) for model, keys in owned.items()}


def fill(rows: dict[type[models.Model], Iterable[Any]], word: Word) -> int:
    """Put a word into every text of these rows; how many texts that were."""
    _send_guards_away()
    filled = 0
    for model, keys in rows.items():
        fields = [field for field in model._meta.concrete_fields if _holds_words(field)]
        for row in model._default_manager.filter(pk__in=list(keys)):
            changed = {}
            for field in fields:
                if field.name == "answer" and not getattr(row, "answered_at", True):
                    continue  # there is none before somebody answered
                fresh, count = _filled(getattr(row, field.attname), field, word)
                if count:
                    changed[field.attname] = fresh
                    filled += count
            if changed:
                model._default_manager.filter(pk=row.pk).update(**changed)
    return filled


def _holds_words(field: Any) -> bool:
    texts = (models.CharField, models.TextField, models.JSONField)
    return isinstance(field, texts) and not field.choices and field.name not in NOT_WORDS and not field.unique


def _filled(value: Any, field: Any, word: Word) -> tuple[Any, int]:
    if isinstance(field, models.JSONField):
        return _inside(value, word)
    if value is None:  # nobody said anything
        return None, 0
    if value[:1] in {"{", "["}:  # the canonical text of a document
        fresh, count = _inside(json.loads(value), word)
        return json.dumps(fresh), count
    if not (_is_prose(value) or (not value and isinstance(field, models.TextField))):
        return value, 0
    return word()[: field.max_length], 1


def _is_prose(text: str) -> bool:
    """Prose has a space in it; a state, a key and an instant have none."""
    return " " in text and not A_SPAN.fullmatch(text)


def _inside(value: Any, word: Word) -> tuple[Any, int]:
    if isinstance(value, str):
        return (word(), 1) if _is_prose(value) else (value, 0)
    if isinstance(value, list):
        pairs = [_inside(item, word) for item in value]
        return [item for item, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, dict):
        found = {key: _inside(item, word) for key, item in value.items()}
        return {key: item for key, (item, _) in found.items()}, sum(count for _, count in found.values())
    return value, 0


def _send_guards_away() -> None:
    """Nobody may change what was issued, so here the guards step aside until the test's transaction ends."""
    if connection.vendor == "postgresql":
        for (table,) in run("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"):
            run("SET CONSTRAINTS ALL IMMEDIATE")
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return
    for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard%'"):
        run(f"DROP TRIGGER {name}")
