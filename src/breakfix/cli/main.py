"""The terminal's door: `breakfix --help` lists what it does; every command has `--help` and honest exit codes."""

import os
import sys

import click

from breakfix.roster import taxonomy

try:
    from breakfix.cli import backup, clock, doctor, export, ingest, mailing, organisations, play, serve, verify
    from breakfix.cli.replay import command as replaying
except taxonomy.DomainFileError as wrong:  # an operator's mistake, which a traceback would hide
    sys.exit(f"Error: {wrong}")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="breakfix", prog_name="breakfix")
def main() -> None:
    """Break/fix engagements from the failure to the audit file, exact and provable."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breakfix.settings")
    from breakfix.kernel import fence  # not before the settings are named

    fence.process_is_machine()


main.add_command(play.play)
main.add_command(serve.serve)
main.add_command(serve.worker)
main.add_command(serve.migrate)
main.add_command(verify.verify)
main.add_command(clock.clock)
main.add_command(ingest.ingest)
main.add_command(mailing.receive_mail)
main.add_command(replaying.replay)
main.add_command(organisations.add_organisation)
main.add_command(doctor.doctor)
main.add_command(export.export)
main.add_command(backup.backup)
main.add_command(backup.restore)
main.add_command(backup.resume_outgoing)

if __name__ == "__main__":
    sys.exit(main())
