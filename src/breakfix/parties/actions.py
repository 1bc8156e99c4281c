"""Setting up who there is, and letting somebody in on a restricted engagement."""

import hashlib
import secrets
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.kernel.access import Actor, Deed, Role, Side, check_confirmed, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import queries, rules, steps
from breakfix.parties.models import Grant, Organisation, Person, RoleHolding, Site, Token
from breakfix.parties.values import Scope


@transaction.atomic
def register_organisation(
    *,
    name: str,
    slug: str,
    side: Side,
    zone: str,
    currency: str,
    legal_name: str = "",
    tax_id: str = "",
    address: str = "",
    known_to: list[int] | None = None,
    by: Actor,
    at: datetime,
) -> Organisation:
    """Bring a client or a provider onto this installation; its evidence log begins here.

    `known_to` are organisations with which it sees who the other is: they can then draft an agreement.
    """
    require(by, Deed.REGISTER_ORGANISATION)
    rules.check_side(side)
    rules.check_zone(zone)
    rules.check_currency(currency)
    name = rules.text(name, "name", longest=120)
    slug = rules.slug(slug)
    if queries.find_organisation(slug) is not None:
        raise Refused("slug_taken", "Another organisation has this short name.", field="slug")
    organisation = Organisation.objects.create(
        name=name,
        legal_name=rules.text(legal_name, "legal_name", longest=200, required=False) or name,
        slug=slug,
        side=side.value,
        zone=zone,
        tax_id=rules.text(tax_id, "tax_id", longest=60, required=False),
        address=rules.text(address, "address", longest=500, required=False),
        currency=currency,
    )
    _tell("organisation.registered", organisation, f"{name} joined as a {side}.", [organisation], by, at)
    for other_id in sorted(set(known_to or ())):
        _introduce(organisation, queries.get_organisation(other_id, by=by), by, at)
    return organisation


def _introduce(one: Organisation, other: Organisation, by: Actor, at: datetime) -> None:
    """Let each see who the other is: name, sites and people, no engagement."""
    reason = "introduced by whoever runs this installation"
    rows = steps.share(one.topic, organisation_id=other.pk, reason=reason, at=at)
    rows += steps.share(other.topic, organisation_id=one.pk, reason=reason, at=at)
    line = f"{one.name} and {other.name} were introduced to each other."
    record(
        "organisation.introduced",
        subject=one,
        by=by,
        at=at,
        to=(one.pk, other.pk),
        topic=one.topic,
        line=line,
        changed=rows,
    )


@transaction.atomic
def open_site(
    organisation_id: int,
    *,
    name: str,
    address: str,
    zone: str,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    contact_name: str = "",
    contact_phone: str = "",
    access_notes: str = "",
    by: Actor,
    at: datetime,
) -> Site:
    """Add a place where things break; its zone governs every clock of what breaks there."""
    organisation = queries.lock_organisation(organisation_id, by=by)
    require(by, Deed.OPEN_SITE, org=organisation_id)
    rules.check_zone(zone)
    rules.check_coordinates(latitude, longitude)
    name = rules.text(name, "name", longest=120)
    if Site.objects.filter(organisation=organisation, name=name).exists():
        raise Refused("site_exists", "This organisation has a site of that name already.", field="name")
    site = Site.objects.create(
        organisation=organisation,
        name=name,
        address=rules.text(address, "address", longest=500),
        zone=zone,
        latitude=rules.degrees(latitude),
        longitude=rules.degrees(longitude),
        contact_name=rules.text(contact_name, "contact_name", longest=120, required=False),
        contact_phone=rules.text(contact_phone, "contact_phone", longest=40, required=False),
        access_notes=rules.text(access_notes, "access_notes", longest=2000, required=False),
    )
    _tell("site.opened", organisation, f"Site {name} was added.", [site], by, at)
    return site


@transaction.atomic
def enrol_person(
    organisation_id: int,
    *,
    name: str,
    email: str,
    roles: list[Role],
    phone: str = "",
    password: str = "",
    by: Actor,
    at: datetime,
) -> Person:
    """Let somebody sign in for this organisation; without a password only after they reset it."""
    organisation = queries.lock_organisation(organisation_id, by=by)
    require(by, Deed.ENROL_PERSON, org=organisation_id)
    person, given = steps.enrol(organisation, name=name, email=email, phone=phone, roles=roles, at=at)
    if password:
        steps.set_password(person, password)
    words = ", ".join(_word(role) for role in dict.fromkeys(roles)) or "no role"
    _tell("person.enrolled", organisation, f"A person was enrolled ({words}).", [person, *given], by, at)
    return person


@transaction.atomic
def give_role(person_id: int, *, role: Role, by: Actor, at: datetime) -> RoleHolding:
    """From now on this person may do what the role may; they sign in anew for it."""
    person = queries.lock_person(person_id, by=by)
    require(by, Deed.GIVE_ROLE, org=person.organisation_id)
    rules.check_role_fits(role, person.organisation.side)
    if RoleHolding.objects.filter(person=person, role=role.value, until=None).exists():
        raise Refused("role_held", "This person holds that role already.", field="role")
    holding = RoleHolding.objects.create(person=person, role=role.value, since=at)
    steps.end_sessions(person)
    _tell("role.given", person.organisation, f"A person became {_word(role)}.", [holding], by, at)
    return holding


