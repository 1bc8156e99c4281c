"""Cases at vendors: opened, spoken about, escalated, waited for, closed (domain.md C10, S9)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.values import ClockKind, HoldReason, Verdict
from breakfix.kernel.ledger.rebuild import differences
from breakfix.liaison import queries
from breakfix.liaison.actions import cases
from breakfix.liaison.models import VendorCase
from breakfix.liaison.values import CaseResult, PromiseGiven, PromiseVerdict, Way
from tests import makers_liaison as make
from tests.makers import World, local
from tests.makers_incidents import qualified, reported
from tests.refusals import refused

LATER = local("2026-12-01 22:00")


@pytest.fixture(name="engagement")
def _engagement(world: World) -> Engagement:
    return qualified(world)


def ends(engagement: Engagement) -> list[tuple[str, Any]]:
    return [(end.what, end.due_at) for end in incidents.open_ends(engagement) if end.kind == "vendor"]


def close(world: World, case: VendorCase, **given: Any) -> VendorCase:
    usual: dict[str, Any] = {"result": CaseResult.FIXED, "said": "A pair was repaired.", "by": world.actor("dana")}
    return cases.close_vendor_case(case.pk, **{**usual, "at": LATER, **given})


def test_open_case_reminds_the_desk_until_it_is_closed(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    assert (case.number, case.tier, str(case)) == (1, 1, "Windy City Telecom 4471-A")
    assert ends(engagement) == [("Ask Windy City Telecom about 4471-A (tier 1)", make.NEXT)]
    make.spoken(world, case, next_contact_at=local("2026-12-02 08:00"))
    assert ends(engagement) == [("Ask Windy City Telecom about 4471-A (tier 1)", local("2026-12-02 08:00"))]
    closed = close(world, case)
    assert (closed.status, closed.result, closed.next_contact_at) == ("CLOSED", "fixed", None)
    assert ends(engagement) == []
    assert differences() == []


def test_case_that_is_open_keeps_the_engagement_open(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    course.cancel_engagement(engagement.pk, reason="Moved.", by=world.actor("rita"), at=make.SPOKEN)
    with refused("open_ends"):
        course.close_engagement(engagement.pk, by=world.actor("fay"), at=LATER)
    close(world, case, result=CaseResult.WITHDRAWN)
    course.close_engagement(engagement.pk, by=world.actor("fay"), at=LATER)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"vendor_name": " "}, "missing_field", "vendor_name"),
        ({"reference": "x" * 81}, "too_long", "reference"),
        ({"reference": "for $90"}, "verbal_promise", "reference"),
        ({"tier": 0}, "bad_tier", "tier"),
        ({"tier": 10}, "bad_tier", "tier"),
        ({"next_contact_at": make.OPENED}, "past_contact", "next_contact_at"),
        ({"opened_at": local("2026-12-01 20:31")}, "not_yet", "opened_at"),
        ({"opened_at": local("2025-11-01 20:31")}, "too_early", "opened_at"),
        ({"who": "rita"}, "not_allowed", None),
        ({"who": "cal"}, "not_found", None),
        ({"who": "tom"}, "not_found", None),
    ],
)
def test_case_is_not_opened(
    world: World, engagement: Engagement, given: dict[str, Any], code: str, field: str | None
) -> None:
    with refused(code, field=field):
        make.opened(world, engagement, **given)


def test_case_is_not_opened_before_anybody_acknowledged_and_not_twice(world: World) -> None:
    fresh = reported(world)
    with refused("wrong_state"):
        make.opened(world, fresh)
    engagement = qualified(world)
    make.opened(world, engagement)
    with refused("case_known", field="reference"):
        make.opened(world, engagement, vendor_name=" windy  city TELECOM ", reference="4471-a")
    assert make.opened(world, engagement, reference="4471-B").number == 2


def test_log_is_only_ever_added_to(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    first = make.spoken(world, case, answered=False, said="Rang for ten minutes.")
    second = make.spoken(world, case, corrects_id=first.pk, said="It was the wrong number.", at=LATER)
    assert [(one.number, one.said) for one in queries.contacts(case)] == [
        (2, "It was the wrong number."),
        (1, "Rang for ten minutes."),
    ]
    assert queries.corrected(case) == {first.pk}
    assert queries.first_answer(case) == LATER
    with refused("corrected_before", field="corrects_id"):
        make.spoken(world, case, corrects_id=first.pk, at=LATER)
    assert make.spoken(world, case, corrects_id=second.pk, at=LATER).number == 3
    told = incidents.timeline(engagement, world.actor("rita"))[-1]
    assert "in place of entry 2" in told.line
    assert "Marcy" not in told.line, "the log's line names nobody"
    assert differences() == []


def test_entry_of_another_case_is_corrected_by_none(world: World, engagement: Engagement) -> None:
    case, other = make.opened(world, engagement), make.opened(world, engagement, reference="B")
    entry = make.spoken(world, case)
    with refused("not_found"):
        make.spoken(world, other, corrects_id=entry.pk)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"said": ""}, "missing_field", "said"),
        ({"said": "They credit $500"}, "verbal_promise", "said"),
        ({"contacted_at": local("2026-12-01 21:01")}, "not_yet", "contacted_at"),
        ({"contacted_at": local("2026-12-01 19:51")}, "too_early", "contacted_at"),
        ({"next_contact_at": make.SPOKEN}, "past_contact", "next_contact_at"),
        ({"promises_made": [PromiseGiven("A splice")]}, "missing_field", "promises_made-0-until"),
        ({"promises_made": [PromiseGiven("A splice", make.NEXT, 5)]}, "missing_field", "promises_made-0-until"),
        ({"promises_made": [PromiseGiven("A splice", make.SPOKEN)]}, "bad_time", "promises_made-0-until"),
        ({"promises_made": [PromiseGiven("A", None, 0)]}, "bad_time", "promises_made-0-within_minutes"),
        ({"promises_made": [PromiseGiven("", make.NEXT)]}, "missing_field", "promises_made-0-what"),
        ({"promises_made": [PromiseGiven("A", make.NEXT)] * 21}, "too_many", "promises_made"),
        ({"who": "seth"}, "not_allowed", None),
    ],
)
def test_contact_is_not_logged(
    world: World, engagement: Engagement, given: dict[str, Any], code: str, field: str | None
) -> None:
    case = make.opened(world, engagement)
    with refused(code, field=field):
        make.spoken(world, case, **given)


def test_closed_case_takes_nothing_more(world: World, engagement: Engagement) -> None:
    case = close(world, make.opened(world, engagement))
    with refused("case_closed"):
        make.spoken(world, case, at=LATER)
    with refused("case_closed"):
        close(world, case)
    with refused("case_closed"):
        cases.wait_for_vendor(case.pk, by=world.actor("dana"), at=LATER)


def test_case_goes_to_the_next_tier_with_its_reason(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement, tier=8)
    dana, given = world.actor("dana"), {"way": Way.PHONE, "reason": "Two promises broken.", "next_contact_at": LATER}
    higher = cases.escalate_vendor_case(case.pk, **given, by=dana, at=make.SPOKEN)
    assert higher.tier == 9
    assert ends(engagement) == [("Ask Windy City Telecom about 4471-A (tier 9)", LATER)]
    (entry,) = queries.contacts(case)
    assert (entry.tier, entry.said, entry.answered) == (9, "Two promises broken.", False)
    assert queries.first_answer(case) is None
    with refused("bad_tier"):
        cases.escalate_vendor_case(case.pk, **given, by=dana, at=make.SPOKEN)


def test_update_told_with_a_contact_begins_the_cadence_anew(world: World, engagement: Engagement) -> None:
    make.spoken(world, make.opened(world, engagement), as_update=True)
    rounds = [one for one in incidents.clock_history(engagement, LATER) if one.kind is ClockKind.UPDATE]
    assert [one.started_at for one in rounds] == [local("2026-12-01 20:01"), make.SPOKEN]


# ------------------------------------------------------------------------------------------ waiting


def test_hold_names_an_open_case_and_pauses_the_objective_alone(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    held = cases.wait_for_vendor(case.pk, note="They splice tonight.", by=world.actor("dana"), at=make.SPOKEN)
    hold = Hold.objects.get()
    assert (held.status, hold.reason, hold.vendor_ref) == ("ON_HOLD", "AWAITING_THIRD_PARTY", str(case))
    assert hold.expected_until == make.NEXT
    paused = [one.kind for one in incidents.readings(held, LATER) if one.verdict is Verdict.PAUSED]
    assert paused == [ClockKind.RESTORE]
    update = next(one for one in incidents.readings(held, LATER) if one.kind is ClockKind.UPDATE)
    assert update.is_open
    make.spoken(world, case, at=LATER, next_contact_at=local("2026-12-02 07:00"))
    assert Hold.objects.get().expected_until == local("2026-12-02 07:00")
    closed = close(world, case, at=local("2026-12-01 22:10"))
    closed.engagement.refresh_from_db()
    assert (closed.engagement.status, Hold.objects.get().ended_at) == ("QUALIFIED", local("2026-12-01 22:10"))
    assert differences() == []


def test_hold_by_hand_names_no_case_and_is_refused(world: World, engagement: Engagement) -> None:
    given = {"reason": HoldReason.AWAITING_THIRD_PARTY, "vendor_ref": "4471-A", "expected_until": LATER}
    with refused("case_missing", field="reason"):
        course.hold(engagement.pk, **given, by=world.actor("dana"), at=make.SPOKEN)


def test_closing_a_case_ends_no_hold_of_another_reason(world: World, engagement: Engagement) -> None:
    case, other = make.opened(world, engagement), make.opened(world, engagement, reference="B")
    cases.wait_for_vendor(case.pk, by=world.actor("dana"), at=make.SPOKEN)
    close(world, other)
    engagement.refresh_from_db()
    assert engagement.status == "ON_HOLD"
    course.resume(engagement.pk, by=world.actor("dana"), at=LATER)
    waits = {"reason": HoldReason.PROVIDER_INTERNAL, "note": "Van broke down."}
    course.hold(engagement.pk, **waits, by=world.actor("dana"), at=LATER)
    close(world, case)
    engagement.refresh_from_db()
    assert engagement.status == "ON_HOLD"


def test_waiting_twice_or_past_the_next_contact_is_refused(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    with refused("past_contact"):
        cases.wait_for_vendor(case.pk, by=world.actor("dana"), at=make.NEXT)
    cases.wait_for_vendor(case.pk, by=world.actor("dana"), at=make.SPOKEN)
    with refused("wrong_state"):
        cases.wait_for_vendor(case.pk, by=world.actor("dana"), at=make.SPOKEN)


# ------------------------------------------------------------------------------------------ promises


def test_promise_is_kept_or_broken_by_how_much(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    made = [PromiseGiven("Somebody on site", within_minutes=60), PromiseGiven("A call back", until=LATER)]
    make.spoken(world, case, promises_made=made)
    first, second = queries.promised(case, LATER)
    assert (first.row.until, second.row.until) == (LATER, LATER)
    assert first.reading.verdict is PromiseVerdict.OPEN
    done = cases.keep_vendor_promise(case.pk, promise_id=first.row.pk, by=world.actor("dana"), at=LATER)
    assert queries.readings_of([done], LATER)[0].reading.verdict is PromiseVerdict.KEPT
    with refused("promise_over"):
        cases.keep_vendor_promise(case.pk, promise_id=first.row.pk, by=world.actor("dana"), at=LATER)
    late = local("2026-12-01 22:25")
    (line,) = queries.lines_of([case], late)
    assert line.promise is not None
    assert (line.promise.reading.verdict, line.promise.reading.by.total_seconds()) == (PromiseVerdict.BROKEN, 1500)
    close(world, case, at=late)
    ended = queries.promised(case, local("2026-12-05 12:00"))[-1]
    assert (ended.reading.verdict, ended.reading.by.total_seconds()) == (PromiseVerdict.BROKEN, 1500)


def test_promise_of_another_case_is_not_there(world: World, engagement: Engagement) -> None:
    case, other = make.opened(world, engagement), make.opened(world, engagement, reference="B")
    make.spoken(world, case, promises_made=[PromiseGiven("A call back", until=LATER)])
    (promise,) = queries.promised(case, LATER)
    with refused("not_found"):
        cases.keep_vendor_promise(other.pk, promise_id=promise.row.pk, by=world.actor("dana"), at=LATER)


def test_database_keeps_no_half_closed_case(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    with pytest.raises(IntegrityError), transaction.atomic():
        VendorCase.objects.filter(pk=case.pk).update(status="CLOSED")
