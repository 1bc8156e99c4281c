"""What of the quote was used beside hours and parts, and whom the client let into its systems."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import words
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.zones import zone_of
from breakfix.parties import rules as texts
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Quote
from breakfix.quotes.values import Line
from breakfix.quotes.values import Status as QuoteStatus
from breakfix.roster.models import Technician
from breakfix.work import queries, steps
from breakfix.work.models import AccessGranted, MeterNotice, UseOfLine
from breakfix.work.rules import bearing, conduct, extra, metering

ONE = Decimal(1)


@transaction.atomic
def use_line(
    engagement_id: int,
    *,
    key: str,
    quantity: Decimal = ONE,
    note: str = "",
    change_order_id: int | None = None,
    by: Actor,
    at: datetime,
) -> UseOfLine:
    """Note that a quoted charge, piece or contingent line was really used, at its quoted price; negative takes back.

    The line is one of the quote, or of the change order that is named.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.USE_LINE, org=engagement.provider_id)
    conduct.check_can_use(EngagementStatus(engagement.status))
    dispatch.own_booking(engagement.pk, by=by, at=at)
    order = _order(engagement, change_order_id)
    line = _line(order or quotes.binding_quote(engagement), key.strip())
    said = words.check_no_amount(texts.text(note, "note", longest=400, required=False), "note")
    used = queries.used(engagement, order).get(line.key, Decimal(0))
    conduct.check_quantity(quantity, used, note=said)
    last = queries.last_use(engagement, order, line.key, by)
    if last is not None and last.quantity == quantity:
        metering.check_not_twice(last.used_at, at=at)
    if order is None and queries.unbilled(engagement):
        bearing.check_within_quoted(line, used, quantity)
    use = UseOfLine.objects.create(
        engagement=engagement,
        change_order=order,
        line=line.key,
        description=line.description,
        quantity=quantity.quantize(Decimal("0.01")),
        note=said,
        used_at=at,
        used_by_id=by.person_id,
    )
    # The meter settles as the invoice will, so a quantity above the quoted one is refused here already.
    notices = steps.note_marks(engagement, at=at)
    worth = Money(quantity * line.unit, line.amount.currency)
    facts = {"key": line.key, "quantity": quantity, "money": worth, "money_label": "at the quoted price"}
    did = "used" if quantity > 0 else "taken back"
    text = f"{line.description}: {abs(quantity).normalize():f} {did}{f' ({said})' if said else ''}."
    _tell(engagement, "line.used", use, text, [use], by, at, facts)
    _tell_marks(engagement, notices, by, at)
    return use


def _order(engagement: Engagement, change_order_id: int | None) -> Quote | None:
    if change_order_id is None:
        return None
    found = quotes.find_order(engagement, change_order_id)
    extra.check_line(QuoteStatus(found.status))
    return found


def _line(quote: Quote | None, key: str) -> Line:
    if quote is None:
        raise Refused("no_quote", "There is no approved quote whose lines could be used.")
    if any(line.key == key for line in quote.price.parts):
        message = "Parts count once they are installed; note the installation instead."
        raise Refused("part_not_used", message, field="key")
    usable = (*quote.price.units, *quote.price.charges, *quote.price.contingents)
    found = next((line for line in usable if line.key == key), None)
    if found is None:
        known = ", ".join(line.key for line in usable) or "none"
        raise Refused("not_quoted", f"The quote has no line {key!r} to use; it has: {known}.", field="key")
    return found


@transaction.atomic
def grant_access(
    engagement_id: int, *, technicians: list[int], system: str, until: datetime, by: Actor, at: datetime
) -> list[AccessGranted]:
    """The client's security officer lets these technicians into one system until an end; revoking it stays open."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.GRANT_ACCESS, org=engagement.client_id)
    conduct.check_can_grant(EngagementStatus(engagement.status))
    name = texts.text(system, "system", longest=160)
    conduct.check_until(until, at=at)
    people = _booked(engagement, technicians)
    rows: list[Row] = []
    given: list[AccessGranted] = []
    for technician in people:
        _check_new(engagement, technician, name)
        access = AccessGranted.objects.create(
            engagement=engagement,
            technician=technician,
            system=name,
            granted_by_id=by.person_id,
            granted_at=at,
            until=until,
        )
        given.append(access)
        rows += [access, *_owe_revocation(access, at)]
    end = until.astimezone(zone_of(engagement.zone)).strftime("%Y-%m-%d %H:%M")
    line = f"{len(given)} technician(s) were let into {name} until {end}."
    facts = {"system": name, "until": until, "technicians": [access.technician_id for access in given]}
    _tell(engagement, "access.granted", given[0], line, rows, by, at, facts)
    return given


def _booked(engagement: Engagement, technicians: Sequence[int]) -> list[Technician]:
    booked = {one.technician_id: one.technician for one in dispatch.live_bookings(engagement)}
    wanted = list(dict.fromkeys(technicians))
    if not wanted:
        raise Refused("missing_field", "Say who is let in.", field="technicians")
    if not set(wanted) <= booked.keys():
        message = "Access is given only to who is booked on this engagement."
        raise Refused("not_booked", message, field="technicians")
    return [booked[technician] for technician in wanted]


def _check_new(engagement: Engagement, technician: Technician, system: str) -> None:
    held = AccessGranted.objects.filter(engagement=engagement, technician=technician, system=system, revoked_at=None)
    if held.exists():
        message = "Somebody of these has access to this system already; revoke it first to give another end."
        raise Refused("access_exists", message, field="technicians")


def _owe_revocation(access: AccessGranted, at: datetime) -> list[Row]:
    return incident_steps.open_end(
        access.engagement,
        EndKind.ACCESS,
        f"Revoke access to {access.system}",
        organisation_id=access.engagement.client_id,
        role=Role.SECURITY_OFFICER,
        due_at=access.until,
        subject=access.subject,
        at=at,
    )


@transaction.atomic
def revoke_access(
    engagement_id: int, *, technicians: list[int] | None = None, by: Actor, at: datetime
) -> list[AccessGranted]:
    """End the access of these technicians, or of everybody, to every system of this engagement."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.REVOKE_ACCESS, org=engagement.client_id)
    live = [one for one in queries.access_of(engagement) if one.revoked_at is None]
    ended = [one for one in live if not technicians or one.technician_id in technicians]
    if not ended:
        raise Refused("no_access", "Nobody of these has access that could be revoked.", field="technicians")
    rows: list[Row] = []
    for access in ended:
        access.revoked_at, access.revoked_by_id = at, by.person_id
        access.save()
        rows += [access, *incident_steps.close_end(engagement, EndKind.ACCESS, subject=access.subject, at=at)]
    systems = ", ".join(sorted({access.system for access in ended}))
    line = f"The access of {len(ended)} technician(s) to {systems} was revoked."
    facts: dict[str, object] = {"systems": systems, "technicians": [access.technician_id for access in ended]}
    _tell(engagement, "access.revoked", ended[0], line, rows, by, at, facts)
    return ended


def _tell(
    engagement: Engagement,
    kind: str,
    subject: Row,
    line: str,
    rows: Sequence[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object],
) -> None:
    record(
        kind,
        subject=subject,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )


def _tell_marks(engagement: Engagement, notices: Sequence[MeterNotice], by: Actor, at: datetime) -> None:
    for entry in steps.marks_to_tell(engagement, notices):
        record("meter.reached", by=by, at=at, **entry)
