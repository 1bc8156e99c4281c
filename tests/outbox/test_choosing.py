"""The deeds of one's own notifications, with the world and its log."""

from datetime import time, timedelta
from typing import Any

import pytest

from breakfix.approvals.values import Channel
from breakfix.kernel import clock
from breakfix.kernel.access import Role
from breakfix.kernel.errors import NotAllowed, NotFound, Refused
from breakfix.kernel.models import Entry, PersonalPart
from breakfix.outbox import actions, queries
from breakfix.outbox.models import Device, Preference
from breakfix.outbox.values import Event, Happening
from breakfix.parties.actions import take_role
from tests import makers_quotes
from tests.makers import World, local
from tests.outbox.devices import browser_of_someone, subscribed

NOON = local("2026-12-01 12:00")
ASKED = Happening(Event.ASKED, asked=True)
MAIL, PUSH, SMS = Channel.EMAIL, Channel.PUSH, Channel.SMS


def choose(world: World, who: str, **given: Any) -> Preference:
    return actions.set_preferences(by=world.actor(who, NOON), at=NOON, **given)


def ways(world: World, who: str, what: Happening = ASKED) -> list[Channel]:
    return queries.ways_to(world.people[who], what, NOON)[0]


def test_choice_replaces_what_the_roles_suggest_and_is_on_record(world: World) -> None:
    assert Channel.SMS not in ways(world, "alice")
    choose(world, "alice", chosen={Event.ASKED: {SMS: True, PUSH: False}}, quiet_from=time(23), quiet_until=time(6))
    choices = queries.choices_of(world.people["alice"], NOON)
    assert choices.channels[Event.ASKED] == {MAIL, SMS}
    assert choices.channels[Event.PROGRESS] == {MAIL}  # what was not named stays as it was
    assert choices.quiet is not None
    assert (choices.quiet.since, choices.quiet.until, choices.quiet.zone) == (time(23), time(6), "America/New_York")
    entry = Entry.objects.get(kind="preferences.set")
    assert entry.organisation_id == world.organisation("northgate").pk
    # Whoever reads the log learns that something was chosen, not what: that is in the part that can be erased.
    assert "sms" not in entry.leaf
    assert "sms" in PersonalPart.objects.get(entry=entry).content
    choose(world, "alice", quiet_from=None, quiet_until=None)
    assert queries.choices_of(world.people["alice"], NOON).quiet is None
    assert Preference.objects.count() == 1


def test_refused_choice_leaves_no_trace(world: World) -> None:
    for who, chosen, code in (
        ("mona", {Event.URGENT: {SMS: False}}, "on_duty"),
        ("sol", {Event.SECURITY: {PUSH: False}}, "on_duty"),
        ("alice", {Event.ASKED: {MAIL: False, PUSH: False}}, "unreachable"),
        ("rita", {Event.MONEY: {Channel.VOICE: True}}, "not_offered"),
    ):
        with pytest.raises(Refused) as no:
            choose(world, who, chosen=chosen)
        assert no.value.code == code
    assert not Preference.objects.exists()
    assert not Entry.objects.filter(kind="preferences.set").exists()


def test_somebody_without_a_role_chooses_nothing(world: World) -> None:
    take_role(world.people["bob"].pk, role=Role.REQUESTER, by=world.actor("nora", NOON), at=NOON)
    with clock.set_to(NOON + timedelta(minutes=1)), pytest.raises(NotAllowed):
        choose(world, "bob")


def test_approver_cannot_switch_off_while_a_p1_waits_for_them(world: World) -> None:
    """Chosen before the night, it does not count in the night; and it cannot be chosen then."""
    off = {Event.URGENT: {PUSH: False, SMS: False}}
    choose(world, "alice", chosen=off)
    assert queries.choices_of(world.people["alice"], NOON).channels[Event.URGENT] == {MAIL}
    makers_quotes.issued(world)
    at = makers_quotes.ISSUED
    choices = queries.choices_of(world.people["alice"], at)
    assert choices.channels[Event.URGENT] == {MAIL, PUSH, SMS}
    assert choices.fixed == {Event.URGENT: {PUSH, SMS}}
    with pytest.raises(Refused) as no:
        actions.set_preferences(chosen=off, by=world.actor("alice", at), at=at)
    assert no.value.code == "on_duty"
    # For an approver of another client nothing changed.
    assert queries.choices_of(world.people["charlie"], at).fixed == {}


