"""What every test stands on: one database, closed sockets, scratch folders.

`--only=pure` keeps the tests that need no database and no browser, `--only=db` those that need a database,
`--only=browser` those that need a browser. Tests marked `postgres` run where TEST_DATABASE_URL is set.
"""

import contextlib
import gc
import http.client
import importlib.util
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from copy import copy
from fnmatch import fnmatch
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import client
from django.test.utils import ContextList
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# ---- Shared fixtures live in tests/people.py (alice, bob, ...) and tests/makers.py (what a test builds);
# ---- name a further file here, and pytest finds its fixtures everywhere.
pytest_plugins = [
    name for name in ("tests.people", "tests.makers", "tests.plain_role") if importlib.util.find_spec(name)
]

# What takes long, as it was measured (tools/slow.py); it is marked as what is marked in the code.
TAKE_LONG = frozenset((Path(__file__).parent / "deep.txt").read_text(encoding="utf-8").splitlines())
READ = pytest.StashKey[list[pytest.Item]]()  # every test that was read, before any was left out
ON_POSTGRES = bool(os.environ.get("TEST_DATABASE_URL"))
PATIENCE = 120  # seconds until a test gives up on a browser or its server: a busy machine is slow, which is no fault
# What tests of the database's own answers name or ask for.
ASKING = {"IntegrityError", "DatabaseError", "ProgrammingError", "CaptureQueriesContext", "cursor"}
COUNTING = {"django_assert_num_queries", "django_assert_max_num_queries", "as_plain_role"}
STORIES = {"test_demo.py", "test_play.py", "test_stories.py"}  # files whose tests play whole ones
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "client", "admin_client"}

# A loaded machine is slow, which is no property of the code; the same examples come at every run.
hypothesis_settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile("few", hypothesis_settings.get_profile("house"), max_examples=10)
hypothesis_settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only", choices=["pure", "db", "browser"], help="keep only this kind of test")
    parser.addoption(
        "--asking", action="append", default=[], help="of these files keep what asks the database itself"
    )
    parser.addoption("--beyond", action="store_true", help="leave out what `make test` asks of this database")


def kind_of(item: pytest.Item) -> str:
    """Say what a test needs: a browser, a program of its own, the database, or nothing but Python."""
    for needed in ("browser", "plays"):
        if item.get_closest_marker(needed):
            return needed
    needs = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("postgres")
    return "db" if marked or needs & DATABASE_FIXTURES else "pure"


def asks_the_database(item: pytest.Item) -> bool:
    """Whether a test is about what the database itself refuses, counts or lets wait; every other asks Python."""
    if item.get_closest_marker("postgres") or commits(item) or COUNTING & set(getattr(item, "fixturenames", ())):
        return True
    return bool(ASKING & names_in(item.function.__code__))


def names_in(code: CodeType) -> set[str]:
    """Every name that a function and those inside it use."""
    inner = (names_in(one) for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*inner)


def left_out(config: pytest.Config, item: pytest.Item) -> bool:
    only, asking = config.getoption("--only"), config.getoption("--asking")
    if only and kind_of(item) != only:
        return True
    path = item.path.relative_to(config.rootpath).as_posix()
    asks = asks_the_database(item)
    if config.getoption("--beyond") and asks and not item.get_closest_marker("deep"):
        return True
    return any(fnmatch(path, one) for one in asking) and not asks


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[READ] = list(items)
    for item in items:
        if item.nodeid in TAKE_LONG:
            item.add_marker(pytest.mark.deep)
    if dropped := {item for item in items if left_out(config, item)}:
        config.hook.pytest_deselected(items=list(dropped))
        items[:] = [item for item in items if item not in dropped]
    # The longest tests go first, so that nobody waits for them in the end; the rest stays in random order.
    items.sort(key=turn_of)
    for item in items:
        if item.get_closest_marker("postgres") and not ON_POSTGRES:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set TEST_DATABASE_URL"))


def turn_of(item: pytest.Item) -> int:
    """Whole stories before everything that many people try, and that before all that is short."""
    if {"journeys", "invariants"} & set(item.path.parts) or kind_of(item) == "plays" or item.path.name in STORIES:
        return 0
    return 1 if {"attacks", "api"} & set(item.path.parts) or item.path.name == "test_matrix.py" else 2


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again costs a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def only_the_page_itself(
    store: dict[str, Any], signal: Any, sender: Any, template: Any, context: Any, **_: Any
) -> None:
    """Remember a page's context, not those of its hundred parts: copying them takes longer than making the page."""
    if "context" not in store:
        store["templates"], store["context"] = [template], ContextList([copy(context)])


