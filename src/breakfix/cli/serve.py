"""`breakfix serve` and `breakfix worker`: web and worker on loopback, started and stopped together."""

import ipaddress
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import click

from breakfix.cli import demo

# Alerts that wait behind each other in a process are taken together: with fewer, a storm's drafts are more deeds, and
# with more, its first second goes into opening connections to PostgreSQL.
AT_ONCE = 8  # requests of one web process
LAST_WORDS = 45  # seconds for what is in hand when we are told to stop; deploy/ gives a little more


def prepare() -> None:
    """Keys, secret and tables: made on the first start, left alone afterwards."""
    _secret()
    set_up()


def start_django() -> None:
    """Start Django on tables and keys as they are."""
    _secret()
    import django

    django.setup()


def _secret() -> None:
    """The key that signs sessions: from the environment, else from its file, which is made once."""
    var = Path(os.environ.setdefault("BREAKFIX_VAR", str(Path.cwd() / "var")))
    secret = var / "keys" / "secret.key"
    if "BREAKFIX_SECRET_KEY" not in os.environ:
        if not secret.exists():
            secret.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as fresh:
                fresh.write(secrets.token_urlsafe(50))
        os.environ["BREAKFIX_SECRET_KEY"] = secret.read_text(encoding="utf-8").strip()


def set_up() -> None:
    """Start Django, bring the tables up to date and make the log key if there is none yet."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from breakfix.kernel import factors, sealing, tables
    from breakfix.kernel.ledger.checkpoints import KEY_NAME
    from breakfix.kernel.ledger.notes import SigningKey
    from breakfix.outbox import vapid

    tables.made_at_once()
    call_command("migrate", verbosity=0, interactive=False)
    key = Path(settings.BREAKFIX_LEDGER_KEY)
    key.parent.mkdir(parents=True, exist_ok=True)
    SigningKey.load_or_create(key, KEY_NAME)
    vapid.keys()
    sealing.make_key(needed=factors.any_sealed())


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date and make the keys, without starting anything."""
    prepare()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--demo", "with_demo", is_flag=True, help="Load the demo world first and run on story time.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 16), help="Web processes.")
@click.option("--web-only", is_flag=True, help="Only the web server; `breakfix worker` runs elsewhere.")
@click.option("--no-prepare", is_flag=True, help="Leave tables and keys as they are: `breakfix migrate` made them.")
def serve(host: str, port: int, with_demo: bool, workers: int, web_only: bool, no_prepare: bool) -> None:
    """Start the web server and the worker; Ctrl-C stops both, whatever is in hand is finished first."""
    if with_demo:
        demo.use_demo_clock()
    os.environ.setdefault("BREAKFIX_SITE_URL", f"http://localhost:{port}")
    count_together()
    start_django() if no_prepare else prepare()
    _check_domains()
    if with_demo:
        demo.load_once()
        demo.resume_clock()
    told = _told_to_stop()
    children = [subprocess.Popen(web_command(host, port, workers))]
    if not web_only:
        children.append(subprocess.Popen([sys.executable, "-m", "breakfix", "worker", "--no-prepare"]))
    if words := in_the_open(host):
        click.secho(words, fg="yellow", bold=True, err=True)
    click.echo(f"Breakfix is at http://localhost:{port}  (Ctrl-C stops it)")
    if with_demo:
        demo.print_sign_ins(port)
    raise SystemExit(_watch(children, told))


def _check_domains() -> None:
    """Start nothing where a domain file is missing: a worker without it would fail at its engagements."""
    from breakfix.diagnosis import described

    described.check_start()


def in_the_open(host: str) -> str:
    """What whoever starts this has to know when others reach it with nothing in front that ends TLS; else empty."""
    from django.conf import settings

    if settings.BREAKFIX_BEHIND_PROXY or is_loopback(host):
        return ""
    return (
        f"WARNING: listening on {host} without a proxy. This speaks plain HTTP: whoever is on the way reads every"
        " password, session and document. Put a proxy that ends TLS in front (examples: deploy/proxy/), set"
        " BREAKFIX_BEHIND_PROXY=on and BREAKFIX_SITE_URL=https://..., or listen on 127.0.0.1."
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name that is not `localhost` may be anybody's."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def count_together() -> None:
    """Give the processes started from here one empty folder to count in, so that /metrics tells of all of them."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        return
    var = Path(os.environ.setdefault("BREAKFIX_VAR", str(Path.cwd() / "var")))
    # Of this machine: with a shared VAR each one counts for itself.
    folder = var / "metrics" / platform.node()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def web_command(host: str, port: int, workers: int, application: str = "breakfix.wsgi:application") -> list[str]:
    """The web server's own command line; told to stop, it answers what it was asked before it ends."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(AT_ONCE), "--no-ws", "--log-level", "warning"),
        application,
    ]


def _told_to_stop() -> list[int]:
    """The signals that ask this process to stop, as they come.

    Listened for before a child is started: ended in between, this process would leave it behind, with the port.
    """
    # No Event: a signal that comes while one is being waited for finds its lock held by this very thread, for ever.
    told: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return told


def _watch(children: list["subprocess.Popen[bytes]"], told: list[int]) -> int:
    """Wait until a signal or the first child's end, then stop all of them; 0 only when we were told to stop."""
    while not told and all(child.poll() is None for child in children):
        time.sleep(0.2)
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + LAST_WORDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return 0 if told else 1


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@click.option("--no-prepare", is_flag=True, help="Leave tables and keys as they are: `breakfix migrate` made them.")
def worker(once: bool, no_prepare: bool) -> None:
    """Drain the queue: notifications, documents, reminders, everything that follows from a deed."""
    if no_prepare:
        start_django()
    else:
        prepare()
    _check_domains()
    from breakfix.jobs import kinds
    from breakfix.jobs import worker as loop

    kinds.load()
    if once:
        from breakfix.jobs import polling
        from breakfix.kernel import clock

        polling.poll_all()
        while loop.run_one(clock.now()) is not None:
            pass
        return
    stop = threading.Event()
    stop_when_told(stop)
    loop.work(stop)


def stop_when_told(stop: threading.Event) -> None:
    """Set it on SIGINT or SIGTERM, from another thread: the one that waits for it holds its lock now and then."""

    def told(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=stop.set).start()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, told)
