"""What was approved in somebody's name, and who stands in for whom."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from breakfix.approvals import queries
from breakfix.approvals.models import Delegation, Round
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from tests import makers_quotes, people
from tests.makers import World, local
from tests.web.typing_in import confirmed, typed

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
MORNING = local("2026-12-02 08:40")


@pytest.fixture(name="morning")
def _morning(world: World) -> Iterator[Round]:
    """08:40: the CFO wakes up and reads what was approved in her name."""
    quote = makers_quotes.approved(world)
    found = queries.latest_round_for(quote.subject)
    assert found is not None
    with clock.set_to(MORNING):
        yield found


def finance(approval: Round) -> str:
    return next(seat.state for seat in queries.get_round(approval.pk, SYSTEM).seats.all() if seat.name == "finance")


def test_sleeper_ratifies_through_the_page(morning: Round, sign_in: SignIn, forms: Forms) -> None:
    cora, path = sign_in("cora"), f"/rounds/{morning.pk}"
    assert f'href="{path}"' in cora.get("/").content.decode()
    shown = cora.get(path)
    assert "the CFO does not answer" in shown.content.decode()
    form = forms(shown)["ratify"]
    done = cora.post(form["action"], confirmed(form, verdict="accept"))
    assert (done.status_code, finance(morning)) == (303, "RATIFIED")
    assert forms(cora.get(path)) == {}
    again = cora.post(form["action"], confirmed(form, verdict="accept"))
    assert (again.status_code, "already been answered" in again.content.decode()) == (409, True)


def test_refusal_to_ratify_needs_a_reason_and_raises_a_finding(morning: Round, sign_in: SignIn, forms: Forms) -> None:
    cora, path = sign_in("cora"), f"/rounds/{morning.pk}"
    form = forms(cora.get(path))["ratify"]
    assert cora.post(form["action"], confirmed(form, verdict="refuse")).status_code == 409
    assert finance(morning) == "BYPASSED_EMERGENCY"
    done = cora.post(form["action"], confirmed(form, verdict="refuse", reason="Nobody called my house."))
    assert (done.status_code, finance(morning)) == (303, "RATIFICATION_REFUSED")
    assert "not ratified: refused" in sign_in("ada").get(path).content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 200), ("alice", 200), ("dana", 200), ("charlie", 404), ("tom", 404), ("cal", 404)]
)
def test_ratification_is_offered_to_nobody_else(
    morning: Round, sign_in: SignIn, forms: Forms, who: str, status: int
) -> None:
    shown = sign_in(who).get(f"/rounds/{morning.pk}")
    assert (shown.status_code, forms(shown)) == (status, {})


def lend(browser: Client, forms: Forms, **given: Any) -> Any:
    form = forms(browser.get("/delegations"))["delegate"]
    usual = {"seat": "it", "delegate_id": people.person("cora").pk, "ends_at": local("2026-12-09 18:00")}
    return browser.post(form["action"], confirmed(form, **{**usual, **given}))


def test_seat_is_lent_and_taken_back(world: World, sign_in: SignIn, forms: Forms, at: datetime) -> None:
    alice = sign_in("alice")
    assert lend(alice, forms, limit="5000").status_code == 303
    lent = Delegation.objects.get()
    assert (str(lent.limit), lent.starts_at) == ("5000.00 USD", at)
    assert "Cora Whitmore" in alice.get("/delegations").content.decode()
    form = forms(alice.get("/delegations"))["revoke_delegation"]
    assert alice.post(form["action"], form["fields"]).status_code == 303
    assert "taken back" in alice.get("/delegations").content.decode()
    assert alice.post(form["action"], form["fields"]).status_code == 409


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"limit": "60000"}, "limit"),
        ({"ends_at": local("2026-11-30 18:00")}, "ends_at"),
        ({"seat": "finance"}, "seat"),
        ({"password": "guess"}, "password"),
    ],
)
def test_lending_is_refused_at_the_field(
    world: World, sign_in: SignIn, forms: Forms, given: dict[str, Any], field: str
) -> None:
    refused = lend(sign_in("alice"), forms, **given)
    assert refused.status_code in {409, 422}
    assert f'id="delegate-{field}-fault"' in refused.content.decode()
    assert not Delegation.objects.exists()


def test_lending_to_somebody_of_another_client_is_not_found(world: World, sign_in: SignIn, forms: Forms) -> None:
    assert lend(sign_in("alice"), forms, delegate_id=people.person("charlie").pk).status_code == 404


def test_administrator_names_an_authority(world: World, sign_in: SignIn, forms: Forms) -> None:
    nora = sign_in("nora")
    form = forms(nora.get("/delegations"))["name_authority"]
    sent = {**form["fields"], **typed(person_id=people.person("alice").pk, seat="it", limit="30000")}
    assert nora.post(form["action"], sent).status_code == 303
    shown = nora.get("/delegations").content.decode()
    assert "$30,000.00" in shown
    assert "$25,000.00" not in shown


def test_signers_are_their_own_clients_matter(world: World, sign_in: SignIn, forms: Forms) -> None:
    shown = sign_in("charlie").get("/delegations").content.decode()
    assert "Charlie Osei" in shown
    assert "Alice Brandt" not in shown
    assert sign_in("dana").get("/delegations").status_code == 404
    assert "name_authority" not in forms(sign_in("alice").get("/delegations"))
