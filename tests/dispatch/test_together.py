"""An emergency takes an engineer while others work on the visit it pushes aside (PostgreSQL)."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from breakfix.dispatch.models import Booking
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.kernel.access import SYSTEM
from tests.dispatch.test_dispatching import planned_p4
from tests.makers import World, world
from tests.makers_dispatch import DISPATCHED, sent
from tests.makers_incidents import qualified
from tests.together import both

pytestmark = pytest.mark.postgres


def scene() -> tuple[World, Engagement, Booking, Engagement]:
    made = world()
    calm, waiting = planned_p4(made)
    return made, calm, waiting, qualified(made)


def test_emergency_waits_for_whoever_works_on_the_engagement_it_pushes_aside(transactional_db: None) -> None:
    """It holds neither the engineer nor the booking meanwhile: who works there may need them next."""
    made, calm, waiting, urgent = scene()
    held: list[str] = []

    def impatient() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        try:
            with CaptureQueriesContext(connection) as asked:
                sent(made, urgent)
        finally:
            held.extend(one["sql"] for one in asked if "FOR UPDATE" in one["sql"])

    with transaction.atomic():
        incidents.lock_engagement(calm.pk, SYSTEM)
        assert both(impatient) == ["canceling statement due to lock timeout"]
    assert held
    assert [sql for sql in held if not sql.endswith('FOR UPDATE OF "incidents_engagement"')] == []
    waiting.refresh_from_db()
    assert waiting.is_live
    assert both(lambda: sent(made, urgent)) == ["done"]


def test_displaced_and_cancelled_at_once_asks_nobody_to_send_somebody_else(transactional_db: None) -> None:
    """Whoever comes first: a cancelled engagement waits for its invoice and for nothing else."""
    made, calm, waiting, urgent = scene()
    rita = made.actor("rita")
    said = both(
        lambda: sent(made, urgent),
        lambda: course.cancel_engagement(calm.pk, reason="Found it", by=rita, at=DISPATCHED),
    )
    assert said == ["done", "done"]
    waiting.refresh_from_db()
    assert not waiting.is_live
    steps = OpenEnd.objects.filter(engagement=calm, kind="next_step", closed_at=None)
    assert [one.what for one in steps] == ["Invoice what is due and close"]


def test_two_emergencies_that_want_the_same_engineer_never_wait_for_each_other(transactional_db: None) -> None:
    made, _calm, _waiting, urgent = scene()
    other = qualified(made)
    said = both(lambda: sent(made, urgent), lambda: sent(made, other))
    assert sorted(said) == ["done", "not_eligible"]
    assert Booking.objects.filter(released_at=None).count() == 1