client.store_rendered_templates = only_the_page_itself


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Begin with the tables of BREAKFIX_TABLES; Django still applies whatever migration is missing in them."""
    ready, kept = os.environ.get("BREAKFIX_TABLES"), []
    if ready and not ON_POSTGRES:
        make = connection.creation._create_test_db

        def filled(*args: Any, **kwargs: Any) -> Any:
            name = make(*args, **kwargs)
            kept.append(sqlite3.connect(name, uri=True))  # a database in memory lives as long as somebody holds it
            with contextlib.closing(sqlite3.connect(ready)) as source:
                source.backup(kept[0])
            return name

        connection.creation._create_test_db = filled
    yield
    for one in kept:
        one.close()


@pytest.fixture(autouse=True)
def _closed_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test reach beyond this machine."""
    connect = socket.socket.connect

    def connect_at_home(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_at_home)


@pytest.fixture(autouse=True)
def _scratch(request: pytest.FixtureRequest, settings: Any) -> None:
    """Give each test its own files and mails, and no memory of another test's sign-in attempts."""
    if kind_of(request.node) == "pure":
        return  # neither keeps nor sends anything
    tmp_path: Path = request.getfixturevalue("tmp_path")
    settings.BREAKFIX_FILES = tmp_path / "files"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    cache.clear()


def commits(item: pytest.Item) -> bool:
    """Whether a test really commits, so that its rows have to be deleted afterwards."""
    marker = item.get_closest_marker("django_db")
    told = bool(marker and marker.kwargs.get("transaction"))
    return told or bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


@pytest.fixture(autouse=True)
def _guards_step_aside(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that commits: empty the tables while the guard triggers are away (SQLite empties by DELETE)."""
    if not commits(request.node) or ON_POSTGRES:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"
        )
        guards = cursor.fetchall()
        for name, _ in guards:
            cursor.execute(f"DROP TRIGGER {name}")
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
    with connection.cursor() as cursor:
        for _, statement in guards:
            cursor.execute(statement)


@pytest.fixture(autouse=True)
def _ledger_tells_all(request: pytest.FixtureRequest, _guards_step_aside: None) -> Iterator[None]:
    """After a test with a database each row equals its last after-image in the log (marker `tampers` opts out)."""
    if kind_of(request.node) != "db":
        yield
        return
    # Neither can be imported before Django is set up.
    from breakfix.kernel.ledger.rebuild import differences
    from tests.snapshots import distrusted, told_by_the_log

    request.getfixturevalue("transactional_db" if commits(request.node) else "db")
    if request.node.get_closest_marker("tampers"):
        with distrusted():
            yield
        return
    yield
    assert told_by_the_log(differences) == []


@pytest.fixture(autouse=True)
def _nobody_asks_any_more(request: pytest.FixtureRequest, _guards_step_aside: None) -> Iterator[None]:
    """Before the rows of a browser's test are deleted its tabs are closed and all they asked for is answered."""
    if not {"browser", "live_server"} <= set(request.fixturenames):
        yield
        return
    running, server = request.getfixturevalue("browser"), request.getfixturevalue("live_server")
    # Two threads on one connection free the same memory twice: an error here, a crash some pages later.
    assert not server.thread.connections_override, "the server's threads would share the test's connection"
    yield
    for context in running.contexts:
        context.close()
    # The server takes connections in the order in which they came: once this one is answered, none of a tab waits.
    last = http.client.HTTPConnection(server.thread.host, server.thread.port, timeout=PATIENCE)
    last.request("GET", "/static/web/mark.svg", headers={"Connection": "close"})
    last.getresponse().read()
    last.close()
    answering = [one for one in threading.enumerate() if "process_request_thread" in one.name]
    for one in answering:
        one.join(timeout=PATIENCE)
    assert not any(one.is_alive() for one in answering), "the server still answers a tab that is closed"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Yield a running Chromium (Playwright's `Browser`); a test makes its own context and size."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("BREAKFIX_CHROMIUM")
    if not path:
        pytest.skip("no Chromium: `make test` finds one, or set BREAKFIX_CHROMIUM=/path")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    # Containers often give their shared memory 64 MB, in which a tab of Chromium dies.
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags, timeout=PATIENCE * 1000)
        make = running.new_context

        def patient(**given: Any) -> Any:
            context = make(**given)
            context.set_default_timeout(PATIENCE * 1000)
            return context

        running.new_context = patient
        yield running
        running.close()
