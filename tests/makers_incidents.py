"""An engagement as the opening scenario reports it (domain.md §8 S1), carried on until it is qualified."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from breakfix.agreements.values import Domain
from breakfix.incidents.actions import desk, reporting
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import (
    Answers,
    Duty,
    HarmWithin,
    ObligationInput,
    People,
    Records,
    Revenue,
    Trend,
    Workaround,
)
from tests.makers import World, local
from tests.snapshots import remembered

OUTAGE = local("2026-12-01 19:40")
REPORTED = local("2026-12-01 19:52")
ACKNOWLEDGED = local("2026-12-01 20:01")
QUALIFIED = local("2026-12-01 20:04")

# 51 and 85 points: P1 (domain.md §4.1 T-P1).
OPENING = Answers(
    revenue=Revenue.NORMAL,
    people=People.FROM_5,
    records=Records.SOLE_COPY,
    obligation=Duty.DATED,
    harm_within=HarmWithin.WITHIN_24H,
    workaround=Workaround.NONE,
    trend=Trend.DEGRADING,
)
# 21 and 30 points: P4 (T-P2).
CALM = Answers(
    revenue=Revenue.DEGRADED,
    people=People.FROM_5,
    records=Records.NO_RISK,
    obligation=Duty.NONE,
    harm_within=HarmWithin.WITHIN_5BD,
    workaround=Workaround.PARTIAL,
    trend=Trend.STABLE,
)
ARCHIVE_GAP = ObligationInput(
    name="Archive gap closed",
    source="Records policy 4.2",
    triggered_at=OUTAGE,
    hours=Decimal(24),
    harm=Decimal(25000),
    owner="Head of records",
)


@remembered
def reported(world: World, *, who: str = "rita", at: datetime = REPORTED, **given: Any) -> Engagement:
    """The backup server's failure, as its requester reports it; `given` replaces what the story says."""
    asset = world.assets["backup"].pk if "site_id" not in given else None
    usual: dict[str, Any] = {
        "provider_id": world.organisation("ironbridge").pk,
        "domain": Domain.HW_RAID,
        "title": "Archive job died, array degraded",
        "description": "Two drives show amber; the nightly archive stopped at 19:40.",
        "answers": OPENING,
        "outage_started_at": OUTAGE,
        "obligations": [ARCHIVE_GAP],
        "callback": "+1 212 555 0131",
    }
    return reporting.report_failure(given.pop("asset_id", asset), **{**usual, **given}, by=world.actor(who), at=at)


def calm(world: World, **given: Any) -> Engagement:
    """One degraded branch: P4, without any obligation."""
    return reported(world, **{"answers": CALM, "obligations": [], **given})


@remembered
def acknowledged(world: World, **given: Any) -> Engagement:
    """Answered by the desk nine minutes later."""
    engagement = reported(world, **given)
    return desk.acknowledge(engagement.pk, callback="+1 201 555 0170", by=world.actor("dana"), at=ACKNOWLEDGED)


@remembered
def qualified(world: World, **given: Any) -> Engagement:
    """Taken on as break/fix: out of warranty, in scope, insured."""
    engagement = acknowledged(world, **given)
    return desk.qualify(engagement.pk, by=world.actor("dana"), at=QUALIFIED)
