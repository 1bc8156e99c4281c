"""What operators count: requests, deeds and refusals, in the format of Prometheus.

Several web processes share one page: with PROMETHEUS_MULTIPROC_DIR set (`breakfix serve` sets it) each process counts
in files of its own there, and whoever is asked adds all of them up. Without it a process tells of itself alone.
What the database knows (tasks, mails, the log) is read when somebody asks, so it is the same whoever answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from breakfix.kernel.errors import Refused

_OURS = CollectorRegistry()
REQUESTS = Counter("breakfix_requests", "Requests answered.", ["route", "method", "status"], registry=_OURS)
SECONDS = Histogram(
    "breakfix_request_seconds",
    "How long answers took.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_OURS,
)
DEEDS = Counter("breakfix_deeds", "Deeds tried at a door, by outcome.", ["deed", "outcome"], registry=_OURS)
REFUSALS = Counter("breakfix_refusals", "Refusals by their stable code.", ["code"], registry=_OURS)
RECORDED = Counter("breakfix_recorded", "Deeds in the log, by kind, once committed.", ["kind"], registry=_OURS)
TASKS = Counter("breakfix_tasks", "Tasks taken: done, not needed or failed.", ["kind", "outcome"], registry=_OURS)

_deeds: ContextVar[list[str] | None] = ContextVar("deeds", default=None)


@contextmanager
def deeds_told() -> Iterator[list[str]]:
    """The ids of the deeds that are recorded and committed inside the block, in order."""
    told: list[str] = []
    token = _deeds.set(told)
    try:
        yield told
    finally:
        _deeds.reset(token)


def recorded(kind: str, deed_id: str) -> None:
    """Count one deed that is committed, and remember it for the log line of its request or task."""
    RECORDED.labels(kind).inc()
    told = _deeds.get()
    if told is not None:
        told.append(deed_id)


@contextmanager
def trying(deed: str) -> Iterator[None]:
    """Count how a deed ended that somebody tried at a door, and with which code it was refused."""
    try:
        yield
    except Refused as no:
        DEEDS.labels(deed, "refused").inc()
        REFUSALS.labels(no.code).inc()
        raise
    except Exception:
        DEEDS.labels(deed, "failed").inc()
        raise
    DEEDS.labels(deed, "done").inc()


def page(readings: dict[str, tuple[str, float]]) -> bytes:
    """The whole page: what was counted, and these readings as gauges (name to explanation and value)."""
    folder = settings.BREAKFIX_METRICS_FOLDER
    counted = CollectorRegistry() if folder else _OURS
    if folder:
        MultiProcessCollector(counted, path=folder)
    read = CollectorRegistry()
    read.register(_Readings(readings))
    return generate_latest(counted) + generate_latest(read)


class _Readings(Collector):
    """Values that somebody just read; a `Gauge` would leave them in the processes' folder."""

    def __init__(self, readings: dict[str, tuple[str, float]]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        for name, (explanation, value) in self._readings.items():
            yield GaugeMetricFamily(name, explanation, value=value)
