"""Taking a call: who may be calling, what is read back, and that nothing else is reported."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.incidents import calling, queries
from breakfix.incidents.actions.calling import take_call
from breakfix.incidents.models import Clock, Engagement
from breakfix.incidents.values import Call, ClockKind, Status, Verdict
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.models import Entry
from tests.makers import World
from tests.makers_incidents import ARCHIVE_GAP, CALM, OPENING, OUTAGE, REPORTED
from tests.refusals import refused

NUMBER = "+1 212 555 0142"


def heard(**given: Any) -> Call:
    usual: dict[str, Any] = {
        "title": "Backup server dead",
        "domain": Domain.HW_RAID,
        "answers": OPENING,
        "outage_started_at": OUTAGE,
        "obligations": [ARCHIVE_GAP],
    }
    return Call(**{**usual, **given})


def read(
    world: World, call: Call, *, who: str = "dana", caller: str = "rita", label: str | None = None, **given: Any
) -> Any:
    person, serial = world.people[caller].pk, world.assets["backup"].serial if label is None else label
    by = world.actor(who)
    return calling.read_back(person, callback=NUMBER, call=call, label=serial, **given, by=by, at=REPORTED)


def taken(world: World, call: Call, *, sha256: str | None = None, caller: str = "rita") -> Engagement:
    return take_call(
        world.people[caller].pk,
        callback=NUMBER,
        call=call,
        label=world.assets["backup"].serial,
        read_back_sha256=read(world, call, caller=caller).sha256 if sha256 is None else sha256,
        by=world.actor("dana"),
        at=REPORTED,
    )


def test_what_is_read_back_is_all_that_counts(world: World) -> None:
    found = read(world, heard())
    assert found.sentences == (
        "You are Rita Solano of Northgate Trading, and we reach you at +1 212 555 0142.",
        f"It is about nyc-backup-01 at {world.assets['backup'].site.name}: Backup server dead.",
        "We report it under: RAID array or its controller.",
        "It began on Tuesday 1 December 2026 at 19:40.",
        "The business earns as usual, and 5 to 49 people cannot work properly.",
        "The only copy of data is at risk, and something sets a deadline.",
        "It really hurts within a day, there is no way around it, and it is getting worse.",
        "Owed: Archive gap closed, 24 hours from Tuesday 1 December 2026 at 19:40.",
        "Somebody has to come to the site.",
        "That makes it P1.",
    )
    promised = dict(found.promises)
    assert promised[ClockKind.ENGAGE] == REPORTED + timedelta(minutes=30)
    assert promised[ClockKind.ONSITE] == REPORTED + timedelta(hours=4)


def test_domain_asks_on_the_telephone_too(world: World) -> None:
    call = heard(details={"failed": "2", "rebuild": "not known yet"})
    assert "How many of them show amber, red or nothing: 2 drives." in read(world, call).sentences
    with refused("changed_since_read"):
        taken(world, replace(call, details={"failed": "3"}), sha256=read(world, call).sha256)
    engagement = taken(world, call)
    assert {one["id"]: one["answer"] for one in engagement.details} == {"failed": "2 drives", "rebuild": ""}
    with refused("unknown_question"):
        read(world, heard(details={"colour": "red"}))


def test_call_about_an_attack_is_known_to_few(world: World) -> None:
    engagement = taken(world, heard(domain=Domain.SEC, obligations=None, answers=CALM))
    assert engagement.need_to_know
    assert engagement in queries.visible_to(world.actor("dana"))
    assert engagement not in queries.visible_to(world.actor("bob"))


def test_call_is_reported_and_answered_in_one_deed(world: World) -> None:
    engagement = taken(world, heard())
    assert (engagement.status, engagement.priority) == (Status.ACKNOWLEDGED, "P1")
    assert (engagement.callback, engagement.requester) == (NUMBER, world.people["rita"])
    assert engagement.asset == world.assets["backup"]
    (ack,) = [one for one in queries.readings(engagement, REPORTED) if one.kind is ClockKind.ACK]
    assert ack.verdict is Verdict.MET
    for organisation_id in engagement.party_ids:
        kinds = [entry.kind for entry in ledger.entries(organisation_id, topic=engagement.topic)]
        assert sorted(kinds) == ["call.taken", "engagement.acknowledged", "engagement.submitted"]


def test_log_holds_what_was_read_but_not_who_called(world: World) -> None:
    engagement = taken(world, heard())
    for entry in Entry.objects.filter(topic=engagement.topic, kind="call.taken"):
        written = entry.leaf
        assert "Owed: Archive gap closed" in written
        assert "Rita" not in written
        assert "0142" not in written


@pytest.mark.parametrize("sha256", ["", "0" * 64])
def test_what_was_not_read_back_is_not_reported(world: World, sha256: str) -> None:
    with refused("changed_since_read" if sha256 else "not_read_back"):
        taken(world, heard(), sha256=sha256)
    assert not Engagement.objects.exists()
    assert not Clock.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another thing"},
        {"answers": replace(OPENING, emergency_calling_down=True)},
        {"onsite_needed": False},
        {"domain": Domain.HW_SAN},
        {"description": "Smoke"},
        {"distance_miles": Decimal(80)},
        {"obligations": [replace(ARCHIVE_GAP, harm=Decimal(1))]},
    ],
)
def test_what_changed_after_it_was_read_is_read_again(world: World, changed: dict[str, Any]) -> None:
    call = heard()
    with refused("changed_since_read"):
        taken(world, replace(call, **changed), sha256=read(world, call).sha256)


def test_label_names_a_machine_that_was_never_shared(world: World) -> None:
    for written in (world.assets["backup"].serial.lower(), f" {world.assets['backup'].serial} "):
        assert read(world, heard(), label=written).asset == world.assets["backup"]
    with refused("unknown_label"):
        read(world, heard(), label="no such number")


def test_label_of_another_client_is_unknown(world: World) -> None:
    other = world.people["hana"]
    with refused("unknown_label"):
        read(world, heard(obligations=None, answers=CALM), caller=other.email.split("@")[0])


def test_site_of_another_client_is_not_the_callers(world: World) -> None:
    others = world.people["hana"].organisation_id
    foreign = next(site for site in world.sites.values() if site.organisation_id == others)
    machine = next(one for one in world.assets.values() if one.client_id == others)
    for given in ({"site_id": foreign.pk}, {"asset_id": machine.pk}):
        with refused("not_of_client"):
            read(world, heard(), label="", **given)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"title": "It will be USD 5,000"}, "verbal_promise"),
        ({"title": ""}, "missing_field"),
        ({"outage_started_at": REPORTED + timedelta(minutes=1)}, "in_future"),
        ({"obligations": None}, "obligation_without_date"),
    ],
)
def test_what_could_not_be_reported_is_not_read(world: World, given: dict[str, Any], code: str) -> None:
    with refused(code):
        read(world, heard(**given))


def test_what_broke_has_to_be_said(world: World) -> None:
    with refused("asset_or_site"):
        read(world, heard(), label=" ")
    with refused("not_found"):
        read(world, heard(), label="", asset_id=987_654_321)


@pytest.mark.parametrize("who", ["rita", "quinn", "tom", "percy", "alice"])
def test_only_the_desk_takes_calls(world: World, who: str) -> None:
    with refused("not_allowed"):
        read(world, heard(), who=who)
    with refused("not_allowed"):
        calling.callers("Rita", world.actor(who), REPORTED)


@pytest.mark.parametrize("words", ["rita", "Northgate solano", "rita north"])
def test_callers_are_found_by_what_they_say(world: World, words: str) -> None:
    assert world.people["rita"] in calling.callers(words, world.actor("dana"), REPORTED)


def test_callers_are_people_of_clients_only(world: World) -> None:
    desk = world.actor("dana")
    assert calling.callers("Okafor", desk, REPORTED) == []
    found = calling.callers("", desk, REPORTED)
    assert len(found) <= calling.MOST_CALLERS
    assert not any(person.organisation.is_provider for person in found)
    with refused("not_of_client"):
        calling.get_caller(world.people["tom"].pk, desk, REPORTED)
