"""Factors, fulfilled duties and warnings: effects and refusals (domain.md §3.9, §4.3, §4.4)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.incidents import queries
from breakfix.incidents.actions import course, harm
from breakfix.incidents.models import Clock, Degradation, Engagement, Obligation
from breakfix.incidents.values import ClockKind, HoldReason, Verdict
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.money import Money
from tests.incidents.by_steps import offered, restored
from tests.makers import World, local
from tests.makers_incidents import OUTAGE, acknowledged, calm, qualified, reported
from tests.refusals import refused

HALF = local("2026-12-01 20:07")  # 15 of the 30 minutes of ENGAGE


def engage(engagement: Engagement) -> int:
    return Clock.objects.get(engagement=engagement, kind=ClockKind.ENGAGE).pk


def warn(engagement: Engagement, percent: int = 50, **given: Any) -> Engagement:
    usual: dict[str, Any] = {"by": SYSTEM, "at": HALF}
    if "obligation_id" not in given:
        usual["clock_id"] = engage(engagement)
    return harm.note_breach(engagement.pk, percent=percent, **{**usual, **given})


def test_warning_goes_on_record_once_with_who_is_told(world: World) -> None:
    engagement = qualified(world)
    alarms = [a for a in queries.alarms(engagement, HALF) if a.clock_id == engage(engagement)]
    assert [(alarm.percent, alarm.due_at) for alarm in alarms][0] == (50, HALF)
    warn(engagement)
    told = queries.timeline(engagement, world.actor("dana"))[-1]
    assert (told.kind, told.line) == ("clock.warned", "ENGAGE: 50 % used, due 2026-12-01 20:22.")
    assert told.facts["told"] == ["dispatcher"]
    left = [a.percent for a in queries.alarms(engagement, HALF) if a.clock_id == engage(engagement)]
    assert left == [75, 90, 100]
    with refused("already_warned"):
        warn(engagement)


def test_warning_that_is_not_due_is_refused(world: World) -> None:
    engagement = qualified(world)
    with refused("not_due"):
        warn(engagement, at=HALF - timedelta(seconds=1))
    with refused("bad_percent"):
        warn(engagement, 51)


def test_warning_that_a_hold_moved_is_refused(world: World) -> None:
    engagement = qualified(world)
    course.hold(
        engagement.pk,
        reason=HoldReason.AWAITING_CLIENT_INFO,
        question="Which array?",
        by=world.actor("dana"),
        at=local("2026-12-01 20:05"),
    )
    with refused("not_due"):
        warn(engagement)


def test_warning_of_a_stopped_clock_is_refused(world: World) -> None:
    engagement = acknowledged(world)
    ack = Clock.objects.get(kind=ClockKind.ACK)
    with refused("clock_stopped"):
        warn(engagement, clock_id=ack.pk)


def test_warning_of_another_engagements_clock_is_refused(world: World) -> None:
    one, other = qualified(world), qualified(world)
    with refused("not_found"):
        warn(one, clock_id=engage(other))


def test_warning_of_a_duty_reaches_its_owner_from_the_first_on(world: World) -> None:
    engagement = reported(world)
    duty = Obligation.objects.get()
    warn(engagement, obligation_id=duty.pk, at=local("2026-12-02 07:40"))
    told = queries.timeline(engagement, world.actor("rita"))[-1]
    assert told.line == "Archive gap closed: 50 % used, due 2026-12-02 19:40."
    assert told.facts["told"] == ["dispatcher", "service_owner"]


def test_warning_is_the_machines_alone(world: World) -> None:
    engagement = qualified(world)
    with refused("not_allowed"):
        warn(engagement, by=world.actor("dana"))


def test_nothing_warns_of_what_is_over(world: World) -> None:
    engagement = qualified(world)
    cancelled = course.cancel_engagement(engagement.pk, reason="Solved", by=world.actor("rita"), at=HALF)
    assert queries.alarms(cancelled, HALF) == []


# ------------------------------------------------------------------------------------------ degradation


def test_factor_counts_from_now_on_and_keeps_its_reason(world: World) -> None:
    engagement = offered(world)
    at = local("2026-12-02 04:10")
    harm.set_degradation(
        engagement.pk, factor=Decimal("0.25"), reason="A loaner takes the stream", by=world.actor("seth"), at=at
    )
    engagement.refresh_from_db()
    assert (engagement.degradation, Degradation.objects.get().since) == (Decimal("0.2500"), at)
    meter = queries.meter(engagement, local("2026-12-02 06:25"))
    assert meter is not None
    assert (meter.total, meter.rate_now) == (Money.of("5437.50", "USD"), Money.of("150", "USD"))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"factor": Decimal("1.5")}, "bad_factor"),
        ({"reason": ""}, "missing_field"),
        ({"who": "dana"}, "not_allowed"),
        ({"who": "hana"}, "not_found"),
    ],
)
def test_factor_is_refused(world: World, given: dict[str, Any], code: str) -> None:
    engagement = qualified(world)
    usual = {"factor": Decimal("0.5"), "reason": "Half of it", "who": "seth", **given}
    who = world.actor(usual.pop("who"))
    with refused(code):
        harm.set_degradation(engagement.pk, **usual, by=who, at=HALF)


def test_factor_after_restoration_is_refused(world: World) -> None:
    engagement = restored(world)
    with refused("already_restored"):
        harm.set_degradation(
            engagement.pk, factor=Decimal(0), reason="Done", by=world.actor("seth"), at=local("2026-12-02 07:00")
        )


# ------------------------------------------------------------------------------------------ duties


def test_duty_fulfilled_before_the_restoration_is_met(world: World) -> None:
    engagement = offered(world)
    at = local("2026-12-02 04:10")
    harm.meet_obligation(engagement.pk, by=world.actor("seth"), at=at)
    (duty,) = queries.obligations(engagement, local("2026-12-03 09:00"))
    assert (duty.verdict, duty.elapsed) == (Verdict.MET, at - OUTAGE)
    with refused("which_obligation", field="obligation_id"):
        harm.meet_obligation(engagement.pk, by=world.actor("seth"), at=at)
    with refused("already_met", field="obligation_id"):
        harm.meet_obligation(engagement.pk, obligation_id=duty.duty.obligation_id, by=world.actor("seth"), at=at)


def test_duty_of_another_engagement_is_not_found(world: World) -> None:
    reported(world)
    other = calm(world)
    with refused("not_found"):
        harm.meet_obligation(other.pk, obligation_id=Obligation.objects.get().pk, by=world.actor("seth"), at=HALF)
