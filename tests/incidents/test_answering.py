"""What was not known at the report is answered later: added with who and when, and nothing said before is changed."""

from datetime import timedelta

from breakfix.incidents import details, queries
from breakfix.incidents.actions.answering import answer_details
from breakfix.incidents.actions.course import cancel_engagement, hold
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind, HoldReason
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.rebuild import differences
from tests.makers import World
from tests.makers_incidents import ACKNOWLEDGED, acknowledged
from tests.refusals import refused

LATER = ACKNOWLEDGED + timedelta(minutes=10)


def answer(world: World, engagement: Engagement, who: str = "rita", **given: str) -> Engagement:
    return answer_details(engagement.pk, details=given, by=world.actor(who), at=LATER)


def test_open_question_is_answered_and_the_first_answers_stay(world: World) -> None:
    engagement = acknowledged(world, details={"failed": "2"})
    assert "rebuild" in [one.id for one in details.open_questions(engagement)]
    found = answer(world, engagement, "dana", rebuild=" No ")
    first, added = details.details(found)
    assert (first.id, first.answer, first.later, first.later_by) == ("failed", "2 drives", "", None)
    assert (added.answer, added.later, added.later_at) == ("", "No", LATER)
    assert added.later_by == world.people["dana"].name
    assert "rebuild" not in [one.id for one in details.open_questions(found)]
    entry = ledger.entries(engagement.client_id, topic=engagement.topic).latest("position")
    assert (entry.kind, world.people["dana"].name in entry.leaf) == ("details.answered", False)


def test_question_that_nobody_had_to_answer_can_be_answered_later_too(world: World) -> None:
    engagement = acknowledged(world)
    kept = [one.id for one in details.details(engagement)]
    extra = next(one for one in details.open_questions(engagement) if one.id not in kept)
    said = extra.choices[0] if extra.choices else "3"
    found = answer(world, engagement, **{extra.id: said})
    assert details.details(found)[-1].id == extra.id


def test_what_was_answered_is_not_answered_again(world: World) -> None:
    engagement = acknowledged(world, details={"failed": "2"})
    with refused("answered_already", field="details-failed"):
        answer(world, engagement, failed="3")
    answer(world, engagement, rebuild="No")
    with refused("answered_already", field="details-rebuild"):
        answer(world, engagement, rebuild="Yes")


def held(world: World, reason: HoldReason = HoldReason.AWAITING_CLIENT_INFO) -> Engagement:
    engagement = acknowledged(world)
    hold(engagement.pk, reason=reason, question="Which?", note="Why", by=world.actor("dana"), at=ACKNOWLEDGED)
    return engagement


def test_reply_of_the_client_lets_the_work_go_on(world: World) -> None:
    found = answer(world, held(world), rebuild="No")
    assert (found.status, queries.open_hold(found)) == ("ACKNOWLEDGED", None)
    (waited,) = queries.holds(found)
    assert (waited.ended_at, waited.answer.endswith(" No")) == (LATER, True)
    assert not [end for end in queries.open_ends(found) if end.kind == EndKind.QUESTION]
    assert [one.later for one in details.details(found) if one.id == "rebuild"] == ["No"]
    told = [one.kind for one in ledger.entries(found.client_id, topic=found.topic).order_by("-position")[:2]]
    assert told == ["engagement.resumed", "details.answered"]
    assert differences() == []


def test_reply_that_nobody_waited_for_ends_no_wait(world: World) -> None:
    assert answer(world, held(world), "dana", rebuild="No").status == "ON_HOLD"
    access = HoldReason.AWAITING_CLIENT_ACCESS
    assert answer(world, held(world, access), rebuild="No").status == "ON_HOLD"


def test_answer_that_says_nothing_or_is_none_is_refused(world: World) -> None:
    engagement = acknowledged(world)
    for given in ({}, {"failed": "not known yet"}):
        with refused("nothing_answered", field="details"):
            answer(world, engagement, **given)
    with refused("bad_answer", field="details-failed"):
        answer(world, engagement, failed="many")
    assert not any(one.later for one in details.details(Engagement.objects.get(pk=engagement.pk)))


def test_nothing_is_added_to_what_is_over_or_by_whoever_has_no_part(world: World) -> None:
    engagement = acknowledged(world)
    with refused("not_found"):
        answer(world, engagement, "charlie", rebuild="No")
    with refused("not_allowed"):
        answer(world, engagement, "alice", rebuild="No")
    cancel_engagement(engagement.pk, reason="Works again", by=world.actor("seth"), at=LATER)
    with refused("wrong_state"):
        answer(world, engagement, rebuild="No")
