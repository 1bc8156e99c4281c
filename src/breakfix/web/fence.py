"""Each request begins and ends with nobody who may ask the database anything; `door` lets in whoever signed in.

And no answer that was made for somebody stays in a cache, unless its page says otherwise.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from breakfix.kernel import fence
from breakfix.kernel.access import SYSTEM
from breakfix.web import uploads

# Whose views look for an account before anybody is known, and read nothing else.
SIGNING_IN = ("allauth.", "breakfix.web.entrance", "breakfix.web.oidc", "breakfix.web.factors")


class Fence:
    """Middleware behind the sign-in: what a request forgot to end never reaches the next one on this connection."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        fence.leave()
        try:
            # The session says who it is; their row is read before they are let in.
            with fence.as_machine():
                known = request.user.is_authenticated
            if known:  # what stands between here and the page reads their roles and sessions
                fence.let_in_person(request.user.pk, request.user.organisation_id)  # type: ignore[union-attr, arg-type]
            answer = self.get_response(request)
            answer.headers.setdefault("Cache-Control", "private, no-store")
            return answer
        finally:
            uploads.put_away(request)
            fence.leave()

    def process_view(self, request: HttpRequest, view: Any, *_given: Any) -> None:
        """Signing in looks for an account before anybody is known."""
        if getattr(view, "__module__", "").startswith(SIGNING_IN):
            fence.let_in(SYSTEM)
