"""Messages that wait for each other are taken in one transaction, and each is answered as if it had come alone."""

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection

from breakfix.intake import queries, receiving
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertCount, AlertSource, Delivery
from breakfix.intake.receiving import receive
from breakfix.intake.values import Arrival, Outcome
from tests import makers
from tests.makers_alerts import HEARD, alert, source, told

BODIES = [
    told(alert("Disk")),
    told(alert("Fan"), alert("Disk")),
    told(alert("Disk"), again=1),
    told(alert("Disk")),
    b"not json",
    told(alert("Disk", status="resolved")),
    told(alert("Fan"), alert("Power")),
]


def at_once(prometheus: AlertSource, bodies: list[bytes]) -> list[Any]:
    """Hand in all of them while the source's turn is somebody else's, so that the next one takes all along."""
    line = receiving._lines.setdefault(prometheus.pk, receiving._Line())
    came: dict[int, Any] = {}

    def tell(number: int, body: bytes) -> None:
        try:
            came[number] = receive(prometheus, body, HEARD)
        except (receiving.Closed, receiving.Replayed, OperationalError) as no:
            came[number] = type(no)
        finally:
            connection.close()

    with line.turn:
        threads = []
        for number, body in enumerate(bodies):
            threads.append(threading.Thread(target=tell, args=(number, body)))
            threads[-1].start()
            while len(line.waiting) <= number:
                threading.Event().wait(0.002)
    for thread in threads:
        thread.join(60)
    assert not line.waiting
    return [came[number] for number in range(len(bodies))]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_messages_taken_together_end_as_those_that_came_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = makers.world()
    alone, together = source(world), source(world, name="Storm")
    one_by_one = [receive(alone, body, HEARD) for body in BODIES]
    held = []
    monkeypatch.setattr(queries, "hold_source", lambda one, real=queries.hold_source: held.append(one) or real(one))
    found = at_once(together, BODIES)
    assert len(held) == 1  # one transaction for all of them
    assert [(one.outcome, one.reason) for one in found] == [(one.outcome, one.reason) for one in one_by_one]

    def known(of: AlertSource) -> list[tuple[Any, ...]]:
        counts = AlertCount.objects.filter(alert__source=of).order_by("alert__title")
        kept = Delivery.objects.filter(source=of).order_by("id")
        rows = [(one.alert.title, one.alert.ended_at, one.told, one.repeated) for one in counts]
        return [*rows, *((one.outcome, one.reason, bytes(one.body)) for one in kept)]

    assert known(together) == known(alone)
    assert sum(AlertCount.objects.filter(alert__source=together).values_list("told", flat=True)) == 8


@pytest.mark.django_db(transaction=True)
def test_a_fault_at_one_of_them_takes_nothing_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    prometheus = source(makers.world())

    def broken(source_id: int, *, arrivals: list[Arrival], **given: Any) -> list[Alert]:
        drafts = real(source_id, arrivals=arrivals, **given)
        if any(one.signal.title.startswith("Power") for one in arrivals):
            raise ZeroDivisionError
        return drafts

    real = actions.draft_alerts
    monkeypatch.setattr(actions, "draft_alerts", broken)
    bodies = [told(alert("Fan")), told(alert("Lamp"), alert("Fan"), alert("Power")), told(alert("Lamp"))]
    found = at_once(prometheus, bodies)
    assert [one.outcome for one in found] == [Outcome.TICKET, Outcome.QUARANTINE, Outcome.TICKET]
    assert [one.count.told for one in Alert.objects.order_by("id")] == [1, 1]
    assert bytes(queries.Delivery.objects.get(outcome="quarantine").body) == bodies[1]


@pytest.mark.django_db(transaction=True)
def test_where_the_transaction_fails_each_has_a_turn_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    prometheus, tried = source(makers.world()), []
    real = queries.lock_last_alerts

    def torn(*given: Any) -> Any:
        tried.append(given)
        if len(tried) <= 2:  # the first attempt, and the one after it
            raise OperationalError
        return real(*given)

    monkeypatch.setattr(queries, "lock_last_alerts", torn)
    found = at_once(prometheus, [told(alert(f"Failure{number}")) for number in range(4)])
    # Who led is told to send again; the others were not answered before, and lose nothing by it.
    assert found.count(OperationalError) == 1
    assert Alert.objects.count() == Delivery.objects.count() == 3
    assert all(one.outcome is Outcome.TICKET for one in found if one is not OperationalError)


def test_who_was_in_a_batch_that_failed_comes_before_those_who_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a failure that is taken before its beginning is about nothing."""
    begun, ended, later = (receiving._Message(body, HEARD, "") for body in (b"begun", b"ended", b"later"))
    line = receiving._Line(waiting=[ended, later])
    assert line.batch(begun) == [begun, ended, later]
    monkeypatch.setattr(receiving, "MOST", 1)
    assert line.batch(later) == [ended, later], "behind too many others it is taken as well, and last"
