"""The pages of alerts: what waits, what could not be read, a secret shown once, and a draft that becomes a report."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.intake.models import Alert, AlertSource
from breakfix.intake.receiving import receive
from breakfix.kernel import clock
from tests import people
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told

CALM = {
    "answers-revenue": "degraded",
    "answers-people": "from_5",
    "answers-records": "no_risk",
    "answers-obligation": "none",
    "answers-harm_within": "within_5bd",
    "answers-workaround": "partial",
    "answers-trend": "stable",
}


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> Iterator[AlertSource]:
    with clock.set_to(HEARD):
        yield source(world)


def browser(who: str) -> Client:
    found = Client()
    found.force_login(people.person(who), "allauth.account.auth_backends.AuthenticationBackend")
    return found


def shown(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_draft_waits_on_the_page_and_the_desk_is_told(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert()), HEARD)
    receive(prometheus, told(alert("Fan", host="srv99", severity="warning")), HEARD)
    for who in ("rita", "dana"):
        page = shown(browser(who).get("/alerts"))
        assert page.index("ArrayDegraded on") < page.index("Fan on")  # worst first
        assert "nyc-backup-01" in page
        assert "srv99" in page
    for there in ("/", "/desk", "/desk/lanes"):
        assert "2 alerts of monitoring wait for a decision , 1 of high impact" in shown(browser("dana").get(there))
    for who in ("quinn", "tom", "hana"):
        assert "of monitoring" not in shown(browser(who).get("/"))
    assert "of monitoring" not in shown(browser("dana").get("/desk/wall"))


def test_a_report_of_a_draft_leads_to_its_engagement(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert()), HEARD)
    draft = Alert.objects.get()
    answer = browser("rita").post(f"/alerts/{draft.pk}/report_alert", {**CALM, "onsite_needed": "true"})
    made = Alert.objects.get().engagement
    assert made is not None
    assert (answer.status_code, answer["Location"]) == (303, f"/engagements/{made.pk}")
    page = shown(browser("rita").get(f"/alerts/{draft.pk}"))
    assert made.number in page
    assert "Report the failure" not in page


def test_a_report_without_answers_says_which_is_missing(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert()), HEARD)
    there = f"/alerts/{Alert.objects.get().pk}/report_alert"
    answer = browser("rita").post(there, {**CALM, "answers-people": "", "callback": "+1 212 555 0131"})
    assert answer.status_code == 422
    assert 'value="+1 212 555 0131"' in answer.content.decode()  # nothing typed is lost
    assert Alert.objects.get().engagement is None


def test_the_secret_stands_in_one_answer_only(prometheus: AlertSource) -> None:
    sent = {
        "name": "Zabbix",
        "site_id": prometheus.site_id,
        "provider_id": prometheus.provider_id,
        "domain": "HW-SRV",
        "signed": "true",
        "password": people.PASSWORD,
    }
    answer = browser("nora").post("/alerts/add_alert_source", sent)
    assert answer.status_code == 201
    secrets = re.findall(r"<code>((?:bfa|whsec)_[^<…]+)</code>", answer.content.decode())
    assert len(secrets) == 2
    again = browser("nora").get("/alerts").content.decode()
    assert "Zabbix" in again
    assert not any(secret in again for secret in secrets)


def test_what_could_not_be_read_is_shown_and_settled(prometheus: AlertSource) -> None:
    receive(prometheus, b"<script>alert(1)</script>", HEARD)
    page = browser("dana").get("/alerts").content.decode()
    assert "It is no JSON" in page
    key = re.search(r'name="delivery_id" value="(\d+)"', page)
    assert key is not None
    browser("dana").post("/alerts/settle_unreadable", {"delivery_id": key[1], "reason": "Told them."})
    assert "It is no JSON" not in browser("dana").get("/alerts").content.decode()


def test_hostile_words_stay_words(prometheus: AlertSource) -> None:
    hostile = alert('<img src=x onerror="alert(1)">', host="<b>srv")
    receive(prometheus, told(hostile), HEARD)
    for there in ("/alerts", f"/alerts/{Alert.objects.get().pk}"):
        page = browser("rita").get(there).content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
        assert "<b>srv" not in page


def test_a_long_list_takes_as_many_questions_as_a_short_one(
    prometheus: AlertSource, django_assert_num_queries: Any
) -> None:
    by = browser("dana")
    for number in range(3):
        receive(prometheus, told(alert(f"Failure{number}")), HEARD)
        receive(prometheus, f"{number}?".encode(), HEARD)
        by.get("/alerts")
        with django_assert_num_queries(9):
            by.get("/alerts")


def test_the_menu_is_as_on_every_page(prometheus: AlertSource) -> None:
    """What a page calls its own must not hide what the frame needs: on a narrow screen the rest is under More."""
    for there in ("/", "/alerts"):
        assert "has-more" in browser("nora").get(there).content.decode(), there


def test_the_page_says_whether_it_adds_up(prometheus: AlertSource, sign_in: Any) -> None:
    receive(prometheus, told(alert("Fan"), alert("Disk")), HEARD)
    receive(prometheus, b"?", HEARD)
    text = sign_in("dana").get("/alerts").content.decode()
    assert "2 messages = 1 draft + 0 updates + 0 ignored + 1 quarantine + 0 refused." in text
    assert "2 alerts told = 2 counted + 0 about nothing known here." in text
    assert "adds up" in text


@pytest.mark.parametrize("who", ["dana", "rita"])
def test_an_alert_says_how_often_it_came_back(prometheus: AlertSource, who: str) -> None:
    for number in range(4):
        began = HEARD + timedelta(minutes=2 * number)
        receive(prometheus, told(alert(begun=began)), began)
        receive(prometheus, told(alert(begun=began, status="resolved")), began + timedelta(minutes=1))
    page = shown(browser(who).get(f"/alerts/{Alert.objects.get().pk}"))
    assert "3× or more often, within an hour of its end; last " in page
    assert "over once it stays away" in page
