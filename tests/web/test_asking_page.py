"""The form asks what the chosen domain asks, with a script and without; the answers stand where they are needed."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breakfix.incidents.models import Engagement
from tests import makers_dispatch
from tests.makers import World
from tests.web.test_incident_pages import TYPED

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
