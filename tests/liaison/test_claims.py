"""What a vendor's agreement promised against what the log says: every figure by hand, no promised amounts."""

import json
from decimal import Decimal
from typing import Any

import pytest

from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.liaison import queries
from breakfix.liaison.actions import claims
from breakfix.liaison.models import VendorCase, VendorClaim
from breakfix.liaison.rules import claims as rules
from breakfix.liaison.rules.cases import hours_of
from breakfix.liaison.values import Basis, ClaimAbout, Days, PromiseGiven, PromiseVerdict
from tests import makers_liaison as make
from tests.makers import World, local
from tests.makers_incidents import qualified
from tests.refusals import refused

D = Decimal
NOTED = local("2026-12-01 20:40")
LATER = local("2026-12-02 04:40")


@pytest.fixture(name="case")
def _case(world: World) -> VendorCase:
    return make.opened(world, qualified(world), opened_at=local("2026-12-01 20:20"))


def noted(world: World, case: VendorCase, **given: Any) -> VendorCase:
    usual: dict[str, Any] = {"source": "Master service agreement, schedule C", "by": world.actor("dana"), "at": NOTED}
    return claims.note_vendor_terms(case.pk, **{**usual, **given})


def drafted(world: World, case: VendorCase, **given: Any) -> VendorClaim:
    usual: dict[str, Any] = {"about": ClaimAbout.AVAILABILITY, "by": world.actor("seth"), "at": LATER}
    return claims.draft_vendor_claim(case.pk, **{**usual, **given})


def test_availability_is_the_share_of_the_month(world: World, case: VendorCase) -> None:
    """December has 744 h; 19:40 to 04:40 is 9 h away: 98.7903 %. 99.9 % allows 44 min 38.4 s."""
    noted(world, case, availability=D("99.9"), amount_rule="Ten percent of the monthly charge for each started 4 h.")
    claim = drafted(world, case)
    content = json.loads(claim.canonical)
    assert sha256_hex(content) == claim.sha256
    assert content["measured"]["measured"] == "98.7903 %"
    assert content["measured"]["missed_by"] == "8 h 15 min 22 s"
    assert "100 x (1 - 32400 s / 2678400 s) = 98.7903 %." in content["measured"]["steps"]
    assert "from 2026-12-01 19:40:00 EST to 2026-12-02 04:40:00 EST: 9 h." in content["measured"]["steps"][1]
    assert content["computed"] is None
    assert content["letter"] is None
    assert "nobody here promises an amount" in content["state"]
    assert differences() == []


def test_amount_is_computed_only_from_what_the_client_gave(world: World, case: VendorCase) -> None:
    noted(world, case, availability=D("99.9"))
    claim = drafted(world, case, charge=D("1249.95"), credit_percent=D("12.5"))
    computed = json.loads(claim.canonical)["computed"]
    assert computed["amount"] == {"amount": "156.24", "currency": "USD"}
    assert computed["derivation"] == "$1,249.95 x 12.5 % = $156.24"
    assert "not verified" in computed["note"]
    assert world.actor("seth").name in computed["note"]


def test_response_is_measured_until_a_person_answered(world: World, case: VendorCase) -> None:
    noted(world, case, response_minutes=30)
    make.spoken(world, case, answered=False, at=local("2026-12-01 20:45"))
    make.spoken(world, case, at=local("2026-12-01 21:00"))
    measured = json.loads(drafted(world, case, about=ClaimAbout.RESPONSE).canonical)["measured"]
    assert (measured["measured"], measured["missed_by"]) == ("40 min", "10 min")


def test_an_answer_before_we_heard_of_it_is_an_answer(world: World) -> None:
    """The client opened the case itself and was called back before it reported to us: nothing was missed."""
    case = make.opened(world, qualified(world), opened_at=local("2026-12-01 19:41"))
    noted(world, case, response_minutes=30)
    with refused("too_early", field="contacted_at"):
        make.spoken(world, case, contacted_at=local("2026-12-01 19:40"))
    make.spoken(world, case, contacted_at=local("2026-12-01 19:46"))
    with refused("nothing_missed"):
        drafted(world, case, about=ClaimAbout.RESPONSE)


def test_claim_lists_no_promise_of_an_entry_that_was_corrected(world: World, case: VendorCase) -> None:
    noted(world, case, response_minutes=30)
    made = [PromiseGiven(what="A call back", until=local("2026-12-01 20:50"))]
    first = make.spoken(world, case, promises_made=made, at=local("2026-12-01 20:45"), answered=False)
    make.spoken(world, case, corrects_id=first.pk, at=local("2026-12-01 21:00"))
    assert json.loads(drafted(world, case, about=ClaimAbout.RESPONSE).canonical)["promises"] == []


