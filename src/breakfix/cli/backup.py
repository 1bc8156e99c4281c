"""`breakfix backup`, `restore` and `resume-outgoing`: everything in one encrypted file, and back."""

import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import click

PASSPHRASE_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHORTEST = 12  # characters of a passphrase


def settled() -> None:
    """Start Django for a command that may run where no key is yet; nothing is made."""
    secret = Path(os.environ.get("BREAKFIX_VAR") or Path.cwd() / "var") / "keys" / "secret.key"
    if "BREAKFIX_SECRET_KEY" not in os.environ:
        held = secret.read_text(encoding="utf-8").strip() if secret.exists() else secrets.token_urlsafe(50)
        os.environ["BREAKFIX_SECRET_KEY"] = held
    import django

    django.setup()


def refusal(no: Any) -> SystemExit:
    """Say a refusal on the standard error; exit code 1."""
    click.echo(f"{no.code}: {no.message}", err=True)
    return SystemExit(1)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--recipient", help="The age public key (age1...) that the backup is for: for every size.")
@click.option("--passphrase-file", type=PASSPHRASE_FILE, help="File with a passphrase: for small installations.")
def backup(file: Path, recipient: str | None, passphrase_file: Path | None) -> None:
    """Write an encrypted backup to FILE while Breakfix runs: database, files and keys, as of one instant.

    Exit code 0 when it is complete, 1 when it was not made. The age program opens it, too.
    """
    if (recipient is None) == (passphrase_file is None):
        raise click.UsageError("Give either --recipient or --passphrase-file.")
    settled()
    from breakfix.kernel import clock
    from breakfix.kernel.backup.envelope import Opener
    from breakfix.kernel.backup.taking import take
    from breakfix.kernel.errors import Refused

    opener = Opener(key=recipient) if recipient else Opener(passphrase=_passphrase(passphrase_file))
    try:
        made = take(file, opener, clock.real_now())
    except Refused as no:
        raise refusal(no) from None
    entries = sum(log["size"] for log in made.logs.values())
    size = file.stat().st_size / 2**20
    click.echo(f"{file.name}: {entries} entries in {len(made.logs)} logs, {made.files} files, {size:.1f} MiB.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--identity-file", type=PASSPHRASE_FILE, help="File with the age secret key (AGE-SECRET-KEY-1...).")
@click.option("--passphrase-file", type=PASSPHRASE_FILE, help="File with the passphrase.")
def restore(file: Path, identity_file: Path | None, passphrase_file: Path | None) -> None:
    """Restore FILE into an empty place, prove the logs, and keep everything outgoing back until you confirm.

    A file that is damaged, cut short, of a newer version or under another key is refused before anything is touched.
    Exit code 0 when everything is there and proved, 1 when it was refused, 3 when something differs afterwards.
    """
    if (identity_file is None) == (passphrase_file is None):
        raise click.UsageError("Give either --identity-file or --passphrase-file.")
    settled()
    from breakfix.kernel import clock
    from breakfix.kernel.backup.envelope import Opener
    from breakfix.kernel.backup.restoring import restore as bring_back
    from breakfix.kernel.errors import Refused

    opener = (
        Opener(key=_identity(identity_file)) if identity_file else Opener(passphrase=_passphrase(passphrase_file))
    )
    try:
        made, wrong = bring_back(file, opener, clock.real_now())
    except Refused as no:
        raise refusal(no) from None
    for line in wrong:
        click.echo(f"FAULT {line}", err=True)
    entries = sum(log["size"] for log in made.logs.values())
    click.echo(
        f"Restored the state of {made.made_at}: {entries} entries in {len(made.logs)} logs, {made.files} files."
    )
    click.echo("Every row is as the logs tell it, every log is proved." if not wrong else "It is NOT as it was.")
    click.echo("Nothing is sent to anybody until you run `breakfix resume-outgoing`.")
    raise SystemExit(3 if wrong else 0)


@click.command("resume-outgoing")
@click.option(
    "--send", "choice", flag_value="send", help="Send what waited: right if nothing was sent after the backup."
)
@click.option("--discard", "choice", flag_value="discard", help="Drop what waited; what happens from now on is sent.")
def resume_outgoing(choice: str | None) -> None:
    """Let mails and messages leave again after a restore; without an option, only say what waits."""
    settled()
    from breakfix.jobs import kinds
    from breakfix.jobs.registry import OUTGOING
    from breakfix.kernel import clock, pulses, tasks

    kinds.load()
    held = pulses.paused(pulses.OUTGOING)
    if held is None:
        click.echo("Nothing is held back.")
        return
    waiting = tasks.waiting(OUTGOING)
    click.echo(f"Held back since {held.since:%Y-%m-%d %H:%M} UTC ({held.why}): {len(waiting)} tasks.")
    for task in waiting[:20]:
        click.echo(f"  {task.kind}  due {_told(task.due_at)}  {task.key}")
    if choice is None:
        click.echo("Say --send if none of them was sent before, or --discard if they may have been.")
        raise SystemExit(1)
    if choice == "discard":
        at = clock.now()
        click.echo(f"{tasks.discard(OUTGOING, planned_before=at, at=at)} tasks were discarded.")
    pulses.resume(pulses.OUTGOING)
    click.echo("Mails and messages leave again.")


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _passphrase(path: Path | None) -> str:
    text = path.read_text(encoding="utf-8").strip() if path else ""
    if len(text) < SHORTEST:
        raise click.UsageError(f"A passphrase has at least {SHORTEST} characters.")
    return text


def _identity(path: Path) -> str:
    """The secret key in a file as `age-keygen` writes it: comments, then one key."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    if len(keys) != 1:
        raise click.UsageError("The identity file holds exactly one key.")
    return keys[0]
