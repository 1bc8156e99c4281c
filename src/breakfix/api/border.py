"""The border of /api: whatever goes wrong outside an operation is told like what goes wrong inside one."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from breakfix.api import limits
from breakfix.api.problems import MEDIA_TYPE, problem

WORDS = {
    400: ("malformed", "This request could not be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method; the header Allow names those it takes."),
    413: ("too_large", "This request is too large; send files as multipart/form-data."),
    500: ("fault", "Something went wrong on our side; nothing was done. It is in the log."),
}


class Border:
    """Middleware: under /api every answer above 399 is a problem document, and says what is left of the allowance."""

    def __init__(self, inner: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = inner

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.inner(request)
        if not (request.path + "/").startswith("/api/"):
            return answer
        if answer.status_code >= 400 and answer.headers.get("Content-Type") != MEDIA_TYPE:
            code, detail = WORDS.get(answer.status_code, ("refused", "This request was refused."))
            kept = {name: answer[name] for name in ("Allow", "Retry-After") if name in answer}
            answer = problem(request, answer.status_code, code, detail, headers=kept)
        left = getattr(request, "allowance", None)
        if left is not None:
            limits.tell(answer, left)
        return answer
