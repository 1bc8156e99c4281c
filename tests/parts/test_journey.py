"""Every state of a unit (domain.md §3.6) is reached by a deed, in order; what the table does not list is refused."""

import itertools

import pytest

from breakfix.kernel.errors import Refused
from breakfix.parts import rules
from breakfix.parts.actions import fitting
from breakfix.parts.values import Status
from tests.makers import World, local
from tests.parts.cases import ORDERED, RECEIVED, installed, open_ends, ordered, received, working
from tests.refusals import refused

S = Status
LISTED = """
NEEDED SOURCING | SOURCING QUOTED | QUOTED RESERVED | RESERVED ORDERED | ORDERED IN_TRANSIT | IN_TRANSIT RECEIVED
RECEIVED INSPECTED | INSPECTED ISSUED | INSPECTED DOA | INSPECTED RETURNED_UNUSED
ISSUED INSTALLED | ISSUED DOA | ISSUED RETURNED_UNUSED
INSTALLED CORE_DUE | INSTALLED CORE_RETAINED_BY_CLIENT | INSTALLED FAILED_IN_WARRANTY
CORE_DUE CORE_SHIPPED | CORE_DUE CORE_RETAINED_BY_CLIENT | CORE_SHIPPED CORE_CREDITED
DOA RMA_OPEN | FAILED_IN_WARRANTY RMA_OPEN | RMA_OPEN REPLACED | RMA_OPEN REFUNDED
"""
EDGES = {tuple(S(word) for word in edge.split()) for edge in LISTED.strip().replace("\n", " | ").split(" | ")}


@pytest.mark.parametrize("status", S)
def test_only_what_the_table_lists_may_follow(status: Status) -> None:
    following = {to for one, to in EDGES if one is status}
    for to in following:
        rules.check_transition(status, to)
    for to in set(S) - following:
        with pytest.raises(Refused) as refusal:
            rules.check_transition(status, to)
        assert refusal.value.code == f"part_{status.lower()}"
        assert all(other.value in refusal.value.message for other in following)


def test_state_where_nobody_stopped_is_gone_through_and_never_jumped_over() -> None:
    assert rules.way(S.RECEIVED, S.INSTALLED) == (S.INSPECTED, S.ISSUED, S.INSTALLED)
    assert rules.way(S.INSPECTED, S.INSTALLED) == (S.ISSUED, S.INSTALLED)
    assert rules.way(S.ISSUED, S.DOA) == (S.DOA,)
    for status, to in itertools.product(S, S):
        try:
            found = rules.way(status, to)
        except Refused:
            continue
        assert set(itertools.pairwise((status, *found))) <= EDGES


def test_unit_is_followed_from_the_order_to_the_slot(world: World) -> None:
    quote, parts = ordered(world)
    expected = local("2026-12-02 04:00")
    sent = fitting.note_shipment(
        parts[0].pk,
        carrier="Night courier",
        tracking="NC-1",
        expected_at=expected,
        by=world.actor("dana"),
        at=ORDERED,
    )
    assert (sent.status, sent.shipped_at, sent.expected_at) == ("IN_TRANSIT", ORDERED, expected)
    assert ("parts", "dispatcher", "Receive RAID controller") in open_ends(quote)
    assert received(world, parts[0]).status == "RECEIVED"
    seen = fitting.inspect_part(parts[0].pk, result="No damage, right revision.", by=world.actor("dana"), at=RECEIVED)
    assert (seen.status, seen.inspected_at, seen.inspection) == ("INSPECTED", RECEIVED, "No damage, right revision.")
    tom = world.technicians["tom"]
    given = fitting.issue_part(parts[0].pk, technician_id=tom.pk, by=world.actor("dana"), at=RECEIVED)
    assert (given.status, given.issued_to, given.issued_at) == ("ISSUED", tom, RECEIVED)
    working(world, quote)
    done = installed(world, parts[0])
    assert (done.status, done.inspected_at, done.issued_at) == ("INSTALLED", RECEIVED, RECEIVED)


def test_shipment_names_a_carrier_and_an_arrival_to_come(world: World) -> None:
    _, parts = ordered(world)
    given = {"carrier": "Night courier", "expected_at": local("2026-12-02 04:00")}
    for wrong, code, field in (
        ({"carrier": " "}, "missing_field", "carrier"),
        ({"expected_at": ORDERED}, "past_date", "expected_at"),
    ):
        with refused(code, field=field):
            fitting.note_shipment(parts[0].pk, **{**given, **wrong}, by=world.actor("dana"), at=ORDERED)  # type: ignore[arg-type] # one of the two at a time
    received(world, parts[0])
    with refused("part_received"):
        fitting.note_shipment(parts[0].pk, **given, by=world.actor("dana"), at=RECEIVED)  # type: ignore[arg-type] # as above


def test_nothing_is_issued_to_anothers_technician_or_twice(world: World) -> None:
    _, parts = ordered(world)
    received(world, parts[0])
    with refused("not_found"):
        fitting.issue_part(
            parts[0].pk, technician_id=world.technicians["cleo"].pk, by=world.actor("dana"), at=RECEIVED
        )
    tom = world.technicians["tom"].pk
    done = fitting.issue_part(parts[0].pk, technician_id=tom, by=world.actor("dana"), at=RECEIVED)
    assert (done.status, done.inspected_at) == ("ISSUED", RECEIVED)
    with refused("part_issued"):
        fitting.issue_part(parts[0].pk, technician_id=tom, by=world.actor("dana"), at=RECEIVED)
    with refused("part_issued"):
        fitting.inspect_part(parts[0].pk, result="Again.", by=world.actor("dana"), at=RECEIVED)
