"""The roster: what people hold, until when, and whether the insurance gate is open; the provider's own."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from breakfix.kernel.access import OPERATOR, Role
from breakfix.parties import actions as party_actions
from breakfix.roster.models import HeldCertification, Insurance, Shift, Technician
from tests.makers import World, local

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_roster_shows_what_each_holds_and_which_count(world: World, sign_in: SignIn) -> None:
    shown = sign_in("percy").get("/roster").content.decode()
    for words in ("Tom Okafor", "HPE-ATP", "Ines Moreau", "emergency roster", 'aria-label="not verified"'):
        assert words in shown


def test_certificate_is_recorded_and_verified_through_the_page(
    world: World, at: datetime, sign_in: SignIn, forms: Forms
) -> None:
    percy, page = sign_in("percy"), f"/roster/{world.technicians['ines'].pk}"
    form = forms(percy.get(page))["record_certification"]
    wrong = percy.post(form["action"], {"code": "Server+", "issued_on": "2027-01-01", "number": "N-1"})
    assert wrong.status_code in (409, 422)
    assert 'value="N-1"' in wrong.content.decode()
    assert percy.post(form["action"], {"code": "Server+", "issued_on": "2020-01-01"}).status_code == 303
    held = HeldCertification.objects.get(technician=world.technicians["ines"].pk, certification__code="Server+")
    shown = percy.get(page).content.decode()
    assert "not verified" in shown
    to = f"/certificates/{held.pk}/verify_certification"
    assert to in shown
    assert percy.post(to, {"next": page}).status_code == 303
    held.refresh_from_db()
    assert held.verified_on == at.date()


def test_technician_is_enrolled_through_the_page(world: World, at: datetime, sign_in: SignIn, forms: Forms) -> None:
    percy = sign_in("percy")
    everybody = percy.get("/roster/new").content.decode()
    assert "Nobody is left to enrol" in everybody
    ironbridge = world.organisation("ironbridge").pk
    roles = [Role.TECHNICIAN]
    noah = party_actions.enrol_person(
        ironbridge, name="Noah Ferris", email="noah@ironbridge.example", roles=roles, by=OPERATOR, at=at
    )
    page = percy.get("/roster/new")
    assert "Noah Ferris" in page.content.decode()
    assert "Dana Whitfield" not in page.content.decode().partition("<main")[2]  # no technician
    form = forms(page)["enrol_technician"]
    sent = {**form["fields"], "person_id": str(noah.pk), "level": "2", "hourly_cost": "48.50"}
    wrong = percy.post(form["action"], sent)
    assert 'href="#enrol_technician-domains"' in wrong.content.decode()
    assert 'value="48.50"' in wrong.content.decode()
    answer = percy.post(
        form["action"], {**sent, "domains-0": "HW-SRV", "domains-4": "DR", "emergency_roster": "true"}
    )
    made = Technician.objects.get(person=noah)
    assert (answer.status_code, answer["Location"]) == (303, f"/roster/{made.pk}")
    assert (made.level, made.hourly_cost_minor, made.emergency_roster) == (2, 4850, True)
    assert made.engaged_on == at.astimezone(ZoneInfo("America/New_York")).date()
    assert sorted(skill.domain for skill in made.skills.all()) == ["DR", "HW-SRV"]
    assert percy.post(form["action"], {**sent, "domains-0": "HW-SRV"}).status_code == 409
    assert percy.get("/roster/new").content.decode().count("Noah Ferris") == 0


def test_shift_is_planned_once(world: World, sign_in: SignIn) -> None:
    to = f"/roster/{world.technicians['ines'].pk}/plan_shift"
    sent = {"starts_at": "2027-03-20T08:00", "ends_at": "2027-03-20T18:00", "on_call": "true"}
    before = Shift.objects.count()
    assert sign_in("dana").post(to, sent).status_code == 303
    assert sign_in("dana").post(to, sent).status_code == 409
    assert Shift.objects.count() == before + 1


def test_insurance_register_says_whether_the_gate_is_open(world: World, sign_in: SignIn, forms: Forms) -> None:
    percy = sign_in("percy")
    shown = percy.get("/roster/insurance").content.decode()
    assert "work may begin in every domain of its scope" in shown
    form = forms(percy.get("/roster/insurance"))["record_insurance"]
    policy = {"kind": "cyber", "insurer": "Beacon", "policy_number": "CY-2", "per_claim": "2000000"}
    dates = {"valid_from": "2026-12-01", "valid_until": "2026-11-01"}
    wrong = percy.post(form["action"], {**policy, "aggregate": "2000000", **dates})
    assert wrong.status_code in (409, 422)
    assert 'value="CY-2"' in wrong.content.decode()
    before = Insurance.objects.count()
    good = {**policy, "aggregate": "2000000", "valid_from": "2026-12-01", "valid_until": "2027-11-30"}
    assert percy.post(form["action"], good).status_code == 303
    assert Insurance.objects.count() == before + 1
    assert "$2,000,000.00" in percy.get("/roster/insurance").content.decode()


def test_gate_names_what_is_missing(world: World, moment: Callable[[datetime], None], sign_in: SignIn) -> None:
    moment(local("2027-08-01 12:00"))  # a month after the last policy ended
    shown = sign_in("percy").get("/roster/insurance").content.decode()
    assert "shut" in shown
    assert "general liability insurance: ends with 2027-06-30" in shown
    assert "nothing in force" in shown


@pytest.mark.parametrize("who", ["rita", "nora", "tom", "fay", "charlie"])
def test_roster_is_shown_to_the_providers_desk_alone(world: World, sign_in: SignIn, who: str) -> None:
    browser, tom = sign_in(who), world.technicians["tom"].pk
    for path in ("/roster", "/roster/insurance", f"/roster/{tom}"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/roster/{tom}/plan_shift", {"starts_at": "2027-03-20T08:00"}).status_code in (403, 404, 422)


def test_other_providers_roster_is_not_there(world: World, sign_in: SignIn) -> None:
    cal, tom = sign_in("cal"), world.technicians["tom"].pk
    assert cal.get(f"/roster/{tom}").status_code == 404
    ironbridge = world.organisation("ironbridge").pk
    assert cal.get(f"/roster/insurance/{ironbridge}").status_code == 404
    held = HeldCertification.objects.filter(technician=tom).first()
    assert held is not None
    assert cal.get(f"/certificates/{held.pk}").status_code == 404
    assert cal.post(f"/certificates/{held.pk}/verify_certification", {}).status_code == 404


def test_roster_takes_as_many_queries_for_three_as_for_one(
    world: World, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    percy, cal = sign_in("percy"), sign_in("cal")
    with django_assert_num_queries(11):
        assert percy.get("/roster").content.decode().count('class="bf-row-link"') == 3
    with django_assert_num_queries(11):
        assert cal.get("/roster").content.decode().count('class="bf-row-link"') == 1
