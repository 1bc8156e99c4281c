"""The demo world: its stories share one world, stop where somebody is asked, and the clock runs on from there."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from django.db import connection

from breakfix.cli import demo
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.kernel.models import Entry
from breakfix.parties.models import Organisation
from tests import makers
from tests.makers import local


@pytest.mark.django_db
def test_demo_world_stops_where_the_approver_is_asked(settings: Any, tmp_path: Path) -> None:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    demo.load_once()
    found = {one.domain: (one.status, one.need_to_know) for one in Engagement.objects.all()}
    assert found == {"SEC": ("DIAGNOSING", True), "HW-RAID": ("AWAITING_APPROVAL", False)}
    assert sorted(Organisation.objects.values_list("slug", flat=True)) == [
        *("calder", "harborview", "ironbridge", "northgate"),
    ]
    assert timedelta(0) <= clock.now() - local("2026-12-02 01:21") < timedelta(minutes=5)
    entries = Entry.objects.count()
    demo.load_once()
    assert Entry.objects.count() == entries


@pytest.mark.django_db
def test_demo_refuses_a_database_with_content_of_its_own(settings: Any, tmp_path: Path) -> None:
    """No story time over somebody's real work: the sentence says what to do instead, and nothing is touched."""
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    makers.organisations(local("2026-10-05 11:30"))
    entries = Entry.objects.count()
    with pytest.raises(click.ClickException, match="holds content that is not the demo world") as refusal:
        demo.load_once()
    assert "DATABASE_URL" in refusal.value.message
    assert Entry.objects.count() == entries
    assert not (tmp_path / "demo-clock.json").exists()


@pytest.mark.django_db
def test_a_demo_that_was_stopped_while_it_loaded_says_so(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a world on real time would only look like a fault: the next start says what happened and what to do."""
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    told = demo.demo_stories()
    monkeypatch.setattr(demo, "demo_stories", lambda: [told[0], None])
    with pytest.raises(AttributeError):  # what a second story that breaks off comes to
        demo.load_once()
    entries = Entry.objects.count()
    assert entries
    monkeypatch.setattr(demo, "demo_stories", lambda: told)
    with pytest.raises(click.ClickException, match="not loaded whole") as refusal:
        demo.load_once()
    assert str(tmp_path / "demo-clock.json") in refusal.value.message
    assert str(connection.settings_dict["NAME"]) in refusal.value.message
    assert Entry.objects.count() == entries


def test_each_database_has_a_story_time_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = []
    urls = ("", "postgres://a@localhost/one", "postgres://a@localhost/two", "postgres://a:new@localhost/two")
    for url in urls:
        monkeypatch.setattr(demo.os, "environ", {"BREAKFIX_VAR": "/somewhere", "DATABASE_URL": url})
        demo.use_demo_clock()
        clocks.append(demo.os.environ["BREAKFIX_DEMO_CLOCK"])
    assert clocks[0] == "/somewhere/demo-clock.json"
    assert len(set(clocks)) == 3
    assert clocks[-1] == clocks[-2]  # a new password is no new database
