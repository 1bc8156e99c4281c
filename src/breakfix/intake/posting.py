"""Where a mail server hands over what came for the desk: a POST of the raw message, with the secret of the mailbox.

No session and no cookie is read here, so there is nothing that a foreign page could borrow.
"""

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from breakfix.intake import mails, queries
from breakfix.intake.answers import Unsized, body_of, problem, secret_of
from breakfix.intake.values import LARGEST_MAIL, Door
from breakfix.kernel import clock, fence

log = logging.getLogger(__name__)


@csrf_exempt
@never_cache
@require_POST
def told(request: HttpRequest, secret: str = "") -> HttpResponse:
    """Take one mail: 200 with its outcome once it is kept, whatever it holds; 503 where it has to be sent again.

    The secret is a bearer token, the password of basic access, or the end of the address.
    """
    try:
        with fence.as_machine():  # what may be done is decided by the secret
            return _answer(request, secret)
    except Exception:
        log.exception("a mail could not be taken")
        return problem(503, "fault", "Something went wrong on our side; send it again.")


def _answer(request: HttpRequest, secret: str) -> HttpResponse:
    mailbox = queries.mailbox_of(secret or secret_of(request))
    if mailbox is None:
        answer = problem(401, "unknown_mailbox", "This is no secret of a mailbox that is open here.")
        answer["WWW-Authenticate"] = 'Basic realm="mail", Bearer'
        return answer
    try:
        raw = body_of(request, LARGEST_MAIL)
        if len(raw) != int(request.headers["Content-Length"]):
            raise UnreadablePostError
    except Unsized:
        return problem(411, "length_required", "Say in Content-Length how many bytes the mail has.")
    except RequestDataTooBig:
        mails.refuse(mailbox, Door.HTTP)
        return problem(413, "too_large", f"A mail has at most {LARGEST_MAIL:,} bytes.")
    except UnreadablePostError:
        return problem(400, "unusable", "The mail did not arrive whole.")
    at = clock.now()
    mail_id = mails.keep(mailbox, raw, Door.HTTP, at)
    try:
        taken = mails.settle(mail_id, at)
    except Exception:
        # It is kept, and the worker settles it: sent again, it would only be there twice.
        log.exception("mail %s waits for the worker", mail_id)
        return JsonResponse({"outcome": "", "reason": "it is kept, and will be read", "mail": mail_id}, status=202)
    return JsonResponse({"outcome": taken.outcome.value, "reason": taken.reason, "mail": taken.mail_id})


urlpatterns = [
    path("mail/told", told, name="mail_told"),
    path("mail/told/<str:secret>", told, name="mail_told_there"),
]
