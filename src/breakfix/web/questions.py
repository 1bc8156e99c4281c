"""The questionnaire in the words of somebody whose system is down; the answers' points are domain.md §4.1's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from breakfix.agreements.values import Domain
from breakfix.incidents.values import Duty, HarmWithin, People, Records, Revenue, Trend, Workaround
from breakfix.kernel.access import Side
from breakfix.kernel.errors import Refused
from breakfix.roster.taxonomy import LONGEST_ANSWER, AnswerKind
from breakfix.web.door import NOT_FIELDS, Typed, Visit

Choices = list[tuple[str, str, str]]

DOMAINS = [(one, one.described.name) for one in sorted(Domain, key=lambda one: one.described.order)]
DUTY_ENDS = [("", "Restoring the service fulfils it"), ("false", "Somebody says when it is fulfilled")]


# For a browser that runs no script: the page comes again with what was typed, and with what this domain asks.
ASKED = Refused("questions_shown", "Now answer what is asked about it.", field="details")
_KINDS = {AnswerKind.CHOICE: "select", AnswerKind.YES_NO: "select", AnswerKind.NUMBER: "number"}
ON_THE_WHOLE_FORM = "On the whole form"
_NOT_KNOWN = "not known yet"


@dataclass(frozen=True)
class Question:
    """One question: the argument it fills, its words, and what can be answered."""

    name: str
    words: str
    choices: Choices
    help: str = ""


QUESTIONS = (
    Question(
        "answers-revenue",
        "Does the business still earn money?",
        [
            (Revenue.NORMAL, "As usual", "Customers notice nothing"),
            (Revenue.DEGRADED, "Less", "Slower or in part"),
            (Revenue.STOPPED, "No", "It stands still"),
            (Revenue.UNKNOWN, "Not known yet", "Counts as the worst"),
        ],
    ),
    Question(
        "answers-people",
        "How many people cannot work properly?",
        [
            (People.UNDER_5, "Fewer than 5", ""),
            (People.FROM_5, "5 to 49", ""),
            (People.FROM_50, "50 to 499", ""),
            (People.FROM_500, "500 or more", ""),
        ],
    ),
    Question(
        "answers-records",
        "Is data at risk?",
        [
            (Records.NO_RISK, "No", ""),
            (Records.COPY_EXISTS, "Yes, a copy exists", ""),
            (Records.SOLE_COPY, "Yes, the only copy", ""),
        ],
    ),
    Question(
        "answers-obligation",
        "Does a contract, rule or policy set a deadline?",
        [
            (Duty.NONE, "No", ""),
            (Duty.POSSIBLE, "Perhaps", ""),
            (Duty.DATED, "Yes, with a date", ""),
        ],
    ),
    Question(
        "answers-harm_within",
        "When does it begin to really hurt?",
        [
            (HarmWithin.WITHIN_4H, "Within 4 hours", ""),
            (HarmWithin.WITHIN_24H, "Within a day", ""),
            (HarmWithin.WITHIN_5BD, "Within a week", "5 business days"),
            (HarmWithin.OVER_5BD, "Later", ""),
            (HarmWithin.UNKNOWN, "Not known yet", "Counts as the worst"),
        ],
    ),
    Question(
        "answers-workaround",
        "Is there a way around it?",
        [
            (Workaround.FULL, "Yes, fully", ""),
            (Workaround.PARTIAL, "In part", ""),
            (Workaround.NONE, "No", ""),
            (Workaround.UNKNOWN, "Not known yet", "Counts as the worst"),
        ],
    ),
    Question(
        "answers-trend",
        "Is it getting worse?",
        [(Trend.STABLE, "No, it stays as it is", ""), (Trend.DEGRADING, "Yes", "")],
    ),
)


def for_side(side: Side, *, dated: str = "Say which below") -> tuple[Question, ...]:
    """The questions; "not known yet" is for the desk only, which may not have the caller's answer.

    `dated` says where a deadline is told: a draft's form has no place for it.
    """
    return tuple(
        Question(one.name, one.words, [_choice(*c, dated) for c in one.choices if _may_choose(c[0], side)], one.help)
        for one in QUESTIONS
    )


def _may_choose(value: str, side: Side) -> bool:
    return side is Side.PROVIDER or value != "unknown"


def _choice(value: str, words: str, more: str, dated: str) -> tuple[str, str, str]:
    return value, words, dated if value == Duty.DATED else more


@dataclass(frozen=True)
class Asked:
    """One question of a domain as a field of the form."""

    name: str
    words: str
    kind: str
    choices: Choices
    help: str
    unit: str
    longest: int


def about(domain: str) -> dict[str, Any]:
    """What the form asks about this domain; nothing while none is chosen, or one that there is not."""
    found = next((one for one in Domain if one.value == domain), None)
    if found is None:
        return {"described": None, "asked": []}
    return {"described": found.described, "asked": [_asked(one) for one in found.described.questions]}


def again(visit: Visit, action: Callable[..., Any], sent_to: str) -> Visit:
    """The same visit with a form as it was sent for its questions: nothing typed is lost, and nothing was refused."""
    sent = {name: str(value) for name, value in visit.request.POST.items() if name not in NOT_FIELDS}
    return Visit(visit.request, visit.by, visit.at, Typed(action.__name__, sent, ASKED, sent_to=sent_to))


def status_of(visit: Visit) -> int:
    """Asking what the domain asks is no refusal: the page only comes again with more on it."""
    return 200 if visit.typed.refusal is ASKED else 0


def as_fields(questions: Iterable[Any]) -> list[Asked]:
    """These questions of a domain as fields of a form."""
    return [_asked(one) for one in questions]


def _asked(one: Any) -> Asked:
    yes_no = one.kind is AnswerKind.YES_NO
    choices = [(word, word, "") for word in (("Yes", "No") if yes_no else one.choices)]
    kind = _KINDS.get(one.kind, "text")
    open_end = [(_NOT_KNOWN, "Not known yet", "")] if choices else []
    longest = 20 if kind == "number" else LONGEST_ANSWER
    return Asked(f"details-{one.id}", one.words, kind, choices + open_end, one.help, one.unit, longest)
