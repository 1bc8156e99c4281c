"""Which state may follow which, and what has to hold before each deed (domain.md §3.2, §11 rulings 17, 25, 30)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from breakfix.agreements.values import Target, Unit
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.clocks import due
from breakfix.quotes.values import Draft, PartLine, Status

S, E = Status, EngagementStatus

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.REVIEWED, S.WITHDRAWN}),
    # Back to DRAFT: what was reviewed has been changed.
    S.REVIEWED: frozenset({S.DRAFT, S.ISSUED, S.WITHDRAWN}),
    S.ISSUED: frozenset({S.APPROVED, S.REJECTED, S.EXPIRED, S.WITHDRAWN, S.SUPERSEDED}),
    S.APPROVED: frozenset({S.SETTLED}),
    S.REJECTED: frozenset(),
    S.EXPIRED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.SUPERSEDED: frozenset(),
    S.SETTLED: frozenset(),
}
EDITABLE = frozenset({S.DRAFT, S.REVIEWED})
MAY_DRAFT = frozenset({E.DIAGNOSING, E.QUOTE_PENDING, E.AWAITING_APPROVAL})
MAY_ISSUE = frozenset({E.QUOTE_PENDING, E.AWAITING_APPROVAL})
MAY_ORDER = frozenset({E.APPROVED, E.SCHEDULED, E.IN_PROGRESS})
BACKUP_FRESH = timedelta(days=7)
MOST_QUESTIONS = 10  # unanswered, of one quote


def check_transition(status: Status, to: Status) -> None:
    """Refuse what the table does not list, naming what it does."""
    if to not in TRANSITIONS[status]:
        allowed = ", ".join(sorted(TRANSITIONS[status])) or "nothing"
        message = f"This quote is {status}; from there only: {allowed}."
        raise Refused(f"quote_{status.lower()}", message, status=status.value, to=to.value)


def check_can_draft(
    engagement: EngagementStatus, open_quote: Status | None, *, bound: bool, given_up: bool = False
) -> None:
    """A quote is drafted while there is something to price, one at a time; after approval it takes a change order."""
    if given_up:
        raise Refused("given_up", "The client wants no other offer; what is open ends, and it is closed.")
    if engagement not in MAY_DRAFT or bound:
        message = f"The engagement is {engagement}; a quote is drafted from diagnosis to approval."
        raise Refused("no_quote_now", message, status=engagement.value)
    if open_quote in EDITABLE:
        raise Refused("draft_exists", "There is a draft already; revise that one.", status=str(open_quote))


def check_can_revise(status: Status, *, seen: int, current: int, change_order: bool = False) -> None:
    """An issued quote never changes; a draft changes only from what its author last saw."""
    if change_order:
        message = "A change order is not revised, it is raised at an instant: withdraw it and propose it again."
        raise Refused("change_order", message)
    check_editable(status)
    check_seen(seen=seen, current=current)


def check_editable(status: Status) -> None:
    """Refuse any change to what was issued."""
    if status not in EDITABLE:
        raise Refused("quote_issued", "An issued quote never changes; draft a new version.", status=status.value)


def check_seen(*, seen: int, current: int) -> None:
    """Refuse a form that was opened before somebody else's change."""
    if seen != current:
        raise Refused(
            "stale_form",
            "Somebody changed this draft since you opened it; reload and compare.",
            field="revision",
            seen=seen,
            current=current,
        )


def second_person_needed(q: Money, threshold: Money, *, high_risk: bool) -> str:
    """Why somebody beside the author has to review; empty when nobody has to (ruling 17)."""
    if q > threshold:
        return f"the price is above {format_money(threshold)}"
    return "a risk is High or Severe" if high_risk else ""


def check_can_review(status: Status, *, author: int, reviewer: int | None, needed: str) -> None:
    """Refuse a review of one's own quote where a second person is needed."""
    check_transition(status, S.REVIEWED)
    if needed and reviewer == author:
        raise Refused("own_work", f"Somebody else has to review this quote: {needed}.")


def check_can_issue(status: Status, engagement: EngagementStatus, *, catalogue: bool = False) -> None:
    """Only what was reviewed is issued, and only once the root cause is (B7): the engagement waits for its quote.

    Work by the piece at a fixed price has no cause to wait for (ruling 36).
    """
    if status is S.DRAFT:
        raise Refused("not_reviewed", "This quote has to be reviewed before it is issued.", status=status.value)
    check_transition(status, S.ISSUED)
    if engagement not in MAY_ISSUE and not (catalogue and engagement is E.DIAGNOSING):
        message = "The root cause has to be issued before the quote."
        raise Refused("no_root_cause", message, status=engagement.value)


def check_supplier_prices(parts: Iterable[PartLine], covered: Iterable[int], *, at: datetime) -> None:
    """Each part's price needs the supplier's own document, and has to hold still. `covered` are indexes from 0."""
    proven = set(covered)
    for n, part in enumerate(parts):
        if n not in proven:
            message = f"Attach the supplier's offer for line {n + 1}, {part.part_number}."
            raise Refused("evidence_missing", message, field=f"parts-{n}-evidence", line=n + 1)
        if part.supplier_valid_until <= at:
            message = f"The supplier's price of {part.part_number} has expired; ask for a new one."
            raise Refused("supplier_price_expired", message, field=f"parts-{n}-supplier_valid_until", line=n + 1)


def check_band(in_band: bool, reason: str) -> None:
    """A blended rate outside the agreed band is printed with its reason, or not at all."""
    if not in_band and not reason.strip():
        message = "The blended rate lies outside the agreed band; say why."
        raise Refused("rate_out_of_band", message, field="band_reason")


