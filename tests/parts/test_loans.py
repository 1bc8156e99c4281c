"""The pool of loaners: one engagement at a time, free where a delivered part is faulty, fetched back in the end."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.parts import queries
from breakfix.parts.actions import claims, loans
from breakfix.parts.models import Loan, Loaner
from breakfix.quotes.models import Quote
from tests.makers import World
from tests.parts.cases import INSTALLED, RECEIVED, open_ends, ordered, received
from tests.refusals import refused

BACK = INSTALLED + timedelta(days=2)


def added(world: World, tag: str = "L-07", who: str = "dana", **given: Any) -> Loaner:
    provider = world.organisation("ironbridge").pk
    typed = {"tag": tag, "description": "Loaner server", **given}
    return loans.add_loaner(provider, **typed, by=world.actor(who), at=RECEIVED)


def offered(world: World, case: Engagement, loaner: Loaner, who: str = "dana", **given: Any) -> Loan:
    typed = {"loaner_id": loaner.pk, "due_at": BACK, **given}
    return loans.offer_loaner(case.pk, **typed, by=world.actor(who), at=INSTALLED)


@pytest.fixture(name="quote")
def _quote(world: World) -> Quote:
    """S1 with its parts ordered."""
    return ordered(world)[0]


def test_loaner_is_free_while_a_delivered_part_is_faulty(world: World, quote: Quote) -> None:
    case, first, second = quote.engagement, added(world), added(world, "L-08")
    assert offered(world, case, first).free_reason == ""
    part = queries.parts_of(case)[0]
    received(world, part)
    claims.declare_dead(part.pk, serial="SN-1", fault="No answer.", by=world.actor("dana"), at=INSTALLED)
    free = offered(world, case, second)
    assert free.free_reason == "RAID controller, serial SN-1, was dead on arrival"


def test_loaner_is_handed_over_fetched_back_and_free_for_the_next(world: World, quote: Quote) -> None:
    case, loaner, dana = quote.engagement, added(world), world.actor("dana")
    loan = offered(world, case, loaner)
    with refused("loaner_away", field="loaner_id"):
        offered(world, case, loaner)
    assert queries.free_loaners(dana) == []
    with refused("missing_field", field="condition"):
        loans.lend_loaner(loan.pk, condition=" ", by=dana, at=INSTALLED)
    lent = loans.lend_loaner(loan.pk, condition="Sound.", by=dana, at=INSTALLED)
    assert (lent.status, lent.lent_at) == ("LENT", INSTALLED)
    assert ("parts", "dispatcher", "Fetch back the loaner Loaner server (L-07)") in open_ends(quote)
    with refused("loan_lent"):
        loans.lend_loaner(loan.pk, condition="Again.", by=dana, at=INSTALLED)
    back = loans.return_loaner(loan.pk, condition="Scratched.", by=dana, at=BACK)
    assert (back.status, back.ended_at, back.condition) == ("RETURNED", BACK, "Sound. Back: Scratched.")
    assert not any("loaner" in what for _, _, what in open_ends(quote))
    assert queries.free_loaners(dana) == [loaner]
    with refused("loan_returned"):
        loans.return_loaner(loan.pk, condition="Twice.", by=dana, at=BACK)


def test_loaner_is_handed_over_for_nothing_that_was_called_off(world: World, quote: Quote) -> None:
    """What was offered before can only come back: nobody would fetch the machine from a case that is over."""
    loan = offered(world, quote.engagement, added(world))
    course.cancel_engagement(quote.engagement_id, reason="Replaced at once.", by=world.actor("rita"), at=INSTALLED)
    with refused("wrong_state"):
        loans.lend_loaner(loan.pk, condition="Sound.", by=world.actor("dana"), at=BACK)
    back = loans.return_loaner(loan.pk, condition="Not needed.", by=world.actor("dana"), at=BACK)
    assert back.status == "WITHDRAWN"


def test_loaner_that_was_not_needed_is_withdrawn(world: World, quote: Quote) -> None:
    loan = offered(world, quote.engagement, added(world))
    done = loans.return_loaner(loan.pk, condition="They have one of their own.", by=world.actor("dana"), at=BACK)
    assert (done.status, done.lent_at) == ("WITHDRAWN", None)


def test_pool_is_ones_own_and_tags_are_taken_once(world: World, quote: Quote) -> None:
    loaner = added(world)
    with refused("tag_taken", field="tag"):
        added(world)
    with refused("not_found"):
        added(world, "L-09", "cal")
    with refused("not_allowed"):
        added(world, "L-09", "quinn")
    assert list(queries.pool(world.actor("cal"))) == []
    with refused("not_found"):
        offered(world, quote.engagement, loaner, "cal")
    with refused("not_found"):
        offered(world, quote.engagement, loaner, loaner_id=987_654)
    with refused("past_date", field="due_at"):
        offered(world, quote.engagement, loaner, due_at=INSTALLED)


def test_database_lends_a_loaner_once_at_a_time(world: World, quote: Quote) -> None:
    first, second = added(world), added(world, "L-08")
    offered(world, quote.engagement, first)
    other = offered(world, quote.engagement, second)
    with pytest.raises(IntegrityError), transaction.atomic():
        Loan.objects.filter(pk=other.pk).update(loaner=first)
