"""Inviting, accepting, switching off: the whole effect, and that a refusal leaves no trace."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from breakfix.accounts import actions, rules
from breakfix.accounts.models import Invitation
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import NotAllowed, NotFound, Refused
from breakfix.kernel.models import Entry
from breakfix.parties import queries as parties
from breakfix.parties.actions import issue_token
from breakfix.parties.models import Person
from breakfix.parties.values import Scope
from tests import people, snapshots
from tests.makers import World, local

AT = local("2026-11-16 10:00")
TOKEN, PASSWORD = "a token of a test", "four plain words together"
NINA = {"name": "Nina Okoro", "email": "nina@northgate.example", "phone": "+1 212 555 0142"}


def invited(world: World, at: datetime = AT) -> Invitation:
    northgate = world.organisation("northgate").pk
    nora = people.actor("nora")
    made = actions.invite_person(northgate, **NINA, roles=[Role.APPROVER], by=nora, at=at)
    return actions.send_invitation(made.pk, token_sha256=rules.hashed(TOKEN), by=SYSTEM, at=at)


def accept(invitation: Invitation, *, token: str = TOKEN, password: str = PASSWORD, at: datetime = AT) -> Person:
    by = parties.actor_for(invitation.person)
    return actions.accept_invitation(invitation.pk, token=token, password=password, by=by, at=at)


def refused(code: str, invitation: Invitation, **given: object) -> None:
    before = snapshots.state()
    with pytest.raises(Refused) as no:
        accept(invitation, **given)  # type: ignore[arg-type]
    assert no.value.code == code
    assert snapshots.state() == before


def test_invitation_enrols_without_a_password_and_keeps_only_a_hash(small_world: World) -> None:
    invitation = invited(small_world)
    assert not invitation.person.has_usable_password()
    assert {one.role for one in parties.roles_of(invitation.person)} == {"approver"}
    assert invitation.expires_at == AT + timedelta(days=7)
    assert TOKEN not in str(snapshots.state())
    # Not even the hash is evidence: it would let whoever reads the log tell a guessed token from a wrong one.
    leaves = "".join(
        Entry.objects.filter(kind__in=["person.invited", "invitation.sent"]).values_list("leaf", flat=True)
    )
    assert leaves.count("accounts.invitation") >= 2
    assert invitation.token_sha256 not in leaves


def test_accepting_sets_the_password_once(small_world: World) -> None:
    invitation = invited(small_world)
    assert accept(invitation).check_password(PASSWORD)
    assert Entry.objects.latest("id").kind == "invitation.accepted"
    refused("invitation_over", invitation, password="something else altogether")


def test_invitation_works_for_a_week_and_not_a_second_longer(small_world: World) -> None:
    invitation = invited(small_world)
    refused("invitation_over", invitation, at=AT + timedelta(days=7))
    assert accept(invitation, at=AT + timedelta(days=7, seconds=-1)).has_usable_password()


def test_wrong_token_and_weak_password_are_refused_without_a_trace(small_world: World) -> None:
    invitation = invited(small_world)
    refused("not_found", invitation, token="another token")
    refused("weak_password", invitation, password="short")


def test_second_mail_kills_the_first_link(small_world: World) -> None:
    invitation = invited(small_world)
    actions.send_invitation(invitation.pk, token_sha256=rules.hashed("a later one"), by=SYSTEM, at=AT)
    refused("not_found", invitation)
    assert accept(invitation, token="a later one").has_usable_password()


def test_inviting_again_withdraws_what_is_open(small_world: World) -> None:
    first = invited(small_world)
    again = actions.invite_again(first.person_id, by=people.actor("nora"), at=AT + timedelta(days=1))
    refused("invitation_over", first)
    actions.send_invitation(again.pk, token_sha256=rules.hashed("new"), by=SYSTEM, at=AT)
    accept(again, token="new")
    with pytest.raises(Refused, match="has_password"):
        actions.invite_again(first.person_id, by=people.actor("nora"), at=AT)


def test_invited_for_oneself_only(small_world: World) -> None:
    invitation = invited(small_world)
    with pytest.raises(NotFound):
        actions.accept_invitation(invitation.pk, token=TOKEN, password=PASSWORD, by=people.actor("bob"), at=AT)


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ("alice", {}, "not_allowed"),
        ("hugo", {}, "not_found"),
        ("nora", {"roles": []}, "no_role"),
        ("nora", {"roles": [Role.DISPATCHER]}, "role_of_other_side"),
        ("nora", {"email": "bob@northgate.example"}, "email_taken"),
    ],
)
def test_invitation_is_refused_without_a_trace(
    small_world: World, who: str, given: dict[str, object], code: str
) -> None:
    before = snapshots.state()
    asked = {**NINA, "roles": [Role.REQUESTER], **given}
    with pytest.raises(Refused) as no:
        actions.invite_person(
            small_world.organisation("northgate").pk,
            **asked,
            by=people.actor(who),
            at=AT,  # type: ignore[arg-type]
        )
    assert no.value.code == code
    assert snapshots.state() == before


def test_switching_off_ends_access_and_invitations_and_on_gives_it_back(small_world: World) -> None:
    invitation, nora = invited(small_world), people.actor("nora")
    off = actions.switch_off_person(invitation.person_id, by=nora, at=AT)
    assert (off.is_active, parties.actor_for(off).roles) == (False, frozenset())
    with pytest.raises(NotAllowed):
        accept(Invitation.objects.get(pk=invitation.pk))
    with pytest.raises(Refused, match="already_switched"):
        actions.switch_off_person(invitation.person_id, by=nora, at=AT)
    on = actions.switch_on_person(invitation.person_id, by=nora, at=AT)
    assert parties.actor_for(on).roles == {Role.APPROVER}
    refused("invitation_over", invitation)
    assert list(Entry.objects.order_by("-id").values_list("kind", flat=True)[:2]) == [
        "person.switched_on",
        "person.switched_off",
    ]


def test_nobody_switches_off_themselves_or_somebody_of_another_house(small_world: World) -> None:
    nora, before = people.actor("nora"), snapshots.state()
    with pytest.raises(Refused, match="own_access"):
        actions.switch_off_person(people.person("nora").pk, by=nora, at=AT)
    for deed in (actions.switch_off_person, actions.switch_on_person, actions.end_sessions, actions.invite_again):
        with pytest.raises(NotFound):
            deed(people.person("charlie").pk, by=nora, at=AT)
        # The provider's administrator sees the client's people, and decides nothing about them.
        with pytest.raises(NotFound):
            deed(people.person("bob").pk, by=people.actor("percy"), at=AT)
        with pytest.raises(NotAllowed):
            deed(people.person("bob").pk, by=people.actor("alice"), at=AT)
    assert snapshots.state() == before


@pytest.mark.parametrize("end", [actions.switch_off_person, actions.end_sessions])
def test_whoever_is_put_out_everywhere_keeps_no_token(small_world: World, end: Callable[..., Person]) -> None:
    """Not even after they are let in again: whoever stole it would be let in with them."""
    bob, nora = people.person("bob"), people.actor("nora")
    by, until = people.actor("bob", confirmed_at=AT), AT + timedelta(days=7)
    held = issue_token(name="laptop", scopes=[Scope.READ], expires_at=until, by=by, at=AT)
    with clock.set_to(AT):
        assert parties.token_of(held.secret).pk == held.pk
        end(bob.pk, by=nora, at=AT)
        if end is actions.switch_off_person:
            actions.switch_on_person(bob.pk, by=nora, at=AT)
        with pytest.raises(Refused):
            parties.token_of(held.secret)
