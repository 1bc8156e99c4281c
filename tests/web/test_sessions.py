"""Sessions: their list, ending them, and everything that ends them by itself."""

from datetime import timedelta

import pytest
from django.test import Client

from breakfix.accounts import actions
from breakfix.kernel import clock
from breakfix.kernel.access import Role
from breakfix.parties import actions as parties
from tests import people
from tests.makers import World
from tests.web.conftest import NOW
from tests.web.signing_in import is_signed_in, signed_in

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def two() -> tuple[Client, Client]:
    return (
        signed_in("rita", HTTP_USER_AGENT=DESK),
        signed_in("rita", HTTP_USER_AGENT=PHONE, REMOTE_ADDR="198.51.100.7"),
    )


def test_list_shows_each_device_and_nobody_elses(small_world: World) -> None:
    desk, _phone = two()
    signed_in("alice", REMOTE_ADDR="203.0.113.50")
    shown = desk.get("/account/sessions").content.decode()
    assert "Chrome on Linux" in shown
    assert "Safari on iPhone" in shown
    assert "198.51.100.7" in shown
    assert "203.0.113.50" not in shown
    assert shown.count("this one") == 1


def test_one_session_is_ended_at_once(small_world: World) -> None:
    desk, phone = two()
    listed = desk.get("/account/sessions").context["rows"]
    other = next(row["at"] for row in listed if not row["at"].is_current)
    assert desk.post(f"/account/sessions/{other.pk}/end").status_code == 303
    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)


def test_nobody_ends_the_session_of_somebody_else(small_world: World) -> None:
    desk, phone = two()
    listed = desk.get("/account/sessions").context["rows"]
    stranger = signed_in("alice")
    for row in listed:
        stranger.post(f"/account/sessions/{row['at'].pk}/end")
    assert is_signed_in(desk)
    assert is_signed_in(phone)


def test_all_others_are_ended_and_this_one_stays(small_world: World) -> None:
    desk, phone = two()
    answer = desk.post("/account/sessions/end", follow=True)
    assert b"1 other session is ended" in answer.content
    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)


def test_signing_out_everywhere_ends_all_and_signing_out_here_one(small_world: World) -> None:
    desk, phone = two()
    desk.post("/accounts/logout/")
    assert (is_signed_in(desk), is_signed_in(phone)) == (False, True)
    desk = signed_in("rita")
    phone.post("/accounts/logout/", {"everywhere": "yes"})
    assert (is_signed_in(desk), is_signed_in(phone)) == (False, False)


def test_new_password_ends_the_others_and_gives_this_one_a_new_id(small_world: World) -> None:
    desk, phone = two()
    before, fresh = desk.session.session_key, "another good long password"
    wrong = desk.post("/accounts/password/change/", {"oldpassword": "no", "password1": fresh, "password2": fresh})
    assert b"not your password" in wrong.content
    form = {"oldpassword": people.PASSWORD, "password1": fresh, "password2": fresh}
    assert desk.post("/accounts/password/change/", form).status_code == 302
    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)
    assert desk.session.session_key != before
    assert b"this one" in desk.get("/account/sessions").content


def test_session_id_of_before_the_sign_in_is_worth_nothing(small_world: World) -> None:
    victim = Client()
    victim.get("/accounts/login/?next=/assets")
    victim.session["planted"] = "yes"
    planted = victim.session
    planted["by"] = "somebody else"
    planted.save()
    fixed = victim.cookies["sessionid"].value
    victim.post("/accounts/login/", {"login": "rita@northgate.example", "password": people.PASSWORD})
    assert victim.cookies["sessionid"].value != fixed
    thief = Client()
    thief.cookies["sessionid"] = fixed
    assert not is_signed_in(thief)


@pytest.mark.parametrize("deed", ["give", "take", "switch off", "end"])
def test_administrator_s_deed_ends_every_session_at_once(small_world: World, deed: str) -> None:
    desk, phone = two()
    rita, nora = people.person("rita").pk, people.actor("nora")
    if deed == "give":
        parties.give_role(rita, role=Role.APPROVER, by=nora, at=NOW)
    elif deed == "take":
        parties.take_role(rita, role=Role.REQUESTER, by=nora, at=NOW)
    elif deed == "switch off":
        actions.switch_off_person(rita, by=nora, at=NOW)
    else:
        actions.end_sessions(rita, by=nora, at=NOW)
    assert (is_signed_in(desk), is_signed_in(phone)) == (False, False)


def test_session_ends_after_its_day_however_much_it_is_used(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, began = signed_in("rita"), clock.real_now()
    for hours in (4, 8, 11):
        monkeypatch.setattr(clock, "real_now", lambda hours=hours: began + timedelta(hours=hours))
        assert is_signed_in(browser)
    monkeypatch.setattr(clock, "real_now", lambda: began + timedelta(hours=12, seconds=1))
    assert not is_signed_in(browser)


def test_reading_pages_writes_when_it_was_seen_at_most_every_five_minutes(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, began = signed_in("rita"), clock.real_now()
    browser.get("/")
    first = browser.session["seen"]
    monkeypatch.setattr(clock, "real_now", lambda: began + timedelta(minutes=4))
    browser.get("/")
    assert browser.session["seen"] == first
    monkeypatch.setattr(clock, "real_now", lambda: began + timedelta(minutes=6))
    browser.get("/")
    assert browser.session["seen"] > first
