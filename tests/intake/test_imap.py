"""Mail fetched over IMAP: each once, marked only when it is kept, whoever is killed when."""

import ssl
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from breakfix.intake import imap, mails, queries, steps, tallying
from breakfix.intake.models import Mail, Mailbox, MailDraft, MailTally
from breakfix.intake.values import LARGEST_MAIL
from breakfix.jobs import polling
from breakfix.kernel.access import SYSTEM
from tests import makers_mails
from tests.intake.mail_server import Box, serving
from tests.makers import World
from tests.makers_mails import HEARD, mail

LATER = HEARD + timedelta(minutes=10)


@pytest.fixture(name="ours")
def _ours(world: World) -> Mailbox:
    return makers_mails.mailbox()


def look(box: Box, settings: Any, at: Any = HEARD) -> int:
    settings.BREAKFIX_IMAP_URLS = [box.url]
    (place,) = imap.places()
    return imap.poll(place, at)


def adds_up(ours: Mailbox, stored: int) -> None:
    (found,) = tallying.tallies([ours], SYSTEM)
    assert (found["fetched"], found["stored"], found["adds_up"]) == (stored, stored, True)


def test_what_is_new_is_fetched_once_and_marked(ours: Mailbox, settings: Any) -> None:
    with serving(Box(mail(number=1), b"?", mail(number=3))) as box:
        assert look(box, settings) == 3
        assert box.seen == {1, 2, 3}
        assert look(box, settings, LATER) == 0
        box.mails[9] = mail(number=4)
        assert look(box, settings, LATER) == 1
        assert box.fetched == [1, 2, 3, 9]
    assert [one.outcome for one in Mail.objects.order_by("id")] == ["ticket", "quarantine", "ticket", "ticket"]
    assert MailTally.objects.get().said == "looked, 1 new"
    adds_up(ours, 4)


