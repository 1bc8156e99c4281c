"""Who somebody is and what they may see: later modules build their reads on the fence `shared_with`."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import CharField, Exists, Model, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from breakfix.kernel import clock, fence
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.models import Entry
from breakfix.parties.models import Grant, Organisation, Person, RoleHolding, Site, Token

Found = TypeVar("Found", bound=Model)
OVERSEERS = frozenset({Role.AUDITOR, Role.CLIENT_ADMIN, Role.SECURITY_OFFICER, Role.PROVIDER_ADMIN, Role.DIRECTOR})

# ------------------------------------------------------------------------------------------- who acts


def _held(at: datetime) -> Q:
    # A holding counts from the moment it is written, so only its end is compared with the clock.
    return Q(until=None) | Q(until__gt=at)


def actor_for(person: Person, *, confirmed_at: datetime | None = None) -> Actor:
    """This person with the roles they hold now; without any when their access was switched off."""
    # Before it is known who acts, nobody sees these rows.
    with fence.as_machine():
        held = RoleHolding.objects.filter(_held(clock.now()), person=person).values_list("role", flat=True)
        roles = frozenset(Role(role) for role in held) if person.is_active else frozenset()
        side = Side(person.organisation.side)
    return Actor(
        person_id=person.pk,
        organisation_id=person.organisation_id,
        side=side,
        roles=roles,
        name=person.name,
        confirmed_at=confirmed_at,
    )


def token_of(secret: str) -> Token:
    """The token in force with this secret, or a refusal that says why it opens nothing (any more)."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    token = Token.objects.select_related("organisation", "person__organisation", "issued_by__organisation")
    found = token.filter(sha256=digest).first()
    if found is None:
        raise Refused("token_unknown", "This token is not known here.", remedy="Issue a token on the page Tokens.")
    if found.revoked_at is not None:
        raise Refused("token_revoked", "This token was revoked.", remedy="Issue another on the page Tokens.")
    if clock.now() >= found.expires_at:
        raise Refused("token_expired", "This token has expired.", remedy="Issue another on the page Tokens.")
    return found


def actor_for_token(token: Token, *, confirmed_at: datetime | None = None) -> Actor:
    """Who acts with this token: its person, or a machine with those of its roles that its issuer still holds."""
    behind = actor_for(token.issued_by, confirmed_at=confirmed_at if token.is_personal else None)
    if not behind.roles:
        raise Refused("person_suspended", "The person behind this token has no access any more.")
    behind = replace(behind, through="api")
    if token.is_personal:
        return behind
    roles = behind.roles & {Role(role) for role in token.roles}
    if not roles:
        raise Refused("person_suspended", "Whoever issued this token no longer holds any of its roles.")
    return replace(behind, person_id=None, roles=roles, name=token.name)


# ------------------------------------------------------------------------------------------- the fence


