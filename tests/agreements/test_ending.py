"""One side ends an agreement by notice: nothing new is reported from then on, what was opened goes on."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.agreements import actions, queries
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import VersionStatus
from breakfix.incidents.actions import desk
from breakfix.kernel.ledger.rebuild import differences, rebuild
from breakfix.kernel.models import Entry
from tests import makers_incidents, together
from tests.makers import World, local
from tests.makers import world as make_world
from tests.makers_agreements import drafted, signed
from tests.refusals import refused

NOW, ENDS = local("2026-12-01 12:00"), local("2026-12-02 18:00")
WHY = "Three promises were missed in a month"


def ended(world: World, who: str = "nora", **given: Any) -> AgreementVersion:
    usual: dict[str, Any] = {"ends_at": ENDS, "reason": WHY, "at": NOW, **given}
    agreement_id = usual.pop("agreement_id", None) or world.agreements["northgate"].agreement_id
    return actions.end_agreement(agreement_id, **usual, by=world.actor(who, confirmed_at=usual["at"]))


def found(world: World, at: datetime) -> AgreementVersion | None:
    return queries.find_in_force(world.organisation("northgate").pk, world.organisation("ironbridge").pk, at)


@pytest.mark.parametrize(("who", "side"), [("nora", "client"), ("percy", "provider")])
def test_notice_of_either_side_ends_it_at_its_instant_and_is_told_to_both(world: World, who: str, side: str) -> None:
    version = ended(world, who)
    assert (version.status, version.ends_at, version.ended_because) == (VersionStatus.ENDED, ENDS, WHY)
    assert found(world, ENDS - timedelta(microseconds=1)) == version
    assert found(world, ENDS) is None
    told = Entry.objects.filter(kind="agreement.ended")
    assert set(told.values_list("organisation_id", flat=True)) == set(version.agreement.party_ids)
    number = version.agreement.number
    line = f"The {side} ends agreement {number}, 2026-12-02 18:00 (America/New_York): {WHY}"
    assert {entry.line for entry in told} == {line}
    assert differences() == []


def test_nothing_new_is_reported_from_then_on_and_what_was_opened_goes_on(world: World) -> None:
    engagement = makers_incidents.reported(world, at=NOW, outage_started_at=NOW)
    ended(world)
    assert makers_incidents.reported(world, at=ENDS - timedelta(seconds=1)).pk
    for who in ("rita", "dana"):
        with refused("agreement_ended") as no:
            makers_incidents.reported(world, who=who, at=ENDS)
        assert "A-2026-0001 ended 2026-12-02 18:00 (America/New_York)" in str(no.value)
    desk.acknowledge(engagement.pk, callback="1", by=world.actor("dana"), at=ENDS + timedelta(hours=1))
    desk.qualify(engagement.pk, by=world.actor("dana"), at=ENDS + timedelta(hours=1))
    # The other provider's agreement is another one.
    client, other = world.organisation("northgate").pk, world.organisation("calder").pk
    assert queries.in_force(client, other, ENDS).is_signed


def test_draft_of_a_next_version_is_withdrawn_with_it(world: World) -> None:
    draft = actions.revise_agreement(
        world.agreements["northgate"].pk, terms={"rates": {"trip": "90"}}, by=world.actor("percy"), at=NOW
    )
    ended(world)
    draft.refresh_from_db()
    assert draft.status == VersionStatus.WITHDRAWN
    with refused("wrong_state"):
        signed(world, draft, "percy", at=NOW)
    assert differences() == []


@pytest.mark.parametrize("days", [0, 30])
def test_what_both_sign_after_the_notice_goes_on_and_can_be_ended_again(world: World, days: int) -> None:
    first = ended(world)
    at = NOW + timedelta(hours=1)
    starts = at if not days else ENDS + timedelta(days=days)
    nxt = actions.revise_agreement(
        first.pk, terms={"rates": {"trip": "90"}}, effective_at=starts, by=world.actor("percy"), at=at
    )
    nxt = signed(world, nxt, "percy", "nora", at=at)
    first.refresh_from_db()
    # What has ended is not in force again until the next one begins.
    assert first.ends_at == min(starts, ENDS)
    assert first.ended_because == WHY  # and that notice was given stays on record
    assert found(world, ENDS) == (None if days else nxt)
    assert found(world, starts) == nxt
    if days:
        with refused("agreement_ended") as no:
            makers_incidents.reported(world, at=ENDS)
        assert f"and version {nxt.version} begins 2027-01-01 18:00 (America/New_York)" in str(no.value)
    end = starts + timedelta(days=1)
    assert ended(world, "percy", at=at, ends_at=end).pk == nxt.pk
    assert found(world, end) is None
    assert differences() == []


def test_notice_is_given_once(world: World) -> None:
    ended(world)
    for at, code in ((NOW, "ends_already"), (ENDS, "already_ended")):
        with refused(code):
            ended(world, "percy", at=at, ends_at=ENDS + timedelta(days=1))


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"ends_at": NOW - timedelta(seconds=1)}, "end_has_passed", "ends_at"),
        ({"reason": " "}, "missing_field", "reason"),
        ({"reason": "r" * 501}, "too_long", "reason"),
    ],
)
def test_what_is_no_notice(world: World, given: dict[str, Any], code: str, field: str) -> None:
    before = rebuild()
    with refused(code, field=field):
        ended(world, **given)
    assert rebuild() == before


def test_it_may_end_at_once(world: World) -> None:
    ended(world, ends_at=NOW)
    assert found(world, NOW) is None


def test_end_lies_behind_the_beginning_of_what_both_signed(world: World) -> None:
    at, starts = NOW, NOW + timedelta(days=10)
    draft = actions.revise_agreement(
        world.agreements["northgate"].pk, terms={}, effective_at=starts, by=world.actor("percy"), at=at
    )
    nxt = signed(world, draft, "percy", "nora", at=at)
    for wanted in (starts - timedelta(days=1), starts):
        with refused("ends_before_start", field="ends_at"):
            ended(world, ends_at=wanted)
    assert ended(world, ends_at=starts + timedelta(days=1)).pk == nxt.pk


@pytest.mark.parametrize(
    ("who", "code"),
    [("dana", "not_allowed"), ("rita", "not_allowed"), ("seth", "not_allowed"), ("hugo", "not_found")],
)
def test_notice_is_an_administrators_of_the_two_sides(world: World, who: str, code: str) -> None:
    with refused(code):
        ended(world, who)


def test_notice_needs_a_fresh_password(world: World) -> None:
    by = world.actor("nora", confirmed_at=NOW - timedelta(minutes=6))
    with refused("reauthenticate"):
        actions.end_agreement(world.agreements["northgate"].agreement_id, ends_at=ENDS, reason=WHY, by=by, at=NOW)


def test_what_nobody_signed_is_not_ended(small_world: World) -> None:
    version = drafted(small_world, "ironbridge", "northgate", "dana", {})
    with refused("no_agreement"):
        ended(small_world, agreement_id=version.agreement_id)


@pytest.mark.postgres
def test_two_notices_at_once_are_one(transactional_db: None) -> None:
    made = make_world()
    said = together.both(lambda: ended(made, "nora"), lambda: ended(made, "percy"))
    assert sorted(said) == ["done", "ends_already"]
