"""S1's night of work (domain.md §8): planned 02:00, begun 02:05, restored 06:25, resolved 06:40."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from breakfix.dispatch.actions import desk, visit
from breakfix.incidents.models import Engagement
from breakfix.kernel.files import Upload
from breakfix.parts import queries as parts
from breakfix.parts.actions import fitting
from breakfix.parts.values import Disposition
from breakfix.quotes import queries as quotes
from breakfix.quotes.actions import ordering
from breakfix.work.actions import doing, ending, planning, using
from breakfix.work.models import WorkOrder
from breakfix.work.values import TestResult
from tests import makers_changes
from tests.makers import World, local
from tests.snapshots import remembered

PLANNED = local("2026-12-02 02:00")
GRANTED = local("2026-12-02 02:04")
STARTED = local("2026-12-02 02:05")
RESTORED = local("2026-12-02 06:25")
REVOKED = local("2026-12-02 06:32")
RESOLVED = local("2026-12-02 06:40")
ACCESS_UNTIL = local("2026-12-02 08:00")
PASSED = [TestResult(name, passed=True) for name in makers_changes.TESTS]
IMAGE_LOG = Upload("images.log", b"sda 4.0 TB sha256 61f0...\nsdb 4.0 TB sha256 99ab...\n")
CHECKED = "All drives, fans and both supplies read after two hours under load: nothing else is wrong."


@remembered
def ready(world: World) -> Engagement:
    """S1 until 01:59: change approved, parts ordered, ines booked beside tom."""
    change = makers_changes.approved(world)
    quote = quotes.binding_quote(change.engagement)
    assert quote is not None
    ordering.order_parts(quote.pk, by=world.actor("dana"), at=local("2026-12-02 01:52"))
    desk.book_specialist(
        change.engagement_id,
        world.technicians["ines"].pk,
        planned_start=local("2026-12-02 02:15"),
        planned_end=local("2026-12-02 09:00"),
        required_level=1,
        reason="A second pair of hands for the images.",
        by=world.actor("dana"),
        at=local("2026-12-02 01:53"),
    )
    return Engagement.objects.get(pk=change.engagement_id)


@remembered
def planned(world: World, engagement: Engagement | None = None, **given: Any) -> WorkOrder:
    """The change's steps as a work order, in its window."""
    engagement = engagement or ready(world)
    typed = {"by": world.actor("dana"), "at": PLANNED, **given}
    return planning.plan_work(engagement.pk, **typed)


def granted(world: World, engagement: Engagement, **given: Any) -> None:
    """The security officer lets both in until eight."""
    typed = {
        "technicians": [world.technicians["tom"].pk, world.technicians["ines"].pk],
        "system": "nyc-backup-01",
        "until": ACCESS_UNTIL,
        "by": world.actor("sol"),
        "at": GRANTED,
        **given,
    }
    using.grant_access(engagement.pk, **typed)


@remembered
def started(world: World) -> WorkOrder:
    """Tom has read the way back and begun."""
    order = planned(world)
    granted(world, order.engagement)
    return planning.start_work(order.engagement_id, rollback_read=True, by=world.actor("tom"), at=STARTED)


def clocked(world: World, engagement_id: int, who: str, at: datetime, *, on: bool, **given: Any) -> Any:
    deed: Callable[..., Any] = doing.clock_on if on else doing.clock_off
    return deed(engagement_id, **given, by=world.actor(who), at=at)


def done(world: World, engagement_id: int, position: int, at: datetime, who: str = "tom", **given: Any) -> Any:
    """One step with its result; the image with its log."""
    evidence = IMAGE_LOG if position == 1 else None
    typed = {"result": "As planned.", "evidence": evidence, **given}
    return doing.complete_step(engagement_id, position=position, **typed, by=world.actor(who), at=at)


def used(world: World, engagement_id: int, key: str, at: datetime, quantity: str = "1", **given: Any) -> Any:
    return using.use_line(engagement_id, key=key, quantity=Decimal(quantity), **given, by=world.actor("tom"), at=at)


def fitted(world: World, engagement: Engagement, line: str, received: datetime, installed: datetime) -> None:
    """The part of a quoted line, received and built in by its serial."""
    part = next(one for one in parts.parts_of(engagement) if one.quote_line.endswith(f"/{line}"))
    serial, by = f"SN-{part.part_number}", world.actor("tom")
    fitting.receive_part(part.pk, serial=serial, by=by, at=received)
    fitting.install_part(
        part.pk,
        serial=serial,
        removed_serial=f"OLD-{part.part_number}",
        disposition=Disposition.LEFT_WITH_CLIENT,
        by=by,
        at=installed,
    )


@remembered
def worked(world: World) -> WorkOrder:
    """The whole night: two people, five steps, three parts, four charges; nobody is on the clock any more."""
    order = started(world)
    engagement, key = order.engagement, order.engagement_id
    clocked(world, key, "tom", STARTED, on=True)
    used(world, key, "C2", STARTED)
    used(world, key, "C3", STARTED)
    visit.acknowledge_protocol(key, by=world.actor("ines"), at=local("2026-12-02 02:25"))
    clocked(world, key, "ines", local("2026-12-02 02:30"), on=True)
    used(world, key, "C1", local("2026-12-02 02:40"))
    done(world, key, 1, local("2026-12-02 03:55"))
    used(world, key, "C4", local("2026-12-02 04:10"), "2", note="Loaner in service, two days.")
    for line in ("P1", "P2"):
        fitted(world, engagement, line, local("2026-12-02 02:40"), local("2026-12-02 04:20"))
    done(world, key, 2, local("2026-12-02 04:35"))
    fitted(world, engagement, "P3", local("2026-12-02 02:41"), local("2026-12-02 04:50"))
    done(world, key, 3, local("2026-12-02 05:30"), who="ines")
    clocked(world, key, "ines", local("2026-12-02 05:30"), on=False)
    done(world, key, 4, local("2026-12-02 05:50"))
    done(world, key, 5, local("2026-12-02 06:18"))
    clocked(world, key, "tom", local("2026-12-02 06:20"), on=False)
    return order


@remembered
def restored(world: World) -> WorkOrder:
    """All tests passed at 06:25."""
    order = worked(world)
    ending.restore_service(order.engagement_id, tests=PASSED, by=world.actor("tom"), at=RESTORED)
    return order


@remembered
def resolved(world: World) -> Engagement:
    """Access revoked, nothing else found, the work is done."""
    order = restored(world)
    using.revoke_access(order.engagement_id, by=world.actor("sol"), at=REVOKED)
    ending.resolve(order.engagement_id, second_fault_check=CHECKED, by=world.actor("tom"), at=RESOLVED)
    return Engagement.objects.get(pk=order.engagement_id)
