"""A program reads every interval of a vendor's promise and recomputes from them when it is due."""

from datetime import datetime
from typing import Any

import pytest

from breakfix.kernel import clock
from breakfix.liaison.actions import cases, claims
from breakfix.liaison.values import Basis, Days, PromiseGiven
from tests import makers
from tests import makers_liaison as make
from tests.api.conftest import problem_of
from tests.incidents.by_hand import recompute
from tests.makers import local
from tests.makers_incidents import qualified

pytestmark = pytest.mark.django_db
DUE = local("2026-12-02 13:00")


def test_due_instant_of_a_vendor_follows_from_its_answer(program: Any) -> None:
    """Five hours of theirs, promised after they closed: from eight to one on the next day."""
    world = makers.world()
    case = make.opened(world, qualified(world))
    hours: dict[str, Any] = {"days": Days.WEEKDAYS, "opens": "08:00", "closes": "18:00", "zone": "America/New_York"}
    dana = world.actor("dana")
    claims.note_vendor_terms(case.pk, source="Schedule C", **hours, by=dana, at=make.OPENED)
    made = [
        PromiseGiven("A splicer", within_minutes=300, basis=Basis.HOURS),
        PromiseGiven("A call back", within_minutes=1200),
    ]
    make.spoken(world, case, promises_made=made)
    # Stated otherwise afterwards: what was promised before stays measured as it was.
    claims.note_vendor_terms(case.pk, source="Schedule D", by=dana, at=make.NEXT)

    def read(at: datetime) -> list[dict[str, Any]]:
        with clock.set_to(at):
            whole = program("rita").get(f"/vendor-cases/{case.pk}").json()
            listed = program("rita").get(f"/vendor-cases/{case.pk}/promises").json()["items"]
        assert sorted(listed, key=lambda one: one["id"]) == sorted(whole["promises"], key=lambda one: one["id"])
        assert whole["reference"] == "4471-A"
        promised: list[dict[str, Any]] = whole["promises"]
        for one in promised:
            why = one["derivation"]
            elapsed, due = recompute(why)
            assert due is not None
            assert datetime.fromisoformat(due) == datetime.fromisoformat(why["due_at"])
            assert why["due_at"] == one["until"]
            assert elapsed == why["elapsed_seconds"]
            assert abs(why["target_seconds"] - elapsed) // 60 == one["minutes"]
        return promised

    splicer, back = read(local("2026-12-02 10:00"))
    assert datetime.fromisoformat(splicer["until"]) == DUE
    assert splicer["derivation"]["calendar"]["hours"]["wed"] == [["08:00", "18:00"]]
    assert [one["reason"] for one in splicer["derivation"]["stretches"]] == ["outside hours", "counted"]
    assert (splicer["derivation"]["target_seconds"], splicer["derivation"]["elapsed_seconds"]) == (18000, 7200)
    assert back["derivation"]["calendar"]["always"]
    late, _ = read(local("2026-12-02 14:00"))
    assert (late["verdict"], late["minutes"], late["derivation"]["ahead"]) == ("broken", 60, [])
    at = local("2026-12-02 15:00")
    cases.keep_vendor_promise(case.pk, promise_id=splicer["id"], kept_at=local("2026-12-02 12:30"), by=dana, at=at)
    kept, _ = read(local("2026-12-03 09:00"))
    assert (kept["verdict"], kept["minutes"], kept["derivation"]["elapsed_seconds"]) == ("kept", 30, 16200)
    assert problem_of(program("hana").get(f"/vendor-cases/{case.pk}"))[0] == 404
