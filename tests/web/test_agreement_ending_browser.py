"""An agreement that can be ended, one with notice, and one that ended, as everybody meets them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from breakfix.agreements.actions import end_agreement
from breakfix.intake.receiving import receive
from breakfix.kernel import clock
from tests.makers import World
from tests.makers_alerts import alert, source, told
from tests.web.conftest import NOW
from tests.web.looking import faults, visit

HOUR = timedelta(hours=1)
LOOKS = [("light", 390), ("dark", 1440)]


def ended(world: World, ends: timedelta) -> None:
    """With a reason that takes more than a line."""
    at = NOW - 2 * HOUR
    why = "Three response promises of P1 were missed within 90 days; the board decided in November to end it."
    by = world.actor("nora", confirmed_at=at)
    end_agreement(world.agreements["northgate"].agreement_id, ends_at=NOW + ends, reason=why, by=by, at=at)


@pytest.fixture(autouse=True)
def _on_the_server_too(settings: Any, tmp_path: Path) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(NOW)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_form_and_notice_as_everybody_meets_them(
    scheme: str, width: int, world: World, browser: Any, live_server: Any
) -> None:
    page = f"{live_server.url}/agreements/{world.agreements['northgate'].agreement_id}"
    with visit(browser, live_server, "nora", scheme, width) as tab:
        tab.goto(page)
        assert "Give notice" in tab.inner_text("main")
        assert faults(tab) == []
        ended(world, 24 * HOUR)
        tab.goto(page)
        assert "From then on nothing new is reported" in tab.inner_text("main")
        assert faults(tab) == []


@pytest.mark.deep
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_what_is_over_as_everybody_meets_it(
    scheme: str, width: int, world: World, browser: Any, live_server: Any
) -> None:
    receive(source(world, at=NOW - 3 * HOUR), told(alert()), NOW)
    ended(world, -HOUR)
    pages = {
        f"/agreements/{world.agreements['northgate'].agreement_id}": "Nothing new is reported under it",
        "/alerts": "agreement ended",
    }
    with visit(browser, live_server, "nora", scheme, width) as tab:
        wrong = {}
        for path, said in pages.items():
            tab.goto(f"{live_server.url}{path}")
            assert said in tab.inner_text("main")
            if found := faults(tab):
                wrong[path] = found
        assert wrong == {}
