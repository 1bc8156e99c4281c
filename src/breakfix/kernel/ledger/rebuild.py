"""Any record at any instant, from the log alone: what makes the tables mere storage."""

import json
from datetime import datetime
from typing import Any

from django.apps import apps

from breakfix.kernel.ledger.images import fields_of
from breakfix.kernel.models import Entry, PersonalPart, Row


def rebuild(
    *, until: datetime | None = None, organisation_id: int | None = None, beyond: int = 0
) -> dict[str, dict[str, Any]]:
    """The last after-image of every row, by row key, as the logs tell it up to `until` (inclusive).

    `beyond` leaves out all entries up to that id. Personal fields that were erased are simply absent.
    """
    entries = Entry.objects.filter(id__gt=beyond).order_by("id")
    if until is not None:
        entries = entries.filter(at__lte=until)
    if organisation_id is not None:
        entries = entries.filter(organisation_id=organisation_id)
    personal = {
        (entry_id, image): content
        for entry_id, image, content in PersonalPart.objects.filter(entry_id__gt=beyond).values_list(
            "entry_id", "image", "content"
        )
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
    return [
        fault
        for model in apps.get_models()
        if issubclass(model, Row)
        for row in model._default_manager.all()
        if (fault := difference(row, told.get(row.key)))
    ]


def difference(row: Row, logged: dict[str, Any] | None) -> str:
    """Where this row disagrees with its last after-image; empty if nowhere."""
    public, personal = fields_of(row)
    stored = {**public, **personal}
    if logged is None:
        return f"{row.key} is in no log"
    if logged != stored:
        changed = sorted(k for k in stored if stored[k] != logged.get(k))
        return f"{row.key} differs from the log in {', '.join(changed)}"
    return ""
