"""What a part may do next, and which serial goes where (domain.md §3.6, §11 ruling 35)."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, half_up
from breakfix.kernel.worktime.zones import end_of_local_day, zone_of
from breakfix.parts.values import (
    FAULTY,
    Custody,
    Disposition,
    Grade,
    Judged,
    Lead,
    LoanStatus,
    Quoted,
    Said,
    Status,
    Verdict,
)

S, E = Status, EngagementStatus

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.NEEDED: frozenset({S.SOURCING}),
    S.SOURCING: frozenset({S.QUOTED}),
    S.QUOTED: frozenset({S.RESERVED}),
    S.RESERVED: frozenset({S.ORDERED}),
    S.ORDERED: frozenset({S.IN_TRANSIT}),
    S.IN_TRANSIT: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.INSPECTED}),
    S.INSPECTED: frozenset({S.ISSUED, S.DOA, S.RETURNED_UNUSED}),
    # What the technician took along may still be dead at the slot, or not be needed after all.
    S.ISSUED: frozenset({S.INSTALLED, S.DOA, S.RETURNED_UNUSED}),
    S.INSTALLED: frozenset({S.CORE_DUE, S.CORE_RETAINED_BY_CLIENT, S.FAILED_IN_WARRANTY}),
    S.RETURNED_UNUSED: frozenset(),
    S.DOA: frozenset({S.RMA_OPEN}),
    S.FAILED_IN_WARRANTY: frozenset({S.RMA_OPEN}),
    S.RMA_OPEN: frozenset({S.REPLACED, S.REFUNDED}),
    S.REPLACED: frozenset(),
    S.REFUNDED: frozenset(),
    S.CORE_DUE: frozenset({S.CORE_SHIPPED, S.CORE_RETAINED_BY_CLIENT}),
    S.CORE_SHIPPED: frozenset({S.CORE_CREDITED}),
    S.CORE_CREDITED: frozenset(),
    S.CORE_RETAINED_BY_CLIENT: frozenset(),
}
LOAN_TRANSITIONS: dict[LoanStatus, frozenset[LoanStatus]] = {
    LoanStatus.OFFERED: frozenset({LoanStatus.LENT, LoanStatus.WITHDRAWN}),
    LoanStatus.LENT: frozenset({LoanStatus.RETURNED}),
    LoanStatus.RETURNED: frozenset(),
    LoanStatus.WITHDRAWN: frozenset(),
}
# States that a deed goes through where nobody stopped there: who builds a unit in has looked at it and holds it.
PASSES: dict[Status, tuple[Status, ...]] = {
    S.QUOTED: (S.SOURCING,),
    S.ORDERED: (S.SOURCING, S.QUOTED, S.RESERVED),
    S.RECEIVED: (S.IN_TRANSIT,),
    S.ISSUED: (S.INSPECTED,),
    S.INSTALLED: (S.INSPECTED, S.ISSUED),
    S.DOA: (S.INSPECTED,),
    S.RETURNED_UNUSED: (S.INSPECTED,),
}
MAY_INSTALL = frozenset({E.IN_PROGRESS, E.RESTORED})
MAY_FAIL = frozenset({E.IN_PROGRESS, E.RESTORED, E.RESOLVED, E.ACCEPTED})
MAY_RISK = frozenset({E.DIAGNOSING, E.QUOTE_PENDING, E.AWAITING_APPROVAL})
MAY_NEED = MAY_RISK | {E.APPROVED, E.SCHEDULED, E.IN_PROGRESS, E.RESTORED}
MAY_LEND = MAY_NEED | {E.DISPATCHED, E.ON_HOLD}
LONGEST_SERIAL = 80
MOST_UNITS = 1000
LONGEST_LEAD = 24 * 366
LONGEST_WARRANTY = 3660
MOST_MONEY = Decimal(10_000_000)


def check_transition(status: Status, to: Status) -> None:
    """Refuse what the table does not list, naming what it does."""
    way(status, to, ())


def way(status: Status, to: Status, passes: tuple[Status, ...] | None = None) -> tuple[Status, ...]:
    """The states that a deed takes a unit through, the last one `to`; refuses where the table knows no such way."""
    between = PASSES.get(to, ()) if passes is None else passes
    for start in range(len(between) + 1):
        found = (*between[start:], to)
        if found[0] in TRANSITIONS[status]:
            return found
    allowed = ", ".join(sorted(TRANSITIONS[status])) or "nothing"
    message = f"This part is {status}; from there only: {allowed}."
    raise Refused(f"part_{status.lower()}", message, status=status.value, to=to.value)


def serial(given: str, field: str) -> str:
    """A serial as it is kept: without outer blanks, in capitals, never empty."""
    kept = given.strip().upper()
    if not kept:
        raise Refused("missing_field", "Scan or type the serial number.", field=field)
    if len(kept) > LONGEST_SERIAL:
        raise Refused("invalid_field", f"A serial has at most {LONGEST_SERIAL} characters.", field=field)
    return kept


def check_new_serial(received: str, known: Collection[str]) -> None:
    """Refuse the serial of a unit that was received before: one of the two was scanned wrongly."""
    if received in known:
        message = "This serial was received before on this engagement; scan again."
        raise Refused("serial_known", message, field="serial")


def check_same_serial(given: str, received: str) -> None:
    """Refuse another unit than the one that was received."""
    if given != received:
        message = f"The serial does not match the part that was received ({received}); scan again."
        raise Refused("serial_mismatch", message, field="serial", received=received)


def check_can_install(
    status: Status,
    engagement: EngagementStatus,
    *,
    serial: str,
    received: str,
    removed: str,
    disposition: Disposition,
    data_bearing: bool,
) -> None:
    """Only the unit that was received is built in, during work; media that held data stays on site."""
    way(status, S.INSTALLED)
    if engagement not in MAY_INSTALL:
        message = f"The engagement is {engagement}; parts are installed while work is in progress."
        raise Refused("no_work_in_progress", message, status=engagement.value)
    check_same_serial(serial, received)
    _check_removed(removed, disposition)
    if data_bearing and disposition is Disposition.RETURNED_TO_SUPPLIER:
        message = "Media that held data stays with the client until its sanitization is decided."
        remedy = "Leave it with the client, or note it as a core: it is sent once the client has decided on it."
        raise Refused("media_leaves_site", message, remedy=remedy, field="disposition")


def _check_removed(removed: str, disposition: Disposition) -> None:
    nothing = disposition is Disposition.NOTHING_REMOVED
    if nothing and removed:
        message = "Say what became of the removed part."
        raise Refused("disposition_missing", message, field="disposition")
    if not nothing and not removed:
        message = "Scan or type the serial of the part that was taken out."
        raise Refused("missing_field", message, field="removed_serial")


# ------------------------------------------------------------------------------------------- before the order


def check_quantity(quantity: int) -> None:
    """Refuse what nobody needs, and a slip of the keyboard."""
    if not 1 <= quantity <= MOST_UNITS:
        raise Refused("out_of_range", f"A quantity lies between 1 and {MOST_UNITS}.", field="quantity")


def lead(optimistic: Decimal, likely: Decimal, pessimistic: Decimal) -> Lead:
    """A lead time as it is kept, to the hundredth of an hour; refuses what is not in order."""
    given = {"optimistic": optimistic, "likely": likely, "pessimistic": pessimistic}
    for name, value in given.items():
        if not value.is_finite() or not 0 <= value <= LONGEST_LEAD:
            message = f"Hours of delivery lie between 0 and {LONGEST_LEAD}."
            raise Refused("out_of_range", message, field=f"lead_{name}")
    if not optimistic <= likely <= pessimistic:
        message = "The most likely delivery lies between the optimistic and the pessimistic one."
        raise Refused("not_in_order", message, field="lead_likely")
    return Lead(*(half_up(Fraction(value), 2) for value in given.values()))


def check_warranty(days: int) -> None:
    """Refuse a warranty of less than nothing or of more than ten years."""
    if not 0 <= days <= LONGEST_WARRANTY:
        message = f"A warranty lies between 0 and {LONGEST_WARRANTY} days."
        raise Refused("out_of_range", message, field="warranty_days")


def price(given: Decimal, currency: str, field: str, *, least: Decimal) -> Money:
    """An amount of a supplier's offer; refuses fractions of a cent, and what lies outside of reason."""
    if not given.is_finite() or not least <= given <= MOST_MONEY:
        raise Refused("out_of_range", f"This amount lies between {least} and {MOST_MONEY:,}.", field=field)
    amount = Money(given, currency)
    if amount.amount != given:
        raise Refused("too_precise", f"{currency} amounts have fewer decimal places.", field=field)
    return amount