@transaction.atomic
def take_role(person_id: int, *, role: Role, by: Actor, at: datetime) -> RoleHolding:
    """From now on this person may no longer do what the role may, and is signed in nowhere."""
    person = queries.lock_person(person_id, by=by)
    require(by, Deed.TAKE_ROLE, org=person.organisation_id)
    holding = RoleHolding.objects.filter(person=person, role=role.value, until=None).first()
    if holding is None:
        raise Refused("role_not_held", "This person does not hold that role.", field="role")
    holding.until = at
    holding.save(update_fields=["until"])
    steps.end_sessions(person)
    _tell("role.taken", person.organisation, f"A person is no longer {_word(role)}.", [holding], by, at)
    return holding


@transaction.atomic
def share_topic(
    topic: str,
    *,
    reason: str,
    person_id: int | None = None,
    organisation_id: int | None = None,
    until: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Grant:
    """Let one more person or organisation see an engagement that the actor sees, saying why: need to know."""
    require(by, Deed.SHARE_TOPIC)
    _check_sees(by, topic)
    rules.check_one_receiver(organisation_id, person_id)
    rules.check_can_share(topic, until=until, at=at)
    reason = rules.text(reason, "reason", longest=300)
    organisation, receiver = _receiver(organisation_id, person_id, by)
    given = steps.share(
        topic, organisation_id=organisation_id, person_id=person_id, reason=reason, at=at, until=until
    )
    if not given:
        raise Refused("already_shared", "They can see this already.", field=receiver)
    who = "One person" if person_id is not None else "Everybody"
    record(
        "topic.shared",
        subject=given[0],
        by=by,
        at=at,
        to=_logs(by, organisation),
        topic=topic,
        line=f"{who} of {organisation.name} was given access.",
        facts={"reason": reason, "until": until},
        changed=given,
    )
    return queries.grant_by_id(given[0].pk)


@transaction.atomic
def withdraw_topic(
    topic: str,
    *,
    person_id: int | None = None,
    organisation_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Grant:
    """End the access of a person, or of a whole organisation, to an engagement."""
    require(by, Deed.WITHDRAW_TOPIC)
    _check_sees(by, topic)
    rules.check_one_receiver(organisation_id, person_id)
    rules.check_can_share(topic, until=None, at=at)
    organisation, receiver = _receiver(organisation_id, person_id, by)
    rules.check_can_withdraw(by, organisation_id=organisation_id, person_id=person_id)
    ended = steps.withdraw(topic, organisation_id=organisation_id, person_id=person_id, at=at)
    if not ended:
        raise Refused("not_shared", "They have no access that could be withdrawn.", field=receiver)
    who = "One person" if person_id is not None else "Everybody"
    record(
        "topic.withdrawn",
        subject=ended[0],
        by=by,
        at=at,
        to=_logs(by, organisation),
        topic=topic,
        line=f"The access of {who.lower()} of {organisation.name} was withdrawn.",
        changed=ended,
    )
    return queries.grant_by_id(ended[0].pk)


@transaction.atomic
def issue_token(
    *, name: str, scopes: list[Scope], expires_at: datetime, roles: list[Role] | None = None, by: Actor, at: datetime
) -> Token:
    """Let a program act over the API until `expires_at`: as oneself, or, with `roles`, as a machine of one's own.

    The secret is on what is returned, as `.secret`, and nowhere else: whoever loses it issues another.
    """
    require(by, Deed.ISSUE_TOKEN)
    check_confirmed(by, at)
    rules.check_can_issue_token(scopes, expires_at=expires_at, at=at)
    if roles is not None:
        rules.check_machine_roles(roles, held=by.roles)
    person = queries.get_person(by.person_id or 0, by=by)
    # 32 bytes of the system's generator: nothing to guess, so a plain hash is enough to keep.
    secret = f"bfx_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        organisation=person.organisation,
        person=person if roles is None else None,
        issued_by=person,
        name=rules.text(name, "name", longest=80),
        prefix=secret[:10],
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=[scope.value for scope in dict.fromkeys(scopes)],
        roles=[role.value for role in dict.fromkeys(roles or ())],
        issued_at=at,
        expires_at=expires_at,
    )
    whose = "A personal token" if roles is None else "A token for a machine"
    _tell("token.issued", person.organisation, f"{whose} was issued.", [token], by, at)
    token.secret = secret
    return token


@transaction.atomic
def revoke_token(token_id: int, *, by: Actor, at: datetime) -> Token:
    """End a token at once: the next request that shows it is turned away."""
    token = queries.lock_token(token_id, by=by)
    require(by, Deed.REVOKE_TOKEN, org=token.organisation_id)
    rules.check_can_revoke_token(by, issued_by=token.issued_by_id, revoked_at=token.revoked_at)
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    _tell("token.revoked", token.organisation, "A token was revoked.", [token], by, at)
    return token


def _check_sees(by: Actor, topic: str) -> None:
    # Somebody who was not let in does not learn that there is something to be let in on.
    if not queries.sees_topic(by, topic):
        raise NotFound()


def _receiver(organisation_id: int | None, person_id: int | None, by: Actor) -> tuple[Organisation, str]:
    """Whose organisation is let in, and the name of the field that says so; held, so that it is done once."""
    if person_id is not None:
        return queries.lock_person(person_id, by=by).organisation, "person_id"
    return queries.lock_organisation(organisation_id or 0, by=by), "organisation_id"


def _logs(by: Actor, organisation: Organisation) -> set[int]:
    own = set() if by.organisation_id is None else {by.organisation_id}
    return own | {organisation.pk}


def _word(role: Role) -> str:
    return role.value.replace("_", " ")


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
