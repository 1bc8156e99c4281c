"""What was restored within the flat fee of the diagnosis: such an engagement has no quote and no work order."""

from breakfix.incidents.models import Engagement
from breakfix.work.models import FeeRestoration, WorkOrder


def restorations_of(engagement: Engagement) -> list[FeeRestoration]:
    """Every time it was said to be restored within the fee, oldest first."""
    rows = FeeRestoration.objects.filter(engagement=engagement)
    return list(rows.select_related("restored_by", "disputed_by").order_by("restored_at", "id"))


def counts(engagement: Engagement) -> FeeRestoration | None:
    """The one that stands: not disputed, and nothing was ordered after it."""
    if WorkOrder.objects.filter(engagement=engagement).exists():
        return None
    stands = [one for one in restorations_of(engagement) if one.disputed_at is None]
    return stands[-1] if stands else None


def orders(engagement: Engagement) -> int:
    """How many work orders there are."""
    return WorkOrder.objects.filter(engagement=engagement).count()
