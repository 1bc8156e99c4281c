"""What is paid beside N, each sum its own tranche: none is taken for another one (domain.md §11 ruling 27)."""

from itertools import pairwise

import pytest

from breakfix.billing import queries as billing
from breakfix.billing.actions import issue_invoice
from breakfix.diagnosis.actions import protocol
from breakfix.diagnosis.models import ForensicExtension
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import queries
from breakfix.quotes.models import Disposition, Quote
from breakfix.quotes.rules.settlement import tranche_key
from breakfix.quotes.values import Actuals, TrancheKind
from tests import makers_afterwards as make
from tests import makers_custody, makers_diagnosis, makers_extension, makers_quotes
from tests.billing.plain_sql import as_the_application, refusal_of
from tests.makers import World, local
from tests.quotes.cases import usd

COMPLETE, BILLED = local("2026-12-02 00:48"), local("2026-12-03 10:00")


def rejected_after_an_extension(world: World) -> Quote:
    """Two further hours were worked; then the offer was rejected, with two drives in the provider's hands."""
    asked = makers_extension.answer(world, makers_extension.asking(world))
    makers_diagnosis.check(world, asked.engagement, "image-decision", makers_extension.BEGUN)
    protocol.complete_diagnosis(asked.engagement_id, by=world.actor("tom"), at=COMPLETE)
    cause = makers_diagnosis.reviewed(world, Engagement.objects.get(pk=asked.engagement_id))
    makers_diagnosis.actions.issue_root_cause(cause.pk, by=world.actor("tom"), at=makers_diagnosis.ISSUED)
    case = Engagement.objects.get(pk=asked.engagement_id)
    at = makers_quotes.DRAFTED
    makers_custody.signed(world, makers_custody.taken(world, case, at=at), at=at)
    return make.reject(world, makers_quotes.issued(world, case))


def test_no_two_tranches_are_called_the_same() -> None:
    kinds = (TrancheKind.EXTENSION, TrancheKind.DISPOSITION, TrancheKind.CHANGE_ORDER)
    keys = [
        tranche_key(TrancheKind.FORENSIC, 0),
        *(tranche_key(kind, row) for kind in kinds for row in range(1, 200)),
    ]
    assert all(one < other for one, other in pairwise(sorted(keys)))


def test_extension_and_disposition_of_the_same_number_are_billed_each_at_its_own_price(world: World) -> None:
    """675.00 for the fee, 675.00 for the further hours, 120.00 for the freight."""
    quote = rejected_after_an_extension(world)
    same = ForensicExtension.objects.get().pk
    # By hand: what was rolled back before has moved the numbers of a server's tables apart.
    Disposition.objects.filter(pk=make.priced(world, quote).pk).update(id=same)
    make.ordered(world, quote, Disposition.objects.get(pk=same))
    case = incidents.get_engagement(quote.engagement_id, SYSTEM)
    agreed = {one.of: (one.kind, one.cap) for one in queries.tranches(case)}
    assert agreed == {
        0: ("FORENSIC", usd("675")),
        1 - 2 * same: ("EXTENSION", usd("675")),
        -2 * same: ("DISPOSITION", usd("120")),
    }
    settled = queries.settlement(case, Actuals())
    assert {one.of: (one.kind, one.bill) for one in settled.tranches} == agreed
    assert queries.exposure(case).committed == usd("1470")
    [waits] = billing.unbilled(world.actor("fay"))
    assert waits.at_most == usd("1470")
    invoice = issue_invoice(case.pk, by=world.actor("fay"), at=BILLED)
    assert [(one.tranche.kind, one.amount) for one in billing.lines_of(invoice)] == [
        ("FORENSIC", usd("675")),
        ("EXTENSION", usd("675")),
        ("DISPOSITION", usd("120")),
    ]
    assert [one.billed for one in queries.tranches(case)] == [one.cap for one in queries.tranches(case)]
    assert billing.bill_for(case, settled, BILLED).lines == ()


@pytest.mark.tampers
def test_database_lets_no_tranche_pass_from_one_to_the_other(world: World) -> None:
    quote = rejected_after_an_extension(world)
    make.ordered(world, quote, make.priced(world, quote))
    further, price = ForensicExtension.objects.get().pk, Disposition.objects.get().pk
    key = {"case": quote.engagement_id, "further": further, "price": price}
    mine = "engagement_id = %(case)s AND kind"
    inserted = (
        "INSERT INTO quotes_tranche (kind, cap_minor, billed_minor, currency, agreed_at, engagement_id, extension_id,"
        " disposition_id) VALUES (%(kind)s, 12000, 0, 'USD', '2026-12-02 07:00:00+00:00', %(case)s, {}, %(price)s)"
    )
    moved = "a cap never changes"
    attempts = {
        f"UPDATE quotes_tranche SET extension_id = NULL WHERE {mine} = 'EXTENSION'": moved,
        f"UPDATE quotes_tranche SET disposition_id = NULL WHERE {mine} = 'DISPOSITION'": moved,
        f"UPDATE quotes_tranche SET extension_id = %(further)s WHERE {mine} = 'DISPOSITION'": moved,
        "UPDATE quotes_tranche SET kind = 'EXTENSION', extension_id = %(further)s, disposition_id = NULL"
        f" WHERE {mine} = 'DISPOSITION'": moved,
    }
    with as_the_application():
        said = {statement: refusal_of((statement, key)) for statement in attempts}
        as_extension = refusal_of((inserted.format("NULL"), {**key, "kind": "EXTENSION"}))
        as_both = refusal_of((inserted.format("%(further)s"), {**key, "kind": "DISPOSITION"}))
    assert {one: text for one, text in said.items() if attempts[one] not in text} == {}
    assert "exactly what was approved" in as_extension
    assert "tranche_of_a_quote" in as_both
