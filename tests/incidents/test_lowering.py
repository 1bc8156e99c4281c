"""A lower priority is put to the client; only their consent makes it so (domain.md §4.1)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from hypothesis import given as each
from hypothesis import strategies as st

from breakfix.agreements.values import Priority
from breakfix.incidents import lowering, queries
from breakfix.incidents.actions import course, desk, reprioritise
from breakfix.incidents.actions.reprioritise import answer_downgrade, propose_downgrade, withdraw_downgrade
from breakfix.incidents.models import DowngradeProposal, Engagement
from breakfix.incidents.rules.priority import check_can_lower
from breakfix.incidents.values import (
    ClockKind,
    DowngradeAnswer,
    DowngradeOutcome,
    EndKind,
    PriorityChange,
    Referral,
    Verdict,
)
from breakfix.jobs.news import FOLLOWS
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.rebuild import differences
from tests import together
from tests.jobs.running import instants, run_until
from tests.makers import World
from tests.makers import world as make_world
from tests.makers_incidents import ACKNOWLEDGED, OUTAGE, acknowledged
from tests.people import PEOPLE
from tests.refusals import refused

NOW = ACKNOWLEDGED + timedelta(minutes=5)
CHANGED, CORRECTED = PriorityChange.CHANGED_CIRCUMSTANCES, PriorityChange.TRIAGE_CORRECTION


def proposed(world: World, engagement: Engagement, *, who: str = "dana", **given: Any) -> DowngradeProposal:
    usual: dict[str, Any] = {"priority": Priority.P3, "change": CHANGED, "reason": "The spare holds", "at": NOW}
    return propose_downgrade(engagement.pk, **{**usual, **given}, by=world.actor(who))


def answered(world: World, engagement: Engagement, *, consent: bool = True, who: str = "seth", **given: Any) -> Any:
    usual: dict[str, Any] = {"proposal_id": DowngradeProposal.objects.latest("id").pk, "at": NOW}
    answer = DowngradeAnswer.CONSENT if consent else DowngradeAnswer.REFUSE
    return answer_downgrade(engagement.pk, answer=answer, **{**usual, **given}, by=world.actor(who))


def tasks(engagement: Engagement) -> list[Any]:
    return [end for end in queries.open_ends(engagement) if end.kind == EndKind.DOWNGRADE]


def read(engagement: Engagement) -> dict[ClockKind, Any]:
    return {one.kind: one for one in queries.readings(Engagement.objects.get(pk=engagement.pk), NOW)}


def test_nothing_changes_before_the_client_consents(world: World) -> None:
    engagement = acknowledged(world)
    before = read(engagement)
    proposed(world, engagement)
    assert Engagement.objects.get().priority == "P1"
    assert read(engagement) == before
    (task,) = tasks(engagement)
    assert (task.organisation_id, task.role) == (engagement.client_id, "service_owner")
    done = answered(world, engagement, note="It does")
    assert (done.priority, done.late_classification) == ("P3", False)
    assert read(engagement)[ClockKind.ENGAGE].due_at > before[ClockKind.ENGAGE].due_at
    assert tasks(engagement) == []
    (told,) = instants("downgrade.consented", engagement.provider_id)
    assert told[1] == "Priority P1 to P3, changed circumstances: The spare holds. The client consents: It does"
    assert differences() == []


def test_it_is_the_same_as_if_the_client_had_lowered_it(world: World) -> None:
    ours, theirs = acknowledged(world), acknowledged(world)
    proposed(world, ours, change=CORRECTED)
    answered(world, ours)
    reprioritise.raise_priority(
        theirs.pk, priority=Priority.P3, change=CORRECTED, reason="So it was", by=world.actor("seth"), at=NOW
    )
    facts = [
        [(one.kind, one.due_at, one.verdict) for one in read(engagement).values()] for engagement in (ours, theirs)
    ]
    assert facts[0] == facts[1]
    assert (ours.impact_score, ours.answers) == (Engagement.objects.get(pk=ours.pk).impact_score, theirs.answers)


def test_refusal_keeps_the_priority_and_the_desk_hears_of_it(world: World) -> None:
    engagement = acknowledged(world)
    before = read(engagement)
    proposed(world, engagement)
    mail.outbox.clear()
    answered(world, engagement, consent=False, note="The spare is ours")
    run_until(NOW + timedelta(seconds=5), NOW)
    assert read(engagement) == before
    assert tasks(engagement) == []
    told = [letter for letter in mail.outbox if "does not consent: P1 stays" in letter.subject + str(letter.body)]
    assert PEOPLE["dana"].email in {letter.to[0] for letter in told}
    assert not {PEOPLE["charlie"].email, PEOPLE["cal"].email} & {letter.to[0] for letter in told}
    assert differences() == []


def test_consent_is_heard_by_the_desk_and_moves_what_a_priority_moves(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement)
    mail.outbox.clear()
    answered(world, engagement)
    run_until(NOW + timedelta(seconds=5), NOW)
    told = [letter for letter in mail.outbox if "The client consents." in letter.subject + str(letter.body)]
    assert {PEOPLE["dana"].email, PEOPLE["rita"].email} == {letter.to[0] for letter in told}
    assert FOLLOWS["downgrade.consented"] == FOLLOWS["engagement.reprioritised"]


def test_one_at_a_time_and_the_answer_is_to_the_one_that_was_read(world: World) -> None:
    engagement = acknowledged(world)
    first = proposed(world, engagement)
    with refused("one_at_a_time"):
        proposed(world, engagement)
    withdraw_downgrade(engagement.pk, reason="Wrong number", by=world.actor("dana"), at=NOW)
    assert tasks(engagement) == []
    second = proposed(world, engagement, priority=Priority.P4)
    with refused("changed_since_read", field="proposal_id"):
        answered(world, engagement, proposal_id=first.pk)
    answered(world, engagement, proposal_id=second.pk)
    with refused("not_found"):
        answered(world, engagement)
    with refused("not_found"):
        withdraw_downgrade(engagement.pk, reason="Late", by=world.actor("dana"), at=NOW)


def test_another_priority_meanwhile_takes_the_question_back(world: World) -> None:
    engagement = acknowledged(world)
    proposal = proposed(world, engagement)
    reprioritise.raise_priority(
        engagement.pk, priority=Priority.P2, change=CHANGED, reason="Half of it", by=world.actor("rita"), at=NOW
    )
    proposal.refresh_from_db()
    assert (proposal.outcome, proposal.note) == (DowngradeOutcome.WITHDRAWN, "The priority was changed meanwhile.")
    assert tasks(engagement) == []
    with refused("not_found"):
        answered(world, engagement, proposal_id=proposal.pk)
    assert differences() == []


@pytest.mark.parametrize("over", ["cancelled", "declined"])
def test_end_of_the_engagement_takes_the_question_back(world: World, over: str) -> None:
    engagement = acknowledged(world)
    proposal = proposed(world, engagement)
    if over == "cancelled":
        course.cancel_engagement(engagement.pk, reason="It works", by=world.actor("rita"), at=NOW)
    else:
        desk.decline(engagement.pk, referral=Referral.IN_HOUSE, reason="Yours", by=world.actor("dana"), at=NOW)
    proposal.refresh_from_db()
    assert (proposal.outcome, proposal.note) == (DowngradeOutcome.WITHDRAWN, f"The engagement was {over}.")
    assert tasks(engagement) == []
    with refused("wrong_state"):
        proposed(world, engagement)


def test_nobody_goes_below_what_an_obligation_presses_for(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement)
    # Due 24 h after 19:40 on the first: from 07:40 on the second it presses.
    later = OUTAGE + timedelta(hours=12, minutes=1)
    with refused("below_floor", field="priority"):
        answered(world, engagement, at=later)
    answered(world, engagement, consent=False, at=later)
    with refused("below_floor", field="priority"):
        proposed(world, engagement, at=later)
    proposed(world, engagement, priority=Priority.P2, at=later)
    assert answered(world, engagement, at=later).priority == "P2"


@pytest.mark.parametrize("to", [Priority.P3, Priority.P4])
def test_the_client_goes_below_that_as_little(world: World, to: Priority) -> None:
    engagement, rita = acknowledged(world), world.actor("rita")
    given: dict[str, Any] = {"change": CHANGED, "reason": "The spare holds", "by": rita}
    later = OUTAGE + timedelta(hours=12, minutes=1)
    with refused("below_floor", field="priority"):
        reprioritise.raise_priority(engagement.pk, priority=to, **given, at=later)
    assert reprioritise.raise_priority(engagement.pk, priority=Priority.P2, **given, at=later).priority == "P2"


@each(st.sampled_from(Priority), st.sampled_from(Priority), st.lists(st.integers(-48, 48)))
def test_what_may_be_put_is_lower_and_not_below_the_floor(now: Priority, to: Priority, hours: list[int]) -> None:
    deadlines = [NOW + timedelta(hours=one) for one in hours]
    fine = to > now and not (to > Priority.P2 and any(one < 12 for one in hours))
    try:
        check_can_lower(now, to, deadlines=deadlines, at=NOW)
    except Refused:
        assert not fine
    else:
        assert fine


def test_who_may_put_it_and_who_may_consent(world: World) -> None:
    engagement = acknowledged(world)
    for who in ("rita", "seth", "percy", "quinn"):
        with refused("not_allowed"):
            proposed(world, engagement, who=who)
    for who in ("cal", "charlie", "tom"):
        with refused("not_found"):
            proposed(world, engagement, who=who)
    proposed(world, engagement)
    for who in ("dana", "finn", "ada", "dirk"):
        with refused("not_allowed"):
            answered(world, engagement, who=who)
    with refused("not_found"):
        answered(world, engagement, who="hana")
    machine = replace(world.actor("rita"), person_id=None)
    with refused("needs_person"):
        answer_downgrade(
            engagement.pk,
            proposal_id=DowngradeProposal.objects.get().pk,
            answer=DowngradeAnswer.CONSENT,
            by=machine,
            at=NOW,
        )
    assert answered(world, engagement, who="rita").priority == "P3"
    assert lowering.proposals(engagement, world.actor("hana")).count() == 0


@pytest.mark.parametrize("who", ["seth", "alice", "nora"])
def test_that_it_never_was_so_urgent_is_consented_to_by_whoever_may_give_it_up(world: World, who: str) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement, change=CORRECTED)
    with refused("not_allowed"):
        answered(world, engagement, who="rita")
    assert Engagement.objects.get().priority == "P1"
    assert answered(world, engagement, who=who).priority == "P3"


def test_requester_may_say_no_to_a_correction(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement, change=CORRECTED)
    assert answered(world, engagement, consent=False, who="rita").priority == "P1"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"priority": Priority.P1}, "not_lower", "priority"),
        ({"reason": " "}, "missing_field", "reason"),
        ({"reason": "It saves you $500"}, "verbal_promise", "reason"),
        ({"reason": "r" * 401}, "too_long", "reason"),
    ],
)
def test_what_cannot_be_put_to_the_client(world: World, given: dict[str, Any], code: str, field: str) -> None:
    engagement = acknowledged(world)
    with refused(code, field=field):
        proposed(world, engagement, **given)


def test_client_is_shown_what_it_gives_up(world: World) -> None:
    engagement = acknowledged(world)
    found = {one.name: (one.now, one.then) for one in lowering.promises(engagement, Priority.P3)}
    assert found["engage"][0] != found["engage"][1]
    assert lowering.promises(engagement, Priority.P1) == []
    assert lowering.lower_than(engagement) == [Priority.P2, Priority.P3, Priority.P4]


def test_missed_promise_stays_missed_when_circumstances_changed(world: World) -> None:
    engagement = acknowledged(world)
    late = NOW + timedelta(hours=1)
    proposed(world, engagement, at=late)
    answered(world, engagement, at=late)
    history = queries.clock_history(Engagement.objects.get(), late)
    assert [one.verdict for one in history if one.kind is ClockKind.ENGAGE] == [Verdict.MISSED]


def test_machine_that_raises_takes_the_question_back_too(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement, priority=Priority.P3)
    answered(world, engagement)
    proposal = proposed(world, engagement, priority=Priority.P4)
    reprioritise.raise_priority(
        engagement.pk,
        priority=Priority.P2,
        change=CHANGED,
        reason="It presses",
        by=SYSTEM,
        at=OUTAGE + timedelta(hours=12, minutes=1),
    )
    proposal.refresh_from_db()
    assert proposal.outcome == DowngradeOutcome.WITHDRAWN


@pytest.mark.postgres
def test_two_answers_and_two_questions_at_once_are_one_each(transactional_db: None) -> None:
    made = make_world()
    engagement = acknowledged(made)
    asked = together.both(*[lambda: proposed(made, engagement)] * 2)
    assert sorted(asked) == ["done", "one_at_a_time"]
    said = together.both(
        lambda: answered(made, engagement), lambda: answered(made, engagement, consent=False, who="rita")
    )
    assert sorted(said) == ["done", "not_found"]


@pytest.mark.postgres
def test_consent_never_lowers_what_was_raised_in_the_same_moment(transactional_db: None) -> None:
    made = make_world()
    engagement = acknowledged(made)
    proposed(made, engagement, priority=Priority.P2)
    answered(made, engagement)
    proposed(made, engagement, priority=Priority.P4)

    def raised() -> None:
        reprioritise.raise_priority(
            engagement.pk, priority=Priority.P1, change=CHANGED, reason="Worse", by=made.actor("dana"), at=NOW
        )

    said = together.both(raised, lambda: answered(made, engagement))
    assert said[0] == "done"
    assert said[1] in ("done", "not_found")
    assert Engagement.objects.get().priority == "P1"
