"""A statement of work on the engagement's page: the desk puts it, the approver reads what it means and answers."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from breakfix.incidents.models import StatementOfWork
from tests import makers_agreements, makers_incidents
from tests.makers import World, local
from tests.people import PASSWORD

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_desk_puts_a_statement_and_the_approver_answers_it(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world, asset_id=world.assets["switch"].pk)
    address = f"/engagements/{engagement.pk}"
    dana, alice = sign_in("dana"), sign_in("alice")
    page = dana.get(address)
    assert "The vendor&#x27;s warranty covers it until 2030-02-03" in page.content.decode()
    assert "refer it to whoever owes it" in sign_in("rita").get(address).content.decode()
    form = forms(page)["propose_sow"]
    refused = dana.post(form["action"], {**form["fields"], "scope": "It costs $500, <b>all</b> in"})
    assert refused.status_code in (409, 422)
    assert "&lt;b&gt;all&lt;/b&gt; in" in refused.content.decode()
    assert dana.post(form["action"], {**form["fields"], "scope": "The <b>fan</b>"}).status_code == 303
    shown = alice.get(address)
    asked = forms(shown)["answer_sow"]
    assert "The &lt;b&gt;fan&lt;/b&gt;" in shown.content.decode()
    assert "you pay for it" in shown.content.decode()
    assert "answer_sow" not in forms(dana.get(address))
    sent = {**asked["fields"], "answer": "accept"}
    assert alice.post(asked["action"], {**sent, "password": "wrong"}).status_code == 422
    assert StatementOfWork.objects.get().outcome == ""
    assert alice.post(asked["action"], {**sent, "password": PASSWORD}).status_code == 303
    assert StatementOfWork.objects.get().outcome == "accepted"
    assert "Accepted by Alice Brandt" in dana.get(address).content.decode()


def test_desk_reads_what_is_excluded_and_names_it(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.acknowledged(world)
    address, version = f"/engagements/{engagement.pk}", engagement.agreement_version
    dana, alice = sign_in("dana"), sign_in("alice")
    page = dana.get(address)
    listed = version.parsed.scope.exclusions
    for words in (version.parsed.triage.rule, *(f"<li>{one}</li>" for one in listed)):
        assert words in page.content.decode()
    assert dana.get(f"/agreements/versions/{version.pk}").status_code == 200
    assert f'href="/agreements/versions/{version.pk}"' in page.content.decode()
    assert "Does the agreement exclude it?" in page.content.decode()
    assert "Does the agreement exclude it?" not in alice.get(address).content.decode()
    form = forms(page)["propose_sow"]
    refused = dana.post(form["action"], {**form["fields"], "scope": "The <b>fan</b>", "exclusion": "<i>Fans</i>"})
    assert refused.status_code in (409, 422)
    assert "The agreement excludes no such thing" in refused.content.decode()
    assert "<i>Fans" not in refused.content.decode()
    sent = {**form["fields"], "scope": "The fan", "exclusion": listed[0]}
    assert dana.post(form["action"], sent).status_code == 303
    shown = alice.get(address)
    assert f"Excluded by the agreement: {listed[0].rstrip('.')}" in shown.content.decode()
    asked = forms(shown)["answer_sow"]
    refusal = {**asked["fields"], "answer": "refuse", "note": "No", "password": PASSWORD}
    assert alice.post(asked["action"], refusal).status_code == 303
    after = dana.get(address).content.decode()
    assert "Not simply break/fix" in after
    assert f"You put it to the client as excluded by the agreement: {listed[0]}" in after
    assert f'<option value="{listed[0]}"' not in after
    assert f'<option value="{listed[1]}"' in after


def test_agreement_without_exclusions_offers_none(world: World, sign_in: SignIn, forms: Forms) -> None:
    terms = {"scope": {"exclusions": []}, "statements": {"not_applicable": {"exclusions": "Nothing is excluded."}}}
    by, at = world.actor("nora"), local("2026-11-20 09:00")
    number = world.agreements["northgate"].pk
    version = makers_agreements.actions.revise_agreement(number, terms=terms, by=by, at=at)
    makers_agreements.signed(world, version, "percy", "nora", at=at)
    page = sign_in("dana").get(f"/engagements/{makers_incidents.acknowledged(world).pk}")
    assert "It excludes nothing by name." in page.content.decode()
    assert "propose_sow" not in forms(page)


def test_report_says_who_owes_the_repair_already(world: World, sign_in: SignIn) -> None:
    rita = sign_in("rita")
    page = rita.get("/engagements/new").content.decode()
    assert page.count("under warranty until 2030-02-03") == 1
    assert "Somebody else owes the repair" not in page
    switch = rita.get(f"/engagements/new?asset={world.assets['switch'].pk}").content.decode()
    assert "Somebody else owes the repair of this machine: its vendor&#x27;s warranty until 2030-02-03" in switch
    backup = rita.get(f"/engagements/new?asset={world.assets['backup'].pk}").content.decode()
    assert "Somebody else owes the repair" not in backup
