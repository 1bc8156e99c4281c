"""The editor of an agreement as everybody meets it, and a section changed with nothing but the keyboard."""

from typing import Any

import pytest

from breakfix.agreements import actions
from breakfix.agreements.clauses.fields import SECTIONS
from breakfix.agreements.models import AgreementVersion
from breakfix.kernel.access import OPERATOR
from tests.makers import World
from tests.web.looking import faults, visit


def draft_of(world: World) -> AgreementVersion:
    """Calder and Harborview from nothing: everything is missing."""
    provider, client = world.organisation("calder"), world.organisation("harborview")
    cal = world.people["cal"].pk
    return actions.draft_agreement(provider.pk, client.pk, accountable_person_id=cal, by=OPERATOR, at=world.at)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_pages_as_everybody_meets_them(scheme: str, width: int, world: World, browser: Any, live_server: Any) -> None:
    version = draft_of(world)
    edit = f"/agreements/versions/{version.pk}/edit"
    with visit(browser, live_server, "cal", scheme, width) as tab:
        wrong = {}
        for path in (edit, f"/agreements/versions/{version.pk}", *(f"{edit}/{key}" for key in SECTIONS)):
            tab.goto(f"{live_server.url}{path}")
            if found := faults(tab):
                wrong[path] = found
        assert wrong == {}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_section_is_changed_by_keyboard_alone(world: World, browser: Any, live_server: Any) -> None:
    version = draft_of(world)
    with visit(browser, live_server, "cal", "light", 1440) as tab:
        tab.goto(f"{live_server.url}/agreements/versions/{version.pk}/edit/closing")
        tab.focus("textarea[name=terms-wording-records]")
        for words in ("The client's.", "The directors first.", "The law of Illinois."):
            tab.keyboard.type(words)
            tab.keyboard.press("Tab")
        tab.focus("form[data-deed=revise_agreement] button[type=submit]")
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"{live_server.url}/agreements/versions/{version.pk}/edit")
        assert "1 of 38" in tab.inner_text("main")
    assert AgreementVersion.objects.get(pk=version.pk).parsed.wording.law == "The law of Illinois."
