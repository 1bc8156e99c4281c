"""The offer: one decision on one page, for the one who may take it; everybody else reads why not."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import PhoneCall
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import queries
from breakfix.quotes.models import Quote
from tests import makers_diagnosis, makers_quotes, people
from tests.makers import World, local
from tests.web.typing_in import confirmed

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
EARLY, NIGHT = local("2026-12-02 01:22"), local("2026-12-02 01:47")


@pytest.fixture(name="moment")
def _moment() -> Iterator[Callable[[datetime], None]]:
    """Turn the clock to another instant of the story."""
    with ExitStack() as turned:
        yield lambda at: turned.enter_context(clock.set_to(at))


@pytest.fixture(name="quote")
def _quote(world: World, moment: Callable[[datetime], None]) -> Quote:
    """S1's offer, seven minutes before the client."""
    quote = makers_quotes.issued(world)
    makers_quotes.climbed(quote, local("2026-12-02 01:20"))
    moment(EARLY)
    return quote


def page_of(quote: Quote) -> str:
    return f"/quotes/{quote.pk}"


def seat(quote: Quote, name: str) -> str:
    found = approvals.latest_round_for(quote.subject)
    assert found is not None
    return next(one.state for one in found.seats.all() if one.name == name)


def at_night(world: World, quote: Quote) -> None:
    """IT and the data owner answered, finance sleeps: it is 01:47."""
    makers_quotes.signed(world, quote, "alice", EARLY)
    makers_quotes.climbed(quote, local("2026-12-02 01:45"))
    makers_quotes.acknowledged(world, quote, local("2026-12-02 01:46"))


def test_offer_says_in_one_place_what_an_approver_has_to_know(quote: Quote, sign_in: SignIn) -> None:
    shown = sign_in("alice").get(page_of(quote)).content.decode()
    for words in ("$6,614.16", "$5,879.25", "$4,723.33", "17.41 % risk of losing data", "$600.00 an hour"):
        assert words in shown
    for words in (
        "$25,000.00",
        quote.sha256,
        "Controller, cache, one drive",
        "$1,380.20",
        "P80",
        "offer-CTRL-9.txt",
        "2.0 h for a visit",
    ):
        assert words in shown
    assert "2.0 h for a visit" in shown


def test_approver_signs_through_the_page(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    alice = sign_in("alice")
    form = forms(alice.get(page_of(quote)))["approve_quote"]
    assert form["fields"]["shown_sha256"] == quote.sha256
    done = alice.post(form["action"], confirmed(form, acknowledged=["R1"]))
    assert (done.status_code, done["Location"]) == (303, page_of(quote))
    assert seat(quote, "it") == "APPROVED"
    assert "You have decided" in alice.get(page_of(quote)).content.decode()


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"acknowledged": []}, 409, "acknowledge the risk rows R1"),
        ({"password": "not-hers"}, 422, "This is not your password"),
        ({"shown_sha256": "0" * 64}, 409, "reload and read it again"),
    ],
)
def test_approval_is_refused_on_the_same_page(
    quote: Quote, sign_in: SignIn, forms: Forms, given: dict[str, Any], status: int, words: str
) -> None:
    alice = sign_in("alice")
    form = forms(alice.get(page_of(quote)))["approve_quote"]
    again = alice.post(form["action"], confirmed(form, **{"acknowledged": ["R1"], **given}))
    assert (again.status_code, seat(quote, "it")) == (status, "NOTIFIED")
    assert words in again.content.decode()


