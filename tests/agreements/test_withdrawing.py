"""A version taken back before both signed it, and what follows from it."""

from datetime import timedelta

import pytest

from breakfix.agreements import actions, queries
from breakfix.agreements.values import VersionStatus
from breakfix.kernel.access import OPERATOR
from breakfix.kernel.errors import Refused
from breakfix.kernel.models import Entry
from tests.makers import World
from tests.makers_agreements import drafted, signed


def test_withdrawn_version_binds_nobody_and_is_told_to_both(small_world: World) -> None:
    version = signed(small_world, drafted(small_world, "ironbridge", "northgate", "dana", {}), "percy")
    nora, at = small_world.actor("nora"), small_world.at
    gone = actions.withdraw_version(version.pk, reason="Too dear.", by=nora, at=at)
    assert gone.status == VersionStatus.WITHDRAWN
    told = Entry.objects.filter(kind="agreement.withdrawn")
    assert set(told.values_list("organisation_id", flat=True)) == set(version.agreement.party_ids)
    for act in (
        lambda: signed(small_world, version, "nora"),
        lambda: actions.withdraw_version(version.pk, by=nora, at=at),
    ):
        with pytest.raises(Refused, match="wrong_state"):
            act()
    assert queries.find_in_force(version.agreement.client_id, version.agreement.provider_id, at) is None


def test_next_version_begins_from_what_is_in_force(small_world: World) -> None:
    one = signed(small_world, drafted(small_world, "ironbridge", "northgate", "dana", {}), "percy", "nora")
    percy, at = small_world.actor("percy"), small_world.at + timedelta(days=1)
    two = actions.revise_agreement(one.pk, terms={"rates": {"trip": "200"}}, by=percy, at=at)
    actions.withdraw_version(two.pk, by=percy, at=at)
    three = actions.revise_agreement(two.pk, terms={"rates": {"per_mile": "1"}}, by=percy, at=at)
    assert [three.version, str(three.parsed.rates.trip), str(three.parsed.rates.per_mile)] == [3, "95", "1"]
    assert [one.path for one in queries.changes_of(three)] == ["rates.per_mile"]
    signed(small_world, three, "percy", "nora", at=at + timedelta(hours=1))
    assert [row.status for row in queries.versions_visible_to(OPERATOR)] == ["SIGNED", "WITHDRAWN", "ENDED"]


def test_first_version_withdrawn_is_begun_anew_from_its_own_words(small_world: World) -> None:
    one = drafted(small_world, "ironbridge", "northgate", "dana", {"rates": {"trip": "70"}})
    percy, at = small_world.actor("percy"), small_world.at
    actions.withdraw_version(one.pk, by=percy, at=at)
    two = actions.revise_agreement(one.pk, terms={}, by=percy, at=at)
    assert [two.version, str(two.parsed.rates.trip)] == [2, "70"]
    assert signed(small_world, two, "percy", "nora").status == VersionStatus.SIGNED


def test_signed_version_is_not_withdrawn(small_world: World) -> None:
    one = signed(small_world, drafted(small_world, "ironbridge", "northgate", "dana", {}), "percy", "nora")
    with pytest.raises(Refused, match="wrong_state"):
        actions.withdraw_version(one.pk, by=small_world.actor("percy"), at=small_world.at)


@pytest.mark.parametrize(("who", "code"), [("dana", "not_allowed"), ("hugo", "not_found"), ("cal", "not_found")])
def test_withdrawing_is_an_administrators_of_the_two_sides(small_world: World, who: str, code: str) -> None:
    one = drafted(small_world, "ironbridge", "northgate", "dana", {})
    with pytest.raises(Refused, match=code):
        actions.withdraw_version(one.pk, by=small_world.actor(who), at=small_world.at)
