"""The opening scenario once more, pressed button by button on the pages, by each person in their own browser."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.cli.story import ending
from breakfix.cli.story.format import load_story
from breakfix.cli.story.player import Player
from breakfix.kernel.ledger.checkpoints import KEY_NAME
from breakfix.kernel.ledger.notes import SigningKey
from tests.journeys.pages import PageHands

STORIES = Path(__file__).parents[2] / "stories"
# What no page may offer and only somebody who forges a request can try.
NEVER_OFFERED = {"rita approve_quote", "quinn approve_quote", "charlie approve_quote"}


@pytest.mark.deep
@pytest.mark.django_db
def test_opening_scenario_passes_through_the_pages_of_everybody(
    settings: Any, tmp_path: Path, as_plain_role: None
) -> None:
    settings.BREAKFIX_LEDGER_KEY = str(tmp_path / "ledger.key")
    SigningKey.load_or_create(tmp_path / "ledger.key", KEY_NAME)
    hands = PageHands()
    told: list[str] = []
    player = Player(load_story(STORIES / "the-sleeping-cfo.yaml"), tell=told.append, hands=hands)
    player.play()
    report = ending.report_of(player, checked=True, out=None)
    assert not hands.gaps, "\n".join(hands.gaps)
    assert hands.dead == set()
    assert report["failed"] == []
    assert set(hands.forged) >= NEVER_OFFERED
    assert len(hands.pressed) + len(hands.forged) == len(player.story.steps)
