"""What every list does: pages that neither skip nor repeat, cursors nobody can make up, filters that are known."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from breakfix.api.lists import Filters, check_ids, check_query, page
from breakfix.api.versions import with_tag
from breakfix.assets.models import Asset
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parties.models import Person
from tests import makers
from tests.api.conftest import NOW

ABOUT = "/api/v1/people"


@pytest.fixture(autouse=True)
def _world(_noon: None) -> None:
    makers.world(NOW - timedelta(days=1))


def read_all(order: str, limit: int) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        rows, cursor = page(Person.objects.all(), order=order, limit=limit, cursor=cursor, about=ABOUT)
        assert len(rows) <= limit
        found += rows
    return found


@pytest.mark.parametrize("order", ["id", "-id", "name", "-name", "organisation_id", "-organisation_id"])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_neither_skip_nor_repeat(order: str, limit: int) -> None:
    column = order.removeprefix("-")
    sign = "-" if order.startswith("-") else ""
    expected = list(Person.objects.order_by(f"{sign}{column}", f"{sign}id"))
    assert read_all(order, limit) == expected


def test_page_goes_on_where_it_was_though_rows_came_and_went() -> None:
    rows = Asset.objects.order_by("id")
    first, cursor = page(rows.all(), order="id", limit=1, cursor="", about=ABOUT)
    again, _ = page(rows.exclude(pk=first[0].pk), order="id", limit=1, cursor=str(cursor), about=ABOUT)
    assert again == list(rows[1:2])


@pytest.mark.parametrize("cursor", ["x", "x:y", "\x00", "🙂", "W10:abc", "9" * 500])
def test_cursor_that_nobody_gave_is_refused(cursor: str) -> None:
    with pytest.raises(Refused) as no:
        page(Person.objects.all(), order="id", limit=5, cursor=cursor, about=ABOUT)
    assert no.value.code == "invalid_cursor"


def test_cursor_of_another_list_is_refused() -> None:
    _, cursor = page(Person.objects.all(), order="id", limit=1, cursor="", about=ABOUT)
    for about, order in (("/api/v1/assets", "id"), (ABOUT, "name")):
        with pytest.raises(Refused) as no:
            page(Person.objects.all(), order=order, limit=1, cursor=str(cursor), about=about)
        assert no.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?colour=red", "unknown_parameter"),
        ("?limit=5&limit=6", "invalid_parameter"),
        ("?cursor=%00", "invalid_parameter"),
    ],
)
def test_parameter_that_is_unknown_or_doubled_is_refused(query: str, code: str) -> None:
    request = RequestFactory().get(f"{ABOUT}{query}")
    with pytest.raises(Refused) as no:
        check_query(request, Filters.model_fields)
    assert no.value.code == code


def test_known_parameters_pass_and_huge_ids_are_not_there() -> None:
    check_query(RequestFactory().get(f"{ABOUT}?limit=5&cursor=x"), Filters.model_fields)
    check_ids({"quote_id": 10**15})
    with pytest.raises(NotFound):
        check_ids({"quote_id": 10**15 + 1})


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9])
def test_limit_has_bounds(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        Filters(limit=limit)


def test_reading_is_answered_with_304_until_something_changed() -> None:
    row = Asset.objects.latest("id")

    def read(known: str, content: Any) -> HttpResponse:
        request = RequestFactory().get("/", headers={"If-None-Match": known})
        return with_tag(request, HttpResponse(json.dumps(content)), row)

    first = read("", {"a": 1})
    assert (first.status_code, first["Cache-Control"]) == (200, "private, no-cache")
    same = read(first["ETag"], {"a": 1})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    assert read(f'"x", W/{first["ETag"]}', {"a": 1}).status_code == 304
    assert read(first["ETag"], {"a": 2}).status_code == 200
    row.tag = "other"
    assert read(first["ETag"], {"a": 1}).status_code == 200
