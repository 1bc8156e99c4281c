"""The risks that a domain names are taken over into an offer that is being written, on a phone and at a desk."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from breakfix.agreements.values import Domain
from breakfix.kernel import clock
from tests import makers_diagnosis
from tests.makers import local, world
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)], ids=["desk", "phone"])
def test_risks_of_the_domain_are_taken_over_in_place(
    transactional_db: None, browser: Any, live_server: Any, settings: Any, tmp_path: Path, scheme: str, width: int
) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(local("2026-12-02 01:05"))
    engagement = makers_diagnosis.diagnosed(world())
    usual = Domain(engagement.domain).described.risks
    with visit(browser, live_server, "quinn", scheme, width) as tab:
        tab.goto(f"{live_server.url}/engagements/{engagement.pk}/quote")
        tab.locator("[name=scope_in]").fill("All of it")
        tab.get_by_text("What usually goes wrong here").click()
        tab.get_by_role("button", name="Take these over").click()
        last = tab.locator(f"[name=risks-{len(usual) - 1}-basis]")
        expect(last).to_have_value(usual[-1].basis)
        expect(tab.locator("[name=scope_in]")).to_have_value("All of it")
        assert tab.url.endswith("/quote")  # in place: no page was left
        tab.locator("[name=risks-0-probability]").fill("0.3")
        wrong = faults(tab)
    assert wrong == []
