"""The people of one's organisation: who they are, what they may do, how they get in; inviting and switching off."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.accounts import actions
from breakfix.accounts import queries as accounts
from breakfix.kernel import factors
from breakfix.kernel.access import CLIENT_ROLES, FACTOR_ROLES, PROVIDER_ROLES, Role, Side
from breakfix.kernel.errors import NotFound
from breakfix.parties import actions as parties_actions
from breakfix.parties import queries as parties
from breakfix.web.door import Visit, deed, page

READERS = frozenset({Role.CLIENT_ADMIN, Role.PROVIDER_ADMIN, Role.SECURITY_OFFICER, Role.AUDITOR, Role.DIRECTOR})
ROLE_WORDS = {
    Role.REQUESTER: "Reports failures, follows them, accepts the work",
    Role.APPROVER: "Approves quotes within a limit",
    Role.CHANGE_MANAGER: "Assesses, approves and schedules changes",
    Role.SERVICE_OWNER: "Answers for a service; approves changes, accepts the work",
    Role.SECURITY_OFFICER: "Gives and ends access to systems",
    Role.DATA_OWNER: "Signs where data is at risk",
    Role.DUTY_MANAGER: "Signs in an emergency when nobody else answers",
    Role.CLIENT_FINANCE: "Reads invoices and budgets",
    Role.CLIENT_ADMIN: "Enters people, sites and roles; signs agreements",
    Role.AUDITOR: "Reads everything, changes nothing",
    Role.DISPATCHER: "Takes reports, sends technicians",
    Role.TECHNICIAN: "Sees only the visits they are booked on",
    Role.QUOTING_ENGINEER: "Prices the work",
    Role.REVIEWER: "Checks quotes and root causes; verifies certificates",
    Role.PROVIDER_FINANCE: "Issues invoices",
    Role.PROVIDER_ADMIN: "Enters people, roster and agreements",
    Role.DIRECTOR: "Holds and escalates; sees every figure",
}


def _organisation(visit: Visit) -> int:
    if not visit.by.roles & READERS or visit.by.organisation_id is None:
        raise NotFound("This page")
    return visit.by.organisation_id


def _roles_of(side: Side) -> list[Role]:
    """The roles of one side, in the order in which the kernel names them."""
    return [role for role in Role if role in (CLIENT_ROLES if side is Side.CLIENT else PROVIDER_ROLES)]


def people(visit: Visit) -> HttpResponse:
    """Everybody of one's own organisation with their roles and how they get in."""
    organisation_id = _organisation(visit)
    found = list(parties.persons_of(organisation_id))
    invited = accounts.latest_invitations(one.pk for one in found)
    safe = factors.enrolled_of(one.pk for one in found)
    rows = [_row(visit, one, invited.get(one.pk), one.pk in safe) for one in found]
    roles = [(number, role, ROLE_WORDS[role]) for number, role in enumerate(_roles_of(visit.by.side))]
    typed = {value for name, value in visit.typed.values.items() if name.startswith("roles-") and value}
    context = {
        "organisation_id": organisation_id,
        "working": [row for row in rows if row["person"].is_active],
        "gone": [row for row in rows if not row["person"].is_active],
        "roles": roles,
        "typed_roles": typed,
    }
    return visit.page("web/people/list.html", context)


def people_of(visit: Visit, organisation_id: int) -> HttpResponse:
    """The list as it is addressed by whose it is; nobody reads another organisation's here."""
    if organisation_id != _organisation(visit):
        raise NotFound("This page")
    return people(visit)


def person(visit: Visit, person_id: int) -> HttpResponse:
    """One person: roles to give and to take, the invitation, and ending their access."""
    organisation_id = _organisation(visit)
    found = parties.get_person(person_id, by=visit.by)
    if found.organisation_id != organisation_id:
        raise NotFound("This person")
    held = {holding.role: holding for holding in parties.roles_of(found)}
    invitation = accounts.latest_invitations([found.pk]).get(found.pk)
    access = _row(visit, found, invitation, factors.enrolled(found.pk), held=list(held))
    context = {
        **access,
        "access": access,
        "held": [(Role(role), ROLE_WORDS[Role(role)], holding.since) for role, holding in held.items()],
        "free": [(role.value, _words(role)) for role in _roles_of(visit.by.side) if role not in held],
        "is_oneself": found.pk == visit.by.person_id,
    }
    return visit.page("web/people/person.html", context)


def _row(visit: Visit, found: Any, invitation: Any, safe: bool, held: list[str] | None = None) -> dict[str, Any]:
    roles = [Role(one.role) for one in found.held] if held is None else [Role(role) for role in held]
    has_password = found.has_usable_password()
    return {
        "person": found,
        "roles": roles,
        "safe": safe,
        "needs_factor": bool(FACTOR_ROLES & set(roles)),
        "has_password": has_password,
        "invitation": None if has_password else invitation,
        "expired": invitation is not None and visit.at >= invitation.expires_at,
    }


def _words(role: Role) -> str:
    return role.value.replace("_", " ").capitalize()


def _to_person(result: Any) -> str:
    return reverse("person", kwargs={"person_id": result.person_id})


_ONE = "people/<int:person_id>"
_EVERY = "people/of/<int:organisation_id>"
urlpatterns = [
    path("people", page(people), name="people"),
    path(_EVERY, page(people_of), name="people_of"),
    path(
        f"{_EVERY}/invite_person",
        deed(actions.invite_person, on=people_of, done="Invited. The link goes out by mail.", to=_to_person),
        name="invite_person",
    ),
    path(_ONE, page(person), name="person"),
    path(
        f"{_ONE}/give_role",
        deed(parties_actions.give_role, on=person, done="Role given. They sign in anew for it."),
        name="give_role",
    ),
    path(
        f"{_ONE}/take_role",
        deed(parties_actions.take_role, on=person, done="Role taken. They are signed in nowhere now."),
        name="take_role",
    ),
    path(
        f"{_ONE}/invite_again",
        deed(actions.invite_again, on=person, done="A new link goes out by mail."),
        name="invite_again",
    ),
    path(
        f"{_ONE}/switch_off_person",
        deed(actions.switch_off_person, on=person, done="Access ended, everywhere."),
        name="switch_off_person",
    ),
    path(
        f"{_ONE}/switch_on_person",
        deed(actions.switch_on_person, on=person, done="Access given again."),
        name="switch_on_person",
    ),
    path(
        f"{_ONE}/end_sessions",
        deed(actions.end_sessions, on=person, done="Signed out everywhere."),
        name="end_sessions",
    ),
    path(
        f"{_ONE}/remove_factors",
        deed(actions.remove_factors, on=person, done="Second factors removed. They enrol anew at the next sign-in."),
        name="remove_factors",
    ),
]
