"""The forensic fee where the agreement does not give it beforehand: who may accept it, and what that opens."""

from datetime import datetime
from decimal import Decimal

import pytest

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import Round
from breakfix.diagnosis.actions.fee import approve_forensic_fee, ask_forensic_fee
from breakfix.diagnosis.values import FeeVerdict
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course, desk
from breakfix.incidents.models import Engagement, ForensicFee, OpenEnd
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_dispatch import sent
from tests.makers_incidents import qualified, reported
from tests.people import actor
from tests.refusals import refused

AT = local("2026-12-01 20:05")


@pytest.fixture
def engagement(world: World) -> Engagement:
    """A clinic's failure, qualified; its agreement pre-authorises nothing."""
    made = reported(world, who="hana", asset_id=None, site_id=world.sites["Lakeside clinic"].pk)
    desk.acknowledge(made.pk, callback="+1 201 555 0170", by=actor("dana"), at=local("2026-12-01 20:01"))
    return desk.qualify(made.pk, by=actor("dana"), at=local("2026-12-01 20:04"))


def say(engagement: Engagement, who: str, at: datetime = AT, confirmed: bool = True, **given: object) -> ForensicFee:
    usual = {"shown_amount": Decimal("675.00"), **given}
    by = actor(who, confirmed_at=at if confirmed else None)
    return approve_forensic_fee(engagement.pk, by=by, at=at, **usual)  # type: ignore[arg-type]


def test_fee_accepted_lets_the_desk_send_somebody(world: World, engagement: Engagement) -> None:
    with refused("fee_not_accepted"):
        sent(world, engagement)
    fee = say(engagement, "charlie")
    assert (fee.accepted_at, fee.accepted_how) == (AT, "approved")
    approval = Round.objects.get()
    assert (approval.status, approval.exposure_minor, approval.purpose) == ("APPROVED", 67500, "forensic_fee")
    assert not OpenEnd.objects.filter(engagement=engagement, kind__in=["fee", "seat"], closed_at=None).exists()
    assert sent(world, engagement, planned_end=local("2026-12-02 09:00")).is_live


def test_fee_refused_keeps_everybody_at_home_until_it_is_accepted(world: World, engagement: Engagement) -> None:
    fee = say(engagement, "charlie", verdict=FeeVerdict.REJECT, reason="Ask the other provider first.")
    assert fee.accepted_at is None
    with refused("fee_not_accepted"):
        sent(world, engagement)
    assert Round.objects.get().status == "REJECTED"
    (left,) = OpenEnd.objects.filter(engagement=engagement, kind__in=["fee", "seat"], closed_at=None)
    assert (left.organisation_id, left.role) == (engagement.provider_id, "dispatcher")
    with refused("fee_refused"):
        say(engagement, "charlie", at=local("2026-12-01 20:30"))
    again = local("2026-12-01 20:35")
    with refused("not_allowed"):
        ask_forensic_fee(engagement.pk, by=actor("charlie"), at=again)
    ask_forensic_fee(engagement.pk, by=actor("dana"), at=again)
    with refused("round_open"):
        ask_forensic_fee(engagement.pk, by=actor("dana"), at=again)
    assert say(engagement, "charlie", at=local("2026-12-01 20:40")).accepted_at is not None
    with refused("fee_already_accepted"):
        ask_forensic_fee(engagement.pk, by=actor("dana"), at=local("2026-12-01 20:41"))


def test_fee_that_nobody_answers_is_reached_out_for(world: World, engagement: Engagement) -> None:
    """As for a quote, but no duty manager accepts a fee in an emergency."""
    run_until(local("2026-12-01 20:40"), AT)
    approval = Round.objects.get()
    rungs = list(dict.fromkeys(attempt.rung for attempt in approvals.attempts(approval)))
    assert rungs == ["notify", "voice", "delegate", "next_level"]
    asked = OpenEnd.objects.filter(engagement=engagement, kind="seat", closed_at=None)
    assert [end.person for end in asked] == [world.people["charlie"]]
    assert say(engagement, "charlie", at=local("2026-12-01 20:41")).accepted_at is not None


def test_cancelled_engagement_reaches_out_to_nobody(world: World, engagement: Engagement) -> None:
    run_until(AT, AT)
    tried = approvals.attempts(Round.objects.get())
    course.cancel_engagement(engagement.pk, reason="Found it", by=actor("hana"), at=AT)
    assert not OpenEnd.objects.filter(engagement=engagement, kind__in=["fee", "seat"], closed_at=None).exists()
    run_until(local("2026-12-01 20:40"), AT)
    assert approvals.attempts(Round.objects.get()) == tried
    with refused("wrong_state"):
        ask_forensic_fee(engagement.pk, by=actor("dana"), at=local("2026-12-01 20:41"))


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ("charlie", {"shown_amount": Decimal("450.00")}, "stale_document"),
        ("charlie", {"confirmed": False}, "reauthenticate"),
        ("charlie", {"verdict": FeeVerdict.REJECT}, "reason_needed"),
        ("hana", {}, "not_allowed"),
        ("dana", {}, "not_allowed"),
        ("alice", {}, "not_found"),
    ],
)
def test_fee_decision_refused_leaves_no_trace(
    engagement: Engagement, who: str, given: dict[str, object], code: str
) -> None:
    with refused(code):
        say(engagement, who, **given)  # type: ignore[arg-type]


def test_fee_is_accepted_once(engagement: Engagement) -> None:
    say(engagement, "charlie")
    with refused("fee_already_accepted"):
        say(engagement, "charlie")


def test_fee_that_the_agreement_accepts_asks_nobody(world: World) -> None:
    made = qualified(world)
    assert incidents.fee(made).accepted_how == "preauthorised"
    with refused("fee_already_accepted"):
        approve_forensic_fee(made.pk, shown_amount=Decimal("675.00"), by=actor("alice", confirmed_at=AT), at=AT)
