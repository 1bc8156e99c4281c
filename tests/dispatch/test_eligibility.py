"""Who may go, through the planned end of work, and the sentence for everybody who may not (domain.md §4.6, R13)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from breakfix.dispatch.rules.eligibility import displaced, eligibility, lane_of
from breakfix.dispatch.values import Lane
from breakfix.roster.values import Clear, ClearanceKind, Validity, Working
from tests.dispatch.bench import CLEAR, CLIENT, booked, candidate, held, job
from tests.makers import local

ROUTER = {"domain": "NET-CORE", "certificates": (("CCNA",),), "lane": Lane.STANDARD}
WINDOW = ("2026-12-12 22:00", "2026-12-13 02:00")


def test_eligibility_is_free_of_reasons_when_all_holds() -> None:
    assert eligibility(candidate(1), job()) == []


def test_eligibility_ends_with_a_certificate_that_ends_before_the_work() -> None:
    """T-R2: valid through today, work planned to 01:00."""
    ana = candidate(1, certificates=(held("Server+", "2026-12-01"),))
    late = job("2026-12-01 20:00", "2026-12-02 01:00")
    assert eligibility(ana, late) == ["Server+ expires 2026-12-01, work ends 12-02 01:00"]
    assert eligibility(ana, job("2026-12-01 20:00", "2026-12-02 00:00")) == []


def test_eligibility_names_both_dates_of_the_router_window() -> None:
    """S4: planned on 12-07; a renewal that the issuer verified makes her eligible again."""
    dee = candidate(
        1,
        domains=frozenset({"NET-CORE"}),
        emergency_roster=False,
        certificates=(held("CCNA", "2026-12-11"),),
    )
    window = job(*WINDOW, at=local("2026-12-07 10:00"), **ROUTER)
    assert eligibility(dee, window) == ["CCNA expires 2026-12-11, work ends 12-13 02:00"]
    renewed = replace(dee, certificates=(held("CCNA", "2026-12-11"), held("CCNA", "2029-12-10")))
    assert eligibility(renewed, window) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"domains": frozenset({"SW-DB"})}, "not skilled in HW-RAID"),
        ({"level": 1}, "level 1, this work needs level 2"),
        ({"certificates": ()}, "Server+ is not held"),
        ({"clearances": CLEAR[:1]}, "no nda for this client"),
        ({"clearances": (CLEAR[0], Clear(ClearanceKind.NDA, CLIENT + 1))}, "no nda for this client"),
        ({"shifts": ()}, "neither on shift nor on call when the work starts"),
        (
            {"shifts": (Working(local("2026-12-01 18:00"), local("2026-12-02 06:00"), on_call=True),)},
            "the shift ends before the planned end of work",
        ),
        (
            {"bookings": (booked("2026-12-02 04:00", "2026-12-02 08:00", Lane.EMERGENCY),)},
            "booked elsewhere from 12-02 04:00 to 12-02 08:00",
        ),
    ],
)
def test_eligibility_gives_the_reason(given: dict[str, Any], reason: str) -> None:
    assert eligibility(candidate(1, **given), job()) == [reason]


def test_eligibility_accepts_any_certificate_of_a_group() -> None:
    either = job(certificates=(("Server+", "HPE-ATP"),))
    assert eligibility(candidate(1, certificates=(held("HPE-ATP", "2027-01-01"),)), either) == []
    assert eligibility(candidate(1, certificates=()), either) == ["holds none of Server+, HPE-ATP"]
    stale = candidate(1, certificates=(held("HPE-ATP", "2026-12-01"), held("Server+", "2026-11-30")))
    assert eligibility(stale, either) == [
        "HPE-ATP expires 2026-12-01, work ends 12-02 09:00; Server+ expires 2026-11-30, work ends 12-02 09:00"
    ]


def test_eligibility_asks_the_issuer_about_lifetime_certificates_each_year() -> None:
    lifetime = {"validity": Validity.LIFETIME}
    fresh = held("Server+", "", verified_on=date(2026, 1, 10), **lifetime)
    assert eligibility(candidate(1, certificates=(fresh,)), job()) == []
    assert eligibility(candidate(1, certificates=(held("Server+", "", **lifetime),)), job()) == [
        "Server+ was never verified with the issuer"
    ]


def test_eligibility_counts_a_day_shift_before_the_night_as_duty() -> None:
    tired = candidate(
        1,
        shifts=(
            Working(local("2026-12-01 08:00"), local("2026-12-01 18:00")),
            Working(local("2026-12-01 18:00"), local("2026-12-03 00:00"), on_call=True),
        ),
    )
    [reason] = eligibility(tired, job())
    assert reason.startswith("25.00 h on duty without 10 h of rest")
    rested = replace(tired, shifts=(replace(tired.shifts[0], on_call=True), tired.shifts[1]))
    assert eligibility(rested, job()) == []


def test_eligibility_for_an_emergency_ignores_and_displaces_what_may_wait() -> None:
    """Rulings 3 and §9.6: planned P3 work never stands in the way of a P1."""
    waiting = booked("2026-12-02 08:00", "2026-12-02 12:00", Lane.STANDARD)
    begun = replace(waiting, started=True)
    ordinary = candidate(1, bookings=(waiting,), emergency_roster=False)
    assert eligibility(ordinary, job()) == []
    assert displaced(ordinary, job()) == [waiting]
    busy = replace(ordinary, bookings=(begun,))
    assert eligibility(busy, job()) == ["booked elsewhere from 12-02 08:00 to 12-02 12:00"]
    assert displaced(busy, job()) == []
    reserved = replace(busy, emergency_roster=True)
    assert eligibility(reserved, job()) == []
    assert displaced(reserved, job()) == [begun]


def test_eligibility_for_ordinary_work_keeps_one_of_the_emergency_roster_free() -> None:
    ordinary = job(lane=Lane.STANDARD)
    ana, tom = candidate(1, domains=frozenset({"HW-RAID", "DR"})), candidate(2)
    assert eligibility(ana, ordinary, bench=[ana, tom]) == [
        "kept free for emergencies: the last one of the emergency roster for DR"
    ]
    assert eligibility(tom, ordinary, bench=[ana, tom]) == []
    taken = replace(ana, bookings=(booked("2026-12-02 01:00", "2026-12-02 02:00", Lane.EMERGENCY),))
    assert eligibility(tom, ordinary, bench=[taken, tom]) == [
        "kept free for emergencies: the last one of the emergency roster for HW-RAID"
    ]


def test_eligibility_takes_a_booking_that_ends_as_the_work_starts() -> None:
    before = candidate(1, bookings=(booked("2026-12-01 19:00", "2026-12-01 20:05", Lane.EMERGENCY),))
    assert eligibility(before, job()) == []


@pytest.mark.parametrize(("priority", "lane"), [("P1", "emergency"), ("P2", "emergency"), ("P3", "standard")])
def test_eligibility_gives_p1_and_p2_a_lane_of_their_own(priority: str, lane: str) -> None:
    assert lane_of(priority) == lane
