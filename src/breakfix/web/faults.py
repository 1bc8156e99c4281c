"""What somebody reads whose request cannot even be understood: what went wrong, and what to do about it.

Shown before anybody is known and perhaps to no browser of ours, so these pages ask nothing of the database.
"""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """413 for a form beyond every limit, 400 for what is no request of a browser; nothing was carried out."""
    too_large = isinstance(exception, TOO_LARGE)
    page = render_to_string("400.html", {"too_large": too_large})
    return HttpResponse(page, status=413 if too_large else 400)
