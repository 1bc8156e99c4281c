"""The questions of `breakfix doctor`, each answered by readings alone."""

import functools
import os
import shutil
import socket
import sqlite3
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error, connection

from breakfix import sqlite
from breakfix.agreements import queries as agreements
from breakfix.cli.doctor import FAULT, OK, WARNING, Check, Finding
from breakfix.diagnosis import described
from breakfix.kernel import clock, database, pulses, tasks
from breakfix.kernel.backup.taking import keys as all_keys
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.checkpoints import signing_key
from breakfix.roster import taxonomy

MUCH, LITTLE = 2 * 1024**3, 256 * 1024**2  # bytes free: enough for a while, too little for an upload
PATIENCE = 5  # seconds for the mail server to answer
OVERDUE = timedelta(minutes=15)
TOLERANCE = timedelta(seconds=5)  # between clocks of one installation
NEWEST = 200  # entries of each log that the quick look hashes again


def checks(*, thorough: bool) -> list[Check]:
    """Every question, the database first: what needs it is not asked when it does not answer."""
    if next(iter(reachable())).state == FAULT:
        return [reachable, keys, mail, disk, borders]
    log = functools.partial(evidence, thorough=thorough)
    functools.update_wrapper(log, evidence)
    every = [reachable, schema, engine, keys, domains, mail, disk, time, holidays, queue, worker, outgoing]
    return [*every, log, borders]


def reachable() -> Iterator[Finding]:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and connection.connection is None and not Path(name).exists():
        yield Finding("database", FAULT, "there is none yet", "Run `breakfix migrate`, or `breakfix restore`.")
        return
    try:
        connection.ensure_connection()
    except Error as error:
        remedy = "Check DATABASE_URL, and that the server runs and lets this machine in."
        yield Finding("database", FAULT, f"does not answer ({type(error).__name__})", remedy)
        return
    yield Finding("database", OK, f"{connection.vendor} answers")
    if connection.vendor == "sqlite" and not settings.DEBUG and settings.SITE_URL.startswith("https://"):
        remedy = "Right for a small installation; use PostgreSQL for more than one machine."
        yield Finding("database", WARNING, "SQLite serves one machine and one writer", remedy)


def domains() -> Iterator[Finding]:
    """Whether every service domain has what its file refers to."""
    wrong = described.faults()
    own = sum(one.startswith(taxonomy.OWN) for one in taxonomy.domains())
    if wrong:
        remedy = f"Put it right in the folder that {taxonomy.VARIABLE} names; docs/domains.md describes the files."
        yield from (Finding("domains", FAULT, one, remedy) for one in wrong)
        return
    yield Finding("domains", OK, f"{len(taxonomy.domains())} service domains, {own} of this installation's own")


def schema() -> Iterator[Finding]:
    missing = database.unapplied()
    if missing:
        found = f"{len(missing)} migrations are not applied, the first is {missing[0]}"
        yield Finding("migrations", FAULT, found, "Stop Breakfix, take a backup, run `breakfix migrate`.")
    else:
        yield Finding("migrations", OK, "the tables are those of this version")


def engine() -> Iterator[Finding]:
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()


def _sqlite() -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    if sqlite.WAL_IS_SAFE:
        yield Finding("sqlite", OK, f"version {version}")
    else:
        remedy = "Install pysqlite3, or a system library from 3.51.3; until then Breakfix works without WAL."
        yield Finding("sqlite", WARNING, f"version {version} may corrupt a database in WAL mode", remedy)
    found = database.pragmas()
    wanted = {"synchronous": {"2", "3"}, "foreign_keys": {"1"}, "recursive_triggers": {"1"}}
    wanted["journal_mode"] = {"wal", "memory"} if sqlite.WAL_IS_SAFE else {"delete", "memory"}
    wrong = [f"{name} is {found[name]}" for name in sorted(wanted) if found[name] not in wanted[name]]
    if wrong:
        yield Finding("sqlite", FAULT, ", ".join(wrong), "Start Breakfix with its own settings; they set this.")
    else:
        yield Finding("sqlite", OK, f"journal {found['journal_mode']}, every commit is on the disk")


