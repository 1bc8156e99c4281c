"""A finding is read by the client's own people and answered on its page, once, by finance or the administrator."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from breakfix.approvals import queries
from breakfix.approvals.models import Finding
from breakfix.approvals.values import RatifyVerdict
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM, Role
from breakfix.parties import actions as parties
from tests import makers_approvals, makers_quotes, snapshots
from tests.makers import World, local

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
NOON = local("2026-12-02 12:30")
HOSTILE = "<img src=x onerror=alert(1)> {{ 7|add:7 }}"
WORDS = {"what_happened": "The CFO slept.\nNobody was named.", "what_changes": "Two people hold the seat."}


@pytest.fixture(name="finding")
def _finding(world: World) -> Iterator[Finding]:
    """The CFO refused in the morning what was approved for her in the night."""
    quote = makers_quotes.approved(world)
    approval = queries.latest_round_for(quote.subject)
    assert approval is not None
    morning = local("2026-12-02 08:40")
    with clock.set_to(morning):
        makers_approvals.ratified(world, approval, morning, verdict=RatifyVerdict.REFUSE, reason="Not urgent enough.")
    with clock.set_to(NOON):
        yield queries.findings(quote.engagement, SYSTEM)[0]


def test_finding_is_answered_on_its_page_and_listed_as_answered(
    finding: Finding, sign_in: SignIn, forms: Forms
) -> None:
    finn, at = sign_in("finn"), f"/findings/{finding.pk}"
    listed = finn.get("/findings").content.decode()
    assert f'href="{at}"' in listed
    assert "1 open" in listed
    form = forms(finn.get(at))["answer_finding"]
    done = finn.post(form["action"], {**form["fields"], **WORDS})
    assert (done.status_code, done["Location"]) == (303, at)
    shown = sign_in("ada").get(at).content.decode()
    for words in ("The CFO slept.<br>Nobody was named.", "Two people hold the seat.", "Finn Delacroix"):
        assert words in shown
    assert forms(finn.get(at)) == {}
    again = finn.post(form["action"], {**form["fields"], **WORDS})
    assert (again.status_code, "was answered" in again.content.decode()) == (409, True)
    assert "0 open" in sign_in("ada").get("/findings").content.decode()
    assert finding.seat is not None
    assert f'href="{at}"' in sign_in("cora").get(f"/rounds/{finding.seat.round_id}").content.decode()


def test_half_an_answer_keeps_what_was_typed_and_writes_nothing(
    finding: Finding, sign_in: SignIn, forms: Forms
) -> None:
    nora, at = sign_in("nora"), f"/findings/{finding.pk}"
    form = forms(nora.get(at))["answer_finding"]
    before = snapshots.state()
    answer = nora.post(form["action"], {**form["fields"], **WORDS, "what_changes": "  "})
    assert (answer.status_code, snapshots.state()) == (422, before)
    shown = answer.content.decode()
    assert 'href="#answer_finding-what_changes"' in shown
    assert "The CFO slept." in shown


def test_hostile_words_are_shown_as_words(finding: Finding, sign_in: SignIn, forms: Forms) -> None:
    finn, at = sign_in("finn"), f"/findings/{finding.pk}"
    form = forms(finn.get(at))["answer_finding"]
    finn.post(form["action"], {**form["fields"], "what_happened": HOSTILE, "what_changes": HOSTILE})
    shown = finn.get(at).content.decode()
    assert "<img src=x" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt; {{ 7|add:7 }}") == 2


def test_who_approved_it_is_told_that_somebody_else_answers(
    world: World, finding: Finding, sign_in: SignIn, forms: Forms
) -> None:
    parties.give_role(world.people["mona"].pk, role=Role.CLIENT_ADMIN, by=world.actor("nora"), at=NOON)
    shown = sign_in("mona").get(f"/findings/{finding.pk}")
    assert "Somebody else of your organisation answers it" in shown.content.decode()
    assert forms(shown) == {}
    sent = sign_in("mona").post(f"/findings/{finding.pk}/answer_finding", WORDS)
    assert (sent.status_code, b'data-code="own_approval"' in sent.content) == (403, True)


@pytest.mark.parametrize("who", ["fay", "dana", "tom", "hugo", "cal"])
def test_finding_is_not_there_for_anybody_else(finding: Finding, sign_in: SignIn, who: str) -> None:
    browser, before = sign_in(who), snapshots.state()
    assert browser.get(f"/findings/{finding.pk}").status_code == 404
    assert browser.post(f"/findings/{finding.pk}/answer_finding", WORDS).status_code == 404
    assert finding.what not in browser.get("/findings").content.decode()
    assert snapshots.state() == before


@pytest.mark.tampers
def test_list_takes_as_many_queries_for_three_as_for_one(
    finding: Finding, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    ada = sign_in("ada")
    with django_assert_num_queries(5):
        assert ada.get("/findings").content.decode().count("not answered") == 1
    for number in (1, 2):
        Finding.objects.create(
            engagement=finding.engagement, client=finding.client, what=f"Another {number}", opened_at=NOON
        )
    with django_assert_num_queries(5):
        assert ada.get("/findings").content.decode().count("not answered") == 3
