"""Work under a change order: it begins with the approval, protective steps before it, and each tranche by itself."""

from datetime import datetime
from typing import Any

import pytest

from breakfix.incidents.models import Engagement
from breakfix.kernel.files import Upload
from breakfix.quotes import queries as quotes
from breakfix.quotes.actions import deciding, issuing
from breakfix.quotes.models import Quote
from breakfix.quotes.values import ChargeKind, ChargeLine, RejectionReason
from breakfix.work import queries
from breakfix.work.actions import ending
from breakfix.work.models import TimeEntry
from breakfix.work.values import TimeKind
from tests import makers_change_orders as make
from tests import makers_work as work
from tests.makers import World, local
from tests.quotes.cases import D, usd
from tests.refusals import refused
from tests.snapshots import remembered

PHOTO = Upload("bay2.png", b"\x89PNG\r\n\x1a\n" + b"0" * 64)
PROTECTIVE = TimeKind.PROTECTIVE
END = local("2026-12-02 05:00")


def clock(world: World, engagement: Engagement, at: str, *, on: bool = True, **given: Any) -> TimeEntry:
    return work.clocked(world, engagement.pk, "tom", local(f"2026-12-02 {at}"), on=on, **given)


@remembered
def raised(world: World) -> Quote:
    """An hour of the agreed work, then the change order, issued at 03:15."""
    engagement = work.started(world).engagement
    clock(world, engagement, "02:05")
    clock(world, engagement, "03:05", on=False)
    return make.issued(world, engagement)


def protected(world: World, quote: Quote, start: str, end: str) -> None:
    clock(world, quote.engagement, start, kind=TimeKind.PROTECTIVE, evidence=PHOTO, change_order_id=quote.pk)
    clock(world, quote.engagement, end, on=False)


def sign(world: World, quote: Quote) -> None:
    for who in ("alice", "cora"):
        make.signed(world, quote, who)


def reject(world: World, quote: Quote) -> None:
    by = world.actor("alice", confirmed_at=make.APPROVED)
    reason = RejectionReason.PRICE
    deciding.reject_quote(quote.pk, shown_sha256=quote.sha256, reason=reason, by=by, at=make.APPROVED)


def bills(quote: Quote, at: datetime = END) -> list[tuple[str, Any, Any]]:
    engagement = Engagement.objects.get(pk=quote.engagement_id)
    found = quotes.settlement(engagement, queries.actuals(engagement, at))
    return [(bill.kind.value, bill.actual, bill.bill) for bill in found.tranches]


def test_work_and_protective_steps_are_billed_under_the_approved_change_order(world: World) -> None:
    """60 min agreed, 13 protective and 87 after the approval: 160 min are 2.75 h, 1.00 h and 1.75 h of them."""
    quote = raised(world)
    protected(world, quote, "03:16", "03:22")
    protected(world, quote, "03:22", "03:29")
    sign(world, quote)
    entry = clock(world, quote.engagement, "03:33", change_order_id=quote.pk)
    assert entry.change_order_id == quote.pk
    clock(world, quote.engagement, "05:00", on=False)
    (order,) = queries.order_hours(quote.engagement, END)
    rows = [(row.of, row.minutes, row.hours) for row in order.rows]
    assert rows == [(0, 60, D("1.00")), (quote.pk, 100, D("1.75"))]
    # The credit of 675 takes the base of 367.50 to nothing; 1.75 h x 245 x 1.5 = 643.125.
    assert bills(quote) == [
        ("FORENSIC", usd("675"), usd("675")),
        ("BASE", usd("0"), usd("0")),
        ("CHANGE_ORDER", usd("643.13"), usd("643.13")),
    ]


def test_protective_steps_are_free_where_the_change_order_is_rejected(world: World) -> None:
    quote = raised(world)
    protected(world, quote, "03:16", "03:26")
    reject(world, quote)
    assert [kind for kind, _, _ in bills(quote)] == ["FORENSIC", "BASE"]
    (order,) = queries.order_hours(Engagement.objects.get(pk=quote.engagement_id), END)
    assert [(row.of, row.minutes) for row in order.rows] == [(0, 60)]
    with refused("change_order_not_approved", field="change_order_id"):
        clock(world, quote.engagement, "04:00", change_order_id=quote.pk)


