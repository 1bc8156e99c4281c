"""What was not known at the report is answered later."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.incidents import queries, replying
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import asked, closing
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Deed, person_behind, require
from breakfix.kernel.ledger.record import record


@transaction.atomic
def answer_details(engagement_id: int, *, details: dict[str, str], by: Actor, at: datetime) -> Engagement:
    """Answer questions of the domain that were open; the answers of the report stay as they were given.

    `details` answers by id. Until the work is accepted: what is reported and settled then rests on what was said.
    Where work waits for an answer of the client, these are that answer, and work goes on (domain.md §4.3).
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ANSWER_DETAILS, org=engagement.party_ids)
    closing.check_can_answer(Status(engagement.status))
    who = person_behind(by, "A person answers what was asked.")
    kept = engagement.details or []
    engagement.details = asked.completed(Domain(engagement.domain), kept, details, person_id=who, at=at)
    engagement.save(update_fields=["details"])
    before = {one["id"] for one in kept if asked.answer_of(one)}
    new = [one for one in engagement.details if asked.answer_of(one) and one["id"] not in before]
    added = [one["id"] for one in new]
    record(
        "details.answered",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"Answered what was not known at the report: {', '.join(added)}.",
        facts={"answered": added},
        changed=[engagement],
    )
    if replying.answers_question(engagement, by):
        said = "; ".join(f"{one['asked']} {asked.answer_of(one)}" for one in new)
        return course.resume(engagement_id, answer=said[: course.LONGEST_ANSWER], by=by, at=at)
    return engagement
