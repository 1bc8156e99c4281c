"""The environment dossier: redacted until revealed, read by who is booked, every reading on record (domain.md E2)."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.diagnosis import dossier as dossiers
from breakfix.diagnosis import queries
from breakfix.diagnosis.actions import dossier as actions
from breakfix.diagnosis.models import DossierEntry, DossierReading, DossierReveal
from breakfix.diagnosis.rules import dossier as rules
from breakfix.diagnosis.values import DossierKind
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch.actions import desk
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.kernel.ledger.queries import entries
from tests import makers_diagnosis
from tests.makers import World, local
from tests.makers_dispatch import arrived, dispatched
from tests.makers_incidents import reported
from tests.people import actor
from tests.refusals import refused

K = DossierKind
NOTED, REVEALED, READ = local("2026-11-03 10:00"), local("2026-12-01 20:12"), local("2026-12-01 20:14")
SECRET = "Rack 4, the key hangs behind the fuse box."


def note(world: World, who: str = "rita", **given: Any) -> DossierEntry:
    usual: dict[str, Any] = {"kind": K.ACCESS, "title": "Server room", "text": SECRET, "at": NOTED}
    return actions.note_dossier_entry(world.assets["backup"].site_id, **{**usual, **given}, by=actor(who))


def reveal(engagement: Engagement, *kinds: DossierKind, **given: Any) -> Engagement:
    return actions.reveal_dossier(engagement.pk, kinds=list(kinds), by=actor("rita"), **{"at": REVEALED, **given})


def read(engagement: Engagement, who: str = "tom", **given: Any) -> DossierReading:
    return actions.read_dossier(engagement.pk, by=actor(who), **{"at": READ, **given})


def test_entry_is_its_clients_own(world: World) -> None:
    entry = note(world)
    assert list(dossiers.dossier_visible_to(actor("sol"))) == [entry]
    for stranger in ("hana", "dana", "tom", "quinn"):
        assert not dossiers.dossier_visible_to(actor(stranger)).exists()


def test_the_same_form_sent_twice_leaves_one_entry(world: World) -> None:
    entry = note(world)
    with refused("known", field="title"):
        note(world, title=" server ROOM ", text="Rack 5.")
    elsewhere = note(world, asset_id=world.assets["switch"].pk)
    other = note(world, kind=K.BACKUPS)
    actions.remove_dossier_entry(entry.pk, by=actor("rita"), at=REVEALED)
    assert {elsewhere, other, note(world)} == set(dossiers.dossier_visible_to(actor("rita")))


def test_correction_takes_no_title_of_another_entry(world: World) -> None:
    entry, other = note(world), note(world, title="Second room")
    typed = {"text": "Rack 7.", "by": actor("rita"), "at": REVEALED}
    with refused("known", field="title"):
        actions.correct_dossier_entry(other.pk, title=f" {entry.title.upper()} ", **typed)
    assert actions.correct_dossier_entry(entry.pk, title=entry.title.upper(), **typed).text == "Rack 7."


def test_dossier_is_redacted_until_the_client_reveals_it(world: World) -> None:
    note(world)
    engagement = dispatched(world)
    assert dossiers.revealed(engagement) == []
    with refused("redacted"):
        read(engagement)


def test_revealed_kinds_of_this_place_and_machine_are_read_and_every_reading_is_on_record(world: World) -> None:
    door = note(world)
    disks = note(world, kind=K.BACKUPS, title="Tapes", text="In the safe.", asset_id=world.assets["backup"].pk)
    note(world, kind=K.NETWORK, title="VLANs", text="12 is storage.")
    note(world, title="The switch", text="On the roof.", asset_id=world.assets["switch"].pk)
    engagement = dispatched(world)
    reveal(engagement, K.ACCESS, K.BACKUPS)
    reading = read(engagement)
    assert dossiers.revealed(engagement) == [door, disks]
    assert (reading.entries, reading.person_id, reading.read_at) == (
        [door.pk, disks.pk],
        actor("tom").person_id,
        READ,
    )
    read(engagement, at=READ + timedelta(minutes=5))
    seen = dossiers.readings_visible_to(actor("rita"))
    assert [one.read_at for one in seen] == [READ + timedelta(minutes=5), READ]
    told = [one for one in entries(engagement.client_id, topic=engagement.topic) if one.kind == "dossier.read"]
    assert len(told) == 2


def test_log_holds_no_word_of_the_dossier_in_what_cannot_be_erased(world: World) -> None:
    note(world)
    told = [one for one in entries(world.assets["backup"].client_id) if one.kind == "dossier.noted"]
    assert len(told) == 1
    assert SECRET not in told[0].leaf
    assert "Server room" not in told[0].leaf
    provider = world.organisations["ironbridge"].pk
    assert not [one for one in entries(provider) if one.kind.startswith("dossier.")]


def test_reveal_replaces_what_was_open_and_redacting_closes_it(world: World) -> None:
    note(world)
    engagement = dispatched(world)
    reveal(engagement, K.ACCESS, K.NETWORK)
    reveal(engagement, K.NETWORK, K.HAZARDS, at=READ)
    assert [one.kind for one in dossiers.reveals(engagement)] == ["network", "hazards"]
    assert DossierReveal.objects.get(kind="access").withdrawn_at == READ
    assert dossiers.revealed(engagement) == []
    actions.redact_dossier(engagement.pk, by=actor("sol"), at=READ)
    with refused("redacted"):
        actions.redact_dossier(engagement.pk, by=actor("sol"), at=READ)
    with refused("redacted"):
        read(engagement)


def test_only_who_is_booked_reads_it(world: World) -> None:
    note(world)
    engagement = dispatched(world)
    reveal(engagement, K.ACCESS)
    for who, code in (
        ("dana", "not_allowed"),
        ("quinn", "not_allowed"),
        ("rita", "not_allowed"),
        ("ana", "not_found"),
    ):
        with refused(code):
            read(engagement, who)
    (booking,) = dispatch.live_bookings(engagement)
    desk.release_booking(booking.pk, reason="Ill", by=actor("dana"), at=READ)
    with refused("not_found"):
        read(engagement)


def test_reveal_of_one_engagement_opens_no_other(world: World) -> None:
    note(world)
    reveal(reported(world), K.ACCESS)
    engagement = dispatched(world, title="Another failure")
    with refused("redacted"):
        read(engagement)


def test_over_closes_the_dossier(world: World) -> None:
    note(world)
    engagement = dispatched(world)
    reveal(engagement, K.ACCESS)
    course.cancel_engagement(engagement.pk, reason="Found it", by=actor("rita"), at=READ)
    with refused("over"):
        read(engagement)
    with refused("over"):
        reveal(engagement, K.NETWORK, at=READ)


@pytest.mark.parametrize(("days", "stale"), [(0, False), (179, False), (180, False), (181, True)])
def test_entry_is_stale_after_180_days(days: int, stale: bool) -> None:
    assert rules.is_stale(NOTED, NOTED + timedelta(days=days)) is stale
    assert rules.is_stale(NOTED, NOTED + timedelta(days=180, microseconds=1))


def test_entry_confirmed_is_fresh_again_and_removed_is_gone(world: World) -> None:
    entry, later = note(world), NOTED + timedelta(days=200)
    assert dossiers.is_stale(entry, later)
    entry = actions.correct_dossier_entry(entry.pk, title="Server room", text=SECRET, by=actor("seth"), at=later)
    assert not dossiers.is_stale(entry, later)
    actions.remove_dossier_entry(entry.pk, by=actor("nora"), at=later)
    assert not dossiers.dossier_visible_to(actor("rita")).exists()
    with refused("not_found"):
        actions.remove_dossier_entry(entry.pk, by=actor("nora"), at=later)


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ("rita", {"title": " "}, "missing_field"),
        ("rita", {"text": ""}, "missing_field"),
        ("rita", {"text": "x" * 4001}, "too_long"),
        ("rita", {"machine": "clinic-host"}, "not_found"),
        ("alice", {}, "not_allowed"),
        ("dana", {}, "not_allowed"),
        ("hana", {}, "not_found"),
    ],
)
def test_entry_refused_leaves_no_trace(world: World, who: str, given: dict[str, Any], code: str) -> None:
    if "machine" in given:
        given = {"asset_id": world.assets[given["machine"]].pk}
    with refused(code):
        note(world, who, **given)


def test_machine_of_another_site_is_refused(world: World) -> None:
    rules.check_place(site_id=1, asset_site_id=None)
    rules.check_place(site_id=1, asset_site_id=1)
    with refused("other_site"):
        rules.check_place(site_id=1, asset_site_id=2)


def test_earlier_failures_of_the_machine_and_of_its_model(world: World) -> None:
    first = makers_diagnosis.diagnosed(world)
    assert queries.earlier_failures(first).own == []
    second = reported(world, at=local("2026-12-03 09:00"))
    earlier = queries.earlier_failures(second)
    assert [one.engagement_id for one in earlier.own] == [first.pk]
    assert earlier.modes == [("controller resets under write load", 1)]


def test_engagement_without_a_machine_knows_of_none(world: World) -> None:
    engagement = arrived(world)
    engagement.asset = None
    assert queries.earlier_failures(engagement) == queries.Earlier([], [])
