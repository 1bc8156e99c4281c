"""The old part that the supplier wants back: 30 days, and nothing that held data leaves before the client says so."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.agreements.values import Domain
from breakfix.incidents.actions import preserving
from breakfix.incidents.models import Engagement
from breakfix.parts import queries, rules
from breakfix.parts.actions import cores
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Custody, Disposition
from breakfix.quotes.models import Quote
from tests.makers import World, local
from tests.parts.cases import INSTALLED, installed, open_ends, ordered, received, working
from tests.refusals import refused

DUE = local("2027-01-02 00:00")  # through 1 January, the thirtieth day after 2 December


def owed(world: World, line: int) -> tuple[Quote, PartOrder]:
    """The unit of this line is built in and its predecessor is a core: 0 the controller, 2 the drive, with data."""
    quote, parts = ordered(world)
    received(world, parts[line])
    working(world, quote)
    return quote, installed(world, parts[line], disposition=Disposition.CORE_EXCHANGE)


def decided(world: World, part: PartOrder, decision: Custody, who: str = "sol", **given: Any) -> PartOrder:
    typed = {"reason": "Purged, certificate 12.", **given}
    return cores.decide_custody(part.pk, decision=decision, **typed, by=world.actor(who), at=INSTALLED)


def shipped(world: World, part: PartOrder) -> PartOrder:
    return cores.ship_core(part.pk, tracking="NC-9", by=world.actor("dana"), at=INSTALLED)


def test_core_is_due_through_the_thirtieth_day_and_still_billed(world: World) -> None:
    quote, part = owed(world, 0)
    assert (part.status, part.core_due_at) == ("CORE_DUE", DUE)
    assert queries.installed(quote.engagement) == {part.quote_line: 1}
    assert ("core", "dispatcher", "Return the core of RAID controller, old serial OLD-7") in open_ends(quote)
    assert not [kind for kind, _, _ in open_ends(quote) if kind == "custody"]


def test_thirty_local_days_end_at_local_midnight_across_the_clock_change() -> None:
    assert rules.core_due(local("2026-10-20 23:30"), "America/New_York", days=30) == local("2026-11-20 00:00")


def test_core_goes_back_and_is_credited(world: World) -> None:
    quote, part = owed(world, 0)
    with refused("part_core_due"):
        cores.credit_core(part.pk, by=world.actor("fay"), at=INSTALLED)
    done = shipped(world, part)
    assert (done.status, done.core_tracking, done.core_shipped_at) == ("CORE_SHIPPED", "NC-9", INSTALLED)
    assert not [kind for kind, _, _ in open_ends(quote) if kind == "core"]
    with refused("no_core_due"):
        decided(world, part, Custody.KEEP)
    credited = cores.credit_core(part.pk, by=world.actor("fay"), at=INSTALLED)
    assert (credited.status, credited.core_settled_at) == ("CORE_CREDITED", INSTALLED)


def test_data_bearing_core_stays_until_the_client_decides(world: World) -> None:
    quote, part = owed(world, 2)
    asked = "Decide whether the core may leave: 4 TB drive, old serial OLD-7"
    assert ("custody", "data_owner", asked) in open_ends(quote)
    with refused("custody_undecided"):
        shipped(world, part)
    with refused("missing_field", field="reason"):
        decided(world, part, Custody.RELEASE, reason=" ")
    assert decided(world, part, Custody.RELEASE).status == "CORE_DUE"
    assert [kind for kind, _, _ in open_ends(quote) if kind in {"core", "custody"}] == ["core"]
    with refused("already_decided", field="decision"):
        decided(world, part, Custody.RELEASE)
    assert shipped(world, part).status == "CORE_SHIPPED"


def test_client_keeps_its_media_and_nothing_is_owed_any_more(world: World) -> None:
    quote, part = owed(world, 2)
    done = decided(world, part, Custody.KEEP, reason="Under legal hold.")
    assert (done.status, done.core_settled_at) == ("CORE_RETAINED_BY_CLIENT", INSTALLED)
    assert not [kind for kind, _, _ in open_ends(quote) if kind in {"core", "custody"}]
    assert queries.installed(quote.engagement) == {part.quote_line: 1}
    with refused("part_core_retained_by_client"):
        shipped(world, part)


def held(world: World, quote: Quote) -> None:
    preserving.set_legal_hold(quote.engagement_id, reason="A claim.", by=world.actor("nora"), at=INSTALLED)


@pytest.mark.parametrize("line", [0, 2])
def test_nothing_is_let_go_under_a_legal_hold_and_it_may_still_be_kept(world: World, line: int) -> None:
    quote, part = owed(world, line)
    held(world, quote)
    with refused("legal_hold"):
        decided(world, part, Custody.RELEASE)
    assert decided(world, part, Custody.KEEP).status == "CORE_RETAINED_BY_CLIENT"


@pytest.mark.tampers  # found out to be an attack after the part was in
def test_data_of_an_attack_leave_only_once_the_security_officer_agreed(world: World) -> None:
    quote, part = owed(world, 2)
    Engagement.objects.filter(pk=quote.engagement_id).update(domain=Domain.SEC)
    with refused("wiping_not_allowed"):
        decided(world, part, Custody.RELEASE)
    preserving.allow_wiping(quote.engagement_id, reason="Imaged.", by=world.actor("sol", INSTALLED), at=INSTALLED)
    decided(world, part, Custody.RELEASE)
    assert shipped(world, part).status == "CORE_SHIPPED"


def test_hold_after_the_release_still_keeps_the_part_on_site(world: World) -> None:
    quote, part = owed(world, 2)
    decided(world, part, Custody.RELEASE)
    held(world, quote)
    with refused("legal_hold"):
        shipped(world, part)
    part.refresh_from_db()
    assert (part.status, part.core_shipped_at) == ("CORE_DUE", None)


@pytest.mark.parametrize(("who", "code"), [("dana", "not_allowed"), ("alice", "not_allowed"), ("hugo", "not_found")])
def test_only_who_answers_for_the_data_decides(world: World, who: str, code: str) -> None:
    _, part = owed(world, 2)
    with refused(code):
        decided(world, part, Custody.RELEASE, who)


def test_database_lets_no_undecided_data_leave(world: World) -> None:
    _, part = owed(world, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartOrder.objects.filter(pk=part.pk).update(status="CORE_SHIPPED")
