"""The frame of every page: sign-in, the way round, the borders of the browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import people
from tests.makers import World

SignIn = Callable[[str], Client]


def test_sign_in_leads_to_the_page_that_was_wanted(small_world: World, client: Client) -> None:
    wanted = client.get("/assets")
    assert wanted.status_code == 302
    there = client.post(
        wanted["Location"], {"login": "dana@ironbridge.example", "password": people.PASSWORD, "next": "/assets"}
    )
    assert there.status_code == 302
    assert there["Location"] == "/assets"


def test_sign_in_with_a_wrong_password_keeps_the_address(small_world: World, client: Client) -> None:
    again = client.post("/accounts/login/", {"login": "dana@ironbridge.example", "password": "wrong"})
    assert again.status_code == 200
    assert 'value="dana@ironbridge.example"' in again.content.decode()
    assert 'role="alert"' in again.content.decode()


def test_sign_in_names_nobody_unless_it_is_a_demo(
    small_world: World, client: Client, settings: Any, tmp_path: Path
) -> None:
    assert b"dana@ironbridge.example" not in client.get("/accounts/login/").content
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "clock.json")
    shown = client.get("/accounts/login/").content.decode()
    assert "dana@ironbridge.example" in shown
    assert "Ironbridge Repair" in shown


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/email/", "/admin/"])
def test_frame_has_no_door_for_strangers(small_world: World, client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_frame_sends_a_policy_without_inline_script_or_style(small_world: World, sign_in: SignIn) -> None:
    response = sign_in("dana").get("/design")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("key", "shown", "hidden"),
    [
        ("dana", ["/desk", "/engagements/new", "/log"], []),
        ("rita", ["/engagements/new", "/assets"], ["/desk"]),
        ("alice", ["/assets", "/agreements"], ["/desk", "/engagements/new"]),
        ("tom", ["/engagements"], ["/desk", "/assets", "/agreements", "/log"]),
    ],
)
def test_menu_shows_what_the_roles_are_for(
    small_world: World, sign_in: SignIn, key: str, shown: list[str], hidden: list[str]
) -> None:
    page = sign_in(key).get("/engagements").content.decode()
    menu = page[page.index("<nav") : page.index("</nav>")]
    assert [href for href in shown if f'href="{href}"' not in menu] == []
    assert [href for href in hidden if f'href="{href}"' in menu] == []
    assert menu.count('aria-current="page"') == 1


def test_gallery_shows_every_component_to_a_signed_in_person(small_world: World, sign_in: SignIn) -> None:
    response = sign_in("bob").get("/design")
    assert response.status_code == 200
    assert "Components" in response.content.decode()


def test_unknown_address_is_a_page_of_ours(small_world: World, sign_in: SignIn) -> None:
    response = sign_in("dana").get("/nowhere")
    assert response.status_code == 404
    assert "Go to your work" in response.content.decode()
