"""`breakfix play`: a story through the real actions, told as it happens, checked against what it expects."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import click

from breakfix.cli.story.format import StoryError, load_story


@click.command()
@click.argument("story", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--database", help="Database URL to play into; default: a temporary SQLite in memory.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for documents and closure pack."
)
@click.option("--until", help="Stop before the first step after this local time, such as '2026-12-02 01:21'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the timeline.")
def play(story: Path, database: str | None, out: Path | None, until: str | None, as_json: bool) -> None:
    """Play STORY, a YAML file, through the real actions with the clock set to each of its steps.

    Everything that falls due between two steps happens at its own instant. Exit code 0 when every expectation
    holds and the evidence log verifies, 1 when anything differs, 2 when the story cannot be played as written.
    """
    with tempfile.TemporaryDirectory(prefix="breakfix-play-") as scratch:
        scratch_settings(Path(scratch), database)
        try:
            told = load_story(story)
            report = _run(told, until, Path(out) if out else None, quiet=as_json)
        except StoryError as mistake:
            if as_json:
                click.echo(json.dumps({"story": story.stem, "error": str(mistake), "failed": [str(mistake)]}))
            else:
                click.echo(f"{story.name}: {mistake}", err=True)
            raise SystemExit(2) from None
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    raise SystemExit(1 if report["failed"] else 0)


# What an installation may have set and a played story keeps: how loud it is, and the files that it reads.
KEPT = frozenset({"BREAKFIX_LOG_LEVEL", "BREAKFIX_LOG_FORMAT", "BREAKFIX_DOMAINS", "BREAKFIX_STORIES"})


def scratch_settings(scratch: Path, database: str | None) -> None:
    """Files, keys and every message of a played story go to a folder of its own; the installation is not touched.

    Of an operator's settings none is left that leads elsewhere: a story rings nobody through their gateway.
    """
    for name in list(os.environ):
        ours = name.startswith("BREAKFIX_") and name not in KEPT
        if ours or name in {"EMAIL_URL", "PROMETHEUS_MULTIPROC_DIR"}:
            del os.environ[name]
    os.environ["BREAKFIX_VAR"] = str(scratch)
    os.environ["BREAKFIX_SECRET_KEY"] = "a story signs nobody in"  # noqa: S105 - and protects nothing
    os.environ["DATABASE_URL"] = database or "sqlite://:memory:"
    os.environ.setdefault("BREAKFIX_LOG_LEVEL", "ERROR")


def _run(told: Any, until: str | None, out: Path | None, *, quiet: bool) -> dict[str, Any]:
    from breakfix.cli.serve import set_up

    set_up()
    from breakfix.cli.story import ending, telling
    from breakfix.cli.story.format import parse_instant
    from breakfix.cli.story.player import Player

    lines: list[str] = []
    teller = telling.Teller(told.zone, out=lines.append if quiet else click.echo)
    if not quiet:
        click.echo(click.style(told.title, bold=True))
        click.echo(told.about)
    player = Player(told, tell=teller, password="")
    stop = parse_instant(until, told.zone, None) if until else None
    player.play(until=stop)
    report = ending.report_of(player, checked=stop is None, out=out)
    if not quiet:
        _print(report, telling)
    return report


def _print(report: dict[str, Any], telling: Any) -> None:
    telling.print_clocks(report["figures"])
    if report["refusals"]:
        click.echo(click.style("\nRefused, as they should be", bold=True))
        for refusal in report["refusals"]:
            click.echo(f"  step {refusal['step']:>3}  {refusal['by']} {refusal['do']}: {refusal['code']}")
    click.echo(click.style("\nEvidence", bold=True))
    click.echo(
        f"  {report['ledger']['entries']} entries in {report['ledger']['logs']} logs, "
        f"{'every one proved' if not report['ledger']['faults'] else 'DAMAGED'}"
    )
    for document in report["documents"]:
        click.echo(f"  {document['kind']:16} {document['number']:18} {document['pdf_sha256'][:16]}")
    if report["pack"]:
        verdict = "verified offline" if report["pack"]["ok"] else "DOES NOT VERIFY"
        click.echo(f"  closure pack     {report['pack']['name']}  {verdict}")
    if report["failed"]:
        click.echo(click.style("\nNot as the story expects", bold=True, fg="red"))
        for fault in report["failed"]:
            click.echo(f"  {fault}")
    else:
        click.echo(click.style("\nEverything came out as the story expects.", fg="green"))
