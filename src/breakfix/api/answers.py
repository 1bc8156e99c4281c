"""`Idempotency-Key`: a request that is sent again does nothing again and gets the same answer.

As Stripe does it: the key belongs to one token and one route; another body under the same key is a mistake (422); a
request that is still being worked on is told so (409); what was refused before it began is not kept. The answer is
written in the transaction of the deed, so a crash leaves both or neither.
"""

import hashlib
import logging
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from breakfix.api import steps
from breakfix.api.door import Call
from breakfix.api.problems import of_refusal, problem
from breakfix.kernel.errors import Refused

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
LONGEST = 255
# Done, or refused by the state of things: an answer. All else is a request that never began, free to be put right.
KEPT = {200, 201, 409, 500}
TOLD_AGAIN = ("Content-Type", "Location", "ETag")
log = logging.getLogger("breakfix.api")
Work = Callable[[], HttpResponse]


def once(request: HttpRequest, call: Call, fingerprint: str, work: Work) -> HttpResponse:
    """Do the work in one transaction; with an `Idempotency-Key`, only if it was not done before."""
    key = request.headers.get(HEADER)
    if key is None:
        with transaction.atomic():
            return work()
    if not 0 < len(key) <= LONGEST or not key.isprintable():
        raise Refused("idempotency_key", f"A key has 1 to {LONGEST} printable characters.", field=HEADER)
    scope = hashlib.sha256(f"{call.token.pk} {request.method} {request.path}".encode()).hexdigest()
    answer, mine = steps.claim_answer(scope, key, fingerprint, call.at)
    if mine:
        return _work(request, answer, work)
    if answer.fingerprint != fingerprint:
        message = "This key was used for another request; take a fresh key for each thing that you want done."
        raise Refused("idempotency_mismatch", message, field=HEADER)
    if answer.status is None:
        raise Refused("idempotency_in_flight", "The same request is being worked on; ask again in a moment.")
    again = HttpResponse(answer.body, status=answer.status, headers={**answer.headers, REPLAYED: "true"})
    return again


def _work(request: HttpRequest, answer: "steps.StoredAnswer", work: Work) -> HttpResponse:
    try:
        with transaction.atomic():
            steps.hold_answer(answer)
            came_to = work()
            if came_to.status_code in KEPT:
                _keep(answer, came_to)
            else:
                steps.drop_answer(answer)
            return came_to
    except Refused as no:  # somebody else holds the key by now
        return of_refusal(request, no)
    except Exception:
        log.exception("a deed failed")
        fault = problem(request, 500, "fault", "Something went wrong on our side; nothing was done.")
        _keep(answer, fault)
        return fault


def _keep(answer: "steps.StoredAnswer", came_to: HttpResponse) -> None:
    headers = {name: came_to[name] for name in TOLD_AGAIN if name in came_to}
    steps.keep_answer(answer, status=came_to.status_code, headers=headers, body=came_to.content.decode())
