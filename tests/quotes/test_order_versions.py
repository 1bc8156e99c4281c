"""The next version of a change order that nobody has answered, and lines of one that are billed only if needed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.approvals import queries as approvals
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger import queries as ledger
from breakfix.quotes import queries
from breakfix.quotes.actions import drafting, issuing
from breakfix.quotes.models import Quote
from breakfix.quotes.values import ContingentLine
from breakfix.work import queries as work
from breakfix.work.actions.waiting import wait_for_change_order
from tests import makers_change_orders as make
from tests import makers_quotes, makers_work
from tests.makers import World, local
from tests.quotes.cases import D, usd
from tests.refusals import refused
from tests.work.test_change_orders import PHOTO, PROTECTIVE, bills, clock, protected, raised, reject, sign

pytestmark = pytest.mark.django_db
CABLES = ContingentLine("Second set of cables", D("0.3"), D("120"))


def now(quote: Quote) -> Quote:
    return Quote.objects.get(pk=quote.pk)


# ------------------------------------------------------------------------------------------- only if needed


def test_contingent_line_is_listed_and_drawn_and_raises_neither_price_nor_maximum(world: World) -> None:
    """735.00 for sure and 120.00 three times in ten: half of all cases are 735.00, nine in ten end at 855.00."""
    quote = make.issued(world, contingents=[CABLES])
    assert (quote.q, quote.n) == (usd("735"), usd("825"))
    assert (quote.money(quote.p50_minor), quote.money(quote.p90_minor)) == (usd("735"), usd("855"))
    (line,) = quote.price.contingents
    assert (line.key, line.amount, line.probability) == ("X1", usd("120"), D("0.3"))


def test_contingent_line_is_billed_if_it_was_used_and_within_the_maximum(world: World) -> None:
    quote = make.approved(world, contingents=[CABLES])
    clock(world, quote.engagement, "03:35", change_order_id=quote.pk)
    clock(world, quote.engagement, "05:35", on=False)
    at = local("2026-12-02 05:35")
    assert bills(quote, at)[-1] == ("CHANGE_ORDER", usd("735"), usd("735"))
    makers_work.used(world, quote.engagement_id, "X1", at, change_order_id=quote.pk)
    assert bills(quote, at)[-1] == ("CHANGE_ORDER", usd("855"), usd("825"))


def test_contingent_line_that_cannot_be_is_refused_by_field(world: World) -> None:
    engagement = makers_work.started(world).engagement
    with refused("out_of_range", field="contingents-0-probability"):
        make.proposed(world, engagement, contingents=[ContingentLine("Cables", D("2"), D("120"))])


# ------------------------------------------------------------------------------------------- the next version


def test_next_version_is_the_providers_own_until_it_takes_the_place_of_the_one_before(world: World) -> None:
    quote = make.issued(world)
    newer = make.revised(world, quote)
    assert (newer.number, newer.version, newer.status) == (quote.number, 2, "DRAFT")
    assert (newer.change_order.reason, newer.change_order.cause) == (make.REASON, "new_fault")
    assert newer.change_order.evidence_id == quote.change_order.evidence_id
    assert now(quote).status == "ISSUED"
    assert newer not in queries.quotes_of(quote.engagement, world.actor("alice"))
    client = world.organisation("northgate").pk
    kinds = {entry.kind for entry in ledger.entries(client, topic=quote.engagement.topic)}
    assert "change_order.revised" not in kinds


def test_issued_it_has_its_own_hash_and_seats_and_the_one_before_is_superseded(world: World) -> None:
    """3.00 h x 245 x 1.5 = 1,102.50; 1.10 x 1,102.50 = 1,212.75, up to the next 25: 1,225.00."""
    quote = make.issued(world)
    newer = make.reissued(world, quote)
    assert (now(quote).status, newer.status) == ("SUPERSEDED", "ISSUED")
    assert (newer.q, newer.n, newer.exposure) == (usd("1102.50"), usd("1225"), usd("7212.97"))
    shown = newer.content["change_order"]
    assert shown["follows"] == {"version": 1, "sha256": quote.sha256}
    # The version before adds nothing: it was never agreed.
    assert (shown["n_before"]["amount"], shown["n_after"]["amount"]) == ("5400.00", "6625.00")
    assert "follows" not in quote.content["change_order"]
    assert approvals.open_round_for(quote.subject) is None
    asked = approvals.open_round_for(newer.subject)
    assert asked is not None
    assert (asked.subject_sha256, asked.exposure) == (newer.sha256, newer.exposure)
    assert {seat.state for seat in asked.seats.all()} <= {"PENDING", "NOTIFIED"}
    with refused("quote_superseded"):
        make.signed(world, quote, "alice")


def test_only_the_signed_version_is_a_tranche(world: World) -> None:
    quote = make.issued(world)
    newer = make.reissued(world, quote)
    sign(world, newer)
    caps = [(one.kind, one.cap, one.quote_id) for one in queries.tranches(quote.engagement)]
    assert caps[-1] == ("CHANGE_ORDER", usd("1225"), newer.pk)
    assert len(caps) == 3


def test_reason_and_proof_may_be_said_anew(world: World) -> None:
    quote = make.issued(world)
    proof = Upload("bay3.txt", b"Bay 3 drops out as well.\n")
    newer = make.revised(world, quote, reason="Bay 3 drops out as well", evidence=proof)
    assert (newer.change_order.reason, newer.change_order.evidence.name) == ("Bay 3 drops out as well", "bay3.txt")
    assert newer.change_order.found_at == quote.change_order.found_at


def test_reason_names_no_amount(world: World) -> None:
    quote = make.issued(world)
    with refused("verbal_promise", field="reason"):
        make.revised(world, quote, reason="It is $400 more")


def test_withdrawn_draft_keeps_its_number(world: World) -> None:
    quote = make.issued(world)
    draft = make.revised(world, quote)
    issuing.withdraw_quote(draft.pk, by=world.actor("quinn"), at=make.REVISED)
    assert (make.revised(world, quote).version, now(quote).status) == (3, "ISSUED")


# ------------------------------------------------------------------------------------------- never over an answer


def test_version_that_somebody_signed_is_not_revised(world: World) -> None:
    quote = make.issued(world)
    make.signed(world, quote, "alice", make.ISSUED)
    with refused("signed_already"):
        make.revised(world, quote)


def test_signature_that_came_meanwhile_stops_the_next_version(world: World) -> None:
    quote = make.issued(world)
    newer = make.revised(world, quote)
    drafting.review_quote(newer.pk, by=world.actor("rex"), at=make.REVISED)
    make.signed(world, quote, "alice", make.REVISED)
    with refused("signed_already"):
        issuing.issue_quote(newer.pk, by=world.actor("quinn"), at=make.REISSUED)
    make.signed(world, quote, "cora", make.REVISED)
    with refused("quote_approved"):
        issuing.issue_quote(newer.pk, by=world.actor("quinn"), at=make.REISSUED)
    assert [one.quote_id for one in queries.tranches(quote.engagement)][-1] == quote.pk


def issue(world: World, newer: Quote) -> Quote:
    drafting.review_quote(newer.pk, by=world.actor("rex"), at=make.REISSUED)
    return issuing.issue_quote(newer.pk, by=world.actor("quinn"), at=make.REISSUED)


def answered(what: Callable[[World, Quote], Any]) -> Callable[[World], Quote]:
    def made(world: World) -> Quote:
        quote = make.issued(world)
        what(world, quote)
        return quote

    return made


def withdraw(world: World, quote: Quote) -> None:
    issuing.withdraw_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (answered(sign), "quote_approved"),
        (answered(reject), "quote_rejected"),
        (answered(withdraw), "quote_withdrawn"),
        (answered(make.reissued), "quote_superseded"),
        (make.proposed, "not_issued"),
        (lambda world: makers_work.started(world) and Quote.objects.get(), "not_a_change_order"),
    ],
    ids=["approved", "rejected", "withdrawn", "superseded", "draft", "base"],
)
def test_only_what_waits_for_its_answer_is_revised(world: World, made: Callable[[World], Quote], code: str) -> None:
    quote = made(world)
    with refused(code):
        make.revised(world, quote, at=make.APPROVED)


def test_expired_one_is_proposed_anew_also_before_anybody_noted_the_end(world: World) -> None:
    quote = make.issued(world)
    assert quote.valid_until is not None
    with refused("expired"):
        make.revised(world, quote, at=quote.valid_until)


def test_one_is_written_at_a_time(world: World) -> None:
    quote = make.issued(world)
    make.revised(world, quote)
    with refused("draft_exists"):
        make.revised(world, quote)


def test_only_the_quoting_side_revises(world: World) -> None:
    quote = make.issued(world)
    for who in ("alice", "tom", "dana"):
        with refused("not_allowed"):
            make.revised(world, quote, who=who)
    with refused("not_found"):
        make.revised(world, quote, who="charlie")


def test_database_keeps_one_version_open_or_agreed(world: World) -> None:
    quote = make.issued(world)
    make.reissued(world, quote)
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(status="ISSUED")


# ------------------------------------------------------------------------------------------- what goes on


def test_wait_goes_on_with_the_next_version(world: World) -> None:
    quote = raised(world)
    wait_for_change_order(quote.engagement_id, note="Nothing fits", by=world.actor("tom"), at=make.ISSUED)
    held = incidents.open_hold(quote.engagement)
    newer = make.reissued(world, quote)
    assert held is not None
    assert incidents.open_hold(Engagement.objects.get(pk=quote.engagement_id)) == held
    assert quote.valid_until is not None
    with refused("quote_superseded"):
        issuing.expire_quote(quote.pk, by=SYSTEM, at=quote.valid_until)
    sign(world, newer)
    engagement = Engagement.objects.get(pk=quote.engagement_id)
    assert (engagement.status, incidents.open_hold(engagement)) == ("IN_PROGRESS", None)


def test_protective_steps_count_under_the_version_that_came_of_them(world: World) -> None:
    """Twenty minutes before the next version, fifteen after it: half an hour of them, once."""
    quote = raised(world)
    protected(world, quote, "03:16", "03:36")
    newer = make.reissued(world, quote, at=local("2026-12-02 03:40"))
    protected(world, newer, "03:41", "03:56")
    with refused("protective_used_up", field="kind"):
        clock(world, quote.engagement, "03:57", kind=PROTECTIVE, evidence=PHOTO, change_order_id=newer.pk)
    at = local("2026-12-02 04:00")
    for who in ("alice", "cora"):
        make.signed(world, newer, who, at)
    (order,) = work.order_hours(Engagement.objects.get(pk=quote.engagement_id), at + timedelta(hours=1))
    assert [(row.of, row.minutes) for row in order.rows] == [(0, 60), (newer.pk, 30)]


def test_protective_steps_of_a_version_that_was_refused_are_free(world: World) -> None:
    quote = raised(world)
    protected(world, quote, "03:16", "03:19")
    newer = make.revised(world, quote)
    reject(world, quote)
    at = local("2026-12-02 03:50")
    newer = issue(world, newer)
    for who in ("alice", "cora"):
        make.signed(world, newer, who, at)
    (order,) = work.order_hours(Engagement.objects.get(pk=quote.engagement_id), at)
    assert [(row.of, row.minutes) for row in order.rows] == [(0, 60)]


def test_quote_itself_is_issued_as_before(world: World) -> None:
    """The rule about signatures is that of change orders; a quote's next version replaces also a signed one."""
    quote = makers_quotes.issued(world)
    at = makers_quotes.ISSUED + timedelta(minutes=5)
    makers_quotes.climbed(quote, at)
    makers_quotes.signed(world, quote, "alice", at)
    newer = makers_quotes.reviewed(world, quote.engagement, at=at)
    issuing.issue_quote(newer.pk, by=world.actor("quinn"), at=at)
    assert now(quote).status == "SUPERSEDED"
