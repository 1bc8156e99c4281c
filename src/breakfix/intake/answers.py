"""What every address for machines does alike: take a body of known length, and say no as problem+json."""

import base64
import binascii

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse


class Unsized(Exception):
    """Nobody said how long the body is: a server that passes it on in pieces would lose it."""


def body_of(request: HttpRequest, most: int) -> bytes:
    """The whole body; Unsized without a Content-Length, RequestDataTooBig above `most` bytes, before it is read."""
    length = request.headers.get("Content-Length") or ""
    if not length.isdecimal():
        raise Unsized
    if len(length) > 12 or int(length) > most:
        raise RequestDataTooBig
    if int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return request.body
    return request.read(int(length))  # a mail may be longer than any form


def secret_of(request: HttpRequest) -> str:
    """The bearer token, or the password of basic access; "" where there is none."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def problem(status: int, code: str, detail: str) -> HttpResponse:
    """A refusal (RFC 9457). Django does not write into its log what was asked for: an address may hold a secret."""
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "detail": detail, "code": code}
    answer = JsonResponse(body, status=status, content_type="application/problem+json")
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
