"""What is sent to a deed: one JSON object, or a form with files; measured before it is read."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from breakfix.kernel.binding import arguments, nest
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload

DEEPEST = 20  # levels of brackets; no deed needs more than six


@dataclass(frozen=True)
class Body:
    """The fields that were sent, a fingerprint of all of them, and whether they were typed by JSON."""

    fields: dict[str, Any]
    fingerprint: str
    strict: bool


def takes_file(annotation: Any) -> bool:
    """Whether an argument is a file, or may be one."""
    return annotation is Upload or Upload in getattr(annotation, "__args__", ())


def read(request: HttpRequest, action: Callable[..., Any]) -> Body:
    """The body of a deed's request, or a refusal that says what is wrong with it."""
    kind = (request.content_type or "").lower()
    try:
        if kind == "multipart/form-data":
            return _form(request)
        raw = request.body
    except (RequestDataTooBig, TooManyFilesSent):
        message = "This request is too large; send files as multipart/form-data, fewer at a time."
        raise Refused("too_large", message) from None
    except (MultiPartParserError, UnreadablePostError):
        raise Refused("malformed", "The request ended before it was complete, or its parts are damaged.") from None
    if raw and kind != "application/json":
        message = "Send application/json, or multipart/form-data with files."
        raise Refused("content_type", message, field="Content-Type")
    fields = _json(raw) if raw else {}
    files = [name for name, parameter in arguments(action).items() if takes_file(parameter.annotation)]
    for name in files:
        if fields.get(name) is not None:
            fields[name] = _file(name, fields[name])
    return Body(fields, hashlib.sha256(raw).hexdigest(), strict=True)


def _form(request: HttpRequest) -> Body:
    files = {name: request.FILES.get(name) for name in request.FILES}
    uploads = {name: Upload(file.name or "", file.read()) for name, file in files.items() if file is not None}
    flat = dict(request.POST.items())
    # The boundary between the parts differs each time, so the parts are what is hashed.
    told = {**flat, **{name: [one.name, hashlib.sha256(one.content).hexdigest()] for name, one in uploads.items()}}
    fingerprint = hashlib.sha256(json.dumps(sorted(told.items())).encode("utf-8", "surrogatepass")).hexdigest()
    return Body(nest({**flat, **uploads}), fingerprint, strict=False)


def _json(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode()
        _check_depth(text)
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused("malformed", "The body is no valid JSON in UTF-8.") from None
    if not isinstance(found, dict):
        raise Refused("malformed", "The body has to be a JSON object: {…}.")
    return found


def _check_depth(text: str) -> None:
    """Refuse what nests deeper than any deed; brackets inside of texts count too, up to a limit of their own."""
    depth, inside, escaped = 0, False, False
    for letter in text:
        if inside:
            inside, escaped = (escaped or letter != '"'), letter == "\\" and not escaped
        elif letter == '"':
            inside = True
        elif letter in "[{":
            depth += 1
            if depth > DEEPEST:
                raise Refused("malformed", f"This JSON nests deeper than {DEEPEST} levels.")
        elif letter in "]}":
            depth -= 1


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _file(name: str, given: Any) -> Upload:
    """A small file inside of JSON: its name, and its content in base64."""
    if not isinstance(given, dict) or set(given) != {"name", "content"}:
        message = "A file in JSON is {“name”: …, “content”: base64}; larger ones go as multipart/form-data."
        raise Refused("invalid_field", message, field=name)
    try:
        if not isinstance(given["name"], str):
            raise TypeError
        return Upload(given["name"], base64.b64decode(given["content"], validate=True))
    except (TypeError, ValueError, binascii.Error):
        raise Refused("invalid_field", "The content of a file is base64.", field=f"{name}-content") from None
