"""What was not known at the report is asked again on the engagement's page."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from tests.makers import World
from tests.makers_incidents import reported


def test_page_asks_while_something_is_open_and_says_who_added_it(
    world: World, sign_in: Callable[[str], Client], forms: Callable[[Any], dict[str, dict[str, Any]]]
) -> None:
    engagement = reported(world)
    address, rita = f"/engagements/{engagement.pk}", sign_in("rita")
    form = forms(rita.get(address))["answer_details"]
    sent = {**form["fields"], "details-failed": "2", "details-rebuild": "not known yet"}
    assert rita.post(form["action"], sent).status_code == 303
    shown = rita.get(address)
    assert "Not known at the report; added" in shown.content.decode()
    assert "details-failed" not in forms(shown)["answer_details"]["fields"]
    assert "answer_details" not in forms(sign_in("alice").get(address))
