"""The address where monitoring tells of failures: three ways to show the secret, a signature, and nobody else."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.intake import webhooks
from breakfix.intake.models import Alert, AlertCount, AlertSource, Delivery
from breakfix.intake.values import LARGEST
from breakfix.kernel import clock
from breakfix.outbox import signing
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told

THERE = "/alerts/told"


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> AlertSource:
    return source(world)


def sent(body: bytes, address: str = THERE, **headers: str) -> Any:
    with clock.set_to(HEARD):
        return Client(enforce_csrf_checks=True).post(address, body, content_type="application/json", headers=headers)


def ways(secret: str) -> list[tuple[str, dict[str, str]]]:
    basic = base64.b64encode(f"alertmanager:{secret}".encode()).decode()
    return [
        (THERE, {"Authorization": f"Bearer {secret}"}),
        (THERE, {"Authorization": f"Basic {basic}"}),
        (f"{THERE}/{secret}", {}),
    ]


def test_three_ways_to_show_the_secret(prometheus: AlertSource) -> None:
    for number, (address, headers) in enumerate(ways(prometheus.secret)):
        answer = sent(told(alert(), number=number), address, **headers)
        assert answer.status_code == 200
        assert answer.json()["outcome"] == ("update" if number else "ticket")
        assert answer.json()["alerts"] == [Alert.objects.get().pk]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer bfa_unknown"},
        {"Authorization": "Basic !!"},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Digest x"},
    ],
)
def test_a_stranger_is_turned_away_and_leaves_nothing(prometheus: AlertSource, headers: dict[str, str]) -> None:
    answer = sent(told(alert()), **headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert not Delivery.objects.exists()


def test_only_a_post_is_taken(prometheus: AlertSource) -> None:
    assert Client().get(f"{THERE}/{prometheus.secret}").status_code == 405


def test_what_is_no_alert_is_taken_all_the_same(prometheus: AlertSource) -> None:
    answer = sent(b"\x00 no json", f"{THERE}/{prometheus.secret}")
    assert answer.status_code == 200
    assert answer.json() == {"outcome": "quarantine", "reason": "it is no JSON", "alerts": []}


def test_ten_megabytes_are_not_read(prometheus: AlertSource) -> None:
    answer = sent(b"x" * (LARGEST + 1), f"{THERE}/{prometheus.secret}")
    assert answer.status_code == 413
    assert not Delivery.objects.exists()


def signed(key: str, body: bytes, at: datetime) -> dict[str, str]:
    return signing.headers_for("msg_1", body.decode(), at, [key])


def by_grafana(key: str, body: bytes, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(key.encode(), stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Grafana-Alerting-Signature": digest, "X-Grafana-Alerting-Timestamp": stamp}


@pytest.mark.parametrize("sign", [signed, by_grafana])
def test_a_source_that_signs_is_believed_only_signed_and_now(world: World, sign: Any) -> None:
    made = source(world, signed=True)
    there, body, now = f"{THERE}/{made.secret}", told(alert()), datetime.now(UTC)
    assert sent(body, there).status_code == 401
    assert sent(body, there, **sign("whsec_" + "A" * 44, body, now)).status_code == 401
    assert sent(body + b" ", there, **sign(made.signing_secret, body, now)).status_code == 401
    for wrong in (timedelta(minutes=-6), timedelta(minutes=6)):
        assert sent(body, there, **sign(made.signing_secret, body, now + wrong)).status_code == 401
    assert not Delivery.objects.exists()
    assert sent(body, there, **sign(made.signing_secret, body, now)).json()["outcome"] == "ticket"
    again = sent(body, there, **sign(made.signing_secret, body, now))
    assert (again.status_code, again.json()["code"]) == (409, "replayed")
    assert Delivery.objects.count() == 1
    later = sign(made.signing_secret, body, now + timedelta(seconds=2))
    assert sent(body, there, **later).json()["outcome"] == "update"  # signed anew: it still fails


def test_the_secret_is_in_no_answer(prometheus: AlertSource) -> None:
    body = json.dumps({"receiver": "x", "alerts": [{"labels": {}}]}).encode()
    answer = sent(body, f"{THERE}/{prometheus.secret}")
    assert prometheus.secret not in answer.content.decode()


def test_vrealize_puts_what_follows_below_the_address(prometheus: AlertSource) -> None:
    body = {"alertId": "a-1", "status": "ACTIVE", "resourceName": "nyc-backup-01", "startDate": 1796173200000}
    for status, outcome in (("ACTIVE", "ticket"), ("CANCELED", "update")):
        with clock.set_to(HEARD):
            answer = Client().put(
                f"{THERE}/{prometheus.secret}/a-1",
                json.dumps({**body, "status": status}),
                content_type="application/json",
            )
        assert answer.json()["outcome"] == outcome


def test_a_body_of_unknown_length_is_refused_and_not_lost(prometheus: AlertSource) -> None:
    answer = Client().generic("POST", f"{THERE}/{prometheus.secret}", told(alert()), CONTENT_LENGTH="")
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_a_fault_of_ours_writes_the_secret_nowhere(
    prometheus: AlertSource, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(webhooks, "receive", broken)
    answer = sent(told(alert()), f"{THERE}/{prometheus.secret}")
    assert (answer.status_code, answer.json()["code"]) == (503, "fault")
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert sent(b"x" * (LARGEST + 1), f"{THERE}/{prometheus.secret}").status_code == 413
    assert prometheus.secret not in caplog.text


def test_a_stamp_spelt_otherwise_is_the_same_message(world: World) -> None:
    made = source(world, signed=True)
    body, now = told(alert()), datetime.now(UTC)
    headers = signed(made.signing_secret, body, now)
    assert sent(body, f"{THERE}/{made.secret}", **headers).status_code == 200
    spelt = {**headers, "webhook-timestamp": "0" + headers["webhook-timestamp"]}
    assert sent(body, f"{THERE}/{made.secret}", **spelt).status_code == 409
    for elsewhere in ("/srv02", "?machine=srv02"):
        assert sent(body, f"{THERE}/{made.secret}{elsewhere}", **headers).status_code == 409


def test_the_address_names_a_server_that_does_not_name_itself(prometheus: AlertSource) -> None:
    record = {"MessageId": "iLOEvents.0.9.FanFailed", "Severity": "Critical", "Message": "Fan 1 has failed."}
    body = json.dumps({"Name": "Events", "Context": "x", "@odata.type": "#Event", "Events": [record]}).encode()
    there = f"{THERE}/{prometheus.secret}"
    addresses = (f"{there}/srv01", f"{there}/srv02", f"{THERE}?machine=nyc-backup-01", there)
    for address in addresses:
        answer = sent(body, address, **({} if prometheus.secret in address else ways(prometheus.secret)[0][1]))
        assert answer.json()["outcome"] == "ticket"
    assert list(Alert.objects.order_by("id").values_list("host", flat=True)) == [
        "srv01",
        "srv02",
        "nyc-backup-01",
        "",
    ]
    counts = dict(AlertCount.objects.values_list("alert__host", "repeated"))
    assert set(counts.values()) == {0}
    assert sent(body, f"{there}?machine=srv01").json()["outcome"] == "ignored"  # the same bytes of the same server
    assert AlertCount.objects.get(alert__host="srv01").repeated == 1


def test_an_event_of_pagerduty_is_answered_with_the_key_that_ends_it(prometheus: AlertSource) -> None:
    there = f"{THERE}/{prometheus.secret}"
    begins = {
        "event_action": "trigger",
        "payload": {"summary": " Disk  5 failed", "source": "srv01", "severity": "error"},
    }
    key = sent(json.dumps(begins).encode(), there).json()["dedup_key"]
    ends = sent(json.dumps({"event_action": "resolve", "dedup_key": key}).encode(), there).json()
    assert (ends["outcome"], ends["dedup_key"]) == ("update", key)
    assert Alert.objects.get().ended_at is not None
    own = sent(json.dumps({**begins, "dedup_key": "srv01/5"}).encode(), there).json()
    assert own["dedup_key"] == "srv01/5"
    assert "dedup_key" not in sent(told(alert()), there).json()
