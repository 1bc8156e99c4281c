"""The answers to a domain's own questions as they are read: what was said at the report, what was added, by whom."""

from dataclasses import dataclass
from datetime import datetime

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import asked, closing
from breakfix.incidents.values import Status
from breakfix.parties.models import Person
from breakfix.roster.taxonomy import Question


@dataclass(frozen=True)
class Detail:
    """One question: `answer` as of the report ("" is not known then), `later` as it was added, or ""."""

    id: str
    asked: str
    answer: str
    later: str = ""
    later_by: str | None = None
    later_at: datetime | None = None


def details(engagement: Engagement) -> list[Detail]:
    """Every question that was answered or had to be, of an engagement the caller may see."""
    kept = engagement.details or []
    people = {one["later_by"] for one in kept if one.get("later_by")}
    names = {str(key): name for key, name in Person.objects.filter(pk__in=people).values_list("pk", "name")}
    return [
        Detail(
            **{name: one[name] for name in ("id", "asked", "answer")},
            later=one.get("later", ""),
            later_by=names.get(one.get("later_by", "")),
            later_at=datetime.fromisoformat(one["later_at"]) if one.get("later_at") else None,
        )
        for one in kept
    ]


def open_questions(engagement: Engagement) -> list[Question]:
    """What can still be answered of an engagement the caller may see; nothing once the work is accepted."""
    if not closing.may_answer(Status(engagement.status)):
        return []
    return asked.open_questions(Domain(engagement.domain), engagement.details or [])
