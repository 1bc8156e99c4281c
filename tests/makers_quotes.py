"""S1's quote (domain.md §8): drafted, proven, reviewed, issued at 01:15 with the stated N, approved at 01:47."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.approvals import queries as approvals
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import FeeAccepted, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.money import Money
from breakfix.quotes import queries
from breakfix.quotes.actions import deciding, drafting, issuing
from breakfix.quotes.models import Quote
from breakfix.quotes.rules.simulation import replace_sampler
from tests import makers_approvals, makers_incidents
from tests.makers import World, local
from tests.quotes import cases
from tests.snapshots import remembered

STATED_N = Money.of("5400", "USD")
CONTACT = local("2026-12-01 20:16")
DIAGNOSED = local("2026-12-02 00:40")
DRAFTED = local("2026-12-02 01:05")
REVIEWED = local("2026-12-02 01:10")
ISSUED = local("2026-12-02 01:15")
APPROVED = local("2026-12-02 01:47")
REASON = "The archive gap closes at 19:40; the CFO does not answer."


@remembered
@transaction.atomic
def awaiting_quote(world: World, **given: Any) -> Engagement:
    """As dispatch and diagnosis leave it at 00:40: fee charged out of hours, root cause known, no quote yet."""
    engagement = makers_incidents.qualified(world, **given)
    rows: list[Any] = []
    if incidents.fee(engagement).accepted_at is None:
        rows += steps.accept_fee(engagement, FeeAccepted.PREAUTHORISED, at=CONTACT)
    for status in (Status.DISPATCHED, Status.DIAGNOSING):
        rows += steps.move(engagement, status, by=SYSTEM, at=CONTACT)
    rows += steps.contacted(engagement, at=CONTACT) + steps.charge_fee(engagement, at=CONTACT)
    rows += steps.diagnosis_completed(engagement, at=DIAGNOSED)
    rows += steps.move(engagement, Status.QUOTE_PENDING, by=SYSTEM, at=DIAGNOSED)
    told(engagement, "diagnosis.completed", rows, DIAGNOSED)
    return engagement


def told(engagement: Engagement, kind: str, rows: list[Any], at: datetime) -> None:
    """The record that the standing-in deed would make."""
    to, topic = engagement.party_ids, engagement.topic
    record(kind, subject=engagement, by=SYSTEM, at=at, to=to, topic=topic, line=f"{kind} in a test", changed=rows)


def inputs(**given: Any) -> dict[str, Any]:
    """S1's quote as it is typed; `given` replaces some of it."""
    typed: dict[str, Any] = {
        "tasks": list(cases.S1.tasks),
        "parts": list(cases.S1.parts),
        "charges": list(cases.S1.charges),
        "contingents": list(cases.S1.contingents),
        "risks": list(cases.S1.risks),
        "scope_in": cases.S1.scope_in,
        "scope_out": "Replacement of the server",
        "assumptions": "The five remaining drives stay readable",
        "continuity": "A loaner NAS takes the archive stream while the array is repaired",
        "image_first": True,
    }
    return {**typed, **given}


@remembered
def drafted(world: World, engagement: Engagement | None = None, at: datetime = DRAFTED, **given: Any) -> Quote:
    """Typed by the quoting engineer."""
    engagement = engagement or awaiting_quote(world)
    return drafting.draft_quote(engagement.pk, **inputs(**given), by=world.actor("quinn"), at=at)


def proven(world: World, quote: Quote, at: datetime = DRAFTED) -> Quote:
    """With the supplier's document behind every part."""
    for line, part in enumerate(quote.inputs.parts, start=1):
        offer = Upload(f"offer-{part.part_number}.txt", f"{part.part_number} at {part.cost}".encode())
        drafting.attach_supplier_evidence(quote.pk, line=line, evidence=offer, by=world.actor("quinn"), at=at)
    return quote


@remembered
def reviewed(world: World, engagement: Engagement | None = None, at: datetime = REVIEWED, **given: Any) -> Quote:
    """Vouched for by somebody who did not write it."""
    quote = proven(world, drafted(world, engagement, **given))
    return drafting.review_quote(quote.pk, by=world.actor("rex"), at=at)


@remembered
def issued(world: World, engagement: Engagement | None = None, at: datetime = ISSUED, **given: Any) -> Quote:
    """Before the client, with the N that the story states."""
    quote = reviewed(world, engagement, **given)
    with replace_sampler(STATED_N):
        return issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=at)


def signed(world: World, quote: Quote, who: str, at: datetime, **given: Any) -> Quote:
    """One approver's seat, the risk row ticked, freshly authenticated."""
    typed = {"shown_sha256": quote.sha256, "acknowledged": ["R1"], **given}
    return deciding.approve_quote(quote.pk, **typed, by=world.actor(who, confirmed_at=at), at=at)


def acknowledged(world: World, quote: Quote, at: datetime, who: str = "sol", **given: Any) -> Quote:
    """The data owner accepts the risk by name."""
    typed = {"shown_sha256": quote.sha256, **given}
    return deciding.acknowledge_risk(quote.pk, **typed, by=world.actor(who, confirmed_at=at), at=at)


def climbed(quote: Quote, until: datetime) -> None:
    """The reach-out ladder as the worker climbs it."""
    asked = approvals.open_round_for(quote.subject)
    if asked is not None:
        makers_approvals.climbed(asked, until)


@remembered
def approved(world: World, engagement: Engagement | None = None, **given: Any) -> Quote:
    """S1's night: IT and the data owner answer, finance sleeps, the duty manager decides at 01:47.

    Give the engagement of `makers_diagnosis.diagnosed(world)` where bookings and findings matter later.
    """
    quote = issued(world, engagement, **given)
    climbed(quote, local("2026-12-02 01:20"))
    signed(world, quote, "alice", local("2026-12-02 01:22"))
    climbed(quote, local("2026-12-02 01:45"))
    acknowledged(world, quote, local("2026-12-02 01:46"))
    deciding.approve_quote_in_emergency(
        quote.pk,
        shown_sha256=quote.sha256,
        reason=REASON,
        acknowledged=["R1"],
        by=world.actor("mona", confirmed_at=APPROVED),
        at=APPROVED,
    )
    return queries.get_quote(quote.pk, SYSTEM)
