"""How long it takes to get there, from coordinates, with every figure printed."""

from decimal import Decimal
from math import asin, ceil, cos, radians, sin, sqrt

EARTH_MILES = 3958.8
# Roads are longer than the straight line, and a city is slower than a motorway: our defaults from practice.
DETOUR, MILES_PER_HOUR = 1.3, 45

Place = tuple[Decimal, Decimal]


def straight_miles(start: Place, end: Place) -> float:
    """Great-circle distance of two (latitude, longitude) in miles."""
    (lat1, lon1), (lat2, lon2) = ((radians(float(x)), radians(float(y))) for x, y in (start, end))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_MILES * asin(min(1.0, sqrt(half)))


def minutes_for(miles: float) -> int:
    """Driving time in whole minutes, rounded up."""
    return ceil(miles * 60 / MILES_PER_HOUR)


def by_coordinates(start: Place, end: Place) -> tuple[int, str]:
    """Minutes and their derivation."""
    straight = straight_miles(start, end)
    road = straight * DETOUR
    minutes = minutes_for(road)
    return minutes, f"{straight:.1f} mi x {DETOUR} at {MILES_PER_HOUR} mph: {minutes} min"


def by_distance(miles: Decimal) -> tuple[int, str]:
    """Minutes and their derivation, where only the distance by road is known."""
    minutes = minutes_for(float(miles))
    return minutes, f"{miles} mi at {MILES_PER_HOUR} mph: {minutes} min"
