"""Taking a call on its page: found by what the caller says, read back, reported by one form."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from breakfix.incidents.models import Engagement
from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def typed(world: World, **given: str) -> dict[str, str]:
    answers = {"revenue": "stopped", "people": "from_5", "records": "no_risk", "obligation": "none"}
    answers |= {"harm_within": "within_4h", "workaround": "none", "trend": "degrading"}
    usual = {
        "callback": "+1 212 555 0142",
        "call-title": "Backup server <b>dead</b>",
        "call-domain": "HW-RAID",
        "label": world.assets["backup"].serial,
        "call-outage_started_at": "2026-12-01T20:40",
        "call-onsite_needed": "true",
        **{f"call-answers-{name}": value for name, value in answers.items()},
    }
    return {**usual, **given}


def test_caller_is_found_and_leads_to_the_call(world: World, sign_in: SignIn) -> None:
    dana = sign_in("dana")
    page = dana.get("/calls", {"words": "rita"}).content.decode()
    address = f"/calls/{world.people['rita'].pk}"
    assert f'href="{address}"' in page
    assert "Rita Solano is calling" in dana.get(address).content.decode()
    nobody = dana.get("/calls", {"words": "nobody of that name"}).content.decode()
    assert "Nobody of a client with an agreement answers to that" in nobody


def test_call_shows_what_was_reported_already(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    page = sign_in("dana").get(f"/calls/{world.people['rita'].pk}").content.decode()
    assert "Is it about one of these?" in page
    assert engagement.number in page


def test_call_shows_what_the_agreement_calls_a_case_and_excludes(world: World, sign_in: SignIn) -> None:
    page = sign_in("dana").get(f"/calls/{world.people['rita'].pk}").content.decode()
    terms = world.agreements["northgate"].parsed
    for words in (terms.triage.rule, *terms.scope.exclusions):
        assert words in page


def test_call_is_read_back_as_it_is_typed_and_then_reported(world: World, sign_in: SignIn, forms: Forms) -> None:
    dana, address = sign_in("dana"), f"/calls/{world.people['rita'].pk}"
    page = dana.get(address)
    form = forms(page)["take_call"]
    assert form["fields"]["callback"] == world.people["rita"].phone
    early = dana.post(f"{address}/read-back", {**form["fields"], "callback": "1", "call-title": ""})
    assert "Please fill in" in early.content.decode()
    part = dana.post(f"{address}/read-back", {**form["fields"], **typed(world)}).content.decode()
    assert "Backup server &lt;b&gt;dead&lt;/b&gt;." in part
    assert "That makes it P1 because revenue stopped and no workaround." in part
    sha256 = part.partition('name="read_back_sha256" value="')[2].partition('"')[0]
    changed = {**typed(world, **{"call-title": "Another"}), "read_back_sha256": sha256}
    assert dana.post(form["action"], {**form["fields"], **changed}).status_code == 409
    sent = {**form["fields"], **typed(world), "read_back_sha256": sha256}
    done = dana.post(form["action"], sent)
    engagement = Engagement.objects.get()
    assert (done.status_code, done["Location"]) == (303, f"/engagements/{engagement.pk}")
    assert (engagement.status, engagement.priority) == ("ACKNOWLEDGED", "P1")


def test_without_scripts_the_first_press_shows_what_to_read(world: World, sign_in: SignIn, forms: Forms) -> None:
    dana, address = sign_in("dana"), f"/calls/{world.people['rita'].pk}"
    form = forms(dana.get(address))["take_call"]
    answer = dana.post(form["action"], {**form["fields"], **typed(world)})
    assert answer.status_code == 409
    assert "Read it back to the caller first" in answer.content.decode()
    again = forms(answer)["take_call"]
    assert dana.post(form["action"], {**again["fields"], **typed(world)}).status_code == 303
    assert Engagement.objects.count() == 1


def test_questions_of_the_domain_come_with_what_was_typed(world: World, sign_in: SignIn) -> None:
    dana, address = sign_in("dana"), f"/calls/{world.people['rita'].pk}"
    page = dana.post(f"{address}/questions", typed(world)).content.decode()
    assert "How many of them show amber, red or nothing?" in page
    assert 'name="call-details-failed"' in page
    assert 'value="Backup server &lt;b&gt;dead&lt;/b&gt;"' in page
    read = dana.post(f"{address}/read-back", typed(world, **{"call-details-failed": "2"})).content.decode()
    assert "How many of them show amber, red or nothing: 2 drives." in read
