"""What stayed inconclusive: reported with what was excluded, never quoted on, and looked at by another engineer."""

from decimal import Decimal
from typing import Any

from breakfix.billing import actions as billing
from breakfix.diagnosis import queries
from breakfix.diagnosis.actions import protocol
from breakfix.diagnosis.actions import root_cause as actions
from breakfix.diagnosis.models import RootCause
from breakfix.diagnosis.values import ReviewVerdict
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch.actions import desk, visit
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.incidents.values import ClockKind, Verdict
from breakfix.quotes.actions import issuing
from tests.makers import World, local
from tests.makers_diagnosis import COMPLETE, ISSUED, REVIEWED, check, completed, drafted
from tests.makers_dispatch import sent
from tests.makers_quotes import reviewed as quote_reviewed
from tests.people import actor
from tests.quotes.cases import usd
from tests.refusals import refused

GUESS: dict[str, Any] = {"confidence": Decimal("0.40"), "inconclusive": True}
ASKED, AGAIN, SECOND = local("2026-12-02 01:10"), local("2026-12-02 01:40"), local("2026-12-02 01:50")


def of(cause: RootCause) -> Engagement:
    return Engagement.objects.get(pk=cause.engagement_id)


def reported(world: World) -> RootCause:
    """Tom's guess, read by Rex, signed at 01:02."""
    cause = drafted(world, completed(world), **GUESS)
    actions.review_root_cause(cause.pk, verdict=ReviewVerdict.AGREE, by=actor("rex"), at=REVIEWED)
    return actions.issue_root_cause(cause.pk, by=actor("tom"), at=ISSUED)


def doubted(world: World, who: str = "rita") -> RootCause:
    cause = reported(world)
    return actions.ask_second_opinion(cause.pk, reason="Look at the backplane.", by=actor(who), at=ASKED)


def looked_again(world: World) -> Engagement:
    """Tom is taken off, Ana goes in his place and looks at the slots again."""
    engagement = of(doubted(world))
    (booking,) = dispatch.live_bookings(engagement)
    desk.release_booking(booking.pk, reason="Second opinion", by=actor("dana"), at=ASKED)
    end = local("2026-12-02 09:00")
    sent(world, engagement, "ana", planned_end=end, reason="Tom has looked already", at=ASKED)
    visit.acknowledge_protocol(engagement.pk, by=actor("ana"), at=ASKED)
    check(world, engagement, "slot-states", AGAIN, "ana")
    protocol.complete_diagnosis(engagement.pk, by=actor("ana"), at=AGAIN)
    return of(RootCause.objects.get())


def test_inconclusive_report_says_what_was_excluded_and_leaves_the_choice_to_the_client(world: World) -> None:
    cause = reported(world)
    engagement = of(cause)
    said = cause.canonical
    assert (said["inconclusive"], said["confidence"]) == (True, "0.40")
    assert [one["cause"] for one in said["excluded"]] == ["Cabling", "Power"]
    assert (engagement.status, engagement.diagnosis_completed_at) == ("DIAGNOSING", None)
    step = OpenEnd.objects.get(engagement=engagement, kind="next_step", closed_at=None)
    assert (step.what, step.organisation_id) == (actions.CHOOSE, engagement.client_id)
    quote = next(one for one in incidents.readings(engagement, ASKED) if one.kind is ClockKind.QUOTE)
    assert quote.verdict is Verdict.VOID


def test_inconclusive_report_without_anything_excluded_is_none(world: World) -> None:
    engagement = completed(world)
    with refused("missing_field", field="excluded"):
        drafted(world, engagement, **GUESS, excluded=[])


def test_no_repair_is_quoted_on_a_cause_that_is_not_there(world: World) -> None:
    quote = quote_reviewed(world, of(reported(world)))
    with refused("no_root_cause"):
        issuing.issue_quote(quote.pk, by=actor("quinn"), at=local("2026-12-02 01:15"))


def test_nothing_is_added_to_what_was_reported(world: World) -> None:
    engagement = of(reported(world))
    with refused("already_issued"):
        check(world, engagement, "slot-states", ASKED)
    with refused("already_issued"):
        protocol.complete_diagnosis(engagement.pk, by=actor("tom"), at=ASKED)
    with refused("already_issued"):
        drafted(world, engagement, at=ASKED)


def test_second_opinion_is_another_engineers_and_stands_beside_the_first(world: World) -> None:
    engagement = looked_again(world)
    assert engagement.diagnosis_completed_at == AGAIN
    cause = drafted(world, engagement, by=actor("ana"), at=SECOND)
    assert (cause.number, cause.version, cause.author_id) == ("RCA-2026-0001", 2, actor("ana").person_id)
    actions.review_root_cause(cause.pk, verdict=ReviewVerdict.AGREE, by=actor("rex"), at=SECOND)
    issued = actions.issue_root_cause(cause.pk, by=actor("ana"), at=SECOND)
    first = RootCause.objects.get(version=1)
    assert issued.canonical["second_opinion_on"] == [first.sha256]
    assert (first.status, first.inconclusive) == ("ISSUED", True)
    assert of(cause).status == "QUOTE_PENDING"
    assert queries.issued_root_cause(of(cause)) == issued
    clocks = [one for one in incidents.clock_history(of(cause), SECOND) if one.kind is ClockKind.QUOTE]
    assert [one.verdict for one in clocks] == [Verdict.VOID, Verdict.RUNNING]


def test_second_opinion_is_never_the_first_engineers(world: World) -> None:
    engagement = of(doubted(world))
    check(world, engagement, "slot-states", AGAIN)
    with refused("own_work"):
        drafted(world, engagement, at=AGAIN)


def test_inconclusive_engagement_that_is_ended_costs_the_diagnosis_only(world: World) -> None:
    engagement = of(reported(world))
    course.cancel_engagement(engagement.pk, reason="We buy a new one", by=actor("rita"), at=ASKED)
    invoice = billing.issue_invoice(engagement.pk, by=actor("fay"), at=local("2026-12-02 11:00"))
    assert invoice.subtotal == usd("675.00")


def test_second_opinion_is_asked_for_once_and_by_the_client(world: World) -> None:
    cause = reported(world)
    for who, code in (("dana", "not_allowed"), ("tom", "not_allowed"), ("hana", "not_found")):
        with refused(code):
            actions.ask_second_opinion(cause.pk, by=actor(who), at=ASKED)
    actions.ask_second_opinion(cause.pk, by=actor("alice"), at=ASKED)
    with refused("already_asked"):
        actions.ask_second_opinion(cause.pk, by=actor("rita"), at=ASKED)


def test_draft_takes_no_second_opinion(world: World) -> None:
    cause = drafted(world, completed(world), **GUESS)
    with refused("not_issued"):
        actions.ask_second_opinion(cause.pk, by=actor("rita"), at=COMPLETE)
