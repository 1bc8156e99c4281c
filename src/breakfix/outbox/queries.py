"""What this door knows: how somebody wishes to be told of what, on which devices, and how far a message got."""

from collections.abc import Collection, Iterable
from datetime import datetime, time
from typing import Any

from django.db.models import QuerySet

from breakfix.agreements.values import Priority
from breakfix.approvals import queries as approvals
from breakfix.approvals.values import Channel
from breakfix.kernel import fence
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound
from breakfix.outbox import rules
from breakfix.outbox.models import Device, Message, Preference
from breakfix.outbox.values import Choices, Event, Happening, MessageStatus, QuietHours
from breakfix.parties import queries as parties

NEED_A_NUMBER = frozenset({Channel.SMS, Channel.VOICE})


def choices_of(person: Any, at: datetime) -> Choices:
    """How this person is told of what, with what they cannot switch off at this instant."""
    by = parties.actor_for(person)
    fixed = rules.fixed_for(by.roles, in_urgent_round=_in_urgent_round(by, at))
    stored = Preference.objects.filter(person=person).first()
    wanted = _chosen(stored) if stored else rules.suggested(by.roles)
    return Choices(
        channels={event: wanted[event] | fixed.get(event, frozenset()) for event in Event},
        fixed=fixed,
        quiet=_quiet(stored) if stored else rules.suggested_quiet(by.roles, parties.zone_of(person)),
        on_duty=bool(rules.ON_DUTY & by.roles),
        own=stored is not None,
    )


def _in_urgent_round(by: Actor, at: datetime) -> bool:
    pending = approvals.seats_pending_for(by, at)
    return any(seat.round.engagement.priority == Priority.P1 for seat in pending)


def _chosen(stored: Preference) -> dict[Event, frozenset[Channel]]:
    """An event that came later than the choice is told by mail until the person says otherwise."""
    known = {event: stored.chosen.get(event.value, [Channel.EMAIL.value]) for event in Event}
    return {event: frozenset(Channel(way) for way in ways) for event, ways in known.items()}


def _quiet(stored: Preference) -> QuietHours | None:
    if stored.quiet_from is None or stored.quiet_until is None:
        return None
    return QuietHours(_wall(stored.quiet_from), _wall(stored.quiet_until), stored.zone)


def _wall(minutes: int) -> time:
    return time(*divmod(minutes, 60))


def ways_to(person: Any, what: Happening, at: datetime) -> tuple[list[Channel], datetime]:
    """By which channels this person hears of it, and when: now, or at the end of their quiet hours.

    A channel that leads nowhere (no number, no device) is left out; where nothing else is left, mail takes over.
    """
    choices = choices_of(person, at)
    wanted = choices.channels[what.event]
    able = {way for way in wanted if way not in NEED_A_NUMBER or person.phone}
    if Channel.PUSH in able and not devices_of(person.pk):
        able.discard(Channel.PUSH)
    if wanted and not able:
        able = {Channel.EMAIL}
    due = rules.when_to_send(what, choices.quiet, at, on_duty=choices.on_duty)
    return [way for way in Channel if way in able], due


def is_offered(event: Event, way: Channel) -> bool:
    """Whether this event is sent by this way at all."""
    return way in rules.OFFERED[event]


# ------------------------------------------------------------------------------------------- devices


def devices_of(person_id: int) -> list[Device]:
    """The browsers on which this person gets push messages, oldest first."""
    return list(Device.objects.filter(person_id=person_id, removed_at=None).order_by("id"))


def devices_visible_to(by: Actor) -> QuerySet[Device]:
    """One's own devices; the machine, which removes dead ones, sees all."""
    rows = Device.objects.filter(removed_at=None)
    return (rows if by.is_machine else rows.filter(person_id=by.person_id or 0)).select_related(
        "person__organisation"
    )


def lock_holder(endpoint: str) -> Device | None:
    """Whoever gets push messages in this browser, held until the end of the deed; maybe of another organisation.

    Asked as the machine: who stands in that browser now is shown nothing of it, and only takes it over.
    """
    with fence.as_machine():
        rows = Device.objects.select_for_update(of=("self",)).select_related("person__organisation")
        return rows.filter(endpoint=endpoint, removed_at=None).first()


def lock_device(device_id: int, by: Actor) -> Device:
    """This device, held until the end of the deed, or NotFound."""
    found = devices_visible_to(by).select_for_update(of=("self",)).filter(pk=device_id).first()
    if found is None:
        raise NotFound("This device")
    return found


# ------------------------------------------------------------------------------------------- messages


def states_of(attempt_ids: Iterable[int]) -> dict[int, Message]:
    """How far the message of each logged attempt got; an attempt without one was never handed to this door."""
    rows = Message.objects.filter(attempt__in=list(attempt_ids))
    return {one.attempt_id: one for one in rows if one.attempt_id is not None}


def last_of(person_id: int, most: int = 10) -> list[Message]:
    """The last messages to this person, newest first: what their page shows."""
    return list(Message.objects.filter(person_id=person_id).order_by("-id")[:most])


def topics_of(public_ids: Collection[str]) -> set[str]:
    """What these messages of ours were about, for machines; ids that are none of ours are about nothing."""
    return set(Message.objects.filter(public_id__in=public_ids).values_list("topic", flat=True))


def lock_message(public_id: str) -> Message:
    """The message that the outside knows by this id, held until the end of the deed."""
    rows = Message.objects.select_for_update(of=("self",)).select_related("person__organisation", "attempt__seat")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("This message")
    return found


def is_settled(message: Message) -> bool:
    """Whether nothing more is to be tried."""
    return MessageStatus(message.status) in rules.SETTLED
