"""`breakfix doctor`: is this installation well? One line per question: what was found, what it means, what to do."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click

from breakfix.cli.backup import settled

OK, WARNING, FAULT = "ok", "warning", "fault"
MARKS = {OK: "ok     ", WARNING: "WARNING", FAULT: "FAULT  "}


@dataclass(frozen=True)
class Finding:
    """One answer: how bad it is, what was found, and the remedy where there is something to do."""

    check: str
    state: str
    found: str
    remedy: str = ""


Check = Callable[[], Iterator[Finding]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.option("--thorough", is_flag=True, help="Re-hash every entry of every log instead of the newest.")
@click.option("--only", help="Answer one question alone, such as worker: for a health check.")
def doctor(as_json: bool, thorough: bool, only: str | None) -> None:
    """Examine this installation: database, keys, mail, disk, clock, tasks, evidence log, settings.

    Nothing is changed. Exit code 0 when all is well, 1 when there are warnings only, 2 when anything is at fault.
    """
    settled()
    from breakfix.cli import examinations

    asked = examinations.checks(thorough=thorough)
    if only is not None:
        asked = [check for check in asked if check.__name__ in {only, "reachable"}]
        if not any(check.__name__ == only for check in asked):
            raise click.BadParameter("no such question, or the database does not answer", param_hint="--only")
    found = [one for check in asked for one in examine(check)]
    worst = max((list(MARKS).index(one.state) for one in found), default=0)
    if as_json:
        state = list(MARKS)[worst]
        click.echo(json.dumps({"state": state, "findings": [asdict(one) for one in found]}, indent=2))
    else:
        for one in found:
            click.echo(f"{MARKS[one.state]}  {one.check:<10}  {one.found}")
            if one.remedy:
                click.echo(f"{'':21}-> {one.remedy}")
    raise SystemExit(worst)


def examine(check: Check) -> Iterator[Finding]:
    """What a check finds; one that breaks is a finding itself, and keeps no other from being made."""
    try:
        yield from check()
    except Exception as error:
        name = getattr(check, "__name__", "check")
        yield Finding(name, FAULT, f"could not be examined ({type(error).__name__})", "See the log for the reason.")
