"""A dated duty found out after the report: it counts as if it had been told then, and the report stays as it was."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.incidents import queries
from breakfix.incidents.actions import course, merging
from breakfix.incidents.actions.duties import add_obligation
from breakfix.incidents.models import Engagement, Obligation
from breakfix.incidents.values import ObligationInput, Verdict
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.models import Entry
from breakfix.kernel.money import Money
from tests.incidents.by_steps import restored
from tests.makers import World, local
from tests.makers_incidents import ARCHIVE_GAP, OUTAGE, REPORTED, calm, reported
from tests.refusals import refused

FOUND = local("2026-12-01 20:30")
HOUR = timedelta(hours=1)
FILING = ObligationInput(
    name="Filing sent",
    source="Contract 17, section 3",
    triggered_at=OUTAGE,
    hours=Decimal(40),
    harm=Decimal("1200.50"),
    harm_per_day=Decimal(100),
    owner="Head of trading",
    ends_with_restoration=False,
)


def add(world: World, engagement: Engagement, who: str = "rita", at: datetime = FOUND, **given: Any) -> Engagement:
    others = {name: given.pop(name) for name in ("missed", "told_by") if name in given}
    duty = replace(FILING, **given)
    return add_obligation(engagement.pk, duty=duty, **others, by=world.actor(who), at=at)


def added() -> Obligation:
    return Obligation.objects.latest("pk")


def test_added_duty_counts_from_its_own_trigger_and_warns(world: World) -> None:
    engagement = calm(world)
    assert queries.meter(engagement, FOUND + 80 * HOUR) is not None
    add(world, engagement)
    (reading,) = queries.obligations(engagement, OUTAGE + 10 * HOUR)
    assert (reading.verdict, reading.percent, reading.due_at) == (Verdict.RUNNING, 25, OUTAGE + 40 * HOUR)
    assert (reading.duty.source, reading.duty.owner) == (FILING.source, FILING.owner)
    alarms = [one for one in queries.alarms(engagement, FOUND) if one.obligation_id == reading.duty.obligation_id]
    assert [(one.percent, (one.due_at - OUTAGE) // HOUR) for one in alarms] == [
        *((50, 20), (0, 28), (75, 30), (90, 36), (100, 40))
    ]


def test_harm_of_an_added_duty_falls_into_the_meter_once_it_is_past(world: World) -> None:
    engagement = calm(world)
    due = OUTAGE + 40 * HOUR
    before = {at: queries.meter(engagement, at) for at in (due, due + HOUR)}
    add(world, engagement)
    grown = []
    for at, meter in before.items():
        now = queries.meter(engagement, at)
        assert now is not None
        assert meter is not None
        grown.append(now.total - meter.total)
    assert grown == [Money.zero("USD"), Money.of("1300.50", "USD")]


def test_report_stays_as_it_was_and_both_sides_have_it_on_record(world: World) -> None:
    engagement = calm(world)
    reported_as = (engagement.answers, engagement.points, engagement.impact_score, engagement.urgency_score)
    add(world, engagement, "dana", told_by="Seth, by telephone")
    engagement.refresh_from_db()
    scores = (engagement.answers, engagement.points, engagement.impact_score, engagement.urgency_score)
    assert scores == reported_as
    assert (engagement.answers["obligation"], engagement.floor_reason) == ("none", "")
    told = Entry.objects.filter(kind="obligation.added")
    assert set(told.values_list("organisation_id", flat=True)) == set(engagement.party_ids)
    assert {one.line for one in told} == {
        "Obligation added, due 2026-12-03 11:40: Filing sent (Contract 17, section 3); told by Seth, by telephone."
    }
    assert queries.timeline(engagement, world.actor("rita"))[-1].facts["told_by"] == "Seth, by telephone"
    assert [row.pk for row in Obligation.objects.filter(engagement=engagement)] == [added().pk]


def test_duty_may_begin_to_run_later(world: World) -> None:
    engagement = calm(world)
    add(world, engagement, "seth", triggered_at=FOUND + 12 * HOUR, hours=None, deadline_at=FOUND + 36 * HOUR)
    (reading,) = queries.obligations(engagement, FOUND + 2 * HOUR)
    assert (reading.percent, reading.elapsed) == (0, timedelta(0))
    assert queries.obligations(engagement, FOUND + 24 * HOUR)[0].percent == 50


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "missing_field", "duty-name"),
        ({"source": ""}, "missing_field", "duty-source"),
        ({"name": "x" * 161}, "too_long", "duty-name"),
        ({"deadline_at": OUTAGE + HOUR}, "one_deadline", "duty-hours"),
        ({"hours": None}, "one_deadline", "duty-hours"),
        ({"hours": None, "deadline_at": OUTAGE}, "deadline_before_trigger", "duty-deadline_at"),
        ({"hours": Decimal(0)}, "bad_hours", "duty-hours"),
        ({"harm": Decimal(-1)}, "bad_amount", "duty-harm"),
        ({"harm_per_day": Decimal("NaN")}, "bad_amount", "duty-harm_per_day"),
        ({"owner": "x" * 121}, "too_long", "duty-owner"),
        ({"hours": Decimal("0.5")}, "deadline_passed", "missed"),
        ({"missed": True}, "not_missed", "missed"),
        (
            {"missed": True, "triggered_at": OUTAGE - 5 * HOUR, "hours": Decimal(5)},
            "due_before_outage",
            "missed",
        ),
        ({"who": "dana"}, "missing_field", "told_by"),
        ({"who": "dana", "told_by": "Seth, who says $500"}, "verbal_promise", "told_by"),
    ],
)
def test_duty_is_refused_as_at_the_report(world: World, given: dict[str, Any], code: str, field: str) -> None:
    engagement = calm(world)
    with refused(code, field=field):
        add(world, engagement, **given)


@pytest.mark.parametrize(
    ("who", "code"), [("quinn", "not_allowed"), ("ada", "not_allowed"), ("fay", "not_allowed"), ("hana", "not_found")]
)
def test_only_the_client_and_the_desk_add_duties(world: World, who: str, code: str) -> None:
    engagement = calm(world)
    with refused(code):
        add(world, engagement, who, told_by="Seth")
    with refused("not_allowed"):
        add_obligation(engagement.pk, duty=FILING, by=SYSTEM, at=FOUND)


def test_nothing_is_added_to_what_is_over(world: World) -> None:
    engagement = calm(world)
    course.cancel_engagement(engagement.pk, reason="Solved", by=world.actor("rita"), at=FOUND)
    with refused("wrong_state"):
        add(world, engagement)


def test_deadline_at_this_very_instant_is_not_missed(world: World) -> None:
    engagement = calm(world)
    add(world, engagement, hours=None, deadline_at=FOUND)
    assert queries.obligations(engagement, FOUND)[0].verdict is Verdict.RUNNING


def test_missed_duty_counts_its_harm_once_somebody_says_so(world: World) -> None:
    engagement = calm(world)
    add(world, engagement, hours=Decimal("0.5"), missed=True)
    (reading,) = queries.obligations(engagement, FOUND)
    assert (reading.verdict, reading.harm) == (Verdict.MISSED, Money.of("1300.50", "USD"))
    told = queries.timeline(engagement, world.actor("dana"))[-1]
    assert told.line == "Obligation added, missed, it was due 2026-12-01 20:10: Filing sent (Contract 17, section 3)."


def test_same_duty_is_not_added_twice(world: World) -> None:
    engagement = reported(world)
    archive = {name: getattr(ARCHIVE_GAP, name) for name in ("source", "harm", "ends_with_restoration")}
    with refused("known_obligation", field="duty-name"):
        add(world, engagement, name="ARCHIVE gap closed", hours=None, deadline_at=OUTAGE + 25 * HOUR, **archive)
    add(world, engagement, name="ARCHIVE gap closed", hours=Decimal(26), **archive)
    assert Obligation.objects.filter(engagement=engagement).count() == 2


def test_added_duty_goes_with_a_report_that_is_merged(world: World) -> None:
    first, second = calm(world), calm(world, who="seth", at=REPORTED + timedelta(minutes=20))
    add(world, second)
    merging.merge_engagement(second.pk, into_id=first.pk, reason="One", by=world.actor("dana"), at=FOUND)
    assert [one.duty.name for one in queries.obligations(first, FOUND)] == ["Filing sent"]
    with refused("wrong_state"):
        add(world, second, name="Another")


# ------------------------------------------------------------------------------------------ the service is back


def test_what_the_restoration_fulfils_is_fulfilled_by_it(world: World) -> None:
    engagement = restored(world)
    at = engagement.restored_at
    assert at is not None
    add(world, engagement, at=at + HOUR, ends_with_restoration=True)
    row = added()
    assert (row.met_at, row.met_by_restoration) == (at, True)
    with refused("deadline_passed", field="missed"):
        add(world, engagement, at=at + HOUR, name="Late", hours=Decimal(2), ends_with_restoration=True)
    add(world, engagement, at=at + HOUR, name="Late", hours=Decimal(2), ends_with_restoration=True, missed=True)
    late = next(one for one in queries.obligations(engagement, at + 50 * HOUR) if one.duty.name == "Late")
    assert (late.verdict, late.is_open, late.harm) == (Verdict.MISSED, False, Money.of("1300.50", "USD"))
    with refused("restored_before", field="duty-ends_with_restoration"):
        after = {"name": "Later", "triggered_at": at + HOUR, "ends_with_restoration": True}
        add(world, engagement, at=at + HOUR, **after)


def test_what_somebody_has_to_fulfil_runs_on_after_the_restoration(world: World) -> None:
    engagement = restored(world)
    at = engagement.restored_at
    assert at is not None
    add(world, engagement, at=at + HOUR)
    (reading,) = [one for one in queries.obligations(engagement, at + HOUR) if one.duty.name == "Filing sent"]
    assert (reading.is_open, reading.verdict) == (True, Verdict.RUNNING)
    assert any(one.obligation_id == reading.duty.obligation_id for one in queries.alarms(engagement, at + HOUR))
