"""The demo world: the stories that say how far they want to be played, and a clock that runs on from there."""

import hashlib
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import click

from breakfix.cli.story.format import Story, load_story

PASSWORD = "breakfix-demo"  # noqa: S105 - printed on the first page of the demo, on purpose
NOT_THE_DEMO = (
    "This database holds content that is not the demo world; --demo would run it on story time. Start without "
    "--demo, or point BREAKFIX_VAR or DATABASE_URL at an empty place."
)

HALF_A_DEMO = (
    "This demo world was not loaded whole, or its clock {clock} is gone. Begin with an empty database: {how}."
)


def stories_folder() -> Path:
    """Where the stories lie: beside the package in a checkout, or where BREAKFIX_STORIES says."""
    return Path(os.environ.get("BREAKFIX_STORIES") or Path(__file__).resolve().parents[3] / "stories")


def demo_stories() -> list[Story]:
    """Stories that are part of the demo world, oldest first, so that time only goes forward."""
    told = [load_story(path) for path in sorted(stories_folder().glob("*.yaml"))]
    return sorted((story for story in told if story.demo_until), key=lambda story: story.steps[0].at)


def use_demo_clock() -> None:
    """Run this process and its children on story time, each database on its own."""
    var = Path(os.environ.setdefault("BREAKFIX_VAR", str(Path.cwd() / "var")))
    url = urlsplit(os.environ.get("DATABASE_URL", ""))
    # Not of the password: the same database keeps its time when that changes.
    which = f"{url.scheme} {url.hostname} {url.port} {url.path}"
    of = f"-{hashlib.sha256(which.encode()).hexdigest()[:8]}" if url.scheme else ""
    os.environ.setdefault("BREAKFIX_DEMO_CLOCK", str(var / f"demo-clock{of}.json"))
    # Two minutes are not spent on telephones; a banner says so (docs/decisions/0009-second-factors-by-role.md).
    os.environ.setdefault("BREAKFIX_MFA", "offered")


def load_once() -> None:
    """Play the demo stories into an empty database; one that holds the demo world already is left as it is.

    Refuses anybody else's content: story time and printed passwords have no business beside real work.
    """
    from breakfix.cli.story import world
    from breakfix.cli.story.names import Names
    from breakfix.cli.story.player import Player
    from breakfix.kernel import clock
    from breakfix.kernel.ledger.queries import first_recorded_at

    stories, names = demo_stories(), Names()
    begun = first_recorded_at()
    if begun is not None:
        # The demo world alone begins with a deed at the very instant that one of its stories states.
        if begun not in {world.as_of(story) for story in stories}:
            raise click.ClickException(NOT_THE_DEMO)
        # Story time is set when all of it has been loaded; on real time a half of it would be a week overdue.
        if (anchor := clock.demo_file()) is not None and not anchor.exists():
            raise click.ClickException(HALF_A_DEMO.format(clock=anchor, how=_beginning()))
        return
    click.echo("Loading the demo world ...")
    for story in stories:
        player = Player(story, names, tell=lambda _line: None)
        player.play(until=story.demo_until)
    if stories:
        clock.anchor_demo(max(story.demo_until for story in stories if story.demo_until))


def _beginning() -> str:
    """How to come to an empty database; the keys and files beside it may stay."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    return f"remove {name}" if connection.vendor == "sqlite" else f"drop the database {name} and make it anew"


def resume_clock() -> None:
    """Story time goes on from where it was when the demo was stopped: a crisis does not expire overnight."""
    from datetime import datetime

    from breakfix.kernel import clock

    path = clock.demo_file()
    if path is not None and path.exists():
        clock.anchor_demo(datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["story"]))


def print_sign_ins(port: int) -> None:
    """Who can sign in, and with what."""
    from breakfix.parties.queries import demo_sign_ins

    click.echo(f"Sign in at http://localhost:{port}/ with the password {PASSWORD!r} as:")
    for email, words in demo_sign_ins():
        click.echo(f"  {email:34} {words}")
