"""Every story that is not the opening one comes out as it says, and a story with a mistake is told where it is."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from breakfix.cli.story import ending
from breakfix.cli.story.format import KNOWN, STEP_KEYS, StoryError, load_story
from breakfix.cli.story.player import Player
from breakfix.cli.story.world import SECTIONS
from breakfix.kernel.ledger.checkpoints import KEY_NAME
from breakfix.kernel.ledger.notes import SigningKey
from tests.cli.playing import ROOT, STORIES, play
from tests.whole import deep_but

OTHERS = sorted(path for path in STORIES.glob("*.yaml") if path.stem != "the-sleeping-cfo")


@pytest.fixture(autouse=True)
def _log_key() -> None:
    path = Path(settings.BREAKFIX_LEDGER_KEY)
    path.parent.mkdir(parents=True, exist_ok=True)
    SigningKey.load_or_create(path, KEY_NAME)


def played(path: Path) -> tuple[Player, dict[str, Any]]:
    player = Player(load_story(path), tell=lambda _line: None, password="")
    player.play()
    return player, ending.report_of(player, checked=True, out=None)


AT_ONCE = ("the-unanswered-question", "the-need-to-know", "the-false-start")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", deep_but([one for one in OTHERS if one.stem in AT_ONCE], OTHERS), ids=lambda path: path.stem
)
def test_story_comes_out_as_it_says(path: Path) -> None:
    _, report = played(path)
    assert report["failed"] == []
    assert report["ledger"]["ok"]


@pytest.mark.django_db
def test_restricted_engagement_is_seen_by_whom_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not in lists, and in no mail: a mail is a read like any other."""
    from django.core import mail

    from breakfix.incidents import queries as incidents
    from breakfix.parties import queries as parties

    player, _ = played(STORIES / "the-need-to-know.yaml")
    found = {
        name
        for name, email in player.names.emails.items()
        if incidents.visible_to(parties.actor_for(parties.find_person(email))).exists()
    }
    assert found == {"hana", "hugo", "dana", "tom", "rex"}
    addressed = {address for letter in mail.outbox for address in letter.to}
    assert addressed <= {player.names.emails[name] for name in found}
    assert addressed


SMALL = STORIES / "the-unanswered-question.yaml"


def changed(folder: Path, *replaced: tuple[str, str]) -> Path:
    text = SMALL.read_text(encoding="utf-8")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    copy = folder / "copy.yaml"
    copy.write_text(text, encoding="utf-8")
    return copy


MISTAKES: dict[str, tuple[str, str, str]] = {
    "deed": ("do: acknowledge,", "do: acknowlege,", "step 2: there is no deed 'acknowlege'"),
    "person": ("by: wanda\n", "by: wendy\n", "step 1: there is nobody called 'wendy'; there are: dana"),
    "name": ("site: warehouse", "site: warehose", "there is no site called 'warehose'; there is: warehouse"),
    "section": ("  sites:", "  places:", "world: unknown section 'places'"),
    "organisation": ("of: lakefront, name: Cicero", "of: lakeside, name: Cicero", "world.sites.warehouse"),
    "field": ("name: Lakefront Freight", "nmae: Lakefront Freight", "world.organisations.lakefront: .*'nmae'"),
    "term": ("forensic: {preauthorised: true}", "forensics: {}", "world.agreements.lakefront: .*forensics"),
    "name of nothing": ("by: dana, do: acknowledge,", "by: dana, do: acknowledge, as: it,", "step 2: .* `as`"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("mistake", MISTAKES)
def test_misspelt_story_is_refused_with_the_place(tmp_path: Path, mistake: str) -> None:
    old, new, said = MISTAKES[mistake]
    with pytest.raises(StoryError, match=said):
        played(changed(tmp_path, (old, new)))


@pytest.mark.django_db
def test_steps_that_differ_are_told_one_by_one(tmp_path: Path) -> None:
    """A deed that is refused against expectation, one that is done against it, a wrong code, a misspelt argument."""
    copy = changed(
        tmp_path,
        (
            'note: "We need the papers."}, refused: hold_without_evidence',
            'note: "We need the papers."}, refused: wrong_state',
        ),
        ("reason: AWAITING_CLIENT_INFO, question:", "reason: PROVIDER_INTERNAL, question:"),
        ('{answer: "Circuit', '{reply: "Circuit'),
        ("by: lee, do: acknowledge_protocol}", "by: lee, do: acknowledge_protocol, refused: not_booked}"),
    )
    _, report = played(copy)
    said = "\n".join(report["failed"])
    assert "step 3 at 23 Dec 16:58, dana hold: was refused as hold_without_evidence" in said
    assert "wanda resume: was refused as unknown_field" in said
    assert len(report["failed"]) >= 4


@pytest.mark.django_db
def test_misspelt_expectation_never_passes(tmp_path: Path) -> None:
    _, report = played(changed(tmp_path, ("engage_minutes: 455", "engage_minute: 455")))
    (fault,) = report["failed"]
    assert fault.startswith("figure engage_minute: expected 455, there is none of that name (there is priority")


@pytest.mark.django_db
def test_misspelt_part_of_the_expectations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="expect: there is no engagement called 'figurse'"):
        played(changed(tmp_path, ("figures:", "figurse:")))


@pytest.mark.plays
def test_program_says_on_one_line_what_is_wrong_with_a_story(tmp_path: Path) -> None:
    """Exit code 2, before anything is played."""
    story = tmp_path / "broken.yaml"
    story.write_text("stpes: []\n", encoding="utf-8")
    result = play(story)
    assert result.code == 2
    assert result.report["error"] == "broken.yaml: unknown key 'stpes'; known are " + ", ".join(
        sorted({"story", "title", "about", "zone", "world", "steps", "expect", "inject", "demo_until", "end"})
    )
    assert play(tmp_path / "none.yaml").code == 2


@pytest.mark.django_db
def test_story_in_the_authors_guide_plays(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "stories.md").read_text(encoding="utf-8")
    (tmp_path / "worlds").symlink_to(STORIES / "worlds")
    copy = tmp_path / "guide.yaml"
    copy.write_text(guide.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    player, report = played(copy)
    assert report["failed"] == []
    assert [one.refused for one in player.outcomes] == ["", "", "not_allowed"]


def test_authors_guide_tells_every_key_section_and_figure() -> None:
    """What the player knows, the guide names."""
    guide = (ROOT / "docs" / "stories.md").read_text(encoding="utf-8")
    known = [*KNOWN, *STEP_KEYS, *SECTIONS, *(path.stem for path in STORIES.glob("*.yaml"))]
    assert [name for name in known if f"`{name}`" not in guide] == []