def check_supplier_price(valid_until: datetime, *, field: str, at: datetime) -> None:
    """Refuse a price that its supplier does not hold any more."""
    if valid_until <= at:
        message = "This supplier's price has expired; ask for a new one."
        raise Refused("supplier_price_expired", message, field=field, valid_until=valid_until)


def check_offer_fits(wanted: str, needed: str) -> None:
    """Refuse to reserve something else than what is needed or was offered for it."""
    if wanted != needed:
        message = f"This offer is for {wanted}, not for {needed}."
        raise Refused("other_part", message, field="offer_id", wanted=wanted)


def check_hold(until: datetime, valid_until: datetime, *, at: datetime) -> None:
    """Refuse a hold that is over already, or longer than the price behind it."""
    check_supplier_price(valid_until, field="offer_id", at=at)
    if not at < until <= valid_until:
        message = "The supplier holds it from now until its price expires at the latest."
        raise Refused("past_date", message, field="until", valid_until=valid_until)


def check_can_risk(status: Status, engagement: EngagementStatus, *, expected_at: datetime, at: datetime) -> None:
    """Refuse to buy at one's own risk what was bought already, or for an engagement that needs nothing now."""
    way(status, S.ORDERED)
    if engagement not in MAY_RISK:
        message = f"The engagement is {engagement}; parts are bought at one's own risk before the approval."
        raise Refused("wrong_state", message, remedy="Order them from the approved quote.", status=engagement.value)
    check_expected(expected_at, at=at)


