"""What the engineer who was sent does: confirm the client's rules, make contact, arrive."""

from datetime import datetime

from django.db import transaction

from breakfix.dispatch import queries, steps
from breakfix.dispatch.models import Booking
from breakfix.dispatch.rules import conduct
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.transitions import check_status
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money

_ON_SITE = (
    *(Status.DISPATCHED, Status.DIAGNOSING, Status.QUOTE_PENDING, Status.AWAITING_APPROVAL),
    *(Status.APPROVED, Status.SCHEDULED, Status.IN_PROGRESS, Status.RESTORED),
)


@transaction.atomic
def acknowledge_protocol(engagement_id: int, *, version: str = "", by: Actor, at: datetime) -> Booking:
    """Confirm the client's rules for this visit; without that, no work begins (domain.md B15)."""
    engagement = incidents.lock_engagement(engagement_id, by)
    booking = queries.own_booking(engagement_id, by=by, at=at, lock=True)
    require(by, Deed.ACKNOWLEDGE_PROTOCOL, org=engagement.provider_id)
    in_force = incidents.terms(engagement).protocol.version
    conduct.check_protocol_version(version, in_force)
    if booking.protocol_acknowledged_at is not None:
        raise Refused("already_acknowledged", "You have confirmed the client's rules for this visit.")
    booking.protocol_version, booking.protocol_acknowledged_at = in_force, at
    booking.save(update_fields=["protocol_version", "protocol_acknowledged_at"])
    line = f"The engineer confirmed the client's rules, version {in_force}."
    _tell(engagement, "protocol.acknowledged", booking, line, [booking], by, at, {"version": in_force})
    return booking


@transaction.atomic
def make_contact(engagement_id: int, *, by: Actor, at: datetime) -> Booking:
    """The engineer speaks with the requester and begins to diagnose: ENGAGE stops, the forensic fee is due.

    The first diagnostic work fixes the fee, once, dearer outside the site's business hours (domain.md §4.7).
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    booking = queries.own_booking(engagement_id, by=by, at=at, lock=True)
    require(by, Deed.MAKE_CONTACT, org=engagement.provider_id)
    check_status(Status(engagement.status), Status.DISPATCHED)
    _check_ready(booking, engagement, at)
    rows = [*steps.begin(booking, at), *incident_steps.contacted(engagement, at)]
    rows += _diagnosing(engagement, by, at)
    line = f"The engineer spoke with the client and began the diagnosis. {_fee_words(engagement)}"
    _tell(engagement, "contact.made", booking, line, rows, by, at, _fee_facts(engagement))
    return booking


@transaction.atomic
def arrive(engagement_id: int, *, by: Actor, at: datetime) -> Booking:
    """The engineer is on site: ONSITE stops; without earlier contact this is the contact too (ruling 22)."""
    engagement = incidents.lock_engagement(engagement_id, by)
    booking = queries.own_booking(engagement_id, by=by, at=at, lock=True)
    require(by, Deed.ARRIVE, org=engagement.provider_id)
    check_status(Status(engagement.status), *_ON_SITE)
    if booking.arrived_at is not None:
        raise Refused("already_arrived", "Your arrival is on record.")
    _check_ready(booking, engagement, at)
    booking.arrived_at = at
    booking.save(update_fields=["arrived_at"])
    rows = [booking, *steps.begin(booking, at), *incident_steps.arrived(engagement, at)]
    line, facts = "The engineer arrived on site.", {}
    if Status(engagement.status) is Status.DISPATCHED:
        rows += _diagnosing(engagement, by, at)
        line, facts = f"{line} {_fee_words(engagement)}", _fee_facts(engagement)
    _tell(engagement, "engineer.arrived", booking, line, rows, by, at, facts)
    return booking


def _check_ready(booking: Booking, engagement: Engagement, at: datetime) -> None:
    conduct.check_protocol_acknowledged(booking.protocol_acknowledged_at)
    queries.check_fit(booking, engagement, at=at)


def _diagnosing(engagement: Engagement, by: Actor, at: datetime) -> list[Row]:
    charged = incident_steps.charge_fee(engagement, at)
    return charged + incident_steps.move(engagement, Status.DIAGNOSING, by=by, at=at)


def _fee_words(engagement: Engagement) -> str:
    fee = incidents.fee(engagement)
    return f"Forensic fee {format_money(fee.charged)} ({fee.charged_reason})." if fee.charged else ""


def _fee_facts(engagement: Engagement) -> dict[str, object]:
    fee = incidents.fee(engagement)
    return {"money": fee.charged, "money_label": "Forensic fee"} if fee.charged else {}


def _tell(
    engagement: Engagement,
    kind: str,
    booking: Booking,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object],
) -> None:
    record(
        kind,
        subject=booking,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line.strip(),
        facts=facts,
        changed=rows,
    )
