"""Failures that are told of together are drafted by one deed, and end as if each had been told of alone."""

import json
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakfix.assets.actions import register_asset
from breakfix.intake import hearing, receiving
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertCount, AlertSource, AlertTally, Delivery
from breakfix.intake.receiving import Taken, receive
from breakfix.kernel.access import OPERATOR
from breakfix.kernel.models import Entry, Task
from tests import people
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told
from tests.makers_incidents import CALM

UNDECIDED = {"dismissed_at": None, "ended_at": None, "engagement": None}
MINUTE = timedelta(minutes=1)


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> AlertSource:
    return source(world)


def at_once(of: AlertSource, bodies: list[bytes], at: datetime, *, apart: bool = False) -> list[Any]:
    """Take these in one transaction; each came a second after the one before it."""
    came = [receiving._Message(body, at + number * timedelta(seconds=1), "") for number, body in enumerate(bodies)]
    ended = receiving._received(of, lambda: came, apart=apart)
    return [ended[one] for one in came]


def tellings(chance: random.Random) -> list[bytes]:
    """Some messages about few failures: begun, over, back, worse, dated or not, three tools, some the same again."""
    bodies: list[bytes] = []
    for number in range(chance.randint(4, 16)):
        if bodies and chance.random() < 0.2:
            bodies.append(chance.choice(bodies))
        elif chance.random() < 0.5:
            state = chance.choice(["WARNING", "WARNING", "CRITICAL", "OK"])
            kind = "RECOVERY" if state == "OK" else "PROBLEM"
            said = {"SERVICENAME": chance.choice("xyz"), "SERVICESTATE": state, "SERVICEOUTPUT": f"{number} {state}"}
            bodies.append(json.dumps({"NOTIFICATIONTYPE": kind, "HOSTNAME": "srv01", **said}).encode())
        elif chance.random() < 0.4:  # one end for two failures
            rule = {"ruleId": chance.choice([7, 8]), "ruleName": "Temperature", "number": number}
            state = chance.choice(["ok", "alerting", "no_data", "no_data"])
            bodies.append(json.dumps({**rule, "state": state, "evalMatches": []}).encode())
        else:
            some = [
                alert(
                    chance.choice(["Disk", "Fan", "Power"]),
                    status=chance.choice(["firing", "firing", "resolved"]),
                    begun=chance.choice([None, HEARD - MINUTE, HEARD - 2 * MINUTE, HEARD + MINUTE]),
                )
                for _ in range(chance.randint(1, 3))
            ]
            bodies.append(told(*some, number=number))
    return bodies


def held(of: AlertSource) -> list[tuple[Any, ...]]:
    """All that is kept of its failures."""
    rows = AlertCount.objects.filter(alert__source=of).select_related("alert").order_by("alert_id")
    fields = ("title", "text", "severity", "impact", "asset_id", "begun_at", "begun_note", "dated", "ended_at")
    more = ("first_received_at", "flaps", "dismissed_at")
    return [
        (*(getattr(one.alert, name) for name in fields + more), one.told, one.repeated, one.returned_at)
        for one in rows
    ]


def deeds(of: AlertSource) -> Counter[str]:
    """How often each kind of deed was told about its alerts, drafts by the number of alerts."""
    found: Counter[str] = Counter()
    for leaf in Entry.objects.filter(kind__startswith="alert.", organisation_id=of.client_id).values_list("leaf"):
        entry = json.loads(leaf[0])
        mine = [one for one in entry["images"] if one["fields"].get("source_id") == of.pk]
        found[entry["kind"]] += len(mine)
    return found


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_told_it_ends_as_if_it_had_come_one_by_one(
    world: World, prometheus: AlertSource, seed: int, *, apart: bool
) -> None:
    alone, chance = source(world, name="Alone"), random.Random(seed)
    for batch in range(3):
        at, bodies = HEARD + batch * 20 * MINUTE, tellings(chance)
        one_by_one = [receive(alone, body, at + n * timedelta(seconds=1)) for n, body in enumerate(bodies)]
        together = at_once(prometheus, bodies, at, apart=apart)
        assert [_said(one) for one in together] == [_said(one) for one in one_by_one]
        waiting = list(Alert.objects.filter(source=alone, **UNDECIDED).order_by("pk")[:1])
        for one in waiting:
            twin = Alert.objects.get(source=prometheus, fingerprint=one.fingerprint, ended_at=None)
            for pk in (one.pk, twin.pk):
                decided = {"by": people.actor("dana"), "at": at + 15 * MINUTE}
                if (seed + batch) % 2:
                    actions.report_alert(pk, answers=CALM, asset_id=world.assets["backup"].pk, **decided)
                else:
                    actions.dismiss_alert(pk, reason="a test", **decided)
    assert held(prometheus) == held(alone)
    assert deeds(prometheus) == deeds(alone)
    tallies = AlertTally.objects.values_list("messages", "alerts", "unmatched")
    assert tallies.get(source=prometheus) == tallies.get(source=alone)


def _said(one: Taken) -> tuple[Any, ...]:
    about = Alert.objects.filter(pk__in=one.alerts).order_by("title", "pk")
    return one.outcome, one.reason, one.dedup_key, list(about.values_list("title", "first_received_at"))


