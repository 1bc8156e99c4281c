"""What the gateway for text and voice messages says of those it took: signed like what we send it, or not heard.

No session and no cookie is read here, so there is nothing that a foreign page could borrow.
"""

import json
import re
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from breakfix.intake.answers import Unsized, body_of, problem
from breakfix.kernel import clock, fence
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotFound, Refused
from breakfix.outbox import signing
from breakfix.outbox.actions import note_delivery
from breakfix.outbox.values import Said

LARGEST = 64 * 1024  # bytes
LONGEST_DETAIL = 150
KINDS = {f"message.{said.value}": said for said in Said}
_MESSAGE = re.compile(r"msg_[0-9a-f]{32}")


class _Unusable(Exception):
    """A body that says nothing of a message."""


@csrf_exempt
@never_cache
@require_POST
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Take one acknowledgement: 200 when it is kept, or was before; problem+json when it is refused."""
    keys = signing.secrets()
    if not keys:
        return problem(404, "no_gateway", "No gateway is configured here.")
    try:
        body = _body(request)
        webhook_id = signing.check(_headers(request), body, clock.real_now(), keys)
        message_id, said, detail = _read(body)
    except RequestDataTooBig:
        return problem(413, "too_large", "An acknowledgement has at most 64 kB.")
    except signing.BadSignature as no:
        return problem(401, "bad_signature", f"This is not signed as it should be: {no}.")
    except (_Unusable, UnreadablePostError) as no:
        return problem(400, "unusable", f"This says nothing of a message: {no}.")
    try:
        with fence.as_machine():  # it signed as our gateway
            message = note_delivery(
                message_id, said=said, detail=detail, webhook_id=webhook_id, body=body, by=SYSTEM, at=clock.now()
            )
    except NotFound:
        return problem(404, "not_found", "There is no such message.")
    except Refused as no:
        return problem(409, no.code, no.message)
    return JsonResponse({"message": message.public_id, "status": message.status.lower()})


def _body(request: HttpRequest) -> str:
    try:
        return body_of(request, LARGEST).decode()
    except UnicodeDecodeError:
        raise _Unusable("it is no UTF-8") from None
    except Unsized:
        raise _Unusable("nobody said how long it is") from None


def _headers(request: HttpRequest) -> dict[str, str]:
    return {name: request.headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}


def _read(body: str) -> tuple[str, Said, str]:
    """{"type": "message.delivered", "data": {"message": "msg_...", "detail": "..."}}, and whatever else."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise _Unusable("it is no JSON") from None
    if not isinstance(found, dict) or not isinstance(inner := found.get("data"), dict):
        raise _Unusable("it has no data")
    kind, message = found.get("type"), inner.get("message")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _Unusable(f"its type is none of {', '.join(KINDS)}")
    if not isinstance(message, str) or not _MESSAGE.fullmatch(message):
        raise _Unusable("it names no message")
    detail = inner.get("detail", "")
    printable = "".join(one if one.isprintable() else " " for one in detail) if isinstance(detail, str) else ""
    return message, KINDS[kind], " ".join(printable.split())[:LONGEST_DETAIL]


urlpatterns = [path("gateway/acknowledgements", acknowledge, name="gateway_acknowledgements")]
