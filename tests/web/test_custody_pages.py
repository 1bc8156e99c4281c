"""The register of custody on its page: taken over, decided about, handed back and signed for."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.custody import queries
from tests import makers_custody as make
from tests.makers import World
from tests.makers_dispatch import arrived


def test_items_go_over_and_back_on_the_page(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None]
) -> None:
    case = arrived(world)
    page = f"/engagements/{case.pk}/custody"
    moment(make.TAKEN)
    typed = {"place": "Rack 4", "items-0-description": "4 TB drive", "items-0-serial": "WD-1", "items-0-seal": "SL-1"}
    assert sign_in("tom").post(f"{page}/take_into_custody", {**typed, "items-1-serial": ""}).status_code == 303
    assert "Hand back 1 item in custody" in sign_in("dana").get(f"/engagements/{case.pk}").content.decode()
    (handover,) = queries.handovers_of(case)
    shown = sign_in("rita").get(page).content.decode()
    assert "Sign for what was taken" in shown
    assert "Take something over" not in shown
    assert sign_in("rita").post(f"/handovers/{handover.pk}/sign_handover", {}).status_code == 303
    decided = {"decision": "return", "reason": "Ours."}
    assert sign_in("sol").post(f"{page}/decide_items", decided).status_code == 303
    wrong = {"place": "Front desk", "items-0-serial": "WD-1", "items-0-seal": "SL-2"}
    refused = sign_in("dana").post(f"{page}/hand_back", wrong)
    assert refused.status_code == 409
    assert "WD-1 was sealed with SL-1" in refused.content.decode()
    unread = sign_in("dana").post(f"{page}/hand_back", {**wrong, "items-0-seal": ""})
    assert "List what is handed back" in unread.content.decode()
    right = {**wrong, "items-0-seal": "SL-1", "items-1-serial": "WD-2", "items-1-seal": ""}
    assert sign_in("dana").post(f"{page}/hand_back", right).status_code == 303
    assert [one.status for one in queries.items_of(case)] == ["RETURNED"]


def test_page_asks_as_often_for_three_items_as_for_one(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None]
) -> None:
    case = arrived(world)
    moment(make.BACK)
    dana, counts = sign_in("dana"), []
    for count in (1, 3):
        make.take_into_custody(
            case.pk,
            items=[make.ItemGiven("Drive", f"W{count}{n}", f"S{count}{n}") for n in range(count)],
            place="Rack 4",
            by=world.actor("tom"),
            at=make.TAKEN,
        )
        dana.get(f"/engagements/{case.pk}/custody")
        with CaptureQueriesContext(connection) as asked:
            assert dana.get(f"/engagements/{case.pk}/custody").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
