"""What two people do about one offer at the same moment (PostgreSQL: there deeds really run side by side)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from breakfix.billing.actions import refund_deposit
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, Hold
from breakfix.kernel.access import SYSTEM
from breakfix.quotes.actions import drafting, issuing
from breakfix.quotes.models import Deposit, Quote, Tranche
from breakfix.work.actions.waiting import wait_for_change_order
from tests import makers_change_orders as make
from tests import makers_deposits, makers_diagnosis, makers_quotes, makers_work
from tests.makers import local, world
from tests.together import both

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WAITS = local("2026-12-02 03:30")


def test_two_change_orders_that_together_pass_a_threshold_pass_once_under_the_lower_seat() -> None:
    """Each alone keeps the exposure below 25,000, where two seats suffice; both together need the executive.

    23.5 h of L3 at night are 8,636.25, N 9,500: (5,400 + 9,500) x 1.08875 = 16,222.38, with the other 26,565.50.
    """
    made = world()
    engagement = makers_work.started(made).engagement
    orders = [make.issued(made, engagement, tasks=[make.task("23.5")]) for _ in range(2)]
    for order in orders:
        make.signed(made, order, "alice")
    said = both(*(lambda order=order: make.signed(made, order, "cora") for order in orders))
    assert sorted(said) == ["done", "exposure_grew"]
    caps = [row.cap_minor for row in Tranche.objects.filter(kind="CHANGE_ORDER")]
    assert caps == [950_000]


def test_seat_that_is_signed_twice_at_once_is_signed_once() -> None:
    made = world()
    order = make.issued(made, makers_work.started(made).engagement)
    said = both(lambda: make.signed(made, order, "alice"), lambda: make.signed(made, order, "alice"))
    assert sorted(said) == ["already_decided", "done"]
    said = both(lambda: make.signed(made, order, "cora"), lambda: make.signed(made, order, "cora"))
    assert said.count("done") == 1
    assert Tranche.objects.filter(quote=order).count() == 1


def test_offer_is_approved_or_replaced_by_its_next_version_never_both() -> None:
    made = world()
    engagement = makers_diagnosis.diagnosed(made)
    quote = makers_quotes.issued(made, engagement)
    newer = makers_quotes.reviewed(made, engagement, at=WAITS)
    makers_quotes.signed(made, quote, "alice", WAITS)
    makers_quotes.acknowledged(made, quote, WAITS)
    said = both(
        lambda: makers_quotes.signed(made, quote, "cora", WAITS),
        lambda: issuing.issue_quote(newer.pk, by=made.actor("quinn"), at=WAITS),
    )
    assert said.count("done") == 1
    ended = tuple(Quote.objects.get(pk=one.pk).status for one in (quote, newer))
    caps = Tranche.objects.filter(quote__in=[quote, newer]).count()
    assert (ended, caps) in ((("APPROVED", "REVIEWED"), 1), (("SUPERSEDED", "ISSUED"), 0))


def test_last_signature_and_the_end_of_the_offer_leave_one_of_them() -> None:
    made = world()
    order = make.issued(made, makers_work.started(made).engagement)
    make.signed(made, order, "alice")
    assert order.valid_until is not None
    end = order.valid_until
    said = both(
        lambda: make.signed(made, order, "cora", at=end - timedelta(microseconds=1)),
        lambda: issuing.expire_quote(order.pk, by=SYSTEM, at=end),
    )
    assert said.count("done") == 1
    ended = Quote.objects.get(pk=order.pk).status
    assert (ended, Tranche.objects.filter(quote=order).count()) in (("APPROVED", 1), ("EXPIRED", 0))


def test_work_never_waits_for_what_was_decided_that_very_moment() -> None:
    made = world()
    engagement = makers_work.started(made).engagement
    order = make.issued(made, engagement)
    make.signed(made, order, "alice")
    said = both(
        lambda: wait_for_change_order(engagement.pk, note="Nothing fits", by=made.actor("dana"), at=make.APPROVED),
        lambda: make.signed(made, order, "cora"),
    )
    assert said[1] == "done"
    assert said[0] in ("done", "no_change_order_open")
    assert Engagement.objects.get(pk=engagement.pk).status == "IN_PROGRESS"
    assert not Hold.objects.filter(engagement=engagement, ended_at=None).exists()


def test_change_order_is_signed_or_replaced_by_its_next_version_never_both() -> None:
    """Whoever comes first wins: over a signature nothing is issued, and what was replaced is signed no more."""
    made = world()
    order = make.issued(made, makers_work.started(made).engagement)
    newer = make.revised(made, order)
    drafting.review_quote(newer.pk, by=made.actor("rex"), at=make.REISSUED)
    said = both(
        lambda: make.signed(made, order, "alice", make.REISSUED),
        lambda: issuing.issue_quote(newer.pk, by=made.actor("quinn"), at=make.REISSUED),
    )
    assert sorted(said) in (["done", "signed_already"], ["done", "quote_superseded"])
    ended = tuple(Quote.objects.get(pk=one.pk).status for one in (order, newer))
    assert ended in (("ISSUED", "REVIEWED"), ("SUPERSEDED", "ISSUED"))


def test_last_signature_and_a_revision_leave_one_of_them() -> None:
    made = world()
    order = make.issued(made, makers_work.started(made).engagement)
    make.signed(made, order, "alice")
    said = both(lambda: make.signed(made, order, "cora"), lambda: make.revised(made, order, at=make.APPROVED))
    assert said[0] == "done"
    assert said[1] in ("signed_already", "quote_approved")
    assert Tranche.objects.filter(quote=order).count() == 1
    assert not Quote.objects.filter(version=2).exists()


def test_deposit_that_is_paid_back_twice_at_once_goes_back_once() -> None:
    made = world()
    quote = makers_deposits.prepaid(made)
    at = makers_deposits.PAID
    course.cancel_engagement(quote.engagement_id, reason="We buy a new one", by=made.actor("rita"), at=at)

    def refund() -> object:
        given = {"amount": Decimal("2717.59"), "reference": "WIRE-90017", "by": made.actor("fay"), "at": at}
        return refund_deposit(quote.pk, **given)  # type: ignore[arg-type]

    assert sorted(both(refund, refund)) == ["deposit_refunded", "done"]
    assert Deposit.objects.get().refunded_minor == 271_759
