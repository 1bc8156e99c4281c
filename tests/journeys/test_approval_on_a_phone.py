"""01:47, the CFO sleeps: the duty manager approves the quote of the opening scenario on a phone (domain.md §8)."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import queries
from breakfix.quotes.models import Quote
from tests import makers_diagnosis, makers_quotes, people
from tests.makers import local, world

pytestmark = pytest.mark.browser

# What the browser itself holds against the page, kept until the end of the journey.
WATCH = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI);
});"""


@pytest.fixture(name="quote")
def _quote(transactional_db: None, settings: Any, tmp_path: Path) -> Quote:
    """IT and the data owner have answered, finance has not; story time runs on from 01:47."""
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    made = world()
    quote = makers_quotes.issued(made, makers_diagnosis.diagnosed(made))
    makers_quotes.climbed(quote, local("2026-12-02 01:20"))
    makers_quotes.signed(made, quote, "alice", local("2026-12-02 01:22"))
    makers_quotes.climbed(quote, local("2026-12-02 01:45"))
    makers_quotes.acknowledged(made, quote, local("2026-12-02 01:46"))
    clock.anchor_demo(local("2026-12-02 01:47"))
    return quote


def phone(browser: Any, live_server: Any, complaints: list[str]) -> Any:
    """The duty manager's phone, signed in."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, timezone_id="America/New_York"
    )
    context.add_init_script(WATCH)
    tab = context.new_page()
    tab.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    tab.on("pageerror", lambda fault: complaints.append(str(fault)))
    tab.goto(f"{live_server.url}/accounts/login/")
    tab.fill("#id_login", people.PEOPLE["mona"].email)
    tab.fill("#id_password", people.PASSWORD)
    tab.tap("main button[type=submit]")
    tab.wait_for_url(f"{live_server.url}/")
    return tab


def test_duty_manager_approves_at_night_on_a_phone(browser: Any, live_server: Any, quote: Quote) -> None:
    complaints: list[str] = []
    tab = phone(browser, live_server, complaints)
    tab.tap("text=Approve the quote")
    tab.wait_for_url(f"{live_server.url}/quotes/{quote.pk}")

    shown = tab.inner_text("main")
    for words in ("$6,614.16", "$5,879.25", "$600.00 an hour", "17.41 % risk of losing data", "23 h"):
        assert words in shown
    button = tab.get_by_role("button", name="Approve in the emergency")
    assert button.bounding_box()["y"] + button.bounding_box()["height"] <= 844, "the decision needs no scrolling"
    assert not tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    tab.get_by_label("Why it cannot wait").fill("The archive gap closes at 19:40; the CFO does not answer.")
    tab.fill("#approve_quote_in_emergency-password", "not-my-password")
    button.tap()
    tab.wait_for_selector("#refusal")
    assert tab.get_by_label("Why it cannot wait").input_value().startswith("The archive gap")

    tab.get_by_label("I accept the 17.41 % risk of losing data.").check()
    tab.fill("#approve_quote_in_emergency-password", people.PASSWORD)
    tab.get_by_role("button", name="Approve in the emergency").tap()
    tab.wait_for_selector(".bf-calm")
    assert "You never pay more than $6,614.16" in tab.inner_text("main")

    assert queries.get_quote(quote.pk, SYSTEM).status == "APPROVED"
    # The browser reports the refused form (422) as a failed resource; it is the page that says why.
    assert [one for one in complaints if "status of 422" not in one] == []
    tab.context.close()
