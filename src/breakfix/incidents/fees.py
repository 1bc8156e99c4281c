"""The open end of a forensic fee that the client has to accept."""

from datetime import datetime

from breakfix.incidents import steps
from breakfix.incidents.models import Engagement, ForensicFee, OpenEnd
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import Role
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money


def waits_for_client(engagement: Engagement) -> bool:
    """Whether the approvers still have to be asked: neither asked yet, nor refused."""
    ends = OpenEnd.objects.filter(engagement=engagement, kind=EndKind.FEE, closed_at=None)
    return ends.filter(organisation=engagement.client_id).exists()


def is_refused(engagement: Engagement) -> bool:
    """Whether the approvers said no, and the desk has to do something about it."""
    ends = OpenEnd.objects.filter(engagement=engagement, kind=EndKind.FEE, closed_at=None)
    return ends.filter(organisation=engagement.provider_id).exists()


def open_fee(engagement: Engagement, fee: ForensicFee, *, at: datetime) -> list[Row]:
    """The client's approvers have to accept the fee before anybody is sent."""
    return steps.open_end(
        engagement,
        EndKind.FEE,
        f"Accept the forensic fee of {format_money(fee.base)}, at most {format_money(fee.ceiling)}",
        organisation_id=engagement.client_id,
        role=Role.APPROVER,
        blocks_close=False,
        at=at,
    )
