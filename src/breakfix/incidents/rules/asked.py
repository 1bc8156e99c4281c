"""The answers to a domain's own questions: checked, and kept with the words as they were asked (decision 0023)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from breakfix.agreements.values import Domain
from breakfix.kernel.errors import Refused
from breakfix.parties.rules import text
from breakfix.roster.taxonomy import LONGEST_ANSWER, AnswerKind, Question, RequiredAt

NOT_KNOWN = "not known yet"
LARGEST = Decimal(10) ** 9
_YES_NO = {"yes": "Yes", "no": "No", "true": "Yes", "false": "No"}

Kept = dict[str, str]


def answered(domain: Domain, details: Mapping[str, str]) -> list[Kept]:
    """What is kept: id, words as asked, answer. "" is "not known yet", and stands wherever an answer was needed.

    Refuses an answer to what is not asked, and one that is none. Nothing is refused for want of an answer: somebody
    whose business stands still reports first and looks afterwards.
    """
    asked = {one.id: one for one in domain.described.questions}
    for name in details:
        if name not in asked:
            message = f"Nothing called {name[:60]!r} is asked about {domain.described.name}."
            remedy = f"Asked are: {', '.join(asked)}. On the page, choose the kind of thing again."
            raise Refused("unknown_question", message, remedy=remedy, field=f"details-{name[:60]}")
    kept = []
    for one in asked.values():
        answer = _answer(one, details.get(one.id, ""))
        if answer or one.required_at is RequiredAt.REPORT:
            kept.append({"id": one.id, "asked": one.words, "answer": answer})
    return kept


def open_questions(domain: Domain, kept: Sequence[Kept]) -> list[Question]:
    """What the domain asks today and nobody has answered, at the report or later."""
    said = {one["id"] for one in kept if answer_of(one)}
    return [one for one in domain.described.questions if one.id not in said]


def answer_of(kept: Kept) -> str:
    """What is known now: the answer of the report, else what was added later."""
    return kept["answer"] or kept.get("later", "")


def completed(
    domain: Domain, kept: Sequence[Kept], details: Mapping[str, str], *, person_id: int, at: datetime
) -> list[Kept]:
    """What is kept once these are added: the first answers stay, each addition says who gave it and when.

    The person is kept by number: the name can be erased. Refuses to answer twice, and to add nothing.
    """
    given = {one["id"]: one for one in answered(domain, details) if one["answer"]}
    if not given:
        message = "Answer at least one of the open questions; what is not known yet stays open."
        raise Refused("nothing_answered", message, field="details")
    for one in kept:
        if one["id"] in given and answer_of(one):
            message = f"“{one['asked']}” is answered already. What changed since is told as an update."
            raise Refused("answered_already", message, field=f"details-{one['id']}")
    who = {"later_by": str(person_id), "later_at": at.isoformat()}
    stays = [{**one, "later": given[one["id"]]["answer"], **who} if one["id"] in given else one for one in kept]
    known = {one["id"] for one in kept}
    more = [{**one, "answer": "", "later": one["answer"], **who} for one in given.values() if one["id"] not in known]
    return [*stays, *more]


def _answer(question: Question, given: str) -> str:
    field = f"details-{question.id}"
    value = text(given, field, longest=LONGEST_ANSWER, required=False)
    if not value or value.lower() == NOT_KNOWN:
        return ""
    if question.kind is AnswerKind.CHOICE:
        return _one_of({one.lower(): one for one in question.choices}, value, field)
    if question.kind is AnswerKind.YES_NO:
        return _one_of(_YES_NO, value, field)
    if question.kind is AnswerKind.NUMBER:
        return f"{_number(value, field)} {question.unit}".strip()
    return value


def _one_of(choices: Mapping[str, str], value: str, field: str) -> str:
    if value.lower() not in choices:
        there = ", ".join(dict.fromkeys(choices.values()))
        raise Refused("bad_answer", f"Choose one of these: {there}, or {NOT_KNOWN}.", field=field)
    return choices[value.lower()]


def _number(value: str, field: str) -> str:
    try:
        number = Decimal(value.replace(",", "")) if value.isascii() and len(value) <= 20 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number <= LARGEST:
        raise Refused("bad_answer", f"Give a number from zero to {LARGEST:,}, or leave it open.", field=field)
    return f"{number.normalize():f}"
