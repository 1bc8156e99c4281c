"""Nobody overbills, not even with plain SQL and the application's own login (architecture.md §4, domain.md §9)."""

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breakfix.billing import actions
from breakfix.billing.models import Invoice
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Tranche
from breakfix.quotes.values import TrancheKind
from tests import makers_changes, makers_reports
from tests.billing.plain_sql import as_the_application, issue, new_invoice, new_line, refusal_of, run
from tests.makers import World

pytestmark = pytest.mark.tampers
CAP = 540_000  # N of the opening scenario in cents
BILLED = 456_208


def base_of(engagement_id: int) -> Tranche:
    return Tranche.objects.get(engagement_id=engagement_id, kind=TrancheKind.BASE)


def invoiced(world: World) -> Invoice:
    """The opening scenario, billed: 4,562.08 of 5,400.00."""
    key = makers_reports.accepted(world).engagement_id
    return actions.issue_invoice(key, by=world.actor("fay"), at=makers_reports.INVOICED)


def test_issued_invoice_and_its_cap_withstand_plain_sql(world: World) -> None:
    """Ten ways to bill more than was agreed, each refused by the database's own error."""
    invoice = invoiced(world)
    base, key = base_of(invoice.engagement_id), {"id": invoice.pk}
    parties = (invoice.engagement_id, invoice.provider_id)
    cents = {"tranche": base.pk, "quote": base.quote_id}
    attempts = {
        "takes no more lines": [new_line(base.pk, 100, number=invoice.number, position=99)],
        "never change": [
            ("UPDATE billing_invoiceline SET amount_minor = amount_minor + 1 WHERE invoice_id = %(id)s", key)
        ],
        "lines of an issued invoice never go": [("DELETE FROM billing_invoiceline WHERE invoice_id = %(id)s", key)],
        "an issued invoice never changes": [
            (
                "UPDATE billing_invoice SET total_minor = total_minor + 1, tax_minor = 1 WHERE id = %(id)s",
                key,
            )
        ],
        "cap never changes": [
            ("UPDATE quotes_tranche SET cap_minor = cap_minor + 100 WHERE id = %(tranche)s", cents)
        ],
        "what was billed is the sum": [("UPDATE quotes_tranche SET billed_minor = 0 WHERE id = %(tranche)s", cents)],
        "tranche_never_above_cap": [
            new_invoice(*parties, CAP - BILLED + 1),
            new_line(base.pk, CAP - BILLED + 1),
            issue(),
        ],
        "an invoice is the sum of its lines": [new_invoice(*parties, 500), new_line(base.pk, 400), issue()],
        "issued, not inserted": [new_invoice(*parties, 100, status="ISSUED")],
        "an issued quote never changes": [("UPDATE quotes_quote SET n_minor = 900000 WHERE id = %(quote)s", cents)],
        "a tranche never goes": [("DELETE FROM quotes_tranche WHERE id = %(tranche)s", cents)],
    }
    with as_the_application():
        said = {words: refusal_of(*statements) for words, statements in attempts.items()}
    assert {words: text for words, text in said.items() if words not in text} == {}
    base.refresh_from_db()
    assert (base.cap_minor, base.billed_minor) == (CAP, BILLED)


def test_application_itself_may_bill_up_to_the_cap(world: World) -> None:
    """The twin of the refusals above: the same login, the same statements, within the cap."""
    invoice = invoiced(world)
    base = base_of(invoice.engagement_id)
    parties = (invoice.engagement_id, invoice.provider_id)
    with as_the_application():
        rest = [new_invoice(*parties, CAP - BILLED), new_line(base.pk, CAP - BILLED), issue()]
        for statement, given_ in rest:
            run(statement, **given_)
    base.refresh_from_db()
    assert base.billed_minor == CAP


def test_approved_quote_binds_one_cap_and_keeps_its_figures(world: World) -> None:
    """Before anything is billed: no larger tranche, no second one, and no figure of the offer can be emptied."""
    quote = quotes.binding_quote(makers_changes.approved(world).engagement)
    assert quote is not None
    change_order = (
        "INSERT INTO quotes_tranche (engagement_id, kind, quote_id, cap_minor, billed_minor, currency, agreed_at)"
        " SELECT engagement_id, 'CHANGE_ORDER', quote_id, %(cap)s, 0, currency, agreed_at"
        " FROM quotes_tranche WHERE quote_id = %(quote)s"
    )
    emptied = "UPDATE quotes_quote SET {} = NULL WHERE id = %(quote)s"
    with as_the_application():
        base = change_order.replace("'CHANGE_ORDER'", "'BASE'")
        larger = refusal_of((base, {"quote": quote.pk, "cap": CAP + 1}))
        second = refusal_of((change_order, {"quote": quote.pk, "cap": CAP}))
        again = refusal_of((base, {"quote": quote.pk, "cap": CAP}))
        columns = ("n_minor", "exposure_minor", "cash_out_minor", "valid_until")
        said = [refusal_of((emptied.format(column), {"quote": quote.pk})) for column in columns]
    assert "exactly what was approved" in larger
    assert "a change order is a tranche beside the base" in second
    assert "unique" in again.lower()
    assert ["an issued quote never changes" in text for text in said] == [True] * len(columns)


@pytest.fixture(name="accepted")
def _accepted(world: World) -> int:
    return makers_reports.accepted(world).engagement_id


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(min_value=-50_000, max_value=300_000), min_size=1, max_size=6))
def test_billed_never_passes_the_cap_whatever_is_issued(accepted: int, amounts: list[int]) -> None:
    """Any sequence of invoices: each is issued whole or not at all; billed is the sum of those issued."""
    base = base_of(accepted)
    provider = base.engagement.provider_id
    expected = 0
    with transaction.atomic():
        for turn, amount in enumerate(amounts):
            number = f"X-{turn}"
            if _went_through(accepted, provider, base.pk, amount, number):
                expected += amount
            base.refresh_from_db()
            assert base.billed_minor == expected
            assert 0 <= base.billed_minor <= CAP
        assert Invoice.objects.filter(status="ISSUED").count() <= len(amounts)
        transaction.set_rollback(True)


def _went_through(engagement: int, provider: int, tranche: int, amount: int, number: str) -> bool:
    try:
        with transaction.atomic():
            for statement, given_ in (
                new_invoice(engagement, provider, amount, number=number),
                new_line(tranche, amount, number=number),
                issue(number),
            ):
                run(statement, **given_)
    except DatabaseError:
        return False
    return True
