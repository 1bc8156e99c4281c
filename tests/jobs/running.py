"""The worker in a test: everything that falls due up to an instant, each task at its own."""

from datetime import datetime

from breakfix.jobs import kinds, worker
from breakfix.kernel import clock
from breakfix.kernel.models import Entry


def run_until(until: datetime, since: datetime) -> int:
    """Carry out what falls due in story time; how many tasks that were."""
    kinds.load()
    with clock.set_to(since):
        return worker.run_due(until)


def instants(kind: str, organisation_id: int) -> list[tuple[str, str]]:
    """When a kind of deed was recorded in one log (UTC), and its sentence."""
    entries = Entry.objects.filter(kind=kind, organisation_id=organisation_id).order_by("position")
    return [(f"{entry.at:%d %H:%M:%S}", entry.line) for entry in entries]
