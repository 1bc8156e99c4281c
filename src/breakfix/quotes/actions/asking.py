"""A question before the decision, and its answer: on record, so that nobody decides on what was said by phone."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.rules import closing, targets, words
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Role, person_behind, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts
from breakfix.quotes import queries
from breakfix.quotes.models import Question, Quote
from breakfix.quotes.rules import states
from breakfix.quotes.values import Status

LONGEST = 1000


@transaction.atomic
def ask_about_quote(quote_id: int, *, text: str, by: Actor, at: datetime) -> Question:
    """Ask the one who wrote the offer. No clock stops and the offer stays open as long as it was."""
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.ASK_ABOUT_QUOTE, org=engagement.client_id)
    person_id = _person(by)
    closing.check_open(EngagementStatus(engagement.status))
    waiting = [one for one in queries.questions_of(engagement) if one.answered_at is None and one.quote == quote]
    # Every issued quote has an end (a database constraint); an unissued one is refused by its state.
    until = quote.valid_until or at
    states.check_can_ask(Status(quote.status), valid_until=until, open_questions=len(waiting), at=at)
    said, agreed = texts.text(text, "text", longest=LONGEST), incidents.terms(engagement).commitments
    due_at = targets.answer_due(agreed, Priority(engagement.priority), hours=engagement.hours, at=at)
    asked = Question.objects.create(quote=quote, text=said, asked_by_id=person_id, asked_at=at, due_at=due_at)
    opened = incident_steps.open_end(
        engagement,
        EndKind.QUESTION,
        f"Answer about quote {quote}: {said}",
        organisation_id=engagement.provider_id,
        role=Role.QUOTING_ENGINEER,
        due_at=due_at,
        subject=asked.subject,
        blocks_close=False,
        at=at,
    )
    _tell("quote.questioned", asked, quote, f"Question about quote {quote}: {said}", [asked, *opened], by, at)
    return asked


@transaction.atomic
def answer_question(quote_id: int, *, question_id: int, answer: str, by: Actor, at: datetime) -> Question:
    """Answer it once, in words: an amount is promised in a quote or not at all (R4)."""
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.ANSWER_QUESTION, org=engagement.provider_id)
    person_id = _person(by)
    asked = queries.lock_question(quote, question_id)
    states.check_can_answer(answered=asked.answered_at is not None)
    asked.answer = words.check_no_amount(texts.text(answer, "answer", longest=LONGEST), "answer")
    asked.answered_by_id, asked.answered_at = person_id, at
    asked.save(update_fields=["answer", "answered_by", "answered_at"])
    rows = [asked, *incident_steps.close_end(engagement, EndKind.QUESTION, subject=asked.subject, at=at)]
    _tell("quote.answered", asked, quote, f"Answer about quote {quote}: {asked.answer}", rows, by, at)
    return asked


def _person(by: Actor) -> int:
    """Who says it: words on which somebody decides have a person behind them, never a machine's token."""
    return person_behind(by, "A question and its answer have a person who says them.")


def _tell(kind: str, asked: Question, quote: Quote, line: str, changed: list[Row], by: Actor, at: datetime) -> None:
    engagement = quote.engagement
    record(
        kind,
        subject=asked,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"quote": str(quote), "question": asked.pk, "due_at": asked.due_at},
        changed=changed,
    )
