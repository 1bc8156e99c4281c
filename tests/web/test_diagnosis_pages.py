"""The root cause and the flat fee through their pages."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from breakfix.diagnosis.models import RootCause
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import desk
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers_diagnosis
from tests.makers import World, local
from tests.makers_incidents import reported
from tests.people import actor
from tests.web.typing_in import confirmed, typed

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


@pytest.fixture(name="now")
def _now() -> Iterator[datetime]:
    with clock.set_to(makers_diagnosis.REVIEWED):
        yield makers_diagnosis.REVIEWED


def test_root_cause_is_drafted_read_and_issued(world: World, now: datetime, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_diagnosis.completed(world)
    tom, rex, path = sign_in("tom"), sign_in("rex"), f"/engagements/{engagement.pk}/root-cause"
    assert f'href="{path}"' in tom.get(f"/engagements/{engagement.pk}").content.decode()
    form = forms(tom.get(path))["draft_root_cause"]
    done = tom.post(form["action"], {**form["fields"], **typed(**makers_diagnosis.CAUSE)})
    cause = RootCause.objects.get()
    assert (done.status_code, done["Location"]) == (303, f"/root-causes/{cause.pk}")
    assert cause.findings[0] == {"what": "The fault stays with the controller.", "items": ["swap-test", "event-log"]}
    assert tom.post(f"/root-causes/{cause.pk}/issue_root_cause").status_code == 409
    assert sign_in("rita").get(f"/root-causes/{cause.pk}").status_code == 404
    form = forms(rex.get(f"/root-causes/{cause.pk}"))["review_root_cause"]
    assert rex.post(form["action"], {**form["fields"], "verdict": "send_back"}).status_code == 422
    assert rex.post(form["action"], {**form["fields"], "verdict": "agree"}).status_code == 303
    form = forms(tom.get(f"/root-causes/{cause.pk}"))["issue_root_cause"]
    assert tom.post(form["action"], form["fields"]).status_code == 303
    assert tom.post(form["action"], form["fields"]).status_code == 409
    shown = sign_in("rita").get(f"/root-causes/{cause.pk}").content.decode()
    assert "92 %" in shown
    assert "Controller hardware fault" in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"confidence": "0.4"}, 'id="draft_root_cause-confidence-fault"'),
        ({"confidence": "sure"}, 'id="draft_root_cause-confidence-fault"'),
        ({"findings-0-items-0": "seance"}, "Nothing is on record for seance"),
        ({"timeline-0-at": "2027-01-01T00:00"}, 'id="draft_root_cause-timeline-0-at-fault"'),
        ({"limits": ""}, 'id="draft_root_cause-limits-fault"'),
    ],
)
def test_root_cause_that_does_not_hold_is_refused_and_kept(
    world: World, now: datetime, sign_in: SignIn, forms: Forms, given: dict[str, str], words: str
) -> None:
    engagement = makers_diagnosis.completed(world)
    sent = typed(**makers_diagnosis.CAUSE) | given
    again = sign_in("tom").post(f"/engagements/{engagement.pk}/root-cause/draft_root_cause", sent)
    assert again.status_code in {409, 422}
    assert words in again.content.decode()
    fields = forms(again)["draft_root_cause"]["fields"]
    assert (fields["excluded-1-cause"], fields["options-1-what"][:4]) == ("Power", "Take")
    assert not RootCause.objects.exists()


def test_root_cause_sent_back_is_written_anew_from_what_stood_there(
    world: World, now: datetime, sign_in: SignIn, forms: Forms
) -> None:
    cause = makers_diagnosis.drafted(world)
    tom, rex = sign_in("tom"), sign_in("rex")
    form = forms(rex.get(f"/root-causes/{cause.pk}"))["review_root_cause"]
    assert rex.post(form["action"], {"verdict": "send_back", "note": "Swap the cable too."}).status_code == 303
    panel = tom.get(f"/engagements/{cause.engagement_id}").content.decode()
    assert "Swap the cable too." in panel
    shown = tom.get(f"/engagements/{cause.engagement_id}/root-cause")
    fields = forms(shown)["draft_root_cause"]["fields"]
    assert (fields["failure_mode"], fields["confidence"]) == (cause.failure_mode, "0.92")
    assert "swap-test" in {value for name, value in fields.items() if name.startswith("findings-0-items-")}
    assert fields["timeline-0-at"] == "2026-12-01T19:41"


@pytest.mark.parametrize(("who", "code"), [("dana", 403), ("rita", 403), ("charlie", 404), ("cleo", 404)])
def test_only_the_engineer_writes_it(world: World, now: datetime, sign_in: SignIn, who: str, code: int) -> None:
    engagement = makers_diagnosis.completed(world)
    assert sign_in(who).get(f"/engagements/{engagement.pk}/root-cause").status_code == code


@pytest.fixture(name="clinic")
def _clinic(world: World) -> Engagement:
    """A clinic's failure, qualified; its agreement accepts no fee in advance."""
    made = reported(world, who="hana", asset_id=None, site_id=world.sites["Lakeside clinic"].pk)
    desk.acknowledge(made.pk, callback="+1 201 555 0170", by=actor("dana"), at=local("2026-12-01 20:01"))
    return desk.qualify(made.pk, by=actor("dana"), at=local("2026-12-01 20:04"))


def test_fee_is_accepted_through_the_page(clinic: Engagement, sign_in: SignIn, forms: Forms) -> None:
    charlie, path = sign_in("charlie"), f"/engagements/{clinic.pk}/fee"
    assert f'href="{path}"' in charlie.get(f"/engagements/{clinic.pk}").content.decode()
    form = forms(charlie.get(path))["approve_forensic_fee"]
    assert form["fields"]["shown_amount"] == "675.00"
    assert charlie.post(form["action"], confirmed(form, password="wrong")).status_code == 422
    assert charlie.post(form["action"], confirmed(form, shown_amount="450.00")).status_code == 409
    assert charlie.post(form["action"], confirmed(form)).status_code == 303
    assert incidents.fee(clinic).accepted_at is not None
    assert charlie.post(form["action"], confirmed(form)).status_code == 409
    assert forms(charlie.get(path)) == {}


def test_fee_is_nobody_elses_to_decide(clinic: Engagement, sign_in: SignIn, forms: Forms) -> None:
    path = f"/engagements/{clinic.pk}/fee"
    assert forms(sign_in("hana").get(path)) == {}
    assert sign_in("alice").get(path).status_code == 404
