"""What other systems say of a machine: on its passport, marked as such, for its owner alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakfix.documents.compose import compose
from breakfix.histories import passport as passports
from breakfix.histories import queries
from tests import makers_incidents
from tests.documents.test_composing import texts
from tests.makers import World, local
from tests.makers_past import LIFE, event, imported, life

pytestmark = pytest.mark.django_db


def test_passport_tells_what_was_imported_to_its_owner_alone(world: World) -> None:
    asset = world.assets["backup"]
    imported(world, life("INC1", title="Array degraded"), life("INC2", asset="another"))
    found = queries.passport(asset.pk, world.actor("rita"))
    assert [one.number for one in found.past] == ["INC1"]
    assert (found.visits, found.past_more) == ((), False)
    makers_incidents.calm(world)  # shares the machine with its provider, and nothing of its past
    assert queries.passport(asset.pk, world.actor("dana")).past == ()
    assert len(queries.passport(asset.pk, world.actor("rita")).past) == 1


def test_printed_passport_says_that_nobody_here_verified_it(world: World) -> None:
    asset = world.assets["backup"]
    assert "imported" not in passports.content_of(asset)
    imported(world, life("INC1", title="Array degraded"), life("INC2", events=LIFE[:1]))
    content = passports.content_of(asset)
    assert [one["number"] for one in content["imported"]] == ["INC1", "INC2"]
    assert content["imported"][0]["states"] == ["Active", "-100", "Resolved", "Closed"]
    assert (content["imported"][1]["resolved_at"], content["incidents"]) == (None, [])
    shown = list(texts(compose("passport", content, "0" * 64, {})))
    assert "From other systems: imported, not verified by this log." in shown
    assert any("Array degraded" in text for text in shown)
    assert "1 March 2016\nto 1 March 2016" in shown


def test_passport_shows_the_latest_and_says_that_there_are_more(world: World) -> None:
    imported(world, *(life(f"INC{n}", events=[event(n % 24, "Closed", None)]) for n in range(21)))
    found = queries.passport(world.assets["backup"].pk, world.actor("nora"))
    assert (len(found.past), found.past_more, found.past[0].number) == (20, True, "INC20")
    assert len(passports.content_of(world.assets["backup"])["imported"]) == 21


def test_passport_takes_as_many_queries_for_three_as_for_one(world: World) -> None:
    asset, rita = world.assets["backup"], world.actor("rita")
    counts = []
    for n in range(3):
        imported(world, life(f"INC{n}"))
        with CaptureQueriesContext(connection) as taken:
            found = queries.passport(asset.pk, rita)
            assert [one.words for one in found.past]
        counts.append(len(taken))
    assert len(found.past) == 3
    assert counts[0] == counts[2]


def test_passport_is_as_of_the_import(world: World) -> None:
    world.at = local("2026-11-20 10:00")
    imported(world, life())
    assert queries.passport(world.assets["backup"].pk, world.actor("rita")).as_of == world.at
