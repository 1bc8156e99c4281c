"""The pages of the first half of the road in a real browser: axe finds nothing, nothing sticks out, thumbs fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers_dispatch, makers_incidents, people
from tests.makers import World, local, world

pytestmark = pytest.mark.browser
THUMBS_BELOW = 960  # as tokens.css has it


@pytest.fixture
def full_world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    """One P1 in diagnosis, one calm P4, on a demo clock: the server's own threads read it too."""
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(local("2026-12-01 20:45"))
    made = world()
    makers_incidents.calm(made)
    makers_dispatch.contacted(made)
    return made


@contextmanager
def visit(browser: Any, live_server: Any, key: str, scheme: str, width: int) -> Iterator[Any]:
    """A signed-in tab of this width. axe is put into the page from outside, so the policy is lifted for it alone."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.goto(f"{live_server.url}/accounts/login/")
    tab.fill("#id_login", people.PEOPLE[key].email)
    tab.fill("#id_password", people.PASSWORD)
    tab.click("main button[type=submit]")
    tab.wait_for_url(f"{live_server.url}/")
    try:
        yield tab
    finally:
        context.close()


def faults(tab: Any) -> list[str]:
    """What axe, the width and the size of what can be pressed say against this page, everything unfolded."""
    tab.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    found = [
        f"{wrong['id']}: {[node['target'] for node in wrong['nodes']][:3]}"
        for wrong in Axe().run(tab).response["violations"]
    ]
    if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("sticks out to the right")
    # 44 px for a thumb; where there is room for a mouse, what WCAG 2.2 asks for at least.
    least = 43.5 if tab.viewport_size["width"] < THUMBS_BELOW else 23.5
    small = tab.eval_on_selector_all(
        ".bf-button, .bf-option, .bf-nav a, summary, select, textarea",
        "(all, least) => all.filter(one => one.offsetParent && one.getBoundingClientRect().height < least)"
        ".map(one => one.outerHTML.slice(0, 80))",
        least,
    )
    return found + [f"too small for a thumb: {one}" for one in small]


def addresses(made: World, calm: int, urgent: int) -> dict[str, list[str]]:
    """The pages by who reads them."""
    backup, agreement = made.assets["backup"].pk, made.agreements["northgate"].agreement_id
    below = ("", "/clocks/RESTORE", "/downtime", "/priority", "/documents")
    return {
        "dana": [
            "/",
            "/desk",
            "/desk/wall",
            f"/desk/{calm}",
            "/find?words=b",
            "/engagements/new",
            "/design",
            f"/engagements/{calm}",
            f"/engagements/{urgent}",
        ],
        "mona": ["/notifications"],
        "nora": ["/engagements", "/assets", f"/assets/{backup}", "/agreements", f"/agreements/{agreement}"]
        + ["/notifications", "/log", "/log/1", *(f"/engagements/{urgent}{part}" for part in below)],
    }


@pytest.mark.parametrize(("scheme", "width", "every"), [("light", 390, 1), ("dark", 1440, 3)])
def test_pages_are_accessible(
    full_world: World, browser: Any, live_server: Any, scheme: str, width: int, every: int
) -> None:
    calm, urgent = Engagement.objects.order_by("pk").values_list("pk", flat=True)
    wrong = {}
    for key, pages in addresses(full_world, calm, urgent).items():
        with visit(browser, live_server, key, scheme, width) as tab:
            for address in pages[::every]:
                status = tab.goto(f"{live_server.url}{address}").status
                if found := faults(tab) if status == 200 else [f"answered {status}"]:
                    wrong[f"{key} {address}"] = found
    assert wrong == {}
