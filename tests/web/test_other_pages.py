"""Derivations, assets, agreements, the evidence log and files."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from breakfix.kernel.files import Upload, keep
from breakfix.kernel.ledger import merkle
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Entry, File
from tests import makers_dispatch, makers_incidents
from tests.makers import World, local

SignIn = Callable[[str], Client]

# ------------------------------------------------------------------------------------------- derivations


def test_clock_page_shows_every_stretch_and_their_sum(world: World, sign_in: SignIn) -> None:
    engagement = makers_dispatch.contacted(world)
    shown = sign_in("rita").get(f"/engagements/{engagement.pk}/clocks/ENGAGE").content.decode()
    # Reported 19:52, contact 20:16, due 20:22 (domain.md §8 S1).
    for words in ("1 Dec 19:52", "1 Dec 20:16", "24 min used of 30 min", "20:22"):
        assert words in shown


def test_clock_page_counts_business_time_in_hours(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.calm(world)
    shown = sign_in("rita").get(f"/engagements/{engagement.pk}/clocks/RESTORE").content.decode()
    # Ten business days of ten hours each.
    assert "of 100 h" in shown
    assert "outside hours" in shown


def test_clock_names_the_calendar_version_its_hours_and_the_holidays_between(world: World, sign_in: SignIn) -> None:
    """Reported on a Wednesday evening before a Friday holiday, in business hours: the holiday is named."""
    at = local("2026-12-23 16:10")
    engagement = makers_incidents.reported(
        world, at=at, answers=makers_incidents.CALM, obligations=[], outage_started_at=at
    )
    version = engagement.agreement_version
    shown = sign_in("rita").get(f"/engagements/{engagement.pk}/clocks/RESTORE").content.decode()
    assert f"{version.agreement.number}</a>, version {version.version}" in shown
    assert "Mon to Fri" in shown
    assert "Fri 25 Dec 2026" in shown
    assert "Thu 26 Nov 2026" not in shown
    told = sign_in("rita").get(f"/engagements/{engagement.pk}/clocks.json").json()
    assert told["under"] == {"agreement": version.agreement.number, "version": 1, "sha256": version.sha256}
    assert told["calendar"] == engagement.calendar


@pytest.mark.parametrize("kind", ["NONSENSE", "QUOTE"])
def test_clock_page_of_a_clock_that_never_ran_is_not_there(world: World, sign_in: SignIn, kind: str) -> None:
    engagement = makers_incidents.reported(world)
    assert sign_in("rita").get(f"/engagements/{engagement.pk}/clocks/{kind}").status_code == 404


def test_clocks_can_be_taken_away_and_added_up(world: World, sign_in: SignIn) -> None:
    engagement = makers_dispatch.contacted(world)
    response = sign_in("rita").get(f"/engagements/{engagement.pk}/clocks.json")
    assert response["Content-Disposition"].startswith("attachment")
    for told in json.loads(response.content)["clocks"]:
        spans = [
            (datetime.fromisoformat(one["end"]) - datetime.fromisoformat(one["start"])).total_seconds()
            for one in told["stretches"]
            if one["counted"]
        ]
        assert int(sum(spans)) == told["elapsed_seconds"]


def test_downtime_page_shows_the_lines_behind_the_total(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    shown = sign_in("rita").get(f"/engagements/{engagement.pk}/downtime").content.decode()
    # 65 minutes at 600 per hour.
    for words in ("Other hours", "1.08", "$600.00", "$650.00"):
        assert words in shown


def test_obligation_page_shows_what_missing_it_costs(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    rita = sign_in("rita")
    page = rita.get(f"/engagements/{engagement.pk}").content.decode()
    start = page.index(f"/engagements/{engagement.pk}/obligations/")
    shown = rita.get(page[start : page.index('"', start)]).content.decode()
    assert "$25,000.00 once" in shown
    assert rita.get(f"/engagements/{engagement.pk}/obligations/999999").status_code == 404


def test_priority_page_shows_the_points(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    shown = sign_in("rita").get(f"/engagements/{engagement.pk}/priority").content.decode()
    for words in ("51 points", "85 points", "Yes, the only copy", "5 to 49"):
        assert words in shown


# ------------------------------------------------------------------------------------ assets, agreements


def test_asset_page_shows_flags_reasons_and_passport(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    backup = world.assets["backup"]
    shown = sign_in("rita").get(f"/assets/{backup.pk}").content.decode()
    for words in ("Out of warranty", "Legacy", "2017-05-14", "RAID 5", "$4,200.00", engagement.number):
        assert words in shown
    assert f'href="/engagements/new?asset={backup.pk}"' in shown


def test_asset_page_keeps_the_cost_of_an_hour_from_the_provider(world: World, sign_in: SignIn) -> None:
    makers_incidents.reported(world)
    shown = sign_in("dana").get(f"/assets/{world.assets['backup'].pk}").content.decode()
    assert "$4,200.00" not in shown


@pytest.mark.parametrize("key", ["charlie", "cal", "tom", "dana"])
def test_asset_of_others_is_not_there(world: World, sign_in: SignIn, key: str) -> None:
    asset = world.assets["backup"]
    assert sign_in(key).get(f"/assets/{asset.pk}").status_code == 404
    assert asset.name not in sign_in(key).get("/assets").content.decode()


def test_asset_list_finds_by_model(world: World, sign_in: SignIn) -> None:
    shown = sign_in("rita").get("/assets", {"words": "r510"}).content.decode()
    assert world.assets["backup"].name in shown
    assert world.assets["switch"].name not in shown


def test_agreement_page_says_terms_in_words(world: World, sign_in: SignIn) -> None:
    version = world.agreements["northgate"]
    shown = sign_in("nora").get(f"/agreements/{version.agreement_id}").content.decode()
    for words in ("15 min", "$245.00", "8.875", "IT and finance", "$10,000.00", version.sha256):
        assert words in shown


@pytest.mark.parametrize("key", ["charlie", "cal", "tom"])
def test_agreement_of_others_is_not_there(world: World, sign_in: SignIn, key: str) -> None:
    version = world.agreements["northgate"]
    browser = sign_in(key)
    assert browser.get(f"/agreements/{version.agreement_id}").status_code == 404
    assert browser.get(f"/agreements/versions/{version.pk}").status_code == 404


# ------------------------------------------------------------------------------------------ log and files


def test_log_entry_shows_the_bytes_and_a_proof_that_holds(world: World, sign_in: SignIn) -> None:
    makers_incidents.reported(world)
    ada = sign_in("ada")
    entry = Entry.objects.filter(organisation_id=world.organisation("northgate").pk).latest("position")
    shown = ada.get(f"/log/{entry.position}").content.decode()
    leaf = ada.get(f"/log/{entry.position}/leaf.json").content
    assert hashlib.sha256(b"\x00" + leaf).hexdigest() == entry.leaf_hash
    assert entry.leaf_hash in shown
    hashes = Entry.objects.filter(organisation_id=entry.organisation_id).order_by("position")
    root = merkle.root([bytes.fromhex(one.leaf_hash) for one in hashes])
    assert root.hex() in shown


def test_log_shows_the_whole_organisation_only_to_who_watches_over_it(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    for key in ("ada", "nora"):
        assert "A person was enrolled" in sign_in(key).get("/log").content.decode()
    plain = sign_in("rita").get("/log").content.decode()
    assert "A person was enrolled" not in plain
    assert f"engagement/{engagement.pk}" in plain
    assert sign_in("tom").get("/log").content.decode().count("/log/") == 0


def test_log_never_shows_a_restricted_engagement_to_who_was_not_named(world: World, sign_in: SignIn) -> None:
    named = [world.people[key].pk for key in ("dana", "alice")]
    engagement = makers_incidents.reported(world, need_to_know=True, named_people=named, title="Restricted matter")
    entry = Entry.objects.filter(organisation_id=world.organisation("northgate").pk, topic=engagement.topic).latest(
        "position"
    )
    assert sign_in("rita").get(f"/log/{entry.position}").status_code == 200
    for key in ("ada", "nora", "bob"):
        browser = sign_in(key)
        assert browser.get(f"/log/{entry.position}").status_code == 404
        assert browser.get(f"/log/{entry.position}/leaf.json").status_code == 404
        assert engagement.number not in browser.get("/log").content.decode()
        assert engagement.title not in browser.get("/").content.decode()


@pytest.mark.parametrize("address", ["/log", "/assets", "/agreements"])
def test_lists_of_records_do_not_ask_more_for_more(
    world: World, sign_in: SignIn, django_assert_max_num_queries: Any, address: str
) -> None:
    ada = sign_in("ada")
    ada.get(address)
    with django_assert_max_num_queries(14):
        ada.get(address)


def kept(engagement: Any, at: datetime, name: str, content: bytes) -> File:
    """A file handed in on this engagement, told as a deed would tell it."""
    from breakfix.kernel.access import SYSTEM

    with transaction.atomic():
        file = keep(Upload(name, content), topic=engagement.topic, at=at)
        record(
            "check.recorded",
            subject=engagement,
            by=SYSTEM,
            at=at,
            to=engagement.party_ids,
            topic=engagement.topic,
            line="A reading was taken.",
            changed=[file],
        )
    return file


def test_file_is_taken_away_and_never_shown(world: World, sign_in: SignIn, at: datetime) -> None:
    engagement = makers_incidents.reported(world)
    file = kept(engagement, at, "controller.txt", b"two drives amber\n")
    rita = sign_in("rita")
    response = rita.get(f"/files/{file.token}")
    assert response.content == b"two drives amber\n"
    assert response["Content-Disposition"] == 'attachment; filename="controller.txt"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    for page in (f"/engagements/{engagement.pk}", f"/engagements/{engagement.pk}/documents"):
        shown = rita.get(page).content.decode()
        assert f"/files/{file.token}" in shown
        assert file.sha256 in shown


@pytest.mark.parametrize("key", ["charlie", "cal", "tom"])
def test_file_of_others_is_not_there(world: World, sign_in: SignIn, at: datetime, key: str) -> None:
    file = kept(makers_incidents.reported(world), at, "controller.txt", b"two drives amber\n")
    assert sign_in(key).get(f"/files/{file.token}").status_code == 404
    assert sign_in(key).get("/files/00000000-0000-4000-8000-000000000000").status_code == 404


def test_documents_page_says_what_is_still_being_made(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    address = f"/engagements/{engagement.pk}/documents"
    rita = sign_in("rita")
    number = world.agreements["northgate"].agreement.number
    assert f"Agreement {number} version 1 is being made" in rita.get(address).content.decode()
    told = Entry.objects.count()
    refused = rita.post(f"{address}/seal_pack", {"next": address})
    assert refused.status_code == 409
    assert 'id="refusal"' in refused.content.decode()
    assert Entry.objects.count() == told


def test_closure_pack_is_the_clients_alone(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    address = f"/engagements/{engagement.pk}/documents"
    assert "Closure pack" in sign_in("ada").get(address).content.decode()
    assert "Closure pack" not in sign_in("dana").get(address).content.decode()
    assert sign_in("percy").post(f"{address}/seal_pack", {}).status_code == 403
