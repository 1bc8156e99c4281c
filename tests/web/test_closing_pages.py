"""Report, acceptance, invoice and closing: what each side reads and signs at the end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from breakfix.billing.models import Invoice
from breakfix.incidents.models import Engagement
from breakfix.reports.models import ServiceReport
from tests import makers_reports, makers_work
from tests.makers import World

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
Moment = Callable[[datetime], None]
SAID = {"prevention": "Replace cache batteries by age.", "residual_risk": "Bay 5 may fail next."}


def report_of(engagement_id: int) -> str:
    return f"/engagements/{engagement_id}/report"


def invoice_of(engagement_id: int) -> str:
    return f"/engagements/{engagement_id}/invoice"


def test_engineer_issues_the_report_with_what_only_they_know(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    engagement = makers_work.resolved(world)
    moment(makers_reports.REPORTED)
    tom = sign_in("tom")
    form = forms(tom.get(report_of(engagement.pk)))["issue_report"]
    refused = tom.post(form["action"], {**form["fields"], "residual_risk": SAID["residual_risk"]})
    assert refused.status_code == 422
    assert "Bay 5 may fail next." in refused.content.decode()
    assert not ServiceReport.objects.exists()
    priced = tom.post(form["action"], {**form["fields"], **SAID, "spares_advice": "A drive for $387.50"})
    assert priced.status_code in (409, 422)
    assert tom.post(form["action"], {**form["fields"], **SAID}).status_code == 303
    assert tom.post(form["action"], {**form["fields"], **SAID}).status_code == 409
    assert ServiceReport.objects.count() == 1
    shown = tom.get(report_of(engagement.pk)).content.decode()
    assert "Replace cache batteries by age." in shown
    assert "$" not in shown


@pytest.fixture(name="reported")
def _reported(world: World, moment: Moment) -> ServiceReport:
    report = makers_reports.issued(world)
    moment(makers_reports.ACCEPTED)
    return report


def test_client_reads_the_report_and_accepts_what_was_read(
    reported: ServiceReport, sign_in: SignIn, forms: Forms
) -> None:
    seth, page = sign_in("seth"), report_of(reported.engagement_id)
    shown = seth.get(page).content.decode()
    for words in ("Both virtual disks optimal", "SN-CTRL-9", "OLD-CTRL-9", "missed", "$6,450.00", reported.sha256):
        assert words in shown
    form = forms(seth.get(page))["accept_work"]
    stale = seth.post(form["action"], {**form["fields"], "shown_sha256": "0" * 64})
    assert stale.status_code == 409
    assert seth.post(form["action"], form["fields"]).status_code == 303
    reported.refresh_from_db()
    assert reported.status == "ACCEPTED"
    assert seth.post(form["action"], form["fields"]).status_code == 409
    assert seth.get(f"/reports/{reported.pk}").status_code == 200


def test_work_is_sent_back_with_a_reason(reported: ServiceReport, sign_in: SignIn, forms: Forms) -> None:
    rita, page = sign_in("rita"), report_of(reported.engagement_id)
    to = forms(rita.get(page))["refuse_work"]["action"]
    assert rita.post(to, {"reason": ""}).status_code == 422
    assert rita.post(to, {"reason": "The stream is slow."}).status_code == 303
    reported.refresh_from_db()
    assert (reported.status, reported.engagement.status) == ("DISPUTED", "IN_PROGRESS")


@pytest.mark.parametrize(
    ("who", "status"), [("dana", 403), ("ada", 403), ("tom", 403), ("charlie", 404), ("cal", 404)]
)
def test_nobody_else_accepts(reported: ServiceReport, sign_in: SignIn, who: str, status: int) -> None:
    answer = sign_in(who).post(f"{report_of(reported.engagement_id)}/accept_work", {})
    assert answer.status_code == status
    reported.refresh_from_db()
    assert reported.status == "ISSUED"


@pytest.fixture(name="accepted")
def _accepted(world: World, moment: Moment) -> Engagement:
    report = makers_reports.accepted(world)
    moment(makers_reports.INVOICED)
    return Engagement.objects.get(pk=report.engagement_id)


def test_finance_sees_the_invoice_before_it_is_issued(accepted: Engagement, sign_in: SignIn, forms: Forms) -> None:
    fay, page = sign_in("fay"), invoice_of(accepted.pk)
    assert accepted.number in fay.get("/billing").content.decode()
    shown = fay.get(page).content.decode()
    for words in ("$4,723.33", "$4,562.08", "$5,400.00", "8.875 % of $5,237.08", "$464.79", "$5,701.87", "255 min"):
        assert words in shown
    form = forms(fay.get(page))["issue_invoice"]
    issued = fay.post(form["action"], form["fields"])
    invoice = Invoice.objects.get()
    assert (issued.status_code, issued["Location"]) == (303, f"/invoices/{invoice.pk}")
    again = fay.post(form["action"], form["fields"])
    assert again.status_code == 409
    assert Invoice.objects.count() == 1


def test_client_reads_each_line_with_what_allows_it(accepted: Engagement, world: World, sign_in: SignIn) -> None:
    invoice = makers_reports.invoiced(world, accepted)
    for who in ("finn", "alice", "fay"):
        shown = sign_in(who).get(f"/invoices/{invoice.pk}").content.decode()
        for words in (invoice.number, "$5,701.87", "line P1 of the quote", "the credit fixed in the quote", "Net 30"):
            assert words in shown
    assert invoice.number in sign_in("finn").get("/billing").content.decode()


def test_closing_names_what_is_in_the_way(accepted: Engagement, sign_in: SignIn, forms: Forms) -> None:
    fay, page = sign_in("fay"), invoice_of(accepted.pk)
    shown = fay.get(page).content.decode()
    assert "Still in the way" in shown
    to = forms(fay.get(page))["close_engagement"]["action"]
    assert fay.post(to, {"next": page}).status_code == 409
    accepted.refresh_from_db()
    assert accepted.status == "ACCEPTED"


@pytest.mark.parametrize(("who", "status"), [("dana", 404), ("finn", 404), ("tom", 404), ("charlie", 404)])
def test_invoice_is_prepared_by_provider_finance_alone(
    accepted: Engagement, sign_in: SignIn, who: str, status: int
) -> None:
    browser = sign_in(who)
    assert browser.get(invoice_of(accepted.pk)).status_code == status
    assert browser.post(f"{invoice_of(accepted.pk)}/issue_invoice", {}).status_code in (403, 404)
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("who", ["charlie", "cal", "tom"])
def test_invoice_is_shown_to_neither_strangers_nor_field_staff(
    accepted: Engagement, world: World, sign_in: SignIn, who: str
) -> None:
    invoice = makers_reports.invoiced(world, accepted)
    assert sign_in(who).get(f"/invoices/{invoice.pk}").status_code == 404
    listed = sign_in(who).get("/billing")
    assert listed.status_code == 404 or invoice.number not in listed.content.decode()


def test_list_of_invoices_takes_no_more_queries_for_each_of_them(
    accepted: Engagement, world: World, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    fay = sign_in("fay")
    with django_assert_max_num_queries(8):
        fay.get("/billing")
    makers_reports.invoiced(world, accepted)
    with django_assert_max_num_queries(8):
        assert "Everything is billed" in fay.get("/billing").content.decode()