def _postgresql() -> Iterator[Finding]:
    role = database.role()
    yield Finding("postgresql", OK, f"version {role.version}")
    if role.superuser or role.bypasses_rls:
        power = "a superuser" if role.superuser else "above row-level security"
        remedy = "Let Breakfix sign in as a plain role (docs/operating.md): row-level security binds no other."
        yield Finding("postgresql", WARNING, f"the role {role.name} is {power}", remedy)
    if role.read_only:
        yield Finding("postgresql", FAULT, "takes no writes (read only)", "Is this a standby? Point to the primary.")
    if not role.durable:
        remedy = "Set synchronous_commit and fsync to on: a deed that was shown as done may be lost in a power cut."
        yield Finding("postgresql", FAULT, "does not wait for the disk", remedy)


def keys() -> Iterator[Finding]:
    path = Path(settings.BREAKFIX_LEDGER_KEY)
    if not path.exists():
        remedy = "Restore it from a backup; if this is a new installation, run `breakfix migrate`."
        yield Finding("keys", FAULT, "the key of the evidence log is missing", remedy)
    else:
        try:
            yield Finding("keys", OK, f"log key {signing_key().verifier.fingerprint[:19]}")
        except PermissionError:
            pass  # said below, together with the others
        except ValueError:
            yield Finding("keys", FAULT, "the key of the evidence log is damaged", "Restore it from a backup.")
    open_ones = [name for name, key in all_keys().items() if stat.S_IMODE(key.stat().st_mode) & 0o077]
    if open_ones and os.name == "posix":
        remedy = "chmod 600, and make a new key if others had access (docs/operating.md)."
        yield Finding("keys", FAULT, f"others may read {', '.join(open_ones)}", remedy)


def mail() -> Iterator[Finding]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        remedy = "Set EMAIL_URL, such as smtp://user:password@host:587."
        yield Finding("mail", WARNING, "mails are written to files, nobody gets them", remedy)
        return
    try:
        with socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), PATIENCE):
            yield Finding("mail", OK, "the mail server answers")
    except OSError as error:
        found = f"the mail server does not answer ({type(error).__name__})"
        yield Finding("mail", FAULT, found, "Check EMAIL_URL and the way to it; mails wait and are tried again.")


def disk() -> Iterator[Finding]:
    places = {"VAR": Path(settings.VAR), "files": Path(settings.BREAKFIX_FILES)}
    for name, place in places.items():
        there = next(one for one in (place, *place.parents) if one.exists())
        free = shutil.disk_usage(there).free
        state = OK if free >= MUCH else WARNING if free >= LITTLE else FAULT
        remedy = "" if state == OK else "Make room, or move it to a larger disk; below 256 MiB uploads fail."
        yield Finding("disk", state, f"{name} has {free / 1024**3:.1f} GiB free", remedy)
        if place.exists() and not os.access(place, os.W_OK):
            yield Finding("disk", FAULT, f"{name} cannot be written", "Give the folder to the user Breakfix runs as.")


def time() -> Iterator[Finding]:
    if clock.demo_file() is not None:
        remedy = "Unset BREAKFIX_DEMO_CLOCK on an installation that is no demo."
        yield Finding("clock", WARNING, f"story time of the demo, {clock.now():%Y-%m-%d %H:%M} UTC", remedy)
    newest = ledger.newest_receipt()
    if newest is not None and clock.now() < newest - TOLERANCE:
        found = f"it is {clock.now():%Y-%m-%d %H:%M} UTC, the log received an entry at {newest:%Y-%m-%d %H:%M}"
        yield Finding("clock", FAULT, found, "Set the machine's clock (NTP) before anybody does anything.")
    else:
        yield Finding("clock", OK, f"{clock.now():%Y-%m-%d %H:%M} UTC, not before the newest entry")


