"""What the vendor's own agreement promises, and the draft of what the client may claim when that was missed."""

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from breakfix.incidents.rules import words
from breakfix.kernel.access import Actor, Deed, person_behind, require
from breakfix.kernel.ledger.canonical import canonical, plain, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.money import Money, half_up
from breakfix.kernel.numbers import next_number
from breakfix.kernel.worktime.zones import zone_of
from breakfix.liaison import queries
from breakfix.liaison.models import VendorCase, VendorClaim
from breakfix.liaison.rules import cases, claims
from breakfix.liaison.values import ClaimAbout, Days, Measured
from breakfix.parties import rules as texts

NOBODY_PROMISES = (
    "A draft for the client to check and send. Whether and how much is credited is the vendor's to decide;"
    " nobody here promises an amount."
)
COMPUTED = "Computed from the charge and the share that {who} gave; not verified against the vendor's invoice."


@transaction.atomic
def note_vendor_terms(
    case_id: int,
    *,
    source: str,
    days: Days = Days.ALWAYS,
    opens: str = "",
    closes: str = "",
    zone: str = "",
    availability: Decimal | None = None,
    response_minutes: int | None = None,
    amount_rule: str = "",
    by: Actor,
    at: datetime,
) -> VendorCase:
    """Write down what the vendor's agreement with the client says, and where it says so.

    Promises made before keep the hours in which they were made. `amount_rule` is the agreement's own text on credits.
    """
    case = queries.lock_case(case_id, by)
    require(by, Deed.NOTE_VENDOR_TERMS, org=case.engagement.party_ids)
    claims.check_terms(availability, response_minutes)
    case.terms_source = words.check_no_amount(texts.text(source, "source", longest=300), "source")
    case.amount_rule = texts.text(amount_rule, "amount_rule", longest=1000, required=False)
    hours = cases.hours_of(days, opens, closes, zone or case.engagement.zone)
    case.days, case.hours = days.value, {} if days is Days.ALWAYS else hours.to_json()
    # As many places as the table keeps: what is recorded is what is stored.
    case.availability = None if availability is None else half_up(availability, 4)
    case.response_minutes = response_minutes
    case.save()
    record(
        "vendor_terms.noted",
        subject=case,
        by=by,
        at=at,
        to=case.engagement.party_ids,
        topic=case.engagement.topic,
        line=f"What {case.vendor_name} promises in its agreement was noted, from: {case.terms_source}",
        facts={"availability": availability, "response_minutes": response_minutes, "days": days},
        changed=[case],
    )
    return case


@transaction.atomic
def draft_vendor_claim(
    case_id: int,
    *,
    about: ClaimAbout,
    period_start: datetime | None = None,
    period_end: datetime | None = None,
    charge: Decimal | None = None,
    credit_percent: Decimal | None = None,
    by: Actor,
    at: datetime,
) -> VendorClaim:
    """Draft what the client may claim: promised against measured, from our log; refused where nothing was missed.

    The period of an availability is the outage's calendar month where none is given. An amount is computed only from
    a `charge` and the share of it (`credit_percent`) that the rule gives back. The client sends it, nobody else.
    """
    case = queries.lock_case(case_id, by)
    engagement = case.engagement
    require(by, Deed.DRAFT_VENDOR_CLAIM, org=engagement.party_ids)
    claims.check_amount(charge, credit_percent, engagement.currency)
    start, end = _period(case, period_start, period_end)
    measured = _availability(case, start, end, at) if about is ClaimAbout.AVAILABILITY else _response(case, at)
    claims.check_missed(measured)
    number = next_number("VC", engagement.provider_id, at)
    computed = _computed(charge, credit_percent, engagement.currency, by.name)
    period = {"start": start, "end": end} if about is ClaimAbout.AVAILABILITY else None
    content = _content(case, number, about, measured, period, computed, by.name, at)
    claim = VendorClaim.objects.create(
        case=case,
        number=number,
        about=about.value,
        canonical=canonical(content).decode(),
        sha256=sha256_hex(content),
        drafted_by_id=person_behind(by, "A person drafts a claim."),
        drafted_at=at,
    )
    figures = f"promised {measured.promised}, measured {measured.measured}"
    line = f"Claim {number} against {case.vendor_name} was drafted: {figures}."
    record(
        "vendor_claim.drafted",
        subject=claim,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"number": number, "sha256": claim.sha256, "about": about, "missed_by": measured.missed_by},
        changed=[claim],
    )
    return claim