def test_a_poller_killed_before_the_commit_fetches_it_again(
    ours: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = steps.keep_mail

    def killed(*given: Any, **named: Any) -> Any:
        row = keep(*given, **named)
        if row.pk and named["origin"].endswith(":2"):
            raise SystemExit  # after the row was written, before it was committed
        return row

    with serving(Box(mail(number=1), mail(number=2))) as box:
        monkeypatch.setattr(steps, "keep_mail", killed)
        monkeypatch.setattr(steps, "release", lambda *_: None)  # who is killed releases nothing
        with pytest.raises(SystemExit):
            look(box, settings)
        assert (box.seen, Mail.objects.count()) == ({1}, 1)
        monkeypatch.undo()
        assert look(box, settings) == 0  # its lease lasts
        assert look(box, settings, LATER) == 1
        assert box.seen == {1, 2}
    assert MailDraft.objects.count() == 2
    adds_up(ours, 2)


def test_a_poller_killed_after_the_commit_doubles_nothing(
    ours: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> Any:
        raise SystemExit

    with serving(Box(mail(number=1), mail(number=2))) as box:
        monkeypatch.setattr(imap, "_settle", killed)
        with pytest.raises(SystemExit):
            look(box, settings)
        monkeypatch.undo()
        assert look(box, settings, LATER) == 1
        assert box.fetched == [1, 2]
    mails.settle(Mail.objects.earliest("id").pk, LATER)  # as the worker does
    assert MailDraft.objects.count() == 2
    adds_up(ours, 2)


def test_a_server_that_is_killed_in_the_midst_of_a_mail_loses_none(ours: Mailbox, settings: Any) -> None:
    with serving(Box(mail(number=1), mail(number=2), mail(number=3))) as box:
        box.dies_at = 2
        assert look(box, settings) == 1
        assert (box.seen, Mail.objects.count()) == ({1}, 1)
        assert "could not be fetched" in MailTally.objects.get().said
        box.dies_at = 0
        assert look(box, settings, LATER) == 2
    adds_up(ours, 3)


def test_two_pollers_at_once_double_nothing(ours: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Box(mail(number=1), mail(number=2))) as box:
        within: list[int] = []
        keep = imap._keep

        def meanwhile(*given: Any) -> Any:
            if not within:
                within.append(look(box, settings))  # the other looks while this one is at it
                monkeypatch.setattr(steps, "lease", lambda *_: True)  # and once more, though it holds no lease
                within.append(look(box, settings))
            return keep(*given)

        monkeypatch.setattr(imap, "_keep", meanwhile)
        look(box, settings)
        assert within == [0, 2]
    assert MailDraft.objects.count() == 2
    adds_up(ours, 2)


def test_a_mail_that_is_too_long_leaves_its_head(ours: Mailbox, settings: Any) -> None:
    with serving(Box(mail("x" * 100))) as box:
        box.sizes[1] = LARGEST_MAIL + 1
        assert look(box, settings) == 1
    (kept,) = queries.mails_visible_to(mails.SYSTEM)
    assert (kept.outcome, kept.sender) == ("quarantine", makers_mails.RITA)
    assert "still on the server" in kept.reason
    adds_up(ours, 1)


def test_one_that_cannot_be_had_holds_up_none_behind_it(
    ours: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = imap._said

    def refused(box: Any, uid: str, what: str) -> bytes:
        if uid == "2":
            raise imap.Wrong
        return said(box, uid, what)

    monkeypatch.setattr(imap, "_said", refused)
    with serving(Box(mail(number=1), mail(number=2), mail(number=3))) as box:
        assert look(box, settings) == 2
        assert box.seen == {1, 3}
        assert "1 could not be fetched (UID 2)" in MailTally.objects.get().said
        monkeypatch.undo()
        assert look(box, settings, LATER) == 1
        assert any("(SINCE 1-Dec-2026)" in one for one in box.said), box.said
    adds_up(ours, 3)


def test_one_longer_than_its_server_says_is_put_aside_once(
    ours: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LARGEST_MAIL", 400)
    with serving(Box(mail("x" * 500), mail(number=2))) as box:
        box.sizes[1] = 10
        assert [look(box, settings, at) for at in (HEARD, LATER)] == [2, 0]
    assert sorted(one.outcome for one in Mail.objects.all()) == ["quarantine", "ticket"]
    adds_up(ours, 2)


def test_a_folder_that_was_made_anew_brings_nothing_twice(ours: Mailbox, settings: Any) -> None:
    with serving(Box(mail(number=1))) as box:
        look(box, settings)
        box.validity = 8
        assert look(box, settings, LATER) == 1
    assert [one.outcome for one in Mail.objects.order_by("id")] == ["ticket", "ignored"]


def test_what_goes_wrong_is_told_and_tried_again(ours: Mailbox, settings: Any, caplog: Any) -> None:
    with serving(Box(mail())) as box:
        settings.BREAKFIX_IMAP_URLS = [box.url.replace("cret", "cretly"), "imap://a:b@127.0.0.1:1/#nobody@x.example"]
        assert polling.poll_all() == 0
        assert "could not be fetched" in MailTally.objects.get().said
        assert "no mailbox with this address" in caplog.text
        settings.BREAKFIX_IMAP_URLS = [box.url]
        assert polling.poll_all() == 1
    settings.BREAKFIX_IMAP_URLS = [box.url]
    assert polling.poll_all() == 0  # the server is gone
    assert "cret" not in repr(imap.places()) + caplog.text.replace("secret", "")


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    ours: Mailbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ssl.SSLContext] = []

    def refused(*_: Any, ssl_context: ssl.SSLContext, **__: Any) -> Any:
        asked.append(ssl_context)
        raise ssl.SSLCertVerificationError

    monkeypatch.setattr(imap, "MailBox", refused)
    settings.BREAKFIX_IMAP_URLS = ["imaps://a:b@mail.example/#help@ironbridge.example"]
    assert imap.poll(imap.places()[0], HEARD) == 0
    assert (asked[0].verify_mode, asked[0].check_hostname) == (ssl.CERT_REQUIRED, True)
    assert "SSLCertVerificationError" in MailTally.objects.get().said


def test_a_password_does_not_travel_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from breakfix import settings as ours

    for url in ("imap://a:b@mail.example/#help@x.example", "imaps://a:b@mail.example/", "https://mail.example/#a"):
        monkeypatch.setenv("BREAKFIX_IMAP_URL", url)
        monkeypatch.setenv("BREAKFIX_SECRET_KEY", "x" * 50)
        with pytest.raises(ImproperlyConfigured, match="BREAKFIX_IMAP_URL"):
            importlib.reload(ours)
    monkeypatch.delenv("BREAKFIX_IMAP_URL")
    importlib.reload(ours)
