"""The engagement of S1 as reported, which every round here is about."""

from collections.abc import Iterator

import pytest

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests.makers import World, local
from tests.makers_incidents import reported


@pytest.fixture(autouse=True)
def _story_time() -> Iterator[None]:
    """The clock stands in S1's night: roles, grants and logs are read there."""
    with clock.set_to(local("2026-12-02 01:15")):
        yield


@pytest.fixture
def engagement(world: World) -> Engagement:
    """Northgate's P1 with a dated obligation 24 hours after the outage began."""
    return reported(world)
