"""A case at a vendor: opened, spoken about, passed on to its next tier, waited for, closed."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import closing, transitions, words
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Actor, Deed, person_behind, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.liaison import queries, steps
from breakfix.liaison.models import VendorCase, VendorContact, VendorPromise
from breakfix.liaison.rules import cases, promises
from breakfix.liaison.values import CaseResult, CaseStatus, PromiseGiven, VendorKind, Way
from breakfix.parties import rules as texts

NEEDS_PERSON = "Somebody with a name speaks with a vendor."
UNSPOKEN = "without a letter of authority"


@transaction.atomic
def open_vendor_case(
    engagement_id: int,
    *,
    vendor_kind: VendorKind,
    vendor_name: str,
    reference: str,
    next_contact_at: datetime,
    tier: int = 1,
    contact: str = "",
    opened_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> VendorCase:
    """Put the vendor's own case on record: from here on the desk is reminded to ask, until it is closed.

    `opened_at` is when the vendor opened it, where that was earlier; its response time runs from there.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.OPEN_VENDOR_CASE, org=engagement.provider_id)
    cases.check_can_open(Status(engagement.status))
    cases.check_tier(tier)
    name = _plain(vendor_name, "vendor_name", 120)
    ref = _plain(reference, "reference", 80)
    known = queries.cases_of(engagement)
    cases.check_is_new(name, ref, [(one.vendor_name, one.reference) for one in known])
    began = opened_at or at
    cases.check_opened(began, reported_at=engagement.submitted_at, at=at)
    cases.check_next_contact(next_contact_at, at)
    case = VendorCase.objects.create(
        engagement=engagement,
        number=len(known) + 1,
        vendor_kind=vendor_kind.value,
        vendor_name=name,
        reference=ref,
        tier=tier,
        contact=_plain(contact, "contact", 160, required=False),
        opened_at=began,
        noted_at=at,
        next_contact_at=next_contact_at,
    )
    rows = [case, *steps.plan_contact(case, next_contact_at, at)]
    spoken = "" if queries.letter_for(engagement, name, at) else f", {UNSPOKEN} so far"
    _tell("vendor_case.opened", case, f"Case {ref} opened at {name}, tier {tier}{spoken}.", rows, by, at)
    return case


@transaction.atomic
def log_vendor_contact(
    case_id: int,
    *,
    way: Way,
    said: str,
    next_contact_at: datetime,
    spoke_with: str = "",
    answered: bool = True,
    contacted_at: datetime | None = None,
    promises_made: list[PromiseGiven] | None = None,
    corrects_id: int | None = None,
    as_update: bool = False,
    by: Actor,
    at: datetime,
) -> VendorContact:
    """Write down what was said and promised; it is never changed, only corrected by a later entry.

    `answered` false: nobody was reached. `as_update` also tells the client: its update cadence begins anew.
    Without a letter of authority in force at that moment the entry says so.
    """
    case = queries.lock_case(case_id, by)
    engagement = case.engagement
    require(by, Deed.LOG_VENDOR_CONTACT, org=engagement.provider_id)
    cases.check_is_open(CaseStatus(case.status))
    spoke_at = contacted_at or at
    # A case that the client opened itself may have been answered before we heard of it.
    cases.check_happened(spoke_at, earliest=min(case.opened_at, engagement.submitted_at), at=at)
    before = queries.get_contact(case, corrects_id) if corrects_id is not None else None
    if before is not None:
        cases.check_can_correct(before.case_id, case.pk, corrected=before.pk in queries.corrected(case))
    if as_update:
        closing.check_can_update(Status(engagement.status))
    told = words.check_no_amount(texts.text(said, "said", longest=4000), "said")
    rows = steps.plan_contact(case, next_contact_at, at)
    contact, promised = _log(case, way, told, spoke_with, answered, spoke_at, before, promises_made or [], by, at)
    rows += [contact, *promised, *(incident_steps.note_update(engagement, at) if as_update else [])]
    _tell("vendor_contact.logged", case, _line(case, contact, promised), rows, by, at, _facts(contact, promised))
    return contact


@transaction.atomic
def escalate_vendor_case(
    case_id: int,
    *,
    way: Way,
    reason: str,
    next_contact_at: datetime,
    contact: str = "",
    spoke_with: str = "",
    answered: bool = False,
    promises_made: list[PromiseGiven] | None = None,
    by: Actor,
    at: datetime,
) -> VendorCase:
    """Have the vendor's next tier take it on, and say why; the log keeps who was asked and what they promised.

    Only where `answered` says so did a person of the vendor answer: a mail that was sent is no response.
    """
    case = queries.lock_case(case_id, by)
    require(by, Deed.ESCALATE_VENDOR_CASE, org=case.engagement.provider_id)
    cases.check_is_open(CaseStatus(case.status))
    cases.check_can_escalate(case.tier)
    told = words.check_no_amount(texts.text(reason, "reason", longest=2000), "reason")
    case.tier += 1
    case.contact = _plain(contact, "contact", 160, required=False)
    rows = steps.plan_contact(case, next_contact_at, at)
    entry, promised = _log(case, way, told, spoke_with, answered, at, None, promises_made or [], by, at)
    line = f"{case} goes to tier {case.tier} of the vendor: {told}"
    _tell("vendor_case.escalated", case, line, [*rows, entry, *promised], by, at, _facts(entry, promised))
    return case


