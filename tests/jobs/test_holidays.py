"""Sixty days before the copied holidays of an agreement end, both sides' administrators hear of it, once."""

from datetime import datetime, timedelta

import pytest
from django.core import mail

from breakfix.agreements import actions
from breakfix.jobs import holidays
from breakfix.jobs.news import FOLLOWS
from breakfix.kernel import clock
from breakfix.kernel.models import Task
from tests import makers_agreements
from tests.jobs.running import run_until
from tests.makers import World, local

# Sixty days of 24 hours: the clocks are put back in between.
TOLD = local("2028-11-02 01:00")
YEARS = {"holidays": {"country": "US", "subdivision": "NY", "years": [2026, 2027, 2028, 2029, 2030]}}
CALDER = "calder/northgate"


def planned(world: World, key: str = "northgate", at: datetime | None = None) -> list[Task]:
    """What is planned for one agreement after it was signed."""
    version, at = world.agreements[key], at or world.at
    holidays.plan_notice({"topic": version.agreement.topic}, at)
    return list(Task.objects.filter(kind="holidays.tell", payload__topic=version.agreement.topic).order_by("due_at"))


def letters(task: Task, until: timedelta = timedelta(days=2)) -> list[mail.EmailMessage]:
    """The mails that leave after this task, at its instant and in the days after it."""
    mail.outbox.clear()
    with clock.set_to(task.due_at):
        holidays.tell(task.payload, task.due_at)
    Task.objects.exclude(kind="holidays.send").delete()
    run_until(task.due_at + until, since=task.due_at)
    return list(mail.outbox)


@pytest.mark.tampers
def test_both_sides_administrators_are_told_what_ends_and_what_to_do(world: World) -> None:
    (task,) = planned(world)
    assert task.due_at == TOLD
    found = letters(task)
    assert {one.to[0] for one in found} == {world.people["percy"].email, world.people["nora"].email}
    assert {one.subject for one in found} == {"[Breakfix] Holidays are agreed until 31 December 2028 only"}
    version = world.agreements["northgate"]
    text = str(found[0].body)
    assert f"Agreement {version.agreement.number}" in text
    assert "holidays are agreed until 31 December 2028." in text
    assert "begin the next version" in text
    assert f"/agreements/{version.agreement_id}\n" in text


@pytest.mark.tampers
def test_nobody_is_told_twice(world: World) -> None:
    (task,) = planned(world)
    assert len(planned(world)) == 1
    assert letters(task)
    holidays.tell(task.payload, task.due_at)
    assert Task.objects.filter(kind="holidays.send", done_at=None).count() == 0


def test_agreement_without_holidays_plans_nothing(world: World) -> None:
    assert planned(world, CALDER) == []


def test_what_is_signed_late_is_told_at_once(world: World) -> None:
    late = local("2028-12-15 10:00")
    (task,) = planned(world, at=late)
    assert task.due_at == late


@pytest.mark.tampers
@pytest.mark.parametrize("after_the_notice", [False, True])
def test_next_version_with_further_years_ends_the_matter(world: World, after_the_notice: bool) -> None:
    """Signed before the day, or between the plan and a message that waited for the morning."""
    (task,) = planned(world)
    if after_the_notice:
        holidays.tell(task.payload, task.due_at)
        assert Task.objects.filter(kind="holidays.send").exists()
    first = world.agreements["northgate"]
    made = actions.revise_agreement(
        first.pk,
        terms={"calendar": YEARS},
        effective_at=local("2028-12-20 00:00"),
        by=world.actor("percy"),
        at=world.at,
    )
    makers_agreements.signed(world, made, "percy", "nora")
    assert letters(task) == []
    assert planned(world)[-1].due_at == local("2030-11-02 01:00")


@pytest.mark.tampers
def test_single_site_that_ends_earlier_has_a_notice_of_its_own(world: World) -> None:
    site = "Newark depot"
    own = {"site": site, "holidays": {"country": "US", "subdivision": "NJ", "years": [2026, 2027]}}
    made = actions.revise_agreement(
        world.agreements["northgate"].pk,
        terms={"calendar": {"sites": [own]}},
        effective_at=local("2026-12-01 00:00"),
        by=world.actor("percy"),
        at=world.at,
    )
    makers_agreements.signed(world, made, "percy", "nora")
    first, second = planned(world)
    assert (first.due_at, second.due_at) == (local("2027-11-02 01:00"), TOLD)
    assert f"holidays are agreed until 31 December 2027 at {site}." in str(letters(first)[0].body)


def test_signature_is_followed_by_the_plan() -> None:
    assert "holidays.plan" in FOLLOWS["agreement.signed"]
