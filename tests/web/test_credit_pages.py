"""A credit hold on the pages: placed and lifted on the agreement's, a P1 let pass on the engagement's."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from breakfix.agreements.models import CreditHold
from breakfix.incidents.models import CreditOverride, Engagement
from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_finance_holds_lets_one_p1_pass_and_lifts(world: World, sign_in: SignIn, forms: Forms) -> None:
    agreement = f"/agreements/{world.agreements['northgate'].agreement_id}"
    fay, dana, finn = sign_in("fay"), sign_in("dana"), sign_in("finn")
    assert "place_credit_hold" not in forms(dana.get(agreement))
    form = forms(fay.get(agreement))["place_credit_hold"]
    again = fay.post(form["action"], {**form["fields"], "reason": ""})
    assert again.status_code == 422
    assert fay.post(form["action"], {**form["fields"], "reason": "<b>Two</b> invoices"}).status_code == 303
    assert "&lt;b&gt;Two&lt;/b&gt; invoices" in finn.get(agreement).content.decode()

    told = sign_in("rita").get("/engagements/new").content.decode()
    assert "has put your organisation on credit hold: “&lt;b&gt;Two&lt;/b&gt; invoices”" in told
    assert "credit hold" not in sign_in("hana").get("/engagements/new").content.decode()
    assert "credit hold" not in dana.get("/engagements/new").content.decode()

    engagement = makers_incidents.acknowledged(world)
    address = f"/engagements/{engagement.pk}"
    page = dana.get(address)
    assert "our finance has to override it for this P1" in page.content.decode()
    qualify = forms(page)["qualify"]
    refused = dana.post(qualify["action"], {**qualify["fields"], "route": "break_fix"})
    assert refused.status_code == 409
    assert "the provider&#x27;s finance has to override it" in refused.content.decode()
    assert "override_credit_hold" not in forms(refused)
    assert "is on credit hold" in sign_in("rita").get(address).content.decode()
    assert "on credit hold" not in sign_in("tom").get(address).content.decode()

    asked = forms(fay.get(address))["override_credit_hold"]
    assert fay.post(asked["action"], {**asked["fields"], "reason": "Their only archive"}).status_code == 303
    assert CreditOverride.objects.get().given_by == world.people["fay"]
    assert "Finance lets this P1 pass" in dana.get(address).content.decode()
    assert dana.post(qualify["action"], {**qualify["fields"], "route": "break_fix"}).status_code == 303
    assert Engagement.objects.get(pk=engagement.pk).status == "QUALIFIED"
    assert "is on credit hold</h2>" not in dana.get(address).content.decode()

    lift = forms(fay.get(agreement))["lift_credit_hold"]
    assert fay.post(lift["action"], {**lift["fields"], "reason": "Paid"}).status_code == 303
    assert CreditHold.objects.get().lifted_because == "Paid"
    assert "lifted by Fay Castellan" in finn.get(agreement).content.decode()
