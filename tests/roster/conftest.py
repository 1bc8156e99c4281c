from datetime import datetime

import pytest

from tests import makers, makers_roster, snapshots
from tests.makers import World


def _staffed(at: datetime) -> World:
    made = makers.small_world(at)
    makers_roster.enrol_roster(made)
    return made


@pytest.fixture
def staffed(db: None) -> World:
    """Organisations, sites, people and the roster; nothing above."""
    return snapshots.once("staffed", _staffed, makers.SET_UP_AT)
