"""Suppliers compared for the office alone; parts that are needed, seen by both sides."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breakfix.parts.models import Loan, Loaner
from tests import makers_quotes as make
from tests.makers import World
from tests.parts.test_sourcing import NOW, needed, offered


def test_page_compares_offers_for_the_office_and_hides_them_from_the_client(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None]
) -> None:
    case = make.issued(world).engagement
    offered(world, case)
    needed(world, case)
    moment(NOW)
    page = f"/engagements/{case.pk}/parts"
    shown = sign_in("quinn").get(page).content.decode()
    assert "Legacy Parts Exchange" in shown
    assert "$1,380.20" in shown
    assert "21.1 %" in shown
    beside = sign_in("quinn").get(reverse("quote_build", args=[case.pk])).content.decode()
    assert "Legacy Parts Exchange" in beside
    assert "21.1 %" in beside
    for who in ("alice", "rita"):
        seen = sign_in(who).get(page)
        assert "1,140" not in seen.content.decode()
    assert "RAID controller" in sign_in("alice").get(page).content.decode()


def test_pool_is_reached_from_the_parts_and_asked_for_at_once(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None]
) -> None:
    case = make.issued(world).engagement
    moment(NOW)
    dana, counts = sign_in("dana"), []
    assert 'href="/loaners"' in dana.get(f"/engagements/{case.pk}/parts").content.decode()
    assert 'href="/loaners"' not in sign_in("alice").get(f"/engagements/{case.pk}/parts").content.decode()
    to = f"/loaners/{case.provider_id}/add_loaner"
    for tags in (("L-01",), ("L-02", "L-03")):
        for tag in tags:
            assert dana.post(to, {"tag": tag, "description": "Loaner server"}).status_code == 303
        dana.get("/loaners")
        with CaptureQueriesContext(connection) as asked:
            shown = dana.get("/loaners").content.decode()
        counts.append(len(asked))
    assert all(tag in shown for tag in ("L-01", "L-02", "L-03"))
    assert counts[0] == counts[1]
    assert sign_in("alice").get("/loaners").status_code == 404


def test_loaner_is_offered_and_followed_on_the_page(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None]
) -> None:
    case = make.issued(world).engagement
    moment(NOW)
    dana, page = sign_in("dana"), f"/engagements/{case.pk}/parts"
    dana.post(f"/loaners/{case.provider_id}/add_loaner", {"tag": "L-01", "description": "Loaner server"})
    loaner = Loaner.objects.get()
    sent = {"loaner_id": loaner.pk, "due_at": "2026-12-04T18:00"}
    assert sign_in("alice").post(f"{page}/offer_loaner", sent).status_code == 403
    assert dana.post(f"{page}/offer_loaner", sent).status_code == 303
    assert "at the price that the quote lists" in sign_in("alice").get(page).content.decode()
    loan = Loan.objects.get()
    assert dana.post(f"/loans/{loan.pk}/lend_loaner", {"condition": "Sound."}).status_code == 303
    assert dana.post(f"/loans/{loan.pk}/lend_loaner", {"condition": "Sound."}).status_code == 409
    assert sign_in("charlie").get(f"/loans/{loan.pk}").status_code == 404
    assert dana.post(f"/loans/{loan.pk}/return_loaner", {"condition": "Sound."}).status_code == 303
    loan.refresh_from_db()
    assert loan.status == "RETURNED"
