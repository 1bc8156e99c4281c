"""What machines ask that watch: alive, ready, figures; and the one line that each request leaves."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from breakfix.kernel import clock, database, figures, logs, pulses, tasks
from breakfix.kernel.access import Role
from breakfix.kernel.ledger import queries as ledger
from breakfix.parties import actions as parties
from breakfix.web import operators
from tests import people
from tests.makers import SET_UP_AT, World

FULL = SimpleNamespace(total=10**12, used=10**12 - 1, free=1)


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    operators.forget()
    yield
    operators.forget()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged from INFO on, as the product writes it in JSON."""
    stream = io.StringIO()
    sink = logging.StreamHandler(stream)
    sink.setFormatter(logs.formatter("json"))
    ours = logging.getLogger("breakfix")
    ours.addHandler(sink)
    before, level = ours.propagate, ours.level
    ours.setLevel(logging.INFO)
    ours.propagate = False
    yield stream
    ours.removeHandler(sink)
    ours.setLevel(level)
    ours.propagate = before


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def ready() -> tuple[int, dict[str, Any]]:
    operators.forget()
    answer = Client().get("/readyz", headers={"host": "10.0.0.7:8000"})
    return answer.status_code, answer.json()


def test_alive_is_asked_without_a_name_and_says_nothing() -> None:
    answer = Client().get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_ready_means_database_migrations_worker_and_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ready() == (
        503,
        {"ready": False, "database": "ok", "migrations": "ok", "worker": "fault", "disk": "ok"},
    )
    pulses.beat(pulses.WORKER, clock.real_now())
    assert ready()[0] == 200
    pulses.beat(pulses.WORKER, clock.real_now() - pulses.LATE)
    assert ready()[1]["worker"] == "fault"
    pulses.beat(pulses.WORKER, clock.real_now())
    monkeypatch.setattr("shutil.disk_usage", lambda _path: FULL)
    assert ready()[1]["disk"] == "fault"
    monkeypatch.undo()
    monkeypatch.setattr(database, "unapplied", lambda: ["quotes.0009_later"])
    status, found = ready()
    assert (status, found["migrations"]) == (503, "fault")
    assert "quotes" not in json.dumps(found)


@pytest.mark.django_db
def test_a_database_without_writes_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only() -> None:
        raise OperationalError("attempt to write a readonly database at /secret/place")

    monkeypatch.setattr(pulses, "touch", read_only)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "fault"
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_an_answer_holds_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get("/readyz").status_code == 503
    pulses.beat(pulses.WORKER, clock.real_now())
    monkeypatch.setattr(operators, "REMEMBERED", 3600.0)
    assert Client().get("/readyz").status_code == 503
    assert ready()[0] == 200


@pytest.mark.django_db
def test_figures_are_for_this_machine_or_for_the_holder_of_the_token(settings: Any) -> None:
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404
    # A proxy on the same machine makes strangers look like neighbours.
    assert Client().get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
    settings.BREAKFIX_BEHIND_PROXY = True
    assert Client().get("/metrics").status_code == 404
    settings.BREAKFIX_METRICS_TOKEN = "sesame"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer sesamo"}).status_code == 404
    far = Client(REMOTE_ADDR="192.0.2.7")
    assert far.get("/metrics", headers={"Authorization": "Bearer sesame"}).status_code == 200


