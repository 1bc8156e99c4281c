"""Signs of life and standstills, which all programs on one database share."""

from datetime import datetime, timedelta

from breakfix.kernel.models import Pause, Pulse

WORKER = "worker"
# A worker that says nothing for as long as a lease has stopped or hangs in one task.
LATE = timedelta(minutes=2)
OUTGOING = "outgoing"


def beat(name: str, at: datetime) -> None:
    """Say that this program is alive at `at`, real time."""
    Pulse.objects.update_or_create(name=name, defaults={"at": at})


def last_beat(name: str) -> datetime | None:
    """When this program last said so; None when it never ran here."""
    return Pulse.objects.filter(name=name).values_list("at", flat=True).first()


def touch() -> None:
    """A write that changes nothing: raises where the database takes no writes."""
    Pulse.objects.filter(name="").update(name="")


def paused(what: str) -> Pause | None:
    """The standstill of this, if there is one."""
    return Pause.objects.filter(what=what).first()


def pause(what: str, *, why: str, since: datetime) -> None:
    """Let everybody leave this alone from now on; what is paused already keeps its reason."""
    Pause.objects.get_or_create(what=what, defaults={"why": why, "since": since})


def resume(what: str) -> bool:
    """End the standstill; whether there was one."""
    return Pause.objects.filter(what=what).delete()[0] > 0
