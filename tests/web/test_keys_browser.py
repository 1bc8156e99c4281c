"""The frame in a real browser: keys, palette, deeds in place, toasts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from breakfix.dispatch.models import Booking
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers_incidents
from tests.makers import World, world
from tests.makers_dispatch import DISPATCHED
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser


@pytest.fixture(name="desk")
def _desk(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    """One emergency that can be assigned, one calm report that waits to be acknowledged."""
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(DISPATCHED)
    made = world()
    makers_incidents.qualified(made)
    makers_incidents.calm(made, title="One branch is slow")
    return made


@pytest.fixture(name="tab")
def _tab(desk: World, browser: Any, live_server: Any) -> Iterator[Any]:
    """Dana at her desk, errors collected."""
    with visit(browser, live_server, "dana", "light", 1440) as tab:
        tab.wrong = []
        tab.on("pageerror", lambda fault: tab.wrong.append(str(fault)))
        tab.goto(f"{live_server.url}/desk")
        yield tab
        assert tab.wrong == []


def focused(tab: Any) -> str:
    return str(tab.evaluate("document.activeElement.textContent")).strip()


def test_one_key_assigns_the_first_ranked_after_showing_why(tab: Any) -> None:
    tab.keyboard.press("a")
    tab.wait_for_selector("#sheet form[data-deed=dispatch_technician]")
    shown = tab.inner_text("#sheet")
    assert "Tom Okafor" in shown
    assert "Skill fit" in shown
    assert "May not go" in shown
    assert not Booking.objects.exists()
    assert focused(tab) == "Send Tom Okafor"
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".bf-toasts .bf-toast [data-dismiss]")
    assert "Sent." in tab.inner_text(".bf-toasts")
    assert Booking.objects.get().technician.person.name == "Tom Okafor"
    tab.click("[data-dismiss]")
    assert tab.query_selector(".bf-toast") is None


def test_cards_are_walked_and_acknowledged_without_a_mouse(tab: Any) -> None:
    tab.keyboard.press("j")
    assert focused(tab) == Engagement.objects.get(priority="P1").title
    tab.keyboard.press("c")
    tab.wait_for_selector(".bf-toasts .bf-toast")
    assert "acknowledged" in tab.inner_text(".bf-toasts")
    tab.keyboard.press("j")
    assert focused(tab) == "One branch is slow"
    tab.keyboard.press("c")
    tab.wait_for_selector("#sheet [name=callback]")
    tab.keyboard.type("+1 212 555 0199 jka")  # letters are letters while somebody types
    assert tab.input_value("#sheet [name=callback]").endswith("jka")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".bf-toasts .bf-toast")
    assert Engagement.objects.get(title="One branch is slow").status == "ACKNOWLEDGED"


def test_focus_stays_on_its_card_when_the_board_is_drawn_anew(tab: Any) -> None:
    tab.keyboard.press("j")
    before = focused(tab)
    with tab.expect_response("**/desk/lanes"):
        tab.evaluate("htmx.trigger(document.getElementById('board'), 'poll')")
    tab.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
    assert focused(tab) == before


def test_palette_finds_and_leads_there(tab: Any, live_server: Any) -> None:
    tab.keyboard.press("Control+k")
    tab.keyboard.type("branch")
    tab.wait_for_function("document.getElementById('palette-said').textContent === '1 found'")
    assert tab.get_attribute("#palette [role=option]", "aria-selected") == "true"
    assert tab.get_attribute("#palette-words", "aria-activedescendant") == tab.get_attribute(
        "#palette [role=option]", "id"
    )
    assert faults(tab) == []
    tab.keyboard.press("Enter")
    wanted = Engagement.objects.get(title="One branch is slow")
    tab.wait_for_url(f"{live_server.url}/engagements/{wanted.pk}")


def test_keys_are_listed_lead_anywhere_and_can_be_switched_off(tab: Any, live_server: Any) -> None:
    tab.keyboard.press("?")
    tab.wait_for_selector("#keys[open]")
    assert faults(tab) == []
    tab.uncheck("#keys-on")
    tab.keyboard.press("Escape")
    tab.keyboard.press("e")
    tab.keyboard.press("?")
    assert tab.query_selector("#keys[open]") is None
    tab.evaluate("localStorage.removeItem('bf-keys')")
    tab.keyboard.press("e")
    tab.wait_for_url(f"{live_server.url}/engagements")
