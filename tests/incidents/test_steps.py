"""S1 through the steps that later modules call: every clock, the meter, the duty, who acts next (domain.md §8 S1)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from breakfix.incidents import queries, steps
from breakfix.incidents.models import Clock, Engagement, Hold, Obligation, OpenEnd
from breakfix.incidents.rules.clocks import Reading
from breakfix.incidents.values import ClockKind, EndKind, FeeAccepted, HarmWithin, HoldReason, Status, Verdict
from breakfix.kernel.access import Role, Side
from breakfix.kernel.money import Money
from tests.incidents.by_hand import recompute
from tests.incidents.by_steps import diagnosing, moved, offered, restored, told
from tests.makers import World, local
from tests.makers_incidents import CALM, acknowledged, calm, qualified
from tests.refusals import refused

S, K, V = Status, ClockKind, Verdict
MORNING = local("2026-12-02 09:00")


def clocks(engagement: Engagement, at: datetime = MORNING) -> dict[ClockKind, Reading]:
    return {one.kind: one for one in queries.readings(engagement, at)}


def next_steps(engagement: Engagement) -> list[tuple[str, str]]:
    ends = [end for end in queries.open_ends(engagement) if end.kind == EndKind.NEXT_STEP]
    return [(end.what, end.role) for end in ends]


def test_s1_meets_four_commitments_and_misses_its_objective(world: World) -> None:
    read = clocks(restored(world))
    shown = {kind: (one.elapsed // timedelta(minutes=1), one.verdict) for kind, one in read.items()}
    assert shown == {
        K.ACK: (9, V.MET),
        K.ENGAGE: (24, V.MET),
        K.ONSITE: (168, V.MET),
        K.QUOTE: (35, V.MET),
        # The only update was the acknowledgement's own start of the cadence; nobody posted one.
        K.UPDATE: (624, V.MISSED),
        K.RESTORE: (601, V.MISSED),
    }
    assert read[K.ONSITE].due_at == local("2026-12-01 23:52")


@pytest.mark.parametrize("second", ["00", "42", "42.640", "59.999999"])
def test_end_of_the_next_business_day_is_its_close_whatever_the_second_of_the_report(
    world: World, second: str
) -> None:
    begun, close = local(f"2026-12-01 10:00:{second}"), local("2026-12-02 18:00")
    p3 = replace(CALM, harm_within=HarmWithin.WITHIN_4H)
    engagement = calm(world, answers=p3, outage_started_at=begun, at=begun)
    (onsite,) = [one for one in queries.printouts(engagement, begun) if one["kind"] == K.ONSITE]
    assert datetime.fromisoformat(onsite["due_at"]) == close
    assert recompute(onsite) == (onsite["elapsed_seconds"], onsite["due_at"])
    arrival = close - timedelta(microseconds=1)
    told(engagement.pk, lambda e: steps.arrived(e, arrival), arrival)
    engagement.refresh_from_db()
    assert clocks(engagement, close)[K.ONSITE].verdict is V.MET
    (onsite,) = [one for one in queries.printouts(engagement, close) if one["kind"] == K.ONSITE]
    assert recompute(onsite)[0] == onsite["elapsed_seconds"]


def test_s1_meter_and_duty_show_their_figures(world: World) -> None:
    engagement = restored(world)
    meter = queries.meter(engagement, MORNING)
    assert meter is not None
    assert (meter.total, meter.rate_now) == (Money.of("6450.00", "USD"), None)
    (duty,) = queries.obligations(engagement, MORNING)
    assert (duty.verdict, duty.remaining) == (V.MET, timedelta(hours=13, minutes=15))
    assert Obligation.objects.get().met_by_restoration


def test_s1_printouts_can_all_be_recomputed_by_hand(world: World) -> None:
    printed = queries.printouts(restored(world), MORNING)
    assert len(printed) == 7
    for one in printed:
        elapsed, due = recompute(one)
        assert elapsed == one["elapsed_seconds"]
        assert due is not None
        assert datetime.fromisoformat(due) == datetime.fromisoformat(one["due_at"])


def test_wait_for_approval_is_a_derived_hold(world: World) -> None:
    engagement = offered(world)
    assert clocks(engagement, local("2026-12-02 01:30"))[K.RESTORE].verdict is V.PAUSED
    moved(engagement.pk, S.APPROVED, local("2026-12-02 01:47"))
    (hold,) = Hold.objects.all()
    assert (hold.reason, hold.ended_at - hold.started_at) == (
        HoldReason.AWAITING_CLIENT_APPROVAL,
        timedelta(minutes=32),
    )


def test_revised_quote_pauses_again_and_keeps_its_clock(world: World) -> None:
    engagement = offered(world)
    moved(engagement.pk, S.QUOTE_PENDING, local("2026-12-02 01:30"))
    moved(engagement.pk, S.AWAITING_APPROVAL, local("2026-12-02 01:40"))
    assert Hold.objects.count() == 2
    assert clocks(engagement)[K.QUOTE].elapsed == timedelta(minutes=35)


def test_next_step_follows_the_state(world: World) -> None:
    engagement = qualified(world)
    assert next_steps(engagement) == [("Dispatch an engineer", Role.DISPATCHER)]
    moved(engagement.pk, S.DISPATCHED, local("2026-12-01 20:06"))
    assert next_steps(engagement) == [("Contact the requester", Role.TECHNICIAN)]
    end = OpenEnd.objects.get(closed_at=None)
    assert (end.organisation_id, end.due_at) == (engagement.provider_id, local("2026-12-01 20:22"))
    assert OpenEnd.objects.filter(kind=EndKind.NEXT_STEP, closed_at=None).count() == 1


def test_next_step_can_be_handed_over_within_a_state(world: World) -> None:
    engagement = qualified(world)
    at = local("2026-12-01 20:05")
    told(
        engagement.pk,
        lambda e: steps.next_step(e, "Accept the forensic fee", side=Side.CLIENT, role=Role.APPROVER, at=at),
        at,
    )
    assert next_steps(engagement) == [("Accept the forensic fee", Role.APPROVER)]


def test_move_that_is_not_listed_leaves_no_trace(world: World) -> None:
    engagement = qualified(world)
    with refused("wrong_state"):
        moved(engagement.pk, S.RESTORED, MORNING)


# ------------------------------------------------------------------------------------------ restored and back


def test_disputed_restoration_runs_on_without_a_gap(world: World) -> None:
    engagement = restored(world)
    back = moved(engagement.pk, S.IN_PROGRESS, local("2026-12-02 07:25"))
    assert back.restored_at is None
    at = local("2026-12-02 07:40")
    assert clocks(back, at)[K.RESTORE].elapsed == timedelta(minutes=601 + 75)
    meter = queries.meter(back, at)
    assert meter is not None
    assert meter.total == Money.of("7200.00", "USD")  # 12 h since 19:40
    assert clocks(back, at)[K.UPDATE].elapsed == timedelta(minutes=15)
    assert [one.verdict for one in queries.obligations(back, at)] == [V.RUNNING]


def test_refused_acceptance_keeps_the_restoration(world: World) -> None:
    engagement = restored(world)
    moved(engagement.pk, S.RESOLVED, local("2026-12-02 07:00"))
    back = moved(engagement.pk, S.IN_PROGRESS, local("2026-12-02 08:00"))
    assert (back.restored_at, back.resolved_at) == (local("2026-12-02 06:25"), None)


def test_fix_within_the_diagnosis_voids_what_was_not_needed(world: World) -> None:
    engagement = moved(diagnosing(world).pk, S.RESTORED, local("2026-12-01 21:00"))
    read = clocks(engagement)
    assert read[K.ONSITE].verdict is V.VOID
    assert (read[K.RESTORE].verdict, read[K.RESTORE].elapsed) == (V.MET, timedelta(minutes=68))


def test_report_and_invoice_are_open_ends_that_block_closing(world: World) -> None:
    engagement = restored(world)
    moved(engagement.pk, S.RESOLVED, local("2026-12-02 07:00"))
    moved(engagement.pk, S.ACCEPTED, local("2026-12-02 08:00"))
    ends = {end.kind for end in queries.open_ends(engagement) if end.blocks_close}
    assert ends == {EndKind.REPORT, EndKind.INVOICE}


# ------------------------------------------------------------------------------------------ contact, arrival


def test_contact_stops_engage_and_an_open_ack(world: World) -> None:
    engagement = acknowledged(world)
    clock = Clock.objects.get(kind=K.ENGAGE)
    at = local("2026-12-01 20:10")
    told(engagement.pk, lambda e: steps.contacted(e, at), at)
    told(engagement.pk, lambda e: steps.contacted(e, at + timedelta(hours=1)), at)
    clock.refresh_from_db()
    engagement.refresh_from_db()
    assert (clock.stopped_at, engagement.contacted_at) == (at, at)


def test_arrival_without_a_call_is_contact_too(world: World) -> None:
    engagement = qualified(world)
    at = local("2026-12-01 21:00")
    arrived = told(engagement.pk, lambda e: steps.arrived(e, at), at)
    assert (arrived.contacted_at, arrived.arrived_at) == (at, at)
    read = clocks(arrived)
    assert (read[K.ENGAGE].stopped_at, read[K.ONSITE].stopped_at) == (at, at)


def test_remote_engagement_has_no_onsite_clock(world: World) -> None:
    assert K.ONSITE not in clocks(calm(world, onsite_needed=False))


# ------------------------------------------------------------------------------------------ open ends


def test_open_end_is_opened_once_and_closed_by_subject(world: World) -> None:
    engagement = qualified(world)
    client, at = engagement.client_id, local("2026-12-01 20:05")

    def seat(subject: str, role: Role) -> None:
        told(
            engagement.pk,
            lambda e: steps.open_end(
                e, EndKind.SEAT, "Decide", organisation_id=client, role=role, subject=subject, at=at
            ),
            at,
        )

    for _ in range(2):
        seat("round/1/it", Role.APPROVER)
    seat("round/1/risk", Role.DATA_OWNER)
    seats = OpenEnd.objects.filter(kind=EndKind.SEAT, closed_at=None)
    assert seats.count() == 2
    told(engagement.pk, lambda e: steps.close_end(e, EndKind.SEAT, subject="round/1/it", at=at), at)
    assert [end.subject for end in seats.all()] == ["round/1/risk"]
    told(engagement.pk, lambda e: steps.close_end(e, EndKind.SEAT, at=at), at)
    assert not seats.exists()


# ------------------------------------------------------------------------------------------ forensic fee


@pytest.mark.parametrize(
    ("begun", "amount", "words"),
    [
        ("2026-12-01 22:40", "675.00", "$450.00 x 1.5, begun outside business hours"),
        ("2026-12-02 10:00", "450.00", "$450.00 begun in business hours"),
        ("2026-12-06 10:00", "675.00", "$450.00 x 1.5, begun outside business hours"),  # Sunday: once, not twice
    ],
)
def test_fee_is_charged_once_by_when_diagnosis_began(world: World, begun: str, amount: str, words: str) -> None:
    engagement = qualified(world)
    at = local(begun)
    told(engagement.pk, lambda e: steps.charge_fee(e, at), at)
    told(engagement.pk, lambda e: steps.charge_fee(e, MORNING), MORNING)
    fee = queries.fee(engagement)
    assert (fee.charged, fee.charged_reason, fee.started_at) == (Money.of(amount, "USD"), words, at)


def test_fee_that_nobody_accepted_is_never_charged(world: World) -> None:
    engagement = calm(
        world,
        who="hana",
        asset_id=world.assets["clinic-host"].pk,
        site_id=world.sites["Lakeside clinic"].pk,
    )
    assert queries.fee(engagement).accepted_at is None
    with refused("fee_not_accepted"):
        told(engagement.pk, lambda e: steps.charge_fee(e, MORNING), MORNING)
    told(engagement.pk, lambda e: steps.accept_fee(e, FeeAccepted.APPROVED, at=MORNING), MORNING)
    with refused("fee_already_accepted"):
        told(engagement.pk, lambda e: steps.accept_fee(e, FeeAccepted.APPROVED, at=MORNING), MORNING)
    assert queries.fee(engagement).accepted_how == FeeAccepted.APPROVED
    assert EndKind.FEE not in {end.kind for end in queries.open_ends(engagement)}
