"""The demo world, built through the real actions: what most tests stand on.

`world()` makes organisations, sites and people; each later module with its own `tests/makers_<module>.py`
then adds its part (see STAGES). From there, those files carry an engagement on, state by state.
"""

import importlib
import importlib.util
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from breakfix.kernel.access import OPERATOR, Actor, Side
from breakfix.parties import actions as parties
from breakfix.parties.models import Organisation, Person, Site
from tests import people, snapshots

NEW_YORK = ZoneInfo("America/New_York")
# Everything is set up a month before the story begins.
SET_UP_AT = datetime(2026, 11, 2, 9, 0, tzinfo=NEW_YORK)

# In this order: whose module file exists adds to the world.
STAGES = (
    ("tests.makers_agreements", "sign_agreements"),
    ("tests.makers_roster", "enrol_roster"),
    ("tests.makers_assets", "register_assets"),
    ("tests.makers_approvals", "name_authorities"),
)


@dataclass
class World:
    """What was set up, by short name."""

    at: datetime
    organisations: dict[str, Organisation] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    technicians: dict[str, Any] = field(default_factory=dict)
    agreements: dict[str, Any] = field(default_factory=dict)
    assets: dict[str, Any] = field(default_factory=dict)

    def organisation(self, slug: str) -> Organisation:
        return self.organisations[slug]

    def actor(self, key: str, confirmed_at: datetime | None = None) -> Actor:
        return people.actor(key, confirmed_at)


def local(text: str) -> datetime:
    """An instant of the story's wall clock in New York, e.g. `local("2026-12-01 19:40")`."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def organisations(at: datetime = SET_UP_AT) -> dict[str, Organisation]:
    """Two providers and two clients."""
    rows = (
        ("ironbridge", "Ironbridge Repair", "Ironbridge Repair, Inc.", Side.PROVIDER, "America/New_York"),
        (
            "calder",
            "Calder Field Engineering",
            "Calder Field Engineering, LLC",
            Side.PROVIDER,
            "America/New_York",
        ),
        ("northgate", "Northgate Trading", "Northgate Trading Company", Side.CLIENT, "America/New_York"),
        (
            "harborview",
            "Harborview Clinics",
            "Harborview Clinics Association",
            Side.CLIENT,
            "America/Chicago",
        ),
    )
    return {
        slug: parties.register_organisation(
            name=name, legal_name=legal, slug=slug, side=side, zone=zone, currency="USD", by=OPERATOR, at=at
        )
        for slug, name, legal, side, zone in rows
    }


def sites(made: dict[str, Organisation], at: datetime = SET_UP_AT) -> dict[str, Site]:
    """Northgate's server room and warehouse, Harborview's clinic."""
    rows = (
        (
            "northgate",
            "Front Street",
            "61 Front Street, New York, NY",
            "America/New_York",
            "40.702500",
            "-74.009700",
        ),
        (
            "northgate",
            "Newark depot",
            "12 Avenue P, Newark, NJ",
            "America/New_York",
            "40.719900",
            "-74.125100",
        ),
        (
            "harborview",
            "Lakeside clinic",
            "400 Lake Shore, Chicago, IL",
            "America/Chicago",
            "41.891600",
            "-87.609400",
        ),
    )
    return {
        name: parties.open_site(
            made[slug].pk,
            name=name,
            address=address,
            zone=zone,
            latitude=Decimal(latitude),
            longitude=Decimal(longitude),
            contact_name="Front desk",
            contact_phone="+1 212 555 0100",
            by=OPERATOR,
            at=at,
        )
        for slug, name, address, zone, latitude, longitude in rows
    }


def enrolled(made: dict[str, Organisation], at: datetime = SET_UP_AT) -> dict[str, Person]:
    """Everybody of `tests.people`, able to sign in."""
    return {
        key: parties.enrol_person(
            made[someone.organisation].pk,
            name=someone.name,
            email=someone.email,
            phone="+1 212 555 0199",
            roles=list(someone.roles),
            password=people.PASSWORD,
            by=OPERATOR,
            at=at,
        )
        for key, someone in people.PEOPLE.items()
    }


def _small_world(at: datetime) -> World:
    made = organisations(at)
    return World(at=at, organisations=made, sites=sites(made, at), people=enrolled(made, at))


def _whole_world(at: datetime) -> World:
    made = _small_world(at)
    for name, function in STAGES:
        if importlib.util.find_spec(name) is not None:
            getattr(importlib.import_module(name), function)(made)
    return made


def small_world(at: datetime = SET_UP_AT) -> World:
    """Organisations, sites and people only."""
    return snapshots.once("small world", _small_world, at)


def world(at: datetime = SET_UP_AT) -> World:
    """The whole demo world, as far as its modules are built."""
    return snapshots.once("world", _whole_world, at)


@pytest.fixture(name="world")
def _world_fixture(db: None) -> World:
    return world()


@pytest.fixture(name="small_world")
def _small_world_fixture(db: None) -> World:
    return small_world()
