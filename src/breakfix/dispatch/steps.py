"""Writes on bookings that later modules need inside their own deeds; each returns the rows it changed."""

from datetime import datetime

from breakfix.dispatch.models import Booking, Outcome
from breakfix.kernel.models import Row
from breakfix.parties import steps as parties


def begin(booking: Booking, at: datetime) -> list[Row]:
    """The booked work began: from here on no emergency looks through it (domain.md §11 ruling 3)."""
    if booking.started_at is not None:
        return []
    booking.started_at = at
    booking.save(update_fields=["started_at"])
    return [booking]


def release(booking: Booking, *, reason: str, at: datetime) -> list[Row]:
    """End a booking; who has no other one on the engagement sees it no longer.

    Needs `engagement` and `technician` to be selected.
    """
    booking.released_at, booking.release_reason = at, reason
    booking.save(update_fields=["released_at", "release_reason"])
    others = Booking.objects.filter(
        engagement=booking.engagement_id, technician=booking.technician_id, released_at=None
    )
    if others.exists():
        return [booking]
    person_id = booking.technician.person_id
    return [booking, *parties.withdraw(booking.engagement.topic, person_id=person_id, at=at)]


def note_outcome(booking: Booking, *, first_time_fix: bool, at: datetime) -> list[Row]:
    """Keep how a repair turned out, once per booking: it counts in the quality term of every later ranking."""
    if Outcome.objects.filter(booking=booking).exists():
        return []
    outcome = Outcome.objects.create(
        booking=booking,
        technician_id=booking.technician_id,
        domain=booking.engagement.domain,
        first_time_fix=first_time_fix,
        noted_at=at,
    )
    return [outcome]
