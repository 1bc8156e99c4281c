"""One's own sessions: where one is signed in, ending one or all others; and how long a session lasts."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from breakfix.kernel import clock, sessions
from breakfix.web.door import Visit, page

# In this order: a browser names those it descends from, too.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Windows", "Windows"), ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)
HAND_HELD = frozenset({"Android", "iPhone", "iPad"})


class LastSeen:
    """Ends a session that has lasted its day, and notes now and then that one is in use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = clock.real_now()
            if sessions.is_over(request, now, longest=settings.SESSION_COOKIE_AGE):
                logout(request)
            else:
                sessions.note_seen(request, now)
        return self.get_response(request)


def device(agent: str) -> dict[str, str]:
    """What somebody would call the thing they signed in with; the whole text stays readable beside it."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if re.search(rf"\b{mark}\b", agent)), "")
    words = " on ".join(word for word in (browser, system) if word) or "Unknown program"
    return {"words": words, "icon": "device-mobile" if system in HAND_HELD else "device-desktop"}


def own(visit: Visit) -> HttpResponse:
    """Where one is signed in."""
    person: Any = visit.request.user
    rows = sessions.sessions_of(person, visit.request.session.session_key)
    return visit.page("web/account/sessions.html", {"rows": [{"at": one, **device(one.agent)} for one in rows]})


@login_required
@require_POST
def end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of one's own sessions; somebody else's is not there."""
    if sessions.end_one(request.user.pk or 0, session_id):
        messages.success(request, "That session is ended.")
    return HttpResponseRedirect(reverse("sessions"), status=303)


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    ended = sessions.end_others(request.user.pk or 0, request.session.session_key)
    words = "1 other session is ended." if ended == 1 else f"{ended} other sessions are ended."
    messages.success(request, words if ended else "There was no other session.")
    return HttpResponseRedirect(reverse("sessions"), status=303)


urlpatterns = [
    path("account/sessions", page(own), name="sessions"),
    path("account/sessions/end", end_others, name="end_other_sessions"),
    path("account/sessions/<int:session_id>/end", end, name="end_session"),
]