# ------------------------------------------------------------------------------------------- what failed


def check_can_fail(status: Status, engagement: EngagementStatus) -> None:
    """Refuse the failure of what was never built in, and one that a guarantee claim has to deal with."""
    check_transition(status, S.FAILED_IN_WARRANTY)
    if engagement not in MAY_FAIL:
        message = f"The engagement is {engagement}; a failure of a part is noted from the work until it is closed."
        raise Refused("no_work_in_progress", message, status=engagement.value)


def check_can_replace(status: Status, *, replaced: bool, expected_at: datetime, at: datetime) -> None:
    """Refuse a replacement of what works, a second one for the same unit, and one expected in the past."""
    if status not in FAULTY or status is S.REPLACED:
        message = f"This part is {status}; only what was dead on arrival or failed in warranty is replaced."
        raise Refused("not_faulty", message, status=status.value)
    if replaced:
        raise Refused("already_replaced", "A replacement for this unit was ordered already.")
    check_expected(expected_at, at=at)


def check_expected(expected_at: datetime, *, at: datetime) -> None:
    """Refuse an arrival in the past."""
    if expected_at <= at:
        raise Refused("past_date", "Expect the arrival in the future.", field="expected_at")


# ------------------------------------------------------------------------------------------- loaners


def check_loan_transition(status: LoanStatus, to: LoanStatus) -> None:
    """Refuse what the table does not list, naming what it does."""
    if to not in LOAN_TRANSITIONS[status]:
        allowed = ", ".join(sorted(LOAN_TRANSITIONS[status])) or "nothing"
        message = f"This loan is {status}; from there it can become: {allowed}."
        raise Refused(f"loan_{status.lower()}", message, status=status.value, to=to.value)


def check_can_offer_loaner(*, free: bool, due_at: datetime, at: datetime) -> None:
    """Refuse a loaner that is away, and a loan that would be over as it is offered."""
    if not free:
        message = "This loaner is offered or lent already; choose another one, or have it returned first."
        raise Refused("loaner_away", message, field="loaner_id")
    if due_at <= at:
        raise Refused("past_date", "Expect it back in the future.", field="due_at")


# ------------------------------------------------------------------------------------------- cores


def core_due(installed_at: datetime, zone: str, *, days: int) -> datetime:
    """Until when a core has to be on its way: through the last of so many local days (domain.md §11 ruling 30)."""
    return end_of_local_day(installed_at.astimezone(zone_of(zone)).date() + timedelta(days=days), zone)


def check_can_decide_custody(status: Status, decided: str, decision: Custody) -> None:
    """Refuse a decision about what is not owed, and the same one twice; a release may still be taken back."""
    if status is not S.CORE_DUE:
        message = f"This part is {status}; custody is decided while its core is due and still on site."
        raise Refused("no_core_due", message, status=status.value)
    if decided == decision.value:
        raise Refused("already_decided", "This was decided already.", field="decision")


def check_can_ship_core(status: Status, *, data_bearing: bool, decided: str) -> None:
    """Refuse to let media that held data leave the site before the client decided so (domain.md §3.6)."""
    check_transition(status, S.CORE_SHIPPED)
    if data_bearing and decided != Custody.RELEASE.value:
        message = "This core held data of the client, who has not decided yet that it may leave the site."
        remedy = "Ask the client's data owner or security officer to decide on its custody."
        raise Refused("custody_undecided", message, remedy=remedy)


# ------------------------------------------------------------------------------------------- what fits

PERHAPS_NOT = 5  # the place of a "does not fit" for firmware that cannot be compared
BETTER = (Grade.TESTED_USED, Grade.OEM_REFURB, Grade.NEW)
ANOTHER = "Fit the one that was quoted, or propose a change order for the other one."


def number(given: str) -> str:
    """A part number as the catalogue keeps and compares it."""
    return given.strip().upper()


