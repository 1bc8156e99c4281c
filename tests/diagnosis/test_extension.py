"""Further hours of diagnosis: nothing of them is worked or due before the client approved it (domain.md R3, §3.1)."""

from decimal import Decimal
from typing import Any

import pytest

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import Round
from breakfix.billing import actions as billing
from breakfix.billing import queries as bills
from breakfix.diagnosis import queries
from breakfix.diagnosis.actions import protocol, root_cause
from breakfix.diagnosis.models import ForensicExtension
from breakfix.diagnosis.rules import extension as rules
from breakfix.diagnosis.values import ReviewVerdict
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, Hold, OpenEnd
from breakfix.incidents.values import ClockKind, Verdict
from breakfix.quotes import beside
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Tranche
from tests.billing.plain_sql import as_the_application, refusal_of
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_diagnosis import check, checked, completed
from tests.makers_diagnosis import drafted as cause_drafted
from tests.makers_dispatch import arrived
from tests.makers_extension import ANSWERED, ASKED, BEGUN, answer, ask, asking, refuse
from tests.makers_extension import actions as extension
from tests.makers_quotes import drafted as quote_drafted
from tests.people import actor
from tests.quotes.cases import usd
from tests.refusals import refused

BILLED = local("2026-12-02 11:00")


def of(engagement: Engagement) -> Engagement:
    return Engagement.objects.get(pk=engagement.pk)


@pytest.mark.parametrize(
    ("charged", "included", "hours", "amount"),
    [
        ("675.00", "2", "2", "675.00"),
        ("450.00", "2", "0.25", "56.25"),
        ("500.00", "2.5", "1.75", "350.00"),
        ("550.00", "3", "1", "183.33"),  # 183.333...
        ("550.00", "3", "0.5", "91.67"),  # 91.666..., half up
    ],
)
def test_extension_is_priced_pro_rata_of_the_fee(charged: str, included: str, hours: str, amount: str) -> None:
    priced = rules.priced(Decimal(hours), charged=usd(charged), included=Decimal(included))
    assert priced.amount == usd(amount)
    assert f"pro rata for {hours} h = ${amount}" in priced.derivation


def test_sums_are_tested_together() -> None:
    assert rules.tested(usd("675.00"), [usd("337.50"), usd("0.01")]) == usd("1012.51")


def test_question_holds_the_diagnosis_and_pauses_the_objective_only(world: World) -> None:
    asked = asking(world)
    engagement = of(asked.engagement)
    assert (asked.amount, asked.derivation) == (usd("675.00"), "$675.00 for 2 h, pro rata for 2 h = $675.00")
    assert (engagement.status, engagement.hold_from) == ("ON_HOLD", "DIAGNOSING")
    assert Hold.objects.get(engagement=engagement, ended_at=None).reason == "AWAITING_CLIENT_APPROVAL"
    read = {one.kind: one.verdict for one in incidents.readings(engagement, ANSWERED) if one.is_open}
    assert read[ClockKind.RESTORE] is Verdict.PAUSED
    assert read[ClockKind.UPDATE] is not Verdict.PAUSED
    ends = OpenEnd.objects.filter(engagement=engagement, closed_at=None, organisation_id=engagement.client_id)
    assert {end.kind: end.what for end in ends} == {
        "next_step": "Decide on the further sum",
        "seat": "Approve the further diagnosis",
    }
    with refused("wrong_state"):
        check(world, engagement, "image-decision", ANSWERED)
    with refused("derived_hold"):
        course.resume(engagement.pk, by=actor("dana"), at=ANSWERED)
    with refused("wrong_state"):
        ask(world, engagement, at=ANSWERED)


def test_approved_extension_lets_the_diagnosis_go_on_and_is_due_once_begun(world: World) -> None:
    asked = answer(world, asking(world))
    engagement = of(asked.engagement)
    assert (asked.status, asked.ended_at, engagement.status) == ("APPROVED", ANSWERED, "DIAGNOSING")
    assert quotes.exposure(engagement).forensic == usd("1350.00")
    assert beside.further_due(engagement) == usd("0.00")
    assert Round.objects.get().exposure_minor == 67500
    check(world, engagement, "image-decision", BEGUN)
    asked.refresh_from_db()
    assert asked.begun_at == BEGUN
    check(world, engagement, "image-decision", local("2026-12-02 00:50"))
    asked.refresh_from_db()
    assert (asked.begun_at, beside.further_due(engagement)) == (BEGUN, usd("675.00"))


