"""Service credits: what a missed response promise takes off the invoice, and what the caps keep (domain.md §4.5)."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail

from breakfix.agreements.values import ServiceCredits, TaxCategory
from breakfix.billing import actions, crediting, queries
from breakfix.billing.models import Invoice, InvoiceLine
from breakfix.billing.rules import credits
from breakfix.billing.values import Bill, Billable, InvoiceKind, InvoiceStatus, Miss, MonthSoFar
from breakfix.documents.composing.invoice import compose
from breakfix.incidents.models import Clock, Engagement
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.money import Money
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Tranche
from tests import makers_reports
from tests.billing.plain_sql import as_the_application, issue, new_invoice, new_line, refusal_of, run
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.people import PEOPLE
from tests.quotes.cases import usd
from tests.refusals import refused
from tests.web.signing_in import signed_in

AGREED = ServiceCredits()
NOTHING = usd("0")


def miss(minutes: int, *, target: int = 240, priority: str = "P1", clock: str = "ONSITE") -> Miss:
    spans = timedelta(minutes=target), timedelta(minutes=minutes)
    percent = credits.percent_for(priority, *spans, AGREED)
    return Miss(clock, 1, priority, target * 60, minutes * 60, percent)


def given(labour: str, one: Miss | None, *, month: str = "100000", used: str = "0", earlier: str = "0") -> str:
    """ "on the invoice + withheld" of a bill that is large enough."""
    found = credits.service_credit(
        one,
        AGREED,
        labour=usd(labour),
        earlier=usd(earlier),
        month=MonthSoFar(usd(month), usd(used)),
        at_most=usd("9999"),
    )
    return "none" if found is None else f"{found.amount.amount} + {found.withheld.amount}"


def test_arrival_after_five_hours_twelve_takes_286_50_off() -> None:
    """T-S1: 4 h on site, arrived after 5 h 12 min: 30 % over, 15 % of 1,910.00; just the month's cap when alone."""
    late = miss(312)
    assert late.percent == Decimal(15)
    assert given("1910", late, month="1910") == "286.50 + 0.00"
    assert given("1910", late, month="1909.99") == "286.50 + 0.00"  # 286.4985 rounds to the same cent
    assert given("1910", late, month="1909.90") == "286.49 + 0.01"


def test_five_minutes_too_late_are_two_and_a_half_percent() -> None:
    """The counter-example of S9: 485 of 480 minutes are 1.04 % over, of the least base of 400.00."""
    late = miss(485, target=480, priority="P3", clock="ENGAGE")
    assert late.percent == Decimal("2.5")
    assert given("0", late, month="1000") == "10.00 + 0.00"
    assert given("0", late, month="0") == "0.00 + 10.00"


@pytest.mark.parametrize(
    ("priority", "minutes", "percent"),
    [
        ("P1", 240, "0"), ("P1", 241, "7.5"), ("P1", 300, "7.5"),
        ("P1", 301, "15"), ("P1", 480, "15"), ("P1", 481, "30"),
        ("P2", 300, "5"), ("P2", 480, "10"), ("P2", 481, "20"),
        ("P3", 300, "2.5"), ("P3", 480, "5"), ("P3", 481, "10"),
        ("P4", 9999, "0"),
    ],
)  # fmt: skip
def test_bands_end_at_a_quarter_and_at_twice_the_target(priority: str, minutes: int, percent: str) -> None:
    assert miss(minutes, priority=priority).percent == Decimal(percent)


def test_a_second_beyond_a_band_is_in_the_next_and_a_target_of_nothing_in_the_last() -> None:
    target = timedelta(hours=4)
    assert credits.percent_for("P1", target, target * 5 / 4 + timedelta(microseconds=1), AGREED) == Decimal(15)
    assert credits.percent_for("P1", timedelta(0), timedelta(seconds=1), AGREED) == Decimal(30)


