"""Every file of every tool, changed as nobody meant to send it: counted, ignored or quarantined, and it adds up."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from breakfix.intake import balance
from breakfix.intake.models import Alert, AlertCount, AlertSource, AlertTally, Delivery
from breakfix.intake.receiving import receive
from breakfix.intake.rules import storms
from breakfix.intake.rules.parts import clean
from breakfix.intake.values import Outcome
from breakfix.kernel import clock
from tests.intake.changed import changed_file
from tests.intake.test_reading import FILES, attempt
from tests.intake.test_webhooks import THERE, by_grafana, sent
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told

SEEDS = range(60)
AT_ONCE = SEEDS[:12]  # each kind of change three times; the others by `make deep`


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> AlertSource:
    return source(world)


def of(ours: AlertSource) -> dict[str, Any]:
    (found,) = balance.of_sources(balance.weighed(AlertSource.objects.filter(pk=ours.pk)))
    return found


@pytest.mark.parametrize("seeds", [AT_ONCE, pytest.param(SEEDS[12:], marks=pytest.mark.deep)], ids=["some", "others"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_changed_is_counted_ignored_or_kept_with_its_reason(
    prometheus: AlertSource, path: Path, seeds: range
) -> None:
    raw, alerts, became = path.read_bytes(), 0, dict.fromkeys(Outcome, 0)
    for seed in (None, *seeds):
        body = raw if seed is None else changed_file(path.name, raw, seed)[1]
        found, why = attempt(body)
        before, kept = counted(), Delivery.objects.count()
        taken = receive(prometheus, body, HEARD + timedelta(seconds=seed or 0))
        became[taken.outcome] += 1
        assert Delivery.objects.count() == kept + 1
        row = Delivery.objects.latest("id")
        if not found:
            assert (taken.outcome, taken.reason) == (Outcome.QUARANTINE, why)
            assert (bytes(row.body), row.reason, row.outcome) == (body, clean(why, 300), "quarantine")
            assert counted() == before
            continue
        assert taken.outcome in {Outcome.TICKET, Outcome.UPDATE, Outcome.IGNORED}
        assert bool(taken.reason) == (taken.outcome is Outcome.IGNORED)
        alerts += len(found)
        marks = set(Alert.objects.filter(source=prometheus).values_list("fingerprint", flat=True))
        assert counted() - before == sum(storms.fingerprint(one) in marks for one in found)
    sums = of(prometheus)
    assert sums["adds_up"]
    assert {one: sums[one.value] for one in Outcome if one is not Outcome.COMMENT} == {
        one: number for one, number in became.items() if one is not Outcome.COMMENT
    }
    assert (sums["messages"], sums["alerts"]) == (len(seeds) + 1, alerts)
    assert sums["counted"] + sums["unmatched"] == alerts
    # What nothing is open about is told by its reason; nothing else is left out of the counts.
    assert (sums["unmatched"] == 0) or sums["ignored"] or sums["ticket"] or sums["update"]


def counted() -> int:
    return sum(AlertCount.objects.values_list("told", flat=True))


def test_what_is_turned_away_is_counted_at_its_source(world: World) -> None:
    ours = source(world, signed=True)
    there = {"Authorization": f"Bearer {ours.secret}"}
    body = told(alert())
    signed = by_grafana(ours.signing_secret, body, clock.real_now())
    assert sent(body, **there, **signed).status_code == 200
    assert sent(body, **there, **signed).status_code == 409
    assert sent(body, **there).status_code == 401
    assert sent(body, **{**there, "Content-Length": "99999999"}).status_code == 413
    assert sent(body, THERE, Authorization="Bearer bfa_unknown").status_code == 401  # nobody's
    sums = of(ours)
    assert sums["adds_up"]
    assert {name: sums[name] for name in ("messages", "ticket", "refused", "unsigned", "replayed", "oversized")} == {
        "messages": 4,
        "ticket": 1,
        "refused": 3,
        "unsigned": 1,
        "replayed": 1,
        "oversized": 1,
    }


@pytest.mark.tampers
def test_what_is_lost_is_seen(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert()), HEARD)
    receive(prometheus, b"?", HEARD)
    receive(prometheus, told(alert("Other", status="resolved")), HEARD)
    sums = of(prometheus)
    assert (sums["adds_up"], sums["alerts"], sums["counted"], sums["unmatched"]) == (True, 2, 1, 1)
    AlertCount.objects.update(told=0)
    assert not of(prometheus)["adds_up"]
    AlertCount.objects.update(told=1)
    Delivery.objects.filter(outcome="quarantine").delete()
    assert not of(prometheus)["adds_up"]
    AlertTally.objects.all().delete()
    assert not of(prometheus)["adds_up"]
