"""Home, the desk, the list, and the page where a failure is reported."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from breakfix.incidents.models import Engagement
from tests import makers_incidents
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]

# The opening scenario as its requester types it (domain.md §8 S1).
TYPED = {
    "title": "Backup server dead in the middle of the archive job",
    "domain": "HW-RAID",
    "outage_started_at": "2026-12-01T19:40",
    "answers-revenue": "normal",
    "answers-people": "from_5",
    "answers-records": "sole_copy",
    "answers-obligation": "dated",
    "answers-harm_within": "within_24h",
    "answers-workaround": "none",
    "answers-trend": "degrading",
    "obligations-0-name": "Archive gap closed within 24 hours",
    "obligations-0-source": "Records policy, section 4",
    "obligations-0-triggered_at": "2026-12-01T19:40",
    "obligations-0-hours": "24",
    "obligations-0-harm": "25000",
    "onsite_needed": "true",
}


def test_report_opens_the_engagement_that_was_typed(world: World, sign_in: SignIn, forms: Forms) -> None:
    rita = sign_in("rita")
    backup = world.assets["backup"]
    form = forms(rita.get(f"/engagements/new?asset={backup.pk}"))["report_failure"]
    fields = {
        **form["fields"],
        **TYPED,
        "asset_id": str(backup.pk),
        "provider_id": str(world.organisation("ironbridge").pk),
    }
    done = rita.post(form["action"], fields)
    engagement = Engagement.objects.get()
    assert (done.status_code, done["Location"]) == (303, f"/engagements/{engagement.pk}")
    assert (engagement.priority, engagement.impact_score, engagement.urgency_score) == ("P1", 51, 85)
    assert engagement.asset == backup
    # What was typed without a zone was New York time.
    assert engagement.outage_started_at == makers_incidents.OUTAGE


def test_report_on_behalf_names_the_requester(world: World, sign_in: SignIn, forms: Forms) -> None:
    dana = sign_in("dana")
    form = forms(dana.get("/engagements/new"))["report_failure"]
    chosen = {"site_id": str(world.sites["Front Street"].pk), "requester_id": str(world.people["rita"].pk)}
    done = dana.post(form["action"], {**form["fields"], **TYPED, **chosen})
    assert done.status_code == 303
    engagement = Engagement.objects.get()
    assert (engagement.requester, engagement.client) == (world.people["rita"], world.organisation("northgate"))


def test_refused_report_keeps_every_answer(world: World, sign_in: SignIn, forms: Forms) -> None:
    rita = sign_in("rita")
    form = forms(rita.get("/engagements/new"))["report_failure"]
    fields = {
        **form["fields"],
        **TYPED,
        "site_id": str(world.sites["Front Street"].pk),
        "provider_id": str(world.organisation("ironbridge").pk),
        "outage_started_at": "2026-12-02T19:40",
        "obligations-1-name": "Second duty",
    }
    refused = rita.post(form["action"], fields)
    assert refused.status_code in (409, 422)
    assert not Engagement.objects.exists()
    page = refused.content.decode()
    assert 'value="2026-12-02T19:40"' in page
    assert 'value="Second duty"' in page
    assert 'value="sole_copy" checked' in page
    assert "Backup server dead" in page


def test_report_offers_not_known_yet_to_the_desk_only(world: World, sign_in: SignIn) -> None:
    assert b'value="unknown"' in sign_in("dana").get("/engagements/new").content
    assert b'value="unknown"' not in sign_in("rita").get("/engagements/new").content


def test_report_is_not_for_approvers(world: World, sign_in: SignIn) -> None:
    assert sign_in("alice").get("/engagements/new").status_code == 403


def test_report_does_not_offer_assets_of_others(world: World, sign_in: SignIn) -> None:
    clinic = world.assets["clinic-host"]
    shown = sign_in("rita").get(f"/engagements/new?asset={clinic.pk}").content.decode()
    assert clinic.name not in shown


def test_home_puts_what_needs_me_first(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    home = sign_in("dana").get("/").content.decode()
    assert "1 thing needs you" in home
    assert f'href="/engagements/{engagement.pk}"' in home
    assert "Nothing needs you" in sign_in("alice").get("/").content.decode()
    assert engagement.title not in sign_in("charlie").get("/").content.decode()


def test_desk_keeps_the_standard_lane_below_the_emergency(world: World, sign_in: SignIn) -> None:
    calm = makers_incidents.calm(world, title="One branch is slow")
    urgent = makers_incidents.reported(world, title="Archive job died")
    desk = sign_in("dana").get("/desk").content.decode()
    assert desk.index(urgent.title) < desk.index("Standard lane") < desk.index(calm.title)


def test_desk_lanes_are_not_sent_again_while_nothing_changed(world: World, sign_in: SignIn) -> None:
    makers_incidents.reported(world)
    dana = sign_in("dana")
    first = dana.get("/desk/lanes")
    assert first.status_code == 200
    assert dana.get("/desk/lanes", headers={"if-none-match": first["ETag"]}).status_code == 304
    makers_incidents.calm(world)
    assert dana.get("/desk/lanes", headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(("address", "questions"), [("/", 20), ("/desk", 18), ("/engagements", 14)])
def test_lists_ask_the_same_number_of_questions_for_one_and_three(
    world: World, sign_in: SignIn, django_assert_num_queries: Any, address: str, questions: int
) -> None:
    dana = sign_in("dana")
    dana.get(address)
    makers_incidents.reported(world)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        dana.get(address)
    makers_incidents.calm(world)
    makers_incidents.reported(world, title="Another")
    with django_assert_num_queries(len(one)):
        dana.get(address)
    assert len(one) <= questions


def test_list_finds_by_number_and_by_title(world: World, sign_in: SignIn) -> None:
    found = makers_incidents.reported(world, title="Archive job died")
    other = makers_incidents.calm(world, title="One branch is slow")
    dana = sign_in("dana")
    for words in ("archive", found.number):
        shown = dana.get("/engagements", {"words": words}).content.decode()
        assert found.title in shown
        assert other.title not in shown
    assert "Nothing matches" in dana.get("/engagements", {"words": "zebra"}).content.decode()
    assert "Nothing is over yet" in dana.get("/engagements", {"over": "1"}).content.decode()
