"""S1's emergency change (domain.md §8): proposed 01:50, let through by both members of the ECAB until 01:58."""

from datetime import datetime
from typing import Any

from breakfix.changes import actions, queries
from breakfix.changes.models import Change
from breakfix.changes.values import Kind, RiskScores, StepPlan
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from tests import makers_diagnosis, makers_quotes
from tests.makers import World, local
from tests.snapshots import remembered

PROPOSED = local("2026-12-02 01:50")
FIRST = local("2026-12-02 01:55")
SECOND = local("2026-12-02 01:58")
WINDOW = (local("2026-12-02 02:00"), local("2026-12-02 09:00"))
STEPS = [
    StepPlan("Take an image of all drives", 110, takes_image=True, evidence_needed=True),
    StepPlan("Replace controller and cache module", 40, point_of_no_return=True),
    StepPlan("Replace the failed drive and rebuild", 60),
    StepPlan("Import the foreign configuration, verify both arrays", 30),
    StepPlan("Restore the archive stream", 30),
]
TESTS = ["Both virtual disks optimal", "Archive job writes and reads back", "No new controller events"]
PLAN: dict[str, Any] = {
    "kind": Kind.EMERGENCY,
    "title": "Replace the RAID controller of the backup server",
    "steps": STEPS,
    "rollback": ["Refit the old controller and cache", "Write the images back to the original drives"],
    "rollback_minutes": 60,
    "tests": TESTS,
    "comms": "Service owner by phone before step 2 and at the end; updates every 30 minutes in the portal.",
    "window_start": WINDOW[0],
    "window_end": WINDOW[1],
    "risk": RiskScores(complexity=3, impact=3, rollback=3, tests=2, recent_changes=2),
    "reason": "The archive gap has to be closed at 19:40.",
    "services": "Archive stream",
    "continuity": "A loaner NAS takes the archive stream from about 04:10.",
}


@remembered
def ready(world: World) -> Engagement:
    """S1 until 01:47: diagnosed, quoted, approved in the emergency."""
    quote = makers_quotes.approved(world, makers_diagnosis.diagnosed(world))
    return Engagement.objects.get(pk=quote.engagement_id)


@remembered
def proposed(world: World, engagement: Engagement | None = None, **given: Any) -> Change:
    """Tom puts the whole plan before the client; `given` replaces some of it."""
    engagement = engagement or ready(world)
    typed = {"by": world.actor("tom"), "at": PROPOSED, **PLAN, **given}
    return actions.propose_change(engagement.pk, **typed)


def seconded(world: World, change: Change, who: str, at: datetime, shown: str | None = None) -> Change:
    """One member of the authority agrees to what they were shown."""
    shown = change.sha256 if shown is None else shown
    return actions.approve_change(change.pk, shown_sha256=shown, by=world.actor(who), at=at)


@remembered
def approved(world: World, change: Change | None = None) -> Change:
    """Change manager and service owner have agreed."""
    change = change or proposed(world)
    seconded(world, change, "chas", FIRST)
    seconded(world, change, "seth", SECOND)
    return queries.get_change(change.pk, SYSTEM)
