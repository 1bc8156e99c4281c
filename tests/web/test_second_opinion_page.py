"""The client's choice after an inconclusive report, through its page."""

from collections.abc import Iterator
from typing import Any

import pytest

from breakfix.kernel import clock
from tests.diagnosis.test_second_opinion import ASKED, reported
from tests.makers import World


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.set_to(ASKED):
        yield


@pytest.mark.parametrize("who", ["rita", "alice"])
def test_choice_is_on_the_page_of_the_report(world: World, sign_in: Any, forms: Any, who: str) -> None:
    cause = reported(world)
    browser, path = sign_in(who), f"/root-causes/{cause.pk}"
    assert f'href="{path}"' in browser.get(f"/engagements/{cause.engagement_id}").content.decode()
    form = forms(browser.get(path))["ask_second_opinion"]
    assert browser.post(form["action"], form["fields"]).status_code == 303
    assert "second opinion asked for" in browser.get(path).content.decode()
    assert "ask_second_opinion" not in forms(browser.get(path))
