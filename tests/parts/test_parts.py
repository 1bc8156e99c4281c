"""S1's parts: ordered on the approved quote, received and built in by serial, what is unused goes back."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.parts import queries, rules
from breakfix.parts.actions import fitting
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Disposition
from breakfix.parts.values import Status as PartStatus
from breakfix.quotes.actions import ordering
from breakfix.quotes.models import Quote
from tests import makers_quotes as make
from tests.makers import World
from tests.parts.cases import INSTALLED, ORDERED, RECEIVED, installed, ordered, received, working
from tests.quotes.cases import part
from tests.refusals import refused


def open_parts(quote: Quote) -> list[str]:
    ends = incidents.open_ends(incidents.get_engagement(quote.engagement_id, SYSTEM))
    return [end.what for end in ends if end.kind == EndKind.PARTS]


def test_every_part_of_the_approved_quote_is_ordered_once(world: World) -> None:
    quote, parts = ordered(world)
    assert [(part.part_number, part.status) for part in parts] == [
        ("CTRL-9", "ORDERED"),
        ("CACHE-9", "ORDERED"),
        ("DRV-4T", "ORDERED"),
    ]
    assert [part.quote_line for part in parts] == [f"quote/{quote.pk}/P{n}" for n in (1, 2, 3)]
    assert [part.data_bearing for part in parts] == [False, False, True]
    assert open_parts(quote) == ["Receive RAID controller", "Receive Cache module", "Receive 4 TB drive"]
    with refused("already_ordered"):
        ordering.order_parts(quote.pk, by=world.actor("quinn"), at=ORDERED)


def test_nothing_is_ordered_before_approval(world: World) -> None:
    quote = make.issued(world)
    with refused("not_approved"):
        ordering.order_parts(quote.pk, by=world.actor("quinn"), at=ORDERED)


def test_every_unit_of_a_line_has_its_own_row(world: World) -> None:
    quote = make.issued(world, parts=[part("FAN", "40", quantity=3)], contingents=[])
    make.signed(world, quote, "alice", ORDERED)
    make.signed(world, quote, "cora", ORDERED)
    make.acknowledged(world, quote, ORDERED)
    ordering.order_parts(quote.pk, by=world.actor("dana"), at=ORDERED)
    assert [one.unit for one in queries.parts_of(quote.engagement)] == [1, 2, 3]


def test_received_part_keeps_its_serial_and_waits_for_the_technician(world: World) -> None:
    quote, parts = ordered(world)
    done = received(world, parts[0])
    assert (done.status, done.serial_received, done.received_at) == ("RECEIVED", "SN-1", RECEIVED)
    assert "Install or return RAID controller" in open_parts(quote)
    assert "Receive RAID controller" not in open_parts(quote)
    with refused("part_received"):
        received(world, parts[0])


def test_serial_is_needed_and_known_once(world: World) -> None:
    _, parts = ordered(world)
    with refused("missing_field", field="serial"):
        received(world, parts[0], serial="  ")
    with refused("invalid_field", field="serial"):
        received(world, parts[0], serial="x" * 81)
    received(world, parts[0])
    with refused("serial_known", field="serial"):
        received(world, parts[1])


def test_installed_part_names_what_came_in_and_what_came_out(world: World) -> None:
    quote, parts = ordered(world)
    received(world, parts[0])
    working(world, quote)
    done = installed(world, parts[0])
    assert (done.status, done.serial_installed, done.serial_removed) == ("INSTALLED", "SN-1", "OLD-7")
    assert done.removed_disposition == "left_with_client"
    assert "Install or return RAID controller" not in open_parts(quote)
    assert queries.installed(quote.engagement) == {f"quote/{quote.pk}/P1": 1}
    with refused("part_installed"):
        installed(world, parts[0])


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"serial": "SN-2"}, "serial_mismatch", "serial"),
        ({"serial": ""}, "missing_field", "serial"),
        ({"removed_serial": ""}, "missing_field", "removed_serial"),
        ({"disposition": Disposition.NOTHING_REMOVED}, "disposition_missing", "disposition"),
    ],
)
def test_wrong_installation_is_refused(world: World, wrong: dict[str, Any], code: str, field: str) -> None:
    quote, parts = ordered(world)
    received(world, parts[0])
    working(world, quote)
    with refused(code, field=field):
        installed(world, parts[0], **wrong)


def test_part_that_never_arrived_is_not_installed(world: World) -> None:
    quote, parts = ordered(world)
    working(world, quote)
    with refused("part_ordered"):
        installed(world, parts[0])


def test_nothing_is_installed_before_work_began(world: World) -> None:
    _, parts = ordered(world)
    received(world, parts[0])
    with refused("not_found"):
        installed(world, parts[0])  # not booked, so not even seen
    with pytest.raises(Refused) as refusal:
        check_install_while("APPROVED")
    assert refusal.value.code == "no_work_in_progress"


def check_install_while(status: str, **given: Any) -> None:
    usual: dict[str, Any] = {
        "serial": "A",
        "received": "A",
        "removed": "B",
        "disposition": Disposition.LEFT_WITH_CLIENT,
        "data_bearing": False,
    }
    rules.check_can_install(PartStatus.RECEIVED, Status(status), **{**usual, **given})


def test_media_that_held_data_stays_on_site() -> None:
    back = {"disposition": Disposition.RETURNED_TO_SUPPLIER}
    check_install_while("IN_PROGRESS", **back)
    with pytest.raises(Refused) as refusal:
        check_install_while("IN_PROGRESS", **back, data_bearing=True)
    assert (refusal.value.code, refusal.value.field) == ("media_leaves_site", "disposition")


def test_added_part_replaces_nothing() -> None:
    check_install_while("RESTORED", removed="", disposition=Disposition.NOTHING_REMOVED)


def test_unused_part_goes_back_with_a_reason(world: World) -> None:
    quote, parts = ordered(world)
    with refused("part_ordered"):
        fitting.return_part(parts[1].pk, reason="not needed", by=world.actor("dana"), at=INSTALLED)
    received(world, parts[1])
    with refused("missing_field", field="reason"):
        fitting.return_part(parts[1].pk, reason=" ", by=world.actor("dana"), at=INSTALLED)
    done = fitting.return_part(parts[1].pk, reason="the old one works", by=world.actor("dana"), at=INSTALLED)
    assert (done.status, done.returned_at) == ("RETURNED_UNUSED", INSTALLED)
    assert len(open_parts(quote)) == 2


@pytest.mark.parametrize(("who", "code"), [("alice", "not_allowed"), ("charlie", "not_found"), ("cal", "not_found")])
def test_only_the_providers_people_receive(world: World, who: str, code: str) -> None:
    _, parts = ordered(world)
    with refused(code):
        fitting.receive_part(parts[0].pk, serial="SN-1", by=world.actor(who), at=RECEIVED)


def test_database_refuses_another_serial_than_the_received(world: World) -> None:
    _, parts = ordered(world)
    received(world, parts[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        PartOrder.objects.filter(pk=parts[0].pk).update(status="INSTALLED", serial_installed="SN-2")


def test_parts_are_read_in_one_query(world: World, django_assert_num_queries: Any) -> None:
    _, parts = ordered(world)
    with django_assert_num_queries(1):
        found = [one.engagement.number for one in queries.visible_to(SYSTEM)]
    assert len(found) == len(parts)
