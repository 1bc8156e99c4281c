"""Where a change stands while its work is planned and done; `work` calls these inside its own deeds.

Each returns the rows it changed. `change.engagement` is the instance that the caller holds locked.
"""

from datetime import datetime

from breakfix.changes import rules
from breakfix.changes.models import Change
from breakfix.changes.values import Status
from breakfix.incidents import steps as incidents
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import Role
from breakfix.kernel.models import Row


def schedule(change: Change, *, at: datetime) -> list[Row]:
    """Work is planned for it; planning it once more, after a visit that was not enough, changes nothing."""
    if change.status in {Status.SCHEDULED, Status.IMPLEMENTING}:
        return []
    _move(change, Status.SCHEDULED)
    change.scheduled_at = at
    change.save()
    return [change]


def implementing(change: Change, *, at: datetime) -> list[Row]:
    """Work on it began."""
    if change.status == Status.IMPLEMENTING:
        return []
    _move(change, Status.IMPLEMENTING)
    change.started_at = at
    change.save()
    return [change]


def implemented(change: Change, *, at: datetime) -> list[Row]:
    """All of it is done; from here on a review is owed."""
    return _finish(change, Status.IMPLEMENTED, at)


def rolled_back(change: Change, *, at: datetime) -> list[Row]:
    """What was begun was undone; that is reviewed as well."""
    return _finish(change, Status.ROLLED_BACK, at)


def _finish(change: Change, to: Status, at: datetime) -> list[Row]:
    _move(change, to)
    change.finished_at = at
    change.review_due_at = rules.review_due(change.engagement.hours, at)
    change.save()
    return [change] + incidents.open_end(
        change.engagement,
        EndKind.REVIEW,
        f"Review change {change.number}",
        organisation_id=change.engagement.client_id,
        role=Role.CHANGE_MANAGER,
        due_at=change.review_due_at,
        subject=change.subject,
        at=at,
    )


def _move(change: Change, to: Status) -> None:
    rules.check_transition(Status(change.status), to)
    change.status = to.value
