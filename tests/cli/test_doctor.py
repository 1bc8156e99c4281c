"""`breakfix doctor`: each thing that can be wrong is named with its remedy, and nothing else is."""

import json
import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import OperationalError, connection, transaction

from breakfix import sqlite
from breakfix.cli import doctor, examinations
from breakfix.cli.doctor import FAULT, OK, WARNING, Finding
from breakfix.kernel import clock, database, pulses, tasks
from breakfix.kernel.ledger import checkpoints, notes
from breakfix.kernel.models import Entry
from tests.makers import World, local

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings: Any, tmp_path: Path) -> None:
    """A log key and a place of this test's own."""
    settings.VAR = tmp_path
    settings.BREAKFIX_LEDGER_KEY = tmp_path / "keys" / "ledger.key"
    (tmp_path / "keys").mkdir()
    notes.SigningKey.load_or_create(settings.BREAKFIX_LEDGER_KEY, checkpoints.KEY_NAME)


def worst(findings: Iterator[Finding]) -> tuple[str, str]:
    """The state of the worst finding and what was found."""
    order = [OK, WARNING, FAULT]
    found = max(findings, key=lambda one: order.index(one.state))
    assert found.state == OK or found.remedy  # whoever says that something is wrong says what to do
    return found.state, found.found


def test_a_fresh_installation_is_well_but_for_mail_and_worker() -> None:
    ran = CliRunner().invoke(doctor.doctor, ["--json"])
    told = json.loads(ran.stdout)
    bad = {one["check"] for one in told["findings"] if one["state"] != OK}
    # The tests sign in as a superuser and wait for no disk.
    allowed = {"postgresql"} if connection.vendor == "postgresql" else set()
    assert bad - allowed == {"mail", "worker"}
    assert ran.exit_code == (2 if told["state"] == FAULT else 1)
    assert not {"fault"} & {one["state"] for one in told["findings"] if one["check"] not in allowed}


def test_lines_name_the_remedy() -> None:
    ran = CliRunner().invoke(doctor.doctor, [])
    assert "WARNING  worker      was never seen\n" in ran.stdout
    assert "-> Start `breakfix worker`" in ran.stdout


def test_a_silent_database_keeps_no_other_question_from_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> None:
        raise OperationalError("password authentication failed for user somebody")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "ensure_connection", silent)
        asked = examinations.checks(thorough=False)
        found = worst(examinations.reachable())
    assert examinations.disk in asked
    assert examinations.queue not in asked
    assert found == (FAULT, "does not answer (OperationalError)")


def test_a_check_that_breaks_is_a_finding() -> None:
    def broken() -> Iterator[Finding]:
        raise RuntimeError("secret words")
        yield

    [found] = doctor.examine(broken)
    assert (found.check, found.state, found.found) == ("broken", FAULT, "could not be examined (RuntimeError)")


def test_missing_migrations_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "unapplied", lambda: ["quotes.0009_later"])
    assert worst(examinations.schema()) == (FAULT, "1 migrations are not applied, the first is quotes.0009_later")


def test_an_old_or_careless_sqlite_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "recursive_triggers": "1"}
    monkeypatch.setattr(sqlite, "WAL_IS_SAFE", True)
    monkeypatch.setattr(database, "pragmas", lambda: {**good, "synchronous": "1"})
    assert worst(examinations._sqlite()) == (FAULT, "synchronous is 1")
    monkeypatch.setattr(sqlite, "WAL_IS_SAFE", False)
    monkeypatch.setattr(database, "pragmas", lambda: {**good, "journal_mode": "delete"})
    assert worst(examinations._sqlite())[0] == WARNING
    monkeypatch.setattr(database, "pragmas", lambda: good)
    assert worst(examinations._sqlite()) == (FAULT, "journal_mode is wal")


ROLES = [
    ({}, (OK, "version 18.4")),
    ({"superuser": True}, (WARNING, "the role app is a superuser")),
    ({"bypasses_rls": True}, (WARNING, "the role app is above row-level security")),
    ({"read_only": True}, (FAULT, "takes no writes (read only)")),
    ({"durable": False}, (FAULT, "does not wait for the disk")),
]


@pytest.mark.parametrize(("given", "expected"), ROLES)
def test_a_postgresql_role_is_plain_and_waits_for_the_disk(
    given: dict[str, Any], expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"superuser": False, "bypasses_rls": False, "version": "18.4", "read_only": False, "durable": True}
    monkeypatch.setattr(database, "role", lambda: database.Role(**{"name": "app", **plain, **given}))
    assert worst(examinations._postgresql()) == expected


@pytest.mark.postgres
def test_postgresql_tells_who_we_are() -> None:
    role = database.role()
    assert role.name
    assert not role.read_only
    assert not role.durable  # tests/settings.py turns waiting off


def test_keys_that_are_missing_damaged_or_open_are_faults(settings: Any) -> None:
    path = Path(settings.BREAKFIX_LEDGER_KEY)
    assert worst(examinations.keys())[0] == OK
    path.chmod(0o640)
    assert worst(examinations.keys()) == (FAULT, "others may read ledger.key")
    path.chmod(0o600)
    path.write_text("PRIVATE+KEY+nonsense")
    assert worst(examinations.keys()) == (FAULT, "the key of the evidence log is damaged")
    path.unlink()
    assert worst(examinations.keys()) == (FAULT, "the key of the evidence log is missing")