@transaction.atomic
def keep_vendor_promise(
    case_id: int, *, promise_id: int, kept_at: datetime | None = None, by: Actor, at: datetime
) -> VendorPromise:
    """Note that the vendor did what it promised, and when: kept, or broken by how much."""
    case = queries.lock_case(case_id, by)
    require(by, Deed.KEEP_VENDOR_PROMISE, org=case.engagement.provider_id)
    promise = queries.lock_promise(case, promise_id)
    done_at = kept_at or at
    promises.check_can_keep(
        kept=promise.kept_at is not None,
        ended=promise.ended_at is not None,
        made_at=promise.made_at,
        kept_at=done_at,
        at=at,
    )
    promise.kept_at = done_at
    promise.save(update_fields=["kept_at"])
    (read,) = queries.readings_of([promise], at)
    minutes = int(read.reading.by.total_seconds() // 60)
    late = f"{minutes} min too late" if read.broken else f"{minutes} min before it was due"
    line = f"{case.vendor_name} did what it promised, {late}: {promise.what}"
    _tell("vendor_promise.kept", case, line, [promise], by, at, {"verdict": read.reading.verdict, "minutes": minutes})
    return promise


@transaction.atomic
def close_vendor_case(case_id: int, *, result: CaseResult, said: str, by: Actor, at: datetime) -> VendorCase:
    """The vendor is done, or will not do it: nobody asks again, and what was held for it goes on by itself."""
    case = queries.lock_case(case_id, by)
    require(by, Deed.CLOSE_VENDOR_CASE, org=case.engagement.provider_id)
    cases.check_move(CaseStatus(case.status), CaseStatus.CLOSED)
    told = words.check_no_amount(texts.text(said, "said", longest=2000), "said")
    resumes = steps.hold_of(case) is not None
    rows = steps.end(case, by, at)
    case.status, case.closed_at, case.next_contact_at = CaseStatus.CLOSED.value, at, None
    case.result, case.result_text = result.value, told
    case.save()
    ended = result.value.replace("_", " ")
    goes_on = " Work goes on." if resumes else ""
    _tell("vendor_case.closed", case, f"{case} is closed, {ended}: {told}{goes_on}", [case, *rows], by, at)
    return case


@transaction.atomic
def wait_for_vendor(case_id: int, *, note: str = "", by: Actor, at: datetime) -> Engagement:
    """Put the engagement on hold for this open case, until the next contact: the objective alone pauses.

    Every other clock runs on, and updates are still due. It ends when the case is closed, or when somebody resumes.
    """
    case = queries.lock_case(case_id, by)
    engagement = case.engagement
    require(by, Deed.WAIT_FOR_VENDOR, org=engagement.provider_id)
    cases.check_is_open(CaseStatus(case.status))
    transitions.check_can_move(Status(engagement.status), Status.ON_HOLD)
    said = words.check_no_amount(texts.text(note, "note", longest=2000, required=False), "note")
    assert case.next_contact_at is not None  # noqa: S101 - an open case has one, as its table demands
    cases.check_next_contact(case.next_contact_at, at)
    rows = incident_steps.wait(
        engagement,
        HoldReason.AWAITING_THIRD_PARTY,
        vendor_ref=str(case)[:80],
        note=said,
        expected_until=case.next_contact_at,
        by=by,
        at=at,
    )
    case.waits_since = at
    case.save(update_fields=["waits_since"])
    line = f"On hold, waiting for a third party: {case}{f'. {said}' if said else ''}"
    facts = {"reason": HoldReason.AWAITING_THIRD_PARTY, "from": engagement.hold_from, "case": case.number}
    _tell("engagement.held", case, line, [*rows, case], by, at, facts)
    return engagement


def _log(
    case: VendorCase,
    way: Way,
    told: str,
    spoke_with: str,
    answered: bool,
    spoke_at: datetime,
    before: VendorContact | None,
    given: list[PromiseGiven],
    by: Actor,
    at: datetime,
) -> tuple[VendorContact, list[Row]]:
    promises.check_given(given, spoke_at)
    whats = [_plain(one.what, f"promises_made-{n}-what", 300) for n, one in enumerate(given)]
    contact = steps.note_contact(
        case,
        way=way.value,
        said=told,
        spoke_with=_plain(spoke_with, "spoke_with", 120, required=False),
        answered=answered,
        person_id=person_behind(by, NEEDS_PERSON),
        contacted_at=spoke_at,
        corrects=before,
        at=at,
    )
    return contact, steps.note_promises(contact, given, whats)


def _plain(value: str, field: str, longest: int, *, required: bool = True) -> str:
    return words.check_no_amount(texts.text(value, field, longest=longest, required=required), field)


def _line(case: VendorCase, contact: VendorContact, promised: Sequence[Row]) -> str:
    reached = "" if contact.answered else ", nobody answered"
    spoken = "" if contact.letter_id else f", {UNSPOKEN}"
    corrects = f", in place of entry {contact.corrects.number}" if contact.corrects else ""
    owed = "; ".join(str(one) for one in promised)
    return (
        f"{case}, by {contact.way}{reached}{spoken}{corrects}: {contact.said}{f' Promised: {owed}.' if owed else ''}"
    )


def _facts(contact: VendorContact, promised: Sequence[Row]) -> dict[str, object]:
    due = [{"what": one.what, "until": one.until} for one in promised if isinstance(one, VendorPromise)]
    return {"entry": contact.number, "tier": contact.tier, "letter": bool(contact.letter_id), "promises": due}


def _tell(
    kind: str,
    case: VendorCase,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        kind,
        subject=case,
        by=by,
        at=at,
        to=case.engagement.party_ids,
        topic=case.engagement.topic,
        line=line,
        facts={"case": case.number, **(facts or {})},
        changed=rows,
    )
