"""What the agreement excludes, in a real browser: long sentences of a contract fit on a phone, day and night."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.kernel import clock
from tests import makers_incidents
from tests.makers import world
from tests.makers_incidents import ACKNOWLEDGED
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser


@pytest.mark.deep
@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1440)])
def test_desk_reads_and_chooses_an_exclusion(
    transactional_db: None, browser: Any, live_server: Any, settings: Any, tmp_path: Path, scheme: str, width: int
) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(ACKNOWLEDGED)
    made = world()
    engagement = makers_incidents.acknowledged(made)
    listed = engagement.agreement_version.parsed.scope.exclusions
    with visit(browser, live_server, "dana", scheme, width) as tab:
        tab.goto(f"{live_server.url}/calls/{made.people['rita'].pk}")
        assert faults(tab) == []
        tab.goto(f"{live_server.url}/engagements/{engagement.pk}")
        assert tab.get_by_text(listed[1]).first.is_visible()
        assert faults(tab) == []
        tab.get_by_label("What would be done, and what not").fill("The fan")
        tab.get_by_label("Excluded by the agreement, as").select_option(listed[1])
        tab.get_by_role("button", name="Put it to the client").click()
        tab.get_by_text("The client is asked.").wait_for()
        assert tab.get_by_text(f"Excluded by the agreement: {listed[1].rstrip('.')}").first.is_visible()
        assert faults(tab) == []
