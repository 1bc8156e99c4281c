"""The API as one object: what it is called, what it offers, and how it describes itself."""

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from breakfix.api import deeds, reads, schemas
from breakfix.api.problems import MEDIA_TYPE, TITLES, of_refusal, problem
from breakfix.kernel.errors import Refused

log = logging.getLogger("breakfix.api")
DESCRIPTION = """\
One engagement from the reported failure to the closure pack, for programs.

Send a token (`Authorization: Bearer bfx_…`), which people issue on the page Tokens. What you may do is what the roles
behind the token may do, within its scopes; what you may not see is not there (404). Deeds are POSTs and take an
`Idempotency-Key`; readings carry an ETag; lists go on by cursor. Every refusal is `application/problem+json` with a
`code` that does not change.
"""
_described: dict[str, OpenAPISchema] = {}


class Api(NinjaAPI):
    """Ninja's API with our own components, and problem documents where it would say plain JSON."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The whole description, OpenAPI 3.1; made once for each address it is asked at, as it takes seconds."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in _described:
            _described[prefix] = self._describe(prefix)
        return _described[prefix]

    def _describe(self, prefix: str) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=prefix)
        shown = schema["components"].setdefault("schemas", {})
        if twice := {name for name in shown.keys() & schemas.definitions if shown[name] != schemas.definitions[name]}:
            raise RuntimeError(f"what is sent and what is shown share names: {twice}")
        shown.update(schemas.definitions)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    _tell(int(status), answer)
        return schema


def _tell(status: int, answer: dict[str, Any]) -> None:
    """Name the media type that problems really have, and their headers."""
    if status < 400:
        return
    answer["description"] = TITLES.get(status, answer["description"])
    if "application/json" in answer.get("content", {}):
        answer["content"] = {MEDIA_TYPE: answer["content"].pop("application/json")}
    if status == 429:
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}


api = Api(
    title="Breakfix",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
)
router = reads.offered()
deeds.offer_all(router)
api.add_router("", router)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, no: Any) -> HttpResponse:
    return of_refusal(request, no)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, invalid: Any) -> HttpResponse:
    first = invalid.errors[0]
    name = str(first["loc"][-1])
    message = f"{name}: {first['msg']}."
    return problem(request, 400, "invalid_parameter", message, field=name)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, _: Any) -> HttpResponse:
    return problem(request, 404, "not_found", "There is nothing at this address.")


@api.exception_handler(HttpError)
def _http(request: HttpRequest, no: Any) -> HttpResponse:
    return problem(request, no.status_code, "malformed", no.message)


@api.exception_handler(Exception)
def _fault(request: HttpRequest, _: Any) -> HttpResponse:
    log.exception("a request to the API failed")
    return problem(request, 500, "fault", "Something went wrong on our side; it is in the log.")
