"""A word on an engagement, said on its page."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import queries, replying
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import closing, words
from breakfix.kernel.access import Actor, Deed, Side, require
from breakfix.kernel.ledger.record import record
from breakfix.parties import rules as texts


@transaction.atomic
def comment(engagement_id: int, *, text: str, by: Actor, at: datetime) -> Engagement:
    """Say something about an engagement to everybody who sees it. It decides nothing, and may come after the end.

    Where work waits for an answer of the client, any word of whoever may answer is that answer, and work goes on.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.COMMENT, org=engagement.party_ids)
    closing.check_can_comment(merged=engagement.merged_into_id is not None)
    said = texts.text(text, "text", longest=4000)
    if by.side is Side.PROVIDER:
        words.check_no_amount(said, "text")
    if replying.answers_question(engagement, by):
        return course.resume(engagement_id, answer=said, by=by, at=at)
    record(
        "engagement.commented",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=said,
        changed=[engagement],
    )
    return engagement
