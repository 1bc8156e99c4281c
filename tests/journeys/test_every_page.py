"""Every page of the URLconf in a real browser: no error, no broken policy, nothing from elsewhere, axe finds nothing.

The world is the one of the matrix, at its end; the pages that change with the night are looked at in each state.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver

from breakfix.approvals.actions import authority
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.quotes.models import Quote
from tests import (
    makers_afterwards,
    makers_changes,
    makers_custody,
    makers_diagnosis,
    makers_dispatch,
    makers_incidents,
    makers_quotes,
    makers_recovery,
    makers_reports,
    makers_work,
)
from tests.journeys.watching import watched
from tests.makers import World, local
from tests.makers import world as make_world
from tests.snapshots import remembered
from tests.web import scene as scenes
from tests.web.matrix import ROWS
from tests.web.rows import Page
from tests.whole import deep_but

pytestmark = pytest.mark.browser
ROUTES = {name: pattern for name, (_, pattern) in scenes.routes(get_resolver().url_patterns).items()}
PAGES = [
    name for name, row in ROWS.items() if isinstance(row, Page) and row.readers and not row.by_post and not row.leads
]
# Files, which a browser does not open.
DOWNLOADS = {"quote_json", "agreement_json", "clocks_json", "course_csv", "calibration_csv", "file", "log_leaf"}
DOWNLOADS |= {"mail_raw"}
LOOKS = (("light", (390, 844)), ("dark", (1440, 900)))


@pytest.fixture(autouse=True)
def _story_time(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")  # the server's own threads read it too


def crowded() -> scenes.Scene:
    """The matrix's world with three rows in the lists that people fill."""
    made = scenes.scene()
    _fill(made.world)
    return made


@remembered
def _fill(world: World) -> None:
    by = world.actor("alice", scenes.NOW)
    for number in (1, 2):
        makers_incidents.calm(world, title=f"Branch printer {number} is slow", at=scenes.NOW)
        starts_at = scenes.NOW + timedelta(days=10 * number)
        lent = {"starts_at": starts_at, "ends_at": starts_at + timedelta(days=5)}
        authority.delegate(world.people["erin"].pk, seat="it", **lent, by=by, at=scenes.NOW)


