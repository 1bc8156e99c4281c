"""The ways A, B and C of one offer: compared in what is frozen, chosen by the client, bound one at a time."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.approvals import queries as approvals
from breakfix.incidents.actions import course
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes import previews
from breakfix.quotes.actions import deciding, drafting, issuing
from breakfix.quotes.models import Quote, Tranche
from breakfix.quotes.rules import ways as rules
from tests import makers_quotes, makers_ways
from tests.makers import World, local
from tests.makers_quotes import climbed, signed
from tests.makers_ways import FAILOVER, IN_PLACE, SUNDAY, WAYS
from tests.quotes import cases
from tests.quotes.cases import usd
from tests.refusals import refused

pytestmark = pytest.mark.django_db
AT = local("2026-12-02 01:20")


def choose(world: World, quote: Quote, way: str, who: str = "alice", **given: Any) -> Quote:
    typed = {"shown_sha256": quote.sha256, "at": AT, **given}
    return issuing.choose_continuity(quote.pk, way=way, by=world.actor(who), **typed)


def figures(quote: Quote) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in quote.content["ways"]}


def test_ways_change_the_tier_of_the_work_and_add_the_loaner_and_nothing_else() -> None:
    draft = replace(cases.S1, charges=tuple(makers_ways.CHARGES), ways=WAYS)
    assert rules.with_way(draft, 0) == draft
    lent = rules.with_way(draft, 1)
    assert replace(lent, charges=lent.charges[:-1]) == draft
    assert (lent.charges[-1].description, lent.charges[-1].unit) == ("Loaner NAS, per day", 180)
    assert {task.tier for task in rules.with_way(draft, 2).tasks} == {"sunday"}
    assert rules.offered(replace(draft, ways=())) == replace(draft, ways=())


def test_comparison_is_frozen_with_prices_finish_and_downtime_saved(world: World) -> None:
    quote = makers_ways.issued(world)
    told = figures(quote)
    # Without the loaner S1's price is 4,723.33 - 360.00. On Sunday 4.5 h x 245 x 2 + 3.25 h x 185 x 2 instead of
    # 1,653.75 + 901.88, so 3,407.50 - 2,555.63 = 851.87 more.
    assert {key: one["q"]["amount"] for key, one in told.items()} == {
        "A": "4363.33",
        "B": "4723.33",
        "C": "5215.20",
    }
    assert {key: one["premium"]["amount"] for key, one in told.items()} == {"A": "0.00", "B": "360.00", "C": "851.87"}
    # From 01:15 in place 6.75 h at 600.00 and, from 08:00 on, 4.25 h at 4,200.00; on the loaner 3 h at 600.00.
    assert told["A"]["downtime"]["amount"] == "21900.00"
    assert told["B"]["downtime"]["amount"] == "1800.00"
    assert told["B"]["saved"]["amount"] == "20100.00"
    assert told["C"]["saved"]["amount"].startswith("-")
    assert [key for key, one in told.items() if one["offered"]] == ["A"]
    assert {one["against"] for one in told.values()} == {"A"}
    assert (quote.q, quote.n) == (usd("4363.33"), usd(told["A"]["n"]["amount"]))


def test_another_way_becomes_the_next_version_with_its_own_hash_and_the_figures_that_were_shown(world: World) -> None:
    quote = makers_ways.issued(world)
    other = choose(world, quote, "B")
    quote.refresh_from_db()
    assert (quote.status, other.status, other.version) == ("SUPERSEDED", "ISSUED", 2)
    assert other.sha256 != quote.sha256
    assert other.sha256 == sha256_hex(other.content)
    shown = figures(quote)["B"]
    assert (other.q, other.n) == (usd(shown["q"]["amount"]), usd(shown["n"]["amount"]))
    assert [key for key, one in figures(other).items() if one["offered"]] == ["B"]
    assert (other.valid_until, other.author_id, other.reviewer_id) == (
        quote.valid_until,
        quote.author_id,
        quote.reviewer_id,
    )
    asked = approvals.open_round_for(other.subject)
    assert asked is not None
    assert (asked.subject_sha256, approvals.open_round_for(quote.subject)) == (other.sha256, None)
    assert "Loaner NAS, per day" in {line["description"] for line in other.content["price"]["charges"]}


def test_approval_binds_exactly_the_way_whose_hash_was_shown(world: World) -> None:
    quote = makers_ways.issued(world)
    other = choose(world, quote, "B")
    with pytest.raises(Refused) as no:
        signed(world, quote, "alice", AT)
    assert no.value.code == "quote_superseded"
    with pytest.raises(Refused) as no:
        deciding.approve_quote(
            other.pk, shown_sha256=quote.sha256, acknowledged=["R1"], by=world.actor("alice", confirmed_at=AT), at=AT
        )
    assert no.value.code == "stale_offer"
    climbed(other, AT)
    signed(world, other, "alice", AT)
    signed(world, other, "cora", AT)
    bound = makers_quotes.acknowledged(world, other, AT)
    assert bound.status == "APPROVED"
    assert [(one.quote_id, one.cap_minor) for one in Tranche.objects.filter(kind="BASE")] == [
        (other.pk, other.n_minor)
    ]


def test_client_goes_back_to_the_first_way_as_often_as_it_wants(world: World) -> None:
    quote = makers_ways.issued(world)
    again = choose(world, choose(world, quote, "C"), "A")
    assert (again.version, again.q, again.n) == (3, quote.q, quote.n)
    assert again.valid_until == quote.valid_until


@pytest.mark.parametrize(
    ("way", "given", "code"),
    [
        ("A", {}, "chosen_already"),
        ("D", {}, "unknown_way"),
        ("", {}, "unknown_way"),
        ("BC", {}, "unknown_way"),
        ("B", {"shown_sha256": "0" * 64}, "stale_offer"),
        ("B", {"at": local("2026-12-02 04:15")}, "way_past"),
        ("B", {"at": local("2026-12-05 04:15")}, "expired"),
    ],
)
def test_what_was_not_offered_or_can_no_longer_be_is_refused_without_a_trace(
    way: str, given: dict[str, Any], code: str, world: World
) -> None:
    quote = makers_ways.issued(world)
    with refused(code):
        choose(world, quote, way, **given)


def test_nobody_chooses_another_way_over_somebodys_signature(world: World) -> None:
    quote = makers_ways.issued(world)
    climbed(quote, AT)
    signed(world, quote, "alice", AT)
    with refused("signed_already"):
        choose(world, quote, "B", who="cora")


def test_nobody_chooses_while_the_provider_writes_another_version(world: World) -> None:
    quote = makers_ways.issued(world)
    makers_ways.drafted(world, engagement=quote.engagement, at=AT)
    with pytest.raises(Refused) as no:
        choose(world, quote, "B")
    assert no.value.code == "draft_exists"


@pytest.mark.parametrize("who", ["quinn", "rita", "sol", "mona", "finn"])
def test_only_the_clients_approvers_choose(who: str, world: World) -> None:
    quote = makers_ways.issued(world)
    with refused("not_allowed"):
        choose(world, quote, "B", who=who)


@pytest.mark.parametrize(
    ("ways", "field"),
    [
        ([IN_PLACE], "ways"),
        ([IN_PLACE, FAILOVER, SUNDAY, IN_PLACE], "ways"),
        ([IN_PLACE, IN_PLACE], "ways"),
        ([IN_PLACE, replace(FAILOVER, words=" ")], "ways-1-words"),
        ([replace(IN_PLACE, back_at=makers_quotes.DRAFTED), FAILOVER], "ways-0-back_at"),
        ([IN_PLACE, replace(FAILOVER, finish_at=FAILOVER.back_at - timedelta(minutes=1))], "ways-1-finish_at"),
        ([IN_PLACE, replace(FAILOVER, loaner="")], "ways-1-loaner"),
        ([IN_PLACE, replace(FAILOVER, loaner_days=Decimal(0))], "ways-1-loaner"),
        ([IN_PLACE, replace(FAILOVER, loaner_unit=Decimal(-1))], "ways-1-loaner_unit"),
    ],
)
def test_impossible_ways_are_refused_by_field(ways: list[Any], field: str, world: World) -> None:
    with pytest.raises(Refused) as no:
        makers_ways.drafted(world, ways=ways)
    assert no.value.field == field


def test_way_whose_time_came_before_the_issue_stops_it(world: World) -> None:
    quote = makers_quotes.reviewed(world, charges=makers_ways.CHARGES, ways=list(WAYS))
    with pytest.raises(Refused) as no:
        issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=local("2026-12-02 04:20"))
    assert no.value.field == "ways-1-back_at"


def test_whoever_reviews_vouches_for_every_way(world: World) -> None:
    """No risk and a cheap first way need no second person; the dear Sunday does, so the author is not enough."""
    task = [cases.task(2, "8", "10", "12", name="Rebuild")]
    cheap = {"tasks": task, "parts": [], "charges": [], "contingents": [], "risks": []}
    dear = replace(FAILOVER, loaner_unit=Decimal(2500))
    quote = makers_ways.drafted(world, ways=[IN_PLACE, dear], **cheap)
    assert quote.q < usd("5000")
    with pytest.raises(Refused) as no:
        drafting.review_quote(quote.pk, by=world.actor("quinn"), at=makers_quotes.REVIEWED)
    assert no.value.code == "own_work"


def test_version_that_was_withdrawn_meanwhile_keeps_its_number(world: World) -> None:
    quote = makers_ways.issued(world)
    draft = makers_quotes.drafted(world, quote.engagement)
    issuing.withdraw_quote(draft.pk, by=world.actor("quinn"), at=AT)
    assert [draft.version, choose(world, quote, "B").version] == [2, 3]


def test_nothing_is_put_forward_on_what_was_called_off(world: World) -> None:
    quote = makers_ways.issued(world)
    course.cancel_engagement(quote.engagement_id, reason="We buy a new one", by=world.actor("rita"), at=AT)
    with refused("not_awaiting_approval"):
        choose(world, quote, "B")


def test_way_that_ends_after_more_than_a_year_is_refused(world: World) -> None:
    far = replace(SUNDAY, finish_at=SUNDAY.finish_at + timedelta(days=366))
    with pytest.raises(Refused) as refusal:
        makers_ways.drafted(world, ways=[IN_PLACE, far])
    assert (refusal.value.code, refusal.value.field) == ("too_far", "ways-1-finish_at")


def test_approver_whom_the_offer_does_not_ask_has_no_way_put_forward(world: World) -> None:
    quote = makers_ways.issued(world)
    with refused("no_seat"):
        choose(world, quote, "B", who="erin")


def test_next_version_starts_with_the_way_that_was_put_forward_last(world: World) -> None:
    """The client had the loaner put forward; nobody answered, and the provider lists the ways in another order."""
    other = choose(world, makers_ways.issued(world), "B")
    assert other.valid_until is not None
    issuing.expire_quote(other.pk, by=SYSTEM, at=other.valid_until)
    late = makers_ways.from_(other.valid_until)
    again = makers_ways.drafted(
        world, engagement=other.engagement, at=other.valid_until, ways=[late[2], late[0], late[1]]
    )
    assert (again.inputs.way, again.q) == (2, other.q)
    without = drafting.revise_quote(
        again.pk,
        revision=1,
        **makers_quotes.inputs(charges=makers_ways.CHARGES, ways=[late[2], late[0]]),
        by=world.actor("quinn"),
        at=other.valid_until,
    )
    assert without.inputs.way == 0


def test_preview_names_a_rate_outside_the_band_in_any_of_the_ways(world: World) -> None:
    """In place 0.50 h x 185 and 0.50 h x 310, on average 247.50; on Sunday 0.25 h and 0.50 h, 268.33."""
    lines = [(2, Tier.BUSINESS, "0.1"), (2, Tier.AFTER_HOURS, "0.1"), (4, Tier.BUSINESS, "0.5")]
    tasks = [cases.task(level, hours, hours, hours, name=f"L{level}", tier=tier) for level, tier, hours in lines]
    draft = replace(cases.S1, tasks=tuple(tasks), charges=tuple(makers_ways.CHARGES), parts=(), band_reason="")
    engagement = makers_quotes.awaiting_quote(world)
    for ways, found in ((WAYS[:2], set()), ((IN_PLACE, SUNDAY), {"rate_out_of_band"})):
        shown = previews.preview(
            engagement.pk, replace(draft, ways=ways), by=world.actor("quinn"), at=makers_quotes.DRAFTED
        )
        assert {one.code for one in shown.problems if one.field == "band_reason"} == found