def check_backup(draft: Draft, *, needed: bool, at: datetime) -> None:
    """With a High risk: a restore test of the last seven days, an image first, or a signed waiver (§4.12)."""
    tested = draft.backup_tested_at is not None and at.astimezone(UTC) - BACKUP_FRESH <= draft.backup_tested_at <= at
    if needed and not (tested or draft.image_first or draft.no_backup_waiver):
        message = "Take an image first, name a restore test of the last 7 days, or have the waiver signed."
        raise Refused("backup_missing", message, field="image_first")


def valid_until(
    at: datetime, promised: Target, holds: Iterable[datetime], *, zone: str, calendar: Calendar
) -> datetime:
    """When the offer ends: the agreed span, or a supplier's price hold that ends earlier.

    Days are civil days of the site, hours are elapsed hours (ruling 30). Half-open: at this instant it is over.
    """
    return min([span_after(at, promised, zone, calendar), *holds])


def span_after(at: datetime, promised: Target, zone: str, calendar: Calendar) -> datetime:
    """The end of an agreed span that begins at `at`."""
    # Adding to a datetime moves its wall clock: right for civil days in the site's zone, elsewhere only in UTC.
    amount, at = promised.amount, at.astimezone(UTC)
    if promised.unit is Unit.DAYS:
        return (at.astimezone(ZoneInfo(zone)) + timedelta(days=amount)).astimezone(UTC)
    if promised.unit in (Unit.MINUTES, Unit.HOURS):
        return at + amount * timedelta(minutes=1 if promised.unit is Unit.MINUTES else 60)
    minutes = 60 if promised.unit is Unit.BUSINESS_HOURS else calendar.standard_day_minutes
    end = due(calendar, at, timedelta(minutes=amount * minutes))
    if end is None:
        raise ValueError("a span without pauses has an end")
    return end


def check_can_decide(status: Status, *, valid_until: datetime, sha256: str, shown: str, at: datetime) -> None:
    """Refuse unless this very offer is open and unexpired: approval binds the exact hash shown."""
    if status is S.EXPIRED or (status is S.ISSUED and at >= valid_until):
        raise Refused("expired", "This offer has expired; ask for it to be re-issued.", valid_until=valid_until)
    if status is not S.ISSUED:
        raise Refused(f"quote_{status.lower()}", f"This quote is {status}; only an open offer can be decided.")
    if shown != sha256:
        message = "The offer you were shown is not the one on file; reload and read it again."
        raise Refused("stale_offer", message, field="shown_sha256")


def check_no_draft(drafted: bool) -> None:
    """Refuse a change of the offer while the provider writes another version of it."""
    if drafted:
        message = "The provider is writing a new version of this offer; wait for it, or approve this one as it is."
        raise Refused("draft_exists", message)


def check_acknowledged(needed: Iterable[str], given: Iterable[str]) -> None:
    """Refuse an approval that leaves a named risk unacknowledged."""
    missing = [key for key in needed if key not in set(given)]
    if missing:
        message = f"Please acknowledge the risk rows {', '.join(missing)} first."
        raise Refused("risk_not_acknowledged", message, field="acknowledged", missing=missing)


def check_can_expire(status: Status, *, valid_until: datetime, at: datetime) -> None:
    """Refuse before the instant, and for anything that is no open offer."""
    check_transition(status, S.EXPIRED)
    if at < valid_until:
        raise Refused("not_yet_expired", "This offer is still open.", valid_until=valid_until)


def check_can_ask(status: Status, *, valid_until: datetime, open_questions: int, at: datetime) -> None:
    """Refuse a question about what cannot be decided any more, and a flood of them."""
    if status is not S.ISSUED or at >= valid_until:
        raise Refused("not_open", "Questions are about an open offer; this one is decided or over.")
    if open_questions >= MOST_QUESTIONS:
        message = f"{open_questions} questions wait for their answers; call the desk instead."
        raise Refused("too_many_questions", message, field="text", most=MOST_QUESTIONS)


def check_can_answer(*, answered: bool) -> None:
    """Refuse a second answer: what was said is on record; more is said with the next question."""
    if answered:
        raise Refused("already_answered", "This question has been answered; reload the page.")


def check_can_settle_deposit(status: Status, *, asked: bool, settled: bool) -> None:
    """Refuse a deposit that nobody asked for, a second word about one, and one that no invoice would settle."""
    if not asked:
        raise Refused("no_deposit", "This offer asks for no deposit.")
    if settled:
        raise Refused("deposit_settled", "This deposit was paid or waived already.")
    if status is Status.SETTLED:
        message = "This offer was invoiced without its deposit, which nobody waits for any more."
        raise Refused("invoiced", message, remedy="Book what has arrived as a payment of the invoice.")


def check_deposit(amount: Money, asked: Money) -> None:
    """Refuse a payment that is not the deposit: what is short is still due, what is over is not ours."""
    if amount != asked:
        message = f"The deposit is {format_money(asked)}; note exactly that, once all of it has arrived."
        raise Refused("not_the_deposit", message, field="amount", asked=str(asked))


def check_can_order(
    status: Status, engagement: EngagementStatus, *, ordered: bool, has_parts: bool, deposit_due: bool = False
) -> None:
    """Parts are bought on an approved quote only, and once (domain.md §3.6)."""
    if status is S.APPROVED and deposit_due:
        message = "The deposit is not paid yet; nothing that cannot be given back is ordered before."
        raise Refused("deposit_due", message)
    if status is not S.APPROVED:
        raise Refused("not_approved", "Parts are ordered once the quote is approved.", status=status.value)
    if engagement not in MAY_ORDER:
        raise Refused("no_orders_now", f"The engagement is {engagement}; nothing is ordered now.")
    if not has_parts:
        raise Refused("no_parts", "This quote has no parts to order.")
    if ordered:
        raise Refused("already_ordered", "The parts of this quote are ordered already.")
