"""Somebody tries to bill what nobody owes: through the deeds in another order, and past the deeds with plain SQL."""

import pytest
from django.db import connection

from breakfix.billing import actions as billing
from breakfix.billing.models import Invoice
from breakfix.billing.queries import unbilled
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.kernel.money import Money
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Tranche
from breakfix.quotes.values import Actuals, Mode, TrancheKind
from breakfix.work.actions import using
from tests import makers_incidents, makers_quotes, makers_reports, makers_work
from tests.billing.plain_sql import as_the_application, issue, new_invoice, new_line, refusal_of
from tests.makers import World, local
from tests.refusals import refused


def test_cancelled_fixed_price_is_not_billed_for_work_that_nobody_did(world: World) -> None:
    engagement = makers_quotes.awaiting_quote(world)
    quote = makers_quotes.approved(world, engagement, mode=Mode.FIXED)
    whole = quotes.settlement(Engagement.objects.get(pk=engagement.pk), Actuals())
    assert whole.tranches[-1].bill == quote.q
    cancelled = course.cancel_engagement(
        engagement.pk, reason="Replaced instead.", by=world.actor("rita"), at=local("2026-12-02 01:50")
    )
    invoice = billing.issue_invoice(cancelled.pk, by=world.actor("fay"), at=local("2026-12-02 11:00"))
    assert invoice.subtotal == Money.of("675", "USD")  # the diagnosis was done
    with refused("nothing_to_bill"):
        billing.issue_invoice(cancelled.pk, by=world.actor("fay"), at=local("2026-12-02 11:01"))


def test_lines_are_not_used_after_the_work_is_resolved_or_billed(world: World) -> None:
    engagement = makers_work.resolved(world)
    with refused("no_work_now"):
        makers_work.used(world, engagement.pk, "C4", local("2026-12-02 06:41"), "5")
    makers_reports.accepted(world, engagement)
    billing.issue_invoice(engagement.pk, by=world.actor("fay"), at=makers_reports.INVOICED)
    with refused("no_work_now"):
        using.use_line(engagement.pk, key="C4", by=world.actor("tom"), at=makers_reports.CLOSED)
    with refused("nothing_to_bill"):
        billing.issue_invoice(engagement.pk, by=world.actor("fay"), at=makers_reports.CLOSED)


def test_fee_of_a_cancelled_visit_is_billed_once(world: World) -> None:
    """Nobody ever decided on a quote here, so nothing but the bill itself makes its tranche."""
    engagement = makers_quotes.awaiting_quote(world)
    course.cancel_engagement(engagement.pk, reason="Not needed.", by=world.actor("rita"), at=makers_quotes.DRAFTED)
    fay, at, fee = world.actor("fay"), makers_quotes.ISSUED, Money.of("675", "USD")
    assert [(one.engagement, one.at_most) for one in unbilled(fay)] == [(engagement, fee)]
    assert billing.issue_invoice(engagement.pk, by=fay, at=at).subtotal == fee
    assert unbilled(fay) == []
    with refused("nothing_to_bill"):
        billing.issue_invoice(engagement.pk, by=fay, at=at)


@pytest.mark.tampers
def test_plain_sql_bills_no_other_client_no_other_currency_and_no_invented_tax(world: World) -> None:
    other = makers_incidents.reported(world)
    invoice = makers_reports.invoiced(world, makers_reports.accepted(world).engagement)
    base = Tranche.objects.get(engagement=invoice.engagement, kind=TrancheKind.BASE)
    typed = [new_invoice(invoice.engagement_id, invoice.provider_id, 5_000), new_line(base.pk, 5_000)]
    at_hand = {"number": "X-1", "other": other.pk}
    changing = "UPDATE billing_invoice SET {} WHERE number = %(number)s"

    def after(change: str) -> str:
        return refusal_of(*typed, (changing.format(change), at_hand), issue())

    with as_the_application():
        assert refusal_of(*typed, issue()) == ""
        assert "its own engagement" in after("engagement_id = %(other)s")
        assert "currency of its caps" in after("currency = 'KWD'")
        assert "is no tax" in after("tax_minor = 900000, total_minor = 905000")


@pytest.mark.tampers
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite knows REPLACE")
def test_replacing_an_issued_invoice_or_its_tranche_is_refused(world: World) -> None:
    invoice = makers_reports.invoiced(world, makers_reports.accepted(world).engagement)
    rows = {
        Invoice: ("billing_invoice", {"status": "'CHECKED'"}),
        Tranche: ("quotes_tranche", {"billed_minor": "0"}),
    }
    for model, (table, changed) in rows.items():
        columns = [field.attname for field in model._meta.concrete_fields]
        values = ", ".join(changed.get(column, column) for column in columns)
        statement = f"REPLACE INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}"
        assert "never goes" in refusal_of((statement, {}))
    assert Invoice.objects.get(pk=invoice.pk).status == "ISSUED"


@pytest.mark.tampers
def test_plain_sql_approves_no_quote_that_nobody_was_asked_about(world: World) -> None:
    """Beside the offer that the client signed stands a dearer one that says it was approved, too."""
    quote = quotes.binding_quote(makers_work.planned(world).engagement)
    assert quote is not None
    columns = [field.attname for field in quote._meta.concrete_fields if field.attname != "id"]
    changed = {"version": "version + 1", "n_minor": "n_minor + 900000", "status": "%(status)s"}
    values = ", ".join(changed.get(column, column) for column in columns)
    dearer = f"INSERT INTO quotes_quote ({', '.join(columns)}) SELECT {values} FROM quotes_quote WHERE id = %(quote)s"
    rounds = "UPDATE approvals_round SET {} WHERE subject = %(subject)s"
    at_hand = {"quote": quote.pk, "subject": quote.subject}
    approving = "UPDATE quotes_quote SET status = 'APPROVED' WHERE id > %(quote)s"
    aside = ("UPDATE quotes_quote SET status = 'SUPERSEDED' WHERE id = %(quote)s", at_hand)
    with as_the_application():
        assert refusal_of(aside, (dearer, {**at_hand, "status": "ISSUED"})) == ""
        said = {
            "inserted": refusal_of(aside, (dearer, {**at_hand, "status": "APPROVED"})),
            "approved": refusal_of(aside, (dearer, {**at_hand, "status": "ISSUED"}), (approving, at_hand)),
            "rebound": refusal_of((rounds.format("subject = 'quote/999'"), at_hand)),
            "rehashed": refusal_of((rounds.format("subject_sha256 = 'x'"), at_hand)),
            "reopened": refusal_of((rounds.format("status = 'OPEN', closed_at = NULL"), at_hand)),
            "gone": refusal_of(("DELETE FROM approvals_round WHERE subject = %(subject)s", at_hand)),
        }
    asked, stays = "by those who were asked", "how it ended never changes"
    words = {"inserted": asked, "approved": asked, "rebound": stays, "rehashed": stays, "reopened": stays}
    assert [name for name, part in words.items() if part not in said[name]] == []
    assert "never goes" in said["gone"]
