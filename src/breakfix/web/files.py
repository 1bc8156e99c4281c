"""Files to take away: only what the reader may see, never shown inside the browser."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import path
from django.utils.http import content_disposition_header

from breakfix.histories import queries as histories
from breakfix.kernel import files
from breakfix.web.door import Visit, page


def file(visit: Visit, token: UUID) -> HttpResponse:
    """The stored bytes as a download. The browser is told to believe the stated type and to run nothing in it."""
    kept = histories.get_file(token, visit.by)
    response = HttpResponse(files.read(kept), content_type=kept.media_type)
    response["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [path("files/<uuid:token>", page(file), name="file")]
