"""Every deed of a night is pressed twice: one is done, the other refused with a reason, and nobody meets a fault."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from breakfix.cli.story.format import Step, load_story
from breakfix.cli.story.player import Player
from breakfix.kernel import clock
from breakfix.kernel.access import Actor
from breakfix.kernel.ledger.checkpoints import KEY_NAME
from breakfix.kernel.ledger.notes import SigningKey
from tests.together import Begun, how_it_ended
from tests.whole import SOAK

STORIES = Path(__file__).parents[2] / "stories"
# Money, parts and what is set up beforehand; a soak presses twice in all of them.
FEW = ("the-sleeping-cfo", "the-dead-board", "the-false-start")
# What says one more thing when it is said again, and neither binds anybody nor is billed.
SAID_AGAIN = {
    "report_failure": "an emergency is never turned away; the desk merges the second into the first",
    "record_check": "the reading stands as it was last read",
    "draft_root_cause": "a draft stands as it was last written",
    "attach_supplier_evidence": "the document that was attached last counts",
    "set_degradation": "the same factor from the same instant on",
    "post_update": "words",
    "ask_about_quote": "words, and each question is answered",
    "need_part": "nothing is bought by it",
    "note_offer": "a supplier's offer, chosen by hand",
    "bear_cost": "the provider's own figure, billed to nobody",
    "price_disposition": "an offer that binds nobody before it is ordered; the last one replaces it",
    "decide_items": "the data owner's last word counts, until the things are gone",
    "report_recovery": "the laboratory's last count is the one that the client verifies",
    "reveal_dossier": "what is revealed stays revealed, once",
    "read_dossier": "every reading is on record",
}


class TwoHands:
    """Both do the same step; what the second one comes to is noted and taken back, so that the story goes on."""

    def __init__(self) -> None:
        self.said: dict[str, set[str]] = {}

    def __call__(self, step: Step, action: Any, arguments: dict[str, Any], by: Actor) -> Any:
        def again() -> None:
            with clock.set_to(step.at), transaction.atomic():
                action(**arguments, by=by, at=step.at)
                transaction.set_rollback(True)

        if connection.vendor == "postgresql":  # in the middle of the first
            with transaction.atomic():
                result = action(**arguments, by=by, at=step.at)
                second = Begun(again)
            said = second.said()
        else:
            result = action(**arguments, by=by, at=step.at)
            said = how_it_ended(again)
        self.said.setdefault(step.do, set()).add(said)
        return result


@pytest.mark.deep
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", [path.stem for path in sorted(STORIES.glob("*.yaml"))] if SOAK else FEW)
def test_deed_that_is_pressed_twice_is_done_once(name: str, settings: Any, tmp_path: Path) -> None:
    settings.BREAKFIX_LEDGER_KEY = str(tmp_path / "ledger.key")
    SigningKey.load_or_create(tmp_path / "ledger.key", KEY_NAME)
    hands = TwoHands()
    player = Player(load_story(STORIES / f"{name}.yaml"), tell=lambda _line: None, hands=hands, password="")
    player.play()
    assert [one.fault for one in player.outcomes if one.fault] == []
    assert {do for do, said in hands.said.items() if "done" in said} <= set(SAID_AGAIN)
    # A refusal's code is one word; what a database says is a sentence.
    assert [said for found in hands.said.values() for said in found if not said.isidentifier()] == []
    assert set(hands.said) == {one.step.do for one in player.outcomes if not one.step.refused}