def test_a_mail_server_has_to_answer(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = listening.getsockname()
        listening.listen()
        assert worst(examinations.mail()) == (OK, "the mail server answers")
    assert worst(examinations.mail()) == (FAULT, "the mail server does not answer (ConnectionRefusedError)")


@pytest.mark.parametrize(("free", "state"), [(3 * 1024**3, OK), (1024**3, WARNING), (1024**2, FAULT)])
def test_room_on_the_disk(free: int, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=free))
    assert worst(examinations.disk())[0] == state


def test_a_clock_behind_the_log_is_a_fault_and_story_time_is_named(
    world: World, settings: Any, tmp_path: Path
) -> None:
    newest = Entry.objects.order_by("-received_at").values_list("received_at", flat=True)[0]
    with clock.set_to(newest - timedelta(hours=1)):
        assert worst(examinations.time())[0] == FAULT
    with clock.set_to(newest):
        assert worst(examinations.time())[0] == OK
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "clock.json")
    clock.anchor_demo(newest + timedelta(days=400))
    assert worst(examinations.time())[0] == WARNING


def test_tasks_that_fail_or_wait_too_long_are_named() -> None:
    now = clock.now()
    with transaction.atomic():
        tasks.enqueue("notice.send", key="a", due_at=now, at=now, payload={})
    assert worst(examinations.queue()) == (OK, "1 waiting, 1 due, 0 failed before")
    task = tasks.claim(clock.now())
    assert task is not None
    tasks.fail(task, "no", clock.now())
    assert worst(examinations.queue()) == (WARNING, "1 waiting, 0 due, 1 failed before (notice.send)")
    with clock.set_to(now + examinations.OVERDUE):
        found = "1 waiting, 1 due, 1 failed before; the oldest is due for 15 min"
        assert worst(examinations.queue()) == (WARNING, found)


def test_a_worker_that_stands_still_is_named() -> None:
    assert worst(examinations.worker()) == (WARNING, "was never seen")
    pulses.beat(pulses.WORKER, clock.real_now())
    assert worst(examinations.worker())[0] == OK
    pulses.beat(pulses.WORKER, clock.real_now() - timedelta(minutes=7, seconds=1))
    assert worst(examinations.worker()) == (WARNING, "not seen for 7 min")


def test_what_is_held_back_after_a_restore_is_named() -> None:
    assert list(examinations.outgoing()) == []
    pulses.pause(pulses.OUTGOING, why="restored", since=clock.real_now())
    assert worst(examinations.outgoing())[0] == WARNING


@pytest.mark.tampers
def test_an_altered_entry_is_found_quickly_only_among_the_newest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = world.organisation("northgate").pk
    checkpoints.sign_head(owner, clock.now())
    assert worst(examinations.evidence())[0] == OK
    monkeypatch.setattr(examinations, "NEWEST", 1)
    Entry.objects.filter(organisation_id=owner, position=0).update(line="Nothing happened.")
    assert worst(examinations.evidence())[0] == OK
    assert worst(examinations.evidence(thorough=True))[0] == FAULT
    Entry.objects.filter(organisation_id=owner).order_by("-position").first().delete()  # type: ignore[union-attr]
    assert worst(examinations.evidence())[0] == FAULT


def test_a_log_signed_by_another_key_is_a_fault(world: World, settings: Any) -> None:
    checkpoints.sign_head(world.organisation("northgate").pk, clock.now())
    os.unlink(settings.BREAKFIX_LEDGER_KEY)
    notes.SigningKey.load_or_create(settings.BREAKFIX_LEDGER_KEY, checkpoints.KEY_NAME)
    state, found = worst(examinations.evidence())
    assert state == FAULT
    assert "does not verify" in found


BORDERS = [
    ({}, OK),
    ({"DEBUG": True}, FAULT),
    ({"SITE_URL": "http://desk.example"}, FAULT),
    ({"SITE_URL": "https://desk.example", "ALLOWED_HOSTS": ["desk.example"]}, WARNING),
    ({"SITE_URL": "https://desk.example", "ALLOWED_HOSTS": ["desk.example"], "BREAKFIX_BEHIND_PROXY": True}, OK),
    ({"SITE_URL": "https://desk.example", "ALLOWED_HOSTS": ["other.example"], "BREAKFIX_BEHIND_PROXY": True}, FAULT),
    ({"ALLOWED_HOSTS": ["*"]}, FAULT),
]


@pytest.mark.parametrize(("given", "state"), BORDERS)
def test_borders_of_the_house(given: dict[str, Any], state: str, settings: Any) -> None:
    for name, value in given.items():
        setattr(settings, name, value)
    assert worst(examinations.borders())[0] == state


def test_agreements_whose_holidays_run_out_are_named(world: World) -> None:
    """Sixty days before the end of the last copied year, and ever after until a next version brings further ones."""
    number = world.agreements["northgate"].agreement.number

    def told(at: str) -> list[str]:
        with clock.set_to(local(at)):
            found = list(examinations.holidays())
        assert all(one.state == WARNING and "next version" in one.remedy for one in found)
        return [one.found for one in found]

    assert told("2028-11-02 00:59") == []
    assert told("2028-11-02 01:00") == [
        f"agreement {number} with Northgate Trading: the agreed ones end, all sites until 31 Dec 2028"
    ]
    assert f"agreement {number} with Northgate Trading: the agreed ones ended, all sites until 31 Dec 2028" in told(
        "2029-03-01 00:00"
    )
    assert examinations.holidays in examinations.checks(thorough=False)
