"""The people of the demo world: who they are, for whom they work, and what they may do.

`person("alice")` and `actor("alice")` find them once `tests.makers.world()` has enrolled them.
"""

from dataclasses import dataclass
from datetime import datetime

from breakfix.kernel.access import Actor, Role
from breakfix.parties import queries
from breakfix.parties.models import Person

PASSWORD = "breakfix-demo"


@dataclass(frozen=True)
class Someone:
    name: str
    email: str
    organisation: str
    roles: tuple[Role, ...]


def _at(organisation: str, **people: tuple[str, str]) -> dict[str, Someone]:
    """Each as key=(family name, roles); the address is key@organisation.example."""
    return {
        key: Someone(
            name=f"{key.capitalize()} {family}",
            email=f"{key}@{organisation}.example",
            organisation=organisation,
            roles=tuple(Role(word) for word in roles.split()),
        )
        for key, (family, roles) in people.items()
    }


PEOPLE: dict[str, Someone] = {
    **_at(
        "ironbridge",
        dana=("Whitfield", "dispatcher"),
        tom=("Okafor", "technician"),
        ines=("Moreau", "technician"),
        ana=("Lindqvist", "technician"),
        quinn=("Abara", "quoting_engineer"),
        rex=("Halloran", "reviewer"),
        fay=("Castellan", "provider_finance"),
        percy=("Nakamura", "provider_admin"),
        dirk=("Vandermeer", "director"),
    ),
    **_at(
        "northgate",
        rita=("Solano", "requester"),
        bob=("Fenwick", "requester"),
        alice=("Brandt", "approver"),
        cora=("Whitmore", "approver"),
        erin=("Castillo", "approver"),
        mona=("Achterberg", "duty_manager"),
        chas=("Ellery", "change_manager"),
        seth=("Rowntree", "service_owner"),
        sol=("Iversen", "security_officer data_owner"),
        ada=("Quintero", "auditor"),
        nora=("Pembroke", "client_admin"),
        finn=("Delacroix", "client_finance"),
    ),
    **_at(
        "harborview",
        charlie=("Osei", "approver"),
        hana=("Marchetti", "requester service_owner"),
        hugo=("Lindgren", "client_admin security_officer data_owner"),
        hope=("Varga", "duty_manager"),
    ),
    **_at(
        "calder",
        cal=("Redfern", "provider_admin dispatcher"),
        cleo=("Strand", "technician"),
    ),
}


def person(key: str) -> Person:
    """The enrolled person of this key."""
    found = queries.find_person(PEOPLE[key].email)
    if found is None:
        raise LookupError(f"{key} is not enrolled; call tests.makers.world() first")
    return found


def actor(key: str, confirmed_at: datetime | None = None) -> Actor:
    """This person as somebody who acts; `confirmed_at` is when they last entered their password."""
    return queries.actor_for(person(key), confirmed_at=confirmed_at)
