"""Taking a call: what a caller said, read back, becomes a report that a person has answered already."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import calling
from breakfix.incidents.actions.desk import acknowledge
from breakfix.incidents.actions.reporting import report_failure
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.reading_back import check_read_back
from breakfix.incidents.values import Call
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record


@transaction.atomic
def take_call(
    requester_id: int,
    *,
    callback: str,
    call: Call,
    label: str = "",
    asset_id: int | None = None,
    site_id: int | None = None,
    read_back_sha256: str = "",
    by: Actor,
    at: datetime,
) -> Engagement:
    """Report what a caller says on their behalf, and acknowledge it at once: a person of the desk is answering.

    Only what was read back is reported: `read_back_sha256` is the hash of what `calling.read_back` made of the very
    same words. ACK stops with it, and the caller is called back at `callback`.
    """
    require(by, Deed.TAKE_CALL)
    heard = calling.read_back(
        requester_id, callback=callback, call=call, label=label, asset_id=asset_id, site_id=site_id, by=by, at=at
    )
    check_read_back(heard.sha256, read_back_sha256)
    engagement = report_failure(
        heard.asset.pk if heard.asset else None,
        provider_id=by.organisation_id or 0,
        domain=call.domain,
        title=call.title,
        answers=call.answers,
        details=call.details,
        outage_started_at=call.outage_started_at,
        obligations=call.obligations,
        site_id=heard.site.pk,
        description=call.description,
        prior_attempt=call.prior_attempt,
        requester_id=requester_id,
        callback=callback,
        onsite_needed=call.onsite_needed,
        distance_miles=call.distance_miles,
        by=by,
        at=at,
    )
    engagement = acknowledge(engagement.pk, callback=callback, by=by, at=at)
    _tell(engagement, heard, by, at)
    return engagement


def _tell(engagement: Engagement, heard: calling.ReadBack, by: Actor, at: datetime) -> None:
    record(
        "call.taken",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line="Reported by telephone; the desk read it back, and the caller agreed.",
        # Who called, and at which number, is on the engagement, where it can be erased.
        facts={"read_back": list(heard.sentences[1:]), "read_back_sha256": heard.sha256},
    )
