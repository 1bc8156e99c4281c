"""How one is told of what: a page of everybody's own, its devices, and the worker that shows push messages."""

from functools import lru_cache
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from breakfix.approvals.values import Channel
from breakfix.kernel.access import Role
from breakfix.outbox import actions, vapid
from breakfix.outbox import queries as outbox
from breakfix.outbox.values import Choices, Event, MessageStatus
from breakfix.parties import queries as parties
from breakfix.web import seats
from breakfix.web.door import Visit, deed, page

EVENTS = {
    Event.URGENT: ("Anything on a P1", "What stands still now, and costs money by the hour."),
    Event.SECURITY: ("A gap in security", "Such as access that should have ended."),
    Event.ASKED: ("Something needs you", "A decision, a review, an answer; P2 to P4."),
    Event.CLOCK: ("A commitment runs out", "Warnings of clocks and of the cap."),
    Event.PROGRESS: ("News", "Accepted, on the way, repaired; P2 to P4."),
    Event.MONEY: ("Money", "Invoices, and approvals that nobody ratified."),
}
WAYS = {
    Channel.EMAIL: ("E-mail", "mail"),
    Channel.PUSH: ("Push", "bell"),
    Channel.SMS: ("SMS", "message"),
    Channel.VOICE: ("Call", "phone-call"),
}
ON_DUTY = {Role.DUTY_MANAGER: "the duty manager", Role.SECURITY_OFFICER: "the security officer"}
WAITS_FOR_YOU = "A decision about a P1 waits for you."


def notifications(visit: Visit) -> HttpResponse:
    """What reaches this person by which way, what waits for the morning, and what cannot be switched off, and why."""
    person = parties.get_person(visit.by.person_id or 0, by=visit.by)
    choices = outbox.choices_of(person, visit.at)
    context = {
        "person": person,
        "choices": choices,
        "rows": [_row(visit, event, choices) for event in Event],
        "ways": WAYS.values(),
        "devices": outbox.devices_of(person.pk),
        "recent": [_shown(one) for one in outbox.last_of(person.pk)],
        "quiet": _quiet(visit, choices),
        "why": _why(visit, choices),
        "push_key": vapid.keys().application_server_key,
    }
    return visit.page("web/notifications.html", context)


def _row(visit: Visit, event: Event, choices: Choices) -> dict[str, Any]:
    words, hint = EVENTS[event]
    return {"event": event, "words": words, "hint": hint, "boxes": [_box(visit, event, way, choices) for way in WAYS]}


def _box(visit: Visit, event: Event, way: Channel, choices: Choices) -> dict[str, Any]:
    """One box of the grid: offered or not, fixed or not, and ticked as it was typed or as it stands."""
    name = f"chosen-{event.value}-{way.value}"
    typed = visit.typed.values if visit.typed.deed == "set_preferences" else {}
    on = typed[name] == "on" if name in typed else way in choices.channels[event]
    fixed = way in choices.fixed.get(event, ())
    label = f"{EVENTS[event][0]} by {WAYS[way][0]}"
    offered = outbox.is_offered(event, way)
    return {"name": name, "way": WAYS[way][0], "label": label, "on": on, "fixed": fixed, "offered": offered}


def _why(visit: Visit, choices: Choices) -> str:
    """Why something cannot be switched off now; empty where everything can."""
    if not choices.fixed:
        return ""
    held = [words for role, words in ON_DUTY.items() if role in visit.by.roles]
    return f"You are {' and '.join(held)}: others rely on reaching you." if held else WAITS_FOR_YOU


def _quiet(visit: Visit, choices: Choices) -> dict[str, str]:
    quiet = choices.quiet
    return {
        "since": f"{quiet.since:%H:%M}" if quiet else "",
        "until": f"{quiet.until:%H:%M}" if quiet else "",
        "zone": quiet.zone if quiet else parties.zone_of(visit.request.user),  # type: ignore[arg-type]
    }


def _shown(message: Any) -> dict[str, Any]:
    words, tone = seats.STATES[MessageStatus(message.status)]
    way, icon = WAYS[Channel(message.channel)]
    return {"message": message, "state": words, "tone": tone, "way": way, "icon": icon}


@require_safe
def push_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker: at the root of the site, because it may only look after pages below its own address."""
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@lru_cache(maxsize=1)
def _worker() -> bytes:
    found = finders.find("web/sw.js")
    if not isinstance(found, str):
        raise FileNotFoundError("web/sw.js")
    with open(found, "rb") as file:
        return file.read()


_PAGE = "notifications"
urlpatterns = [
    path("sw.js", push_worker, name="push_worker"),
    path(_PAGE, page(notifications), name="notifications"),
    path(
        f"{_PAGE}/set_preferences",
        deed(actions.set_preferences, on=notifications, done="Kept. From now on you are told this way."),
        name="set_preferences",
    ),
    path(
        f"{_PAGE}/subscribe_device",
        deed(actions.subscribe_device, on=notifications, done="This device shows your messages from now on."),
        name="subscribe_device",
    ),
    path(
        f"{_PAGE}/remove_device",
        deed(actions.remove_device, on=notifications, done="This device gets no more messages."),
        name="remove_device",
    ),
]