def test_failures_of_one_batch_are_one_deed(prometheus: AlertSource) -> None:
    bodies = [told(alert(f"Failure{number}", severity="warning")) for number in range(6)]
    bodies.append(told(alert("Fire"), alert("Failure0", severity="warning")))
    found = at_once(prometheus, bodies, HEARD)
    told_of = Entry.objects.filter(kind="alert.drafted")
    assert (
        sorted(told_of.values_list("line", flat=True))
        == ["Prometheus tells of 7 failures (the worst is critical)."] * 2
    )  # both sides' logs
    assert Task.objects.filter(kind="news", payload__kind="alert.drafted").count() == 1
    drafts = list(Alert.objects.order_by("pk"))
    assert [one.first_received_at - HEARD for one in drafts] == [timedelta(seconds=number) for number in range(7)]
    assert [one.alerts for one in found] == [[one.pk] for one in drafts[:6]] + [[drafts[0].pk, drafts[6].pk]]
    images = json.loads(told_of[0].leaf)["images"]
    assert {one["fields"]["title"] for one in images} == {one.title for one in drafts}


def test_forty_failures_more_cost_no_question_more(prometheus: AlertSource) -> None:
    def cost(*names: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            receive(prometheus, told(*(alert(name, host=f"{name}.example") for name in names)), HEARD)
        return len(asked)

    cost("The first of all")
    assert cost("One") == cost(*(f"Failure{number}" for number in range(41)))


def test_a_deed_drafts_so_many_and_no_more(prometheus: AlertSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "AT_ONCE", 4)
    receive(prometheus, told(*(alert(f"Failure{number}") for number in range(10))), HEARD)
    found = Entry.objects.filter(kind="alert.drafted", organisation_id=prometheus.client_id).order_by("position")
    assert [len(json.loads(one.leaf)["images"]) for one in found] == [4, 4, 2]
    assert Alert.objects.count() == AlertCount.objects.count() == 10


def test_each_of_a_batch_finds_its_own_machine(prometheus: AlertSource, world: World) -> None:
    backup = world.assets["backup"]
    hosts = ["srv99", "NYC-backup-01:9100", "", "ng-00417", "lakeside-vm-01"]
    at_once(prometheus, [told(alert(f"F{number}", host=host)) for number, host in enumerate(hosts)], HEARD)
    found = [(one.asset_id, one.asset_note) for one in Alert.objects.order_by("pk")]
    none = "no machine of the register is called so"
    assert found == [
        (None, none),
        (backup.pk, ""),
        (None, "the alert names no machine"),
        (backup.pk, ""),
        (None, none),
    ]


def test_other_names_of_the_batch_change_nothing_about_which_machine_is_found(
    prometheus: AlertSource, world: World
) -> None:
    site = world.assets["backup"].site_id
    for name, tag in (
        ("Strasse-1", "T-8"),
        ("Straße-1", "T-9"),
        ("MÜLLER-PC", "T-1"),
        ("Twin", "T-2"),
        ("twin", "T-3"),
    ):
        register_asset(site, name=name, maker="Dell", model="R740", tag=tag, by=OPERATOR, at=HEARD)
    hosts = ["strasse-1", "t-9", "müller-pc", "MÜLLER-PC", "T-1", "TWIN", "t-2", "straße-1"]
    bodies = [told(alert(f"F{number}", host=host)) for number, host in enumerate(hosts)]
    alone = source(world, name="Alone")
    for body in bodies:
        receive(alone, body, HEARD)
    at_once(prometheus, bodies, HEARD)
    found = []
    for one in (prometheus, alone):
        drafts = Alert.objects.filter(source=one).order_by("pk")
        found.append(list(drafts.values_list("asset__tag", "asset_note")))
    assert found[0] == found[1]
    assert [tag for tag, _ in found[0][:2]] == ["T-8", "T-9"]
    assert found[0][5] == (None, "several machines are called so")


def test_drafts_that_a_message_needed_are_undone_with_its_batch(
    prometheus: AlertSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the fan makes the drafts of both; the fault after that takes neither, and nothing is there twice."""

    def broken(alert_id: int, **given: Any) -> Alert:
        ended = real(alert_id, **given)
        if "Power" in ended.title:
            raise ZeroDivisionError
        return ended

    real = actions.end_alert
    monkeypatch.setattr(actions, "end_alert", broken)
    said = [("Fan", "firing"), ("Power", "firing"), ("Fan", "resolved"), ("Power", "resolved"), ("Power", "firing")]
    bodies = [told(alert(name, status=status), number=number) for number, (name, status) in enumerate(said)]
    came = [receiving._Message(body, HEARD, "") for body in bodies]
    receiving._take_together(prometheus, receiving._Line(waiting=list(came)), came[0])
    assert [one.ended.outcome.value for one in came if isinstance(one.ended, Taken)] == [
        "ticket",
        "ticket",
        "update",
        "quarantine",
        "update",
    ]
    rows = AlertCount.objects.order_by("alert_id").values_list("alert__ended_at", "told", "repeated")
    assert list(rows) == [(HEARD, 2, 0), (None, 2, 0)]
    assert deeds(prometheus) == {"alert.drafted": 2, "alert.ended": 1}
    assert Delivery.objects.get(outcome="quarantine").sha256 == came[3].mark
