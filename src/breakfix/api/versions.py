"""Which version of a record somebody has read: ETag, If-None-Match on reading, If-Match on editing.

An ETag has two parts: the row's own version, which an edit asks for, and a hash of all that was shown, which decides
whether there is anything new to read.
"""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse

from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.images import version_of


def tag(row: Any | None, body: bytes) -> str:
    """The ETag of what was shown of this row (or of a reading that no row stands for)."""
    shown = hashlib.sha256(body).hexdigest()[:20]
    return f'"{version_of(row)}.{shown}"' if row is not None else f'"{shown}"'


def with_tag(request: HttpRequest, answer: HttpResponse, row: Any | None = None) -> HttpResponse:
    """The answer with its ETag, or 304 where the caller has just that already."""
    etag = tag(row, answer.content)
    known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    if known & {etag, "*"}:
        answer = HttpResponse(status=304)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def check_unchanged(request: HttpRequest, row: Any) -> None:
    """Refuse an edit of what its editor has not read, or that was changed since: call it with the row locked."""
    sent = request.headers.get("If-Match", "")
    if not sent.strip():
        raise Refused("condition_missing", "Say which version you edit: send its ETag in If-Match.", field="If-Match")
    now = version_of(row)
    versions = {one.strip().strip('"').partition(".")[0] for one in sent.split(",")}
    if not versions & {now, "*"}:
        raise Refused("changed_meanwhile", "Somebody changed this since you read it.", field="If-Match")
