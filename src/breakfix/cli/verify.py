"""`breakfix verify`: a closure pack proves itself, without database and without network."""

import json
from pathlib import Path

import click

from breakfix.histories.offline import checks
from breakfix.histories.offline.main import lines_of, tamed
from breakfix.histories.offline.notes import parse_key
from breakfix.histories.offline.strict_json import Failure


@click.command()
@click.argument("pack", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The log's verifier key as you hold it; without it the pack's own key is used, loudly.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def verify(pack: Path, key: str | None, as_json: bool) -> None:
    """Verify the closure pack PACK offline: hashes, signatures, log proofs, clocks.

    Exit code 0 when everything holds, 1 when anything does not, 2 for wrong usage. The same program travels inside
    the pack: `python3 PACK.zip` needs nothing but Python.
    """
    if key is not None:
        _check_key(key)
    outcome = checks.verify(str(pack), key)
    if as_json:
        click.echo(json.dumps(outcome, indent=2))
    else:
        for line in lines_of(outcome):
            click.echo(tamed(line))
    raise SystemExit(0 if outcome["ok"] else 1)


def _check_key(key: str) -> None:
    try:
        parse_key(key)
    except (Failure, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="--key") from None
