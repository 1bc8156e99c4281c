"""Parts of a page that ask again by themselves: while nothing changed, the answer is 304 and nothing is drawn."""

import hashlib

from django.http import HttpResponse, HttpResponseNotModified

from breakfix.web.door import Visit


def unchanged_or(visit: Visit, response: HttpResponse) -> HttpResponse:
    """This response, or 304 where the browser holds the very same; its tag is the hash of its content."""
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    # Compressed on its way, the same content has a weak tag.
    if visit.request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        same = HttpResponseNotModified()
        same["ETag"] = tag
        return same
    response["ETag"] = tag
    return response
