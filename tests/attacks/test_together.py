"""Two people at the same moment: one is first, the other is refused with a reason; nobody meets a fault.

Each test does one deed, leaves its transaction open, lets the other begin in the middle of it, and then commits.
"""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from breakfix.accounts import actions as accounts
from breakfix.accounts.models import Invitation
from breakfix.api import steps
from breakfix.api.models import Allowance
from breakfix.assets import actions as assets
from breakfix.kernel import clock, guesses
from breakfix.kernel.access import Role
from breakfix.kernel.guesses import Count, Limit
from breakfix.kernel.ledger import record as ledger
from breakfix.kernel.models import Guess
from breakfix.outbox.models import Device
from breakfix.parties import actions as parties
from breakfix.parties import queries as people_queries
from breakfix.parties.models import Grant, Person, Token
from breakfix.parties.values import Scope
from breakfix.parts.actions import loans
from breakfix.parts.models import Loaner
from breakfix.web.entrance import end_tokens
from tests import makers, makers_incidents, makers_quotes, people
from tests.accounts.test_actions import AT, PASSWORD, TOKEN, invited
from tests.dispatch.test_dispatching import planned_p4
from tests.makers import World
from tests.makers_dispatch import sent
from tests.outbox.devices import browser_of_someone, subscribed
from tests.parts.test_sourcing import needed, offered
from tests.together import Begun, how_it_ended

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def invite(made: World, organisation: str, who: str) -> Invitation:
    organisation_id = made.organisation(organisation).pk
    given = {"name": "Nina Okoro", "email": "nina@example.org", "roles": [Role.REQUESTER]}
    return accounts.invite_person(organisation_id, **given, by=people.actor(who), at=AT)  # type: ignore[arg-type]


def test_two_organisations_that_invite_one_address_at_once_get_one_account() -> None:
    made = makers.world()
    with transaction.atomic():
        invite(made, "northgate", "nora")
        other = Begun(lambda: invite(made, "harborview", "hugo"))
    assert other.said() == "email_taken"
    assert Person.objects.filter(email="nina@example.org").count() == 1


def test_link_that_is_used_while_another_is_sent_is_either_used_or_over() -> None:
    made = makers.world()
    invitation = invited(made)
    by = people_queries.actor_for(invitation.person)
    with transaction.atomic():
        people_queries.lock_person(invitation.person_id, by=people.actor("nora"))
        other = Begun(lambda: accounts.accept_invitation(invitation.pk, token=TOKEN, password=PASSWORD, by=by, at=AT))
        assert (
            how_it_ended(lambda: accounts.invite_again(invitation.person_id, by=people.actor("nora"), at=AT))
            == "done"
        )
    assert other.said() == "invitation_over"


def test_two_corrections_to_one_tag_leave_it_to_one_machine() -> None:
    made = makers.world()
    one, two = list(made.assets.values())[:2]
    assert one.client_id == two.client_id
    nora = people.actor("nora")

    def tagged(asset_id: int) -> object:
        return assets.correct_asset(asset_id, reason="Label read", tag="NG-NEW", by=nora, at=AT)

    with transaction.atomic():
        tagged(one.pk)
        other = Begun(lambda: tagged(two.pk))
    assert other.said() == "tag_taken"


def test_two_loaners_of_one_tag_are_one() -> None:
    made = makers.world()
    provider, dana = made.organisation("ironbridge").pk, people.actor("dana")

    def add() -> object:
        return loans.add_loaner(provider, tag="L-1", description="A server", by=dana, at=AT)

    with transaction.atomic():
        add()
        other = Begun(add)
    assert other.said() == "tag_taken"
    assert Loaner.objects.filter(tag="L-1").count() == 1


def test_browser_that_subscribes_twice_at_once_is_one_device() -> None:
    made = makers.world()
    browser = browser_of_someone("https://push.example/one")

    def subscribe() -> object:
        return subscribed(made, "alice", browser, at=AT)

    with transaction.atomic():
        subscribe()
        other = Begun(subscribe)
    assert other.said() == "already_subscribed"
    assert Device.objects.count() == 1