def told(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{page}: {fault}" for page, faults in wrong.items() for fault in faults)


def readers_in_turn() -> dict[str, list[str]]:
    """Each page by one of its readers, so that everybody looks at some."""
    turn: dict[str, list[str]] = {}
    for name in PAGES:
        readers = [who for who in ROWS[name].readers.split() if who not in {"charlie", "hana", "hugo", "hope", "cal"}]
        if name not in DOWNLOADS:
            who = min(readers, key=lambda one: (len(turn.get(one, ())), one))
            turn.setdefault(who, []).append(name)
    return turn


# A fifth of the pages by `make test`, the others, and all of them on a desk, by `make deep`.
@pytest.mark.parametrize(
    ("look", "share"),
    [
        (LOOKS[0], (0,)),
        pytest.param(LOOKS[0], (1, 2, 3, 4), marks=pytest.mark.deep),
        pytest.param(LOOKS[1], (0, 1, 2, 3, 4), marks=pytest.mark.deep),
    ],
    ids=["phone-some", "phone-others", "desk"],
)
def test_every_page_is_sound(
    browser: Any, live_server: Any, look: tuple[str, tuple[int, int]], share: tuple[int, ...]
) -> None:
    made, wrong, seen, (scheme, size) = crowded(), {}, set(), look
    clock.anchor_demo(scenes.NOW)
    chosen = {name for number, name in enumerate(sorted(set(PAGES) - DOWNLOADS)) if number % 5 in share}
    for who, every in readers_in_turn().items():
        names = [name for name in every if name in chosen]
        with watched(browser, live_server, who, scheme=scheme, size=size) as watch:
            for name in names:
                seen.add(name)
                if faults := watch.look(scenes.address(name, ROUTES[name], made.northgate)):
                    wrong[f"{who} {name}"] = faults
    assert not wrong, told(wrong)
    assert seen == chosen


# ------------------------------------------------------------------------------------ each page in its states


@dataclass(frozen=True)
class State:
    """A moment of the night: how it is made (giving the engagement's id), when, and who looks at what."""

    make: Callable[[World], int]
    at: datetime
    looks: dict[str, str]


def _offered(world: World) -> int:
    quote = makers_quotes.issued(world, makers_diagnosis.diagnosed(world))
    makers_quotes.climbed(quote, local("2026-12-02 01:20"))
    return quote.engagement_id


def _changed(world: World) -> int:
    """A change that waits for its second voice."""
    engagement = makers_diagnosis.diagnosed(world)
    makers_changes.proposed(world, engagement, at=local("2026-12-02 01:21"), by=world.actor("dana"))
    return engagement.pk


def _invoiced(world: World) -> int:
    engagement = makers_reports.accepted(world).engagement
    makers_reports.invoiced(world, engagement)
    return engagement.pk


def _drafted(world: World) -> int:
    return makers_quotes.drafted(world, makers_diagnosis.diagnosed(world)).engagement_id


def _rejected(world: World) -> int:
    quote = makers_afterwards.rejected(world)
    makers_afterwards.priced(world, quote)
    return quote.engagement_id


def _held(world: World) -> int:
    quote = makers_afterwards.rejected(world)
    makers_afterwards.ordered(world, quote, makers_afterwards.priced(world, quote))
    return quote.engagement_id


def _given_back(world: World) -> int:
    key = _held(world)
    makers_custody.returned(world, Engagement.objects.get(pk=key), at=makers_afterwards.CHOSEN)
    return key


def _came_back(world: World) -> int:
    case = makers_recovery.working(world)
    makers_recovery.reported(world, case, 61)
    return case.pk


STATES = {
    "reported": State(
        lambda world: makers_incidents.reported(world).pk,
        local("2026-12-01 19:55"),
        {"dana": "/desk /engagements/{key}", "rita": "/ /engagements/{key}"},
    ),
    "qualified": State(
        lambda world: makers_incidents.qualified(world).pk,
        local("2026-12-01 20:05"),
        {"dana": "/ /desk /desk/wall /engagements/{key} /engagements/{key}/dispatch"},
    ),
    "arrived": State(
        lambda world: makers_dispatch.arrived(world).pk,
        local("2026-12-01 22:45"),
        {"tom": "/ /field /field/{key}", "alice": "/engagements/{key}"},
    ),
    "diagnosed": State(
        lambda world: makers_diagnosis.completed(world).pk,
        local("2026-12-02 00:41"),
        {"tom": "/engagements/{key}/root-cause /engagements/{key}/change", "rex": "/engagements/{key}"},
    ),
    "drafted": State(
        _drafted,
        local("2026-12-02 01:05"),
        {"quinn": "/quotes/{quote} /quotes/{quote}/edit", "rex": "/quotes/{quote}"},
    ),
    "offered": State(
        _offered,
        local("2026-12-02 01:21"),
        {"alice": "/ /quotes/{quote} /engagements/{key}", "sol": "/quotes/{quote}", "quinn": "/quotes/{quote}"},
    ),
    "changed": State(
        _changed,
        local("2026-12-02 01:22"),
        {"chas": "/changes/1 /engagements/{key}", "tom": "/engagements/{key}/change"},
    ),
    "working": State(
        lambda world: makers_work.worked(world).engagement_id,
        local("2026-12-02 05:30"),
        {"tom": "/field/{key}", "sol": "/access /engagements/{key}/access", "dana": "/engagements/{key}/work"},
    ),
    "restored": State(
        lambda world: makers_work.restored(world).engagement_id,
        local("2026-12-02 06:27"),
        {"tom": "/field/{key}", "dana": "/engagements/{key}/dispatch /engagements/{key}/parts /roster"},
    ),
    "rejected": State(
        _rejected,
        local("2026-12-02 01:45"),
        {"alice": "/quotes/{quote} /engagements/{key}", "quinn": "/quotes/{quote} /engagements/{key}"},
    ),
    "held": State(
        _held, local("2026-12-02 02:00"), {"dana": "/engagements/{key}/custody", "fay": "/engagements/{key}/invoice"}
    ),
    "given_back": State(_given_back, local("2026-12-02 02:00"), {"rita": "/engagements/{key}/custody"}),
    "came_back": State(
        _came_back,
        local("2026-12-02 06:05"),
        {"rita": "/engagements/{key}/recovery", "tom": "/engagements/{key}/recovery", "alice": "/quotes/{quote}"},
    ),
    "reported_on": State(
        lambda world: makers_reports.issued(world).engagement_id,
        local("2026-12-02 10:00"),
        {"rita": "/engagements/{key}/report", "cora": "/", "fay": "/billing"},
    ),
    "invoiced": State(
        _invoiced,
        local("2026-12-02 11:05"),
        {"fay": "/engagements/{key}/invoice /billing", "rita": "/engagements/{key}/report /engagements/{key}/checks"},
    ),
}


@pytest.mark.parametrize("name", deep_but([], STATES))
def test_pages_are_sound_in_each_state(browser: Any, live_server: Any, name: str) -> None:
    state, wrong = STATES[name], {}
    world = make_world()
    key = state.make(world)
    quote = Quote.objects.filter(engagement_id=key).order_by("-id").values_list("pk", flat=True).first()
    clock.anchor_demo(state.at)
    for who, paths in state.looks.items():
        for scheme, size in LOOKS:
            with watched(browser, live_server, who, scheme=scheme, size=size) as watch:
                for path in paths.split():
                    if faults := watch.look(path.format(key=key, quote=quote)):
                        wrong[f"{who} {path} {scheme}"] = faults
    assert not wrong, told(wrong)
