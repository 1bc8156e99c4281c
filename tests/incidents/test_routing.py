"""The route test's advice: warranty, contract, managed service, own people or a specialist (domain.md A5, C0)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.assets.actions import register_cover
from breakfix.assets.values import CoverKind
from breakfix.incidents import qualifying
from breakfix.incidents.actions import course, desk
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.routing import OwnPeople, advise
from breakfix.incidents.values import Referral
from tests.makers import World, local
from tests.makers_incidents import ACKNOWLEDGED, QUALIFIED, acknowledged, calm
from tests.refusals import refused

R = Referral
TEAM = ("the storage team",)


@pytest.mark.parametrize(
    ("owed", "own", "where", "why"),
    [
        ({"warranty": True}, OwnPeople(TEAM, 1, 9), R.VENDOR_WARRANTY, "the vendor owes it"),
        ({"contract": True, "service": True}, OwnPeople(), R.VENDOR_WARRANTY, "a support contract owes it"),
        ({"service": True}, OwnPeople(TEAM, 1, 9), R.MANAGED_SERVICE, "a managed service owes it"),
        ({}, OwnPeople(), None, "nobody of the client repairs this kind"),
        ({}, OwnPeople(TEAM, 2, 0), R.IN_HOUSE, "the storage team can repair it: level 2"),
        ({}, OwnPeople(TEAM, 3, 4), R.IN_HOUSE, "the storage team can repair it: 4 of its kind in twelve months"),
        (
            {},
            OwnPeople(TEAM, 3, 3),
            None,
            "too complex (level 3) and too seldom (3 in twelve months) for the storage team",
        ),
    ],
)
def test_advice_is_a_table(owed: dict[str, bool], own: OwnPeople, where: Referral | None, why: str) -> None:
    found = advise(**{"warranty": False, "contract": False, "service": False, **owed}, own=own)
    assert (found.referral, found.why) == (where, why)


def own_people(world: World, **given: Any) -> None:
    """Northgate's own storage team stands in the register."""
    register_cover(
        world.organisation("northgate").pk,
        kind=CoverKind.OWN_PEOPLE,
        holder="the storage team",
        phone="ext. 4410",
        valid_from=date(2026, 1, 1),
        **given,
        by=world.actor("seth"),
        at=local("2026-11-02 09:00"),
    )


def before(world: World, at: datetime, **given: Any) -> Engagement:
    """An earlier failure of the same kind."""
    return calm(world, at=at, outage_started_at=at, **given)


@pytest.mark.django_db
def test_what_is_too_complex_and_too_seldom_for_own_people_is_taken_on_and_says_so(world: World) -> None:
    own_people(world)
    engagement = acknowledged(world)
    cover = qualifying.route_test(engagement, ACKNOWLEDGED)
    assert (cover.covers, cover.own) == ((), OwnPeople(("the storage team, ext. 4410",), 3, 0))
    desk.qualify(engagement.pk, by=world.actor("dana"), at=QUALIFIED)
    engagement.refresh_from_db()
    assert engagement.route_reason.endswith(
        "; nobody else owes it; too complex (level 3) and too seldom (0 in twelve months) for the storage team, "
        "ext. 4410; insured"
    )


@pytest.mark.django_db
def test_what_own_people_do_often_is_referred_to_them_or_taken_on_with_a_reason(world: World) -> None:
    own_people(world)
    for day in (1, 9, 16, 24):
        before(world, local("2026-11-30 09:00") - timedelta(days=day))
    before(world, local("2026-11-05 09:00"), domain=Domain.HW_SRV)  # of another kind
    called_off = before(world, local("2026-11-06 09:00"))
    course.cancel_engagement(called_off.pk, reason="A mistake", by=world.actor("rita"), at=local("2026-11-06 10:00"))
    engagement = acknowledged(world)
    assert qualifying.route_test(engagement, ACKNOWLEDGED).own.times == 4
    with refused("own_people", field="reason"):
        desk.qualify(engagement.pk, by=world.actor("dana"), at=QUALIFIED)
    desk.qualify(engagement.pk, reason="Their only specialist is ill", by=world.actor("dana"), at=QUALIFIED)
    engagement.refresh_from_db()
    assert engagement.route_reason == "Their only specialist is ill"


@pytest.mark.django_db
@pytest.mark.parametrize("restricted", [True, False])
def test_restricted_failures_count_nowhere(world: World, restricted: bool) -> None:
    own_people(world)
    named = [world.people["dana"].pk, world.people["alice"].pk] if restricted else None
    before(world, local("2026-11-20 09:00"), need_to_know=restricted, named_people=named)
    assert qualifying.route_test(acknowledged(world), ACKNOWLEDGED).own.times == (0 if restricted else 1)
