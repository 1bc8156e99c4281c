"""Other hours while somebody is being chosen: an answer that comes late never sends another person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from breakfix.dispatch.models import Booking
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers_incidents
from tests.journeys.watching import LEFT_MIDWAY
from tests.makers import World, world
from tests.makers_dispatch import DISPATCHED
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser
FORM = "#deed-dispatch_technician"
UNTIL, LEVEL = f"{FORM} [name=planned_end]", f"{FORM} [name=required_level]"


@pytest.fixture(name="made")
def _made(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(DISPATCHED)
    return world()


@pytest.fixture(name="tab", params=[("light", 1440), ("dark", 390)], ids=["desk", "phone"])
def _tab(request: Any, made: World, browser: Any, live_server: Any) -> Iterator[Any]:
    """Dana on the page that says who goes; `held` are the answers that have not come yet."""
    page = f"/engagements/{makers_incidents.qualified(made).pk}/dispatch"
    scheme, width = request.param
    with visit(browser, live_server, "dana", scheme, width) as tab:
        tab.goto(f"{live_server.url}{page}")
        tab.held = []
        wrong: list[str] = []
        tab.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        tab.route("**/dispatch?*", lambda route: tab.held.append(route))
        yield tab
        assert [one for one in wrong if not LEFT_MIDWAY.match(one)] == []


def who(tab: Any, made: World, key: str) -> Any:
    return tab.locator(f"#who-{made.technicians[key].pk}")


def answered(tab: Any) -> None:
    """Let the last answer come, and wait until the list stands."""
    with tab.expect_response("**/dispatch?*"):
        tab.held.pop().continue_()
    expect(tab.locator("#ranked[aria-busy]")).to_have_count(0)
    expect(tab.locator(f"{FORM} [type=submit]")).to_be_enabled()


def asks(tab: Any, number: int) -> None:
    """So many questions were asked by now."""
    for _ in range(100):
        if len(tab.held) == number:
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"{len(tab.held)} questions, not {number}")


def test_whoever_was_chosen_is_sent_although_the_answer_comes_late(tab: Any, made: World) -> None:
    who(tab, made, "ana").check()
    tab.fill(UNTIL, "2026-12-02T09:00")
    asks(tab, 1)
    assert f"technician_id={made.technicians['ana'].pk}" in tab.held[0].request.url
    for pressed in (who(tab, made, "tom"), who(tab, made, "ana"), tab.locator(f"{FORM} [type=submit]")):
        expect(pressed).to_be_disabled()
    tab.fill(UNTIL, "2026-12-02T10:00")  # the first question is dropped, and who is chosen goes with the second
    asks(tab, 2)
    assert f"technician_id={made.technicians['ana'].pk}" in tab.held[1].request.url
    answered(tab)
    assert "10:00" in tab.inner_text(".bf-ranked-head h3")
    expect(who(tab, made, "ana")).to_be_checked()
    tab.fill(f"{FORM} [name=reason]", "Knows this controller")
    tab.click(f"{FORM} [type=submit]")
    tab.wait_for_selector(".bf-toasts .bf-toast")
    assert Booking.objects.get().technician.person.name == "Ana Lindqvist"


def test_whoever_may_not_go_any_more_is_replaced_by_nobody(tab: Any, made: World) -> None:
    tab.select_option(LEVEL, "1")
    asks(tab, 1)
    answered(tab)
    who(tab, made, "ines").check()
    tab.select_option(LEVEL, "3")
    asks(tab, 1)
    answered(tab)
    assert "Ines Moreau may not go for this plan." in tab.inner_text("#ranked")
    assert faults(tab) == []
    # What looks for faults unfolds everything, the menu too, which then lies over the button.
    tab.evaluate("document.querySelectorAll('.bf-rest').forEach(menu => menu.open = false)")
    tab.fill(UNTIL, "2026-12-02T09:00")  # other hours choose nobody for her either
    asks(tab, 1)
    answered(tab)
    expect(tab.locator("#ranked [name=technician_id]:checked")).to_have_count(0)
    tab.click(f"{FORM} [type=submit]")
    assert not Booking.objects.exists()
    assert Engagement.objects.get().status == "QUALIFIED"
    tab.select_option(LEVEL, "1")
    asks(tab, 1)
    answered(tab)
    expect(who(tab, made, "ines")).to_be_checked()
    assert tab.locator("#ranked [data-wanted]").count() == 0
