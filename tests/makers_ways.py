"""S1's quote with three ways to keep the archive going: in place, on a loaner, and on Saturday night."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from breakfix.incidents.models import Engagement
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.actions import issuing
from breakfix.quotes.continuity import ContinuityWay, Strategy
from breakfix.quotes.models import Quote
from tests import makers_quotes
from tests.makers import World, local
from tests.quotes import cases

IN_PLACE = ContinuityWay(
    Strategy.IN_PLACE, "The array is rebuilt where it stands", local("2026-12-02 12:15"), local("2026-12-02 12:15")
)
FAILOVER = ContinuityWay(
    Strategy.FAILOVER,
    "A loaner takes the stream, then the array is rebuilt",
    local("2026-12-02 04:15"),
    local("2026-12-02 12:15"),
    loaner="Loaner NAS, per day",
    loaner_days=Decimal(2),
    loaner_unit=Decimal(180),
)
SUNDAY = ContinuityWay(
    Strategy.AFTER_HOURS,
    "Nobody is disturbed; the stream stands still until Sunday",
    local("2026-12-06 14:15"),
    local("2026-12-06 14:15"),
    tier=Tier.SUNDAY,
)
WAYS = (IN_PLACE, FAILOVER, SUNDAY)
# S1's lines without its loaner, which is a way of its own here.
CHARGES = [charge for charge in cases.S1.charges if charge.kind != "loaner"]


def from_(at: datetime) -> list[ContinuityWay]:
    """The same three, from this instant on."""
    moved = [at + (way.back_at - makers_quotes.ISSUED) for way in WAYS]
    return [replace(way, back_at=back, finish_at=back) for way, back in zip(WAYS, moved, strict=True)]


def typed(times: str, ways: int, at: datetime) -> dict[str, Any]:
    """The opening scenario's offer with its hours so many times, and so many ways from this instant on."""
    factor, spread = Decimal(times), ("optimistic", "likely", "pessimistic")
    longer = [{name: getattr(task, name) * factor for name in spread} for task in cases.S1.tasks]
    tasks = [replace(task, **hours) for task, hours in zip(cases.S1.tasks, longer, strict=True)]
    return makers_quotes.inputs(tasks=tasks, ways=from_(at)[:ways])


def drafted(world: World, **given: Any) -> Quote:
    """Typed by the quoting engineer."""
    return makers_quotes.drafted(world, **{"charges": CHARGES, "ways": list(WAYS), **given})


def issued(
    world: World, engagement: Engagement | None = None, at: datetime = makers_quotes.ISSUED, **given: Any
) -> Quote:
    """Before the client with the first way put forward; N is simulated."""
    quote = makers_quotes.reviewed(world, engagement, **{"charges": CHARGES, "ways": list(WAYS), **given})
    return issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=at)
