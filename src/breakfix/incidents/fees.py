"""The open end of a forensic fee that the client has to accept."""

from datetime import datetime

from breakfix.incidents import queries
from breakfix.incidents.models import Engagement, ForensicFee, OpenEnd
from breakfix.incidents.values import EndKind
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.days import is_open


def waits_for_client(engagement: Engagement) -> bool:
    """Whether the approvers still have to be asked: neither asked yet, nor refused."""
    ends = OpenEnd.objects.filter(engagement=engagement, kind=EndKind.FEE, closed_at=None)
    return ends.filter(organisation=engagement.client_id).exists()


def is_refused(engagement: Engagement) -> bool:
    """Whether the approvers said no, and the desk has to do something about it."""
    ends = OpenEnd.objects.filter(engagement=engagement, kind=EndKind.FEE, closed_at=None)
    return ends.filter(organisation=engagement.provider_id).exists()


def asked(fee: ForensicFee) -> str:
    """What the client's approvers have to accept before anybody is sent."""
    return f"Accept the forensic fee of {format_money(fee.base)}, at most {format_money(fee.ceiling)}"


def due(engagement: Engagement, fee: ForensicFee, at: datetime) -> tuple[Money, str]:
    """What the fee comes to when diagnostic work begins at `at`, and why: dearer outside business hours."""
    if is_open(engagement.hours, at):
        return fee.base, f"{format_money(fee.base)} begun in business hours"
    multiplier = queries.terms(engagement).forensic.after_hours_multiplier.normalize()
    return fee.ceiling, f"{format_money(fee.base)} x {multiplier:f}, begun outside business hours"
