"""Incidents from before Breakfix: kept in the log's own words, once, and read by their owner alone."""

from collections.abc import Callable
from typing import Any

import pytest

from breakfix.incidents import past
from breakfix.incidents.models import PastIncident
from breakfix.incidents.values import MachineBy, PastLife
from breakfix.kernel import fence
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry
from tests.billing.plain_sql import plain_role, played, run
from tests.makers import World
from tests.makers_assets import register_assets
from tests.makers_past import LIFE, event, imported, life


@pytest.fixture
def stocked(small_world: World) -> World:
    register_assets(small_world)
    return small_world


def refused(act: Callable[[], object], code: str) -> Refused:
    """The refusal of `act`, which left neither row nor entry behind."""

    def everything() -> tuple[object, ...]:
        return Entry.objects.count(), rebuild(), list(PastIncident.objects.values().order_by("pk"))

    before = everything()
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.code == code
    assert everything() == before
    return refusal.value


def test_history_keeps_words_and_instants_and_says_what_our_table_does_not_list(stocked: World) -> None:
    [made] = imported(stocked, life(title="Array degraded", priority="3 - Moderate"))
    made.refresh_from_db()
    assert (made.first_at, made.last_at) == (LIFE[0].at, LIFE[4].at)
    assert (made.resolved_at, made.closed_at) == (LIFE[3].at, LIFE[1].at)
    assert (made.state, made.mid_life, made.refused) == ("CLOSED", True, 2)
    assert (made.asset_id, made.priority_word) == (stocked.assets["backup"].pk, "3 - Moderate")
    assert made.words == ["Active", "-100", "Resolved", "Closed"]
    assert made.events[1] == {
        "at": "2016-03-01T10:00:00+00:00",
        "written": "1/3/2016 10:00",
        "word": "-100",
        "state": "",
        "refused": "garbage state -100",
    }
    assert made.events[3]["refused"] == "RESOLVED -> CLOSED (their words Resolved -> Closed)"


def test_nothing_is_invented_where_the_log_says_nothing(stocked: World) -> None:
    [made] = imported(stocked, life(events=[event(9, "-100", None)], asset=""))
    assert (made.state, made.resolved_at, made.closed_at, made.asset) == ("", None, None, None)
    assert (made.title, made.mid_life, made.refused) == ("", False, 1)


def test_import_is_told_to_its_owner_only_and_the_log_rebuilds_it(stocked: World) -> None:
    [made] = imported(stocked, life(title="Rita cannot print"))
    told = Entry.objects.get(kind="history.imported")
    assert told.organisation_id == stocked.organisation("northgate").pk
    assert told.line == "1 past incidents were imported from Old desk."
    assert "Rita" not in told.leaf  # a title may name somebody: it stands in the part that can be erased
    assert rebuild()[made.key]["title"] == "Rita cannot print"
    assert rebuild()[made.key]["events"] == made.events


def test_second_import_adds_nothing(stocked: World) -> None:
    first = imported(stocked, life("INC1"), life("INC2"))
    assert len(first) == 2
    before = (Entry.objects.count(), rebuild())
    assert imported(stocked, life("INC1", title="changed"), life("INC2"), who="") == []
    assert (Entry.objects.count(), rebuild()) == before
    assert [one.number for one in imported(stocked, life("INC2"), life("INC3"))] == ["INC3"]
    # The same number in another system, or of another client, is another incident.
    assert len(imported(stocked, life("INC1"), source="Older desk")) == 1
    assert len(imported(stocked, life("INC1"), who="hugo", to="harborview")) == 1


@pytest.mark.parametrize(
    ("given", "word", "expected"),
    [
        ("serial", "7QXK3N1", "backup"),
        ("tag", "NG-00417", "backup"),
        ("tag", "7QXK3N1", None),
        ("serial", "7qxk", None),
    ],
)
def test_machine_is_found_by_what_the_map_names(stocked: World, given: str, word: str, expected: str | None) -> None:
    [made] = imported(stocked, life(asset=word), asset_by=MachineBy(given))
    assert made.asset == (stocked.assets[expected] if expected else None)
    assert made.asset_word == word


def test_machine_of_another_client_is_never_named(stocked: World) -> None:
    [made] = imported(stocked, life(), who="hugo", to="harborview")
    assert made.asset is None


@pytest.mark.parametrize(
    ("lives", "given", "code"),
    [
        ([], {}, "bad_batch"),
        ([life(str(n)) for n in range(201)], {}, "bad_batch"),
        ([life(), life()], {}, "number_twice"),
        ([life(events=[])], {}, "bad_events"),
        ([life(events=LIFE[:1] * 10_001)], {}, "bad_events"),
        ([life(" ")], {}, "bad_text"),
        ([life("x" * 121)], {}, "bad_text"),
        ([life(title="x" * 2001)], {}, "bad_text"),
        ([life(events=[event(9, "", None)])], {}, "bad_text"),
        ([life()], {"source": " "}, "bad_source"),
        ([life()], {"source": "x" * 61}, "bad_source"),
        ([life()], {"to": "ironbridge", "who": ""}, "not_a_client"),
        ([life()], {"who": "hugo"}, "not_found"),
        ([life()], {"who": "rita"}, "not_allowed"),
        ([life()], {"who": "percy"}, "not_found"),
    ],
)
def test_import_refuses_without_a_trace(
    stocked: World, lives: list[PastLife], given: dict[str, Any], code: str
) -> None:
    refused(lambda: imported(stocked, *lives, **given), code)


def test_history_is_read_by_its_owner_alone(world: World) -> None:
    [made] = imported(world, life())
    for who in ("nora", "rita", "alice", "ada"):
        assert [one.pk for one in past.past_visible_to(world.actor(who))] == [made.pk]
    for who in ("hugo", "charlie", "dana", "tom", "percy", "cal"):
        assert not past.past_visible_to(world.actor(who)).exists()


@pytest.mark.postgres
@pytest.mark.tampers
def test_database_shows_it_to_its_owner_alone(world: World) -> None:
    imported(world, life())
    role, told = plain_role(), {}
    for who in ("nora", "charlie", "dana", "percy"):
        fence.let_in(world.actor(who))
        with played(role):
            told[who] = run("SELECT count(*) FROM incidents_pastincident")[0][0]
    fence.leave()
    assert told == {"nora": 1, "charlie": 0, "dana": 0, "percy": 0}
