"""The only way to raise the maximum: five rules, an own Q, N and hash, seats by what is agreed in all (§4.10)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from breakfix.approvals import queries as approvals
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.quotes import queries
from breakfix.quotes.actions import deciding, drafting, issuing
from breakfix.quotes.models import ChangeOrder, Quote, Tranche
from breakfix.quotes.values import Cause, ChargeKind, ChargeLine, RejectionReason
from tests import makers_change_orders as make
from tests import makers_quotes, makers_work
from tests.makers import World, local
from tests.quotes.cases import usd
from tests.refusals import refused


def test_change_order_has_its_own_price_and_maximum(world: World) -> None:
    """2.00 h x 245 x 1.5 = 735.00; 1.10 x 735.00 = 808.50, up to the next 25: 825.00."""
    quote = make.issued(world)
    assert (quote.number, quote.version, quote.status) == ("CO-2026-0001", 1, "ISSUED")
    assert (quote.q, quote.n) == (usd("735"), usd("825"))
    # No second forensic credit, and what is tested is everything agreed: (5,400 + 825) x 1.08875.
    assert quote.credit_minor == 0
    assert quote.exposure == usd("6777.47")
    assert quote.cash_out == usd("7512.38")
    assert quote.valid_until == make.ISSUED + timedelta(hours=24)
    asked = approvals.open_round_for(quote.subject)
    assert asked is not None
    assert asked.exposure == usd("6777.47")
    assert [seat.name for seat in asked.seats.all()] == ["it", "finance"]


def test_hash_covers_why_what_proves_it_and_the_new_maximum(world: World) -> None:
    quote = make.issued(world)
    base = queries.binding_quote(quote.engagement)
    assert base is not None
    assert sha256_hex(quote.content) == quote.sha256
    shown = quote.content["change_order"]
    assert quote.content["kind"] == "change_order"
    assert shown["adds_to"] == {"number": base.number, "version": 1, "sha256": base.sha256}
    assert (shown["cause"], shown["reason"]) == ("new_fault", make.REASON)
    assert shown["evidence"]["name"] == "backplane.txt"
    assert (shown["n_before"]["amount"], shown["n_after"]["amount"]) == ("5400.00", "6225.00")


def test_approved_change_order_adds_a_tranche_and_supersedes_nothing(world: World) -> None:
    quote = make.approved(world)
    assert (quote.status, quote.decided_at) == ("APPROVED", make.APPROVED)
    engagement = incidents.get_engagement(quote.engagement_id, SYSTEM)
    assert engagement.status == Status.IN_PROGRESS
    base = queries.binding_quote(engagement)
    assert base is not None
    assert (base.kind, base.status) == ("QUOTE", "APPROVED")
    tranches = [(one.kind, one.cap, one.quote_id) for one in queries.tranches(engagement)]
    assert tranches == [
        ("FORENSIC", usd("675"), None),
        ("BASE", usd("5400"), base.pk),
        ("CHANGE_ORDER", usd("825"), quote.pk),
    ]
    found = queries.exposure(engagement)
    assert (found.cap, found.cap_with_tax, found.committed) == (usd("6225"), usd("6777.47"), usd("6900"))


def test_proposal_is_the_providers_own_until_it_is_issued(world: World) -> None:
    quote = make.proposed(world)
    client = world.organisation("northgate").pk
    kinds = [entry.kind for entry in ledger.entries(client, topic=quote.engagement.topic)]
    assert "change_order.proposed" not in kinds
    assert quote not in queries.quotes_of(quote.engagement, world.actor("alice"))
    assert quote in queries.quotes_of(quote.engagement, world.actor("quinn"))


# ------------------------------------------------------------------------------------------- the five rules


@pytest.mark.parametrize("cause", [Cause.TOOK_LONGER, Cause.UNDERESTIMATED])
def test_estimate_that_was_too_low_raises_nothing(world: World, cause: Cause) -> None:
    engagement = makers_work.started(world).engagement
    with refused(cause.value, field="cause") as no:
        make.proposed(world, engagement, cause=cause)
    assert "borne by the provider" in no.value.message
    assert not Quote.objects.filter(kind="CHANGE_ORDER").exists()


def test_database_knows_no_other_cause(world: World) -> None:
    quote = make.proposed(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeOrder.objects.filter(quote=quote).update(cause="took_longer")


def test_what_was_known_when_the_quote_was_issued_is_inside_it(world: World) -> None:
    engagement = makers_work.started(world).engagement
    with refused("known_before", field="found_at"):
        make.proposed(world, engagement, found_at=makers_quotes.ISSUED)
    assert make.proposed(world, engagement, found_at=makers_quotes.ISSUED + timedelta(minutes=1)).status == "DRAFT"


def test_nothing_is_found_in_the_future(world: World) -> None:
    engagement = makers_work.started(world).engagement
    with refused("in_the_future", field="found_at"):
        make.proposed(world, engagement, found_at=make.RAISED + timedelta(minutes=1))


def test_evidence_that_was_on_file_proves_nothing_new(world: World) -> None:
    """The supplier's offer of the quote, handed in again under another name."""
    engagement = makers_work.started(world).engagement
    base = queries.binding_quote(engagement)
    assert base is not None
    part = base.inputs.parts[0]
    old = Upload("new-find.txt", f"{part.part_number} at {part.cost}".encode())
    with refused("evidence_known", field="evidence"):
        make.proposed(world, engagement, evidence=old)


