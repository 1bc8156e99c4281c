"""Acknowledge, qualify, decline: effects and refusals (domain.md §3.1)."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.incidents import qualifying, queries
from breakfix.incidents.actions import desk
from breakfix.incidents.models import Clock
from breakfix.incidents.values import ClockKind, Referral, Route, Status, Verdict
from breakfix.kernel.access import SYSTEM
from tests.makers import World, local
from tests.makers_incidents import ACKNOWLEDGED, QUALIFIED, acknowledged, qualified, reported
from tests.refusals import refused


def test_acknowledgement_stops_ack_and_begins_the_cadence(world: World) -> None:
    engagement = acknowledged(world)
    assert (engagement.status, engagement.acknowledged_at) == (Status.ACKNOWLEDGED, ACKNOWLEDGED)
    assert engagement.callback == "+1 201 555 0170"
    read = {one.kind: one for one in queries.readings(engagement, ACKNOWLEDGED)}
    assert (read[ClockKind.ACK].verdict, read[ClockKind.ACK].elapsed) == (Verdict.MET, timedelta(minutes=9))
    assert read[ClockKind.UPDATE].due_at == local("2026-12-01 20:31")


@pytest.mark.parametrize(("who", "code"), [("rita", "not_allowed"), ("cal", "not_found"), ("tom", "not_found")])
def test_acknowledgement_by_others_is_refused(world: World, who: str, code: str) -> None:
    engagement = reported(world)
    with refused(code):
        desk.acknowledge(engagement.pk, callback="1", by=world.actor(who), at=ACKNOWLEDGED)


def test_acknowledgement_by_a_machine_does_not_count(world: World) -> None:
    engagement = reported(world)
    with refused("not_allowed"):
        desk.acknowledge(engagement.pk, callback="1", by=SYSTEM, at=ACKNOWLEDGED)


def test_acknowledgement_needs_a_number_and_happens_once(world: World) -> None:
    engagement = reported(world)
    with refused("missing_field", field="callback"):
        desk.acknowledge(engagement.pk, callback=" ", by=world.actor("dana"), at=ACKNOWLEDGED)
    desk.acknowledge(engagement.pk, callback="1", by=world.actor("dana"), at=ACKNOWLEDGED)
    with refused("wrong_state"):
        desk.acknowledge(engagement.pk, callback="1", by=world.actor("dana"), at=QUALIFIED)


# ------------------------------------------------------------------------------------------ qualify


def qualify(world: World, engagement_id: int, **given: Any) -> None:
    desk.qualify(engagement_id, **{"by": world.actor("dana"), "at": QUALIFIED, **given})


def test_qualification_of_what_is_out_of_warranty(world: World) -> None:
    engagement = qualified(world)
    assert (engagement.status, engagement.route, engagement.cover_waived) == (
        Status.QUALIFIED,
        Route.BREAK_FIX,
        False,
    )
    assert engagement.route_reason.startswith("HW-RAID is in the agreed scope, out of warranty since ")
    assert engagement.route_reason.endswith("; nobody else owes it; insured")
    told = queries.timeline(engagement, world.actor("rita"))[-1]
    assert (told.kind, told.line) == ("engagement.qualified", "Qualified as break/fix.")


def test_route_test_says_what_the_desk_needs_to_know(world: World) -> None:
    cover = qualifying.route_test(acknowledged(world, asset_id=world.assets["switch"].pk), ACKNOWLEDGED)
    assert (cover.vendor_covers, str(cover.warranty_until), cover.in_scope) == (True, "2030-02-03", True)
    assert cover.insurance_gaps == ()


def test_qualification_without_insurance_is_refused(world: World) -> None:
    late = local("2027-07-01 09:00")  # every policy of the demo world ended the day before
    engagement = reported(world, at=late)
    desk.acknowledge(engagement.pk, callback="1", by=world.actor("dana"), at=late)
    with refused("not_insured"):
        qualify(world, engagement.pk, at=late)


def test_qualification_promises_no_amount(world: World) -> None:
    engagement = acknowledged(world)
    with refused("verbal_promise", field="reason"):
        qualify(world, engagement.pk, reason="About $2,000, I would say")


def test_qualification_happens_once(world: World) -> None:
    engagement = qualified(world)
    with refused("wrong_state"):
        qualify(world, engagement.pk)


# ------------------------------------------------------------------------------------------ decline


def test_declined_engagement_says_why_and_its_clocks_are_void(world: World) -> None:
    engagement = acknowledged(world)
    desk.decline(
        engagement.pk,
        referral=Referral.VENDOR_WARRANTY,
        reason="The vendor repairs this under warranty",
        by=world.actor("dana"),
        at=local("2026-12-01 20:40"),
    )
    engagement.refresh_from_db()
    assert (engagement.status, engagement.ending) == (Status.DECLINED, "vendor_warranty")
    verdicts = {one.kind: one.verdict for one in queries.clock_history(engagement, local("2026-12-02 09:00"))}
    # ENGAGE was past its target already; a declined engagement has no verdicts but those reached before.
    assert verdicts == {
        ClockKind.ACK: Verdict.MET,
        ClockKind.ENGAGE: Verdict.VOID,
        ClockKind.ONSITE: Verdict.VOID,
        ClockKind.UPDATE: Verdict.VOID,
        ClockKind.RESTORE: Verdict.VOID,
    }
    assert not Clock.objects.filter(stopped_at=None).exists()


def test_decline_needs_a_reason(world: World) -> None:
    engagement = reported(world)
    with refused("missing_field", field="reason"):
        desk.decline(engagement.pk, referral=Referral.IN_HOUSE, reason="", by=world.actor("dana"), at=ACKNOWLEDGED)
