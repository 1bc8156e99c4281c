"""A word on an engagement, and what the client imported, in a real browser on a phone and at a desk."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.kernel import clock
from tests import makers_dispatch
from tests.makers import world
from tests.makers_past import imported, life
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)], ids=["phone", "desk"])
def test_technician_reads_what_was_imported_and_says_a_word(
    transactional_db: None, browser: Any, live_server: Any, settings: Any, tmp_path: Path, scheme: str, width: int
) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(makers_dispatch.CONFIRMED)
    made = world()
    imported(made, life(title="Array degraded"))
    engagement = makers_dispatch.dispatched(made)
    found: dict[str, list[str]] = {}
    with visit(browser, live_server, "tom", scheme, width) as tom:
        tom.goto(f"{live_server.url}/field/{engagement.pk}/know")
        tom.get_by_role("heading", name="From the client’s other systems").wait_for()
        found["know"] = faults(tom)
        tom.goto(f"{live_server.url}/engagements/{engagement.pk}")
        found["asked"] = faults(tom)
        form = tom.locator("form[data-deed=comment]")
        form.get_by_label("To everybody of both sides who sees this engagement").fill("I am at the door")
        form.get_by_role("button", name="Send").click()
        tom.get_by_text("I am at the door").first.wait_for()
        found["said"] = faults(tom)
    assert {part: wrong for part, wrong in found.items() if wrong} == {}
