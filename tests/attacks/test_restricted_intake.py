"""What comes in by itself about an attack is for those only who are let in, before and after it is reported.

The canary stands in an alert, in a message that nobody can read, and in a mail; the desk reports them as SEC.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.intake import queries
from breakfix.intake.actions import alerts
from breakfix.intake.actions import mail as letters
from breakfix.intake.mails import take
from breakfix.intake.models import Alert, MailDraft
from breakfix.intake.receiving import receive
from breakfix.intake.values import Door
from breakfix.jobs import kinds, worker
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from breakfix.parties import queries as parties
from tests import makers_alerts, makers_mails
from tests.api.conftest import Program, token_of
from tests.api.test_reads import READINGS
from tests.api.test_reads import address as reading_at
from tests.attacks.asked import Asked
from tests.attacks.reach import reached, text_of
from tests.attacks.test_restricted import CANARY, heard
from tests.makers_incidents import CALM
from tests.web import scene as scenes
from tests.web.scene import NOW, Scene
from tests.web.test_matrix import browser_of
from tests.whole import deep_but, tried

UNNAMED = tried(
    ("seth", "rita", "alice", "bob", "ada", "finn", "mona", "chas", "percy", "dirk", "fay", "tom", "hugo", "cal"),
    here="seth ada dirk",
    on_postgresql="seth dirk",
    quick="seth",
)
WORDS = (CANARY.casefold(),)
SOON = NOW + timedelta(minutes=5)


@pytest.fixture(name="made")
def _made(db: None, settings: Any, tmp_path: Any) -> Iterator[Scene]:
    settings.BREAKFIX_LEDGER_KEY = str(tmp_path / "ledger.key")
    with clock.set_to(NOW):
        made = scenes.scene()
        source = makers_alerts.source(made.world, at=NOW, name="SIEM", domain=Domain.SEC)
        receive(source, siem(), NOW)
        receive(source, f"{CANARY} in no known form".encode(), NOW)
        yield made


def siem(**more: Any) -> bytes:
    return makers_alerts.told(makers_alerts.alert(CANARY, host=f"{CANARY}.example", begun=NOW), **more)


def the_alert() -> Alert:
    return Alert.objects.get(source__name="SIEM")


def reported(made: Scene) -> Engagement:
    """The desk's report of the alert; afterwards that alert is heard of once more."""
    found = alerts.report_alert(the_alert().pk, answers=CALM, asset_id=None, by=made.world.actor("dana"), at=NOW)
    receive(the_alert().source, siem(receiver="again"), NOW)
    return found


def by_mail(made: Scene, **given: Any) -> MailDraft:
    sent = makers_mails.mail(f"{CANARY} in it", subject=f"{CANARY} on our files", number="canary")
    take(queries.mailbox_at(makers_mails.DESK), sent, Door.HTTP, NOW)
    return MailDraft.objects.latest("id")


def sung(who: str, made: Scene, asked: Asked) -> dict[str, str]:
    """Where this person hears a canary: on pages, in lists and searches, in files, or over the API."""
    browser, caller = browser_of(who), Program(token_of(who).secret)
    paths = [f"/alerts/{one.pk}" for one in Alert.objects.all()]
    paths.append(reverse("mail_draft", args=[MailDraft.objects.latest("id").pk]))
    answers = {path: browser.get(path) for path in paths} | dict(reached(browser, asked))
    answers.pop("/design", None)  # shows samples
    for name in READINGS:
        if path := reading_at(name, made.northgate):
            answers[name] = caller.get(path)
    return {path: told for path, answer in answers.items() if (told := heard(text_of(answer), WORDS))}


@pytest.mark.parametrize("who", UNNAMED)
def test_an_alert_of_an_attack_is_for_few_before_and_after_its_report(who: str, made: Scene, asked: Asked) -> None:
    assert sung(who, made, asked) == {}
    reported(made)
    assert sung(who, made, asked) == {}


@pytest.mark.parametrize("who", deep_but(["sol"], ["sol", "nora", "dana"]))
def test_the_officer_whoever_added_it_and_the_desk_read_it(who: str, made: Scene, asked: Asked) -> None:
    """The twin: the draft, what nobody could read, and afterwards the alert with its engagement are there."""
    by = made.world.actor(who)
    assert the_alert() in queries.waiting(by)
    assert queries.unreadable_visible_to(by).filter(source__name="SIEM").count() == 1
    assert "/alerts" in sung(who, made, asked)
    engagement = reported(made)
    assert engagement.need_to_know
    assert the_alert() in queries.alerts_visible_to(by)  # the desk reports it for whoever let the source in


def test_how_much_came_about_an_attack_is_told_to_nobody_else(made: Scene) -> None:
    """No count either: of the source its name, to those who may close it."""
    for who, reads in (("dana", True), ("nora", True), ("seth", False), ("dirk", False)):
        page = browser_of(who).get("/alerts").content.decode()
        line = page.split("<b>SIEM</b>")[-1].split("</li>")[0]
        assert ("2 messages = 1 draft" in line) is reads
        assert ("What it tells is for those who are let in" in line) is not reads
        listed = Program(token_of(who).secret).get("/alert-sources").json()["items"]
        assert ("SIEM" in {one["name"] for one in listed}) is reads


def test_an_alert_reported_as_an_attack_leaves_everybody_elses_list(made: Scene) -> None:
    source = makers_alerts.source(made.world, at=NOW, name="Zabbix")
    receive(source, makers_alerts.told(makers_alerts.alert("Disk", host="x", begun=NOW)), NOW)
    drafted = Alert.objects.get(source=source)
    everybody = ("rita", "seth", "dirk", "dana", "sol")
    assert {who for who in everybody if drafted in queries.alerts_visible_to(made.world.actor(who))} == set(everybody)
    seth = made.world.actor("seth")
    alerts.report_alert(drafted.pk, domain=Domain.SEC, answers=CALM, asset_id=None, by=seth, at=NOW)
    seeing = {who for who in everybody if drafted in queries.alerts_visible_to(made.world.actor(who))}
    assert seeing == {"seth", "dana", "sol"}


def test_a_mail_reported_as_an_attack_is_for_those_let_in(made: Scene, asked: Asked) -> None:
    draft = by_mail(made)
    dana = made.world.actor("dana")
    asset = made.northgate["asset_id"]
    letters.report_mail(draft.pk, asset_id=asset, domain=Domain.SEC, answers=CALM, by=dana, at=NOW)
    for who in ("dirk", "seth", "ada"):
        assert draft not in queries.drafts_visible_to(made.world.actor(who))
    assert draft in queries.drafts_visible_to(dana)
    assert sung("dirk", made, asked) == {}
    assert reverse("mail_draft", args=[draft.pk]) in sung("dana", made, asked)  # it was asked at its address


def test_no_message_of_it_goes_to_anybody_else(made: Scene) -> None:
    kinds.load()
    worker.run_due(SOON)
    told = {one.to[0] for one in mail.outbox if heard(str(one.message()), WORDS)}
    people = made.world.people
    assert told == {people[who].email for who in ("sol", "dana", "nora")}
    reported(made)
    mail.outbox.clear()
    worker.run_due(SOON + timedelta(minutes=5))
    told = {one.to[0] for one in mail.outbox if heard(str(one.message()), WORDS)}
    let_in = {
        one.email for one in people.values() if the_alert() in queries.alerts_visible_to(parties.actor_for(one))
    }
    assert told
    assert told <= let_in
    assert the_alert() in queries.alerts_visible_to(SYSTEM)
