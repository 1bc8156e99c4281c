"""What fails and how often: the client's own reading of its whole record, whoever repaired."""

from django.http import HttpResponse
from django.urls import path

from breakfix.histories import trends as histories
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound
from breakfix.web.door import Visit, page


def trends(visit: Visit) -> HttpResponse:
    """Failures by month or year, and the machines that fail most; of one's own organisation alone."""
    if visit.by.side is not Side.CLIENT or visit.by.organisation_id is None:
        raise NotFound("This page")
    found = histories.trends(visit.by)
    most = max([one.total for one in found.periods], default=0)
    bars = [
        {"period": one, "ours": _share(one.ours, most), "more": _share(one.imported, most)} for one in found.periods
    ]
    return visit.page("web/assets/trends.html", {"found": found, "bars": bars, "any_imported": _any(found)})


def _share(count: int, most: int) -> int:
    return round(100 * count / most) if most else 0


def _any(found: histories.Trends) -> bool:
    return any(one.imported for one in found.periods)


urlpatterns = [path("assets/trends", page(trends), name="trends")]
