"""A question before the decision: who may ask, who answers by when, and that both are on record for both sides."""

from datetime import timedelta

import pytest

from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.values import EndKind
from breakfix.jobs import mail
from breakfix.jobs.news import FOLLOWS, QUIET
from breakfix.kernel.access import SYSTEM, Deed, Role, Side, may
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.models import Entry
from breakfix.quotes import queries
from breakfix.quotes.actions import asking
from breakfix.quotes.models import Question, Quote
from breakfix.quotes.rules.states import MOST_QUESTIONS
from tests import makers_quotes as make
from tests.makers import World, local
from tests.refusals import refused

AT, LATER = local("2026-12-02 01:17"), local("2026-12-02 01:19")
TEXT, SAID = "Can the archive be lost if the rebuild fails?", "No. The rebuild runs on copies."


def asked(world: World, quote: Quote, who: str = "alice", text: str = TEXT) -> Question:
    return asking.ask_about_quote(quote.pk, text=text, by=world.actor(who), at=AT)


def answered(world: World, question: Question, answer: str = SAID) -> Question:
    given = {"question_id": question.pk, "answer": answer}
    return asking.answer_question(question.quote_id, **given, by=world.actor("quinn"), at=LATER)


def test_question_waits_for_the_one_who_quotes_as_long_as_a_failure_waits(world: World) -> None:
    quote = make.issued(world)
    question = asked(world, quote)
    end = next(one for one in incidents.open_ends(quote.engagement) if one.kind == EndKind.QUESTION)
    assert (end.organisation_id, end.role) == (quote.engagement.provider_id, Role.QUOTING_ENGINEER)
    # P1 is acknowledged within 15 minutes, at any hour.
    assert end.due_at == question.due_at == AT + timedelta(minutes=15)
    assert not end.blocks_close
    assert (end.subject, TEXT in end.what) == (question.subject, True)
    still = queries.get_quote(quote.pk, SYSTEM)
    assert (still.status, still.valid_until) == ("ISSUED", quote.valid_until)


def test_nothing_is_asked_about_what_was_called_off(world: World) -> None:
    quote = make.issued(world)
    course.cancel_engagement(quote.engagement_id, reason="Replaced at once.", by=world.actor("rita"), at=AT)
    with refused("wrong_state"):
        asked(world, quote)


def test_answer_is_on_record_for_both_sides_and_closes_the_question(world: World) -> None:
    quote = make.issued(world)
    done = answered(world, asked(world, quote))
    assert (done.answer, done.answered_at, done.answered_by_id) == (SAID, LATER, world.people["quinn"].pk)
    kinds = [one.kind for one in incidents.open_ends(quote.engagement)]
    assert EndKind.QUESTION not in kinds
    for organisation in quote.engagement.party_ids:
        told = list(ledger.entries(organisation, topic=quote.engagement.topic))[-2:]
        assert [one.kind for one in told] == ["quote.questioned", "quote.answered"]
        assert TEXT in told[0].line
        assert SAID in told[1].line
    assert queries.open_question(quote.engagement) is None


@pytest.mark.parametrize("answer", ["It costs 120 dollars more.", "At most $50."])
def test_answer_promises_no_amount(world: World, answer: str) -> None:
    question = asked(world, make.issued(world))
    with refused("verbal_promise"):
        answered(world, question, answer)
    question.refresh_from_db()
    assert question.answered_at is None


def test_question_is_answered_once(world: World) -> None:
    question = answered(world, asked(world, make.issued(world)))
    with refused("already_answered"):
        answered(world, question, "Something else.")


def test_only_an_open_offer_is_asked_about(world: World) -> None:
    quote = make.approved(world)
    with refused("not_open"):
        asked(world, quote)


@pytest.mark.parametrize(
    ("who", "code"),
    [("ada", "not_allowed"), ("quinn", "not_allowed"), ("charlie", "not_found"), ("tom", "not_found")],
)
def test_question_is_for_those_who_decide(world: World, who: str, code: str) -> None:
    quote, entries = make.issued(world), Entry.objects.count()
    with refused(code):
        asked(world, quote, who)
    assert (Question.objects.count(), Entry.objects.count()) == (0, entries)


def test_questions_without_end_are_refused(world: World) -> None:
    quote = make.issued(world)
    for number in range(MOST_QUESTIONS):
        asked(world, quote, text=f"{TEXT} ({number})")
    with refused("too_many_questions"):
        asked(world, quote)


@pytest.mark.parametrize(("text", "code"), [(" ", "missing_field"), ("x" * 1001, "too_long")])
def test_question_has_words_but_not_too_many(world: World, text: str, code: str) -> None:
    quote = make.issued(world)
    with refused(code, field="text"):
        asked(world, quote, text=text)


def test_answer_is_news_to_those_who_decide() -> None:
    assert not {"quote.questioned", "quote.answered"} & (QUIET | set(FOLLOWS))
    assert {Role.APPROVER, Role.DATA_OWNER} <= set(mail.INFORMED["quote.answered"])


def test_deeds_belong_to_one_side_each(world: World) -> None:
    for key in world.people:
        by = world.actor(key)
        assert not (may(by, Deed.ASK_ABOUT_QUOTE) and by.side is not Side.CLIENT)
        assert not (may(by, Deed.ANSWER_QUESTION) and by.side is not Side.PROVIDER)
