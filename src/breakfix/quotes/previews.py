"""What a draft would come to before it is an offer: figures, derivations, and what is still missing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from breakfix.approvals.values import SeatNeed
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.quotes import considered, queries, versions, ways
from breakfix.quotes.considered import Note
from breakfix.quotes.continuity import Compared
from breakfix.quotes.models import Quote
from breakfix.quotes.rules import inputs, states
from breakfix.quotes.rules import ways as rules
from breakfix.quotes.rules.offer import Offer
from breakfix.quotes.values import Draft, QuoteKind, Tariff


@dataclass(frozen=True)
class Problem:
    """Something that keeps a draft from being issued, in the words of the refusal."""

    code: str
    message: str
    field: str


@dataclass(frozen=True)
class Preview:
    """What the quote builder shows before anything is issued: figures, derivations, and what is still missing."""

    draft: Draft
    offer: Offer
    tariff: Tariff
    seats: tuple[SeatNeed, ...]
    valid_until: datetime
    problems: tuple[Problem, ...]
    ways: tuple[Compared, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """What whoever reviews it should know; it keeps nobody from issuing."""
        return considered.doubts(self.notes)


def preview(engagement_id: int, draft: Draft, *, by: Actor, at: datetime) -> Preview:
    """Price what was typed without writing anything; refuses impossible values by field as the deed does.

    Before the first draft there is no quote number to seed the estimate with, so N may still move by a step.
    """
    engagement = incidents.get_engagement(engagement_id, by)
    require(by, Deed.DRAFT_QUOTE, org=engagement.provider_id)
    inputs.check_draft(draft, queries.tariff_for(engagement), at=at, miles=queries.miles_to(engagement))
    latest = queries.latest_version(engagement)
    draft = rules.with_last_way(draft, latest.inputs if latest else None)
    number = latest.number if latest else engagement.number
    notes = considered.of_draft(engagement, draft, by, at)
    return _preview(engagement, draft, number, queries.evidence_for(engagement, draft), notes, at)


def preview_of(quote: Quote, by: Actor, at: datetime) -> Preview:
    """The figures of a stored draft as they would be issued now."""
    evidence = queries.evidence_by_line(quote)
    notes = considered.of_draft(quote.engagement, quote.inputs, by, at)
    found = _preview(quote.engagement, quote.inputs, quote.number, evidence, notes, at, QuoteKind(quote.kind))
    unreviewed = _problem(lambda: versions.check_can_issue(quote))
    return replace(found, problems=(*found.problems, *unreviewed))


def _preview(
    engagement: Engagement,
    draft: Draft,
    number: str,
    evidence: dict[int, Any],
    notes: tuple[Note, ...],
    at: datetime,
    of: QuoteKind = QuoteKind.QUOTE,
) -> Preview:
    every = ways.offers(engagement, draft, number=number, of=of)
    made = every[draft.way]
    problems = (
        *_problem(lambda: states.check_supplier_prices(draft.parts, evidence, at=at)),
        *_problem(lambda: considered.check_fit(notes)),
        *_problem(lambda: states.check_band(all(one.price.in_band for one in every), draft.band_reason)),
        *_problem(lambda: states.check_backup(draft, needed=any(one.backup_needed for one in every), at=at)),
    )
    return Preview(
        draft=draft,
        offer=made,
        tariff=queries.tariff_for(engagement),
        seats=tuple(queries.seats_needed(engagement, made)),
        valid_until=queries.end_of_offer(engagement, draft, at),
        problems=problems,
        ways=ways.compared(engagement, draft, every, at),
        notes=notes,
    )


def _problem(check: Callable[[], None]) -> tuple[Problem, ...]:
    try:
        check()
    except Refused as refusal:
        return (Problem(refusal.code, refusal.message, refusal.field or ""),)
    return ()
