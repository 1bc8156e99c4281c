"""A security incident: for named people from the first minute, kept whole, and its insurer told in time."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.incidents import queries
from breakfix.incidents.actions import preserving
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import preserving as rules
from breakfix.incidents.values import EndKind
from breakfix.kernel.ledger import queries as ledger
from breakfix.parties.models import Grant, RoleHolding
from tests.makers import World, local
from tests.makers_incidents import CALM, REPORTED, reported
from tests.refusals import refused

LATER = local("2026-12-01 21:00")


def attacked(world: World, **given: Any) -> Engagement:
    """Somebody is in the backup server."""
    return reported(world, domain=Domain.SEC, answers=CALM, obligations=[], **given)


def let_in(world: World, engagement: Engagement) -> set[str]:
    people = Grant.objects.filter(topic=engagement.topic).values_list("person_id", flat=True)
    return {name for name, one in world.people.items() if one.pk in set(people)}


def test_security_incident_is_restricted_without_anybody_being_named(world: World) -> None:
    engagement = attacked(world)
    assert engagement.need_to_know
    assert let_in(world, engagement) == {"rita", "dana", "sol"}
    assert not Grant.objects.filter(topic=engagement.topic, person=None).exists()


def test_named_people_replace_the_desk_but_never_the_security_officer(world: World) -> None:
    named = [world.people[who].pk for who in ("dana", "nora")]
    assert let_in(world, attacked(world, named_people=named)) == {"rita", "dana", "nora", "sol"}


def test_restriction_can_be_asked_for_elsewhere_and_is_not_forced(world: World) -> None:
    assert not reported(world).need_to_know


def test_security_incident_is_held_at_once_and_the_insurer_is_to_be_told(world: World) -> None:
    engagement = attacked(world)
    assert engagement.preserved["hold"] == {
        "since": REPORTED.isoformat(),
        "by": "Rita Solano",
        "reason": rules.BY_ITSELF,
    }
    (end,) = [one for one in queries.open_ends(engagement) if one.kind == EndKind.INSURER]
    assert (end.due_at, end.role) == (REPORTED + timedelta(hours=72), "security_officer")
    assert end.blocks_close
    with refused("not_allowed"):
        preserving.note_insurer_notice(engagement.pk, reference="x", by=world.actor("dana"), at=LATER)
    preserving.note_insurer_notice(engagement.pk, reference="CY-88", by=world.actor("sol"), at=LATER)
    assert not [one for one in queries.open_ends(engagement) if one.kind == EndKind.INSURER]
    with refused("no_notice_open"):
        preserving.note_insurer_notice(engagement.pk, reference="CY-88", by=world.actor("sol"), at=LATER)


def test_hold_is_released_by_the_security_officer_only_and_both_logs_say_so(world: World) -> None:
    engagement = attacked(world, named_people=[world.people[who].pk for who in ("dana", "nora", "sol")])
    for who in ("rita", "dana", "nora"):
        with refused("not_allowed"):
            preserving.release_legal_hold(engagement.pk, reason="Enough.", by=world.actor(who), at=LATER)
    with refused("missing_field", field="reason"):
        preserving.release_legal_hold(engagement.pk, reason="  ", by=world.actor("sol", LATER), at=LATER)
    done = preserving.release_legal_hold(
        engagement.pk, reason="Police took images.", by=world.actor("sol", LATER), at=LATER
    )
    assert not rules.is_held(done.preserved)
    for organisation_id in engagement.party_ids:
        assert "Police took images." in list(ledger.entries(organisation_id, topic=engagement.topic))[-1].line
    with refused("not_held"):
        preserving.release_legal_hold(engagement.pk, reason="Again.", by=world.actor("sol", LATER), at=LATER)
    with refused("not_found"):
        preserving.release_legal_hold(engagement.pk, reason="Again.", by=world.actor("hugo", LATER), at=LATER)


def test_hold_can_be_set_on_any_engagement_and_only_once(world: World) -> None:
    engagement = reported(world)
    preserving.set_legal_hold(engagement.pk, reason="A claim is coming.", by=world.actor("nora"), at=LATER)
    with refused("already_held"):
        preserving.set_legal_hold(engagement.pk, reason="Again.", by=world.actor("sol"), at=LATER)
    with refused("too_long", field="reason"):
        preserving.release_legal_hold(engagement.pk, reason="x" * 301, by=world.actor("sol", LATER), at=LATER)


def test_wiping_is_agreed_to_after_the_release_and_once(world: World) -> None:
    engagement = attacked(world)
    sol = world.actor("sol", LATER)
    with refused("legal_hold"):
        preserving.allow_wiping(engagement.pk, reason="Rebuild it.", by=sol, at=LATER)
    preserving.release_legal_hold(engagement.pk, reason="Images are taken.", by=sol, at=LATER)
    assert not rules.may_wipe(Domain.SEC, Engagement.objects.get(pk=engagement.pk).preserved)
    done = preserving.allow_wiping(engagement.pk, reason="Rebuild it.", by=sol, at=LATER)
    assert rules.may_wipe(Domain.SEC, done.preserved)
    with refused("already_allowed"):
        preserving.allow_wiping(engagement.pk, reason="Again.", by=sol, at=LATER)
    # A later hold stops it again, whatever was agreed to.
    held = preserving.set_legal_hold(engagement.pk, reason="A second intruder.", by=sol, at=LATER)
    assert not rules.may_wipe(Domain.SEC, held.preserved)
    # After its release it has to be agreed to anew: it was said of what was known then.
    again = preserving.release_legal_hold(engagement.pk, reason="Images again.", by=sol, at=LATER)
    assert not rules.may_wipe(Domain.SEC, again.preserved)
    assert rules.may_wipe(
        Domain.SEC, preserving.allow_wiping(engagement.pk, reason="Rebuild.", by=sol, at=LATER).preserved
    )


@pytest.mark.tampers
def test_administrator_decides_where_there_is_no_security_officer(world: World) -> None:
    RoleHolding.objects.filter(role="security_officer").delete()
    engagement, nora = attacked(world), world.actor("nora", LATER)
    (end,) = [one for one in queries.open_ends(engagement) if one.kind == EndKind.INSURER]
    assert end.role == "client_admin"
    done = preserving.release_legal_hold(engagement.pk, reason="Images.", by=nora, at=LATER)
    assert not rules.is_held(done.preserved)
    assert preserving.allow_wiping(engagement.pk, reason="Rebuild.", by=nora, at=LATER).preserved["wiping"]
    with refused("not_allowed"):
        preserving.set_legal_hold(engagement.pk, reason="Again.", by=world.actor("rita"), at=LATER)


def test_neither_is_one_click_away(world: World) -> None:
    engagement = attacked(world)
    for confirmed_at in (None, LATER - timedelta(minutes=6)):
        with refused("reauthenticate", field="password"):
            preserving.release_legal_hold(
                engagement.pk, reason="Enough.", by=world.actor("sol", confirmed_at), at=LATER
            )
    preserving.release_legal_hold(engagement.pk, reason="Images.", by=world.actor("sol", LATER), at=LATER)
    with refused("reauthenticate", field="password"):
        preserving.allow_wiping(engagement.pk, reason="Rebuild it.", by=world.actor("sol"), at=LATER)


@pytest.mark.parametrize(
    ("domain", "preserved", "may"),
    [
        (Domain.HW_SRV, None, True),
        (Domain.HW_SRV, {"hold": {"since": "2026", "by": "Sol", "reason": "x"}}, False),
        (Domain.SEC, None, False),
        (Domain.SEC, {"wiping": {"since": "2026", "by": "Sol", "reason": "x"}}, True),
    ],
)
def test_step_that_wipes_begins_when_it_may(domain: Domain, preserved: Any, may: bool) -> None:
    assert rules.may_wipe(domain, preserved) is may