def issued(at: datetime = AT) -> Token:
    given = {"name": "Script", "scopes": [Scope.READ], "expires_at": at + timedelta(days=9)}
    return parties.issue_token(**given, by=people.actor("nora", confirmed_at=at), at=at)  # type: ignore[arg-type]


@pytest.mark.parametrize("one", [0, 1])
def test_new_password_that_ends_all_tokens_goes_on_where_somebody_ends_one_of_them(one: int) -> None:
    """Neither waits for the other for ever, and a token that is over already keeps no old password."""
    makers.world()
    ended, nora = (issued().pk, issued().pk)[one], people.actor("nora")
    with transaction.atomic():
        people_queries.lock_token(ended, by=nora)

        def reset() -> None:
            with clock.set_to(AT), transaction.atomic():
                end_tokens(people.person("nora"))

        other = Begun(reset)
        assert how_it_ended(lambda: parties.revoke_token(ended, by=nora, at=AT)) == "done"
    assert other.said() == "done"
    assert Token.objects.filter(revoked_at=None).count() == 0


def test_offer_for_a_part_and_any_other_deed_of_the_same_two_never_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It tells two deeds, the first to the provider alone; here the client's log comes before the provider's."""
    monkeypatch.setattr(ledger, "ORDER", "-organisation_id")
    made = makers.world()
    case = makers_quotes.issued(made).engagement
    needed(made, case)
    client, provider = case.client_id, case.provider_id
    with transaction.atomic():
        # As far as another deed is that has told the client and is about to tell the provider.
        ledger.hold_logs([client])
        other = Begun(lambda: offered(made, case))
        assert how_it_ended(lambda: ledger.hold_logs([provider])) == "done"
    assert other.said() == "done"


def test_somebody_who_is_let_in_twice_at_once_is_let_in_once() -> None:
    made = makers.world()
    case = makers_quotes.issued(made).engagement

    def share() -> object:
        tom = people.person("tom").pk
        return parties.share_topic(case.topic, person_id=tom, reason="Advice", by=people.actor("nora"), at=AT)

    with transaction.atomic():
        share()
        other = Begun(share)
    assert other.said() == "already_shared"
    assert Grant.objects.filter(topic=case.topic, person=people.person("tom")).count() == 1


def test_emergency_that_pushes_a_visit_aside_waits_for_nobody_who_keeps_the_provider_s_people() -> None:
    """It holds the logs early and names people and organisations afterwards; they hold those and want the log."""
    made = makers.world()
    planned_p4(made)
    urgent = makers_incidents.qualified(made)
    provider = made.organisation("ironbridge").pk
    with transaction.atomic():
        people_queries.lock_organisation(provider, by=people.actor("percy"))
        people_queries.lock_person(people.person("tom").pk, by=people.actor("percy"))
        other = Begun(lambda: sent(made, urgent))
        assert how_it_ended(lambda: ledger.hold_logs([provider])) == "done"
    assert other.said() == "done"


def test_sign_in_waits_for_no_old_count_that_it_would_sweep_away() -> None:
    """Whoever takes that count up again may wait for one of ours."""
    limit = Limit(5, timedelta(minutes=5))
    old, fresh = Count("an account", limit), Count("another", limit)
    guesses.take(old, at=AT - guesses.LASTS * 2)
    with transaction.atomic():
        Guess.objects.select_for_update().get(key=old.key)
        other = Begun(lambda: guesses.take(fresh, at=AT))
        assert other.has_ended
    assert Guess.objects.count() == 2


def test_program_that_comes_back_while_its_idle_allowance_is_swept_away_has_a_fresh_one() -> None:
    idle = {"window": 0, "want": 10, "most": 600}
    steps.take_allowance("token/1", **idle)
    now = {**idle, "window": steps.IDLE_MINUTES + 1}
    with transaction.atomic():
        steps.take_allowance("token/2", **now)
        other = Begun(lambda: steps.take_allowance("token/1", **now))
    assert other.said() == "done"
    assert Allowance.objects.get(key="token/1").used == 10