def test_only_the_largest_counts_and_a_miss_without_bands_is_none() -> None:
    assert credits.largest([miss(241), miss(481), miss(301)]) == miss(481)
    assert credits.largest([miss(9999, priority="P4")]) is None
    assert credits.largest([]) is None


def test_caps_of_engagement_and_month_keep_the_rest_for_later() -> None:
    """30 % of 1,910.00 alone in its month is cut to 286.50; with 5,000.00 of labour and 500.00 given, to 250.00."""
    late = miss(481)
    assert given("1910", late, month="1910") == "286.50 + 286.50"
    assert given("1910", late, month="5000", used="500") == "250.00 + 323.00"
    assert given("1910", late, month="5000", used="800") == "0.00 + 573.00"
    tighter = ServiceCredits(engagement_cap_pct=Decimal(10))
    found = credits.service_credit(
        late,
        tighter,
        labour=usd("1910"),
        earlier=NOTHING,
        month=MonthSoFar(usd("9999"), NOTHING),
        at_most=usd("9999"),
    )
    assert found is not None
    assert (found.percent, found.amount) == (Decimal(10), usd("191"))


def test_a_second_invoice_of_an_engagement_gives_only_what_is_new() -> None:
    assert given("1910", miss(312), earlier="286.50") == "0.00 + 0.00"
    assert given("2910", miss(312), earlier="286.50") == "150.00 + 0.00"


def test_released_is_what_the_complete_month_leaves() -> None:
    month = MonthSoFar(usd("3000"), usd("286.50"))
    assert credits.released(usd("286.50"), month, AGREED) == usd("163.50")
    assert credits.released(usd("100"), month, AGREED) == usd("100")
    assert credits.released(usd("100"), MonthSoFar(usd("1910"), usd("286.50")), AGREED) == NOTHING


def _line(tranche: str, key: str, amount: str, category: TaxCategory) -> Billable:
    return Billable(1, tranche, key, key, Decimal(1), usd(amount), category)


def test_credit_lowers_labour_first_and_the_tax_on_it() -> None:
    lines = (
        _line("FORENSIC", "F1", "100", TaxCategory.FEES),
        _line("BASE", "A1", "60", TaxCategory.HW_LABOUR),
        _line("BASE", "A2", "40", TaxCategory.PROFESSIONAL_LABOUR),
        _line("BASE", "K1", "-20", TaxCategory.FEES),
    )
    bill = Bill(lines, (), (), usd("180"), NOTHING, usd("180"), hours=("BASE/1/A1", "BASE/1/A2"))

    def split(amount: str) -> dict[str, Money]:
        made = credits.credit_lines(usd(amount), bill, tranche=9, words="Service credit")
        assert {(one.tranche_id, one.tranche) for one in made} == {(9, "SERVICE_CREDIT")}
        return {one.category.value: one.amount for one in made}

    assert split("50") == {"hw_labour": usd("-30"), "professional_labour": usd("-20")}
    assert split("130") == {"hw_labour": usd("-60"), "professional_labour": usd("-40"), "fees": usd("-30")}


def test_month_is_the_providers_calendar_month() -> None:
    start, end = credits.month_of(local("2026-12-31 23:30"), "America/New_York")
    assert (start, end) == (local("2026-12-01 00:00"), local("2027-01-01 00:00"))
    berlin = credits.month_of(local("2026-12-31 23:30"), "Europe/Berlin")
    assert berlin[0] == datetime.fromisoformat("2027-01-01T00:00+01:00")


# ------------------------------------------------------------------- the opening scenario, acknowledged too late


def invoiced(world: World, minutes: int) -> Invoice:
    """The opening scenario, acknowledged only after so many of its 15 minutes: 2,394.38 of labour."""
    engagement = makers_reports.accepted(world).engagement
    late = Clock.objects.get(engagement=engagement, kind="ACK")
    Clock.objects.filter(pk=late.pk).update(stopped_at=late.started_at + timedelta(minutes=minutes))
    return actions.issue_invoice(engagement.pk, by=world.actor("fay"), at=makers_reports.INVOICED)


