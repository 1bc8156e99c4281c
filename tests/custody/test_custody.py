"""What the provider takes over comes back under the same seal, or is destroyed as decided (domain.md §3.12, §9)."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.agreements.values import Domain
from breakfix.custody import queries
from breakfix.custody.actions import decide_items, destroy_items, hand_back, sign_handover, take_into_custody
from breakfix.custody.models import CustodyItem, Handover
from breakfix.custody.values import Decision, ItemGiven, SealRead
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import preserving
from breakfix.incidents.actions.course import cancel_engagement, close_engagement
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Role
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.rebuild import differences
from tests import makers_custody as make
from tests.makers import World
from tests.makers_dispatch import arrived
from tests.makers_incidents import qualified
from tests.refusals import refused

PHOTO = Upload("drives.png", b"\x89PNG\r\n\x1a\n" + b"shreds")


def ends(engagement: Engagement) -> list[tuple[str, str]]:
    return [(end.what, str(end.role)) for end in incidents.open_ends(engagement) if end.kind == "custody"]


@pytest.fixture(name="case")
def _case(world: World) -> Engagement:
    return arrived(world)


def test_items_come_into_the_providers_hands_and_the_client_signs(world: World, case: Engagement) -> None:
    handover = make.taken(world, case)
    first, second = queries.items_of(case)
    assert (first.serial, first.seal, first.position, first.status) == ("WD-1", "SL-001", "slot 1", "IN_CUSTODY")
    assert (first.holder_id, second.holder_id) == (case.provider_id, case.provider_id)
    assert ends(case) == [("Hand back 2 items in custody", "dispatcher"), ("Sign for 2 items taken", "requester")]
    signed = make.signed(world, handover)
    assert (signed.signed_by, signed.signed_at) == (world.people["rita"], make.TAKEN)
    assert ends(case) == [("Hand back 2 items in custody", "dispatcher")]
    with refused("already_signed"):
        make.signed(world, handover, "seth")


def test_items_go_back_under_their_seals_and_the_client_signs(world: World, case: Engagement) -> None:
    make.signed(world, make.taken(world, case))
    make.decided(world, case)
    back = make.returned(world, case)
    assert {one.status for one in queries.items_of(case)} == {"RETURNED"}
    assert {one.holder_id for one in queries.items_of(case)} == {case.client_id}
    assert ends(case) == [("Sign for 2 items handed back", "requester")]
    make.signed(world, back, "sol", at=make.BACK)
    assert ends(case) == []
    assert differences() == []


def test_engagement_stays_open_until_everything_is_back_and_signed_for(world: World, case: Engagement) -> None:
    make.signed(world, make.taken(world, case))
    cancel_engagement(case.pk, reason="Replaced.", by=world.actor("rita"), at=make.DECIDED)
    fay: dict[str, Any] = {"by": world.actor("fay"), "at": make.BACK}
    with refused("open_ends") as no:
        close_engagement(case.pk, **fay)
    assert "Hand back 2 items in custody" in no.value.message
    make.decided(world, case)
    back = make.returned(world, case)
    with refused("open_ends") as no:
        close_engagement(case.pk, **fay)
    assert "Sign for 2 items handed back" in no.value.message
    make.signed(world, back, at=make.BACK)
    with refused("open_ends") as no:
        close_engagement(case.pk, **fay)
    assert no.value.message == "Still open: Issue the invoice."


def test_seal_that_differs_stops_the_whole_handover(world: World, case: Engagement) -> None:
    make.taken(world, case)
    make.decided(world, case)
    read = [SealRead("WD-1", "SL-001"), SealRead("WD-2", "SL-999")]
    with refused("seal_mismatch", field="items-1-seal"):
        hand_back(case.pk, items=read, place="Front desk", by=world.actor("dana"), at=make.BACK)
    assert len(queries.held(case)) == 2


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ([], "missing_field"),
        ([SealRead("WD-9", "SL-001")], "not_in_custody"),
        ([SealRead("WD-1", "SL-001"), SealRead("WD-1", "SL-001")], "named_twice"),
    ],
)
def test_handover_lists_what_is_there_once(world: World, case: Engagement, read: list[SealRead], code: str) -> None:
    make.taken(world, case)
    make.decided(world, case)
    with refused(code):
        hand_back(case.pk, items=read, place="Front desk", by=world.actor("dana"), at=make.BACK)


def test_nothing_leaves_without_the_clients_decision_nor_twice(world: World, case: Engagement) -> None:
    make.taken(world, case)
    read: dict[str, Any] = {"items": [SealRead("WD-1", "SL-001")], "place": "Front desk"}
    with refused("not_decided"):
        hand_back(case.pk, **read, by=world.actor("dana"), at=make.BACK)
    make.decided(world, case)
    hand_back(case.pk, **read, by=world.actor("tom"), at=make.BACK)
    assert ends(case)[-1] == ("Hand back 1 item in custody", "dispatcher")
    with refused("item_state"):
        hand_back(case.pk, **read, by=world.actor("dana"), at=make.BACK)


def test_items_are_destroyed_as_the_data_owner_decided(world: World, case: Engagement) -> None:
    make.taken(world, case)
    made: dict[str, Any] = {"technique": "Shredded to 6 mm", "witness": "Sol Iversen", "evidence": PHOTO}
    with refused("not_decided", field="serials-0"):
        destroy_items(case.pk, serials=["WD-2"], **made, by=world.actor("dana"), at=make.BACK)
    decided = decide_items(
        case.pk,
        decision=Decision.DESTROY,
        reason="They never leave.",
        serials=["WD-2"],
        by=world.actor("sol"),
        at=make.DECIDED,
    )
    assert [one.serial for one in decided] == ["WD-2"]
    assert ("Hand back or destroy 2 items in custody", "dispatcher") in ends(case)
    destroy_items(case.pk, serials=["WD-2"], **made, by=world.actor("tom"), at=make.BACK)
    gone = queries.items_of(case)[1]
    assert (gone.status, gone.destroyed_at) == ("DESTROYED", make.BACK)
    assert gone.destruction == "Shredded to 6 mm, witnessed by Sol Iversen"
    assert gone.destroyed_evidence is not None
    assert queries.counts(case) == {"DESTROYED": 1, "IN_CUSTODY": 1}
    assert differences() == []
    with refused("item_state", field="serials-0"):
        destroy_items(case.pk, serials=["WD-2"], **made, by=world.actor("tom"), at=make.BACK)


def test_nothing_is_destroyed_under_a_legal_hold_whoever_decided_it(world: World, case: Engagement) -> None:
    make.taken(world, case)
    sol, made = world.actor("sol"), {"technique": "Shredded", "witness": "Sol", "evidence": PHOTO}
    wanted: dict[str, Any] = {"decision": Decision.DESTROY, "reason": "They never leave.", "by": sol}
    decide_items(case.pk, serials=["WD-2"], **wanted, at=make.DECIDED)
    preserving.set_legal_hold(case.pk, reason="A claim is coming.", by=sol, at=make.DECIDED)
    with refused("legal_hold"):
        decide_items(case.pk, **wanted, at=make.DECIDED)
    with refused("legal_hold"):
        destroy_items(case.pk, serials=["WD-2"], **made, by=world.actor("tom"), at=make.BACK)  # type: ignore[arg-type] # words and a file
    preserving.release_legal_hold(case.pk, reason="It was settled.", by=world.actor("sol", make.BACK), at=make.BACK)
    destroy_items(case.pk, serials=["WD-2"], **made, by=world.actor("tom"), at=make.BACK)  # type: ignore[arg-type] # words and a file
    assert queries.counts(case) == {"DESTROYED": 1, "IN_CUSTODY": 1}


@pytest.mark.tampers  # drives of an attack: what was taken over as another kind of failure
def test_media_of_an_attack_are_destroyed_only_once_the_security_officer_agreed(
    world: World, case: Engagement
) -> None:
    make.taken(world, case)
    Engagement.objects.filter(pk=case.pk).update(domain=Domain.SEC)
    sol, gone = world.actor("sol"), {"technique": "Shredded", "witness": "Sol", "evidence": PHOTO}
    wanted: dict[str, Any] = {"decision": Decision.DESTROY, "reason": "They never leave.", "by": sol}
    with refused("wiping_not_allowed"):
        decide_items(case.pk, serials=["WD-2"], **wanted, at=make.DECIDED)
    agreed = world.actor("sol", make.DECIDED)
    preserving.allow_wiping(case.pk, reason="Imaged and signed for.", by=agreed, at=make.DECIDED)
    decide_items(case.pk, serials=["WD-2"], **wanted, at=make.DECIDED)
    destroy_items(case.pk, serials=["WD-2"], **gone, by=world.actor("tom"), at=make.BACK)  # type: ignore[arg-type] # words and a file
    assert queries.counts(case) == {"DESTROYED": 1, "IN_CUSTODY": 1}


ITEM = make.drives(1)[0]


@pytest.mark.parametrize(
    ("items", "code", "field"),
    [
        ([], "missing_field", "items"),
        ([replace(ITEM, seal=" ")], "missing_field", "items-0-seal"),
        ([replace(ITEM, serial="")], "missing_field", "items-0-serial"),
        ([ITEM, replace(ITEM, seal="SL-9")], "serial_taken", "items-1-serial"),
        ([ITEM, replace(ITEM, serial="WD-9")], "seal_taken", "items-1-seal"),
    ],
)
def test_item_in_doubt_is_not_taken_over(
    world: World, case: Engagement, items: list[ItemGiven], code: str, field: str
) -> None:
    with refused(code, field=field):
        take_into_custody(case.pk, items=items, place="Rack 4", by=world.actor("tom"), at=make.TAKEN)


def test_second_list_goes_on_where_the_first_ended(world: World, case: Engagement) -> None:
    make.taken(world, case)
    with refused("serial_taken", field="items-0-serial"):
        make.taken(world, case, 1)
    more = [replace(ITEM, serial="WD-7", seal="SL-007")]
    take_into_custody(case.pk, items=more, place="Rack 4", by=world.actor("dana"), at=make.TAKEN)
    assert [(one.number, one.serial) for one in queries.items_of(case)] == [(1, "WD-1"), (2, "WD-2"), (3, "WD-7")]


def test_nothing_is_taken_before_somebody_was_sent(world: World) -> None:
    case = qualified(world)
    with refused("no_custody_now"):
        take_into_custody(case.pk, items=[ITEM], place="Rack 4", by=world.actor("dana"), at=make.TAKEN)


def test_signature_is_a_persons_of_this_client(world: World, case: Engagement) -> None:
    handover = make.taken(world, case)
    for who in ("charlie", "hana"):
        with refused("not_found"):
            sign_handover(handover.pk, by=world.actor(who), at=make.TAKEN)
    with refused("not_allowed"):
        sign_handover(handover.pk, by=world.actor("tom"), at=make.TAKEN)
    machine = replace(world.actor("rita"), person_id=None, roles=frozenset({Role.REQUESTER}))
    assert queries.handovers_visible_to(machine).count() in (0, 1)
    with refused("nothing_in_custody"):
        decide_items(
            case.pk, decision=Decision.RETURN, reason="x", serials=["WD-9"], by=world.actor("sol"), at=make.DECIDED
        )


def test_database_keeps_each_serial_once_and_ends_as_decided(world: World, case: Engagement) -> None:
    make.taken(world, case)
    first, second = queries.items_of(case)
    rows = CustodyItem.objects.filter(pk=first.pk)
    for change in (
        {"serial": second.serial},
        {"seal": second.seal},
        {"seal": ""},
        {"status": "RETURNED"},
        {"status": "DESTROYED", "decision": "return", "destroyed_at": make.BACK},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.update(signed_at=make.BACK)
