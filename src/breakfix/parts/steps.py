"""Ordering, for the module that knows what was approved."""

from datetime import UTC, datetime, timedelta

from breakfix.incidents import steps as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import Role
from breakfix.kernel.models import Row
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Need


def order(engagement: Engagement, needs: list[Need], *, at: datetime) -> list[Row]:
    """Order every unit of these lines; each is an open end until it is built in or sent back.

    The caller has checked that an approved quote pays for them and that they were not ordered before.
    """
    rows: list[Row] = []
    for need in needs:
        for unit in range(1, need.quantity + 1):
            rows += _order_unit(engagement, need, unit, at)
    return rows


def _order_unit(engagement: Engagement, need: Need, unit: int, at: datetime) -> list[Row]:
    expected = at.astimezone(UTC) + timedelta(minutes=int(need.lead_hours * 60))
    part = PartOrder.objects.create(
        engagement=engagement,
        quote_line=need.ref,
        unit=unit,
        part_number=need.part_number,
        description=need.description,
        supplier=need.supplier,
        data_bearing=need.data_bearing,
        ordered_at=at,
        expected_at=expected,
    )
    what = f"Receive {need.description}"
    return [part, *await_part(part, what, Role.DISPATCHER, due_at=expected, at=at)]


def await_part(part: PartOrder, what: str, role: Role, *, due_at: datetime | None, at: datetime) -> list[Row]:
    """Say who has to act on this unit next, in place of who had to before."""
    return done_with(part, at=at) + incidents.open_end(
        part.engagement,
        EndKind.PARTS,
        what,
        organisation_id=part.engagement.provider_id,
        role=role,
        due_at=due_at,
        subject=part.subject,
        at=at,
    )


def done_with(part: PartOrder, *, at: datetime) -> list[Row]:
    """Nothing is left to do about this unit."""
    return incidents.close_end(part.engagement, EndKind.PARTS, subject=part.subject, at=at)
