"""The desk hears that a vendor is to be asked again, at that instant, and only if nobody asked meanwhile."""

from breakfix.kernel.tasks import Task
from breakfix.liaison.actions import cases
from breakfix.liaison.values import CaseResult
from tests import makers_liaison as make
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_incidents import qualified


def letters() -> list[str]:
    """Who is told that a vendor is to be asked, as planned letters."""
    sent = Task.objects.filter(kind="notice.send", key__contains="vendor-").order_by("key")
    return [one.payload["subject"] for one in sent]


def test_desk_is_told_at_the_instant_and_not_before(world: World) -> None:
    make.opened(world, qualified(world))
    run_until(local("2026-12-01 22:29"), make.OPENED)
    assert letters() == []
    run_until(make.NEXT, make.OPENED)
    assert set(letters()) == {"Ask Windy City Telecom about 4471-A (tier 1)"}


def test_who_asked_meanwhile_is_reminded_of_the_next_time_only(world: World) -> None:
    case = make.opened(world, qualified(world))
    make.spoken(world, case, next_contact_at=local("2026-12-01 23:30"))
    run_until(local("2026-12-01 23:29"), make.OPENED)
    assert letters() == []
    run_until(local("2026-12-01 23:30"), make.OPENED)
    assert len(set(letters())) == 1


def test_closed_case_reminds_nobody(world: World) -> None:
    case = make.opened(world, qualified(world))
    by = world.actor("dana")
    cases.close_vendor_case(case.pk, result=CaseResult.WITHDRAWN, said="Ours.", by=by, at=make.SPOKEN)
    run_until(local("2026-12-02 12:00"), make.OPENED)
    assert letters() == []