def test_protective_steps_count_for_half_an_hour(world: World) -> None:
    """40 minutes were taken: 30 are billed, and no more begin."""
    quote = raised(world)
    protected(world, quote, "03:16", "03:56")
    with refused("protective_used_up", field="kind"):
        protected(world, quote, "04:00", "04:10")
    at = local("2026-12-02 04:00")
    for who in ("alice", "cora"):
        make.signed(world, quote, who, at)
    (order,) = queries.order_hours(Engagement.objects.get(pk=quote.engagement_id), END)
    assert [(row.of, row.minutes) for row in order.rows] == [(0, 60), (quote.pk, 30)]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "change_order_not_approved", "change_order_id"),
        ({"kind": PROTECTIVE}, "evidence_missing", "evidence"),
        ({"kind": PROTECTIVE, "evidence": PHOTO, "change_order_id": None}, "missing_field", "change_order_id"),
        ({"change_order_id": 999}, "not_found", None),
    ],
)
def test_time_before_the_approval_is_refused(world: World, given: dict[str, Any], code: str, field: str) -> None:
    quote = raised(world)
    with refused(code, field=field):
        clock(world, quote.engagement, "03:20", **{"change_order_id": quote.pk, **given})
    assert TimeEntry.objects.filter(order__engagement=quote.engagement).count() == 1


def test_work_done_before_the_approval_is_not_moved_under_it(world: World) -> None:
    quote = raised(world)
    sign(world, quote)
    with refused("before_approval", field="since"):
        clock(world, quote.engagement, "03:40", since=local("2026-12-02 03:29"), change_order_id=quote.pk)


def test_lines_of_a_change_order_are_its_own(world: World) -> None:
    """C1 of the change order is another line than C1 of the quote."""
    engagement = work.started(world).engagement
    freight = ChargeLine(ChargeKind.FREIGHT, "Second courier", unit=D("60"))
    quote = make.issued(world, engagement, charges=[freight])
    with refused("change_order_not_approved", field="change_order_id"):
        work.used(world, engagement.pk, "C1", make.ISSUED, change_order_id=quote.pk)
    sign(world, quote)
    work.used(world, engagement.pk, "C1", local("2026-12-02 04:00"), change_order_id=quote.pk)
    found = queries.actuals(Engagement.objects.get(pk=engagement.pk), END)
    assert found.charges == ()
    assert [use.key for use in found.ordered[quote.pk].charges] == ["C1"]


def test_work_is_not_ended_while_the_client_is_asked_about_more(world: World) -> None:
    """Withdrawn, it is out of the way."""
    engagement = work.restored(world).engagement
    tom, at = world.actor("tom"), work.RESOLVED
    quote = make.issued(world, engagement, at=at)
    with refused("change_order_open"):
        ending.resolve(engagement.pk, second_fault_check=work.CHECKED, by=tom, at=at)
    issuing.withdraw_quote(quote.pk, by=world.actor("quinn"), at=at)
    assert ending.resolve(engagement.pk, second_fault_check=work.CHECKED, by=tom, at=at).status == "COMPLETE"


def test_each_cap_has_its_own_marks(world: World) -> None:
    """70 % of 825.00 are 577.50: reached by 1.75 h at 643.13, while the base stands at nothing."""
    quote = raised(world)
    sign(world, quote)
    clock(world, quote.engagement, "03:35", change_order_id=quote.pk)
    at = local("2026-12-02 03:35")
    engagement = Engagement.objects.get(pk=quote.engagement_id)
    # 60 min agreed and 91 here are 2.75 h.
    assert queries.next_mark(engagement, at) == local("2026-12-02 05:06")
    clock(world, quote.engagement, "05:10", on=False)
    assert [(one.tranche.kind, one.percent, one.actual) for one in queries.notices_of(engagement)] == [
        ("CHANGE_ORDER", 70, usd("643.13"))
    ]
    base, ordered = queries.meters(engagement, local("2026-12-02 05:10"))
    assert (base.actual, ordered.actual, ordered.name) == (usd("0"), usd("643.13"), "CO-2026-0001 v1")
