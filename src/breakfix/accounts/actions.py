"""Asking people in, letting them choose their password, and switching access off and on again."""

from datetime import datetime

from django.db import transaction

from breakfix.accounts import queries, rules
from breakfix.accounts.models import Invitation
from breakfix.kernel import factors
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import queries as parties
from breakfix.parties import steps
from breakfix.parties.models import Organisation, Person


@transaction.atomic
def invite_person(
    organisation_id: int,
    *,
    name: str,
    email: str,
    roles: list[Role],
    phone: str = "",
    by: Actor,
    at: datetime,
) -> Invitation:
    """Enrol somebody and ask them in by mail: the link works once, for a week, and lets them choose a password."""
    organisation = parties.lock_organisation(organisation_id, by=by)
    require(by, Deed.INVITE_PERSON, org=organisation_id)
    rules.check_roles(roles)
    person, given = steps.enrol(organisation, name=name, email=email, phone=phone, roles=roles, at=at)
    invitation = Invitation.objects.create(person=person, invited_at=at, expires_at=at + rules.LASTS)
    words = ", ".join(role.value.replace("_", " ") for role in dict.fromkeys(roles))
    line = f"A person was invited ({words})."
    _tell("person.invited", organisation, line, [invitation, person, *given], by, at)
    return invitation


@transaction.atomic
def invite_again(person_id: int, *, by: Actor, at: datetime) -> Invitation:
    """A new link for another week; every earlier one is dead from now on."""
    person = parties.lock_person(person_id, by=by)
    require(by, Deed.INVITE_AGAIN, org=person.organisation_id)
    rules.check_can_invite_again(has_password=person.has_usable_password(), is_active=person.is_active)
    dead = _withdraw_open(person, at)
    invitation = Invitation.objects.create(person=person, invited_at=at, expires_at=at + rules.LASTS)
    line = "A person was invited again; earlier links no longer work."
    _tell("person.invited", person.organisation, line, [invitation, *dead], by, at)
    return invitation


@transaction.atomic
def send_invitation(invitation_id: int, *, token_sha256: str, by: Actor, at: datetime) -> Invitation:
    """Give the invitation the token that the mail carries; sent once more, only the last mail's link works."""
    require(by, Deed.SEND_INVITATION)
    invitation = queries.lock_invitation(invitation_id)
    rules.check_open(is_open=invitation.is_open, expires_at=invitation.expires_at, at=at)
    invitation.token_sha256, invitation.sent_at = token_sha256, at
    invitation.save(update_fields=["token_sha256", "sent_at"])
    organisation = invitation.person.organisation
    _tell("invitation.sent", organisation, "An invitation went out by mail.", [invitation], by, at)
    return invitation


@transaction.atomic
def accept_invitation(invitation_id: int, *, token: str, password: str, by: Actor, at: datetime) -> Person:
    """Choose the first password; the link is used up, and everything else follows from signing in."""
    # The person first, as whoever withdraws links takes them: two deeds must not wait for each other.
    person = parties.lock_person(by.person_id or 0, by=by)
    invitation = queries.lock_invitation(invitation_id)
    require(by, Deed.ACCEPT_INVITATION, org=person.organisation_id)
    if invitation.person_id != person.pk or invitation.token_sha256 != rules.hashed(token):
        raise NotFound("This invitation")
    rules.check_open(is_open=invitation.is_open, expires_at=invitation.expires_at, at=at)
    steps.set_password(person, password)
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    _tell("invitation.accepted", person.organisation, "A person accepted the invitation.", [invitation], by, at)
    return person


@transaction.atomic
def switch_off_person(person_id: int, *, by: Actor, at: datetime) -> Person:
    """End somebody's access at once: every session, token and open invitation; roles and history stay on record."""
    person = parties.lock_person(person_id, by=by)
    require(by, Deed.SWITCH_OFF_PERSON, org=person.organisation_id)
    rules.check_not_oneself(by, person_id)
    rules.check_switched(is_active=person.is_active, wanted=False)
    person.is_active = False
    person.save(update_fields=["is_active"])
    steps.end_sessions(person)
    dead = [*_withdraw_open(person, at), *steps.revoke_tokens(person, at)]
    _tell("person.switched_off", person.organisation, "A person's access was ended.", [person, *dead], by, at)
    return person


@transaction.atomic
def switch_on_person(person_id: int, *, by: Actor, at: datetime) -> Person:
    """Let somebody in again, with the roles they hold."""
    person = parties.lock_person(person_id, by=by)
    require(by, Deed.SWITCH_ON_PERSON, org=person.organisation_id)
    rules.check_switched(is_active=person.is_active, wanted=True)
    person.is_active = True
    person.save(update_fields=["is_active"])
    _tell("person.switched_on", person.organisation, "A person was given access again.", [person], by, at)
    return person


@transaction.atomic
def end_sessions(person_id: int, *, by: Actor, at: datetime) -> Person:
    """Sign somebody out everywhere, at once: a lost telephone, a browser left open; their tokens end with it."""
    person = parties.lock_person(person_id, by=by)
    require(by, Deed.END_SESSIONS, org=person.organisation_id)
    steps.end_sessions(person)
    dead = steps.revoke_tokens(person, at)
    _tell("sessions.ended", person.organisation, "A person was signed out everywhere.", [person, *dead], by, at)
    return person


@transaction.atomic
def remove_factors(person_id: int, *, by: Actor, at: datetime) -> Person:
    """For somebody who lost phone, key and codes: they sign in with the password once more and enrol anew."""
    person = parties.lock_person(person_id, by=by)
    require(by, Deed.REMOVE_FACTORS, org=person.organisation_id)
    rules.check_not_oneself(by, person_id)
    if not factors.remove_all(person_id):
        raise Refused("no_factor", "They have no second factor that could be removed.")
    steps.end_sessions(person)
    line = "A person's second factors were removed; they enrol anew."
    _tell("factors.removed", person.organisation, line, [person], by, at)
    return person


def _withdraw_open(person: Person, at: datetime) -> list[Row]:
    rows = Invitation.objects.select_for_update().filter(person=person, accepted_at=None, withdrawn_at=None)
    withdrawn: list[Row] = []
    for row in rows.order_by("id"):
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        withdrawn.append(row)
    return withdrawn


def _tell(kind: str, organisation: Organisation, line: str, changed: list[Row], by: Actor, at: datetime) -> None:
    record(
        kind,
        subject=changed[0],
        by=by,
        at=at,
        to=[organisation.pk],
        topic=organisation.topic,
        line=line,
        changed=changed,
    )
