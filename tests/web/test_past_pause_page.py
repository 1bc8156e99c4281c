"""A wait in the past on the engagement's page: the desk asks, the client sees what it moves and answers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client

from breakfix.incidents.models import Hold, PauseProposal
from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_desk_asks_and_the_client_sees_what_consent_moves(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world)
    address, begun = f"/engagements/{engagement.pk}", makers_incidents.ACKNOWLEDGED + timedelta(minutes=1)
    dana, seth = sign_in("dana"), sign_in("seth")
    form = forms(dana.get(address))["propose_past_pause"]
    typed = {
        "reason": "AWAITING_CLIENT_INFO",
        "started_at": begun.strftime("%Y-%m-%dT%H:%M"),
        "ended_at": (begun + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M"),
        "question": "Which <server>?",
        "note": "Asked by telephone",
    }
    assert dana.post(form["action"], {**form["fields"], **typed}).status_code == 303
    page = seth.get(address)
    shown = page.content.decode()
    assert "Asked by telephone" in shown
    assert "Which &lt;server&gt;?" in shown
    assert "As it is" in shown
    asked = forms(page)["answer_past_pause"]
    assert "answer_past_pause" not in forms(dana.get(address))
    assert "withdraw_past_pause" in forms(dana.get(address))
    unsaid = seth.post(asked["action"], {**asked["fields"], "note": ""})
    assert unsaid.status_code == 422
    assert PauseProposal.objects.get().decided_at is None
    assert not Hold.objects.exists()


def test_client_consents_on_the_page(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world)
    address, begun = f"/engagements/{engagement.pk}", makers_incidents.ACKNOWLEDGED + timedelta(minutes=1)
    dana, seth = sign_in("dana"), sign_in("seth")
    form = forms(dana.get(address))["propose_past_pause"]
    typed = {"reason": "AWAITING_CLIENT_ACCESS", "note": "At the door, nobody opened"}
    typed |= {"started_at": begun.strftime("%Y-%m-%dT%H:%M")}
    typed |= {"ended_at": (begun + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")}
    dana.post(form["action"], {**form["fields"], **typed})
    asked = forms(seth.get(address))["answer_past_pause"]
    assert seth.post(asked["action"], {**asked["fields"], "answer": "consent"}).status_code == 303
    assert Hold.objects.get().note == "At the door, nobody opened"
    assert seth.post(asked["action"], {**asked["fields"], "answer": "consent"}).status_code == 404


def test_client_reads_which_vendor_was_waited_for(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world)
    address, begun = f"/engagements/{engagement.pk}", makers_incidents.ACKNOWLEDGED + timedelta(minutes=1)
    dana = sign_in("dana")
    form = forms(dana.get(address))["propose_past_pause"]
    typed = {"reason": "AWAITING_THIRD_PARTY", "note": "On the telephone with them"}
    typed |= {"started_at": begun.strftime("%Y-%m-%dT%H:%M")}
    typed |= {"ended_at": (begun + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")}
    refused = dana.post(form["action"], {**form["fields"], **typed})
    assert refused.status_code == 409
    assert "On the telephone with them" in refused.content.decode()
    assert dana.post(form["action"], {**form["fields"], **typed, "vendor_ref": "VZ-<4471>"}).status_code == 303
    assert "VZ-&lt;4471&gt;" in sign_in("seth").get(address).content.decode()
