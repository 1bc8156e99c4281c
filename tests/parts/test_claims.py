"""A dead unit is never billed, keeps its serial, and its supplier owes another one or the money (domain.md §3.6)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.incidents import queries as incidents
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import Upload
from breakfix.parts import queries
from breakfix.parts.actions import claims, fitting
from breakfix.parts.models import PartOrder
from breakfix.quotes.models import Quote
from tests.makers import World
from tests.parts.cases import INSTALLED, RECEIVED, installed, open_ends, ordered, received, working
from tests.refusals import refused

NEXT_DAY = INSTALLED + timedelta(hours=22)
DUMP = Upload("beep.log", b"no POST, beep code 3\n")


def dead(world: World, part: PartOrder, **given: Any) -> PartOrder:
    typed = {"serial": "SN-1", "fault": "No POST, three beeps.", "evidence": DUMP, **given}
    return claims.declare_dead(part.pk, **typed, by=world.actor("tom"), at=INSTALLED)


def claimed(world: World, part: PartOrder) -> PartOrder:
    return claims.open_claim(part.pk, reference="RMA-771", by=world.actor("dana"), at=INSTALLED)


def replacement(world: World, part: PartOrder, **given: Any) -> PartOrder:
    typed = {"expected_at": NEXT_DAY, **given}
    return claims.order_replacement(part.pk, **typed, by=world.actor("dana"), at=INSTALLED)


@pytest.fixture(name="at_slot")
def _at_slot(world: World) -> tuple[Quote, PartOrder]:
    """The controller arrived and tom holds it, work going on."""
    quote, parts = ordered(world)
    received(world, parts[0])
    working(world, quote)
    fitting.issue_part(parts[0].pk, technician_id=world.technicians["tom"].pk, by=world.actor("tom"), at=INSTALLED)
    return quote, parts[0]


def test_dead_unit_keeps_serial_fault_and_evidence_and_is_not_billed(
    world: World, at_slot: tuple[Quote, PartOrder]
) -> None:
    quote, part = at_slot
    done = dead(world, part)
    assert (done.status, done.serial_received, done.serial_installed) == ("DOA", "SN-1", "")
    assert (done.fault, done.failed_at) == ("No POST, three beeps.", INSTALLED)
    assert done.fault_evidence is not None
    assert queries.installed(quote.engagement) == {}
    assert queries.faulty(quote.engagement) == [done]
    claim = f"Claim RAID controller, serial SN-1, from {part.supplier}"
    assert ("parts", "dispatcher", claim) in open_ends(quote)
    with refused("part_doa"):
        installed(world, part)
    with refused("part_doa"):
        dead(world, part)


def test_only_the_unit_at_hand_is_declared_dead(world: World, at_slot: tuple[Quote, PartOrder]) -> None:
    _, part = at_slot
    with refused("serial_mismatch", field="serial"):
        dead(world, part, serial="SN-2")
    with refused("missing_field", field="fault"):
        dead(world, part, fault=" ")
    with refused("verbal_promise", field="fault"):
        dead(world, part, fault="Worth $1,480 and dead.")


def test_replacement_from_its_supplier_settles_the_claim_and_is_billed_once(
    world: World, at_slot: tuple[Quote, PartOrder]
) -> None:
    quote, part = at_slot
    dead(world, part)
    assert claimed(world, part).claim_reference == "RMA-771"
    ends = incidents.open_ends(incidents.get_engagement(quote.engagement_id, SYSTEM))
    assert [end.blocks_close for end in ends if "claim RMA-771" in end.what] == [False]
    other = replacement(world, part)
    assert (other.quote_line, other.unit, other.replaces_id) == (part.quote_line, 2, part.pk)
    assert (other.status, other.expected_at) == ("ORDERED", NEXT_DAY)
    assert "Receive RAID controller in place of serial SN-1" in [what for _, _, what in open_ends(quote)]
    with refused("already_replaced"):
        replacement(world, part)
    with refused("replacement_expected"):
        claims.note_refund(part.pk, reference="CN-4", by=world.actor("dana"), at=NEXT_DAY)
    with refused("serial_known", field="serial"):
        fitting.receive_part(other.pk, serial="SN-1", by=world.actor("dana"), at=NEXT_DAY)
    fitting.receive_part(other.pk, serial="SN-9", by=world.actor("dana"), at=NEXT_DAY)
    part.refresh_from_db()
    assert (part.status, part.claim_settled_at) == ("REPLACED", NEXT_DAY)
    assert part.claim_settlement == "Replaced by serial SN-9."
    installed(world, other, serial="SN-9")
    assert queries.installed(quote.engagement) == {part.quote_line: 1}
    assert not any("claim" in what.lower() for _, _, what in open_ends(quote))


def test_replacement_from_elsewhere_leaves_the_claim_for_the_money(
    world: World, at_slot: tuple[Quote, PartOrder]
) -> None:
    quote, part = at_slot
    dead(world, part)
    other = replacement(world, part, supplier="Faster Parts")
    fitting.receive_part(other.pk, serial="SN-9", by=world.actor("dana"), at=NEXT_DAY)
    part.refresh_from_db()
    assert part.status == "DOA"
    with refused("part_doa"):
        claims.note_refund(part.pk, reference="CN-4", by=world.actor("fay"), at=NEXT_DAY)
    claimed(world, part)
    done = claims.note_refund(part.pk, reference="CN-4", by=world.actor("fay"), at=NEXT_DAY)
    assert (done.status, done.claim_settlement) == ("REFUNDED", "Refunded, CN-4.")
    assert not any("claim" in what.lower() for _, _, what in open_ends(quote))


def test_unit_that_fails_after_installation_is_claimed_and_its_replacement_takes_its_line(
    world: World, at_slot: tuple[Quote, PartOrder]
) -> None:
    quote, part = at_slot
    with refused("part_issued"):
        claims.note_part_failure(part.pk, fault="Hangs.", by=world.actor("tom"), at=INSTALLED)
    with refused("not_faulty"):
        replacement(world, part)
    installed(world, part)
    failed = claims.note_part_failure(part.pk, fault="Hangs under load.", by=world.actor("tom"), at=NEXT_DAY)
    assert (failed.status, failed.serial_installed) == ("FAILED_IN_WARRANTY", "SN-1")
    assert queries.installed(quote.engagement) == {}
    claimed(world, part)
    with refused("past_date", field="expected_at"):
        replacement(world, part, expected_at=INSTALLED)
    assert replacement(world, part).replaces_id == part.pk


@pytest.mark.parametrize(("who", "code"), [("alice", "not_allowed"), ("charlie", "not_found"), ("cal", "not_found")])
def test_only_the_providers_people_declare_dead(
    world: World, at_slot: tuple[Quote, PartOrder], who: str, code: str
) -> None:
    with refused(code):
        claims.declare_dead(
            at_slot[1].pk, serial="SN-1", fault="Dead.", by=world.actor(who), at=RECEIVED + timedelta(hours=1)
        )


def test_database_keeps_one_replacement_for_each_unit(world: World, at_slot: tuple[Quote, PartOrder]) -> None:
    _, part = at_slot
    dead(world, part)
    other = replacement(world, part)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartOrder.objects.exclude(pk__in=[part.pk, other.pk]).update(replaces=part)