def more_labour(engagement: Engagement, amount: str, *, withheld: str = "0") -> Invoice:
    """Another invoice between the two in the same month, whose labour makes room below the cap."""
    cents = usd(amount).minor
    other = Invoice.objects.create(
        engagement=engagement, provider_id=engagement.provider_id, number="INV-2026-0900",
        status=InvoiceStatus.CHECKED, currency="USD", subtotal_minor=cents, tax_minor=0, total_minor=cents,
        labour_minor=cents, withheld_minor=usd(withheld).minor, issued_at=local("2026-12-30 10:00"),
        due_on=local("2027-01-29 10:00").date(), canonical='{"bill": {"lines": []}}', sha256="",
    )  # fmt: skip
    base = Tranche.objects.get(engagement=engagement, kind="BASE")
    InvoiceLine.objects.create(
        invoice=other, position=1, tranche=base, ref="A9", description="more", quantity=1,
        amount_minor=cents, currency="USD", tax_category="fees",
    )  # fmt: skip
    other.status = InvoiceStatus.ISSUED
    other.save(update_fields=["status"])
    return other


@pytest.mark.tampers
def test_late_acknowledgement_is_on_the_invoice_without_being_claimed(world: World) -> None:
    """18 of 15 minutes are 20 % over: 7.5 % of 2,394.38 = 179.58, and the tax falls with it."""
    invoice = invoiced(world, 18)
    assert (invoice.labour, invoice.credit, invoice.withheld) == (usd("2394.38"), usd("179.58"), NOTHING)
    assert (invoice.subtotal, invoice.tax, invoice.total) == (usd("5057.50"), usd("448.85"), usd("5506.35"))
    assert invoice.sha256 == sha256_hex(invoice.content)
    last = queries.lines_of(invoice)[-1]
    assert (last.ref, last.amount, last.tranche.kind) == ("SC1", usd("-179.58"), "SERVICE_CREDIT")
    assert last.description == ("Service credit, 7.5 % of labour: P1 acknowledgement after 18 min instead of 15 min")
    agreed = {one.kind: one.billed for one in quotes.tranches(invoice.engagement)}
    assert agreed == {"FORENSIC": usd("675"), "BASE": usd("4562.08")}  # what a cap has used up is as before
    for side in invoice.engagement.party_ids:
        told = ledger.entries(side, topic=invoice.engagement.topic).filter(kind="invoice.issued").get()
        assert "7.5 % of labour $2,394.38 = $179.58" in told.line


@pytest.mark.tampers
def test_nothing_is_taken_off_where_every_promise_was_kept(world: World) -> None:
    invoice = invoiced(world, 15)
    assert (invoice.credit, invoice.total) == (NOTHING, usd("5701.87"))
    assert not Tranche.objects.filter(kind="SERVICE_CREDIT").exists()


@pytest.mark.tampers
def test_what_the_month_keeps_back_goes_out_as_a_credit_note_at_its_end(world: World) -> None:
    """31 of 15 minutes: 30 % = 718.31, of which the month lets 15 % = 359.16 through; 359.15 wait."""
    invoice = invoiced(world, 31)
    assert (invoice.credit, invoice.withheld) == (usd("359.16"), usd("359.15"))
    other = more_labour(invoice.engagement, "800", withheld="50")  # room for 120.00 more
    run_until(local("2026-12-31 23:59"), makers_reports.INVOICED)
    assert not Invoice.objects.filter(corrects=invoice).exists()
    with refused("nothing_to_release"):
        actions.release_credit(invoice.pk, by=SYSTEM, at=local("2026-12-31 23:59"))
    run_until(local("2027-01-04 12:00"), local("2026-12-31 23:59"))
    note = Invoice.objects.get(corrects=invoice)
    assert (note.number, note.kind, note.status) == ("CN-2027-0001", "CREDIT_NOTE", "ISSUED")
    assert (note.subtotal, note.tax, note.total) == (usd("-120"), usd("-10.65"), usd("-130.65"))
    assert note.content["corrects"] == invoice.number
    assert note.sha256 == sha256_hex(note.content)
    assert (note.credit, note.withheld, note.labour) == (usd("120"), NOTHING, NOTHING)
    assert queries.billed(invoice.engagement) == invoice.total + other.total + note.total
    told = [letter for letter in mail.outbox if "redit note" in letter.subject + letter.body]
    assert {PEOPLE["finn"].email, PEOPLE["fay"].email} == {one for letter in told for one in letter.to}
    with refused("nothing_to_release"):  # the room is used up: what the other kept back stays
        actions.release_credit(other.pk, by=SYSTEM, at=local("2027-01-04 12:00"))
    with refused("nothing_to_release"):
        actions.release_credit(invoice.pk, by=SYSTEM, at=local("2027-01-04 12:00"))
    assert Invoice.objects.filter(corrects=invoice).count() == 1
    # Beside what this test itself changed, every row is as the log tells it.
    untold = [one for one in differences() if not one.startswith("incidents.clock/")]
    assert all("is in no log" in one or one.startswith("quotes.tranche/") for one in untold)
    assert len([one for one in untold if "is in no log" in one]) == 2


