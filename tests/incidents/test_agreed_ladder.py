"""The ladder that both sides signed is the one that is walked (field 30 of an agreement, domain.md §3.9, §6.1)."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from breakfix.agreements.clauses.fields import BY_KEY
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Communication, Priority
from breakfix.incidents import ladder
from breakfix.incidents.actions import escalating, rehearsing
from breakfix.incidents.models import Clock, Engagement
from breakfix.incidents.rules.ladder import HIERARCHY, ladder_of
from breakfix.incidents.values import ClockKind
from breakfix.kernel.access import SYSTEM
from tests import makers_agreements
from tests.makers import World, local
from tests.makers_incidents import qualified
from tests.refusals import refused

MINUTE = timedelta(minutes=1)
RUNGS = [
    {"side": "provider", "percent": 75, "role": "director", "who": "head of operations"},
    {"side": "client", "percent": 75, "role": "service_owner", "who": "head of IT"},
    {"side": "provider", "percent": 100, "role": "provider_admin", "who": "managing partner"},
    {"side": "provider", "after_minutes": 30, "who": "whoever sits next to you"},
]


def agreed(**more: Any) -> Communication:
    return Communication.model_validate({"ladder": RUNGS, **more})


def test_rungs_with_a_share_and_a_role_are_walked_and_the_others_are_words() -> None:
    walked = ladder_of(agreed())
    names = {n: [one.name for one in walked.rungs(n, obligation=False)] for n in (1, 2, 3, 4)}
    assert names == {1: [], 2: ["head of operations", "head of IT"], 3: [], 4: ["managing partner"]}
    assert [walked.next_from(n, obligation=False) for n in (1, 2, 3, 4, 5)] == [2, 2, 4, 4, None]


def test_without_any_the_usual_ladder_is_walked() -> None:
    assert ladder_of(Communication()).hierarchy == HIERARCHY
    assert ladder_of(agreed(ladder=RUNGS[3:])).hierarchy == HIERARCHY


def test_a_dated_duty_asks_the_compliance_person_at_every_share_whatever_was_agreed() -> None:
    walked = ladder_of(agreed())
    assert [[one.name for one in walked.rungs(n, obligation=True)] for n in (1, 2)] == [
        ["client's compliance person"],
        ["head of operations", "client's compliance person"],
    ]


def test_answers_are_waited_for_as_agreed() -> None:
    within = ladder_of(agreed(answer_minutes={"P1": 3})).within
    assert (within[Priority.P1], within[Priority.P2]) == (3 * MINUTE, 20 * MINUTE)


@pytest.mark.parametrize(
    "rung",
    [
        {"percent": 60, "role": "director"},
        {"percent": 50},
        {"role": "director", "after_minutes": 5},
        {"percent": 50, "role": "approver"},  # of the other side
        {"percent": 50, "role": "technician"},  # takes no step on
        {"percent": 50, "role": "director", "who": "x" * 61},
        {},
    ],
)
def test_a_rung_that_nobody_could_walk_is_refused(rung: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        agreed(ladder=[{"side": "provider", "who": "somebody", **rung}])


# ------------------------------------------------------------------------------------------ walked

HALF = local("2026-12-01 20:07")


def revised(world: World, communication: dict[str, Any], day: str) -> None:
    """Another version of the agreement, signed by both sides on that day."""
    latest = AgreementVersion.objects.filter(agreement=world.agreements["northgate"].agreement_id).latest("version")
    drafted = makers_agreements.actions.revise_agreement(
        latest.pk, terms={"communication": communication}, by=world.actor("nora"), at=local(f"{day} 09:00")
    )
    makers_agreements.signed(world, drafted, "percy", "nora", at=local(f"{day} 10:00"))


@pytest.fixture(name="other")
def _other(world: World) -> World:
    """Northgate and Ironbridge have agreed on this ladder, and on three minutes for an answer."""
    revised(world, {"ladder": RUNGS, "answer_minutes": {"P1": 3}}, "2026-11-20")
    return world


def ask(engagement: Engagement, percent: int) -> None:
    clock = Clock.objects.get(engagement=engagement, kind=ClockKind.ENGAGE, stopped_at=None)
    given = {"clock_id": clock.pk, "name": "ENGAGE", "by": SYSTEM, "at": HALF}
    escalating.ask_rung(engagement.pk, percent=percent, **given)


def names(engagement: Engagement) -> list[str]:
    return [one.asks for one in ladder.steps_of(engagement)]


def test_an_engagement_walks_what_was_signed(other: World) -> None:
    engagement = qualified(other)
    with refused("nobody_agreed"):
        ask(engagement, 50)
    ask(engagement, 75)
    assert names(engagement) == ["head of operations", "head of IT"]
    first, second = ladder.steps_of(engagement)
    assert first.until == HALF + 3 * MINUTE
    with refused("already_asked"):
        ask(engagement, 75)
    escalating.advance_escalation(first.pk, by=SYSTEM, at=first.until)
    assert names(engagement)[2:] == ["managing partner"]
    escalating.advance_escalation(second.pk, by=SYSTEM, at=second.until)  # the next rung is asked once
    assert names(engagement)[2:] == ["managing partner"]
    last = ladder.steps_of(engagement)[-1]
    with refused("last_rung"):
        escalating.advance_escalation(last.pk, by=SYSTEM, at=last.until)
    escalating.acknowledge_escalation(last.pk, by=other.actor("percy"), at=HALF + 4 * MINUTE)


def test_a_plan_is_owed_at_a_breach_although_nobody_stands_there(other: World) -> None:
    revised(other, {"ladder": RUNGS[:2]}, "2026-11-21")
    engagement = qualified(other)
    ask(engagement, 100)
    assert names(engagement) == []
    assert engagement.pk in ladder.OpenEnd.objects.filter(kind="recovery_plan").values_list("engagement", flat=True)


def test_a_drill_rehearses_the_agreed_ladder(other: World) -> None:
    client = other.organisation("northgate").pk
    drill = rehearsing.start_drill(client, scenario="Array lost", by=other.actor("dana"), at=HALF)
    assert [one.asks for one in ladder.steps_of_drill(drill)] == ["head of operations", "head of IT"]
    assert {one.until for one in ladder.steps_of_drill(drill)} == {HALF + 3 * MINUTE}


# ------------------------------------------------------------------------------------------ signed


def test_one_role_of_a_side_is_asked_once_at_a_share() -> None:
    with pytest.raises(ValidationError, match="once at each share"):
        agreed(ladder=[*RUNGS, {**RUNGS[0], "who": "the same again"}])


def test_a_rung_reads_as_it_was_signed() -> None:
    """What was not said is in no hash and in no difference."""
    said = [{"side": "provider", "after_minutes": 30, "who": "whoever is near", "how": "called"}]
    assert agreed(ladder=said).model_dump(mode="json")["ladder"] == said


def test_where_the_software_asks_it_asks_both_sides() -> None:
    field = BY_KEY["escalation"]
    assert field.judge is not None
    both, alone = {"ladder": RUNGS}, {"ladder": [RUNGS[0], {"side": "client", "after_minutes": 5, "who": "IT"}]}
    assert list(field.judge({"communication": both})) == []
    assert "somebody of the client" in "".join(field.judge({"communication": alone}))


def test_a_ladder_that_does_not_apply_leaves_no_minutes_behind() -> None:
    neutral = BY_KEY["escalation"].neutral
    assert neutral is not None
    assert Communication.model_validate(neutral["communication"]) == Communication()
