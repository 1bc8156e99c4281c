"""Readings: one record with its ETag, and lists by cursor, with the filters that are named and no other.

    @detail(router, "/quotes/{int:quote_id}", QuoteOut, summary="A quote")
    def quote(call: Call, quote_id: int) -> Shown: ...

    @listing(router, "/quotes", QuoteOut, filters=QuoteFilters, order="-id", summary="Quotes")
    def quotes(call: Call, filters: QuoteFilters) -> QuerySet: ...

Both functions get the caller and find only what `visible_to(call.by)` shows. Whatever order a listing's query set
has, it is read in the order of one column (which is never null) and the id. Where a row alone does not say all that
is shown, Listed(rows, shape) is returned: `shape` gets all rows of a page, so that none costs queries of its own.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict, create_model

from breakfix.api.door import Bearer
from breakfix.api.problems import Problem
from breakfix.api.versions import with_tag
from breakfix.kernel.binding import LARGEST_INTEGER
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parties.values import Scope

MOST = 100
DECLINED = dict.fromkeys((400, 401, 403, 404, 422, 429), Problem)
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of what you have already: 304 while that is still all there is to read.",
}
_SIGNER = signing.Signer(salt="breakfix.api.cursor")


class Filters(Schema):
    """What every list takes; a list with filters of its own inherits from it."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")
    cursor: str = Field("", max_length=500, description="Where to go on: `next` of the page before.")


@dataclass(frozen=True)
class Shown:
    """A record as it is shown, and the row whose version an edit of it asks for."""

    content: Any
    row: Any | None = None


@dataclass(frozen=True)
class Listed:
    """The rows of a list, and what makes those of one page what is shown."""

    rows: "QuerySet[Any]"
    shape: Callable[[list[Any]], list[Any]]


