"""S1's morning (domain.md §8): ratified 08:40, reported 09:10, accepted 10:05, invoiced 11:00, closed 11:30."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from breakfix.approvals import queries as approvals
from breakfix.approvals.actions import ratification
from breakfix.approvals.values import Purpose, RatifyVerdict
from breakfix.billing import actions as billing
from breakfix.billing.models import Invoice
from breakfix.changes import actions as changes
from breakfix.changes import queries as change_queries
from breakfix.changes.values import Ending
from breakfix.guarantees import actions as guarantees
from breakfix.guarantees.models import Guarantee
from breakfix.histories.models import Document
from breakfix.histories.values import DocumentKind
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.jobs.documents import print_document
from breakfix.kernel.access import SYSTEM
from breakfix.reports import actions
from breakfix.reports.models import ServiceReport
from tests import makers_work, snapshots
from tests.makers import SET_UP_AT, World, local
from tests.makers import world as make_world
from tests.snapshots import remembered

RATIFIED = local("2026-12-02 08:40")
REPORTED = local("2026-12-02 09:10")
REVIEWED = local("2026-12-02 09:40")
ACCEPTED = local("2026-12-02 10:05")
INVOICED = local("2026-12-02 11:00")
CLOSED = local("2026-12-02 11:30")
PREVENTION = "Alert on the cache battery's charge; plan the replacement of this server within six months."
RESIDUAL = "The drive in slot 4 shows first bad sectors; it is watched and may fail next."
SPARES = "Keep one 4 TB drive of this family on the shelf."


def ratified(world: World, engagement: Engagement) -> None:
    """The CFO has slept and agrees."""
    asked = next(one for one in approvals.rounds_for(engagement) if one.purpose == Purpose.QUOTE)
    by = world.actor("cora", confirmed_at=RATIFIED)
    ratification.ratify(asked.pk, seat="finance", verdict=RatifyVerdict.ACCEPT, reason="", by=by, at=RATIFIED)


@remembered
def issued(world: World, engagement: Engagement | None = None, **given: Any) -> ServiceReport:
    """Tom signs the report of the night."""
    engagement = engagement or makers_work.resolved(world)
    typed = {"prevention": PREVENTION, "residual_risk": RESIDUAL, "spares_advice": SPARES, "at": REPORTED, **given}
    return actions.issue_report(engagement.pk, **{"by": world.actor("tom"), **typed})


@remembered
def accepted(world: World, engagement: Engagement | None = None, **given: Any) -> ServiceReport:
    """The service owner has read it and takes the work over."""
    report = issued(world, engagement)
    typed = {"shown_sha256": report.sha256, "by": world.actor("seth"), "at": ACCEPTED, **given}
    return actions.accept_work(report.engagement_id, **typed)


@remembered
def guaranteed(world: World) -> Guarantee:
    """The guarantee runs, as the worker starts it."""
    report = accepted(world)
    return guarantees.start_guarantee(report.engagement_id, by=SYSTEM, at=ACCEPTED)


@remembered
def invoiced(world: World, engagement: Engagement) -> Invoice:
    """Fay has issued the invoice: 5,701.87 in all."""
    return billing.issue_invoice(engagement.pk, by=world.actor("fay"), at=INVOICED)


@remembered
def closed(world: World, engagement: Engagement) -> Engagement:
    """Ratified, reviewed, invoiced: nothing is left open."""
    invoiced(world, engagement)
    ratified(world, engagement)
    change = change_queries.changes_of(engagement)[0]
    changes.review_change(
        change.pk,
        ending=Ending.AS_PLANNED,
        findings="Done within the window; the loaner carried the stream.",
        by=world.actor("chas"),
        at=INVOICED,
    )
    return course.close_engagement(engagement.pk, by=world.actor("fay"), at=CLOSED)


def printed(kind: DocumentKind, subject: str, topic: str, at: datetime) -> Document:
    """One document as the worker prints and files it."""
    print_document(kind, subject, topic, at)
    return Document.objects.filter(kind=kind).latest("id")


STAGES: dict[str, Callable[[World], Any]] = {
    "resolved": makers_work.resolved,
    "reported": issued,
    "accepted": accepted,
    "guaranteed": guaranteed,
}


def night(stage: str) -> tuple[World, Engagement]:
    """The world with S1 carried to one of `STAGES`, built once per run.

    No later one: the database lets nobody write back what was invoiced.
    """

    def build(at: datetime) -> tuple[World, Engagement]:
        world = make_world(at)
        made = STAGES[stage](world)
        key = made.pk if isinstance(made, Engagement) else made.engagement_id
        return world, Engagement.objects.get(pk=key)

    return snapshots.once(f"S1 {stage}", build, SET_UP_AT)
