"""The pages of mail: what waits, one mail as plain text, its bytes to take away, a draft that becomes a report."""

from collections.abc import Iterator
from typing import Any

import pytest

from breakfix.intake.mails import take
from breakfix.intake.models import Mail, Mailbox, MailDraft
from breakfix.intake.values import Door
from breakfix.kernel import clock, files
from breakfix.web import mails
from tests import makers_incidents, makers_mails, people
from tests.makers import World
from tests.makers_mails import HEARD, mail, reply_to, with_pieces
from tests.web.test_alert_pages import CALM, browser, shown


@pytest.fixture(name="box")
def _box(world: World) -> Iterator[Mailbox]:
    with clock.set_to(HEARD):
        yield makers_mails.mailbox()


def came(box: Mailbox, *raws: bytes) -> list[int]:
    return [take(box, raw, Door.HTTP, HEARD).mail_id for raw in raws]


def test_what_waits_is_on_the_page_and_on_the_desk(box: Mailbox) -> None:
    came(box, mail(), mail(sender="x@elsewhere.example", number=2), mail(number=3, Auto_Submitted="auto-replied"))
    page = shown(browser("dana").get("/mails"))
    assert "Nobody is known here by this address" in page
    assert "3 came = 3 stored + 0 refused by length" in page
    assert "3 stored = 1 draft + 0 comments + 1 ignored + 1 quarantine" in page
    for there in ("/", "/desk"):
        assert "1 mail waits for a report, 1 in quarantine" in shown(browser("dana").get(there))
    assert "in quarantine" not in shown(browser("dana").get("/desk/wall"))
    mine = shown(browser("rita").get("/mails"))
    assert "Array degraded" in mine
    assert "Nobody is known" not in mine  # the quarantine is the desk's
    assert "Array degraded" not in shown(browser("seth").get("/mails"))  # and a draft its writer's


def test_hostile_words_stay_words_and_bytes_are_taken_away(box: Mailbox) -> None:
    raw = mail("<script>alert(1)</script><img src=x>", sender="x@elsewhere.example", subject="<b>Urgent</b>")
    (one,) = came(box, raw)
    page = browser("dana").get(f"/mails/{one}").content.decode()
    assert "<b>Urgent" not in page
    assert "&lt;script&gt;alert(1)" in page
    answer = browser("dana").get(f"/mails/{one}/raw")
    assert answer.content == raw
    assert answer["Content-Disposition"] == f'attachment; filename="mail-{one}.eml"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_draft_becomes_a_report_with_its_attachments(box: Mailbox, world: World) -> None:
    came(box, with_pieces(("log.txt", b"boot"), ("x.exe", b"MZ"), body="backup-01 is broken"))
    draft = MailDraft.objects.get()
    asset = world.assets["backup"].pk
    sent = {**CALM, "onsite_needed": "true", "domain": "HW-RAID", "asset_id": asset}
    without = browser("rita").post(f"/mail-drafts/{draft.pk}/report_mail", {**sent, "answers-people": ""})
    assert without.status_code == 422
    answer = browser("rita").post(f"/mail-drafts/{draft.pk}/report_mail", sent)
    made = MailDraft.objects.get().engagement
    assert made is not None
    assert (answer.status_code, answer["Location"]) == (303, f"/engagements/{made.pk}")
    assert (made.requester, made.title) == (people.person("rita"), "Array degraded")
    assert [one.name for one in files.kept_on(made.topic)] == ["log.txt"]
    page = shown(browser("rita").get(f"/engagements/{made.pk}"))
    assert "x.exe (file kind)" in page
    again = browser("dana").post(f"/mail-drafts/{draft.pk}/report_mail", sent)
    assert again.status_code == 409


def test_the_desk_settles_or_assigns_what_waits(box: Mailbox) -> None:
    first, second = came(box, mail(sender="x@elsewhere.example"), mail(sender="y@elsewhere.example", number=2))
    browser("dana").post(f"/mails/{first}/settle_mail", {"reason": "Asked them to write from work."})
    answer = browser("dana").post(f"/mails/{second}/assign_mail", {"person_id": people.person("rita").pk})
    draft = MailDraft.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/mail-drafts/{draft.pk}")
    page = shown(browser("dana").get("/mails"))
    assert "The quarantine is empty" in page
    assert "Asked them to write from work" in page


def test_a_word_stands_on_its_engagement(box: Mailbox, world: World) -> None:
    engagement = makers_incidents.acknowledged(world)
    came(box, mail("I approve everything.", to=reply_to(engagement)))
    page = shown(browser("dana").get(f"/engagements/{engagement.pk}"))
    assert "By e-mail: I approve everything." in page


def test_a_secret_of_a_mailbox_stands_in_one_answer_only(box: Mailbox) -> None:
    sent = {"address": "night@ironbridge.example", "password": people.PASSWORD}
    answer = browser("percy").post("/mails/add_mailbox", sent)
    assert (answer.status_code, answer.content.decode().count("bfm_") > 1) == (201, True)
    secret = Mailbox.objects.latest("id").prefix
    assert browser("percy").get("/mails").content.decode().count(secret) == 1
    for wrong in ("night@ironbridge.example", "rita@northgate.example", "a+b@ironbridge.example", "nobody"):
        assert browser("percy").post("/mails/add_mailbox", {**sent, "address": wrong}).status_code in {409, 422}


def test_a_long_list_takes_as_many_questions_as_a_short_one(box: Mailbox, django_assert_max_num_queries: Any) -> None:
    by = browser("dana")
    for number in range(4):
        came(box, mail(number=f"{number}a"), mail(sender="x@elsewhere.example", number=f"{number}b"))
        by.get("/mails")
        with django_assert_max_num_queries(14):
            by.get("/mails")
    assert Mail.objects.count() == 8


def test_whoever_waited_longest_stands_first_and_pages_follow(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "MOST_WAITING", 2)
    came(box, *(mail(number=n, subject=f"Waits {n}", sender="x@elsewhere.example") for n in range(3)))
    dana = browser("dana")
    first, second = (shown(dana.get(f"/mails{query}")) for query in ("", "?quarantine=2"))
    assert ("Waits 0" in first, "Waits 2" in first, "Later" in first) == (True, False, True)
    assert ("Waits 0" in second, "Waits 2" in second, "Earlier" in second) == (False, True, True)
    assert dana.get("/mails?quarantine=x").status_code == 200
