"""Search and the palette: what somebody may see, by any part of its name, and nothing of anybody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]


def found(client: Client, words: str = "", **more: str) -> list[tuple[str, str]]:
    page = BeautifulSoup(client.get("/find", {"words": words, **more}).content, "html.parser")
    return [(one["href"], one.select_one(".bf-found-what").get_text()) for one in page.select(".bf-found")]  # type: ignore[misc,union-attr]


def test_search_begins_with_the_pages_of_the_menu(small_world: World, sign_in: SignIn) -> None:
    assert ("/desk", "Desk") in found(sign_in("dana"))
    assert "/desk" not in dict(found(sign_in("rita")))


@pytest.mark.parametrize("words", ["archive", "E-2026-0001", "northgate", "backup died"])
def test_search_finds_an_engagement_by_any_of_its_words(world: World, sign_in: SignIn, words: str) -> None:
    engagement = makers_incidents.reported(world, title="Archive job died")
    assert (f"/engagements/{engagement.pk}", "Archive job died") in found(sign_in("dana"), words)


def test_search_puts_what_is_called_so_first(world: World, sign_in: SignIn) -> None:
    named = makers_incidents.reported(world, title="Backup stands still")
    makers_incidents.reported(world, title="Archive job died")  # later, and on the asset called backup
    hits = [href for href, _ in found(sign_in("dana"), "backup") if href.startswith("/engagements/")]
    assert hits[0] == f"/engagements/{named.pk}"
    assert len(hits) == 2


@pytest.mark.parametrize("words", ["Rattling", "the bearing is rattling", "archive bearing", "srv01"])
def test_search_finds_what_a_report_says(world: World, sign_in: SignIn, words: str) -> None:
    engagement = makers_incidents.reported(world, description="A bearing is rattling in srv01.example.net")
    makers_incidents.reported(world, title="Fan is loud", description="It hums")
    hits = [href for href, _ in found(sign_in("dana"), words) if href.startswith("/engagements/")]
    assert hits == [f"/engagements/{engagement.pk}"]
    assert found(sign_in("charlie"), words) == []


def test_search_puts_what_says_so_before_what_stands_at_a_place_so_called(world: World, sign_in: SignIn) -> None:
    said = makers_incidents.reported(world, title="Fan is loud", description="Backup window was missed")
    makers_incidents.reported(world, title="Disk is full", description="")  # later, and on the asset called backup
    hits = [href for href, _ in found(sign_in("dana"), "backup") if href.startswith("/engagements/")]
    assert (hits[0], len(hits)) == (f"/engagements/{said.pk}", 2)


def test_search_finds_nothing_of_another_client(world: World, sign_in: SignIn) -> None:
    makers_incidents.reported(world, title="Archive job died")
    charlie = sign_in("charlie")
    assert found(charlie, "archive") == []
    assert all("Northgate" not in what for _, what in found(charlie))
    assert found(charlie, world.assets["backup"].name) == []
    assert "Nothing matches" in charlie.get("/find", {"words": "archive"}).content.decode()


def test_search_finds_assets_of_ones_own(world: World, sign_in: SignIn) -> None:
    backup = world.assets["backup"]
    assert (f"/assets/{backup.pk}", backup.name) in found(sign_in("nora"), backup.model.split()[0])


def test_palette_gets_options_alone(world: World, sign_in: SignIn) -> None:
    makers_incidents.reported(world, title="Archive job died")
    part = BeautifulSoup(sign_in("dana").get("/find", {"words": "archive", "part": "1"}).content, "html.parser")
    assert part.select("html, header, form") == []
    assert [one["aria-selected"] for one in part.select("[role=group] [role=option]")] == ["false"]


def test_search_asks_the_same_number_of_questions_for_one_and_three(
    world: World, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    dana = sign_in("dana")
    makers_incidents.reported(world, title="Archive one")
    dana.get("/find", {"words": "archive"})
    with CaptureQueriesContext(connection) as one:
        assert len(found(dana, "archive")) == 1
    makers_incidents.reported(world, title="Archive two")
    makers_incidents.reported(world, title="Archive three")
    with django_assert_num_queries(len(one)):
        assert len(found(dana, "archive")) == 3
    assert len(one) <= 10


def test_search_takes_any_words(small_world: World, sign_in: SignIn) -> None:
    dana = sign_in("dana")
    for words in ("%", "_", "'; --", "x" * 5000, "a " * 400, "\\", "1 2 " * 99, "e\u0301\ud7ff \U0001f525"):
        assert dana.get("/find", {"words": words}).status_code == 200