def test_extension_is_invoiced_on_its_own_line_outside_n(world: World) -> None:
    asked = answer(world, asking(world))
    engagement = of(asked.engagement)
    check(world, engagement, "image-decision", BEGUN)
    course.cancel_engagement(engagement.pk, reason="Bought a new one", by=actor("rita"), at=local("2026-12-02 01:00"))
    (waits,) = [one for one in bills.unbilled(actor("fay")) if one.engagement.pk == engagement.pk]
    assert waits.at_most == usd("1350.00")
    invoice = billing.issue_invoice(engagement.pk, by=actor("fay"), at=BILLED)
    lines = bills.lines_of(invoice)
    assert [(one.tranche.kind, one.description, one.amount) for one in lines] == [
        ("FORENSIC", "Forensic fee", usd("675.00")),
        ("EXTENSION", "2.00 h of further diagnosis", usd("675.00")),
    ]
    assert invoice.subtotal == usd("1350.00")
    kept = Tranche.objects.get(kind="EXTENSION")
    assert (kept.cap, kept.billed, kept.of) == (usd("675.00"), usd("675.00"), 1 - 2 * asked.pk)
    with refused("nothing_to_bill"):
        billing.issue_invoice(engagement.pk, by=actor("fay"), at=local("2026-12-02 11:30"))


def test_extension_never_begun_is_never_billed(world: World) -> None:
    engagement = answer(world, asking(world)).engagement
    course.cancel_engagement(engagement.pk, reason="Found it", by=actor("rita"), at=local("2026-12-02 01:00"))
    assert billing.issue_invoice(engagement.pk, by=actor("fay"), at=BILLED).subtotal == usd("675.00")


def test_extension_counts_in_the_cash_out_of_a_quote_but_not_in_its_credit(world: World) -> None:
    """All of the fee is credited in this world, and no cent of the further 675.00."""
    asked = answer(world, asking(world))
    engagement = of(asked.engagement)
    check(world, engagement, "image-decision", BEGUN)
    protocol.complete_diagnosis(engagement.pk, by=actor("tom"), at=local("2026-12-02 00:52"))
    made = quotes.offer_of(quote_drafted(world, of(engagement)))
    assert made.price.credit is not None
    assert (made.fee, made.price.credit.amount) == (usd("1350.00"), usd("-675.00"))
    assert made.cash_out.net == made.ceiling.n + usd("1350.00")


def test_refused_extension_ends_in_a_report_that_is_inconclusive(world: World) -> None:
    asked = refuse(world, asking(world))
    engagement = of(asked.engagement)
    assert (asked.status, engagement.status) == ("REFUSED", "DIAGNOSING")
    assert not OpenEnd.objects.filter(engagement=engagement, kind="seat", closed_at=None).exists()
    protocol.complete_diagnosis(engagement.pk, by=actor("tom"), at=local("2026-12-02 00:40"))
    cause = cause_drafted(world, of(engagement))
    late = local("2026-12-02 01:00")
    root_cause.review_root_cause(cause.pk, verdict=ReviewVerdict.AGREE, by=actor("rex"), at=late)
    with refused("not_examined", field="inconclusive"):
        root_cause.issue_root_cause(cause.pk, by=actor("tom"), at=late)
    assert quotes.exposure(engagement).forensic == usd("675.00")
    assert queries.due_extensions(engagement) == []


def test_protocol_stays_whole_where_nobody_refused_anything(world: World) -> None:
    engagement = checked(world, "image-decision")
    with refused("protocol_incomplete"):
        protocol.complete_diagnosis(engagement.pk, by=actor("tom"), at=ANSWERED)
    engagement = answer(world, ask(world, engagement)).engagement
    with refused("protocol_incomplete"):
        protocol.complete_diagnosis(engagement.pk, by=actor("tom"), at=BEGUN)


def test_question_withdrawn_asks_nobody_any_more(world: World) -> None:
    asked = asking(world)
    extension.withdraw_forensic_extension(
        asked.engagement_id, reason="The firmware notes name it.", by=actor("tom"), at=ANSWERED
    )
    asked.refresh_from_db()
    assert (asked.status, of(asked.engagement).status) == ("WITHDRAWN", "DIAGNOSING")
    assert Round.objects.get().status == "WITHDRAWN"
    with refused("nothing_asked"):
        answer(world, asked)
    again = ask(world, of(asked.engagement), at=BEGUN)
    assert again.status == "ASKED"


