"""Signatures as the specification has them, and nothing that could be said twice or by somebody else."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from breakfix.kernel import clock
from breakfix.outbox import signing
from breakfix.outbox.signing import BadSignature

OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
NOW = datetime(2026, 12, 2, 6, 15, tzinfo=UTC)
BODY = '{"type": "message.delivered"}'


def test_signature_is_that_of_the_specification() -> None:
    """Standard Webhooks 1.0.0, its own vector."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    made = signing.headers_for("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', at, [secret])
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signing.check(made, '{"test": 2432232314}', at, [secret]) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@pytest.mark.parametrize("holds", [OLD, NEW])
def test_receiver_with_either_secret_believes_us(holds: str) -> None:
    made = signing.headers_for("msg_1", BODY, clock.real_now(), [NEW, OLD])
    assert Webhook(holds).verify(BODY, made) == {"type": "message.delivered"}


@pytest.mark.parametrize("signs", [OLD, NEW])
def test_sender_with_either_secret_is_believed(signs: str) -> None:
    made = signing.headers_for("msg_1", BODY, NOW, [signs])
    assert signing.check(made, BODY, NOW, [NEW, OLD]) == "msg_1"


def changed(**other: str) -> dict[str, str]:
    made = signing.headers_for("msg_1", BODY, NOW, [NEW])
    return {**made, **{f"webhook-{name}": value for name, value in other.items()}}


WRONG = [
    changed(id="msg_2"),
    changed(id=""),
    changed(timestamp=str(int(NOW.timestamp()) + 1)),
    changed(timestamp="now"),
    changed(timestamp="²"),
    changed(timestamp="9" * 40),
    changed(signature=""),
    changed(signature="v1,AAAA"),
    changed(signature="v1"),
    changed(signature="v2," + changed()["webhook-signature"][3:]),
    changed(signature="ü ö"),
    changed(signature=" ".join(["v1,AAAA"] * 10 + [changed()["webhook-signature"]])),
    {},
]


@pytest.mark.parametrize("headers", WRONG, ids=range(len(WRONG)))
def test_everything_else_is_not(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        signing.check(headers, BODY, NOW, [NEW, OLD])


@pytest.mark.parametrize(("late", "fine"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_five_minutes_are_the_limit_both_ways(late: int, fine: bool) -> None:
    made, later = signing.headers_for("msg_1", BODY, NOW, [NEW]), NOW + timedelta(seconds=late)
    if fine:
        assert signing.check(made, BODY, later, [NEW]) == "msg_1"
    else:
        with pytest.raises(BadSignature):
            signing.check(made, BODY, later, [NEW])


def test_other_body_other_secret_or_none_at_all() -> None:
    made = signing.headers_for("msg_1", BODY, NOW, [NEW])
    for body, keys in ((BODY + " ", [NEW]), (BODY, [OLD]), (BODY, [])):
        with pytest.raises(BadSignature):
            signing.check(made, body, NOW, keys)
