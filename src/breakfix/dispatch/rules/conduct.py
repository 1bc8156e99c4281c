"""What must be so before somebody is sent, works on site, or is taken off again."""

from collections.abc import Collection, Iterable
from datetime import datetime

from breakfix.dispatch.values import Ranking
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused


def check_period(start: datetime, end: datetime, *, at: datetime) -> None:
    """Refuse a plan that lies in the past or ends before it begins."""
    if start < at:
        raise Refused("in_the_past", "Plan the start for now or later.", field="planned_start")
    if end <= start:
        raise Refused("ends_before_start", "Plan the end of work after its start.", field="planned_end")


def check_level(level: int) -> None:
    """Refuse a level that nobody can have."""
    if not 1 <= level <= 4:
        raise Refused("no_such_level", "Levels go from 1 to 4.", field="required_level")


def check_insured(ranking: Ranking) -> None:
    """Refuse to send anybody while the provider's cover has a gap (domain.md §4.11)."""
    if ranking.gate:
        gaps = "; ".join(ranking.gate)
        raise Refused(
            "not_insured",
            f"Nobody may be sent: {gaps}. Record cover that lasts through the planned end of work.",
            gaps=list(ranking.gate),
        )


def check_choice(ranking: Ranking, technician_id: int, *, reason: str) -> int:
    """The rank of this choice, from 1. Refuses who is not eligible, and a lower rank without a reason.

    Nobody eligible is never relaxed: the desk escalates, or plans another time.
    """
    order = [one.technician_id for one in ranking.eligible]
    if technician_id in order:
        number = order.index(technician_id) + 1
        if number > 1 and not reason:
            message = f"This technician is ranked {number} of {len(order)}; say why not the first."
            raise Refused("reason_needed", message, field="reason", rank=number)
        return number
    reasons = next((one.reasons for one in ranking.excluded if one.technician_id == technician_id), None)
    if reasons is None:
        raise Refused("not_on_the_bench", "This technician is not active here.", field="technician_id")
    if not order:
        raise Refused(
            "nobody_eligible",
            f"Nobody may take this work: {'; '.join(reasons)}. Escalate, or plan another time; no rule is relaxed.",
            field="technician_id",
            reasons=list(reasons),
        )
    raise Refused(
        "not_eligible",
        f"This technician may not take the work: {'; '.join(reasons)}. Choose one of those who are ranked.",
        field="technician_id",
        reasons=list(reasons),
    )


_HISTORY = frozenset({Status.ACCEPTED, Status.CLOSED})


def may_release(status: Status) -> bool:
    """Whether bookings can still be taken back in this state of the engagement."""
    return status not in _HISTORY


def check_held(needed: Iterable[int], held: Collection[int]) -> None:
    """Refuse to push aside a visit that was booked while this choice was being made."""
    if not set(needed) <= set(held):
        raise Refused("changed_meanwhile", "Another visit was booked just now; look at the ranking again.")


def check_can_release(status: Status, *, live: bool) -> None:
    """Refuse to take off who is off, and who has done the work that the client accepted: that visit is history.

    Still possible on a cancelled engagement, whose engineer is free for others again.
    """
    if not live:
        raise Refused("already_released", "This booking was released before.")
    if not may_release(status):
        message = "The work was accepted; its visits stay on record as they were."
        raise Refused("wrong_state", message, status=status.value)


def check_protocol_version(version: str, in_force: str) -> None:
    """Refuse to confirm rules that are not those in force; an empty version means the ones shown, in force."""
    if version and version != in_force:
        raise Refused(
            "other_protocol_version",
            f"The client's rules in force are version {in_force}; read and confirm that one.",
            field="version",
            version=in_force,
        )


def check_protocol_acknowledged(acknowledged_at: datetime | None) -> None:
    """Refuse work by somebody who has not confirmed the client's rules for this visit (domain.md B15)."""
    if acknowledged_at is None:
        raise Refused("protocol_not_acknowledged", "First read and confirm the client's rules for this visit.")


def check_still_fit(gaps: list[str]) -> None:
    """Refuse work by somebody whose certificate or clearance no longer holds (domain.md §9.5)."""
    if gaps:
        raise Refused(
            "no_longer_eligible",
            f"You may not work here now: {'; '.join(gaps)}. Call the desk.",
            reasons=gaps,
        )
