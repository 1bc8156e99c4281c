"""The dossier through its pages: kept by the client, revealed on the engagement, opened by who was sent."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.diagnosis.models import DossierEntry, DossierReading, DossierReveal
from breakfix.kernel import clock
from tests.diagnosis.test_dossier import READ, SECRET, note
from tests.makers import World, local
from tests.makers_dispatch import dispatched
from tests.makers_incidents import CALM, reported
from tests.makers_past import imported, life

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.set_to(READ):
        yield


def test_entry_is_noted_confirmed_and_taken_out(world: World, sign_in: SignIn, forms: Forms) -> None:
    rita = sign_in("rita")
    assert 'href="/dossier"' in rita.get("/assets").content.decode()
    form = forms(rita.get("/dossier"))["note_dossier_entry"]
    typed = {"kind": "access", "site_id": world.assets["backup"].site_id, "title": "Door", "text": "Ring twice."}
    assert rita.post(form["action"], {**form["fields"], **typed}).status_code == 303
    shown = rita.get("/dossier")
    assert "Ring twice." in shown.content.decode()
    form = forms(shown)["correct_dossier_entry"]
    assert rita.post(form["action"], {**form["fields"], "text": "Ring once."}).status_code == 303
    assert DossierEntry.objects.get().text == "Ring once."
    form = forms(rita.get("/dossier"))["remove_dossier_entry"]
    assert rita.post(form["action"], form["fields"]).status_code == 303
    assert "Ring once." not in rita.get("/dossier").content.decode()
    assert sign_in("alice").get("/dossier").status_code == 404


def test_dossier_is_revealed_opened_and_its_reading_shown(world: World, sign_in: SignIn, forms: Forms) -> None:
    note(world, at=READ - timedelta(days=181))
    engagement = dispatched(world)
    rita, tom, path = sign_in("rita"), sign_in("tom"), f"/field/{engagement.pk}/know"
    assert f'href="{path}"' in tom.get(f"/field/{engagement.pk}").content.decode()
    before = tom.get(path).content.decode()
    assert "Redacted" in before
    assert SECRET not in before
    form = forms(rita.get(f"/engagements/{engagement.pk}"))["reveal_dossier"]
    assert rita.post(form["action"], form["fields"]).status_code == 422
    assert rita.post(form["action"], {**form["fields"], "kinds-0": "access"}).status_code == 303
    assert DossierReveal.objects.get().kind == "access"
    closed = tom.get(path)
    assert SECRET not in closed.content.decode()
    form = forms(closed)["read_dossier"]
    opened = tom.post(form["action"], form["fields"])
    assert opened.status_code == 200
    assert SECRET in opened.content.decode()
    assert "ask before you rely on it" in opened.content.decode()
    assert DossierReading.objects.count() == 1
    assert SECRET not in tom.get(path).content.decode()
    assert "Who read it" in rita.get(f"/engagements/{engagement.pk}").content.decode()
    assert "Your dossier here" not in sign_in("dana").get(f"/engagements/{engagement.pk}").content.decode()


def test_whoever_is_sent_reads_what_was_reported_before_without_a_way_there(world: World, sign_in: SignIn) -> None:
    at = local("2026-11-20 09:00")
    calm = {"answers": CALM, "obligations": [], "outage_started_at": at}
    earlier = reported(world, at=at, title="Fan is <b>loud</b>", **calm)
    engagement = dispatched(world)
    shown = sign_in("tom").get(f"/field/{engagement.pk}/know").content.decode()
    assert "Reported before" in shown
    assert "Fan is &lt;b&gt;loud&lt;/b&gt;" in shown
    assert earlier.number in shown
    assert f"/engagements/{earlier.pk}" not in shown


def test_only_whoever_is_sent_reads_what_the_client_imported(world: World, sign_in: SignIn) -> None:
    imported(world, life(title="Fan is <b>loud</b>"), source="Old <i>desk</i>")
    engagement = dispatched(world)
    shown = sign_in("tom").get(f"/field/{engagement.pk}/know").content.decode()
    assert "From the client’s other systems" in shown
    assert "Fan is &lt;b&gt;loud&lt;/b&gt;" in shown
    assert "Old &lt;i&gt;desk&lt;/i&gt; INC1" in shown
    for who in ("dana", "cal", "charlie", "quinn", "ada"):
        assert sign_in(who).get(f"/field/{engagement.pk}/know").status_code == 404
    for path in (f"/engagements/{engagement.pk}", f"/assets/{engagement.asset_id}"):
        assert "Fan is" not in sign_in("dana").get(path).content.decode()