def test_assumption_of_the_quote_opens_what_was_known(world: World) -> None:
    """The quote itself says that it assumed otherwise: then older evidence will do, but only for those very words."""
    engagement = makers_work.started(world).engagement
    before = makers_quotes.ISSUED - timedelta(hours=1)
    with refused("not_excluded", field="excluded"):
        make.proposed(world, engagement, excluded="The backplane is sound", found_at=before)
    quote = make.proposed(world, engagement, excluded="five remaining  drives stay\nreadable", found_at=before)
    assert quote.change_order.excluded.startswith("five remaining")


def test_work_begun_before_it_was_raised_is_absorbed(world: World) -> None:
    engagement = makers_work.started(world).engagement
    with refused("raised_too_late", field="begun_at"):
        make.proposed(world, engagement, begun_at=make.FOUND)


def test_change_order_needs_an_approved_quote_and_work_that_is_not_done(world: World) -> None:
    engagement = makers_quotes.awaiting_quote(world)
    with refused("no_change_order_now"):
        make.proposed(world, engagement)


def test_after_the_work_is_done_nothing_is_added(world: World) -> None:
    engagement = makers_work.resolved(world)
    with refused("no_change_order_now"):
        make.proposed(world, engagement, at=makers_work.RESOLVED + timedelta(minutes=1))


def test_emergency_dispatch_is_not_charged_again(world: World) -> None:
    engagement = makers_work.started(world).engagement
    flat = ChargeLine(ChargeKind.EMERGENCY_DISPATCH, "P1 again")
    with refused("emergency_dispatch_twice", field="charges-0-kind"):
        make.proposed(world, engagement, charges=[flat])


def test_one_change_order_is_written_at_a_time(world: World) -> None:
    quote = make.proposed(world)
    with refused("draft_exists"):
        make.proposed(world, quote.engagement, at=make.REVIEWED)


def test_change_order_is_not_revised(world: World) -> None:
    quote = make.proposed(world)
    with refused("change_order"):
        drafting.revise_quote(quote.pk, revision=1, scope_in="More", by=world.actor("quinn"), at=make.REVIEWED)


def test_only_the_quoting_side_proposes(world: World) -> None:
    engagement = makers_work.started(world).engagement
    for who in ("alice", "tom", "dana"):
        with refused("not_allowed"):
            make.proposed(world, engagement, who=who)
    with refused("not_found"):
        make.proposed(world, engagement, who="charlie")


def test_unreviewed_change_order_is_not_issued(world: World) -> None:
    quote = make.proposed(world)
    with refused("not_reviewed"):
        issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)


# ------------------------------------------------------------------------------------------- deciding


def test_rejected_change_order_leaves_the_agreed_scope(world: World) -> None:
    quote = make.issued(world)
    by = world.actor("alice", confirmed_at=make.APPROVED)
    done = deciding.reject_quote(
        quote.pk, shown_sha256=quote.sha256, reason=RejectionReason.PRICE, by=by, at=make.APPROVED
    )
    assert done.status == "REJECTED"
    engagement = incidents.get_engagement(quote.engagement_id, SYSTEM)
    assert engagement.status == Status.IN_PROGRESS
    assert [one.kind for one in queries.tranches(engagement)] == ["FORENSIC", "BASE"]
    steps = [end.what for end in incidents.open_ends(engagement) if "change order was rejected" in end.what]
    assert len(steps) == 1


def test_expired_change_order_cannot_be_signed(world: World) -> None:
    quote = make.issued(world)
    assert quote.valid_until is not None
    with refused("expired"):
        make.signed(world, quote, "alice", quote.valid_until)
    done = issuing.expire_quote(quote.pk, by=SYSTEM, at=quote.valid_until)
    assert done.status == "EXPIRED"
    assert incidents.get_engagement(quote.engagement_id, SYSTEM).status == Status.IN_PROGRESS


def test_approval_binds_only_what_was_shown(world: World) -> None:
    quote = make.issued(world)
    with refused("stale_offer", field="shown_sha256"):
        make.signed(world, quote, "alice", shown_sha256="0" * 64)


def test_second_change_order_is_not_signed_on_the_sum_of_the_first(world: World) -> None:
    """Both were issued over 5,400; with the first approved the second is 7,675.69 in all, not the 6,777.47 shown."""
    first = make.issued(world)
    second = make.issued(world, first.engagement, at=make.ISSUED + timedelta(minutes=5))
    for who in ("alice", "cora"):
        make.signed(world, first, who)
    with refused("exposure_grew") as no:
        make.signed(world, second, "alice", make.APPROVED + timedelta(minutes=1))
    assert no.value.facts["now"] == str(usd("7675.69"))
    assert [one.cap for one in queries.tranches(first.engagement)] == [usd("675"), usd("5400"), usd("825")]


def test_third_tranche_is_counted_with_the_two_before(world: World) -> None:
    make_first = make.approved(world)
    at = make.APPROVED + timedelta(minutes=5)
    second = make.issued(world, make_first.engagement, at=at + timedelta(minutes=5), tasks=[make.task("1")])
    # 367.50 -> 1.10 x 367.50 = 404.25 -> 425; (5,400 + 825 + 425) x 1.08875.
    assert (second.q, second.n, second.exposure) == (usd("367.50"), usd("425"), usd("7240.19"))


def test_tranche_follows_its_offer_also_in_plain_statements(world: World) -> None:
    """A change order under the name of the base would let two caps pass for one."""
    quote = make.approved(world)
    Quote.objects.filter(pk=quote.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tranche.objects.create(
            engagement=quote.engagement,
            kind="BASE",
            quote=quote,
            cap_minor=82_500,
            currency="USD",
            agreed_at=local("2026-12-02 04:00"),
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(kind="QUOTE")
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeOrder.objects.filter(quote=quote).update(reason="Something else")