def test_way_that_leads_nowhere_is_replaced_by_mail(world: World) -> None:
    choose(world, "alice", chosen={Event.ASKED: {MAIL: False}})
    assert ways(world, "alice") == [MAIL]  # push alone, and no device
    subscribed(world, "alice", at=NOON)
    assert ways(world, "alice") == [PUSH]


def test_quiet_hours_hold_back_by_their_own_zone(world: World) -> None:
    choose(world, "alice", quiet_from=time(10), quiet_until=time(14), zone="Asia/Tokyo")
    noon_in_tokyo = local("2026-12-01 22:00")  # New York; 12:00 of the 2nd in Tokyo
    assert queries.ways_to(world.people["alice"], ASKED, noon_in_tokyo)[1] == local("2026-12-02 00:00")
    p1 = Happening(Event.URGENT, p1=True, asked=True)
    assert queries.ways_to(world.people["alice"], p1, noon_in_tokyo)[1] == noon_in_tokyo


def test_device_is_its_owners_alone_and_its_address_is_in_no_log(world: World) -> None:
    device = subscribed(world, "alice", at=NOON)
    entry = Entry.objects.get(kind="device.subscribed")
    assert device.endpoint not in entry.leaf + PersonalPart.objects.get(entry=entry).content
    with pytest.raises(NotFound):
        actions.remove_device(device.pk, by=world.actor("bob", NOON), at=NOON)
    actions.remove_device(device.pk, by=world.actor("alice", NOON), at=NOON)
    device.refresh_from_db()
    assert (device.removed_at, device.endpoint, device.auth) == (NOON, "", "")
    with pytest.raises(NotFound):
        actions.remove_device(device.pk, by=world.actor("alice", NOON), at=NOON)


def test_browser_that_changes_hands_shows_nothing_of_its_former_owner(world: World) -> None:
    browser = browser_of_someone("https://push.example/one")
    first = subscribed(world, "alice", browser, at=NOON)
    with pytest.raises(Refused) as no:
        subscribed(world, "alice", browser, at=NOON)
    assert no.value.code == "already_subscribed"
    subscribed(world, "bob", browser, at=NOON)
    first.refresh_from_db()
    assert first.removed_at == NOON
    assert queries.devices_of(world.people["alice"].pk) == []
    assert len(queries.devices_of(world.people["bob"].pk)) == 1


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("endpoint", "https://127.0.0.1/x", "bad_endpoint"),
        ("endpoint", "http://push.example/x", "bad_endpoint"),
        ("endpoint", "https://2130706433/x", "bad_endpoint"),
        ("p256dh", "AAAA", "bad_key"),
        ("auth", "not base64!", "bad_key"),
    ],
)
def test_subscription_that_could_harm_is_refused(field: str, value: str, code: str, world: World) -> None:
    given = {**browser_of_someone("https://push.example/one").subscription(), field: value}
    with pytest.raises(Refused) as no:
        actions.subscribe_device(**given, by=world.actor("alice", NOON), at=NOON)
    assert (no.value.code, no.value.field) == (code, field)
    assert not Device.objects.exists()


def test_ten_devices_are_enough(world: World) -> None:
    for number in range(actions.MOST_DEVICES):
        subscribed(world, "alice", browser_of_someone(f"https://push.example/{number}"), at=NOON)
    with pytest.raises(Refused) as no:
        subscribed(world, "alice", browser_of_someone("https://push.example/more"), at=NOON)
    assert no.value.code == "too_many_devices"
