"""Dated duties on the engagement's page: shown, added and fulfilled there, by whoever may."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from breakfix.incidents.models import Obligation
from tests import makers_incidents
from tests.makers import World, local

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
FILLED = {
    "duty-name": "Filing <b>sent</b>",
    "duty-source": "Contract 17",
    "duty-triggered_at": "2026-12-01T19:40",
    "duty-hours": "40",
    "duty-harm": "1200.50",
    "duty-ends_with_restoration": "false",
}


def test_duty_is_added_on_the_page_and_stands_there(world: World, sign_in: SignIn, forms: Forms) -> None:
    address = f"/engagements/{makers_incidents.calm(world).pk}"
    rita = sign_in("rita")
    shown = rita.get(address)
    form = forms(shown)["add_obligation"]
    assert "told_by" not in form["fields"]
    assert ("No contract, rule or policy is known" in shown.content.decode(), "meet_obligation" in forms(shown)) == (
        True,
        False,
    )
    done = rita.post(form["action"], {**form["fields"], **FILLED})
    assert (done.status_code, done["Location"].partition("#")[0]) == (303, address)
    duty = Obligation.objects.get()
    assert (duty.name, duty.harm_minor, duty.harm_per_day_minor) == ("Filing <b>sent</b>", 120050, 0)
    assert (duty.triggered_at, duty.deadline_at) == (local("2026-12-01 19:40"), local("2026-12-03 11:40"))
    assert (duty.ends_with_restoration, duty.owner) == (False, "")
    there = sign_in("dana").get(address).content.decode()
    assert "Filing &lt;b&gt;sent&lt;/b&gt;</a></dt>" in there
    assert "Obligation added, due 2026-12-03 11:40" in there


def test_desk_says_who_told_it_and_loses_nothing_that_was_typed(world: World, sign_in: SignIn, forms: Forms) -> None:
    address = f"/engagements/{makers_incidents.calm(world).pk}"
    dana = sign_in("dana")
    form = forms(dana.get(address))["add_obligation"]
    filled = {**form["fields"], **FILLED, "told_by": "Seth", "duty-hours": "0.5"}
    refused = dana.post(form["action"], filled)
    assert refused.status_code in (409, 422)
    again = forms(refused)["add_obligation"]["fields"]
    assert (again["duty-name"], again["duty-hours"], again["told_by"]) == ("Filing <b>sent</b>", "0.5", "Seth")
    assert "This deadline has passed; correct it, or say that it was missed." in refused.content.decode()
    assert dana.post(form["action"], {**filled, "told_by": ""}).status_code in (409, 422)
    assert dana.post(form["action"], {**filled, "missed": "on"}).status_code == 303
    assert Obligation.objects.get().name == "Filing <b>sent</b>"


def test_card_is_for_whoever_has_something_to_read_or_to_do(world: World, sign_in: SignIn, forms: Forms) -> None:
    with_duty, without = makers_incidents.acknowledged(world), makers_incidents.calm(world)
    for who, adds in (("rita", True), ("seth", True), ("dana", True), ("alice", False), ("ada", False)):
        shown = sign_in(who).get(f"/engagements/{with_duty.pk}")
        assert "Records policy 4.2" in shown.content.decode(), who
        assert ("add_obligation" in forms(shown)) is adds, who
        assert ("Dated duties" in sign_in(who).get(f"/engagements/{without.pk}").content.decode()) is adds, who
    rita = sign_in("rita")
    form = forms(rita.get(f"/engagements/{with_duty.pk}"))["meet_obligation"]
    duty = Obligation.objects.get()
    assert rita.post(form["action"], {**form["fields"], "obligation_id": duty.pk}).status_code == 303
    assert "meet_obligation" not in forms(rita.get(f"/engagements/{with_duty.pk}"))


def test_other_clients_add_nothing(world: World, sign_in: SignIn) -> None:
    address = f"/engagements/{makers_incidents.calm(world).pk}/add_obligation"
    assert sign_in("charlie").post(address, FILLED).status_code == 404
    assert sign_in("ada").post(address, FILLED).status_code == 403
    assert not Obligation.objects.exists()