def holidays() -> Iterator[Finding]:
    """Agreements in force whose copied holidays end: after that each holiday counts as a working day."""
    at = clock.now()
    for version, short in agreements.holidays_running_out(at):
        which = [f"{one.site or 'all sites'} until {one.last_day:%-d %b %Y}" for one in short]
        about = f"agreement {version.agreement.number} with {version.agreement.client.name}"
        have = "ended" if short[0].ends_at <= at else "end"
        remedy = "Begin its next version and copy the public holidays of further years; both sides sign it."
        yield Finding("holidays", WARNING, f"{about}: the agreed ones {have}, {', '.join(which)}", remedy)


def queue() -> Iterator[Finding]:
    at = clock.now()
    load = tasks.load(at)
    late = at - load.oldest_due_at if load.oldest_due_at else timedelta(0)
    found = f"{load.waiting} waiting, {load.due} due, {load.failed} failed before"
    if late >= OVERDUE:
        remedy = "Is the worker running? See the line `worker`, and the log for tasks that fail."
        since = late // timedelta(minutes=1)
        yield Finding("tasks", WARNING, f"{found}; the oldest is due for {since} min", remedy)
    elif load.failed:
        reasons = ", ".join(sorted({task.kind for task in tasks.troubled()})[:5])
        yield Finding("tasks", WARNING, f"{found} ({reasons})", "They are tried again; the log says why they failed.")
    else:
        yield Finding("tasks", OK, found)


def worker() -> Iterator[Finding]:
    beat = pulses.last_beat(pulses.WORKER)
    age = clock.real_now() - beat if beat else None
    if age is not None and age < pulses.LATE:
        yield Finding("worker", OK, f"seen {age // timedelta(seconds=1)} s ago")
    else:
        found = f"not seen for {age // timedelta(minutes=1)} min" if age else "was never seen"
        yield Finding("worker", WARNING, found, "Start `breakfix worker`: until then nobody is told of anything.")


def outgoing() -> Iterator[Finding]:
    held = pulses.paused(pulses.OUTGOING)
    if held is not None:
        found = f"mails and messages are held back since {held.since:%Y-%m-%d %H:%M} UTC"
        yield Finding("outgoing", WARNING, found, "Decide with `breakfix resume-outgoing`.")


def evidence(*, thorough: bool = False) -> Iterator[Finding]:
    wrong = []
    for owner in ledger.owners():
        found = ledger.check_log(owner) if thorough else ledger.check_newest(owner, NEWEST)
        wrong += [f"organisation {owner}: {fault}" for fault in [*found, *ledger.check_signed(owner)]]
    for line in wrong[:20]:
        remedy = "Keep everything as it is, and compare with the last checkpoint that was given away."
        yield Finding("log", FAULT, line, remedy)
    if not wrong:
        how = "every entry" if thorough else f"the newest {NEWEST} of each"
        yield Finding("log", OK, f"{ledger.size()} entries in {len(ledger.owners())} logs; {how} hashed again")


def borders() -> Iterator[Finding]:
    """What a stranger meets: TLS, host names, error pages."""
    public = not settings.SITE_URL.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
    if settings.DEBUG:
        yield Finding("settings", FAULT, "DEBUG shows source to everybody", "Unset BREAKFIX_DEBUG.")
    if public and not settings.SITE_URL.startswith("https://"):
        remedy = "Put TLS in front (deploy/) and give BREAKFIX_SITE_URL its https address."
        yield Finding("settings", FAULT, "passwords and sessions travel unencrypted", remedy)
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding("settings", FAULT, "every host name is served", "Name yours in BREAKFIX_ALLOWED_HOSTS.")
    host = settings.SITE_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    if public and not {host, "*"} & set(settings.ALLOWED_HOSTS):
        yield Finding("settings", FAULT, f"{host} is not served", "Add it to BREAKFIX_ALLOWED_HOSTS.")
    if public and settings.SITE_URL.startswith("https://") and not settings.BREAKFIX_BEHIND_PROXY:
        remedy = "Set BREAKFIX_BEHIND_PROXY if a proxy ends TLS; without one this is right."
        yield Finding("settings", WARNING, "https without a proxy that is trusted", remedy)
    yield Finding("settings", OK, f"serves {settings.SITE_URL}")
