"""`breakfix export`: what belongs to one organisation, in one file that it can check without us."""

import os
from pathlib import Path

import click

from breakfix.cli.backup import refusal, settled


@click.command()
@click.argument("organisation")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(organisation: str, file: Path) -> None:
    """Write everything of ORGANISATION (its short name, such as northgate) to the zip FILE.

    Records as JSON, documents, evidence, and the whole log with its proofs; `python3 FILE` verifies it offline. It is
    theirs, whether an agreement still runs or not. Exit code 0 when it is written, 1 when it is refused.
    """
    settled()
    from breakfix.histories.exporting import export_of
    from breakfix.kernel import clock
    from breakfix.kernel.errors import NotFound, Refused
    from breakfix.parties.queries import find_organisation

    try:
        found = find_organisation(organisation)
        if found is None:
            raise NotFound("An organisation of that short name")
        if file.exists():
            raise Refused("file_exists", f"{file.name} is already there; an export never replaces another file.")
    except Refused as no:
        raise refusal(no) from None
    packed = export_of(found, clock.now())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(packed.content)
    click.echo(f"{file.name}: {packed.entries} entries, {packed.documents} documents, {packed.evidence} files.")
