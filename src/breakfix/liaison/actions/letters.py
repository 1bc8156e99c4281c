"""Letters of authority: the client lets its provider speak for it to one vendor, and may take that back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import closing, words
from breakfix.incidents.values import Status
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, check_confirmed, person_behind, require
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.canonical import canonical, plain, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.numbers import next_number
from breakfix.liaison import queries
from breakfix.liaison.models import Letter
from breakfix.liaison.rules import cases
from breakfix.parties import rules as texts

# What it is never good for, whatever its scope says: printed on every letter.
NOT_FOR = "It does not allow ordering, changing or ending a service, accepting charges, or agreeing to terms."


@transaction.atomic
def grant_letter(
    engagement_id: int,
    *,
    vendor_name: str,
    scope: str,
    valid_until: datetime,
    signed_copy: Upload | None = None,
    by: Actor,
    at: datetime,
) -> Letter:
    """The client lets its provider speak to this vendor about this failure, until then, and for nothing else.

    `signed_copy` is for a vendor that asks for ink on paper; the letter's own words and hash are what counts here.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.GRANT_LETTER, org=engagement.client_id)
    check_confirmed(by, at)
    closing.check_open(Status(engagement.status))
    cases.check_letter(valid_until, at)
    name = texts.text(vendor_name, "vendor_name", longest=120)
    said = words.check_no_amount(texts.text(scope, "scope", longest=400), "scope")
    signer = person_behind(by, "A person of the client signs a letter of authority.")
    kept = files.keep(signed_copy, topic=engagement.topic, at=at) if signed_copy is not None else None
    number = next_number("LOA", engagement.provider_id, at)
    content = _content(engagement, number, name, said, valid_until, by.name, at)
    letter = Letter.objects.create(
        engagement=engagement,
        number=number,
        vendor_name=name,
        scope=said,
        valid_until=valid_until,
        canonical=canonical(content).decode(),
        sha256=sha256_hex(content),
        signed_copy=kept,
        granted_by_id=signer,
        granted_at=at,
    )
    rows: list[Row] = [letter, *([kept] if kept else [])]
    _tell("letter.granted", letter, f"Letter of authority {number} for {name}: {said}", rows, by, at)
    return letter


@transaction.atomic
def revoke_letter(engagement_id: int, *, letter_id: int, reason: str, by: Actor, at: datetime) -> Letter:
    """From now on nobody speaks for the client by this letter; what was said before stays on record."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.REVOKE_LETTER, org=engagement.client_id)
    letter = queries.lock_letter(engagement, letter_id)
    letter.engagement = engagement
    cases.check_can_revoke(revoked=letter.revoked_at is not None, valid_until=letter.valid_until, at=at)
    letter.revoke_reason = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    letter.revoked_by_id, letter.revoked_at = person_behind(by, "A person of the client revokes a letter."), at
    letter.save(update_fields=["revoke_reason", "revoked_by", "revoked_at"])
    line = f"Letter of authority {letter.number} for {letter.vendor_name} was revoked: {letter.revoke_reason}"
    _tell("letter.revoked", letter, line, [letter], by, at)
    return letter


def _content(
    engagement: Engagement, number: str, vendor: str, scope: str, valid_until: datetime, signer: str, at: datetime
) -> dict[str, Any]:
    client, provider = engagement.client, engagement.provider
    body = {
        "document": "letter_of_authority",
        "format": 1,
        "number": number,
        "engagement": engagement.number,
        "title": engagement.title,
        "client": {"legal_name": client.legal_name, "address": client.address},
        "provider": {"legal_name": provider.legal_name, "address": provider.address},
        "site": {"name": engagement.site.name, "address": engagement.site.address, "zone": engagement.zone},
        "vendor": vendor,
        "scope": scope,
        "not_for": NOT_FOR,
        "granted_at": at,
        "valid_until": valid_until,
        "signed": [{"as": "client", "name": signer, "at": at}],
    }
    frozen: dict[str, Any] = plain(body)
    return frozen


def _tell(kind: str, letter: Letter, line: str, rows: list[Row], by: Actor, at: datetime) -> None:
    engagement = letter.engagement
    record(
        kind,
        subject=letter,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"number": letter.number, "sha256": letter.sha256, "valid_until": letter.valid_until},
        changed=rows,
    )
