"""The pages where money is decided, in a real browser: axe finds nothing, nothing sticks out, no error is told."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from breakfix.kernel import clock
from tests import makers_changes, makers_diagnosis, makers_quotes, people
from tests.makers import local, world

pytestmark = pytest.mark.browser


@pytest.fixture(name="addresses")
def _addresses(transactional_db: None, settings: Any, tmp_path: Path) -> dict[str, list[str]]:
    """The pages by who reads them: one offer before the client, beside the forms that lead there and on."""
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    made = world()
    engagement = makers_diagnosis.diagnosed(made)
    quote = makers_quotes.issued(made, engagement)
    makers_quotes.climbed(quote, local("2026-12-02 01:20"))
    given = {"at": local("2026-12-02 01:21"), "by": made.actor("dana")}
    change = makers_changes.proposed(made, engagement, **given)
    clock.anchor_demo(local("2026-12-02 01:22"))
    at = f"/engagements/{engagement.pk}"
    return {
        "alice": [f"/quotes/{quote.pk}", "/delegations", at],
        "quinn": [f"{at}/quote", f"/quotes/{quote.pk}"],
        "chas": [f"/changes/{change.pk}"],
        "tom": [f"{at}/change", "/root-causes/1"],
    }


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_money_pages_are_for_everybody(
    browser: Any, live_server: Any, addresses: dict[str, list[str]], scheme: str, width: int
) -> None:
    found: list[str] = []
    for key, paths in addresses.items():
        # axe is put into the page from outside, so the policy is lifted for it alone.
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        )
        tab = context.new_page()
        tab.on("pageerror", lambda fault, told=found: told.append(str(fault)))
        tab.goto(f"{live_server.url}/accounts/login/")
        tab.fill("#id_login", people.PEOPLE[key].email)
        tab.fill("#id_password", people.PASSWORD)
        tab.click("main button[type=submit]")
        tab.wait_for_url(f"{live_server.url}/")
        for path in paths:
            assert tab.goto(f"{live_server.url}{path}").status == 200, path
            found.extend(f"{key} {path}: {one}" for one in faults(tab, 43.5 if width < 700 else 24))
        context.close()
    assert found == []


def faults(tab: Any, least: float) -> list[str]:
    """What axe, the width and the size of what can be pressed say, with everything unfolded."""
    tab.wait_for_load_state("networkidle")
    tab.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    wrong = [
        f"{fault['id']}: {[node['target'] for node in fault['nodes']][:3]}"
        for fault in Axe().run(tab).response["violations"]
    ]
    if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append("sticks out to the right")
    small = tab.eval_on_selector_all(
        ".bf-button, .bf-option, summary, select, textarea",
        "(all, least) => all.filter(one => one.offsetParent && one.getBoundingClientRect().height < least)"
        ".map(one => one.outerHTML.slice(0, 80))",
        least,
    )
    return wrong + [f"too small to press: {one}" for one in small]
