"""`breakfix receive-mail`: takes what a mail server on this machine hands over."""

import threading

import click

from breakfix.cli import serve


@click.command("receive-mail")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; of this machine only.")
@click.option("--port", default=8025, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--no-prepare", is_flag=True, help="Leave tables and keys as they are: `breakfix migrate` made them.")
def receive_mail(host: str, port: int, no_prepare: bool) -> None:
    """Listen for SMTP on loopback and take mail for the desk's addresses; Ctrl-C stops it.

    There is no sign-in and no encryption: a mail server stands in front and passes on (docs/mail.md).
    """
    if not serve.is_loopback(host):
        raise click.UsageError("This listens on addresses of this machine only; put a mail server in front.")
    if no_prepare:
        serve.start_django()
    else:
        serve.prepare()
    from breakfix.intake import smtp

    server = smtp.controller(host, port)
    stop = threading.Event()
    serve.stop_when_told(stop)
    server.start()
    click.echo(f"Mail is taken at {host}:{port} (Ctrl-C stops it)")
    stop.wait()
    server.stop()
    server.handler.close()
