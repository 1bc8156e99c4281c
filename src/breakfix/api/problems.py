"""Every "no" of this door is one document, `application/problem+json` (RFC 9457), with the code programs match."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Field, Schema

from breakfix.kernel.errors import NotAllowed, NotFound, Refused

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Malformed request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Refused",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported content type",
    422: "Invalid input",
    428: "Condition missing",
    429: "Too many requests",
    500: "Fault on our side",
    503: "Not available",
}
# Codes whose status is not simply 409: the rules refuse with a code, and what that means in HTTP is said here only.
STATUS_OF = {
    "missing_field": 422,
    "invalid_field": 422,
    "unknown_field": 422,
    "idempotency_mismatch": 422,
    "malformed": 400,
    "unknown_parameter": 400,
    "invalid_parameter": 400,
    "invalid_cursor": 400,
    "idempotency_key": 400,
    "token_missing": 401,
    "token_unknown": 401,
    "token_expired": 401,
    "token_revoked": 401,
    "person_suspended": 401,
    "reauthenticate": 403,
    "changed_meanwhile": 412,
    "too_large": 413,
    "file_too_large": 413,
    "content_type": 415,
    "condition_missing": 428,
    "too_many_requests": 429,
    "too_many_guesses": 429,
}
# Facts of a refusal that a program needs to do better; everything else is said in `detail`.
EXPLAINED = ("fields",)
REMEDIES = {
    "reauthenticate": "Send your password, base64-encoded, in the header Breakfix-Confirm.",
    "changed_meanwhile": "Read the record again and send its new ETag in If-Match.",
    "condition_missing": "Read the record and send its ETag in If-Match.",
}


class Problem(Schema):
    """Why a request was refused, and what to do. `code` never changes its meaning; `detail` is for people."""

    type: str = Field(examples=["urn:breakfix:problem:not_issued"])
    title: str = Field(examples=["Refused"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Only an issued quote can be approved."])
    instance: str = Field(examples=["/api/v1/quotes/12/approve"])
    code: str = Field(examples=["not_issued"])
    field: str | None = Field(None, description="The field at fault, if there is one.")
    remedy: str | None = Field(None, description="What to do about it, if there is more to say than `detail` says.")
    fields: list[dict[str, Any]] | None = Field(None, description="Of `incomplete`: each field that is missing.")


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    remedy: str | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The document of one refusal."""
    content: dict[str, Any] = {
        "type": f"urn:breakfix:problem:{code}",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
    }
    content |= {name: value for name, value in (("field", field), ("remedy", remedy)) if value}
    content |= dict(more or {})
    answer = JsonResponse(content, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="Breakfix"'
    answer["Cache-Control"] = "no-store"
    return answer


def status_of(no: Refused) -> int:
    """The HTTP status of a refusal: 404 and 403 by kind, some by code, 409 for all that the state forbids."""
    if isinstance(no, NotFound):
        return 404
    return STATUS_OF.get(no.code, 403 if isinstance(no, NotAllowed) else 409)


def of_refusal(request: HttpRequest, no: Refused) -> HttpResponse:
    """The document of what the rules refused."""
    status = status_of(no)
    headers = {"Retry-After": str(no.facts.get("retry_after", 300))} if status == 429 else {}
    if no.code == "idempotency_in_flight":
        headers["Retry-After"] = "1"
    remedy = no.remedy or REMEDIES.get(no.code)
    more = {name: no.facts[name] for name in EXPLAINED if name in no.facts}
    return problem(request, status, no.code, no.message, field=no.field, remedy=remedy, headers=headers, more=more)
