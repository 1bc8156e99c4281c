"""How a consequence is planned: one task with its own key, so that planning it twice changes nothing."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.kernel import tasks


def plan(task: str, /, *, key: str, due_at: datetime, at: datetime, **payload: Any) -> None:
    """Plan one task outside a deed: what follows from news, or the next look at something."""
    with transaction.atomic():
        tasks.enqueue(task, key=key, due_at=due_at, at=at, payload=payload)


def id_in(key: str) -> int:
    """The id in a row key or topic, such as quotes.quote/12."""
    return int(key.rpartition("/")[2])