def grants_to(actor: Actor) -> QuerySet[Grant]:
    """The grants in force for this actor: their own, and their organisation's unless they only do field work.

    Somebody without any role is let in on nothing, not even where they are named. Machines see every grant.
    """
    in_force = Grant.objects.filter(Q(until=None) | Q(until__gt=clock.now()), revoked_at=None)
    if actor.is_machine:
        return in_force
    if not actor.roles:
        return in_force.none()
    mine = Q(person_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    if not actor.field_only and actor.organisation_id is not None:
        mine |= Q(organisation_id=actor.organisation_id)
    return in_force.filter(mine)


def shared_with(actor: Actor, noun: str, *, key: str = "pk") -> Q:
    """The condition "row `noun/<key>` was shared with this actor", e.g. `shared_with(by, "engagement")`.

    `key` is the path from the filtered table to the id, e.g. "engagement_id". Always true for machines.
    """
    if actor.is_machine:
        return Q()
    topic = Concat(Value(f"{noun}/"), Cast(OuterRef(key), CharField()))
    return Q(Exists(grants_to(actor).filter(topic=topic)))


def sees_topic(actor: Actor, topic: str) -> bool:
    """Whether this actor was let in on the topic; `engagement/5@client` is what only its client's side sees of it.

    What is kept on one's own organisation needs no grant; field staff see only what they were let in on.
    """
    base, _, side = topic.partition("@")
    if side and not actor.is_machine and actor.side != side:
        return False
    if base == f"organisation/{actor.organisation_id}" and actor.roles and not actor.field_only:
        return True
    with fence.as_machine():  # asked about a colleague, too
        return grants_to(actor).filter(topic=base).exists()


def holders_of(topic: str) -> list[Grant]:
    """Who was let in on a topic, why and until when: what a need-to-know page shows, once its reader may see it."""
    in_force = Grant.objects.filter(Q(until=None) | Q(until__gt=clock.now()), topic=topic, revoked_at=None)
    with fence.as_machine():
        return list(in_force.select_related("organisation", "person__organisation").order_by("since", "id"))


def grant_by_id(grant_id: int) -> Grant:
    """The grant that a deed has just written, maybe somebody else's."""
    with fence.as_machine():
        return Grant.objects.get(pk=grant_id)


# What monitoring says of attacks: the log holds it, and nobody was let in on it.
FEW = "alert_source/"


def log_visible_to(actor: Actor) -> QuerySet[Entry]:
    """The own organisation's evidence log as far as this actor was let in on its topics, in order.

    Whoever watches over the whole organisation also reads what concerns no engagement: people, roster, terms.
    Field staff read none of it: its entries hold every price.
    """
    if actor.field_only:
        return ledger.entries(actor.organisation_id or 0).none()
    log = ledger.entries(actor.organisation_id or 0)
    let_in = Q(topic__in=grants_to(actor).order_by().values("topic"))
    if actor.roles & OVERSEERS:
        let_in |= ~Q(topic__startswith="engagement/") & ~Q(topic__startswith=FEW)
    return log.filter(let_in)


@dataclass(frozen=True)
class Told:
    """One deed as one organisation has it in its log; `files` are the files kept by it, as the log names them."""

    at: datetime
    kind: str
    line: str
    who: str
    position: int
    facts: dict[str, Any]
    files: tuple[dict[str, Any], ...] = ()


def told_on(topic: str, organisation_id: int) -> list[Told]:
    """The deeds on a topic in one organisation's log, in order; the caller has checked that it may be seen."""
    return told_by(list(ledger.entries(organisation_id, topic=topic)))


def told_by(entries: list[Entry]) -> list[Told]:
    """What these entries of one log tell, with the names of who did it, in one query."""
    names = names_of(entry.person_id for entry in entries if entry.person_id is not None)
    return [_told(entry, names) for entry in entries]


def _told(entry: Entry, names: dict[int, str]) -> Told:
    leaf = json.loads(entry.leaf)
    return Told(
        at=entry.at,
        kind=entry.kind,
        line=entry.line,
        who=names.get(entry.person_id, "Breakfix") if entry.person_id is not None else "Breakfix",
        position=entry.position,
        facts=leaf["facts"],
        files=tuple(one["fields"] for one in leaf["images"] if one["row"].startswith("kernel.file/")),
    )


# ------------------------------------------------------------------------------------------- organisations


def organisations_visible_to(actor: Actor) -> QuerySet[Organisation]:
    """One's own, and those that an agreement or a grant opened."""
    return Organisation.objects.filter(
        Q(pk=actor.organisation_id) | shared_with(actor, "organisation") if not actor.is_machine else Q()
    ).order_by("name", "id")


def get_organisation(organisation_id: int, *, by: Actor) -> Organisation:
    """This organisation, or NotFound where the actor may not know of it."""
    return _one(organisations_visible_to(by), organisation_id, "This organisation")


def lock_organisation(organisation_id: int, *, by: Actor) -> Organisation:
    """As `get_organisation`, held until the end of the deed; whoever only names it in a row need not wait."""
    rows = organisations_visible_to(by).select_for_update(of=("self",), no_key=True)
    return _one(rows, organisation_id, "This organisation")


def find_organisation(slug: str) -> Organisation | None:
    """By its short name: for set-up and stories, which act before anybody sees anything."""
    return Organisation.objects.filter(slug=slug).first()


# ------------------------------------------------------------------------------------------- sites


def sites_visible_to(actor: Actor) -> QuerySet[Site]:
    """Sites of one's own organisation and of those opened to it."""
    visible = organisations_visible_to(actor).order_by().values("pk")
    return Site.objects.filter(organisation__in=visible).select_related("organisation").order_by("name", "id")


def get_site(site_id: int, by: Actor) -> Site:
    """This site, or NotFound."""
    return _one(sites_visible_to(by), site_id, "This site")


# ------------------------------------------------------------------------------------------- people


def people_visible_to(actor: Actor) -> QuerySet[Person]:
    """People of one's own organisation and of those opened to it."""
    visible = organisations_visible_to(actor).order_by().values("pk")
    return Person.objects.filter(organisation__in=visible).select_related("organisation").order_by("name", "id")


def get_person(person_id: int, *, by: Actor) -> Person:
    """This person, or NotFound."""
    return _one(people_visible_to(by), person_id, "This person")


def lock_person(person_id: int, *, by: Actor) -> Person:
    """As `get_person`, held until the end of the deed; whoever only names them in a row need not wait."""
    return _one(people_visible_to(by).select_for_update(of=("self",), no_key=True), person_id, "This person")


def find_person(email: str) -> Person | None:
    """By the address they sign in with."""
    return Person.objects.select_related("organisation").filter(email=email.strip().lower()).first()


def active_clients(emails: Iterable[str]) -> set[str]:
    """Those of these addresses by which somebody of a client signs in, who still may. For machines: no fence."""
    found = Person.objects.filter(email__in=list(emails), is_active=True, organisation__side=Side.CLIENT.value)
    return set(found.values_list("email", flat=True))


def person_by_id(person_id: int) -> Person:
    """For machines that tell somebody something: no fence, so never for what a person asked for."""
    return Person.objects.select_related("organisation").get(pk=person_id)


def persons_of(organisation_id: int, at: datetime | None = None) -> QuerySet[Person]:
    """Everybody of an organisation, with the roles they hold now, or at an instant, in `.held`."""
    held = _roles_now() if at is None else _roles_at(at)
    people = Person.objects.filter(organisation_id=organisation_id).select_related("organisation")
    return people.prefetch_related(held).order_by("name", "id")


def people_with(role: Role | Iterable[Role], organisation_id: int, at: datetime) -> QuerySet[Person]:
    """Active people who hold the role (any of the roles) in this organisation at an instant, by name."""
    wanted = [role] if isinstance(role, Role) else list(role)
    holding = RoleHolding.objects.filter(_held(at), person=OuterRef("pk"), role__in=wanted, since__lte=at)
    active = Person.objects.filter(Exists(holding), organisation_id=organisation_id, is_active=True)
    return active.select_related("organisation").order_by("name", "id")


def tokens_visible_to(actor: Actor) -> QuerySet[Token]:
    """The tokens one issued; an administrator's view is everyone's of the organisation. Newest first."""
    own = Q(issued_by_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    if actor.roles & {Role.CLIENT_ADMIN, Role.PROVIDER_ADMIN}:
        own |= Q(organisation_id=actor.organisation_id)
    return Token.objects.filter(own).select_related("organisation", "issued_by").order_by("-issued_at", "-id")


def lock_token(token_id: int, *, by: Actor) -> Token:
    """This token, held until the end of the deed, or NotFound."""
    return _one(tokens_visible_to(by).select_for_update(of=("self",)), token_id, "This token")


def roles_of(person: Person) -> list[RoleHolding]:
    """The roles that this person holds now, each with since when."""
    return list(RoleHolding.objects.filter(_held(clock.now()), person=person).order_by("since", "id"))


def zone_of(person: Person) -> str:
    """The zone in which this person reads and types times unless a page says otherwise."""
    return person.organisation.zone


def demo_sign_ins() -> list[tuple[str, str]]:
    """Everybody who can sign in, as (address, who they are): what a demo prints when it starts."""
    people = Person.objects.filter(is_active=True).select_related("organisation").order_by("organisation", "id")
    return [
        (person.email, f"{person.organisation}: {_roles_in_words(person)}")
        for person in people.prefetch_related(_roles_now())
        if person.has_usable_password()
    ]


def _roles_now() -> Prefetch:
    holdings = RoleHolding.objects.filter(_held(clock.now())).order_by("role")
    return Prefetch("role_holdings", holdings, to_attr="held")


def _roles_at(at: datetime) -> Prefetch:
    holdings = RoleHolding.objects.filter(_held(at), since__lte=at).order_by("role")
    return Prefetch("role_holdings", holdings, to_attr="held")


def _roles_in_words(person: Person) -> str:
    held: list[RoleHolding] = person.held  # type: ignore[attr-defined]
    return ", ".join(holding.role.replace("_", " ") for holding in held)


def name_of(person_id: int | None) -> str:
    """The person's name for showing; the system's own when nobody is meant."""
    if person_id is None:
        return "Breakfix"
    return Person.objects.filter(pk=person_id).values_list("name", flat=True).first() or "somebody"


def names_of(person_ids: Iterable[int]) -> dict[int, str]:
    """Names for showing, in one query."""
    return dict(Person.objects.filter(pk__in=set(person_ids)).values_list("pk", "name"))


def _one(rows: QuerySet[Found], row_id: int, what: str) -> Found:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise NotFound(what)
    return found
