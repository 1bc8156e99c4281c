"""Ending an agreement on its page: who may, what it says then, and that nothing new is reported."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from django.test import Client

from breakfix.agreements import queries
from breakfix.agreements.actions import end_agreement, revise_agreement
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_agreements import signed
from tests.people import PASSWORD, PEOPLE

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
Moment = Callable[[datetime], None]
NOW, ENDS = local("2026-12-01 12:00"), local("2026-12-02 18:00")


def chips(answer: Any) -> list[str]:
    found = re.findall(r'<span class="bf-chip[^"]*">(.*?)</span>', answer.content.decode(), re.S)
    return [re.sub(r"<[^>]+>", "", one).strip() for one in found]


def test_administrator_ends_it_and_both_sides_read_until_when(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    moment(NOW)
    agreement = world.agreements["northgate"].agreement
    page = f"/agreements/{agreement.pk}"
    nora, percy, dana = sign_in("nora"), sign_in("percy"), sign_in("dana")
    assert "end_agreement" not in forms(dana.get(page))
    assert "end_agreement" in forms(percy.get(page))
    form = forms(nora.get(page))["end_agreement"]
    sent = {**form["fields"], "ends_at": "2026-12-02T18:00", "reason": "<b>Another</b> provider"}
    assert nora.post(form["action"], sent).status_code == 422
    sent["password"] = PASSWORD
    again = nora.post(form["action"], {**sent, "ends_at": "2026-11-30T18:00"})
    assert again.status_code == 409
    mail.outbox.clear()
    assert nora.post(form["action"], sent).status_code == 303
    version = queries.last_signed(agreement.pk)
    assert version is not None
    assert version.ends_at == ENDS
    for client in (nora, percy, dana):
        shown = client.get(page)
        assert "because: “&lt;b&gt;Another&lt;/b&gt; provider” (notice by Nora Pembroke)" in shown.content.decode()
        assert "end_agreement" not in forms(shown)
        assert ("Ending" in chips(shown), "Ended" in chips(shown)) == (True, False)
    assert "until Wed 2 Dec" in " ".join(re.sub(r"<[^>]+>", "", nora.get("/agreements").content.decode()).split())
    run_until(NOW, NOW)
    told = {letter.to[0] for letter in mail.outbox if letter.subject.endswith(f"{agreement.number} was ended")}
    assert told == {PEOPLE["nora"].email, PEOPLE["percy"].email}
    assert "<b>Another</b> provider" in str(mail.outbox[0].body)
    rita = sign_in("rita")
    said = "The agreement with Ironbridge Repair ended on"
    assert said not in rita.get("/engagements/new").content.decode()
    moment(ENDS)
    shown = dana.get(page)
    assert "Ended on" in shown.content.decode()
    assert "Ended" in chips(shown)
    assert said in rita.get("/engagements/new").content.decode()
    assert said not in sign_in("hana").get("/engagements/new").content.decode()


def test_form_names_the_draft_that_is_withdrawn_with_it(world: World, moment: Moment, sign_in: SignIn) -> None:
    moment(NOW)
    version = world.agreements["northgate"]
    page, nora = f"/agreements/{version.agreement_id}", sign_in("nora")
    assert "withdrawn" not in nora.get(page).content.decode()
    revise_agreement(version.pk, terms={}, by=world.actor("percy"), at=NOW)
    assert "The draft of version 2 is withdrawn." in nora.get(page).content.decode()


def test_report_page_says_when_the_next_version_begins(world: World, moment: Moment, sign_in: SignIn) -> None:
    moment(NOW)
    agreement_id, starts = world.agreements["northgate"].agreement_id, ENDS + timedelta(days=30)
    by = world.actor("nora", confirmed_at=NOW)
    first = end_agreement(agreement_id, ends_at=ENDS, reason="For a month", by=by, at=NOW)
    draft = revise_agreement(first.pk, terms={}, effective_at=starts, by=world.actor("percy"), at=NOW)
    signed(world, draft, "percy", "nora", at=NOW)
    moment(ENDS)
    said = " ".join(re.sub(r"<[^>]+>", "", sign_in("rita").get("/engagements/new").content.decode()).split())
    assert "The next version begins on Fri 1 Jan 2027, 18:00" in said


def test_stranger_reads_and_ends_nothing(world: World, moment: Moment, sign_in: SignIn) -> None:
    moment(NOW)
    page = f"/agreements/{world.agreements['northgate'].agreement_id}"
    sent = {"ends_at": "2026-12-02T18:00", "reason": "No"}
    for who in ("hugo", "cal"):
        assert sign_in(who).post(f"{page}/end_agreement", sent).status_code == 404