@pytest.mark.tampers
def test_invoice_and_credit_note_are_shown_and_printed(world: World) -> None:
    invoice = invoiced(world, 31)
    more_labour(invoice.engagement, "800")
    note = actions.release_credit(invoice.pk, by=SYSTEM, at=local("2027-01-01 00:00"))
    for who in ("fay", "finn"):
        browser = signed_in(who)
        shown = browser.get(f"/invoices/{invoice.pk}").content.decode()
        assert "$359.15 when the month has ended" in shown
        assert "Service credit, 30 % of labour" in shown
        told = browser.get(f"/invoices/{note.pk}").content.decode()
        assert f"Credit note {note.number}" in told
        assert f'href="/invoices/{invoice.pk}"' in told
        assert "credit note" in browser.get("/billing").content.decode()
    of_invoice, of_note = (compose(one.content, one.sha256, {}) for one in (invoice, note))
    assert [section.heading for section in of_invoice.sections][1:3] == ["Against the quote", "Service credit"]
    assert (of_note.title, [section.heading for section in of_note.sections]) == ("Credit note", ["Lines", "Tax"])
    assert "130.65" in str(of_note.intro)


@pytest.mark.tampers
def test_alone_in_its_month_the_cap_keeps_it_for_good(world: World) -> None:
    invoice = invoiced(world, 31)
    run_until(local("2027-01-02 00:00"), makers_reports.INVOICED)
    assert not Invoice.objects.filter(kind=InvoiceKind.CREDIT_NOTE).exists()
    assert invoice.withheld == usd("359.15")


@pytest.mark.tampers
def test_only_the_machine_releases_a_credit(world: World) -> None:
    invoice = invoiced(world, 31)
    with refused("not_allowed"):
        actions.release_credit(invoice.pk, by=world.actor("fay"), at=local("2027-01-02 00:00"))


@pytest.mark.tampers
def test_three_missed_promises_in_90_days_let_the_client_end_the_agreement(world: World) -> None:
    engagement = makers_reports.accepted(world).engagement
    pair = (engagement.provider_id, engagement.client_id)
    clocks = Clock.objects.filter(engagement=engagement, priority="P1", stopped_at__isnull=False, void=False)
    used_up = []
    for kind in ("ACK", "ENGAGE", "QUOTE"):
        assert queries.right_to_end(*pair, makers_reports.INVOICED) == 0
        one = clocks.get(kind=kind)
        target = timedelta(seconds=one.target_seconds)
        Clock.objects.filter(pk=one.pk).update(stopped_at=one.started_at + target + timedelta(minutes=1))
        used_up.append(one.started_at + target)
    assert queries.right_to_end(*pair, makers_reports.INVOICED) == 3
    assert queries.right_to_end(*pair, min(used_up) + timedelta(days=90) - timedelta(seconds=1)) == 3
    assert queries.right_to_end(*pair, min(used_up) + timedelta(days=90)) == 0
    assert queries.right_to_end(pair[0], pair[0], makers_reports.INVOICED) == 0
    with clock.set_to(makers_reports.INVOICED):
        page = signed_in("nora").get(f"/agreements/{engagement.agreement_version.agreement_id}")
    assert "may end the agreement" in page.content.decode()


