"""The frozen content of every document, by the row that issued it: what jobs print and the log then vouches for."""

import json
from collections.abc import Callable
from typing import Any

from breakfix.agreements import queries as agreements
from breakfix.assets import queries as assets
from breakfix.billing import queries as billing
from breakfix.changes import queries as changes
from breakfix.changes.models import Change
from breakfix.diagnosis import queries as diagnosis
from breakfix.histories import passport
from breakfix.histories.models import Document
from breakfix.histories.values import DocumentKind, Printable
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.models import Row
from breakfix.liaison import queries as liaison
from breakfix.parties import queries as parties
from breakfix.quotes import queries as quotes
from breakfix.reports import queries as reports

K = DocumentKind


def printable(kind: DocumentKind, subject: str, topic: str) -> Printable:
    """What is to be printed for this row, such as "quotes.quote/12"; a passport needs the engagement's topic.

    Reads for machines: nobody is asked what they may see. Refuses where there is nothing to print yet.
    """
    return _MAKERS[kind](int(subject.rpartition("/")[2]), topic)


def _root_cause(row_id: int, topic: str) -> Printable:
    cause = diagnosis.get_root_cause(row_id, by=SYSTEM)
    content = _issued(cause.canonical)
    return _of_engagement(K.ROOT_CAUSE, cause, cause.engagement, cause.number, cause.version, content, cause.sha256)


def _quote(row_id: int, topic: str) -> Printable:
    quote = quotes.get_quote(row_id, SYSTEM)
    content = _issued(quote.content)
    return _of_engagement(K.QUOTE, quote, quote.engagement, quote.number, quote.version, content, quote.sha256)


def _change_plan(row_id: int, topic: str) -> Printable:
    change = changes.get_change(row_id, SYSTEM)
    beside = {"proposed_by": parties.name_of(change.proposed_by_id), "decisions": _decisions(change)}
    return _of_engagement(
        K.CHANGE_PLAN, change, change.engagement, change.number, 1, _issued(change.document), change.sha256, beside
    )


def _decisions(change: Change) -> list[dict[str, Any]]:
    """The minutes of the authority: who decided what for which seat, and when."""
    asked = changes.round_of(change)
    if asked is None:
        return []
    return [
        {
            "seat": seat.name,
            "state": seat.state,
            "by": seat.decided_by.name if seat.decided_by else "",
            "at": plain(seat.decided_at),
            "reason": seat.reason,
        }
        for seat in asked.seats.all()
    ]


def _service_report(row_id: int, topic: str) -> Printable:
    report = reports.get_report(row_id, SYSTEM)
    return _of_engagement(
        K.SERVICE_REPORT, report, report.engagement, report.number, report.version, report.content, report.sha256
    )


def _invoice(row_id: int, topic: str) -> Printable:
    invoice = billing.get_invoice(row_id, SYSTEM)
    return _of_engagement(K.INVOICE, invoice, invoice.engagement, invoice.number, 1, invoice.content, invoice.sha256)


def _letter(row_id: int, topic: str) -> Printable:
    letter = liaison.get_letter(row_id, SYSTEM)
    content = json.loads(letter.canonical)
    return _of_engagement(K.LETTER_OF_AUTHORITY, letter, letter.engagement, letter.number, 1, content, letter.sha256)


def _claim(row_id: int, topic: str) -> Printable:
    claim = liaison.get_claim(row_id, SYSTEM)
    content, engagement = json.loads(claim.canonical), claim.case.engagement
    return _of_engagement(K.VENDOR_CLAIM, claim, engagement, claim.number, 1, content, claim.sha256)


def _agreement(row_id: int, topic: str) -> Printable:
    version = agreements.get_version(row_id, SYSTEM)
    agreement = version.agreement
    signed = [
        ("provider", version.provider_signed_by, version.provider_signed_at),
        ("client", version.client_signed_by, version.client_signed_at),
    ]
    beside = {
        "provider": _party(agreement.provider),
        "client": _party(agreement.client),
        "accountable": version.accountable_person.name,
        "effective_at": plain(version.effective_at),
        "zone": agreement.client.zone,
        "signed": [{"as": side, "name": who.name, "at": plain(at)} for side, who, at in signed if who and at],
    }
    return Printable(
        kind=K.AGREEMENT,
        subject=version.key,
        topic=agreement.topic,
        number=agreement.number,
        version=version.version,
        content=version.content(),
        sha256=version.sha256,
        to=agreement.party_ids,
        beside=beside,
        own_topic=True,
    )


def _party(organisation: Any) -> dict[str, str]:
    names = ("legal_name", "address", "tax_id")
    return {name: getattr(organisation, name) for name in names}


def _passport(row_id: int, topic: str) -> Printable:
    """The passport of the machine that an engagement was about, as it stands; a new version once it says more."""
    engagement = incidents.get_engagement(int(topic.rpartition("/")[2]), by=SYSTEM)
    if engagement.asset_id is None:
        raise Refused("no_asset", "This engagement names no machine, so there is no passport.")
    if engagement.need_to_know:  # a new version at that minute would tell everybody of the client that something was
        raise Refused("need_to_know", "A restricted engagement prints no passport; the machine's says nothing of it.")
    asset = assets.get_asset(engagement.asset_id, by=SYSTEM)
    content = passport.content_of(asset)
    sha256 = sha256_hex(content)
    last = Document.objects.filter(kind=K.PASSPORT, subject=asset.key).order_by("-version").first()
    version = 1 if last is None else last.version + (last.json_sha256 != sha256)
    return Printable(
        kind=K.PASSPORT,
        subject=asset.key,
        topic=f"passport/{asset.pk}",
        number=f"AP-{asset.pk:04d}",
        version=version,
        content=content,
        sha256=sha256,
        # Spending and other providers' work are the client's own business.
        to=(asset.client_id,),
        beside={},
        own_topic=True,
    )


def _of_engagement(
    kind: DocumentKind,
    row: Row,
    engagement: Engagement,
    number: str,
    version: int,
    content: dict[str, Any],
    sha256: str,
    beside: dict[str, Any] | None = None,
) -> Printable:
    return Printable(
        kind=kind,
        subject=row.key,
        topic=engagement.topic,
        number=number,
        version=version,
        content=content,
        sha256=sha256,
        to=engagement.party_ids,
        beside=beside or {},
    )


def _issued(content: dict[str, Any] | None) -> dict[str, Any]:
    if not content:
        raise Refused("not_issued", "This document is not issued yet, so there is nothing to print.")
    return content


_MAKERS: dict[DocumentKind, Callable[[int, str], Printable]] = {
    K.ROOT_CAUSE: _root_cause,
    K.QUOTE: _quote,
    K.CHANGE_PLAN: _change_plan,
    K.SERVICE_REPORT: _service_report,
    K.INVOICE: _invoice,
    K.AGREEMENT: _agreement,
    K.PASSPORT: _passport,
    K.LETTER_OF_AUTHORITY: _letter,
    K.VENDOR_CLAIM: _claim,
}
