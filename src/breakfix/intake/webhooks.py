"""Where monitoring systems tell of failures: a POST with the secret of a source, answered with what became of it.

No session and no cookie is read here, so there is nothing that a foreign page could borrow.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from breakfix.intake import queries
from breakfix.intake.receiving import Replayed, receive
from breakfix.intake.values import LARGEST
from breakfix.kernel import clock, fence
from breakfix.kernel.sealing import Unreadable
from breakfix.outbox import signing

TOLERANCE = timedelta(minutes=5)
# Grafana's headers, which others can be told to send; `<timestamp>:<body>` is what is signed.
SIGNATURE, TIMESTAMP = "X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Timestamp"


@csrf_exempt
@never_cache
@require_POST
def told(request: HttpRequest, secret: str = "") -> HttpResponse:
    """Take one message: 200 with its outcome, also where it went to the quarantine; problem+json for a stranger.

    The secret is a bearer token, the password of basic access, or the end of the address.
    """
    with fence.as_machine():  # what may be done is decided by the secret
        source = queries.source_of(secret or _secret(request))
        if source is None:
            return _problem(401, "unknown_source", "This is no secret of a source that is open here.")
        try:
            body = _body(request)
            signed = _check_signed(request, body, queries.signing_key(source))
            taken = receive(source, body, clock.now(), signed=signed)
        except RequestDataTooBig:
            return _problem(413, "too_large", f"A message has at most {LARGEST:,} bytes.")
        except UnreadablePostError:
            return _problem(400, "unusable", "The message did not arrive whole.")
        except Unreadable:
            return _problem(
                503, "no_key", "Signatures cannot be checked here: the key of the installation is missing."
            )
        except Replayed:
            return _problem(409, "replayed", "This very message, with this signature, was taken before.")
        except signing.BadSignature as no:
            return _problem(401, "bad_signature", f"This is not signed as it should be: {no}.")
    return JsonResponse({"outcome": taken.outcome.value, "reason": taken.reason, "alerts": taken.drafts})


def _secret(request: HttpRequest) -> str:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length[:12]) > LARGEST:
        raise RequestDataTooBig
    if len(request.body) > LARGEST:
        raise RequestDataTooBig
    return request.body


def _check_signed(request: HttpRequest, body: bytes, key: str) -> str:
    """What was signed with the body, "" for a source without a key; BadSignature unless within five minutes.

    As in Standard Webhooks, or as Grafana does it. The instant is real time: the sender looks at its own clock.
    """
    if not key:
        return ""
    now = clock.real_now()
    if SIGNATURE not in request.headers:
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        headers = {name: request.headers.get(name, "") for name in names}
        signing.check(headers, body.decode(errors="replace"), now, [key])
        return f"{headers['webhook-id']}.{headers['webhook-timestamp']}."
    stamp = request.headers.get(TIMESTAMP, "")
    if not stamp.isdecimal() or len(stamp) > 12 or abs(datetime.fromtimestamp(int(stamp), UTC) - now) > TOLERANCE:
        raise signing.BadSignature("this was signed too long ago, or is yet to come")
    expected = hmac.new(key.encode(), stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), request.headers[SIGNATURE].strip().lower().encode()):
        raise signing.BadSignature("no signature of this source")
    return f"{stamp}:"


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "detail": detail, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json")


urlpatterns = [
    path("alerts/told", told, name="alerts_told"),
    path("alerts/told/<str:secret>", told, name="alerts_told_there"),
]
