"""The quote builder: typed once, priced while typing, and nothing typed is lost."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import queries
from breakfix.quotes.models import Quote
from tests import makers_diagnosis, makers_quotes
from tests.makers import World, local
from tests.web.typing_in import typed

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


@pytest.fixture(name="engagement")
def _engagement(world: World) -> Iterator[Engagement]:
    """S1 at 01:05: the root cause is issued, the quote is to be written."""
    made = makers_diagnosis.diagnosed(world)
    with clock.set_to(local("2026-12-02 01:05")):
        yield made


def build(engagement: Engagement) -> str:
    return f"/engagements/{engagement.pk}/quote"


def test_builder_takes_the_opening_scenario(engagement: Engagement, sign_in: SignIn, forms: Forms) -> None:
    quinn = sign_in("quinn")
    form = forms(quinn.get(build(engagement)))["draft_quote"]
    done = quinn.post(form["action"], {**form["fields"], **typed(**makers_quotes.inputs())})
    quote = Quote.objects.get()
    assert (done.status_code, done["Location"]) == (303, f"/quotes/{quote.pk}")
    assert (str(quote.q.amount), quote.author.email) == ("4723.33", "quinn@ironbridge.example")
    assert asdict(quote.inputs)["risks"][0]["raid"]["drives"] == 6
    shown = quinn.get(f"/quotes/{quote.pk}").content.decode()
    assert "4.5 h x 245 x 1.5 = $1,653.75" in shown
    assert "Attach the supplier" in shown


def test_builder_keeps_what_was_typed_and_names_the_field(
    engagement: Engagement, sign_in: SignIn, forms: Forms
) -> None:
    sent = typed(**makers_quotes.inputs()) | {"tasks-1-likely": "9"}
    again = sign_in("quinn").post(f"{build(engagement)}/draft_quote", sent)
    assert again.status_code == 409
    fields = forms(again)["draft_quote"]["fields"]
    assert (fields["tasks-1-likely"], fields["parts-2-part_number"]) == ("9", "DRV-4T")
    assert 'id="draft_quote-tasks-1-likely-fault"' in again.content.decode()
    assert not Quote.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("parts-0-cost", "-1", 409),
        ("parts-0-cost", "much", 422),
        ("parts-0-supplier_valid_until", "2026-12-01T00:00", 409),
        ("tasks-0-level", "7", 409),
        ("contingents-0-probability", "1.2", 409),
        ("risks-0-severity", "6", 409),
        ("scope_in", "", 422),
        ("tasks-0-colour", "red", 422),
    ],
)
def test_builder_refuses_the_impossible_by_field(
    engagement: Engagement, sign_in: SignIn, field: str, value: str, status: int
) -> None:
    sent = typed(**makers_quotes.inputs()) | {field: value}
    again = sign_in("quinn").post(f"{build(engagement)}/draft_quote", sent)
    assert again.status_code == status
    assert not Quote.objects.exists()


def test_preview_prices_and_writes_nothing(engagement: Engagement, sign_in: SignIn) -> None:
    shown = sign_in("quinn").post(f"{build(engagement)}/preview", typed(**makers_quotes.inputs()))
    words = shown.content.decode()
    for figure in ("$2,555.63", "$1,992.70", "$4,723.33", "$219.84/h", "17.41 %", "IT, Finance, Data owner"):
        assert figure in words
    assert "Attach the supplier" in words
    assert not Quote.objects.exists()


def test_preview_says_what_it_still_needs(engagement: Engagement, sign_in: SignIn) -> None:
    quinn, path = sign_in("quinn"), f"{build(engagement)}/preview"
    assert "at least one task" in quinn.post(path, {}).content.decode()
    half = quinn.post(path, {"tasks-0-name": "Image the array"}).content.decode()
    assert "row 1 of tasks" in half
    unordered = {**typed(**makers_quotes.inputs()), "tasks-0-likely": "99"}
    assert "Task 1, likely: hours rise" in quinn.post(path, unordered).content.decode()
    unscoped = quinn.post(path, {**typed(**makers_quotes.inputs()), "scope_in": ""}).content.decode()
    assert "$4,723.33" in unscoped
    assert "Say what is in scope" in unscoped


def test_preview_is_for_whoever_writes_quotes(engagement: Engagement, sign_in: SignIn) -> None:
    sent = typed(**makers_quotes.inputs())
    assert sign_in("quinn").get(f"{build(engagement)}/preview").status_code == 405
    assert sign_in("dana").post(f"{build(engagement)}/preview", sent).status_code == 403
    assert sign_in("charlie").post(f"{build(engagement)}/preview", sent).status_code == 404
    assert sign_in("alice").get(build(engagement)).status_code == 403


def test_judged_risk_needs_no_array(engagement: Engagement, sign_in: SignIn) -> None:
    risk = {"risks-0-kind": "extended_outage", "risks-0-severity": "3", "risks-0-probability": "0.1"}
    empty = {f"risks-0-raid-{name}": "" for name in ("drives", "drive_tb", "failed", "hours")}
    sent = typed(**makers_quotes.inputs(risks=[])) | risk | empty | {"risks-0-basis": "Courier may be late"}
    assert sign_in("quinn").post(f"{build(engagement)}/draft_quote", sent).status_code == 303
    assert Quote.objects.get().inputs.risks[0].raid is None


def test_risks_of_the_domain_are_taken_over_and_still_to_be_judged(
    engagement: Engagement, sign_in: SignIn, forms: Forms
) -> None:
    quinn, rows = sign_in("quinn"), f"{build(engagement)}/rows"
    mine = {
        "risks-1-kind": "extended_outage",
        "risks-1-severity": "2",
        "risks-1-basis": "Snow",
        "scope_out": "<b>",
    }
    taken = forms(quinn.post(rows, {**mine, "risks-0-kind": "", "more": "usual_risks"}))["draft_quote"]["fields"]
    assert (taken["risks-0-basis"], taken["scope_out"].strip()) == ("Snow", "<b>")
    named = Domain(engagement.domain).described.risks
    for number, one in enumerate(named, start=1):
        assert taken[f"risks-{number}-kind"] == one.kind
        assert taken[f"risks-{number}-severity"] == str(one.severity)
        assert taken[f"risks-{number}-basis"] == one.basis
        assert taken[f"risks-{number}-mitigations"] == one.mitigations
        assert taken[f"risks-{number}-probability"] == ""
    again = forms(quinn.post(rows, {**taken, "more": "usual_risks"}))["draft_quote"]["fields"]
    twice = [again[f"risks-{len(named) + more}-basis"] for more in (0, 1)]
    assert twice == [named[-1].basis, ""]
    risks = {name: value for name, value in taken.items() if name.startswith("risks-")}
    unjudged = {**typed(**makers_quotes.inputs(risks=[])), **risks, "risks-0-probability": "0.1"}
    no = quinn.post(f"{build(engagement)}/draft_quote", unjudged)
    assert no.status_code == 422
    assert 'id="draft_quote-risks-1-probability-fault"' in no.content.decode()
    judged = {f"risks-{number}-probability": "0.3" for number in range(1, len(named) + 1)}
    assert quinn.post(f"{build(engagement)}/draft_quote", {**unjudged, **judged}).status_code == 303
    kept = Quote.objects.get().inputs.risks
    assert [one.basis for one in kept] == ["Snow", *(one.basis for one in named)]


def test_strange_rows_are_no_obstacle_to_the_risks_of_the_domain(engagement: Engagement, sign_in: SignIn) -> None:
    for strange in ({"risks": "x"}, {"risks-0": "x"}, {"risks-0-kind-x-y": "z"}, {"risks-999-basis": "far"}):
        answer = sign_in("quinn").post(f"{build(engagement)}/rows", {**strange, "more": "usual_risks"})
        assert answer.status_code in (200, 422), strange


def test_draft_is_revised_in_the_same_form(
    world: World, engagement: Engagement, sign_in: SignIn, forms: Forms
) -> None:
    quote, quinn = makers_quotes.drafted(world, engagement), sign_in("quinn")
    assert quinn.get(build(engagement))["Location"] == f"/quotes/{quote.pk}/edit"
    form = forms(quinn.get(f"/quotes/{quote.pk}/edit"))["revise_quote"]
    fields = form["fields"]
    assert (fields["tasks-0-name"], fields["tasks-0-optimistic"], fields["revision"]) == (
        "Image the array",
        "1.5",
        "1",
    )
    assert (fields["risks-0-raid-drives"], fields["parts-0-supplier_valid_until"]) == ("6", "2026-12-09T00:00")
    sent = {"revision": "1", **typed(**makers_quotes.inputs()), "charges-0-unit": "150"}
    assert quinn.post(form["action"], sent).status_code == 303
    assert str(queries.get_quote(quote.pk, SYSTEM).q.amount) == "4728.33"
    stale = quinn.post(form["action"], {**sent, "charges-0-unit": "160"})
    assert (stale.status_code, forms(stale)["revise_quote"]["fields"]["charges-0-unit"]) == (409, "160")
    assert "Somebody changed this draft" in stale.content.decode()


def test_issued_quote_has_no_form_to_edit(world: World, engagement: Engagement, sign_in: SignIn) -> None:
    quote = makers_quotes.issued(world, engagement)
    assert sign_in("quinn").get(f"/quotes/{quote.pk}/edit")["Location"] == f"/quotes/{quote.pk}"
    assert sign_in("charlie").get(f"/quotes/{quote.pk}/edit").status_code == 404


def test_preview_of_a_revision_knows_the_proofs_already_kept(
    world: World, engagement: Engagement, sign_in: SignIn
) -> None:
    makers_quotes.proven(world, makers_quotes.drafted(world, engagement))
    shown = sign_in("quinn").post(f"{build(engagement)}/preview", typed(**makers_quotes.inputs()))
    assert "Nothing is missing" in shown.content.decode()


def test_rows_come_and_go_without_a_script(engagement: Engagement, sign_in: SignIn, forms: Forms) -> None:
    quinn, rows = sign_in("quinn"), f"{build(engagement)}/rows"
    sent = typed(**makers_quotes.inputs())
    count = len({name.split("-")[1] for name in sent if name.startswith("tasks-")})
    form = forms(quinn.post(rows, {**sent, "more": "tasks"}))["draft_quote"]
    assert form["action"] == f"{build(engagement)}/draft_quote"
    assert f"tasks-{count + 3}-name" in form["fields"]
    assert form["fields"]["parts-2-part_number"] == "DRV-4T"
    assert form["fields"]["scope_in"].strip() == sent["scope_in"]
    fewer = forms(quinn.post(rows, {**sent, "drop": "parts-0"}))["draft_quote"]["fields"]
    assert (fewer["parts-1-part_number"], fewer["parts-2-part_number"]) == ("DRV-4T", "")
    assert not Quote.objects.exists()
    # What the page shows of a list of choices, the fixture does not read: those are chosen again.
    kept = quinn.post(form["action"], {**form["fields"], **sent})
    assert kept.status_code == 303
    assert str(Quote.objects.get().q.amount) == "4723.33"


def test_computed_risk_stands_beside_its_own_row(engagement: Engagement, sign_in: SignIn) -> None:
    sent = typed(**makers_quotes.inputs())
    moved = {name.replace("risks-0-", "risks-2-"): value for name, value in sent.items()} | {"risks-0-basis": ""}
    shown = sign_in("quinn").post(f"{build(engagement)}/preview", moved).content.decode()
    assert '<output class="bf-small" id="risk-figure-2" hx-swap-oob="true">17.41 %, 15 High' in shown
    assert '<output class="bf-small" id="risk-figure-0" hx-swap-oob="true"></output>' in shown


def test_builder_tells_what_usually_goes_wrong_in_this_domain(world: World, sign_in: SignIn) -> None:
    engagement = makers_diagnosis.diagnosed(world)
    page = sign_in("quinn").get(f"/engagements/{engagement.pk}/quote").content.decode()
    assert "Every surviving drive is read once during the rebuild." in page
