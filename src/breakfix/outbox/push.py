"""Push messages to browsers: encrypted for the one device (RFC 8291), and without a word that is for nobody else."""

import json
from datetime import datetime

from django.conf import settings
from webpush import WebPush, WebPushSubscription

from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.outbox import calls, queries, vapid
from breakfix.outbox.actions import remove_device
from breakfix.outbox.addresses import Forbidden, Unreachable
from breakfix.outbox.models import Device
from breakfix.outbox.steps import public_id_of
from breakfix.outbox.values import Outgoing

KEPT_FOR = 24 * 60 * 60  # seconds that a push service keeps a message for a device that is off
GONE = frozenset({404, 410})


def hand_over(out: Outgoing, at: datetime) -> int:
    """Send to every device of the person; how many took it. Devices that are gone are removed.

    Raises Unreachable when none took it and at least one may take it later.
    """
    took, failed = 0, []
    for device in queries.devices_of(out.person_id):
        try:
            took += _send(device, out, at)
        except Unreachable as error:
            failed.append(str(error))
    if failed and not took:
        raise Unreachable("; ".join(failed)[:200])
    return took


def _send(device: Device, out: Outgoing, at: datetime) -> int:
    try:
        content, headers = _sealed(device, out)
        reply = calls.post(device.endpoint, content, headers)
    except (Forbidden, ValueError):
        # What cannot be called, or encrypted for, today cannot tomorrow.
        _remove(device, at)
        return 0
    if reply.status in GONE:
        _remove(device, at)
        return 0
    if not reply.is_success:
        raise Unreachable(f"the push service answered {reply.status}")
    return 1


def _sealed(device: Device, out: Outgoing) -> tuple[bytes, dict[str, str]]:
    """The encrypted message and its headers; the topic lets a later try replace an earlier one that still waits."""
    keys = vapid.keys()
    sender = WebPush(keys.private, keys.public, settings.DEFAULT_FROM_EMAIL, ttl=KEPT_FOR)
    to = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    tag = public_id_of(out.key)
    words = {"title": out.subject, "body": out.said, "link": out.link, "tag": tag, "urgent": out.urgent}
    sealed = sender.get(json.dumps(words), WebPushSubscription.model_validate(to))
    headers = {str(name): str(value) for name, value in sealed.headers.items()}
    urgency = "high" if out.urgent else "normal"
    headers |= {"urgency": urgency, "topic": tag.removeprefix("msg_"), "content-type": "application/octet-stream"}
    return sealed.encrypted, headers


def _remove(device: Device, at: datetime) -> None:
    try:
        remove_device(device.pk, by=SYSTEM, at=at)
    except Refused:
        return  # its owner was quicker
