"""The address where monitoring tells of failures: three ways to show the secret, a signature, and nobody else."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.intake.models import Alert, AlertSource, Delivery
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
