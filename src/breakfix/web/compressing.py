"""Pages travel compressed: on a phone with one bar the finished night of an emergency is a tenth of its size.

Django's middleware adds a random length to each answer, so that its size tells nothing of a secret in it (BREACH).
The API keeps its strong tags, which a change of bytes would break; a proxy in front compresses what it wants to.
"""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Compressed(GZipMiddleware):
    """Everything but the API."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if request.path.startswith("/api/") else super().process_response(request, response)