def compare_firmware(one: str, other: str) -> int | None:
    """-1, 0 or 1 as the first is older, the same or newer; None where the two are written too differently to say."""
    left, right = (re.findall(r"[0-9]+|[a-z]+", text.casefold()) for text in (one, other))
    if not left or not right:
        return None
    for a, b in zip(left, right, strict=False):
        if a.isdigit() != b.isdigit():
            return None
        if a != b and (not a.isdigit() or int(a) != int(b)):
            return -1 if (int(a) < int(b) if a.isdigit() else a < b) else 1
    return (len(left) > len(right)) - (len(left) < len(right))


def check_range(low: str, high: str) -> None:
    """Refuse a range of firmware that ends before it begins, and ends that cannot be told apart."""
    order = compare_firmware(low, high) if low and high else -1
    if order is None or order > 0:
        message = "The range of firmware ends before it begins, or its ends are written too differently."
        raise Refused("not_in_order", message, field="firmware_until")


def judge(said: Iterable[Said], firmware: str, machine: str) -> Judged:
    """What the statements about one part and one model come to for a machine with this firmware.

    A plain "does not fit" wins over everything, whatever else was said; else the best that any range allows, unless
    another range says "does not fit" and nobody can tell whether this firmware lies in it.
    """
    found = [one for one in (_judge(each, firmware) for each in said) if one is not None]
    nothing = Judged(Verdict.NOT_KNOWN, f"the catalogue does not say whether it fits {machine}")
    best = min(found, key=lambda one: one[0], default=(0, nothing))[1]
    doubts = [one for place, one in found if place == PERHAPS_NOT]
    return doubts[0] if doubts and best.verdict in (Verdict.FITS, Verdict.FITS_AFTER) else best


def _judge(said: Said, firmware: str) -> tuple[int, Judged] | None:
    """One statement, with its place among the others; None where it says nothing of this firmware."""
    ends = [f"from {said.firmware_from}"] if said.firmware_from else []
    ends += [f"up to {said.firmware_until}"] if said.firmware_until else []
    span = f" with firmware {' '.join(ends)}" if ends else ""
    on = f"{said.basis.replace('_', ' ')}: {said.source}"
    low = compare_firmware(firmware, said.firmware_from) if said.firmware_from else 0
    high = compare_firmware(firmware, said.firmware_until) if said.firmware_until else 0
    if low is None or high is None:
        other = f"this machine has {firmware}, which is written otherwise"
        stands = other if firmware else "that of this machine is not known"
        does = "fits" if said.fits else "does not fit"
        place = 4 if said.fits else PERHAPS_NOT
        return place, Judged(Verdict.NOT_KNOWN, f"{does}{span}; {stands} ({on})")
    within = low >= 0 and high <= 0
    if not said.fits:
        return (0, Judged(Verdict.DOES_NOT_FIT, f"does not fit{span} ({on})")) if within else None
    if within:
        return 1, Judged(Verdict.FITS, f"fits{span} ({on})")
    if low < 0:
        return 2, Judged(Verdict.FITS_AFTER, f"fits after firmware {said.firmware_from}, now {firmware} ({on})")
    return 3, Judged(Verdict.DOES_NOT_FIT, f"fits only{span}, now {firmware} ({on})")


def check_alternate(
    given: str, quoted: Quoted, *, listed: bool, judged: Judged, condition: Grade | None, cost_minor: int | None
) -> None:
    """Refuse what is no listed alternate of the quoted part, does not fit, is more worn, or costs more."""
    if not listed:
        message = f"{given} is neither what was quoted ({quoted.part_number}) nor listed as its alternate."
        raise Refused("not_an_alternate", message, remedy=ANOTHER, field="part_number")
    if judged.verdict is Verdict.DOES_NOT_FIT:
        message = f"{given} is known not to fit this machine: {judged.words}."
        raise Refused("part_does_not_fit", message, remedy=ANOTHER, field="part_number")
    if condition is None:
        raise Refused("missing_field", "Say in which condition the alternate is.", field="condition")
    if not quoted.condition or BETTER.index(condition) < BETTER.index(Grade(quoted.condition)):
        message = (
            f"The quote promised a part in condition {quoted.condition.replace('_', ' ') or 'unknown'} or better."
        )
        raise Refused("worse_condition", message, remedy=ANOTHER, field="condition")
    if cost_minor is None or quoted.cost_minor is None or cost_minor > quoted.cost_minor:
        message = f"No supplier's offer is on file for {given} in this condition at what was quoted or below."
        raise Refused(
            "dearer_alternate", message, remedy=f"Have its offer noted first. {ANOTHER}", field="part_number"
        )
