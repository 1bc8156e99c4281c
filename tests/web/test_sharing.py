"""Letting one more person in on a restricted engagement through its page, and ending that again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.errors import NotFound
from breakfix.parties.models import Grant
from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


@pytest.fixture
def secret(world: World) -> Engagement:
    """Known to Rita, Dana and the security officer."""
    named = [world.people[key].pk for key in ("dana", "sol")]
    return makers_incidents.reported(world, need_to_know=True, named_people=named)


def test_security_officer_lets_somebody_in_and_out_again(
    world: World, secret: Engagement, sign_in: SignIn, forms: Forms
) -> None:
    page, quinn = f"/engagements/{secret.pk}", world.people["quinn"]
    sol = sign_in("sol")
    form = forms(sol.get(page))["share_topic"]
    assert form["action"] == f"{page}/share_topic"
    given = {**form["fields"], "person_id": quinn.pk, "reason": "Writes the quote.", "until": ""}
    assert sol.post(form["action"], given).status_code == 303
    assert incidents.get_engagement(secret.pk, world.actor("quinn")) == secret
    shown = sol.get(page).content.decode()
    assert "Writes the quote." in shown
    ended = sol.post(f"{page}/withdraw_topic", {"person_id": quinn.pk, "next": page})
    assert (ended.status_code, ended["Location"]) == (303, page)
    with pytest.raises(NotFound):
        incidents.get_engagement(secret.pk, world.actor("quinn"))


def test_reason_is_asked_for_on_the_same_page(
    world: World, secret: Engagement, sign_in: SignIn, forms: Forms
) -> None:
    page = f"/engagements/{secret.pk}"
    sol, before = sign_in("sol"), Grant.objects.count()
    again = sol.post(f"{page}/share_topic", {"person_id": world.people["quinn"].pk, "reason": " "})
    assert again.status_code == 422
    assert f'value="{world.people["quinn"].pk}" selected' in again.content.decode()
    assert "share_topic" in forms(again)
    assert Grant.objects.count() == before


def test_only_who_decides_about_it_is_offered_the_forms(secret: Engagement, sign_in: SignIn, forms: Forms) -> None:
    shown = sign_in("rita").get(f"/engagements/{secret.pk}")
    assert "Who was let in" in shown.content.decode()
    assert {"share_topic", "withdraw_topic"}.isdisjoint(forms(shown))
    assert sign_in("nora").post(f"/engagements/{secret.pk}/share_topic", {"reason": "x"}).status_code == 404


def test_engagement_that_everybody_sees_lists_nobody(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    assert "Who was let in" not in sign_in("sol").get(f"/engagements/{engagement.pk}").content.decode()
