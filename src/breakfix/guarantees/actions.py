"""The guarantee begins by itself when the client accepts the work."""

from datetime import datetime

from django.db import transaction

from breakfix.guarantees import queries, rules
from breakfix.guarantees.models import Guarantee
from breakfix.guarantees.values import GuaranteeKind
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.reports import queries as reports


@transaction.atomic
def start_guarantee(engagement_id: int, *, by: Actor, at: datetime) -> Guarantee:
    """From acceptance on the provider answers for this work; its days are counted at the site.

    The instant of acceptance counts, not that of this deed. Refused once it runs, so it may be planned twice.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.START_GUARANTEE)
    running = queries.guarantee_of(engagement) is not None
    accepted_at = rules.check_can_start(Status(engagement.status), engagement.accepted_at, running=running)
    found = reports.expected_guarantee(engagement, accepted_at)
    rules.check_guaranteed(found.days, found.basis)
    days = rules.period(accepted_at, found.days, engagement.zone)
    guarantee = Guarantee.objects.create(
        engagement=engagement,
        asset=engagement.asset,
        kind=(GuaranteeKind.LEGACY if found.short else GuaranteeKind.WORKMANSHIP).value,
        days=found.days,
        starts_on=days.starts_on,
        ends_on=days.ends_on,
        ends_at=days.ends_at,
        basis=found.basis,
        started_at=at,
    )
    record(
        "guarantee.started",
        subject=guarantee,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"The work is guaranteed for {found.days} days, through {days.ends_on.isoformat()}.",
        facts={"days": found.days, "ends_on": days.ends_on, "ends_at": days.ends_at, "basis": found.basis},
        changed=[guarantee],
    )
    return guarantee
