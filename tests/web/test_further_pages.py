"""Further hours of diagnosis through their page: asked in the field without a price, decided with one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from breakfix.approvals.models import Round
from breakfix.diagnosis.models import ForensicExtension
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests.makers import World
from tests.makers_diagnosis import checked
from tests.makers_extension import ANSWERED, WORDS, asking, refuse
from tests.web.typing_in import confirmed, typed

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.set_to(ANSWERED):
        yield


def test_further_hours_are_asked_for_and_approved(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = checked(world, "image-decision")
    tom, alice, path = sign_in("tom"), sign_in("alice"), f"/engagements/{engagement.pk}/further-diagnosis"
    assert f'href="{path}"' in tom.get(f"/field/{engagement.pk}").content.decode()
    form = forms(tom.get(path))["ask_forensic_extension"]
    refused = tom.post(form["action"], {**form["fields"], **WORDS, "hours": "0.3"})
    assert (refused.status_code, ForensicExtension.objects.count()) == (409, 0)
    assert "Run the controller on the bench" in refused.content.decode()
    assert tom.post(form["action"], {**form["fields"], **typed(**WORDS, hours="2")}).status_code == 303
    shown = tom.get(path).content.decode()
    assert "$675.00" not in shown
    assert "were asked for" in shown
    panel = alice.get(f"/engagements/{engagement.pk}").content.decode()
    assert "Decide on it" in panel
    # It goes on by the decision, by no hand.
    assert "/resume" not in sign_in("rita").get(f"/engagements/{engagement.pk}").content.decode()
    form = forms(alice.get(path))["approve_forensic_extension"]
    assert form["fields"]["shown_amount"] == "675.00"
    assert alice.post(form["action"], confirmed(form, verdict="approve")).status_code == 303
    assert ForensicExtension.objects.get().status == "APPROVED"
    assert "$675.00" in alice.get(f"/engagements/{engagement.pk}").content.decode()


def test_round_about_further_hours_leads_to_their_page(world: World, sign_in: SignIn) -> None:
    asked = asking(world)
    led = sign_in("alice").get(f"/rounds/{Round.objects.get().pk}")
    assert led["Location"] == f"/engagements/{asked.engagement_id}/further-diagnosis"


def test_refused_hours_let_the_engineer_end_it(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = refuse(world, asking(world)).engagement
    tom = sign_in("tom")
    form = forms(tom.get(f"/field/{engagement.pk}"))["complete_diagnosis"]
    assert tom.post(form["action"], form["fields"]).status_code == 303
    assert Engagement.objects.get().diagnosis_completed_at == ANSWERED