@pytest.mark.tampers
def test_no_credit_opens_room_in_a_cap_and_no_note_gives_more_than_was_withheld(world: World) -> None:
    invoice = invoiced(world, 31)
    base = Tranche.objects.get(engagement=invoice.engagement, kind="BASE")
    below = Tranche.objects.get(engagement=invoice.engagement, kind="SERVICE_CREDIT")
    parties = (invoice.engagement_id, invoice.provider_id)
    left = base.cap_minor - base.billed_minor
    of = {"corrects": invoice.pk}
    fat = new_invoice(*parties, 100, number="X-2", withheld=100_000_000, labour=100)
    above = (*parties, -35_916)
    attempts = {
        "tranche_never_above_cap": [new_invoice(*parties, left + 1), new_line(base.pk, left + 1), issue()],
        "the credit that an invoice tells": [new_invoice(*parties, 40_000), new_line(below.pk, 40_000), issue()],
        "gives back what was withheld": [
            new_invoice(*above, credit=35_916, **of),
            new_line(below.pk, -35_916),
            issue(),
        ],
        "touches no cap": [new_invoice(*parties, -100, **of), new_line(base.pk, -100), issue()],
        "no more labour than": [new_invoice(*parties, 100, labour=101), new_line(base.pk, 100), issue()],
        "credit_note_corrects_an_invoice": [new_invoice(*parties, -100, labour=1, **of)],
    }
    with as_the_application():
        said = {words: refusal_of(*statements) for words, statements in attempts.items()}
        untold = [new_invoice(*parties, 0), new_line(below.pk, -100), new_line(base.pk, 100, position=2), issue()]
        assert "the credit that an invoice tells" in refusal_of(*untold)
        # A note on an invoice that pretends to have withheld a fortune: never more than that invoice billed.
        for statement, given_ in (fat, new_line(base.pk, 100, number="X-2"), issue("X-2")):
            run(statement, **given_)
        pretended = {"corrects": Invoice.objects.get(number="X-2").pk, "credit": 101}
        note = [new_invoice(*parties, -101, **pretended), new_line(below.pk, -101), issue()]
        assert "gives back what was withheld" in refusal_of(*note)
    assert {words: text for words, text in said.items() if words not in text} == {}


def test_tax_of_a_released_credit_goes_on_where_the_first_one_ended(world: World) -> None:
    """Labour of 100.00 of which 90.00 was given: of 30.00 more, 10.00 are labour's and 20.00 the parts'."""
    first = [_line("BASE", "A1", "100", TaxCategory.HW_LABOUR), _line("BASE", "P1", "300", TaxCategory.PARTS)]
    given_ = _line("SERVICE_CREDIT", "SC1", "-90", TaxCategory.HW_LABOUR)
    content = {"bill": {"lines": plain([*first, given_]), "hours": ["BASE/1/A1"]}}
    invoice = Invoice(currency="USD", canonical=json.dumps(content))
    made = credits.credit_lines(usd("30"), crediting._billed(invoice), tranche=9, words="released")
    assert {one.category.value: one.amount for one in made} == {"hw_labour": usd("-10"), "parts": usd("-20")}


def test_credit_above_the_invoice_is_neither_given_nor_withheld() -> None:
    found = credits.service_credit(
        miss(481), AGREED, labour=NOTHING, earlier=NOTHING, month=MonthSoFar(usd("9999"), NOTHING), at_most=usd("100")
    )
    assert found is not None
    assert (found.earned, found.amount, found.withheld) == (usd("120"), usd("100"), NOTHING)
    assert found.derivation.endswith("of which $100.00 fits on this invoice")
