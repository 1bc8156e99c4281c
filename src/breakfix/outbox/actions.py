"""How somebody wishes to be told, on which devices, and what a gateway said of a message."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError, transaction

from breakfix.approvals.values import Channel
from breakfix.kernel import fence
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import hold_logs, record
from breakfix.kernel.models import Row
from breakfix.outbox import addresses, queries, rules, steps
from breakfix.outbox.models import Device, Message, Preference
from breakfix.outbox.values import Event, MessageStatus, Said
from breakfix.parties import queries as parties

MOST_DEVICES = 10
GONE = "A device gets no more messages."
ALREADY = "This device gets your messages already."
KEY_LENGTHS = {"p256dh": 65, "auth": 16}  # bytes (RFC 8291)


@transaction.atomic
def set_preferences(
    *,
    chosen: dict[Event, dict[Channel, bool]] | None = None,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    zone: str = "",
    by: Actor,
    at: datetime,
) -> Preference:
    """Choose by which ways one is told of what; what is not named stays as it is. Quiet hours: both ends, or none.

    Refuses what somebody on duty must not miss, and to be asked without hearing of it.
    """
    require(by, Deed.SET_PREFERENCES)
    person = _oneself(by)
    now = queries.choices_of(person, at)
    wanted = {event: _changed(now.channels[event], (chosen or {}).get(event, {})) for event in Event}
    rules.check_can_choose(wanted, now.fixed, is_asked=bool(rules.suggested(by.roles)[Event.ASKED]))
    quiet = rules.quiet_hours(quiet_from, quiet_until, zone or parties.zone_of(person))
    stored, _ = Preference.objects.update_or_create(
        person=person,
        defaults={
            "chosen": {event.value: sorted(way.value for way in ways) for event, ways in wanted.items()},
            "quiet_from": _minutes(quiet.since) if quiet else None,
            "quiet_until": _minutes(quiet.until) if quiet else None,
            "zone": quiet.zone if quiet else "",
        },
    )
    line = "Somebody chose how they are told of what."
    _tell("preferences.set", stored, person.organisation, line, [stored], by, at)
    return stored


def _changed(ways: frozenset[Channel], said: Mapping[Channel, bool]) -> frozenset[Channel]:
    off = {way for way, on in said.items() if not on}
    return (ways | {way for way, on in said.items() if on}) - off


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


@transaction.atomic
def subscribe_device(*, endpoint: str, p256dh: str, auth: str, label: str = "", by: Actor, at: datetime) -> Device:
    """From now on this browser shows the person's push messages; whoever had it before gets none there any more."""
    require(by, Deed.SUBSCRIBE_DEVICE)
    person = _oneself(by)
    addresses.check_endpoint(endpoint)
    for name, given in (("p256dh", p256dh), ("auth", auth)):
        addresses.check_key(given, KEY_LENGTHS[name], field=name)
    held = queries.lock_holder(endpoint)
    if held is not None:
        if held.person_id == person.pk and (held.p256dh, held.auth) == (p256dh, auth):
            raise Refused("already_subscribed", ALREADY, field="endpoint")
        with fence.as_machine():  # somebody else's device, which ours is from now on
            _forget(held, at)
    if len(queries.devices_of(person.pk)) >= MOST_DEVICES:
        message = f"You have {MOST_DEVICES} devices already; remove one first."
        raise Refused("too_many_devices", message, field="endpoint")
    label = " ".join(label.split())[:80] or "A browser"
    device = Device(person=person, label=label, endpoint=endpoint, p256dh=p256dh, auth=auth, added_at=at)
    try:
        with transaction.atomic():
            device.save()
    except IntegrityError:  # the same browser asked twice at once
        raise Refused("already_subscribed", ALREADY, field="endpoint") from None
    if held is not None:
        hold_logs({held.person.organisation_id, person.organisation_id})
        _tell("device.removed", held, held.person.organisation, GONE, [held], by, at)
    line = "Somebody gets messages on a device."
    _tell("device.subscribed", device, person.organisation, line, [device], by, at)
    return device


@transaction.atomic
def remove_device(device_id: int, *, by: Actor, at: datetime) -> Device:
    """No more push messages to this browser."""
    require(by, Deed.REMOVE_DEVICE)
    device = queries.lock_device(device_id, by)
    _forget(device, at)
    _tell("device.removed", device, device.person.organisation, GONE, [device], by, at)
    return device


def _forget(device: Device, at: datetime) -> None:
    # Its address is worth nothing to us any more, and something to whoever steals it.
    device.removed_at, device.endpoint, device.p256dh, device.auth = at, "", "", ""
    device.save()


@transaction.atomic
def note_delivery(
    message_id: str, *, said: Said, detail: str = "", webhook_id: str, body: str, by: Actor, at: datetime
) -> Message:
    """Keep what the gateway says of a message it took; the same telling again changes nothing.

    Refuses another telling under an id that was used before, and what cannot follow from where the message stands.
    """
    require(by, Deed.NOTE_DELIVERY)
    message = queries.lock_message(message_id)
    before = steps.heard(webhook_id, body.encode(), at)
    if before == "other":
        raise Refused("id_used", "Something else was said under this id before.")
    status = rules.AFTER[said]
    if before == "same" or message.status == status:
        return message
    if status not in rules.TRANSITIONS[MessageStatus(message.status)]:
        raise Refused("too_late", "This cannot follow from where the message stands.", status=message.status)
    steps.mark(message, status, at, " ".join(detail.split()))
    _tell_delivery(message, said, by, at)
    return message


def _tell_delivery(message: Message, said: Said, by: Actor, at: datetime) -> None:
    """For everybody of the engagement where it was an attempt at a seat, else for the person's own organisation."""
    attempt, facts = message.attempt, {"message": message.public_id, "channel": message.channel, "said": said}
    subject: Row = message.person if attempt is None else attempt
    to = {message.person.organisation_id}
    if attempt is not None:
        to = set(attempt.seat.round.engagement.party_ids)
        facts |= {"seat": attempt.seat.name, "rung": attempt.rung}
    where = "" if attempt is None else f" for the seat {attempt.seat.name.replace('_', ' ')}"
    line = f"The {message.channel} message{where} was {said} (says the gateway)."
    if said is Said.FAILED:
        line = f"The {message.channel} message{where} did not arrive (says the gateway)."
    record("attempt.acknowledged", subject=subject, by=by, at=at, to=to, topic=message.topic, line=line, facts=facts)


def _oneself(by: Actor) -> Any:
    return parties.get_person(by.person_id or 0, by=by)


def _tell(kind: str, subject: Row, organisation: Any, line: str, changed: list[Row], by: Actor, at: datetime) -> None:
    to = [organisation.pk]
    record(kind, subject=subject, by=by, at=at, to=to, topic=organisation.topic, line=line, changed=changed)
