"""A page as everybody meets it, in a real browser: axe finds nothing, nothing sticks out, thumbs fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests import people

THUMBS_BELOW = 960  # as tokens.css has it
PRESSED = ".bf-button, .bf-option, .bf-nav a, summary, select, textarea"


@contextmanager
def visit(browser: Any, live_server: Any, key: str, scheme: str, width: int) -> Iterator[Any]:
    """A tab of this width in which somebody signed in by the page for it.

    What a test waits for is asked from outside by `eval`, so the policy is lifted for it; tests/journeys/watching.py
    looks at every page with the policy in force.
    """
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
        f"axe {wrong['id']}: {[node['target'] for node in wrong['nodes']][:3]}"
        for wrong in Axe().run(tab).response["violations"]
    ]
    if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("sticks out to the right")
    # 44 px for a thumb; where there is room for a mouse, what WCAG 2.2 asks for at least.
    least = 43.5 if tab.viewport_size["width"] < THUMBS_BELOW else 23.5
    small = tab.eval_on_selector_all(
        PRESSED,
        "(all, least) => all.filter(one => one.offsetParent && one.getBoundingClientRect().height < least)"
        ".map(one => one.outerHTML.slice(0, 80))",
        least,
    )
    return found + [f"too small for a thumb: {one}" for one in small]