def figure(name: str, **labels: str) -> float:
    """One line of the page; 0 where it does not stand there."""
    page = Client().get("/metrics").content.decode()
    wanted = name + ("{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else "")
    return next((float(line.split(" ")[-1]) for line in page.splitlines() if line.startswith(f"{wanted} ")), 0.0)


@pytest.mark.django_db
def test_figures_count_requests_deeds_refusals_tasks_and_entries(world: World) -> None:
    browser = Client()
    browser.force_login(people.person("rita"), "allauth.account.auth_backends.AuthenticationBackend")
    counted = [
        ("breakfix_requests_total", {"method": "GET", "route": "/", "status": "200"}),
        ("breakfix_request_seconds_count", {"route": "/"}),
        ("breakfix_deeds_total", {"deed": "report_failure", "outcome": "refused"}),
        ("breakfix_refusals_total", {"code": "missing_field"}),
    ]
    before = [figure(name, **labels) for name, labels in counted]
    assert browser.get("/").status_code == 200
    assert browser.post("/engagements/new/report_failure", {}).status_code == 422
    assert [figure(name, **labels) for name, labels in counted] == [value + 1 for value in before]
    assert figure("breakfix_ledger_entries") == ledger.count() > 0
    assert figure("breakfix_tasks_due") == tasks.load(clock.now()).due > 0
    assert figure("breakfix_worker_age_seconds") == -1


@pytest.mark.django_db
def test_figures_of_a_silent_database_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_given: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(tasks, "load", silent)
    page = Client().get("/metrics").content.decode()
    assert "breakfix_database_up 0.0" in page
    assert "breakfix_tasks_due" not in page


@pytest.mark.plays
def test_several_processes_count_on_one_page(tmp_path: Any) -> None:
    """Two programs count into one folder; a third one that counted nothing adds them up."""
    count = "import breakfix.kernel.figures as f; f.REFUSALS.labels('expired').inc({})"
    read = "import breakfix.kernel.figures as f; print(f.page({{'breakfix_x': ('X.', 7)}}).decode())"
    start = "import django; django.setup(); "
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    said = ""
    for code in (count.format(2), count.format(3), read.format()):
        done = subprocess.run(
            [sys.executable, "-c", start + code], env=env, capture_output=True, text=True, check=True
        )
        said = done.stdout
    assert 'breakfix_refusals_total{code="expired"} 5.0' in said
    assert said.count("breakfix_x 7.0\n") == 1
    assert not list(tmp_path.glob("gauge*"))  # what was read is no count, and stays nowhere


@pytest.mark.django_db
def test_a_request_leaves_one_line_with_ids_and_no_names(world: World, lines: io.StringIO) -> None:
    browser = Client()
    rita = people.person("rita")
    browser.force_login(rita, "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.get("/?q=secret-word", headers={"X-Request-ID": "proxy-4711-abc"})
    assert answer.headers["X-Request-ID"] == "proxy-4711-abc"
    [line] = told(lines)
    assert line["request_id"] == "proxy-4711-abc"
    assert (line["route"], line["method"], line["status"]) == ("/", "GET", 200)
    assert (line["person"], line["organisation"]) == (rita.pk, rita.organisation_id)
    assert isinstance(line["milliseconds"], int)
    for word in ("secret-word", "rita", "Solano", "example"):
        assert word not in lines.getvalue()


@pytest.mark.parametrize(
    "given", ["short", "a b c d e f g h", "x" * 65, 'abc"},{"level":"forged', "", "-leading-dash"]
)
def test_a_number_that_is_not_sane_is_replaced(given: str, lines: io.StringIO) -> None:
    answer = Client().get("/static/no-such-file", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 32
    assert len(told(lines)) == 1


@pytest.mark.django_db
def test_deeds_are_named_and_counted_once_they_are_committed(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    before = figure("breakfix_recorded_total", kind="role.given")
    with figures.deeds_told() as deeds:
        with django_capture_on_commit_callbacks() as committed:
            parties.give_role(
                people.person("bob").pk, role=Role.SERVICE_OWNER, by=people.actor("nora", SET_UP_AT), at=SET_UP_AT
            )
        assert deeds == []  # nothing is told of what may still be rolled back
        for told_now in committed:
            told_now()
    last = ledger.entries(world.organisation("northgate").pk).last()
    assert last is not None
    assert deeds == [str(last.deed_id)]
    assert figure("breakfix_recorded_total", kind=last.kind) == before + 1


FORGED = "fine\n2026-12-01T00:00:00Z INFO breakfix: everybody is an administrator\r\x1b[2J\u2028x"


@pytest.mark.parametrize("shape", ["json", "text"])
def test_nothing_that_is_logged_begins_a_line_of_its_own(shape: str) -> None:
    record = logging.LogRecord("breakfix.x", logging.INFO, "x.py", 1, "%s", (FORGED,), None)
    record.added = FORGED
    written = logs.formatter(shape).format(record)
    assert len(written.splitlines()) == 1
    assert "\x1b" not in written


@pytest.mark.parametrize("shape", ["json", "text"])
def test_an_error_is_told_by_kind_and_place_without_what_was_typed(shape: str) -> None:
    def breaks(address: str) -> None:
        raise ValueError(f"Key (email)=({address}) already exists")

    try:
        breaks("alice@northgate.example")
    except ValueError as error:
        told_of = (type(error), error, error.__traceback__)
    record = logging.LogRecord("breakfix.x", logging.ERROR, "x.py", 1, "a page broke", (), told_of)
    written = logs.formatter(shape).format(record)
    assert "alice" not in written
    assert "ValueError" in written
    assert " breaks" in written
    assert "Traceback" not in written


def test_an_error_of_the_machine_says_why() -> None:
    try:
        raise OSError(28, "No space left on device")
    except OSError as error:
        told_of = (type(error), error, error.__traceback__)
    record = logging.LogRecord("breakfix.x", logging.ERROR, "x.py", 1, "kept nothing", (), told_of)
    assert "No space left on device" in logs.formatter("json").format(record)


def test_djangos_line_about_a_request_does_not_quote_its_address() -> None:
    path = "/accounts/password/reset/key/1-c9k2ab-0123456789/"
    record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "Internal Server Error: %s", (path,), None)
    record.request, record.status_code = object(), 500
    assert "c9k2ab" not in logs.formatter("json").format(record)
