"""Cases at vendors on their pages: opened, spoken about, waited for and closed; letters granted and revoked."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.liaison import queries
from breakfix.liaison.actions import claims
from breakfix.liaison.models import Letter, VendorCase
from breakfix.liaison.values import Basis, Days, PromiseGiven
from tests import makers_liaison as make
from tests.makers import World, local
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


def test_case_explains_each_promise_minute_by_minute(world: World, sign_in: Sign, moment: Moment) -> None:
    """Five hours of theirs, said after they closed; and one around the clock for an instant that they named."""
    case = make.opened(world, qualified(world))
    hours: dict[str, Any] = {"days": Days.WEEKDAYS, "opens": "08:00", "closes": "18:00", "zone": "America/New_York"}
    claims.note_vendor_terms(case.pk, source="Schedule C", **hours, by=world.actor("dana"), at=make.OPENED)
    named = PromiseGiven("A call back", until=local("2026-12-02 09:30"))
    make.spoken(world, case, promises_made=[PromiseGiven(HOSTILE, None, 300, Basis.HOURS), named])
    moment(local("2026-12-02 10:00"))
    shown = sign_in("rita").get(f"/vendor-cases/{case.pk}").content.decode()
    assert HOSTILE not in shown
    back, splicer = (part.partition("</details>")[0] for part in shown.split('id="promise-')[1:])
    said = re.sub(r"<[^>]+>|\s+", " ", splicer)
    for words in ("2 h used of 5 h, 3 h left", "Promised within 5 h", "outside hours", "From now until it is due"):
        assert words in re.sub(r" +", " ", said)
    assert all(words in said for words in ("2 Dec 08:00", "2 Dec 13:00", "Mon to Fri 08:00 to 18:00"))
    assert "They named the instant; 12 h 30 min that count lie before it." in back
    assert "13 h used of 12 h 30 min, 30 min late" in back
    assert "around the clock" in back
    assert "until it is due" not in back
