"""Drafts of alerts and of mail in a real browser: another kind of thing is asked about, and no word is lost."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from breakfix.incidents.models import Engagement
from breakfix.intake.mails import take
from breakfix.intake.models import Alert, MailDraft
from breakfix.intake.receiving import receive
from breakfix.intake.values import Door
from breakfix.kernel import clock
from tests import makers_alerts, makers_mails
from tests.makers import World, world
from tests.web.looking import faults, visit
from tests.web.test_alert_pages import CALM

pytestmark = pytest.mark.browser
NUMBER = "How many sites are affected?"


@pytest.fixture(name="made")
def _made(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    clock.anchor_demo(makers_mails.HEARD)
    return world()


def draft(made: World, kind: str) -> tuple[str, str]:
    """The page of one, and the deed that makes a report of it."""
    at = makers_mails.HEARD
    if kind == "alert":
        receive(makers_alerts.source(made), makers_alerts.told(makers_alerts.alert()), at)
        return f"/alerts/{Alert.objects.get().pk}", "report_alert"
    take(makers_mails.mailbox(), makers_mails.mail(), Door.HTTP, at)
    return f"/mail-drafts/{MailDraft.objects.get().pk}", "report_mail"


@pytest.mark.parametrize(("kind", "scheme", "width"), [("alert", "light", 390), ("mail", "dark", 1280)])
def test_draft_asks_what_is_asked_about_the_chosen_thing(
    made: World, browser: Any, live_server: Any, kind: str, scheme: str, width: int
) -> None:
    (page, deed), found = draft(made, kind), {}
    with visit(browser, live_server, "rita", scheme, width) as tab:
        tab.goto(live_server.url + page)
        found["opened"] = faults(tab)
        form = tab.locator(f"#deed-{deed}")
        if kind == "mail":
            form.get_by_label("Asset").select_option(str(made.assets["backup"].pk))
        form.get_by_label("Where you can be called back").fill("+1 212 555 0131")
        for name, answer in CALM.items():
            form.locator(f"label:has([name={name}][value={answer}])").click()
        form.get_by_label("What kind of thing it is").select_option("NET-UC")
        form.get_by_label(NUMBER).fill("two")
        form.get_by_label("Can the emergency number be called?").select_option("Not known yet")
        found["asked"] = faults(tab)
        form.get_by_role("button", name="Report the failure").click()
        tab.get_by_role("alert").wait_for()
        found["refused"] = faults(tab)
        expect(form.get_by_label(NUMBER)).to_have_value("two")
        expect(form.get_by_label("Where you can be called back")).to_have_value("+1 212 555 0131")
        form.get_by_label(NUMBER).fill("2")
        form.get_by_role("button", name="Report the failure").click()
        tab.wait_for_url("**/engagements/*")
    assert {part: wrong for part, wrong in found.items() if wrong} == {}
    kept = {one["id"]: one["answer"] for one in Engagement.objects.get().details or []}
    assert (kept["sites"], kept["emergency"]) == ("2 sites", "")
