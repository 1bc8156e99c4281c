"""An open tab of a restricted engagement, when its reader's access ends."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.parties.actions import withdraw_topic
from tests import makers_incidents
from tests.makers import World, world
from tests.web.looking import visit

pytestmark = pytest.mark.browser
CANARY = "Wire transfers at night"


@pytest.fixture(name="made")
def _made(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    return world()


def test_what_was_read_goes_from_the_screen_with_the_access(made: World, browser: Any, live_server: Any) -> None:
    named = [made.people[who].pk for who in ("dana", "sol")]
    engagement: Engagement = makers_incidents.acknowledged(made, need_to_know=True, named_people=named, title=CANARY)
    now = makers_incidents.ACKNOWLEDGED
    clock.anchor_demo(now)
    with visit(browser, live_server, "dana", "light", 1440) as tab:
        tab.goto(f"{live_server.url}/engagements/{engagement.pk}")
        assert CANARY in tab.content()
        withdraw_topic(engagement.topic, person_id=made.people["dana"].pk, by=made.actor("sol", now), at=now)
        tab.evaluate("window.htmx.trigger('#engagement-head', 'poll')")
        tab.wait_for_function(f"!document.documentElement.innerHTML.includes('{CANARY}')")
        assert CANARY not in tab.content()
