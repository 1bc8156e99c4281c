"""Letting somebody in on a topic, and ending that; entering people, their passwords, ending their sessions."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from breakfix.kernel import fence
from breakfix.kernel.access import Role
from breakfix.kernel.errors import Refused
from breakfix.kernel.models import Row
from breakfix.parties import rules
from breakfix.parties.models import Grant, Organisation, Person, RoleHolding, Token

USE_IS_NOTED_EVERY = timedelta(minutes=1)


def _in_force(topic: str, organisation_id: int | None, person_id: int | None, at: datetime) -> list[Grant]:
    receiver = Q(person_id=person_id) if person_id is not None else Q(organisation_id=organisation_id)
    lasting = Q(until=None) | Q(until__gt=at)
    grants = Grant.objects.select_for_update().filter(receiver, lasting, topic=topic, revoked_at=None)
    return list(grants.order_by("id"))


def share(
    topic: str,
    *,
    organisation_id: int | None = None,
    person_id: int | None = None,
    reason: str,
    at: datetime,
    until: datetime | None = None,
) -> list[Row]:
    """Let one organisation or one person see the topic until `until` (None: until withdrawn).

    Returns the grant written, or nothing when one that lasts as long is already in force.
    """
    if (organisation_id is None) == (person_id is None):
        raise ValueError("share with one organisation or with one person")
    # To let somebody else in is to write what one could not read.
    with fence.as_machine():
        for grant in _in_force(topic, organisation_id, person_id, at):
            if grant.until is None or (until is not None and grant.until >= until):
                return []
        return [
            Grant.objects.create(
                topic=topic,
                organisation_id=organisation_id,
                person_id=person_id,
                reason=reason,
                since=at,
                until=until,
            )
        ]


def withdraw(
    topic: str, *, organisation_id: int | None = None, person_id: int | None = None, at: datetime
) -> list[Row]:
    """End what this organisation or person was granted on the topic; returns the grants ended, maybe none."""
    ended: list[Row] = []
    with fence.as_machine():
        for grant in _in_force(topic, organisation_id, person_id, at):
            grant.revoked_at = at
            grant.save(update_fields=["revoked_at"])
            ended.append(grant)
    return ended


def note_token_use(token: Token, at: datetime) -> None:
    """Keep when a token was last used, to the minute: a busy client costs one write a minute, not one a request."""
    if token.last_used_at is None or at - token.last_used_at >= USE_IS_NOTED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=at)


def enrol(
    organisation: Organisation, *, name: str, email: str, phone: str, roles: list[Role], at: datetime
) -> tuple[Person, list[Row]]:
    """Enter somebody of this organisation, without a password, and give them their roles."""
    for role in roles:
        rules.check_role_fits(role, organisation.side, field="roles")
    person = Person(
        organisation=organisation,
        name=rules.text(name, "name", longest=120),
        email=rules.email(email),
        phone=rules.text(phone, "phone", longest=40, required=False),
    )
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        # Only the table knows: whoever has it may stand behind the second fence, or be invited at this very moment.
        message = "This address belongs to an account already; use another."
        raise Refused("email_taken", message, field="email") from None
    held = [RoleHolding.objects.create(person=person, role=one.value, since=at) for one in dict.fromkeys(roles)]
    return person, [*held]


def set_password(person: Person, password: str) -> None:
    """Store the password's hash, which ends every session; refuses one that the installation's rules refuse."""
    try:
        validate_password(password, person)
    except ValidationError as refusal:
        raise Refused("weak_password", " ".join(refusal.messages), field="password") from None
    person.set_password(password)
    person.save(update_fields=["password"])


def end_sessions(person: Person) -> None:
    """From now on every session of this person leads to the sign-in; the caller holds the row locked."""
    person.sessions_ended += 1
    person.save(update_fields=["sessions_ended"])


def revoke_tokens(person: Person, at: datetime) -> list[Row]:
    """End every key to the API that this person holds or issued; the caller holds their row locked."""
    ended: list[Row] = []
    held = Token.objects.filter(Q(person=person) | Q(issued_by=person), revoked_at=None).order_by("id")
    for token in held.select_for_update(of=("self",)):
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        ended.append(token)
    return ended
