"""How alike two reports are, computed by hand; the words of the page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakfix.incidents.rules.likeness import Report, likeness, shared_words
from tests.makers_incidents import REPORTED

FIRST = Report(1, 7, "HW-RAID", "Archive job died, array degraded", REPORTED, is_open=True)
LATER = timedelta(hours=24)


@pytest.mark.parametrize(
    ("given", "score"),
    [
        ({}, 100),
        ({"text": "Fan is loud"}, 70),  # 50 + 20
        ({"text": "Array degraded, drives amber"}, 83),  # 2 of (5 + 4) words in both: 44 %, 13 of 30 points
        ({"asset_id": 2}, 75),  # 25 + 20 + 30
        ({"asset_id": None}, 75),
        ({"asset_id": 2, "text": "Array degraded, drives amber"}, 58),
        ({"asset_id": 2, "domain": "NET-SW"}, 0),
        ({"asset_id": 2, "site_id": 8}, 0),
        ({"site_id": 8, "domain": "NET-SW"}, 100),  # the machine was moved meanwhile, or is named otherwise
        ({"submitted_at": REPORTED - 30 * LATER}, 100),
        ({"submitted_at": REPORTED - LATER, "is_open": False}, 100),
        ({"submitted_at": REPORTED + LATER, "is_open": False}, 100),
        ({"submitted_at": REPORTED - LATER - timedelta(microseconds=1), "is_open": False}, 0),
    ],
)
def test_likeness_by_what_broke_when_and_in_what_words(given: dict[str, Any], score: int) -> None:
    found = likeness(FIRST, replace(FIRST, **given))
    assert (found.score, found.is_likely) == (score, score >= 60)


def test_two_reports_without_a_machine_are_of_no_same_machine() -> None:
    nowhere = replace(FIRST, asset_id=None, domain="NET-SW")
    assert likeness(replace(FIRST, asset_id=None), nowhere).score == 0


def test_why_is_said_in_words() -> None:
    assert likeness(FIRST, FIRST).why == ("same asset", "still open", "100 % of the words")
    other = replace(FIRST, asset_id=2, is_open=False, text="")
    assert likeness(FIRST, other).why == ("same site and HW-RAID", "reported within 24 h")


@pytest.mark.parametrize(
    ("one", "other", "percent"),
    [
        ("Array degraded", "ARRAY, degraded!", 100),
        ("Array degraded", "degraded degraded array", 100),
        ("Array degraded", "Archive died", 0),
        ("Array degraded", "array of the archive", 50),  # "of" and "the" say nothing
        ("Error E5 on PSU", "e5", 50),  # error, e5, psu and e5
        ("Über\u017fpannung", "ÜBERSPANNUNG", 100),
        ("", "Array degraded", 0),
        ("the and for", "the and for", 0),
    ],
)
def test_shared_words(one: str, other: str, percent: int) -> None:
    assert shared_words(one, other) == shared_words(other, one) == percent
