"""A failure of the first priority as people report it: a call by keys alone, the portal within its two minutes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers_incidents
from tests.makers import World, world
from tests.web.by_hand import Hands
from tests.web.looking import visit

pytestmark = pytest.mark.browser
ANSWERS = {
    "revenue": "stopped",
    "people": "from_5",
    "records": "no_risk",
    "obligation": "none",
    "harm_within": "within_4h",
    "workaround": "none",
    "trend": "degrading",
}
TITLE = "Backup server dead in the middle of the archive job"
MOST_SECONDS = 120  # issue: under two minutes for a P1
MOST_ASKED = 12  # fields that somebody has to think about


@pytest.fixture(name="made")
def _made(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(makers_incidents.REPORTED)
    return world()


@pytest.fixture(name="dana")
def _dana(made: World, browser: Any, live_server: Any) -> Iterator[Any]:
    with visit(browser, live_server, "dana", "light", 1440) as tab:
        yield tab


@pytest.fixture(name="rita")
def _rita(made: World, browser: Any, live_server: Any) -> Iterator[Any]:
    with visit(browser, live_server, "rita", "light", 1440) as tab:
        yield tab


def test_a_call_of_a_p1_is_taken_by_keys_alone(made: World, dana: Any, live_server: Any) -> None:
    dana.goto(f"{live_server.url}/calls")
    dana.add_init_script("addEventListener('pointerdown', () => { window.pointed = true }, true)")
    hands = Hands(dana)
    hands.type("rita")  # the search has the focus already
    hands.press("Enter")
    dana.wait_for_selector("a.bf-item")
    there = "document.activeElement.classList.contains('bf-item')"
    for _ in range(40):
        if dana.evaluate(there):
            break
        hands.press("Tab")
    hands.press("Enter")
    dana.wait_for_selector("form[data-deed=take_call]")
    hands.tab_to("label")  # the number to call back has the focus, and stands there as it is known
    hands.type(made.assets["backup"].serial)
    hands.tab_to("call-title")
    hands.type(TITLE)
    hands.arrow_to("call-domain", "HW-RAID")
    for name, value in ANSWERS.items():
        hands.arrow_to(f"call-answers-{name}", value)
    dana.wait_for_selector("#read-back blockquote")
    assert "That makes it P1" in dana.inner_text("#read-back")
    last = "document.activeElement.textContent.includes('The caller agrees')"
    for _ in range(40):
        if dana.evaluate(last):
            break
        hands.press("Tab")
    hands.press("Enter")
    dana.wait_for_url(re.compile(r"/engagements/\d+$"), timeout=30_000)
    engagement = Engagement.objects.get()
    assert dana.url.endswith(f"/engagements/{engagement.pk}")
    assert engagement.number in dana.inner_text("main")  # the receipt
    assert (engagement.priority, engagement.status) == ("P1", "ACKNOWLEDGED")
    assert engagement.asset == made.assets["backup"]
    assert set(hands.done) <= {"key", "think", "home"}
    assert hands.done["point"] == hands.done["press"] == 0
    assert dana.evaluate("window.pointed") is None


def test_the_portal_takes_a_p1_within_two_minutes(made: World, rita: Any, live_server: Any) -> None:
    """By the model of hands, not by a watch: what this form asks of a person, whatever the machine."""
    hands = Hands(rita)
    rita.goto(f"{live_server.url}/")
    hands.click("a.bf-button[href='/engagements/new']")
    rita.wait_for_selector("form[data-deed=report_failure]")
    hands.choose("asset_id", str(made.assets["backup"].pk))
    hands.fill("title", TITLE)
    hands.choose("domain", "HW-RAID")
    for name, value in ANSWERS.items():
        hands.mark(f"answers-{name}", value)
    hands.choose("provider_id", str(made.organisation("ironbridge").pk))  # this client has two
    required = set(
        rita.eval_on_selector_all(
            "form[data-deed=report_failure] :is(input, select, textarea)[required]", "all => all.map(one => one.name)"
        )
    )
    hands.click("form[data-deed=report_failure] button.is-main[type=submit]")
    rita.wait_for_url(re.compile(r"/engagements/\d+$"), timeout=30_000)
    assert Engagement.objects.get().priority == "P1"
    answered = {"title", "domain", "provider_id", "outage_started_at", *(f"answers-{name}" for name in ANSWERS)}
    assert required <= answered  # since when stands there already
    assert len(required) <= MOST_ASKED
    assert hands.done["think"] <= MOST_ASKED
    assert hands.seconds < MOST_SECONDS, hands.done
    print(f"{hands.seconds:.1f} s by the keystroke-level model: {dict(hands.done)}, {len(required)} required fields")
