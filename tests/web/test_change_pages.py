"""The change: planned, let through by two, reviewed, each through its page."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from breakfix.changes import queries
from breakfix.changes.models import Change
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from tests import makers_changes, makers_work
from tests.makers import World, local
from tests.web.typing_in import confirmed, typed

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


@pytest.fixture(name="now")
def _now() -> Iterator[datetime]:
    with clock.set_to(makers_changes.PROPOSED):
        yield makers_changes.PROPOSED


def plan(**given: Any) -> dict[str, str]:
    sent = {**typed(**{**makers_changes.PLAN, **given})}
    return {name: value for name, value in sent.items() if not name.endswith("-mandatory")}


def status(change: Change) -> str:
    return queries.get_change(change.pk, SYSTEM).status


def test_plan_is_put_before_the_client(world: World, now: datetime, sign_in: SignIn, forms: Forms) -> None:
    engagement, tom = makers_changes.ready(world), sign_in("tom")
    path = f"/engagements/{engagement.pk}/change"
    assert f'href="{path}"' in tom.get(f"/engagements/{engagement.pk}").content.decode()
    form = forms(tom.get(path))["propose_change"]
    done = tom.post(form["action"], {**form["fields"], **plan()})
    change = Change.objects.get()
    assert (done.status_code, done["Location"]) == (303, f"/changes/{change.pk}")
    assert (change.status, change.risk_score, len(change.steps)) == ("ASSESSED", 13, 5)
    assert "02:00 + 4:30 + 1:00 = 07:30 &lt;= 09:00" in tom.get(done["Location"]).content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"window_end": local("2026-12-02 05:00")}, "window_end"),
        ({"rollback_minutes": 0}, "rollback_minutes"),
        ({"reason": ""}, "reason"),
    ],
)
def test_plan_that_cannot_be_is_refused_and_kept(
    world: World, now: datetime, sign_in: SignIn, forms: Forms, given: dict[str, Any], field: str
) -> None:
    engagement = makers_changes.ready(world)
    sent = plan(**given)
    again = sign_in("tom").post(f"/engagements/{engagement.pk}/change/propose_change", sent)
    assert again.status_code in {409, 422}
    assert f'id="propose_change-{field}-fault"' in again.content.decode()
    fields = forms(again)["propose_change"]["fields"]
    assert fields["steps-4-name"] == makers_changes.STEPS[4].name
    assert fields["rollback-1"] == "Write the images back to the original drives"
    assert not Change.objects.exists()


def test_two_let_it_through(world: World, now: datetime, sign_in: SignIn, forms: Forms) -> None:
    change = makers_changes.proposed(world)
    path = f"/changes/{change.pk}"
    for who, after in (("chas", "ASSESSED"), ("seth", "APPROVED")):
        browser = sign_in(who)
        form = forms(browser.get(path))["approve_change"]
        assert form["fields"]["shown_sha256"] == change.sha256
        assert browser.post(form["action"], confirmed(form)).status_code == 303
        assert status(change) == after
        assert "approve_change" not in forms(browser.get(path))
    twice = sign_in("chas").post(form["action"], confirmed(form))
    assert (twice.status_code, "already been approved" in twice.content.decode()) == (409, True)


def test_rejection_is_refused_without_a_word_and_ends_the_change_with_one(
    world: World, now: datetime, sign_in: SignIn, forms: Forms
) -> None:
    change, seth = makers_changes.proposed(world), sign_in("seth")
    form = forms(seth.get(f"/changes/{change.pk}"))["reject_change"]
    assert seth.post(form["action"], confirmed(form)).status_code == 422
    wrong = seth.post(form["action"], {**confirmed(form, reason="Not tonight."), "shown_sha256": "0" * 64})
    assert (wrong.status_code, "Not tonight." in wrong.content.decode()) == (409, True)
    assert seth.post(form["action"], confirmed(form, reason="Not tonight.")).status_code == 303
    assert status(change) == "REJECTED"


@pytest.mark.parametrize(("who", "code"), [("rita", 200), ("dana", 200), ("charlie", 404), ("cal", 404)])
def test_change_is_decided_by_nobody_else(
    world: World, now: datetime, sign_in: SignIn, forms: Forms, who: str, code: int
) -> None:
    change = makers_changes.proposed(world)
    shown = sign_in(who).get(f"/changes/{change.pk}")
    assert (shown.status_code, forms(shown)) == (code, {})


def test_only_the_provider_plans(world: World, now: datetime, sign_in: SignIn) -> None:
    engagement = makers_changes.ready(world)
    path = f"/engagements/{engagement.pk}/change"
    assert (sign_in("rita").get(path).status_code, sign_in("charlie").get(path).status_code) == (403, 404)


def test_change_is_reviewed_and_closed(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_work.resolved(world)
    change = queries.changes_of(engagement)[0]
    with clock.set_to(local("2026-12-03 10:00")):
        chas, path = sign_in("chas"), f"/changes/{change.pk}"
        form = forms(chas.get(path))["review_change"]
        assert chas.post(form["action"], form["fields"]).status_code == 422
        sent = {**form["fields"], "ending": "rolled_back", "findings": "All steps in time."}
        differs = chas.post(form["action"], sent)
        assert (differs.status_code, "All steps in time." in differs.content.decode()) == (409, True)
        assert chas.post(form["action"], {**sent, "ending": "as_planned"}).status_code == 303
        assert status(change) == "CLOSED"
        assert "All steps in time." in chas.get(path).content.decode()


def test_normal_change_is_assessed_first_and_its_window_extended(
    world: World, now: datetime, sign_in: SignIn, forms: Forms
) -> None:
    window: dict[str, Any] = {"window_start": local("2026-12-08 02:00"), "window_end": local("2026-12-08 09:00")}
    change = makers_changes.proposed(world, kind=makers_changes.Kind.NORMAL, **window)
    chas, path = sign_in("chas"), f"/changes/{change.pk}"
    form = forms(chas.get(path))["assess_change"]
    scores = {f"risk-{name}": "1" for name in ("complexity", "impact", "rollback", "tests", "recent_changes")}
    assert chas.post(form["action"], {**form["fields"], **scores}).status_code == 303
    form = forms(chas.get(path))["approve_change"]
    assert chas.post(form["action"], confirmed(form)).status_code == 303
    assert status(change) == "APPROVED"
    form = forms(chas.get(path))["extend_window"]
    longer = typed(window_end=local("2026-12-08 11:00"), reason="The courier is late.")
    assert chas.post(form["action"], {**form["fields"], **longer}).status_code == 303
    assert "extended: The courier is late." in chas.get(path).content.decode()


def test_desk_waits_for_the_window_on_the_page_of_the_change(world: World, sign_in: SignIn, forms: Forms) -> None:
    with clock.set_to(makers_changes.SECOND):
        change, dana = makers_changes.approved(world), sign_in("dana")
        page = f"/changes/{change.pk}"
        assert "wait_for_window" not in forms(sign_in("chas").get(page))
        form = forms(dana.get(page))["wait_for_window"]
        assert dana.post(form["action"], {**form["fields"], "note": "All is laid out"}).status_code == 303
        assert "wait_for_window" not in forms(dana.get(page))
        shown = dana.get(f"/engagements/{change.engagement_id}").content.decode()
    assert "Waiting for the change window" in shown
    assert change.number in shown
