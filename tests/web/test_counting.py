"""What a page's script counts on is written by the server first, in the same words: nothing moves when it comes."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import breakfix.web
from breakfix.web.templatetags.bf import time_since, time_to
from tests.makers import local

NOW = local("2026-12-02 12:00")
TEMPLATES = Path(breakfix.web.__file__).parent / "templates"


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (NOW + timedelta(hours=2, minutes=48, seconds=59), "2 h 48 min left"),
        (NOW + timedelta(days=3, hours=4, minutes=5), "3 d 4 h left"),
        (NOW + timedelta(seconds=45), "0 min left"),
        (NOW, "0 min left"),
        (NOW - timedelta(seconds=1), "0 min over"),
        (NOW - timedelta(minutes=12), "12 min over"),
    ],
)
def test_time_to_an_instant_is_told_as_the_script_counts_it(due: datetime, words: str) -> None:
    assert time_to(due, NOW) == words


@pytest.mark.parametrize(
    ("begun", "words"),
    [
        (NOW - timedelta(hours=26, minutes=5), "26 h 5 min"),
        (NOW - timedelta(minutes=59, seconds=59), "59 min"),
        (NOW + timedelta(minutes=1), "0 min"),
    ],
)
def test_time_since_an_instant_is_told_as_the_script_counts_it(begun: datetime, words: str) -> None:
    assert time_since(begun, NOW) == words


def test_no_page_waits_for_its_script_to_fill_in_a_time() -> None:
    bare = re.compile(r"data-(?:left|since)(?:=\"[^\"]*\")?></")
    pages = [page for page in TEMPLATES.rglob("*.html") if bare.search(page.read_text())]
    assert pages == []
    assert bare.search('<b data-left></b><span data-since="{{ at }}"></span>')
