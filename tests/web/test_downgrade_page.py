"""A lower priority on the engagement's page: the desk asks, the client reads what it gives up and answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.test import Client

from breakfix.incidents.models import Engagement
from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_desk_asks_and_the_client_consents(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world)
    address = f"/engagements/{engagement.pk}"
    dana, seth = sign_in("dana"), sign_in("seth")
    assert "propose_downgrade" not in forms(seth.get(address))
    form = forms(dana.get(address))["propose_downgrade"]
    sent = {**form["fields"], "priority": "P3", "change": "triage_correction"}
    assert dana.post(form["action"], {**sent, "reason": "It costs $500"}).status_code == 409
    assert dana.post(form["action"], {**sent, "reason": "<b>Spare</b> holds"}).status_code == 303
    shown = seth.get(address)
    text = shown.content.decode()
    assert "&lt;b&gt;Spare&lt;/b&gt; holds" in text
    assert "It was so all along: clocks are recomputed from the report." in text
    assert "A promise that was missed under P1 may then count as kept, and nothing is credited for it." in text
    assert "answer_downgrade" not in forms(dana.get(address))
    assert "withdraw_downgrade" in forms(dana.get(address))
    asked = forms(shown)["answer_downgrade"]
    assert seth.post(asked["action"], {**asked["fields"], "answer": "consent"}).status_code == 303
    assert Engagement.objects.get().priority == "P3"
    again = seth.post(asked["action"], {**asked["fields"], "answer": "consent"})
    assert again.status_code == 404


def test_requester_reads_who_consents_to_a_correction(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world)
    address = f"/engagements/{engagement.pk}"
    form = forms(sign_in("dana").get(address))["propose_downgrade"]
    sent = {**form["fields"], "priority": "P3", "change": "triage_correction", "reason": "A spare holds"}
    assert sign_in("dana").post(form["action"], sent).status_code == 303
    rita, seth = sign_in("rita").get(address).content.decode(), sign_in("seth").get(address).content.decode()
    assert "an approver or its administrator consents to it" in rita
    assert "an approver or its administrator consents to it" not in seth
    assert ("Yes, it may be lower" in rita, "Yes, it may be lower" in seth) == (False, True)
    assert "That it never was so urgent is said by" in rita


def test_floor_of_the_answers_is_put_before_whoever_consents(world: World, sign_in: SignIn, forms: Forms) -> None:
    answers = replace(makers_incidents.CALM, emergency_calling_down=True)
    engagement = makers_incidents.acknowledged(world, answers=answers, obligations=[])
    address = f"/engagements/{engagement.pk}"
    dana = sign_in("dana")
    form = forms(dana.get(address))["propose_downgrade"]
    sent = {**form["fields"], "priority": "P2", "change": "changed_circumstances", "reason": "Calls go through"}
    assert dana.post(form["action"], sent).status_code == 303
    assert "life safety: emergency calling is down. Consent only if" in sign_in("seth").get(address).content.decode()
