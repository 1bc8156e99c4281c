"""The opening scenario once more over the API alone, by a program of each person that finds every id by itself."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.cli.story import ending
from breakfix.cli.story.format import load_story
from breakfix.cli.story.player import Player
from breakfix.kernel.ledger.checkpoints import KEY_NAME
from breakfix.kernel.ledger.notes import SigningKey
from tests.journeys.programs import ProgramHands

STORIES = Path(__file__).parents[2] / "stories"


@pytest.mark.deep
@pytest.mark.django_db
def test_opening_scenario_passes_over_the_api_alone(settings: Any, tmp_path: Path, as_plain_role: None) -> None:
    settings.BREAKFIX_LEDGER_KEY = str(tmp_path / "ledger.key")
    SigningKey.load_or_create(tmp_path / "ledger.key", KEY_NAME)
    hands = ProgramHands()
    player = Player(load_story(STORIES / "the-sleeping-cfo.yaml"), tell=lambda _line: None, hands=hands)
    player.play()
    report = ending.report_of(player, checked=True, out=None)
    assert not hands.gaps, "\n".join(hands.gaps)
    assert report["failed"] == []
    assert len(hands.done) + len(hands.refused) == len(player.story.steps)
    assert len(hands.refused) == sum(bool(step.refused) for step in player.story.steps)