def _computed(
    charge: Decimal | None, credit_percent: Decimal | None, currency: str, who: str
) -> dict[str, object] | None:
    """The amount with its derivation and who gave its figures, where both were given."""
    if charge is None or credit_percent is None:
        return None
    found, steps = claims.amount(Money(charge, currency), credit_percent)
    return {"amount": found, "derivation": steps, "note": COMPUTED.format(who=who)}


def _period(case: VendorCase, start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """As given, else the calendar month of the outage at the site."""
    engagement = case.engagement
    local = engagement.outage_started_at.astimezone(zone_of(engagement.zone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    then = (first + timedelta(days=32)).replace(day=1)
    return start or first, end or then


def _availability(case: VendorCase, start: datetime, end: datetime, at: datetime) -> Measured:
    claims.check_stated(case.availability, "availability")
    claims.check_period(start, end, at)
    assert case.availability is not None  # noqa: S101 - refused above
    down_until = case.engagement.restored_at or at
    return claims.availability(
        case.availability,
        start=start,
        end=end,
        down_from=case.engagement.outage_started_at,
        down_until=down_until,
        zone=case.engagement.zone,
    )


def _response(case: VendorCase, at: datetime) -> Measured:
    claims.check_stated(case.response_minutes, "response_minutes")
    assert case.response_minutes is not None  # noqa: S101 - refused above
    return claims.response(
        case.response_minutes,
        hours=case.calendar,
        in_hours=bool(case.hours),
        opened_at=case.opened_at,
        answered_at=queries.first_answer(case),
        zone=case.engagement.zone,
        at=case.closed_at or at,
    )


def _content(
    case: VendorCase,
    number: str,
    about: ClaimAbout,
    measured: Measured,
    period: dict[str, datetime] | None,
    computed: dict[str, object] | None,
    drafter: str,
    at: datetime,
) -> dict[str, Any]:
    engagement = case.engagement
    letter = queries.letter_for(engagement, case.vendor_name, at)
    body = {
        "document": "vendor_claim",
        "format": 1,
        "number": number,
        "state": NOBODY_PROMISES,
        "about": about,
        "engagement": {"number": engagement.number, "title": engagement.title, "zone": engagement.zone},
        "client": {"legal_name": engagement.client.legal_name, "address": engagement.client.address},
        "prepared_by": {"legal_name": engagement.provider.legal_name, "name": drafter, "at": at},
        "site": {"name": engagement.site.name, "address": engagement.site.address},
        "vendor": {"name": case.vendor_name, "reference": case.reference, "tier": case.tier},
        "terms": {"source": case.terms_source, "amount_rule": case.amount_rule, "hours": case.hours or None},
        "letter": {"number": letter.number, "sha256": letter.sha256} if letter else None,
        "period": period,
        "outage": {"from": engagement.outage_started_at, "until": engagement.restored_at},
        "measured": asdict(measured),
        "computed": computed,
        "log": _entries(case),
        "promises": _promises(case, at),
    }
    frozen: dict[str, Any] = plain(body)
    return frozen


def _entries(case: VendorCase) -> list[dict[str, object]]:
    """The log as it was noted, oldest first."""
    return [
        {
            "number": one.number,
            "at": one.contacted_at,
            "way": one.way,
            "tier": one.tier,
            "answered": one.answered,
            "said": one.said,
            "corrects": one.corrects.number if one.corrects else None,
        }
        for one in reversed(queries.contacts(case))
    ]


def _promises(case: VendorCase, at: datetime) -> list[dict[str, object]]:
    """What the vendor promised in the case by the entries that still stand, and what became of it."""
    corrected = queries.corrected(case)
    return [
        {
            "what": one.row.what,
            "made_at": one.row.made_at,
            "until": one.row.until,
            "verdict": one.reading.verdict,
            "minutes": int(one.reading.by.total_seconds() // 60),
        }
        for one in queries.promised(case, at)
        if one.row.contact_id not in corrected
    ]
