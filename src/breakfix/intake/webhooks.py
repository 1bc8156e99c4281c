"""Where monitoring systems tell of failures: a POST with the secret of a source, answered with what became of it.

No session and no cookie is read here, so there is nothing that a foreign page could borrow.
"""

import hashlib
import hmac
import logging
from datetime import UTC, datetime, timedelta

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from breakfix.intake import queries
from breakfix.intake.answers import Unsized, body_of, problem, secret_of
from breakfix.intake.receiving import Closed, Replayed, receive, turn_away
from breakfix.intake.values import LARGEST, TurnedAway
from breakfix.kernel import clock, fence
from breakfix.kernel.sealing import Unreadable
from breakfix.outbox import signing

log = logging.getLogger(__name__)
TOLERANCE = timedelta(minutes=5)
# Grafana's headers, which others can be told to send; `<timestamp>:<body>` is what is signed.
SIGNATURE, TIMESTAMP = "X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Timestamp"


@csrf_exempt
@never_cache
@require_http_methods(["POST", "PUT"])
def told(request: HttpRequest, secret: str = "", rest: str = "") -> HttpResponse:
    """Take one message: 200 with its outcome, also where it went to the quarantine; problem+json for a stranger.

    The secret is a bearer token, the password of basic access, or in the address. What the address says of a machine
    names it where the message does not.
    """
    try:
        with fence.as_machine():  # what may be done is decided by the secret
            return _answer(request, secret, request.GET.get("machine", "") or rest)
    except Exception:
        log.exception("a message of monitoring could not be taken")
        return problem(503, "fault", "Something went wrong on our side; send it again.")


def _answer(request: HttpRequest, secret: str, machine: str) -> HttpResponse:
    source = queries.source_of(secret or secret_of(request))
    if source is None:
        return _stranger()
    try:
        body = body_of(request, LARGEST)
        signed = _check_signed(request, body, queries.signing_key(source))
        taken = receive(source, body, clock.now(), signed=signed, machine=machine)
    except Unsized:
        return problem(411, "length_required", "Say in Content-Length how many bytes the message has.")
    except RequestDataTooBig:
        turn_away(source, TurnedAway.OVERSIZED)
        return problem(413, "too_large", f"A message has at most {LARGEST:,} bytes.")
    except UnreadablePostError:
        return problem(400, "unusable", "The message did not arrive whole.")
    except Unreadable:
        return problem(503, "no_key", "Signatures cannot be checked here: the key of the installation is missing.")
    except Closed:
        return _stranger()
    except Replayed:
        turn_away(source, TurnedAway.REPLAYED)
        return problem(409, "replayed", "This very message, with this signature, was taken before.")
    except signing.BadSignature as no:
        turn_away(source, TurnedAway.UNSIGNED)
        return problem(401, "bad_signature", f"This is not signed as it should be: {no}.")
    named = {"dedup_key": taken.dedup_key} if taken.dedup_key else {}  # as PagerDuty answers
    return JsonResponse({"outcome": taken.outcome.value, "reason": taken.reason, "alerts": taken.alerts, **named})


def _stranger() -> HttpResponse:
    answer = problem(401, "unknown_source", "This is no secret of a source that is open here.")
    answer["WWW-Authenticate"] = 'Basic realm="alerts", Bearer'
    return answer


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
        return f"{headers['webhook-id']}.{int(headers['webhook-timestamp'])}."
    stamp = request.headers.get(TIMESTAMP, "")
    if not stamp.isdecimal() or len(stamp) > 12 or abs(datetime.fromtimestamp(int(stamp), UTC) - now) > TOLERANCE:
        raise signing.BadSignature("this was signed too long ago, or is yet to come")
    expected = hmac.new(key.encode(), stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), request.headers[SIGNATURE].strip().lower().encode()):
        raise signing.BadSignature("no signature of this source")
    return f"{int(stamp)}:"


urlpatterns = [
    path("alerts/told", told, name="alerts_told"),
    path("alerts/told/<str:secret>", told, name="alerts_told_there"),
    # vRealize adds the alert's id to the address, and sends what follows by PUT; a server without a name has its own.
    path("alerts/told/<str:secret>/<path:rest>", told, name="alerts_told_below"),
]
