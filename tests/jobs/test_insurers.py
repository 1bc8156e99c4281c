"""Whoever owes the notice to the cyber insurer hears of it a day before it is due, unless it was given."""

from datetime import timedelta

import pytest

from breakfix.agreements.values import Domain
from breakfix.incidents.actions import preserving
from breakfix.incidents.models import Engagement
from breakfix.jobs import insurers
from breakfix.jobs.news import FOLLOWS
from breakfix.kernel.tasks import Task
from breakfix.parties.models import RoleHolding
from tests.makers import World
from tests.makers_incidents import CALM, REPORTED, reported

DUE = REPORTED + timedelta(hours=72)


def attacked(world: World) -> Engagement:
    return reported(world, domain=Domain.SEC, answers=CALM, obligations=[])


def planned(engagement: Engagement) -> list[Task]:
    insurers.plan_reminder({"topic": engagement.topic}, REPORTED)
    return list(Task.objects.filter(kind="insurer.remind"))


def reminded(task: Task) -> set[int]:
    insurers.remind(task.payload, task.due_at)
    sent = Task.objects.filter(kind="notice.send", key__contains="insurer-")
    return {one.payload["person_id"] for one in sent}


def test_security_officer_is_reminded_a_day_before(world: World) -> None:
    (task,) = planned(attacked(world))
    assert task.due_at == DUE - timedelta(hours=24)
    assert reminded(task) == {world.people["sol"].pk}


def test_nobody_is_reminded_of_what_was_given(world: World) -> None:
    engagement = attacked(world)
    (task,) = planned(engagement)
    preserving.note_insurer_notice(engagement.pk, reference="CY-88", by=world.actor("sol"), at=REPORTED)
    assert reminded(task) == set()


@pytest.mark.tampers
def test_without_a_security_officer_the_administrators_are_reminded(world: World) -> None:
    RoleHolding.objects.filter(role="security_officer").delete()
    (task,) = planned(attacked(world))
    assert reminded(task) == {world.people["nora"].pk}


def test_failure_without_an_insurer_plans_nothing(world: World) -> None:
    assert planned(reported(world)) == []


def test_report_is_followed_by_the_plan() -> None:
    assert "insurer.plan" in FOLLOWS["engagement.submitted"]
