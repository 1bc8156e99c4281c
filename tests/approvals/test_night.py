"""S1's night through the real deeds: the ladder, two seats, the sleeper, the morning (domain.md §8 S1)."""

import pytest

from breakfix.approvals import queries
from breakfix.approvals.models import Finding, Round
from breakfix.approvals.values import RoundStatus, SeatState
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.kernel.access import SYSTEM
from tests import makers_approvals as make
from tests.makers import World, local


def states(approval: Round) -> dict[str, str]:
    fresh = queries.get_round(approval.pk, by=SYSTEM)
    return {seat.name: seat.state for seat in fresh.seats.all()}


def open_ends(engagement: Engagement, kind: str) -> list[OpenEnd]:
    rows = OpenEnd.objects.filter(engagement=engagement, kind=kind, closed_at=None)
    return list(rows.order_by("subject", "person__email"))


def test_night_runs_as_told(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    assert states(approval) == {"it": "PENDING", "finance": "PENDING", "data_owner": "PENDING"}
    waiting = [(end.person.name.split()[0], end.what) for end in open_ends(engagement, "seat")]  # type: ignore[union-attr]
    assert waiting == [
        ("Sol", "Acknowledge the risk of the quote"),
        ("Cora", "Approve the quote"),
        ("Alice", "Approve the quote"),
    ]

    make.climbed(approval, local("2026-12-02 01:20"))
    assert states(approval) == {"it": "NOTIFIED", "finance": "NOTIFIED", "data_owner": "NOTIFIED"}
    _, seat = make.decided(world, approval, "alice", local("2026-12-02 01:22"))
    assert (seat.name, seat.state) == ("it", SeatState.APPROVED)

    make.climbed(approval, local("2026-12-02 01:45"))
    assert states(approval)["finance"] == "TIMED_OUT"
    make.decided(world, approval, "sol", local("2026-12-02 01:46"), verdict=make.Verdict.ACKNOWLEDGE)
    fresh, (taken,) = make.bypassed(world, approval, local("2026-12-02 01:47"))
    assert (fresh.status, fresh.closed_at) == (RoundStatus.APPROVED, local("2026-12-02 01:47"))
    assert fresh.limited_to_restoring
    assert (taken.name, taken.state, taken.emergency) == ("finance", "BYPASSED_EMERGENCY", True)
    assert (taken.decided_by, taken.for_person) == (world.people["mona"], world.people["cora"])
    assert taken.ratify_by == local("2026-12-02 12:00")
    assert open_ends(engagement, "seat") == []
    (answer,) = open_ends(engagement, "ratification")
    assert (answer.person, answer.due_at) == (world.people["cora"], local("2026-12-02 12:00"))

    make.ratified(world, approval, local("2026-12-02 08:40"))
    assert states(approval) == {"it": "APPROVED", "finance": "RATIFIED", "data_owner": "APPROVED"}
    assert open_ends(engagement, "ratification") == []
    assert not Finding.objects.exists()


def test_ladder_logs_every_attempt_at_its_instant(engagement: Engagement, world: World) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:20"))
    make.decided(world, approval, "alice", local("2026-12-02 01:22"))
    make.climbed(approval, local("2026-12-02 01:45"))
    told = [
        (
            one.at.astimezone(make.OPENED_AT.tzinfo).strftime("%H:%M"),
            one.rung,
            one.channel,
            one.person.name.split()[0] if one.person else "",
            one.outcome,
        )
        for one in queries.attempts(approval)
        if one.seat.name == "finance"
    ]
    assert told == [
        ("01:15", "notify", "push", "Cora", "sent"),
        ("01:15", "notify", "sms", "Cora", "sent"),
        ("01:20", "voice", "voice", "Cora", "sent"),
        ("01:25", "delegate", "", "", "no_delegate"),
        ("01:35", "next_level", "push", "Erin", "sent"),
        ("01:35", "next_level", "sms", "Erin", "sent"),
        ("01:45", "emergency", "push", "Mona", "sent"),
        ("01:45", "emergency", "sms", "Mona", "sent"),
    ]
    # Alice answered at 01:22: her seat is left alone from then on.
    assert {one.rung for one in queries.attempts(approval) if one.seat.name == "it"} == {"notify", "voice"}
    # A risk is nobody else's to acknowledge, in an emergency neither.
    assert "emergency" not in {one.rung for one in queries.attempts(approval) if one.seat.name == "data_owner"}


@pytest.mark.parametrize(("at", "open_for"), [("01:34", False), ("01:35", True)])
def test_next_level_may_stand_in_once_asked(world: World, engagement: Engagement, at: str, open_for: bool) -> None:
    approval = make.climbed(make.asked(engagement), local(f"2026-12-02 {at}"))
    standing = queries.may_decide(approval, by=world.actor("erin"), at=local(f"2026-12-02 {at}"))
    assert standing.may is open_for
    # Erin's own seat is not in this round, so either of the two silent ones will do.
    assert standing.seats == (("it", "finance") if open_for else ())


def test_sleeper_who_wakes_up_may_still_decide(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    make.decided(world, approval, "cora", local("2026-12-02 01:46"))
    assert states(approval)["finance"] == "APPROVED"


def test_duty_manager_alone_suffices_where_nobody_answers(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    make.bypassed(world, approval, local("2026-12-02 01:47"))
    assert states(approval) == {
        "it": "BYPASSED_EMERGENCY",
        "finance": "BYPASSED_EMERGENCY",
        "data_owner": "NOTIFIED",
    }
    # The risk still waits for the data owner, so nothing is bound yet.
    make.decided(world, approval, "sol", local("2026-12-02 01:50"), verdict=make.Verdict.ACKNOWLEDGE)
    assert queries.open_round_for("quote/1") is None
    waiting = [(end.person, end.subject) for end in open_ends(engagement, "ratification")]
    assert waiting == [
        (world.people["cora"], f"round/{approval.pk}/finance"),
        (world.people["alice"], f"round/{approval.pk}/it"),
    ]
