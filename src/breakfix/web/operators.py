"""What machines ask that watch over Breakfix: is it alive, is it ready, what does it count. No sign-in, no secrets.

`web/watch.py` answers these before anything else, because who asks knows no host name and has no session.
"""

import hmac
import shutil
import threading
import time
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from breakfix.kernel import clock, database, fence, figures, pulses, tasks
from breakfix.kernel.ledger import queries as ledger

LEAST_FREE = 256 * 1024**2  # bytes; below this an upload or a write-ahead log may not fit any more
REMEMBERED = 2.0  # seconds for which an answer holds: asking often costs the database nothing
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")

_lock = threading.Lock()
_known: dict[str, tuple[float, dict[str, bool]]] = {}


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; it says nothing about what it stands on."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether everything stands that Breakfix needs: 200, else 503. Which part fails is said, why is not.

    A worker that stands still is red, too: nobody would be told of anything.
    """
    found = _readiness()
    parts = {name: "ok" if fine else "fault" for name, fine in found.items()}
    ready = all(found.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


def _readiness() -> dict[str, bool]:
    """Each part, asked again when the last answer is old; one thread asks while the others wait for its answer."""
    with _lock:
        asked, found = _known.get("ready", (0.0, {}))
        if not found or time.monotonic() - asked >= REMEMBERED:
            found = {"database": False, "migrations": False, "worker": False, "disk": has_room()}
            try:
                with fence.as_machine():
                    found |= _of_database()
            except Error:
                connection.close()  # the next one asks with a fresh one
            _known["ready"] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Ask anew at the next question."""
    _known.clear()


def _of_database() -> dict[str, bool]:
    pulses.touch()
    beat = pulses.last_beat(pulses.WORKER)
    alive = beat is not None and clock.real_now() - beat < pulses.LATE
    return {"database": True, "migrations": not database.unapplied(), "worker": alive}


def has_room() -> bool:
    """Whether the disk of everything that is written has room for the next evidence file."""
    return shutil.disk_usage(_existing(Path(settings.BREAKFIX_FILES))).free >= LEAST_FREE


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' format, for the holder of the token; without a token, for this machine alone."""
    if not _may_read_figures(request):
        return HttpResponse(status=404)
    return HttpResponse(figures.page(_readings()), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read_figures(request: HttpRequest) -> bool:
    token = settings.BREAKFIX_METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    # Behind a proxy on the same machine everybody seems to be this machine.
    forwarded = settings.BREAKFIX_BEHIND_PROXY or any(name in request.META for name in FORWARDED)
    return request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and not forwarded


def _readings() -> dict[str, tuple[str, float]]:
    """What the database knows; where it does not answer, that is the one thing told."""
    try:
        with fence.as_machine():
            return {"breakfix_database_up": ("Whether the database answers.", 1), **_of_tables()}
    except Error:
        connection.close()
        return {"breakfix_database_up": ("Whether the database answers.", 0)}


def _of_tables() -> dict[str, tuple[str, float]]:
    at, real = clock.now(), clock.real_now()
    queue, beat = tasks.load(at), pulses.last_beat(pulses.WORKER)
    late = (at - queue.oldest_due_at).total_seconds() if queue.oldest_due_at else 0
    return {
        "breakfix_tasks_waiting": ("Tasks not done yet, due or not.", queue.waiting),
        "breakfix_tasks_due": ("Tasks that are due and not done.", queue.due),
        "breakfix_tasks_failed": ("Tasks that failed at least once and are not done.", queue.failed),
        "breakfix_tasks_oldest_seconds": ("For how long the oldest due task has been due.", max(0.0, late)),
        "breakfix_notices_sent": (
            "Messages to people handed over since the beginning.",
            tasks.count_done("notice.send"),
        ),
        "breakfix_ledger_entries": ("Entries in all logs.", ledger.size()),
        "breakfix_worker_age_seconds": (
            "Since the worker's last sign of life; -1 when it never gave one.",
            (real - beat).total_seconds() if beat else -1,
        ),
        "breakfix_outgoing_paused": (
            "Whether outgoing tasks wait for confirmation after a restore.",
            1 if pulses.paused(pulses.OUTGOING) else 0,
        ),
    }


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
