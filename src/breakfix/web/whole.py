"""A request whose body ends before its own Content-Length is no request: half a form must never be carried out.

The server below hands over what arrived as if it were all when a phone loses its connection; `amount=1500` may then
read `amount=15`, and a file of evidence may end in its middle.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Whole:
    """The body as it was announced; to read past its early end is a bad request."""

    def __init__(self, stream: Any, length: int) -> None:
        self.stream, self.left = stream, length

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all that were announced."""
        wanted = self.left if size < 0 else min(size, self.left)
        found = b""
        while len(found) < wanted:
            found += self._counted(self.stream.read(wanted - len(found)))
        return found

    def readline(self, size: int = -1) -> bytes:
        """The next line of it."""
        wanted = self.left if size < 0 else min(size, self.left)
        return self._counted(self.stream.readline(wanted)) if wanted else b""

    def _counted(self, part: bytes) -> bytes:
        if not part:
            raise BadRequest("the body is shorter than announced")
        self.left -= len(part)
        return part


def only_whole(application: Application) -> Application:
    """The application, behind a body that is whole or none."""

    def called(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING"):  # of a body without its length nobody would read a byte
            return _without_length(start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isascii() and length.isdecimal():
            environ["wsgi.input"] = Whole(environ["wsgi.input"], int(length[:20]))
        return application(environ, start_response)

    return called


def _without_length(start_response: Any) -> Iterable[bytes]:
    words = "Send this request with its Content-Length, not in chunks; nothing was carried out."
    problem = {"type": "about:blank", "title": "Length required", "status": 411, "detail": words, "code": "no_length"}
    body = json.dumps(problem).encode()
    headers = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
    start_response("411 Length Required", [*headers, ("X-Content-Type-Options", "nosniff")])
    return [body]
