"""What several deeds on a case write: its log, its promises, and who has to ask the vendor when.

Each returns the rows it changed; `case.engagement` is the locked instance.
"""

from collections.abc import Sequence
from datetime import datetime

from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Hold
from breakfix.incidents.values import EndKind, HoldReason, Status
from breakfix.kernel.access import Actor, Role
from breakfix.kernel.models import Row
from breakfix.liaison import queries
from breakfix.liaison.models import VendorCase, VendorContact, VendorPromise
from breakfix.liaison.rules import cases, promises
from breakfix.liaison.values import Basis, PromiseGiven


def note_contact(
    case: VendorCase,
    *,
    way: str,
    said: str,
    spoke_with: str,
    answered: bool,
    person_id: int,
    contacted_at: datetime,
    corrects: VendorContact | None = None,
    at: datetime,
) -> VendorContact:
    """One entry of the log, with the letter by which the vendor was spoken to then, if there was one."""
    number = VendorContact.objects.filter(case=case).count() + 1
    return VendorContact.objects.create(
        case=case,
        number=number,
        way=way,
        spoke_with=spoke_with,
        said=said,
        answered=answered,
        tier=case.tier,
        next_contact_at=case.next_contact_at,
        letter=queries.letter_for(case.engagement, case.vendor_name, contacted_at),
        corrects=corrects,
        contacted_by_id=person_id,
        contacted_at=contacted_at,
        noted_at=at,
    )


def note_promises(contact: VendorContact, given: Sequence[PromiseGiven], whats: Sequence[str]) -> list[Row]:
    """What the vendor promised in this contact; each due instant is fixed here, in the hours stated now."""
    case, made_at = contact.case, contact.contacted_at
    rows: list[Row] = []
    for n, (one, what) in enumerate(zip(given, whats, strict=True)):
        until = promises.due(one, made_at, case.calendar, n=n)
        rows.append(
            VendorPromise.objects.create(
                case=case,
                contact=contact,
                what=what,
                made_at=made_at,
                until=until,
                within_minutes=one.within_minutes,
                basis=one.basis.value,
                hours=case.hours if one.basis is Basis.HOURS else {},
            )
        )
    return rows


def plan_contact(case: VendorCase, next_contact_at: datetime, at: datetime) -> list[Row]:
    """The desk asks the vendor again then; the hold that waits for this case is expected until then."""
    cases.check_next_contact(next_contact_at, at)
    case.next_contact_at = next_contact_at
    case.save()
    rows: list[Row] = [case, *incident_steps.close_end(case.engagement, EndKind.VENDOR, subject=case.subject, at=at)]
    rows += incident_steps.open_end(
        case.engagement,
        EndKind.VENDOR,
        f"Ask {case.vendor_name} about {case.reference} (tier {case.tier})",
        organisation_id=case.engagement.provider_id,
        role=Role.DISPATCHER,
        due_at=next_contact_at,
        subject=case.subject,
        at=at,
    )
    if (held := hold_of(case)) is not None:
        held.expected_until = next_contact_at
        held.save(update_fields=["expected_until"])
        rows.append(held)
    return rows


def hold_of(case: VendorCase) -> Hold | None:
    """The hold that waits for this case, while it lasts."""
    held = incidents.open_hold(case.engagement)
    waits = held is not None and held.reason == HoldReason.AWAITING_THIRD_PARTY
    return held if waits and held is not None and held.started_at == case.waits_since else None


def end(case: VendorCase, by: Actor, at: datetime) -> list[Row]:
    """Nothing of this case is waited for any more: its promises end, nobody asks again, and work goes on."""
    rows: list[Row] = list(incident_steps.close_end(case.engagement, EndKind.VENDOR, subject=case.subject, at=at))
    for promise in VendorPromise.objects.filter(case=case, kept_at=None, ended_at=None).order_by("id"):
        promise.ended_at = at
        promise.save(update_fields=["ended_at"])
        rows.append(promise)
    if hold_of(case) is not None:
        rows += incident_steps.move(case.engagement, Status(case.engagement.hold_from), by=by, at=at)
    return rows