def detail(
    router: Router, path: str, out: Any, *, summary: str, scope: Scope = Scope.READ
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Offer one record by GET: `fn(call, **ids)` returns it, or Shown(content, row) where it can be edited."""

    def offer(fn: Callable[..., Any]) -> Callable[..., Any]:
        def read(request: HttpRequest, **ids: int) -> HttpResponse:
            check_ids(ids)
            check_query(request, ())
            found = fn(request.auth, **ids)  # type: ignore[attr-defined]
            found = found if isinstance(found, Shown) else Shown(found)
            return with_tag(request, _written(_as(out, found.content)), found.row)

        names = [name for name in inspect.signature(fn).parameters if name != "call"]
        _add(router, path, read, dict.fromkeys(names, int), out, fn, summary, scope)
        return fn

    return offer


def listing(
    router: Router,
    path: str,
    out: Any,
    *,
    summary: str,
    filters: type[Filters] = Filters,
    order: str = "-id",
    scope: Scope = Scope.READ,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Offer a list by GET: `fn(call, filters, **ids)` returns a query set, or Listed(rows, shape)."""
    page_out = create_model(f"PageOf{out.__name__}", __base__=_Page, items=(list[out], ...))

    def offer(fn: Callable[..., Any]) -> Callable[..., Any]:
        def read(request: HttpRequest, filters: Any, **ids: int) -> HttpResponse:
            check_ids(ids)
            check_query(request, type(filters).model_fields)
            found = fn(request.auth, filters, **ids)  # type: ignore[attr-defined]
            found = found if isinstance(found, Listed) else Listed(found, list)
            items, onward = page(
                found.rows, order=order, limit=filters.limit, cursor=filters.cursor, about=request.path
            )
            content = {"items": found.shape(items), "next": onward}
            return with_tag(request, _written(_as(page_out, content)))

        names = [name for name in inspect.signature(fn).parameters if name not in {"call", "filters"}]
        hints: dict[str, Any] = dict.fromkeys(names, int)
        _add(router, path, read, {**hints, "filters": filters}, page_out, fn, summary, scope)
        return fn

    return offer


class _Page(Schema):
    items: list[Any]
    next: str | None = Field(None, description="The cursor of the next page; null on the last one.")


def _add(
    router: Router,
    path: str,
    read: Callable[..., Any],
    hints: dict[str, Any],
    out: Any,
    fn: Callable[..., Any],
    summary: str,
    scope: Scope,
) -> None:
    """Register a reading whose parameters are known only here."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    given = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for name, hint in hints.items():
        query = isinstance(hint, type) and issubclass(hint, Filters)
        default = Query(...) if query else inspect.Parameter.empty
        given.append(inspect.Parameter(name, keyword, annotation=hint, default=default))
    read.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]
    read.__name__ = fn.__name__
    router.add_api_operation(
        path,
        ["GET"],
        read,
        auth=Bearer(scope),
        response={200: out, 304: None, **DECLINED},
        operation_id=f"read_{fn.__name__}",
        summary=summary,
        description=inspect.getdoc(fn) or summary,
        url_name=f"api_read_{fn.__name__}",
        tags=[path.split("/")[1]],
        openapi_extra={"parameters": [_IF_NONE_MATCH]},
    )


def _as(out: Any, content: Any) -> Any:
    return out.model_validate(content, from_attributes=True).model_dump(mode="json")


def _written(content: Any) -> HttpResponse:
    return HttpResponse(json.dumps(content, ensure_ascii=False), content_type="application/json")


def check_ids(ids: dict[str, int]) -> None:
    """Refuse, as not there, an id that no table could hold."""
    if any(isinstance(value, int) and value > LARGEST_INTEGER for value in ids.values()):
        raise NotFound()


def check_query(request: HttpRequest, known: Any) -> None:
    """Refuse a parameter that this address does not know: a misspelt filter must not show everything."""
    for name, values in request.GET.lists():
        if name not in known:
            words = f"known are {', '.join(sorted(known))}" if known else "it takes none"
            message = f"There is no parameter {name[:80]!r} here; {words}."
            raise Refused("unknown_parameter", message, field=name[:80])
        if len(values) > 1:
            raise Refused("invalid_parameter", f"Give {name} once.", field=name)
        if "\x00" in values[0]:
            raise Refused("invalid_parameter", f"Remove the unprintable characters from {name}.", field=name)


def page(rows: QuerySet[Any], *, order: str, limit: int, cursor: str, about: str) -> tuple[list[Any], str | None]:
    """Up to `limit` rows after the cursor, and the cursor that goes on; stable while rows are added or taken away."""
    column, down = order.removeprefix("-"), order.startswith("-")
    if cursor:
        value, row_id = _read_cursor(cursor, about, column, rows)
        beyond = "lt" if down else "gt"
        after = Q(**{f"{column}__{beyond}": value}) if column != "id" else Q(pk__in=[])
        tie = Q(**{column: value, f"id__{beyond}": row_id}) if column != "id" else Q(**{f"id__{beyond}": row_id})
        rows = rows.filter(after | tie)
    sign = "-" if down else ""
    found = list(rows.order_by(order, f"{sign}id")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    told = json.dumps([about, order, getattr(last, column), last.pk], cls=_Exactly)
    return found[:limit], _SIGNER.sign_object(told)


class _Exactly(DjangoJSONEncoder):
    """Django's encoder cuts instants to milliseconds; a cursor that does so would show a row twice."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, date | datetime) else super().default(o)


def _read_cursor(cursor: str, about: str, column: str, rows: QuerySet[Any]) -> tuple[Any, int]:
    """The place that a cursor of ours names: signed, so nobody can ask for a comparison of their own."""
    try:
        path, order, value, row_id = json.loads(_SIGNER.unsign_object(cursor))
        if path != about or order.removeprefix("-") != column:
            raise ValueError("a cursor of another list")
        return rows.model._meta.get_field(column).to_python(value), int(row_id)
    except (signing.BadSignature, ValueError, TypeError, UnicodeError):
        message = "This cursor is not one that this list gave; begin with the first page."
        raise Refused("invalid_cursor", message, field="cursor") from None
