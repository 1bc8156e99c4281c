"""A dated duty is added in a real browser, on a phone and at a desk."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.kernel import clock
from tests import makers_incidents
from tests.makers import local, world
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser


@pytest.mark.deep
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)], ids=["phone", "desk"])
def test_dispatcher_adds_a_duty_that_the_client_told(
    transactional_db: None, browser: Any, live_server: Any, settings: Any, tmp_path: Path, scheme: str, width: int
) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(local("2026-12-01 20:30"))
    engagement = makers_incidents.acknowledged(world())
    found: dict[str, list[str]] = {}
    with visit(browser, live_server, "dana", scheme, width) as dana:
        dana.goto(f"{live_server.url}/engagements/{engagement.pk}")
        dana.get_by_text("Add a dated duty").click()
        form = dana.locator("form[data-deed=add_obligation]")
        form.get_by_label("What is owed").fill("Filing sent")
        found["form"] = faults(dana)
        form.get_by_label("Where it is written").fill("Contract 17")
        form.get_by_label("Who of the client told you").fill("Seth")
        form.get_by_label("It runs since").fill("2026-12-01T19:40")
        form.get_by_label("Due after").fill("40")
        form.get_by_role("button", name="Add it").click()
        dana.get_by_role("link", name="Filing sent").last.wait_for()
        found["added"] = faults(dana)
    assert {part: wrong for part, wrong in found.items() if wrong} == {}
