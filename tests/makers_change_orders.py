"""A second fault in S1's night: found at 03:00, raised at 03:05, issued at 03:15, signed by both at 03:30."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from breakfix.incidents.models import Engagement
from breakfix.kernel.files import Upload
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.actions import change_orders, deciding, drafting, issuing
from breakfix.quotes.models import Quote
from breakfix.quotes.values import Cause, TaskLine
from tests import makers_work
from tests.makers import World, local
from tests.snapshots import remembered

FOUND = local("2026-12-02 03:00")
RAISED = local("2026-12-02 03:05")
REVIEWED = local("2026-12-02 03:10")
ISSUED = local("2026-12-02 03:15")
REVISED = local("2026-12-02 03:20")
REISSUED = local("2026-12-02 03:25")
APPROVED = local("2026-12-02 03:30")
PROOF = Upload(
    "backplane.txt", b"Bay 2 drops out under load once the array is imported; link resets 14 in 10 minutes.\n"
)
REASON = "The backplane drops bay 2 under load; no reading with the array offline could show that."


def task(hours: str, level: int = 3, tier: Tier = Tier.AFTER_HOURS) -> TaskLine:
    """One task of exactly these hours."""
    sure = Decimal(hours)
    return TaskLine("Replace the backplane", level, sure, sure, sure, tier)


def typed(**given: Any) -> dict[str, Any]:
    """A change order as it is typed: 2 h of L3 at night, Q 735.00, N 825.00 (1.10 x 735.00 = 808.50)."""
    return {
        "cause": Cause.NEW_FAULT,
        "reason": REASON,
        "found_at": FOUND,
        "evidence": PROOF,
        "scope_in": "Replace the backplane and test every bay under load",
        "tasks": [task("2")],
        **given,
    }


@remembered
def proposed(
    world: World, engagement: Engagement | None = None, who: str = "quinn", at: datetime = RAISED, **given: Any
) -> Quote:
    """Raised while the work goes on."""
    engagement = engagement or makers_work.started(world).engagement
    return change_orders.propose_change_order(engagement.pk, **typed(**given), by=world.actor(who), at=at)


@remembered
def issued(world: World, engagement: Engagement | None = None, at: datetime = ISSUED, **given: Any) -> Quote:
    """Reviewed and before the client."""
    quote = proposed(world, engagement, **given)
    drafting.review_quote(quote.pk, by=world.actor("rex"), at=min(REVIEWED, at))
    return issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=at)


def revised(world: World, quote: Quote, who: str = "quinn", at: datetime = REVISED, **given: Any) -> Quote:
    """The next version: an hour more, and what may be needed besides. Q 1,102.50, N 1,225.00 (1,212.75 before)."""
    lines = {"scope_in": "Replace the backplane and its cables", "tasks": [task("3")], **given}
    return change_orders.revise_change_order(quote.pk, **lines, by=world.actor(who), at=at)


def reissued(world: World, quote: Quote, at: datetime = REISSUED, **given: Any) -> Quote:
    """Revised, reviewed and before the client in the place of the version before."""
    newer = revised(world, quote, **given)
    drafting.review_quote(newer.pk, by=world.actor("rex"), at=at)
    return issuing.issue_quote(newer.pk, by=world.actor("quinn"), at=at)


def signed(world: World, quote: Quote, who: str, at: datetime = APPROVED, **given: Any) -> Quote:
    """One approver's seat, freshly authenticated."""
    shown = {"shown_sha256": quote.sha256, **given}
    return deciding.approve_quote(quote.pk, **shown, by=world.actor(who, confirmed_at=at), at=at)


@remembered
def approved(world: World, engagement: Engagement | None = None, **given: Any) -> Quote:
    """Signed by IT and by finance, who is awake by now."""
    quote = issued(world, engagement, **given)
    signed(world, quote, "alice")
    return signed(world, quote, "cora")
