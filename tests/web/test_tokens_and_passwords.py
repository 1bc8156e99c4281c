"""What becomes of the keys to the API when a password changes: by a link they end, otherwise their owner says."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from breakfix.kernel.access import Role
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry
from breakfix.parties import actions
from breakfix.parties.models import Token
from breakfix.parties.values import Scope
from breakfix.web import entrance
from tests import people
from tests.makers import World
from tests.web.conftest import NOW
from tests.web.signing_in import is_signed_in, link_in, mails, post_password, signed_in

FRESH = "another good long password"


@pytest.fixture
def keys(small_world: World) -> dict[str, int]:
    """Rita's own, one that ran out, and her machine's; and one of Alice's."""

    def issued(who: str, at: Any = NOW, **given: Any) -> int:
        wanted = {"name": "Night watch", "scopes": [Scope.REPORT], "expires_at": at + timedelta(days=9), **given}
        by = people.actor(who, confirmed_at=at)
        return actions.issue_token(**wanted, by=by, at=at).pk

    return {
        "own": issued("rita"),
        "over": issued("rita", NOW - timedelta(days=20)),
        "machine": issued("rita", roles=[Role.REQUESTER]),
        "alices": issued("alice"),
    }


def revoked(keys: dict[str, int]) -> set[str]:
    ended = set(Token.objects.exclude(revoked_at=None).values_list("pk", flat=True))
    return {name for name, key in keys.items() if key in ended}


def change(browser: Client, **more: str) -> Any:
    form = {"oldpassword": people.PASSWORD, "password1": FRESH, "password2": FRESH, **more}
    return browser.post("/accounts/password/change/", form)


def test_changed_password_leaves_tokens_unless_their_owner_says_so(keys: dict[str, int]) -> None:
    rita = signed_in("rita")
    assert b"End my token as well" in rita.get("/accounts/password/change/").content
    assert change(rita).status_code == 302
    assert revoked(keys) == set()


def test_ticked_change_ends_those_that_act_as_oneself(keys: dict[str, int]) -> None:
    rita = signed_in("rita")
    assert change(rita, end_tokens="true").status_code == 302
    assert revoked(keys) == {"own"}
    told = Entry.objects.filter(kind="token.revoked").latest("id")
    assert told.person_id == people.person("rita").pk
    rebuild()


def test_refused_change_ends_nothing_and_keeps_the_tick(keys: dict[str, int]) -> None:
    rita = signed_in("rita")
    answer = change(rita, end_tokens="true", oldpassword="no")
    assert b"not your password" in answer.content
    assert b'name="end_tokens" value="true" checked' in answer.content
    assert revoked(keys) == set()


def test_nobody_without_tokens_is_asked_about_them(small_world: World) -> None:
    assert b"end_tokens" not in signed_in("rita").get("/accounts/password/change/").content


def test_new_password_by_a_link_ends_ones_own_tokens_and_every_session(keys: dict[str, int]) -> None:
    desk = signed_in("rita")
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "rita@northgate.example"})
    at = browser.get(link_in(mails()[-1]), follow=True)
    assert b"every token that acts as you" in at.content
    mail.outbox.clear()
    done = browser.post(at.request["PATH_INFO"], {"password1": FRESH, "password2": FRESH})
    assert done.status_code == 302
    assert revoked(keys) == {"own"}
    assert not is_signed_in(desk)
    assert post_password(Client(), "rita@northgate.example", FRESH).status_code == 302
    assert "token that acts as you ended with it" in mails()[-1].body.replace("\n", " ")


def test_link_that_is_used_twice_at_once_sets_one_password(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client().post("/accounts/password/reset/", {"email": "rita@northgate.example"})
    link, first, second = link_in(mails()[-1]), Client(), Client()
    at = {browser: browser.get(link)["Location"] for browser in (first, second)}
    save = entrance.ResetPassword.save

    def late(form: entrance.ResetPassword) -> None:
        """The other one is through while this one, whose link was looked at already, is about to be kept."""
        monkeypatch.undo()
        assert first.post(at[first], {"password1": FRESH, "password2": FRESH}).status_code == 302
        save(form)

    monkeypatch.setattr(entrance.ResetPassword, "save", late)
    other = "yet another long password"
    answer = second.post(at[second], {"password1": other, "password2": other}, follow=True)
    assert b"password was changed" not in answer.content.lower()
    assert people.person("rita").check_password(FRESH)
