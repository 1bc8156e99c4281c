"""What people hear of an agreement: by the ways they chose, with the link to its page."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from breakfix.approvals.values import Channel
from breakfix.jobs.notices import OF_USE, OF_USE_ON_A_PHONE
from breakfix.jobs.plan import plan
from breakfix.kernel.access import Role
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Happening, Outgoing
from breakfix.parties import queries as parties


def administrators(agreement: Any, at: datetime) -> list[Any]:
    """Whoever looks after the agreement, of both sides."""
    return [
        *parties.people_with(Role.PROVIDER_ADMIN, agreement.provider_id, at),
        *parties.people_with(Role.CLIENT_ADMIN, agreement.client_id, at),
    ]


def plan_each(
    task: str, people: Iterable[Any], happening: Happening, *, mark: str, at: datetime, **told: Any
) -> None:
    """Plan one task for each person and way; `mark` is what it is about, so that nobody hears of it twice."""
    for person in people:
        ways, due = outbox.ways_to(person, happening, at)
        for way in ways:
            key = f"{way.value}:{mark}:{person.pk}"
            words = {"person_id": person.pk, "channel": way.value, "planned": due.isoformat(), "key_of": key}
            plan(task, key=key, due_at=due, at=at, **told, **words)


def say(
    payload: Mapping[str, Any],
    agreement: Any,
    *,
    subject: str,
    said: str,
    template: str,
    context: Mapping[str, Any],
    at: datetime,
) -> None:
    """Send what `plan_each` planned; the template is read by mail only."""
    channel, link = Channel(payload["channel"]), settings.SITE_URL + reverse("agreement", args=[agreement.pk])
    context = {**context, "link": link, "choose": settings.SITE_URL + reverse("notifications")}
    out = Outgoing(
        key=payload["key_of"],
        channel=channel,
        person_id=payload["person_id"],
        topic=agreement.topic,
        subject=f"[Breakfix] {subject}",
        said=f"{said}.",
        text=render_to_string(template, context) if channel is Channel.EMAIL else "",
        link=link,
        useless_after=datetime.fromisoformat(payload["planned"]) + OF_USE.get(channel, OF_USE_ON_A_PHONE),
    )
    sending.send(out, at)
