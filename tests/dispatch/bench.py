"""Technicians and jobs for the pure rules: everything that is not given is in order."""

from datetime import date
from decimal import Decimal
from typing import Any

from breakfix.dispatch.values import Candidate, Continuity, Eta, Job, Lane, Presence
from breakfix.roster.values import Clear, ClearanceKind, Held, Validity, Working
from tests.makers import local

CLIENT = 30
CLEAR = (Clear(ClearanceKind.BACKGROUND, CLIENT), Clear(ClearanceKind.NDA, CLIENT))


def held(code: str, until: str, verified_on: date | None = None, **given: Any) -> Held:
    """A fixed-term certificate that ends with this day."""
    return Held(
        code=code,
        validity=given.pop("validity", Validity.FIXED_TERM),
        issued_on=date(2024, 1, 2),
        valid_until=date.fromisoformat(until) if until else None,
        verified_on=verified_on,
        **given,
    )


def booked(start: str, end: str, lane: Lane, started: bool = False, booking_id: int = 1) -> Presence:
    return Presence(booking_id, local(start), local(end), lane, started)


def candidate(technician_id: int, **given: Any) -> Candidate:
    usual: dict[str, Any] = {
        "level": 2,
        "domains": frozenset({"HW-RAID"}),
        "certificates": (held("Server+", "2027-12-31"),),
        "clearances": CLEAR,
        "shifts": (Working(local("2026-11-01 00:00"), local("2027-01-31 00:00"), on_call=True),),
        "bookings": (),
        "emergency_roster": True,
        "eta": Eta(30, "driving"),
        "continuity": Continuity.NEW,
        "successes": 0,
        "jobs": 0,
        "hourly_cost": 6000,
    }
    return Candidate(technician_id=technician_id, **{**usual, **given})


def job(start: str = "2026-12-01 20:05", end: str = "2026-12-02 09:00", **given: Any) -> Job:
    usual: dict[str, Any] = {
        "domain": "HW-RAID",
        "lane": Lane.EMERGENCY,
        "client_id": CLIENT,
        "zone": "America/New_York",
        "at": local(start),
        "level": 2,
        "certificates": (("Server+",),),
        "accepted_versions": {},
        "verified_for_months": 12,
        "clearances": ("background", "nda"),
        "minimum_rest_hours": Decimal(10),
        "maximum_duty_hours": Decimal(14),
    }
    return Job(start=local(start), end=local(end), **{**usual, **given})
