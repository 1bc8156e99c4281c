"""What the packaged table and the database hold by themselves."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from breakfix.dispatch import queries
from breakfix.dispatch.models import Booking
from breakfix.dispatch.rules import travel
from breakfix.roster.queries import catalogue
from breakfix.roster.values import Domain
from tests.makers import World, local
from tests.makers_dispatch import sent
from tests.makers_incidents import qualified


def test_requirements_name_every_domain_and_only_known_certificates() -> None:
    table = queries.requirements()
    assert set(table) == {domain.value for domain in Domain}
    known = {row.code for row in catalogue()}
    for needs in table.values():
        assert 1 <= needs.level <= 4
        assert needs.at_level(needs.level)
        assert {code for _, codes in needs.groups for code in codes} <= known


@pytest.mark.parametrize(
    ("domain", "level", "code", "counts"),
    [
        ("HW-RAID", 3, "Server+", True),
        ("HW-RAID", 3, "A+", False),
        ("HW-RAID", 2, "A+", True),
        ("NET-CORE", 2, "CCNA", True),
        ("NET-CORE", 3, "CCNA", False),
        ("SW-DB", 3, "DP-300", True),
        ("SW-DB", 3, "Server+", False),
        ("HW-SRV", 2, "DP-300", False),
    ],
)
def test_requirements_send_who_knows_the_thing(domain: str, level: int, code: str, counts: bool) -> None:
    """D4: hardware to a hardware specialist, a database to a database engineer."""
    groups = queries.requirements()[domain].at_level(level)
    assert all(code in group for group in groups) is counts


def test_travel_is_the_way_by_road_rounded_up() -> None:
    newark, front_street = (local_place("40.735700", "-74.172400"), local_place("40.702500", "-74.009700"))
    minutes, words = travel.by_coordinates(newark, front_street)
    assert (minutes, words) == (16, "8.8 mi x 1.3 at 45 mph: 16 min")
    assert travel.by_coordinates(newark, newark)[0] == 0
    assert travel.minutes_for(0.01) == 1
    assert travel.minutes_for(45) == 60
    assert travel.by_distance(local_place("60.0", "0")[0]) == (80, "60.0 mi at 45 mph: 80 min")


def local_place(latitude: str, longitude: str) -> travel.Place:
    return Decimal(latitude), Decimal(longitude)


@pytest.mark.postgres
@pytest.mark.tampers
def test_bookings_of_one_technician_cannot_overlap_in_the_database(world: World) -> None:
    booking = sent(world, qualified(world))
    twin = {
        "technician": booking.technician,
        "engagement": booking.engagement,
        "dispatch": booking.dispatch,
        "lane": "standard",
        "priority": "P4",
        "grounds": "straight into the table",
    }
    with pytest.raises(IntegrityError, match="booking_no_overlap"), transaction.atomic():
        Booking.objects.create(starts_at=local("2026-12-02 08:59"), ends_at=local("2026-12-02 12:00"), **twin)
    Booking.objects.create(starts_at=booking.ends_at, ends_at=local("2026-12-02 12:00"), **twin)
    released = local("2026-12-02 01:00")
    Booking.objects.create(starts_at=booking.starts_at, ends_at=booking.ends_at, released_at=released, **twin)
