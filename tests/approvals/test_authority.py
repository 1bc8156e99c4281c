"""Limits as they are named and seats as they are lent (domain.md §3.3)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from breakfix.approvals import queries
from breakfix.approvals.actions.authority import delegate, name_authority, revoke_delegation
from breakfix.approvals.actions.reachout import log_attempt
from breakfix.approvals.models import Authority, Delegation
from breakfix.approvals.values import RungName, Verdict
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.kernel.access import OPERATOR, SYSTEM, Role
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.models import Entry
from breakfix.kernel.money import Money
from breakfix.parties import actions as parties
from tests import makers_approvals as make
from tests.makers import World, local
from tests.refusals import refused

AT = local("2026-12-01 09:00")
UNTIL = local("2026-12-08 09:00")


def held(person: str, seat: str, world: World, at: datetime) -> list[Money]:
    rows = queries.authorities_of(world.organisation("northgate").pk, at)
    return [row.limit for row in rows if row.person_id == world.people[person].pk and row.seat == seat]


def named(world: World, who: str, seat: str, limit: str, by: str = "nora") -> Authority:
    return name_authority(world.people[who].pk, seat=seat, limit=Decimal(limit), by=world.actor(by), at=AT)


def lent(world: World, by: str, to: str, seat: str = "finance", **words: Any) -> Delegation:
    given: dict[str, Any] = {"seat": seat, "ends_at": UNTIL, "at": AT} | words
    actor = world.actor(by, confirmed_at=given["at"])
    return delegate(world.people[to].pk, by=actor, **given)


def test_nobody_names_themself(world: World) -> None:
    parties.give_role(world.people["nora"].pk, role=Role.APPROVER, by=OPERATOR, at=world.at)
    with refused("names_self", field="person_id"):
        named(world, "nora", "it", "5000")
    named_by_the_installer = name_authority(
        world.people["nora"].pk, seat="it", limit=Decimal(5000), by=OPERATOR, at=AT
    )
    assert named_by_the_installer.limit == Money.of("5000", "USD")
    assert named(world, "nora", "it", "0").until == AT


@pytest.fixture
def approver_bob(world: World) -> None:
    parties.give_role(world.people["bob"].pk, role=Role.APPROVER, by=OPERATOR, at=world.at)


# ------------------------------------------------------------------------------------------- authority


def test_authority_replaces_the_one_before(world: World) -> None:
    named(world, "alice", "it", "8000")
    assert held("alice", "it", world, AT) == [Money.of("8000", "USD")]
    assert held("alice", "it", world, local("2026-11-30 09:00")) == [Money.of("25000", "USD")]
    last = ledger.entries(world.organisation("northgate").pk).last()
    assert last is not None
    assert (last.kind, last.line) == (
        "authority.named",
        "An approver may approve up to $8,000.00 on the seat it.",
    )


def test_authority_of_nothing_ends_it(world: World) -> None:
    named(world, "alice", "it", "0")
    assert held("alice", "it", world, AT) == []
    with refused("no_authority", field="seat"):
        named(world, "alice", "it", "0")


@pytest.mark.parametrize(
    ("who", "seat", "limit", "by", "code"),
    [
        ("alice", "it", "-1", "nora", "bad_limit"),
        ("alice", "it", "NaN", "nora", "bad_limit"),
        ("alice", "it", "1e13", "nora", "bad_limit"),
        ("alice", "it", "10.005", "nora", "bad_limit"),
        ("alice", "I T!", "10", "nora", "bad_seat"),
        ("alice", "any", "10", "nora", "bad_seat"),
        ("alice", "it", "25000", "nora", "same_authority"),
        ("bob", "it", "10", "nora", "not_an_approver"),
        ("alice", "it", "10", "alice", "not_allowed"),
        ("charlie", "it", "10", "nora", "not_found"),
        ("dana", "it", "10", "nora", "not_found"),
    ],
)
def test_authority_refused_leaves_no_trace(world: World, who: str, seat: str, limit: str, by: str, code: str) -> None:
    with refused(code):
        named(world, who, seat, limit, by)


def test_authority_is_the_clients_alone(world: World) -> None:
    with refused("not_a_client", field="person_id"):
        name_authority(world.people["percy"].pk, seat="it", limit=Decimal(10), by=OPERATOR, at=AT)


def test_authority_ended_leaves_the_seat_to_nobody(world: World, engagement: Engagement) -> None:
    named(world, "cora", "finance", "0")
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    found = {(one.rung, one.outcome) for one in queries.attempts(approval) if one.seat.name == "finance"}
    assert ("notify", "nobody") in found
    end = OpenEnd.objects.get(engagement=engagement, subject=f"round/{approval.pk}/finance", person=None)
    assert end.role == Role.APPROVER
    make.decided(world, approval, "alice", local("2026-12-02 01:46"))
    # A seat that nobody holds was never tried, so nobody was unreachable.
    with refused("still_reachable"):
        make.bypassed(world, approval, local("2026-12-02 01:47"))


# ------------------------------------------------------------------------------------------- delegation


@pytest.mark.usefixtures("approver_bob")
def test_delegate_decides_for_the_delegator(world: World, engagement: Engagement) -> None:
    lent(world, "cora", "bob", limit=Decimal("10000"))
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:25"))
    tried = {(one.rung, one.person_id) for one in queries.attempts(approval) if one.seat.name == "finance"}
    assert ("delegate", world.people["bob"].pk) in tried
    seat = next(seat for seat in approval.seats.all() if seat.name == "finance")
    assert seat.state == "DELEGATED"
    mine = OpenEnd.objects.filter(person=world.people["bob"], kind="seat", closed_at=None)
    assert mine.count() == 1
    _, seat = make.decided(world, approval, "bob", local("2026-12-02 01:26"))
    assert (seat.name, seat.decided_by, seat.for_person) == (
        "finance",
        world.people["bob"],
        world.people["cora"],
    )
    assert mine.count() == 0
    # A and B in "B for A" are one voice.
    with refused("already_decided"):
        make.decided(world, approval, "cora", local("2026-12-02 01:27"))


@pytest.mark.usefixtures("approver_bob")
@pytest.mark.parametrize(
    ("limit", "at", "may"),
    [
        (None, local("2026-12-02 01:30"), True),
        (Decimal("5879.25"), local("2026-12-02 01:30"), True),
        (Decimal("5879.24"), local("2026-12-02 01:30"), False),
        (None, local("2026-12-01 08:59"), False),
        (None, AT, True),
        (None, UNTIL, False),
    ],
)
def test_delegation_is_dated_and_limited(
    world: World, engagement: Engagement, limit: Decimal | None, at: datetime, may: bool
) -> None:
    lent(world, "cora", "bob", limit=limit)
    approval = make.asked(engagement)
    assert queries.may_decide(approval, world.actor("bob"), at).may is may


@pytest.mark.usefixtures("approver_bob")
def test_delegation_revoked_ends_at_once(world: World, engagement: Engagement) -> None:
    given = lent(world, "cora", "bob")
    approval = make.asked(engagement)
    at = local("2026-12-02 01:20")
    assert revoke_delegation(given.pk, by=world.actor("cora"), at=at).revoked_at == at
    assert not queries.may_decide(approval, world.actor("bob"), at).may
    with refused("already_revoked"):
        revoke_delegation(given.pk, by=world.actor("cora"), at=at)


@pytest.mark.usefixtures("approver_bob")
def test_delegation_is_taken_back_by_its_giver_or_the_administrator(world: World) -> None:
    given = lent(world, "cora", "bob")
    with refused("not_yours"):
        revoke_delegation(given.pk, by=world.actor("alice"), at=AT)
    with refused("not_found"):
        revoke_delegation(given.pk, by=world.actor("charlie"), at=AT)
    with refused("delegation_over"):
        revoke_delegation(given.pk, by=world.actor("cora"), at=UNTIL)
    assert revoke_delegation(given.pk, by=world.actor("nora"), at=AT).revoked_at == AT


@pytest.mark.usefixtures("approver_bob")
@pytest.mark.parametrize(
    ("by", "to", "words", "code"),
    [
        ("cora", "bob", {"limit": Decimal("50000.01")}, "above_own_limit"),
        ("cora", "bob", {"limit": Decimal("0")}, "bad_limit"),
        ("cora", "bob", {"seat": "it"}, "not_yours"),
        ("cora", "bob", {"ends_at": AT}, "past_date"),
        ("cora", "bob", {"starts_at": local("2026-11-30 09:00")}, "past_date"),
        ("cora", "cora", {}, "delegate_self"),
        ("cora", "ada", {}, "delegate_role"),
        ("cora", "charlie", {}, "not_found"),
        ("mona", "bob", {}, "not_allowed"),
        ("sol", "bob", {"seat": "data_owner", "limit": Decimal(5)}, "no_limit"),
        ("sol", "ada", {"seat": "data_owner"}, "delegate_role"),
    ],
)
def test_delegation_refused_leaves_no_trace(world: World, by: str, to: str, words: dict[str, Any], code: str) -> None:
    with refused(code):
        lent(world, by, to, **words)


def test_delegation_asks_for_the_password(world: World) -> None:
    with refused("reauthenticate"):
        delegate(world.people["alice"].pk, seat="finance", ends_at=UNTIL, by=world.actor("cora"), at=AT)


@pytest.mark.usefixtures("approver_bob")
def test_delegation_is_not_lent_on(world: World) -> None:
    lent(world, "cora", "bob")
    with refused("not_yours"):
        lent(world, "bob", "alice")
    with refused("already_delegated"):
        lent(world, "cora", "bob")


@pytest.mark.usefixtures("approver_bob")
def test_risk_may_be_acknowledged_for_the_data_owner(world: World, engagement: Engagement) -> None:
    lent(world, "sol", "bob", "data_owner")
    approval = make.asked(engagement)
    _, seat = make.decided(world, approval, "bob", local("2026-12-02 01:30"), verdict=Verdict.ACKNOWLEDGE)
    assert (seat.name, seat.for_person) == ("data_owner", world.people["sol"])


# ------------------------------------------------------------------------------------------- the ladder's deed


def test_rung_is_climbed_once(engagement: Engagement) -> None:
    approval = make.asked(engagement)
    log_attempt(approval.pk, rung=RungName.NOTIFY, by=SYSTEM, at=make.OPENED_AT)
    before = (Entry.objects.count(), len(queries.attempts(approval)))
    log_attempt(approval.pk, rung=RungName.NOTIFY, by=SYSTEM, at=local("2026-12-02 01:16"))
    assert (Entry.objects.count(), len(queries.attempts(approval))) == before


def test_rung_before_its_instant_is_refused(engagement: Engagement) -> None:
    approval = make.asked(engagement)
    with refused("too_early"):
        log_attempt(approval.pk, rung=RungName.VOICE, by=SYSTEM, at=local("2026-12-02 01:19"))


def test_rung_is_no_persons_deed(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    with refused("not_allowed"):
        log_attempt(approval.pk, rung=RungName.NOTIFY, by=world.actor("mona"), at=make.OPENED_AT)


def test_rung_is_told_without_names(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    log_attempt(approval.pk, rung=RungName.NOTIFY, by=SYSTEM, at=make.OPENED_AT)
    entry = ledger.entries(engagement.client_id, topic=engagement.topic).last()
    assert entry is not None
    expected = "Asked about the quote by push, sms for it, finance, data_owner (rung notify)."
    assert (entry.kind, entry.line) == ("attempt.logged", expected)
