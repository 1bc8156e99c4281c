"""Cases at vendors on their pages: opened, spoken about, waited for and closed; letters granted and revoked."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.liaison import queries
from breakfix.liaison.models import Letter, VendorCase
from tests import makers_liaison as make
from tests.makers import World
from tests.makers_incidents import qualified
from tests.people import PASSWORD

Sign = Callable[[str], Client]
Moment = Callable[[datetime], None]
HOSTILE = "<script>alert(1)</script>"


def test_case_goes_its_way_on_the_pages(world: World, sign_in: Sign, moment: Moment) -> None:
    case = qualified(world)
    page = f"/engagements/{case.pk}/vendor-cases"
    moment(make.OPENED)
    dana, seth = sign_in("dana"), sign_in("seth")
    typed = {"vendor_kind": "isp", "vendor_name": HOSTILE, "reference": "4471-A", "tier": "1"}
    assert "Please fill in next contact at" in dana.post(f"{page}/open_vendor_case", typed).content.decode()
    opened = dana.post(f"{page}/open_vendor_case", {**typed, "next_contact_at": "2026-12-01T22:30"})
    found = VendorCase.objects.get()
    assert (opened.status_code, opened["Location"]) == (303, f"/vendor-cases/{found.pk}")
    granted = {"vendor_name": HOSTILE, "scope": "Circuit 71", "valid_until": "2026-12-31T18:00", "password": PASSWORD}
    assert seth.post(f"{page}/grant_letter", granted).status_code == 303
    moment(make.SPOKEN)
    there = f"/vendor-cases/{found.pk}"
    said = {"way": "phone", "said": "They look.", "next_contact_at": "2026-12-01T22:30", "answered": "true"}
    promise = {"promises_made-0-what": "A splicer", "promises_made-0-within_minutes": "60"}
    refused = dana.post(f"{there}/log_vendor_contact", {**said, "promises_made-0-what": "A splicer"})
    assert refused.status_code == 422
    assert "one of the two" in refused.content.decode()
    assert dana.post(f"{there}/log_vendor_contact", {**said, **promise}).status_code == 303
    assert dana.post(f"{there}/wait_for_vendor", {"note": ""}).status_code == 303
    shown = sign_in("rita").get(there).content.decode()
    assert HOSTILE not in shown
    assert all(word in shown for word in ("They look.", "A splicer", "LOA-2026-0001", "Their clock beside ours"))
    assert "log_vendor_contact" not in shown
    moment(make.NEXT + timedelta(minutes=1))
    assert "overdue" in dana.get("/vendor-cases").content.decode()
    (promised,) = queries.promised(found, make.NEXT)
    assert dana.post(f"{there}/keep_vendor_promise", {"promise_id": promised.row.pk}).status_code == 303
    assert "late" in dana.get(there).content.decode()
    assert dana.post(f"{there}/close_vendor_case", {"result": "fixed", "said": "Spliced."}).status_code == 303
    case.refresh_from_db()
    assert case.status == "QUALIFIED"
    revoked = {"letter_id": Letter.objects.get().pk, "reason": "Over."}
    assert seth.post(f"{page}/revoke_letter", revoked).status_code == 303
    assert "revoked" in dana.get(page).content.decode()


def test_pages_ask_as_often_for_three_cases_as_for_one(world: World, sign_in: Sign, moment: Moment) -> None:
    case = qualified(world)
    moment(make.SPOKEN)
    dana, counts = sign_in("dana"), []
    for name in ("A", "B", "C"):
        make.spoken(world, make.opened(world, case, reference=name))
        dana.get("/vendor-cases")
        with CaptureQueriesContext(connection) as asked:
            assert dana.get("/vendor-cases").status_code == 200
            assert dana.get(f"/engagements/{case.pk}/vendor-cases").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[2]
