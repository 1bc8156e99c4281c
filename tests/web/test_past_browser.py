"""A machine's page with the history of other systems, as everybody meets it."""

from typing import Any

import pytest

from tests.makers import World
from tests.makers_past import LIFE, imported, life
from tests.web.looking import faults, visit


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_page_as_everybody_meets_it(scheme: str, width: int, world: World, browser: Any, live_server: Any) -> None:
    imported(
        world,
        life("INC0012345", title="Array degraded after a power cut", priority="2 - High"),
        life("INC" + "9" * 60, events=LIFE[:2]),
    )
    with visit(browser, live_server, "rita", scheme, width) as tab:
        tab.goto(f"{live_server.url}/assets/{world.assets['backup'].pk}")
        assert "From other systems" in tab.inner_text("main")
        assert faults(tab) == []
