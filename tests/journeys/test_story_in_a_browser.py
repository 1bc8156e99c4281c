"""The opening scenario in Chromium: approver and technician on a phone, dispatcher and quoter by keyboard."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from breakfix.cli.story import ending
from breakfix.cli.story.format import load_story
from breakfix.cli.story.player import Player
from breakfix.kernel import clock
from breakfix.kernel.ledger.checkpoints import KEY_NAME
from breakfix.kernel.ledger.notes import SigningKey
from tests.journeys.hands import BrowserHands
from tests.journeys.test_story_over_http import NEVER_OFFERED, STORIES

pytestmark = [pytest.mark.browser, pytest.mark.deep]


def standing_clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every thread of the server reads the instant of the step: the story's figures are exact to the minute."""
    standing: list[datetime] = []

    def now() -> datetime:
        fixed = clock._fixed.get()
        return fixed if fixed is not None else standing[-1]

    monkeypatch.setattr(clock, "now", now)
    return standing.append


def test_opening_scenario_passes_in_the_browsers_of_everybody(
    transactional_db: None,
    browser: Any,
    live_server: Any,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.BREAKFIX_LEDGER_KEY = str(tmp_path / "ledger.key")
    SigningKey.load_or_create(tmp_path / "ledger.key", KEY_NAME)
    hands = BrowserHands(browser=browser, home=live_server.url, told_time=standing_clock(monkeypatch))
    player = Player(load_story(STORIES / "the-sleeping-cfo.yaml"), tell=lambda _words: None, hands=hands)
    try:
        player.play()
    finally:
        for tab in hands.tabs.values():
            tab.context.close()
    report = ending.report_of(player, checked=True, out=None)
    assert report["failed"] == [], "\n".join([*report["failed"], *hands.gaps])
    assert hands.gaps == []
    assert hands.complaints == []
    assert set(hands.forged) >= NEVER_OFFERED
    assert len(hands.pressed) + len(hands.forged) == len(player.story.steps)
