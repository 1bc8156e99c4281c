"""Reading a story file: times, exact numbers, merged worlds, and mistakes named with their place."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from breakfix.cli.story.format import Story, StoryError, laid_over, load_story, parse_instant

ZONE = "America/New_York"
MINIMAL = """
    zone: America/New_York
    steps:
      - {at: 2026-12-01 19:52, by: rita, do: report_failure}
"""


def told(folder: Path, text: str) -> Story:
    path = folder / "told.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return load_story(path)


def local(text: str, zone: str = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_bare_time_is_the_next_time_the_clock_shows_it() -> None:
    before = local("2026-12-01 22:40")
    assert parse_instant("22:40", ZONE, before) == before
    assert parse_instant("23:58", ZONE, before) == local("2026-12-01 23:58")
    assert parse_instant("00:03", ZONE, before) == local("2026-12-02 00:03")
    assert parse_instant("22:39", ZONE, before) == local("2026-12-02 22:39")


def test_bare_time_rolls_over_the_night_in_which_the_clocks_change() -> None:
    before = local("2026-10-31 23:00")
    assert parse_instant("08:00", ZONE, before).isoformat() == "2026-11-01T08:00:00-05:00"


def test_instant_with_its_own_offset_keeps_it() -> None:
    assert parse_instant("2026-12-01T19:52:00+01:00", ZONE, None) == local("2026-12-01 13:52")


@pytest.mark.parametrize("text", ["25:00", "19:61", "yesterday", "2026-13-01 10:00"])
def test_what_is_no_time_is_named_with_its_place(text: str) -> None:
    with pytest.raises(StoryError, match="step 7: .*is no time"):
        parse_instant(text, ZONE, local("2026-12-01 10:00"), "step 7")


def test_first_time_needs_its_date() -> None:
    with pytest.raises(StoryError, match="needs its date"):
        parse_instant("19:52", ZONE, None)


def test_values_stay_what_was_written(tmp_path: Path) -> None:
    """YAML's own reading would make 19:40 a number, 0.1 inexact, `no` false and 2026-12-01 a date."""
    story = told(
        tmp_path,
        """
        zone: America/New_York
        steps:
          - at: 2026-12-01 19:52
            by: rita
            do: report_failure
            with: {opens: 19:40, share: 0.1, minus: -675.00, count: 6, day: 2026-12-01, reading: no, serial: 007,
                   yes: true, nothing: null}
        """,
    )
    given = story.steps[0].args
    assert given == {
        "opens": "19:40",
        "share": Decimal("0.1"),
        "minus": Decimal("-675.00"),
        "count": 6,
        "day": "2026-12-01",
        "reading": "no",
        "serial": "007",
        "yes": True,
        "nothing": None,
    }
    assert [type(given[name]) for name in ("share", "count")] == [Decimal, int]


def test_worlds_merge_name_by_name_and_null_removes() -> None:
    base: dict[str, Any] = {"people": {"tom": {"of": "a", "roles": ["x", "y"]}, "dee": {}}, "sites": {"s": {}}}
    over = {"people": {"tom": {"roles": ["z"]}, "dee": None, "ana": {"of": "b"}}}
    assert laid_over(base, over) == {
        "people": {"tom": {"of": "a", "roles": ["z"]}, "ana": {"of": "b"}},
        "sites": {"s": {}},
    }
    assert base["people"]["tom"]["roles"] == ["x", "y"]


def test_story_uses_another_files_world(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("world: {organisations: {acme: {side: client, zone: UTC}}}", encoding="utf-8")
    story = told(tmp_path, MINIMAL + "    world: {use: base.yaml, organisations: {acme: {zone: Asia/Tokyo}}}\n")
    assert story.world == {"organisations": {"acme": {"side": "client", "zone": "Asia/Tokyo"}}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("step: []", "unknown key 'step'"),
        ("zone: UTC", "needs at least one step"),
        ("steps: {a: b}", "steps must be a list"),
        ("steps: [{at: 2026-12-01 10:00, by: tom}]", "step 1: 'do' is missing"),
        ("steps: [{at: 2026-12-01 10:00, by: tom, do: arrive, wiht: {}}]", "step 1: unknown key 'wiht'"),
        ("steps: [{at: 2026-12-01 10:00, by: tom, do: arrive, with: 3}]", "step 1 must be a mapping"),
        (
            "steps: [{at: 2026-12-02 10:00, by: t, do: arrive}, {at: 2026-12-01 10:00, by: t, do: arrive}]",
            "step 2: 2026-12-01 10:00 is before the step above it",
        ),
        ("steps: [", "is not readable YAML"),
        ("world: {use: nowhere.yaml}\nsteps: []", "there is no story file"),
    ],
)
def test_mistake_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(StoryError, match=said):
        told(tmp_path, text)


def test_end_is_the_last_step_unless_said(tmp_path: Path) -> None:
    assert told(tmp_path, MINIMAL).end == local("2026-12-01 19:52")
    assert told(tmp_path, MINIMAL + "    end: 08:00\n").end == local("2026-12-02 08:00")
