"""A failure reported twice in a real browser, on a phone and at a desk."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers_incidents
from tests.makers import world
from tests.web.looking import faults, visit
from tests.web.test_merging_page import AGAIN, again, page_of

pytestmark = pytest.mark.browser


@pytest.mark.deep
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)], ids=["desk", "phone"])
def test_report_is_merged_by_what_the_page_shows(
    transactional_db: None, browser: Any, live_server: Any, settings: Any, tmp_path: Path, scheme: str, width: int
) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(AGAIN)
    made = world()
    first, second = makers_incidents.reported(made), again(made)
    found: dict[str, list[str]] = {}
    with visit(browser, live_server, "rita", scheme, width) as rita:
        rita.goto(f"{live_server.url}{page_of(second)}")
        found["told"] = faults(rita)
        rita.get_by_role("link", name=f"{first.number}, {first.title}").click()
        rita.wait_for_url(f"{live_server.url}{page_of(first)}")
    with visit(browser, live_server, "dana", scheme, width) as dana:
        dana.goto(f"{live_server.url}{page_of(second)}")
        found["asked"] = faults(dana)
        form = dana.locator("form[data-deed=merge_engagement]")
        form.get_by_label("Reason, as the client reads it").fill("One array, two callers")
        form.get_by_role("button", name="Merge it").click()
        dana.wait_for_url(f"{live_server.url}{page_of(first)}")
        dana.get_by_role("heading", name="Reported again").wait_for()
        found["kept"] = faults(dana)
    assert {part: wrong for part, wrong in found.items() if wrong} == {}
    assert Engagement.objects.get(pk=second.pk).merged_into_id == first.pk
