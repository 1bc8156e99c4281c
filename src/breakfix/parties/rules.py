"""What an organisation, a site, a person and a grant must be like before they are written."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from breakfix.kernel.access import CLIENT_ROLES, MACHINE_ROLES, PROVIDER_ROLES, Actor, Role, Side
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.money import Money, half_up
from breakfix.kernel.worktime.zones import zone_of
from breakfix.parties.values import Scope

# Others are shared by the deed that makes them two-sided: organisations by an agreement's signature.
SHARED_BY_HAND = "engagement/"
LONGEST_TOKEN = timedelta(days=366)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# What every mail server takes without quoting (RFC 5321 §4.1.2, dot-string): a comma or bracket that came along with
# a pasted address would let no mail leave, and a letter of another alphabet looks like somebody else's address.
_ATOM, _LABEL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")


def text(value: str, field: str, *, longest: int, required: bool = True) -> str:
    """The text without blanks around it; refuses what is empty, too long or holds control characters."""
    cleaned = value.strip()
    words = field.replace("_", " ")
    if required and not cleaned:
        raise Refused("missing_field", f"Please fill in {words}.", field=field)
    if len(cleaned) > longest:
        raise Refused("too_long", f"Shorten {words} to at most {longest} characters.", field=field, longest=longest)
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\r\t" for c in cleaned):
        raise Refused("control_characters", f"Remove the unprintable characters from {words}.", field=field)
    return cleaned


def email(value: str) -> str:
    """The address as people sign in with it: lower case."""
    address = text(value, "email", longest=254).lower()
    if not _EMAIL.fullmatch(address):
        message = "Give one whole e-mail address in plain Latin letters, such as name@example.com."
        raise Refused("bad_email", message, field="email")
    return address


def slug(value: str) -> str:
    """The short name of an organisation in addresses and stories."""
    short = text(value, "slug", longest=50)
    if not _SLUG.fullmatch(short):
        raise Refused("bad_slug", "Use small letters, digits and single hyphens, such as north-gate.", field="slug")
    return short


def check_zone(zone: str) -> None:
    """Refuse what is no IANA time zone: every clock of the place would be wrong."""
    try:
        zone_of(zone)
    except ValueError:
        message = "Choose a time zone by its IANA name, such as America/New_York."
        raise Refused("unknown_zone", message, field="zone") from None


def check_currency(currency: str) -> None:
    """Refuse what is no ISO 4217 code."""
    try:
        Money.zero(currency)
    except ValueError:
        message = "Give the currency by its three-letter ISO code, such as USD."
        raise Refused("unknown_currency", message, field="currency") from None


def check_coordinates(latitude: Decimal | None, longitude: Decimal | None) -> None:
    """Refuse half a position and places that are not on earth; degrees, WGS 84."""
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        raise Refused("half_a_position", "Give both latitude and longitude, or neither.", field=missing)
    for field, value, limit in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if value is not None and not (value.is_finite() and -limit <= value <= limit):
            raise Refused("not_on_earth", f"The {field} lies between -{limit} and {limit} degrees.", field=field)


def degrees(value: Decimal | None) -> Decimal | None:
    """A coordinate as it is stored: six places, about ten centimetres."""
    return None if value is None else half_up(value, 6)


def check_side(side: Side) -> None:
    """Refuse an organisation that is neither client nor provider."""
    if side not in (Side.CLIENT, Side.PROVIDER):
        raise Refused("bad_side", "An organisation is a client or a provider.", field="side")


def check_role_fits(role: Role, side: str, *, field: str = "role") -> None:
    """Refuse a role of the other side: nobody of the provider ever approves (domain.md R15)."""
    fitting = CLIENT_ROLES if side == Side.CLIENT else PROVIDER_ROLES
    if role not in fitting:
        allowed = ", ".join(sorted(r.value for r in fitting))
        message = f"People of a {side} cannot be {role.value.replace('_', ' ')}; choose one of {allowed}."
        raise Refused("role_of_other_side", message, field=field, role=role.value)


def check_one_receiver(organisation_id: int | None, person_id: int | None) -> None:
    """Refuse to share with nobody, or with an organisation and a person at once."""
    if (organisation_id is None) == (person_id is None):
        message = "Choose either a person or a whole organisation."
        raise Refused("one_receiver", message, field="person_id")


def check_can_share(topic: str, *, until: datetime | None, at: datetime) -> None:
    """Refuse what people cannot share by hand, and access that would have ended before it began."""
    if not topic.startswith(SHARED_BY_HAND):
        raise Refused("not_shareable", "Only an engagement can be shared by hand.", field="topic")
    if until is not None and until <= at:
        raise Refused("past_end", "Choose an end in the future, or none.", field="until")


def check_can_withdraw(by: Actor, *, organisation_id: int | None, person_id: int | None) -> None:
    """Refuse to lock oneself out: nobody could open the record again."""
    own = person_id == by.person_id if person_id is not None else organisation_id == by.organisation_id
    if own:
        message = "You cannot withdraw your own access; ask somebody else who has it."
        field = "organisation_id" if person_id is None else "person_id"
        raise Refused("own_access", message, field=field)


def check_can_issue_token(scopes: Iterable[Scope], *, expires_at: datetime, at: datetime) -> None:
    """Refuse a key that opens nothing, one that has ended already, and one that outlives a year."""
    if not list(scopes):
        raise Refused("no_scope", "Choose at least one thing that this token may be used for.", field="scopes")
    if not at < expires_at <= at + LONGEST_TOKEN:
        message = "Choose an end in the future, at most one year from now."
        raise Refused("token_end", message, field="expires_at")


def check_machine_roles(roles: Iterable[Role], *, held: Iterable[Role]) -> None:
    """Refuse a machine without a role, one that would decide, and one that could do more than who issues it."""
    wanted = list(roles)
    if not wanted:
        raise Refused("no_role", "Choose at least one role for this machine.", field="roles")
    for role in wanted:
        words = role.value.replace("_", " ")
        if role not in MACHINE_ROLES:
            message = f"A machine cannot be {words}: such deeds are done by somebody with a name."
            raise Refused("role_needs_person", message, field="roles", role=role.value)
        if role not in held:
            message = f"You are not {words} yourself, so you cannot give it to a machine."
            raise Refused("role_beyond_yours", message, field="roles", role=role.value)


def check_can_revoke_token(by: Actor, *, issued_by: int, revoked_at: datetime | None) -> None:
    """Refuse to end what has ended, and the key of somebody else unless one administers the organisation."""
    if issued_by != by.person_id and not by.roles & {Role.CLIENT_ADMIN, Role.PROVIDER_ADMIN}:
        raise NotAllowed("Only the person who issued this token, or an administrator, can revoke it.")
    if revoked_at is not None:
        raise Refused("already_revoked", "This token was revoked already.")
