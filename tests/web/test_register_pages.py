"""The register through its pages: a machine entered, an entry corrected, and two who correct it at once."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.assets import actions as assets_actions
from breakfix.assets.models import Asset, BusinessService
from breakfix.assets.values import Raid
from breakfix.kernel.models import Entry
from breakfix.parties import actions as parties_actions
from tests import snapshots
from tests.makers import World
from tests.makers_incidents import calm
from tests.makers_past import LIFE, imported, life

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
HOSTILE = "<script>alert(1)</script>\u202egpj.exe"


def filled(form: dict[str, Any], **typed: str) -> dict[str, str]:
    return {**form["fields"], **{name.replace("__", "-"): text for name, text in typed.items()}}


def test_machine_is_entered_with_its_array_and_facts(world: World, sign_in: SignIn, forms: Forms) -> None:
    rita = sign_in("rita")
    form = forms(rita.get("/assets/new"))["register_asset"]
    sent = filled(form, name="nyc-file-02", maker="dell", model="poweredge r510", serial="8QX", legacy="false")
    sent |= {"site_id": str(world.sites["Front Street"].pk), "installed_on": "2019-03-04", "useful_life_years": "6"}
    sent |= {"raid-level": "6", "raid-drives": "8", "raid-drive_tb": "1.2", "os_product": "windows-server"}
    sent |= {"os_cycle": "2012-r2", "facts-0-name": "Bay", "facts-0-text": "Rack 4, unit 12"}
    answer = rita.post(form["action"], sent)
    made = Asset.objects.get(name="nyc-file-02")
    assert (answer.status_code, answer["Location"]) == (303, f"/assets/{made.pk}")
    # Spelled as the catalogue has it.
    assert (made.maker, made.model, made.device_kind) == ("Dell", "PowerEdge R510", "server")
    assert (made.raid, made.other_facts) == (Raid(6, 8, Decimal("1.2")), {"Bay": "Rack 4, unit 12"})
    assert (made.legacy, made.installed_on, made.service_id) == (False, date(2019, 3, 4), None)


def test_machine_without_array_and_facts_has_none(world: World, sign_in: SignIn, forms: Forms) -> None:
    nora = sign_in("nora")
    form = forms(nora.get("/assets/new"))["register_asset"]
    sent = filled(form, name="bare", maker="Own", model="Whitebox", site_id=str(world.sites["Front Street"].pk))
    assert nora.post(form["action"], sent).status_code == 303
    assert Asset.objects.get(name="bare").config == {}


@pytest.mark.parametrize(
    ("wrong", "field", "status"),
    [
        ({"maker": ""}, "maker", 422),
        ({"installed_on": "2019-02-30"}, "installed_on", 422),
        ({"warranty_until": "2010-01-01", "installed_on": "2019-01-01"}, "warranty_until", 409),
        ({"os_product": "windows-server", "os_cycle": "95"}, "os_cycle", 409),
        ({"raid-level": "5", "raid-drives": "2", "raid-drive_tb": "4"}, "raid-drives", 409),
        ({"raid-level": "5"}, "raid-drives", 422),
        ({"facts-0-name": "Bay"}, "facts-0-text", 422),
        (
            {"facts-0-name": "Bay", "facts-0-text": "1", "facts-1-name": "Bay", "facts-1-text": "2"},
            "facts-1-name",
            422,
        ),
        ({"serial": "7QXK3N1", "maker": "DELL", "model": "poweredge r510"}, "serial", 409),
        ({"tag": "NG-00417"}, "tag", 409),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_field_is_named_and_what_was_typed_is_kept(
    world: World, sign_in: SignIn, forms: Forms, wrong: dict[str, str], field: str, status: int
) -> None:
    rita = sign_in("rita")
    form = forms(rita.get("/assets/new"))["register_asset"]
    sent = filled(form, name="typed-by-rita", maker="Own", model="Box", site_id=str(world.sites["Front Street"].pk))
    before = snapshots.state()
    answer = rita.post(form["action"], {**sent, **wrong})
    shown = answer.content.decode()
    assert answer.status_code == status, shown[:2000]
    assert f'href="#register_asset-{field}"' in shown
    assert f'id="register_asset-{field}"' in shown
    assert 'value="typed-by-rita"' in shown
    assert snapshots.state() == before


def test_hostile_words_are_shown_as_words(world: World, sign_in: SignIn, forms: Forms) -> None:
    rita = sign_in("rita")
    form = forms(rita.get("/assets/new"))["register_asset"]
    sent = filled(form, name=HOSTILE, maker="Own", model=HOSTILE, site_id=str(world.sites["Front Street"].pk))
    shown = rita.post(form["action"], sent, follow=True).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


@pytest.mark.parametrize("facts", [{"facts": "abc"}, {"facts-0": "abc"}, {"facts-0-name-0": "a"}, {"facts-x": "abc"}])
def test_facts_of_no_form_of_ours_are_refused(
    world: World, sign_in: SignIn, forms: Forms, facts: dict[str, str]
) -> None:
    rita, backup = sign_in("rita"), world.assets["backup"]
    new = forms(rita.get("/assets/new"))["register_asset"]
    sent = filled(new, name="bare", maker="Own", model="Box", site_id=str(world.sites["Front Street"].pk))
    edit = forms(rita.get(f"/assets/{backup.pk}/edit"))["correct_asset"]
    for action, body in ((new["action"], sent), (edit["action"], filled(edit, name="other", reason="Typed"))):
        kept = {name: value for name, value in body.items() if not name.startswith("facts")}
        answer = rita.post(action, {**kept, **facts})
        assert (answer.status_code, b'data-code="invalid_field"' in answer.content) == (422, True)


def test_entry_is_corrected_and_emptied_fields_are_unknown_again(world: World, sign_in: SignIn, forms: Forms) -> None:
    seth, backup = sign_in("seth"), world.assets["backup"]
    form = forms(seth.get(f"/assets/{backup.pk}/edit"))["correct_asset"]
    shown = form["fields"]
    assert (shown["serial"], shown["warranty_until"], shown["raid-drives"]) == ("7QXK3N1", "2017-05-14", "6")
    sent = filled(form, serial="7QXK3N2", warranty_until="", tag="", reason="Label read on site")
    answer = seth.post(
        form["action"], {**sent, "raid-level": "", "raid-drives": "", "raid-drive_tb": "", "raid-failed": ""}
    )
    assert (answer.status_code, answer["Location"]) == (303, f"/assets/{backup.pk}")
    now = Asset.objects.get(pk=backup.pk)
    assert (now.serial, now.warranty_until, now.tag, now.raid) == ("7QXK3N2", None, "", None)
    # What was not touched stands as it stood.
    same = ("name", "maker", "model", "firmware", "installed_on", "useful_life_years", "os_product", "os_cycle")
    assert all(getattr(now, name) == getattr(backup, name) for name in (*same, "service_id", "site_id", "legacy"))
    assert now.other_facts == backup.other_facts
    told = Entry.objects.filter(kind="asset.corrected").latest("id")
    assert told.line == "nyc-backup-01 was corrected: tag, serial, warranty until, raid."
    assert "Label read on site" in told.leaf


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"reason": ""}, "missing_field", "reason"),
        ({"name": ""}, "missing_field", "name"),
        ({"reason": "Twice"}, "nothing_to_correct", ""),
        ({"site_id": "987654321", "reason": "Moved"}, "not_found", ""),
        ({"service_id": "987654321", "reason": "Moved"}, "not_found", ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_correction_that_is_none_is_refused_without_a_trace(
    world: World, sign_in: SignIn, forms: Forms, wrong: dict[str, str], code: str, field: str
) -> None:
    seth, backup = sign_in("seth"), world.assets["backup"]
    form = forms(seth.get(f"/assets/{backup.pk}/edit"))["correct_asset"]
    before = snapshots.state()
    answer = seth.post(form["action"], {**form["fields"], **wrong})
    shown = answer.content.decode()
    if code == "not_found":
        assert answer.status_code == 404
    else:
        assert f'data-code="{code}"' in shown
        assert not field or f'href="#correct_asset-{field}"' in shown
    assert snapshots.state() == before


def test_site_and_service_of_another_client_cannot_be_chosen(world: World, sign_in: SignIn, forms: Forms) -> None:
    seth, backup = sign_in("seth"), world.assets["backup"]
    form = forms(seth.get(f"/assets/{backup.pk}/edit"))["correct_asset"]
    lakeside = world.sites["Lakeside clinic"].pk
    before = snapshots.state()
    answer = seth.post(form["action"], {**form["fields"], "site_id": lakeside, "reason": "Moved"})
    assert answer.status_code == 404
    assert snapshots.state() == before


def test_who_corrects_what_was_corrected_meanwhile_is_shown_both(world: World, sign_in: SignIn, forms: Forms) -> None:
    seth, nora, backup = sign_in("seth"), sign_in("nora"), world.assets["backup"]
    at = f"/assets/{backup.pk}/edit"
    late = forms(nora.get(at))["correct_asset"]
    first = forms(seth.get(at))["correct_asset"]
    assert seth.post(first["action"], filled(first, firmware="BIOS 1.15.0", reason="Updated")).status_code == 303

    before = snapshots.state()
    mine = filled(late, firmware="BIOS 1.14.9", tag="NG-9", reason="Read from the label")
    answer = nora.post(late["action"], mine)
    shown = answer.content.decode()
    assert (answer.status_code, snapshots.state()) == (409, before)
    assert 'data-code="changed_meanwhile"' in shown
    # What stands there now, who wrote it, and what one typed oneself.
    for words in (
        "BIOS 1.15.0",
        "NG-00417",
        "Seth Rowntree",
        'value="BIOS 1.14.9"',
        'value="NG-9"',
        "Read from the label",
    ):
        assert words in shown
    again = forms(answer)["correct_asset"]
    assert again["fields"]["version"] != late["fields"]["version"]

    # Another refusal does not make unread what was not read.
    stale = nora.post(late["action"], {**mine, "reason": ""})
    assert 'data-code="changed_meanwhile"' in stale.content.decode()
    unsaid = nora.post(again["action"], {**again["fields"], "reason": ""})
    assert forms(unsaid)["correct_asset"]["fields"]["version"] == again["fields"]["version"]

    # Knowing it, one may write over it.
    assert nora.post(again["action"], again["fields"]).status_code == 303
    backup.refresh_from_db()
    assert (backup.firmware, backup.tag) == ("BIOS 1.14.9", "NG-9")


def test_only_the_owners_keepers_are_offered_the_forms(world: World, sign_in: SignIn) -> None:
    backup = world.assets["backup"].pk
    assert f'href="/assets/{backup}/edit"' in sign_in("rita").get(f"/assets/{backup}").content.decode()
    assert f'href="/assets/{backup}/edit"' not in sign_in("ada").get(f"/assets/{backup}").content.decode()
    assert 'href="/assets/new"' in sign_in("rita").get("/assets").content.decode()
    assert 'href="/assets/new"' not in sign_in("dana").get("/assets").content.decode()
    for who, status in {"ada": 403, "charlie": 404, "dana": 404, "tom": 404}.items():
        assert sign_in(who).get(f"/assets/{backup}/edit").status_code == status


# ------------------------------------------------------------------------------------- services and sites


def test_service_is_registered_with_its_hours_and_rates(world: World, sign_in: SignIn, forms: Forms) -> None:
    seth = sign_in("seth")
    form = forms(seth.get("/assets/services"))["register_service"]
    sent = filled(form, name="Order desk", owner_role="Sales", business_rate="1250.50", off_rate="90", opens="07:30")
    sent |= {"days-0": "mon", "days-1": "tue", "days-2": "wed", "days-3": "", "days-4": "", "days-5": "sat"}
    assert seth.post(form["action"], sent).status_code == 303
    made = BusinessService.objects.get(name="Order desk")
    assert (made.business_rate_minor, made.off_rate_minor, made.currency) == (125_050, 9_000, "USD")
    assert set(made.hours) == {"mon", "tue", "wed", "sat"}
    shown = seth.get("/assets/services").content.decode()
    for words in (
        "Order desk",
        "Mon, Tue, Wed, Sat 07:30 to 18:00",
        "Mon to Fri 08:00 to 18:00",
        "$1,250.50",
        "$90.00",
    ):
        assert words in shown
    # A machine can be said to carry it from now on.
    assert "Order desk" in seth.get("/assets/new").content.decode()


def test_service_with_wrong_hours_is_refused_and_kept(world: World, sign_in: SignIn, forms: Forms) -> None:
    nora = sign_in("nora")
    form = forms(nora.get("/assets/services"))["register_service"]
    sent = filled(form, name="Order desk", business_rate="10", off_rate="1", opens="noonish")
    before = snapshots.state()
    answer = nora.post(form["action"], sent)
    assert (answer.status_code, snapshots.state()) == (409, before)
    assert 'value="Order desk"' in answer.content.decode()
    assert 'value="noonish"' in answer.content.decode()
    no_days = {name: value for name, value in sent.items() if not name.startswith("days-")}
    twice = nora.post(form["action"], {**no_days, "opens": "08:00", "name": "Archive stream", "days-0": "mon"})
    assert 'href="#register_service-name"' in twice.content.decode()


def test_services_are_their_owners_alone(world: World, sign_in: SignIn) -> None:
    assert "Archive stream" in sign_in("ada").get("/assets/services").content.decode()
    assert 'data-deed="register_service"' not in sign_in("ada").get("/assets/services").content.decode()
    assert "<strong>Archive stream" not in sign_in("hana").get("/assets/services").content.decode()
    assert sign_in("dana").get("/assets/services").status_code == 404


def test_site_is_opened_and_a_machine_can_stand_there(world: World, sign_in: SignIn, forms: Forms) -> None:
    nora = sign_in("nora")
    form = forms(nora.get("/sites"))["open_site"]
    sent = filled(
        form, name="Pier 9", address="9 Pier Road\nOakport", zone="America/Chicago", contact_name="Lee Ortiz"
    )
    assert nora.post(form["action"], sent | {"latitude": "41.88", "longitude": "-87.63"}).status_code == 303
    shown = nora.get("/sites").content.decode()
    for words in ("Pier 9", "Chicago time", "Lee Ortiz", "Front Street"):
        assert words in shown
    assert "Lakeside clinic" not in shown
    assert "Pier 9" in sign_in("rita").get("/assets/new").content.decode()
    assert "Pier 9" not in sign_in("hana").get("/sites").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"zone": "Mars/Phobos"}, "zone"), ({"name": "Front Street"}, "name"), ({"latitude": "91"}, "latitude")],
    ids=lambda value: str(value),
)
def test_wrong_site_is_refused_and_kept(
    world: World, sign_in: SignIn, forms: Forms, wrong: dict[str, str], field: str
) -> None:
    nora = sign_in("nora")
    form = forms(nora.get("/sites"))["open_site"]
    sent = filled(form, name="Pier 9", address="9 Pier Road", zone="America/Chicago", longitude="0", latitude="0")
    before = snapshots.state()
    answer = nora.post(form["action"], {**sent, **wrong})
    assert snapshots.state() == before
    assert f'href="#open_site-{field}"' in answer.content.decode()
    assert "9 Pier Road" in answer.content.decode()


def test_who_opens_no_sites_is_shown_them_without_a_form(world: World, sign_in: SignIn) -> None:
    shown = sign_in("rita").get("/sites").content.decode()
    assert "Front Street" in shown
    assert 'data-deed="open_site"' not in shown


def test_lists_take_as_many_queries_for_three_as_for_one(world: World, sign_in: SignIn, at: datetime) -> None:
    nora = sign_in("nora")

    def read(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert nora.get(address).status_code == 200
        return len(asked)

    before = {address: read(address) for address in ("/sites", "/assets/services", "/assets/new")}
    by = world.actor("nora")
    northgate = world.organisation("northgate").pk
    for name in ("Pier 9", "Pier 10"):
        parties_actions.open_site(northgate, name=name, address=name, zone="America/Chicago", by=by, at=at)
        rates = {"business_rate": Decimal(1), "off_rate": Decimal(1)}
        assets_actions.register_service(northgate, name=name, **rates, by=by, at=at)
    assert {address: read(address) for address in before} == before


def test_history_of_other_systems_is_marked_and_its_owners_alone(world: World, sign_in: SignIn) -> None:
    calm(world)  # shares the machine with its provider
    imported(world, life(title=HOSTILE, events=LIFE[:2]))
    pages = {
        who: sign_in(who).get(f"/assets/{world.assets['backup'].pk}").content.decode() for who in ("rita", "dana")
    }
    assert "From other systems: imported, not verified by this log" in pages["rita"]
    assert "&lt;script&gt;alert(1)" in pages["rita"]
    assert "<script>alert(1)" not in pages["rita"]
    assert "Active, then Closed" in pages["rita"]
    assert "no resolution on record" in pages["rita"]
    assert "From other systems" not in pages["dana"]
    assert "nyc-backup-01" in pages["dana"]
