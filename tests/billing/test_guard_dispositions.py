"""What is charged after a rejection withstands plain SQL: offered, then ordered by the client (§11 ruling 27)."""

import pytest
from django.db import DatabaseError, transaction

from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Disposition, Tranche
from tests import makers_afterwards as make
from tests import makers_quotes
from tests.billing.plain_sql import as_the_application, refusal_of
from tests.makers import World

pytestmark = pytest.mark.tampers
INSERTED = (
    "INSERT INTO quotes_tranche (kind, cap_minor, billed_minor, currency, agreed_at, engagement_id, disposition_id)"
    " VALUES ('DISPOSITION', %(cap)s, 0, 'USD', '2026-12-02 07:00:00+00:00', %(engagement)s, %(price)s)"
)


def test_disposition_is_charged_once_ordered_and_at_its_price_alone(world: World) -> None:
    quote = make.rejected(world)
    price = make.priced(world, quote)
    key = {"price": price.pk, "engagement": quote.engagement_id}
    quinn, alice = world.people["quinn"].pk, world.people["alice"].pk
    at = "2026-12-02 07:00:00+00:00"
    ordering = "UPDATE quotes_disposition SET ordered_at = %(at)s, ordered_by_id = %(by)s WHERE id = %(price)s"
    attempts = {
        "exactly what was approved": [(INSERTED, {**key, "cap": 12_000})],
        "ordered by somebody of the client": [(ordering, {**key, "at": at, "by": quinn})],
        "price of a disposition never changes": [
            ("UPDATE quotes_disposition SET price_minor = 99900 WHERE id = %(price)s", key)
        ],
        "tranche is exactly": [
            (ordering, {**key, "at": at, "by": alice}),
            (INSERTED, {**key, "cap": 12_001}),
        ],
    }
    with as_the_application():
        said = {words: refusal_of(*statements) for words, statements in attempts.items()}
        twin = refusal_of((ordering, {**key, "at": at, "by": alice}), (INSERTED, {**key, "cap": 12_000}))
    assert {words: text for words, text in said.items() if words not in text} == {}
    assert twin == ""


def test_ordered_disposition_stays_as_it_is(world: World) -> None:
    quote = make.rejected(world)
    price = make.priced(world, quote)
    make.ordered(world, quote, price)
    key = {"price": price.pk}
    attempts = {
        "another price is another offer": [
            ("UPDATE quotes_disposition SET ordered_at = NULL, ordered_by_id = NULL WHERE id = %(price)s", key)
        ],
        "a cap never changes": [
            ("UPDATE quotes_tranche SET cap_minor = cap_minor + 1 WHERE disposition_id = %(price)s", key)
        ],
        "a tranche never goes": [("DELETE FROM quotes_tranche WHERE disposition_id = %(price)s", key)],
    }
    with as_the_application():
        said = {words: refusal_of(*statements) for words, statements in attempts.items()}
    assert {words: text for words, text in said.items() if words not in text} == {}


def test_disposition_is_no_second_price_of_a_repair(world: World) -> None:
    """A price beside an approved quote, ordered by hand, becomes no tranche; nor does one that was born ordered."""
    quote = makers_quotes.approved(world)
    made = {
        "engagement_id": quote.engagement_id,
        "quote": quote,
        "option": "return",
        "description": "Extra",
        "price_minor": 0,
        "currency": "USD",
        "category": "fees",
        "offered_by": world.people["quinn"],
        "offered_at": make.PRICED,
    }
    alice = world.people["alice"]
    with pytest.raises(DatabaseError, match="offered, then ordered"), transaction.atomic():
        Disposition.objects.create(**made, ordered_by=alice, ordered_at=make.CHOSEN)
    price = Disposition.objects.create(**made)
    Disposition.objects.filter(pk=price.pk).update(ordered_by=alice, ordered_at=make.CHOSEN)
    with pytest.raises(DatabaseError, match="exactly what was approved"), transaction.atomic():
        Tranche.objects.create(
            engagement_id=quote.engagement_id,
            kind="DISPOSITION",
            disposition=price,
            cap_minor=0,
            currency="USD",
            agreed_at=make.CHOSEN,
        )
    assert len(quotes.tranches(quote.engagement)) == 2
