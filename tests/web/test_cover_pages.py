"""The register of covers on its page, on the machine, and before the desk takes a failure on."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.test import Client

from breakfix.assets.actions import register_cover
from breakfix.assets.models import Cover
from breakfix.assets.values import CoverKind
from tests import makers_incidents
from tests.makers import World, local

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_owner_enters_a_cover_and_ends_it(world: World, sign_in: SignIn, forms: Forms) -> None:
    nora, machine = sign_in("nora"), world.assets["backup"]
    form = forms(nora.get(f"/assets/covers?asset={machine.pk}"))["register_cover"]
    assert form["fields"]["asset_id"] == str(machine.pk)
    typed = {
        "kind": "managed_service",
        "holder": "Lumen <b>Managed</b>",
        "valid_from": "2026-01-01",
        "valid_until": "",
    }
    assert nora.post(form["action"], {**form["fields"], **typed}).status_code == 303
    page = nora.get("/assets/covers").content.decode()
    assert "Lumen &lt;b&gt;Managed&lt;/b&gt;" in page
    assert "managed service of Lumen" in nora.get(f"/assets/{machine.pk}").content.decode()
    end = forms(nora.get("/assets/covers"))["end_cover"]
    assert nora.post(end["action"], {**end["fields"], "reason": "We left them"}).status_code == 303
    assert Cover.objects.get().end_reason == "We left them"
    assert "end_cover" not in forms(nora.get("/assets/covers"))


def test_desk_reads_whom_to_ask_first_and_providers_read_no_register(
    world: World, sign_in: SignIn, forms: Forms
) -> None:
    register_cover(
        world.organisation("northgate").pk,
        kind=CoverKind.VENDOR_CONTRACT,
        holder="Dell ProSupport",
        valid_from=date(2026, 1, 1),
        by=world.actor("nora"),
        at=local("2026-11-20 09:00"),
    )
    engagement, dana = makers_incidents.acknowledged(world), sign_in("dana")
    page = dana.get(f"/engagements/{engagement.pk}")
    assert "The client has it covered: support contract of Dell ProSupport" in page.content.decode()
    form = forms(page)["qualify"]
    refusal = dana.post(form["action"], {**form["fields"], "route": "break_fix"})
    assert refusal.status_code == 409
    assert "somebody else owes the repair" in refusal.content.decode()
    assert dana.get("/assets/covers").status_code == 404
    assert "Covered elsewhere" not in dana.get(f"/assets/{world.assets['backup'].pk}").content.decode()


def test_own_people_are_named_to_whoever_reports_and_to_the_desk(world: World, sign_in: SignIn, forms: Forms) -> None:
    nora, machine = sign_in("nora"), world.assets["backup"]
    form = forms(nora.get("/assets/covers"))["register_cover"]
    typed = {"kind": "own_people", "holder": "the storage team", "valid_from": "2026-01-01", "valid_until": ""}
    assert nora.post(form["action"], {**form["fields"], **typed}).status_code == 303
    report = sign_in("rita").get(f"/engagements/new?asset={machine.pk}").content.decode()
    assert "Your own people can repair machines like this: the storage team." in report
    assert "Somebody else owes" not in report
    engagement, dana = makers_incidents.acknowledged(world), sign_in("dana")
    page = dana.get(f"/engagements/{engagement.pk}").content.decode()
    assert "Too complex (level 3) and too seldom (0 in twelve months) for the storage team" in page
    assert "Nobody else owes it by the client's register of covers" in page