def test_response_counts_in_the_hours_the_vendor_stated(world: World, case: VendorCase) -> None:
    """Opened Tuesday 20:20, answered Wednesday 08:31: 31 minutes of its hours, 08-18 on weekdays."""
    noted(world, case, response_minutes=30, days=Days.WEEKDAYS, opens="08:00", closes="18:00")
    at = local("2026-12-02 08:31")
    make.spoken(world, case, at=at, next_contact_at=local("2026-12-02 10:00"))
    measured = json.loads(drafted(world, case, about=ClaimAbout.RESPONSE, at=at).canonical)["measured"]
    assert (measured["measured"], measured["missed_by"]) == ("31 min", "1 min")
    assert "in the vendor's stated hours" in measured["steps"][1]


def test_promise_in_stated_hours_keeps_the_hours_it_was_made_in(world: World, case: VendorCase) -> None:
    noted(world, case, days=Days.WEEKDAYS, opens="08:00", closes="18:00")
    given = [PromiseGiven("A splice", within_minutes=120, basis=Basis.HOURS)]
    make.spoken(world, case, promises_made=given)
    noted(world, case)
    (promise,) = queries.promised(case, local("2026-12-02 09:00"))
    assert promise.row.until == local("2026-12-02 10:00")
    assert (promise.reading.verdict, promise.reading.by.total_seconds()) == (PromiseVerdict.OPEN, 3600)
    (late,) = queries.promised(case, local("2026-12-03 08:05"))
    assert (late.reading.verdict, late.reading.by.total_seconds()) == (PromiseVerdict.BROKEN, 8 * 3600 + 300)


@pytest.mark.parametrize(
    ("stated", "given", "code", "field"),
    [
        ({}, {}, "terms_missing", "availability"),
        ({}, {"about": ClaimAbout.RESPONSE}, "terms_missing", "response_minutes"),
        ({"availability": D(98)}, {}, "nothing_missed", None),
        ({"response_minutes": 600}, {"about": ClaimAbout.RESPONSE}, "nothing_missed", None),
        ({"availability": D("99.9")}, {"charge": D(5)}, "missing_field", "credit_percent"),
        ({"availability": D("99.9")}, {"charge": D("0.001"), "credit_percent": D(5)}, "too_precise", "charge"),
        ({"availability": D("99.9")}, {"charge": D(-5), "credit_percent": D(5)}, "bad_amount", "charge"),
        ({"availability": D("99.9")}, {"charge": D(5), "credit_percent": D(101)}, "bad_percent", "credit_percent"),
        ({"availability": D("99.9")}, {"period_start": local("2026-12-03 00:00")}, "not_yet", "period_start"),
        ({"availability": D("99.9")}, {"period_end": local("2026-11-03 00:00")}, "bad_period", "period_end"),
    ],
)
def test_claim_is_not_drafted(
    world: World, case: VendorCase, stated: dict[str, Any], given: dict[str, Any], code: str, field: str | None
) -> None:
    noted(world, case, **stated)
    with refused(code, field=field):
        drafted(world, case, **given)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"source": ""}, "missing_field", "source"),
        ({"availability": D(101)}, "bad_availability", "availability"),
        ({"availability": D("99.99999")}, "bad_availability", "availability"),
        ({"availability": D("NaN")}, "bad_availability", "availability"),
        ({"response_minutes": 0}, "bad_time", "response_minutes"),
        ({"days": Days.DAILY, "opens": "8 o'clock"}, "bad_hours", "opens"),
        ({"days": Days.DAILY, "opens": "08:00", "closes": "08:00"}, "bad_hours", "closes"),
        ({"days": Days.DAILY, "opens": "08:00", "closes": "18:00", "zone": "Chicago"}, "unknown_zone", "zone"),
    ],
)
def test_terms_are_not_noted(
    world: World, case: VendorCase, given: dict[str, Any], code: str, field: str | None
) -> None:
    with refused(code, field=field):
        noted(world, case, **given)


def test_claims_are_not_for_field_staff(world: World, case: VendorCase) -> None:
    noted(world, case, availability=D("99.9"))
    claim = drafted(world, case)
    assert queries.claims_of(case.engagement, world.actor("seth")) == [claim]
    assert queries.claims_of(case.engagement, world.actor("tom")) == []


def test_hours_may_cross_midnight() -> None:
    hours = hours_of(Days.DAILY, "22:00", "06:00", "America/Chicago")
    assert hours.standard_day_minutes == 480


def test_share_is_exact_and_rounded_half_upwards() -> None:
    down = {"down_from": local("2026-12-01 00:00"), "down_until": local("2026-12-01 00:01")}
    month = {"start": local("2026-12-01 00:00"), "end": local("2027-01-01 00:00")}
    found = rules.availability(D("99.9978"), **month, **down, zone="America/New_York")
    assert (found.measured, found.missed) == ("99.9978 %", True)
    assert rules.amount(Money(D("0.05"), "USD"), D(10))[0] == Money(D("0.01"), "USD")


def test_nobody_answered_counts_until_now() -> None:
    at = local("2026-12-01 21:00")
    hours = Calendar.always_on("UTC")
    found = rules.response(
        30, hours=hours, in_hours=False, opened_at=make.OPENED, answered_at=None, zone="America/New_York", at=at
    )
    assert (found.measured, found.missed) == ("30 min", False)
    assert "nobody had answered by 2026-12-01 21:00:00 EST" in found.steps[0]
