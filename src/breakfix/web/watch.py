"""Every request once through here: its number, its log line, its figures, on whatever door it came.

The line names ids: the request's own, the person's and organisation's, the deeds that were recorded; never a name, an
address or what was typed. A door that knows who acts sets `request.actor`.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from breakfix.kernel import figures, logs
from breakfix.web import operators

log = logging.getLogger("breakfix.requests")
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked by machines without a name for us or a session: nothing else of a request's way concerns them.
DIRECT = {"/healthz": operators.healthz, "/readyz": operators.readyz, "/metrics": operators.metrics}

# What the middleware that they pass by would have said to a browser that strays there.
BORDERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Watch:
    """The outermost middleware: what it tells includes whatever all others did."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = number_of(request)
        for name in [name for name, value in request.COOKIES.items() if "\x00" in value]:
            del request.COOKIES[name]  # PostgreSQL takes it in no text, and no browser of ours sends it
        with logs.about(request_id=number), figures.deeds_told() as deeds:
            start = time.perf_counter()
            answer = DIRECT.get(request.path_info, self.get_response)(request)
            self._tell(request, answer, time.perf_counter() - start, deeds)
        answer.headers["X-Request-ID"] = number
        if request.path_info in DIRECT:
            for name, value in BORDERS.items():
                answer.headers[name] = value
        return answer

    def process_exception(self, _request: HttpRequest, error: Exception) -> None:
        """Tell where it broke, with the request's number; Django answers with its page."""
        log.error("a page broke", exc_info=error)

    def _tell(self, request: HttpRequest, answer: HttpResponse, seconds: float, deeds: list[str]) -> None:
        route, method = route_of(request), request.method if request.method in METHODS else "other"
        figures.REQUESTS.labels(route, method, str(answer.status_code)).inc()
        figures.SECONDS.labels(route).observe(seconds)
        person, organisation = who(request)
        fields = {"route": route, "method": method, "status": answer.status_code, "deeds": deeds}
        fields |= {"person": person, "organisation": organisation, "milliseconds": round(seconds * 1000)}
        quiet = request.path_info in DIRECT and answer.status_code == 200
        log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=fields)


def number_of(request: HttpRequest) -> str:
    """The number that the proxy in front gave this request, if it is one; else a fresh one."""
    given = request.headers.get("X-Request-ID", "")
    return given if SANE.fullmatch(given) else uuid.uuid4().hex


def route_of(request: HttpRequest) -> str:
    """The pattern of the address, without its ids: few words, and none of them a secret."""
    if request.path_info in DIRECT:
        return request.path_info
    if request.resolver_match is not None:
        return f"/{request.resolver_match.route}"
    return settings.STATIC_URL if request.path_info.startswith(settings.STATIC_URL) else "unknown"


def who(request: HttpRequest) -> tuple[int | None, int | None]:
    """Ids of the person and their organisation, as far as somebody asked for them already; this asks no database."""
    actor: Any = getattr(request, "actor", None)
    if actor is not None:
        return actor.person_id, actor.organisation_id
    user: Any = getattr(request, "_cached_user", None)
    return (user.pk, user.organisation_id) if user is not None and user.is_authenticated else (None, None)