def test_two_sign_where_all_further_sums_together_ask_for_two(world: World) -> None:
    """675.00 is any approver's; 4,725.00 more make 5,400.00, which is IT's and finance's together."""
    first = answer(world, asking(world))
    more = ask(world, of(first.engagement), hours=Decimal(14), at=local("2026-12-02 00:40"))
    assert more.amount == usd("4725.00")
    at, shown = local("2026-12-02 00:42"), Decimal("4725.00")
    assert answer(world, more, at=at, shown_amount=shown).status == "ASKED"
    assert of(more.engagement).status == "ON_HOLD"
    with refused("already_decided"):
        answer(world, more, at=at, shown_amount=shown)
    assert answer(world, more, "cora", at=at, shown_amount=shown).status == "APPROVED"


def test_silence_is_reached_out_for(world: World) -> None:
    asked = asking(world)
    run_until(local("2026-12-02 00:50"), ASKED)
    tried = approvals.attempts(Round.objects.get(subject=asked.subject))
    assert list(dict.fromkeys(one.rung for one in tried)) == ["notify", "voice", "delegate", "next_level"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"hours": Decimal(0)}, "bad_hours"),
        ({"hours": Decimal("-1")}, "bad_hours"),
        ({"hours": Decimal("0.3")}, "bad_hours"),
        ({"hours": Decimal("40.25")}, "bad_hours"),
        ({"hours": Decimal("NaN")}, "bad_hours"),
        ({"known": " "}, "missing_field"),
        ({"plan": ""}, "missing_field"),
        ({"plan": "Two hours for USD 500."}, "verbal_promise"),
        ({"by": "rita"}, "not_allowed"),
        ({"by": "ana"}, "not_found"),
    ],
)
def test_question_refused_leaves_no_trace(world: World, given: dict[str, Any], code: str) -> None:
    engagement = arrived(world)
    given = {**given, "by": actor(given["by"])} if "by" in given else given
    with refused(code):
        ask(world, engagement, **given)


def test_hours_already_worked_are_never_asked_for(world: World) -> None:
    engagement = completed(world)
    with refused("diagnosis_complete"):
        ask(world, engagement, at=local("2026-12-02 00:45"))


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ("alice", {"shown_amount": Decimal("674.00")}, "stale_document"),
        ("alice", {"by": "unconfirmed"}, "reauthenticate"),
        ("rita", {}, "not_allowed"),
        ("dana", {}, "not_allowed"),
        ("charlie", {}, "not_found"),
    ],
)
def test_answer_refused_leaves_no_trace(world: World, who: str, given: dict[str, Any], code: str) -> None:
    asked = asking(world)
    given = {**given, "by": actor(who)} if "by" in given else given
    with refused(code):
        answer(world, asked, who, **given)


def test_question_of_a_cancelled_engagement_is_answered_by_nobody(world: World) -> None:
    asked = asking(world)
    course.cancel_engagement(asked.engagement_id, reason="Bought a new one", by=actor("rita"), at=ANSWERED)
    with refused("wrong_state"):
        answer(world, asked)
    assert not OpenEnd.objects.filter(engagement=asked.engagement, kind="seat", closed_at=None).exists()


@pytest.mark.tampers
def test_database_takes_no_extension_that_nobody_approved(world: World) -> None:
    """With plain SQL: not approved without its round, not raised, not billed before it was begun, never gone."""
    asked = asking(world)
    key = {"id": asked.pk}
    table = "diagnosis_forensicextension"
    tranche = (
        "INSERT INTO quotes_tranche (engagement_id, kind, extension_id, cap_minor, billed_minor, currency, agreed_at)"
        f" SELECT engagement_id, 'EXTENSION', id, amount_minor + %(more)s, 0, currency, asked_at FROM {table}"
        " WHERE id = %(id)s"
    )
    approve = (f"UPDATE {table} SET status = 'APPROVED', ended_at = asked_at WHERE id = %(id)s", key)
    with as_the_application():
        said = [
            refusal_of(approve),
            refusal_of((f"UPDATE {table} SET amount_minor = amount_minor + 1 WHERE id = %(id)s", key)),
            refusal_of((f"DELETE FROM {table} WHERE id = %(id)s", key)),
            refusal_of((tranche, {**key, "more": 0})),
        ]
    assert "approved by those who were asked" in said[0]
    assert "never changes" in said[1]
    assert "never goes" in said[2]
    assert "exactly what was approved" in said[3]
    approved = answer(world, ForensicExtension.objects.get())
    with as_the_application():
        unbegun = refusal_of((tranche, {**key, "more": 0}))
    assert "exactly what was approved" in unbegun
    check(world, of(approved.engagement), "image-decision", BEGUN)
    with as_the_application():
        assert "exactly what was approved" in refusal_of((tranche, {**key, "more": 1}))
        assert refusal_of((tranche, {**key, "more": 0})) == ""