def test_second_press_of_approve_changes_nothing(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    alice = sign_in("alice")
    form = forms(alice.get(page_of(quote)))["approve_quote"]
    sent = confirmed(form, acknowledged=["R1"])
    assert alice.post(form["action"], sent).status_code == 303
    again = alice.post(form["action"], sent)
    assert again.status_code == 409
    assert "decided in this round already" in again.content.decode()


def test_duty_manager_reads_which_conditions_are_not_met(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    shown = sign_in("mona").get(page_of(quote))
    assert set(forms(shown)) == {"ask_about_quote"}
    assert "applies from 01:45" in shown.content.decode()
    assert "not met" in shown.content.decode()


def test_duty_manager_decides_for_the_sleeper(
    world: World, quote: Quote, sign_in: SignIn, forms: Forms, moment: Callable[[datetime], None]
) -> None:
    at_night(world, quote)
    moment(NIGHT)
    mona = sign_in("mona")
    form = forms(mona.get(page_of(quote)))["approve_quote_in_emergency"]
    reason = "The archive gap closes at 19:40."
    refused = mona.post(form["action"], confirmed(form, reason=reason))
    assert (refused.status_code, reason in refused.content.decode()) == (409, True)
    assert mona.post(form["action"], confirmed(form, reason=reason, acknowledged=["R1"])).status_code == 303
    assert queries.get_quote(quote.pk, SYSTEM).status == "APPROVED"
    shown = mona.get(page_of(quote)).content.decode()
    assert "You never pay more than $6,614.16" in shown
    assert "finance seat has to ratify" in shown


def test_data_owner_acknowledges_the_risk(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    sol = sign_in("sol")
    offered = forms(sol.get(page_of(quote)))
    assert "approve_quote" not in offered
    form = offered["acknowledge_risk"]
    assert sol.post(form["action"], confirmed(form)).status_code == 303
    assert seat(quote, "data_owner") == "APPROVED"


def test_rejection_needs_words_and_keeps_what_was_typed(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    cora = sign_in("cora")
    form = forms(cora.get(page_of(quote)))["reject_quote"]
    again = cora.post(form["action"], confirmed(form, reason="other"))
    assert again.status_code == 422
    assert forms(again)["reject_quote"]["fields"]["shown_sha256"] == quote.sha256
    assert '<option value="other" selected>' in again.content.decode()
    assert cora.post(form["action"], confirmed(form, reason="other", note="We move to the cloud")).status_code == 303
    shown = cora.get(page_of(quote)).content.decode()
    assert "Rejected" in shown
    assert "We move to the cloud" in shown


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("rita", "reported this"),
        ("bob", "none of the seats"),
        ("ada", "none of the seats"),
        ("quinn", "with the client"),
    ],
)
def test_whoever_may_not_decide_reads_why(quote: Quote, sign_in: SignIn, forms: Forms, who: str, words: str) -> None:
    shown = sign_in(who).get(page_of(quote))
    assert set(forms(shown)) <= {"withdraw_quote", "ask_about_quote"}
    assert words in shown.content.decode()


@pytest.mark.parametrize("who", ["charlie", "hope", "cal", "tom"])
def test_offer_is_not_there_for_others(quote: Quote, sign_in: SignIn, who: str) -> None:
    stranger = sign_in(who)
    assert stranger.get(page_of(quote)).status_code == 404
    assert stranger.get(f"{page_of(quote)}/document").status_code == 404
    sent = {"shown_sha256": quote.sha256, "reason": "x"}
    if who != "cal":
        assert stranger.post(f"{page_of(quote)}/approve_quote_in_emergency", sent).status_code == 404


def test_document_is_what_was_hashed(quote: Quote, sign_in: SignIn) -> None:
    document = sign_in("alice").get(f"{page_of(quote)}/document")
    assert hashlib.sha256(document.content).hexdigest() == quote.sha256


def test_offer_that_ran_out_offers_no_decision(
    quote: Quote, sign_in: SignIn, forms: Forms, moment: Callable[[datetime], None]
) -> None:
    assert quote.valid_until is not None
    moment(quote.valid_until)
    shown = sign_in("alice").get(page_of(quote))
    assert forms(shown) == {}
    assert "can no longer be approved" in shown.content.decode()


def test_engagement_page_leads_the_approver_to_the_offer(quote: Quote, sign_in: SignIn) -> None:
    shown = sign_in("alice").get(f"/engagements/{quote.engagement_id}").content.decode()
    assert f'href="{page_of(quote)}"' in shown
    home = sign_in("alice").get("/").content.decode()
    asked = approvals.latest_round_for(quote.subject)
    assert asked is not None
    assert f'href="/rounds/{asked.pk}"' in home
    assert sign_in("alice").get(f"/rounds/{asked.pk}")["Location"] == page_of(quote)


def test_queries_of_the_offer_do_not_grow_with_the_people_asked(
    quote: Quote, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    alice = sign_in("alice")
    with django_assert_max_num_queries(60):
        assert alice.get(page_of(quote)).status_code == 200


def test_draft_is_proved_reviewed_and_issued_through_its_page(
    world: World, sign_in: SignIn, forms: Forms, moment: Callable[[datetime], None]
) -> None:
    quote = makers_quotes.drafted(world, makers_diagnosis.diagnosed(world))
    moment(local("2026-12-02 01:06"))
    quinn, rex, path = sign_in("quinn"), sign_in("rex"), page_of(quote)
    assert sign_in("alice").get(path).status_code == 404
    for line in (1, 2, 3):
        offer = SimpleUploadedFile(f"offer-{line}.txt", b"our price holds")
        done = quinn.post(f"{path}/attach_supplier_evidence", {"line": line, "evidence": offer, "next": path})
        assert done.status_code == 303
    assert quinn.post(f"{path}/issue_quote").status_code == 409
    own = quinn.post(f"{path}/review_quote", {"revision": quote.revision})
    assert (own.status_code, "Somebody else has to review" in own.content.decode()) == (409, True)
    form = forms(rex.get(path))["review_quote"]
    assert rex.post(form["action"], form["fields"]).status_code == 303
    form = forms(quinn.get(path))["issue_quote"]
    assert quinn.post(form["action"], form["fields"]).status_code == 303
    assert queries.get_quote(quote.pk, SYSTEM).status == "ISSUED"
    assert sign_in("alice").get(path).status_code == 200


def test_provider_withdraws_an_offer(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    quinn = sign_in("quinn")
    form = forms(quinn.get(page_of(quote)))["withdraw_quote"]
    assert quinn.post(form["action"], form["fields"]).status_code == 303
    assert "took this offer back" in sign_in("alice").get(page_of(quote)).content.decode()


def test_question_is_asked_and_answered_on_the_page(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    alice, quinn, path = sign_in("alice"), sign_in("quinn"), page_of(quote)
    assert "answer_question" not in forms(quinn.get(path))
    form = forms(alice.get(path))["ask_about_quote"]
    assert alice.post(form["action"], {**form["fields"], "text": "Is the copy safe?"}).status_code == 303
    assert "Is the copy safe?" in quinn.get("/").content.decode()
    answering = forms(quinn.get(path))["answer_question"]
    promised = quinn.post(answering["action"], {**answering["fields"], "answer": "Yes, for 50 dollars."})
    assert promised.status_code == 409
    assert "Yes, for 50 dollars." in promised.content.decode()
    done = quinn.post(answering["action"], {**answering["fields"], "answer": "Yes, it is read back."})
    assert done.status_code == 303
    for words in (alice.get(path), alice.get(f"/engagements/{quote.engagement_id}")):
        assert "Yes, it is read back." in words.content.decode()


def test_approver_hands_over_from_the_page(quote: Quote, sign_in: SignIn, forms: Forms) -> None:
    alice, path = sign_in("alice"), page_of(quote)
    form = forms(alice.get(path))["delegate"]
    done = alice.post(form["action"], confirmed(form, delegate_id=people.person("cora").pk))
    assert (done.status_code, done["Location"]) == (303, path)
    assert "delegate" not in forms(sign_in("rita").get(path))


def test_desk_lets_an_approver_sign_by_telephone(quote: Quote, world: World, sign_in: SignIn, forms: Forms) -> None:
    dana, path = sign_in("dana"), page_of(quote)
    assert "call_approver" not in forms(sign_in("quinn").get(path))
    calling = forms(dana.get(path))["call_approver"]
    assert (
        dana.post(calling["action"], {**calling["fields"], "person_id": world.people["cora"].pk}).status_code == 303
    )
    shown = dana.get(path)
    assert "at most $5,879.25 incl. tax" in " ".join(shown.content.decode().split())
    code = approvals.code_of(PhoneCall.objects.get())
    assert code not in shown.content.decode()
    entering = forms(shown)["enter_phone_code"]
    typed = {**entering["fields"], "acknowledged-0": "R1"}
    wrong = dana.post(entering["action"], {**typed, "code": f"{(int(code) + 1) % 10**8:08d}"})
    assert (wrong.status_code, "2 more tries" in wrong.content.decode()) == (409, True)
    assert dana.post(entering["action"], {**typed, "code": f"{code[:4]} {code[4:]}"}).status_code == 303
    assert "Signed by telephone" in dana.get(path).content.decode()
    assert approvals.open_round_for(quote.subject).seats.get(name="finance").decided_by == world.people["cora"]
