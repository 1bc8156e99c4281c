"""Any record at any instant, from the log alone: what makes the tables mere storage."""

import json
from datetime import datetime
from typing import Any

from django.apps import apps

from breakfix.kernel.ledger.images import fields_of
from breakfix.kernel.models import Entry, PersonalPart, Row


def rebuild(*, until: datetime | None = None, organisation_id: int | None = None) -> dict[str, dict[str, Any]]:
    """The last after-image of every row, by row key, as the logs tell it up to `until` (inclusive).

    Personal fields that were erased are simply absent.
    """
    entries = Entry.objects.order_by("id")
    if until is not None:
        entries = entries.filter(at__lte=until)
    if organisation_id is not None:
        entries = entries.filter(organisation_id=organisation_id)
    personal = {
        (entry_id, image): content
        for entry_id, image, content in PersonalPart.objects.values_list("entry_id", "image", "content")
    }
    rows: dict[str, dict[str, Any]] = {}
    for entry_id, leaf in entries.values_list("id", "leaf"):
        for number, image in enumerate(json.loads(leaf)["images"]):
            fields = dict(image["fields"])
            if (entry_id, number) in personal:
                fields.update(json.loads(personal[entry_id, number]))
            rows[image["row"]] = fields
    return rows


def differences() -> list[str]:
    """Where tables and logs disagree, one sentence each; an empty list is the promise kept."""
    told = rebuild()
    found: list[str] = []
    for model in apps.get_models():
        if not issubclass(model, Row):
            continue
        for row in model._default_manager.all():
            public, personal = fields_of(row)
            stored = {**public, **personal}
            logged = told.get(row.key)
            if logged is None:
                found.append(f"{row.key} is in no log")
            elif logged != stored:
                changed = sorted(k for k in stored if stored[k] != logged.get(k))
                found.append(f"{row.key} differs from the log in {', '.join(changed)}")
    return found
