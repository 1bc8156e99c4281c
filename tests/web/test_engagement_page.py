"""One engagement, one page: what it shows to whom, and the deeds done on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from breakfix.incidents.models import Engagement
from breakfix.kernel.models import Entry
from tests import makers_dispatch, makers_incidents, makers_reports
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def page_of(engagement: Engagement) -> str:
    return f"/engagements/{engagement.pk}"


def test_engagement_page_shows_clocks_money_and_who_acts(world: World, sign_in: SignIn) -> None:
    engagement = makers_dispatch.contacted(world)
    shown = sign_in("rita").get(page_of(engagement)).content.decode()
    for words in ("9 min", "24 min", "$675.00", "Archive gap closed", "Waits for Ironbridge Repair, technician"):
        assert words in shown
    # 19:40 to 20:45 at 600 per hour (domain.md §4.4 T-D1).
    assert "$650.00" in shown


def test_engagement_page_tells_the_reader_that_it_is_their_turn(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    assert "Needs you" in sign_in("dana").get(page_of(engagement)).content.decode()
    assert "Needs you" not in sign_in("rita").get(page_of(engagement)).content.decode()


def test_engagement_page_offers_only_what_role_and_state_allow(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_incidents.reported(world)
    desk = set(forms(sign_in("dana").get(page_of(engagement))))
    assert {"acknowledge", "raise_priority"} <= desk
    # Nobody is told how it stands before somebody has answered at all.
    assert desk.isdisjoint({"post_update", "qualify", "hold", "resume", "cancel_engagement", "close_engagement"})
    client = set(forms(sign_in("rita").get(page_of(engagement))))
    assert {"cancel_engagement", "meet_obligation", "set_degradation"} <= client
    assert client.isdisjoint({"acknowledge", "post_update"})
    assert set(forms(sign_in("ada").get(page_of(engagement)))) == set()


def test_engagement_page_offers_no_other_priority_once_the_work_was_accepted(
    world: World, sign_in: SignIn, forms: Forms
) -> None:
    report = makers_reports.accepted(world)
    assert "raise_priority" not in forms(sign_in("rita").get(page_of(report.engagement)))


def test_engagement_page_carries_out_a_deed_and_returns_to_itself(
    world: World, sign_in: SignIn, forms: Forms, at: datetime
) -> None:
    engagement = makers_incidents.reported(world)
    dana = sign_in("dana")
    form = forms(dana.get(page_of(engagement)))["acknowledge"]
    done = dana.post(form["action"], {**form["fields"], "callback": "+1 201 555 0170"})
    assert (done.status_code, done["Location"]) == (303, page_of(engagement))
    engagement.refresh_from_db()
    assert (engagement.status, engagement.acknowledged_at, engagement.callback) == (
        "ACKNOWLEDGED",
        at,
        "+1 201 555 0170",
    )
    assert "Acknowledged." in dana.get(page_of(engagement)).content.decode()


def test_refused_deed_keeps_what_was_typed_and_names_the_field(world: World, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_dispatch.contacted(world)
    told = Entry.objects.count()
    dana = sign_in("dana")
    form = forms(dana.get(page_of(engagement)))["post_update"]
    text = "A new controller would cost $1,380."
    refused = dana.post(form["action"], {**form["fields"], "text": text})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert 'id="refusal"' in page
    assert 'href="#post_update-text"' in page
    assert 'aria-invalid="true"' in page
    again = forms(refused)["post_update"]["fields"]
    assert again["text"].strip() == text
    assert again["next"] == page_of(engagement)
    assert Entry.objects.count() == told


def test_missing_field_is_422_and_says_which(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    refused = sign_in("dana").post(f"{page_of(engagement)}/acknowledge", {"next": page_of(engagement)})
    assert refused.status_code == 422
    assert "Please fill in callback." in refused.content.decode()


def test_second_press_is_refused_by_state_on_the_same_page(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.acknowledged(world)
    again = sign_in("dana").post(f"{page_of(engagement)}/acknowledge", {"callback": "+1 201 555 0170"})
    assert again.status_code == 409
    assert "cannot become ACKNOWLEDGED" in again.content.decode()


@pytest.mark.parametrize(
    "below", ["", "/fresh", "/documents", "/clocks/ACK", "/clocks.json", "/downtime", "/priority"]
)
@pytest.mark.parametrize("key", ["charlie", "cal", "tom"])
def test_engagement_of_others_is_not_there(world: World, sign_in: SignIn, key: str, below: str) -> None:
    engagement = makers_incidents.reported(world)
    assert sign_in(key).get(page_of(engagement) + below).status_code == 404


def test_deed_on_an_engagement_of_others_is_not_there(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    foreign = sign_in("cal").post(f"{page_of(engagement)}/acknowledge", {"callback": "+1 201 555 0170"})
    assert foreign.status_code == 404
    engagement.refresh_from_db()
    assert engagement.status == "SUBMITTED"


def test_deed_address_leads_to_its_page_when_it_is_only_looked_at(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    seen = sign_in("dana").get(f"{page_of(engagement)}/acknowledge")
    assert (seen.status_code, seen["Location"]) == (303, page_of(engagement))


def test_technician_sees_their_engagement_without_the_money(world: World, sign_in: SignIn) -> None:
    engagement = makers_dispatch.contacted(world)
    shown = sign_in("tom").get(page_of(engagement)).content.decode()
    assert "Needs you" in shown
    assert "Lost to the outage" not in shown
    assert "Exposure" not in shown


def test_fresh_parts_are_not_sent_again_while_nothing_changed(world: World, sign_in: SignIn) -> None:
    engagement = makers_incidents.reported(world)
    dana = sign_in("dana")
    first = dana.get(f"{page_of(engagement)}/fresh?seen=0")
    assert first.status_code == 200
    assert "Something happened" in first.content.decode()
    same = dana.get(f"{page_of(engagement)}/fresh?seen=0", headers={"if-none-match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_engagement_page_asks_the_same_number_of_questions_however_much_happened(
    world: World, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    early, late = makers_incidents.calm(world), makers_dispatch.contacted(world)
    between = makers_incidents.acknowledged(world, asset_id=world.assets["switch"].pk)
    dana = sign_in("dana")
    for engagement in (early, between, late):
        with django_assert_max_num_queries(46):
            assert dana.get(page_of(engagement)).status_code == 200
