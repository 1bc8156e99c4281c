"""The form asks what the chosen domain asks, with a script and without; the answers stand where they are needed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breakfix.incidents.models import Engagement
from breakfix.intake.mails import take
from breakfix.intake.models import Alert, MailDraft
from breakfix.intake.receiving import receive
from breakfix.intake.values import Door
from tests import makers_alerts, makers_dispatch, makers_mails
from tests.makers import World
from tests.web.test_alert_pages import CALM
from tests.web.test_incident_pages import TYPED

Draft = tuple[str, str]  # the page of a draft, and the deed that makes a report of it
Moment = Callable[[datetime], None]
SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_chosen_domain_is_asked_about_and_nothing_typed_is_lost(world: World, sign_in: SignIn, forms: Forms) -> None:
    rita = sign_in("rita")
    assert "emergency number" not in rita.get("/engagements/new").content.decode()
    answer = rita.post("/engagements/new/questions", {**TYPED, "domain": "NET-UC", "details-emergency": "No"})
    assert answer.status_code == 200
    form = forms(answer)["report_failure"]
    assert form["fields"]["title"] == TYPED["title"]
    assert form["fields"]["details-emergency"] == "No"
    assert "Can the emergency number be called?" in answer.content.decode()
    assert not Engagement.objects.exists()


def test_unknown_domain_is_asked_nothing(world: World, sign_in: SignIn) -> None:
    rita = sign_in("rita")
    for domain in ("", "NET", "<b>", "X" * 9000):
        answer = rita.post("/engagements/new/questions", {"domain": domain})
        assert answer.status_code == 200
        assert "details-" not in answer.content.decode().replace("report_failure-details", "")


def test_answers_and_file_go_with_the_report(world: World, sign_in: SignIn) -> None:
    rita = sign_in("rita")
    place = {"asset_id": str(world.assets["backup"].pk), "provider_id": str(world.organisation("ironbridge").pk)}
    told = {
        "details-failed": "2",
        "details-level": "RAID 5",
        "details-backup": "<b>never</b>",
        "details-rebuild": "not known yet",
        "details-drives": "",
    }
    file = SimpleUploadedFile("front.txt", b"two amber lights\n")
    done = rita.post("/engagements/new/report_failure", {**TYPED, **place, **told, "evidence": file})
    assert done.status_code == 303
    page = rita.get(done["Location"]).content.decode()
    for words in (
        "How many of them show amber",
        "2 drives",
        "RAID 5",
        "&lt;b&gt;never",
        "Not known yet",
        "front.txt",
    ):
        assert words in page


def test_answer_to_another_domain_is_refused_at_its_field(world: World, sign_in: SignIn) -> None:
    rita = sign_in("rita")
    place = {"asset_id": str(world.assets["backup"].pk), "provider_id": str(world.organisation("ironbridge").pk)}
    refused = rita.post("/engagements/new/report_failure", {**TYPED, **place, "details-emergency": "No"})
    assert refused.status_code == 409
    assert "choose the kind of thing again" in refused.content.decode()
    assert "How many of them show amber" in refused.content.decode()


def test_technician_reads_the_answers_on_site(world: World, sign_in: SignIn) -> None:
    engagement = makers_dispatch.arrived(world)
    page = sign_in("tom").get(f"/field/{engagement.pk}").content.decode()
    assert "How many of them show amber" in page
    assert "Not known yet" in page


# ------------------------------------------------------------------------------- drafts of monitoring, and of mail


@pytest.fixture(name="draft", params=["alert", "mail"])
def _draft(request: pytest.FixtureRequest, world: World, moment: Moment) -> Draft:
    moment(makers_alerts.HEARD)
    if request.param == "alert":
        receive(makers_alerts.source(world), makers_alerts.told(makers_alerts.alert()), makers_alerts.HEARD)
        return f"/alerts/{Alert.objects.get().pk}", "report_alert"
    moment(makers_mails.HEARD)
    take(makers_mails.mailbox(), makers_mails.mail(), Door.HTTP, makers_mails.HEARD)
    return f"/mail-drafts/{MailDraft.objects.get().pk}", "report_mail"


def sent(world: World, deed: str, **more: str) -> dict[str, str]:
    """What makes a report of the draft: a mail names no machine by itself."""
    machine = {"asset_id": str(world.assets["backup"].pk)} if deed == "report_mail" else {}
    return {**CALM, **machine, "domain": "HW-RAID", "onsite_needed": "true", **more}


@pytest.mark.parametrize("who", ["rita", "dana"])
def test_draft_is_asked_about_and_its_answers_are_reported(
    world: World, sign_in: SignIn, forms: Forms, draft: Draft, who: str
) -> None:
    (page, deed), reader = draft, sign_in(who)
    answers = {"details-failed": "2", "details-level": "RAID 5", "details-rebuild": "not known yet"}
    typed = sent(world, deed, callback="+1 212 555 0131", **answers)
    asked = reader.post(f"{page}/questions", typed)
    assert asked.status_code == 200
    assert not Engagement.objects.exists()
    form = forms(asked)[deed]
    assert form["action"] == f"{page}/{deed}"
    told = {name: form["fields"][name] for name in ("callback", *answers)}
    assert told == {"callback": "+1 212 555 0131", **answers}
    assert reader.post(form["action"], {**form["fields"], **typed}).status_code == 303
    kept = {one["id"]: one["answer"] for one in Engagement.objects.get().details or []}
    assert (kept["failed"], kept["level"], kept["rebuild"]) == ("2 drives", "RAID 5", "")
    assert "How many of them show amber" in reader.get(f"/engagements/{Engagement.objects.get().pk}").content.decode()


def test_draft_whose_answer_is_refused_keeps_what_was_typed(
    world: World, sign_in: SignIn, forms: Forms, draft: Draft
) -> None:
    (page, deed), rita = draft, sign_in("rita")
    wrong = sent(world, deed, **{"details-failed": "two", "details-backup": "<b>Sunday</b>"})
    refused = rita.post(f"{page}/{deed}", wrong)
    assert refused.status_code == 409
    text = refused.content.decode()
    assert f'href="#{deed}-details-failed"' in text  # the refusal leads to its field
    assert "Give a number from zero" in text
    fields = forms(refused)[deed]["fields"]
    assert (fields["details-failed"], fields["details-backup"]) == ("two", "<b>Sunday</b>")
    assert "<b>Sunday" not in text
    elsewhere = rita.post(f"{page}/{deed}", sent(world, deed, **{"details-emergency": "No"}))
    assert elsewhere.status_code == 409
    assert "choose the kind of thing again" in elsewhere.content.decode()
    assert not Engagement.objects.exists()


def test_draft_of_monitoring_is_asked_at_once_what_its_kind_of_thing_asks(
    world: World, sign_in: SignIn, moment: Moment
) -> None:
    moment(makers_alerts.HEARD)
    receive(makers_alerts.source(world), makers_alerts.told(makers_alerts.alert()), makers_alerts.HEARD)
    page, rita = f"/alerts/{Alert.objects.get().pk}", sign_in("rita")
    assert "How many of them show amber" in rita.get(page).content.decode()
    other = rita.post(f"{page}/questions", {"domain": "NET-UC"}).content.decode()
    assert "Can the emergency number be called?" in other
    assert "How many of them show amber" not in other
    none = rita.post(f"{page}/questions", {"domain": "X" * 9000}).content.decode()
    assert 'name="details-' not in none
