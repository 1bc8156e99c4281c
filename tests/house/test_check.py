"""What `make test`, `make deep` and `make soak` do: no test is left out of both, and every failure has its name."""

import importlib
import xml.etree.ElementTree as ET
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from django.db import IntegrityError

from tests.conftest import READ, TAKE_LONG, asks_the_database, kind_of, left_out

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def test_no_test_of_a_soak_is_ended_for_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    check, lanes = importlib.import_module("check"), {}

    def told(_tally: Any, lane: str, *arguments: str, **_env: str) -> None:
        lanes[lane] = arguments

    monkeypatch.setattr(check.Tally, "pytest", told)
    monkeypatch.setattr(check, "database", lambda: nullcontext("postgres://somewhere"))
    tally = check.Tally()
    check.soak(tally)
    assert tally.patience is None
    assert len(lanes) == 4
    assert [lane for lane, given in lanes.items() if "faulthandler_timeout=0" not in given] == []


@pytest.mark.parametrize(("ready", "deep"), [(True, False), (False, False), (True, True)])
def test_each_database_begins_with_tables_of_its_own(
    monkeypatch: pytest.MonkeyPatch, ready: bool, deep: bool
) -> None:
    """Those of PostgreSQL are made beside the checks; where that failed each worker applies the migrations itself."""
    monkeypatch.syspath_prepend(TOOLS)
    check, begins = importlib.import_module("check"), {}

    def told(_tally: Any, lane: str, *_arguments: str, **env: str) -> None:
        begins[lane] = (env["TEST_DATABASE_URL"], env.get("BREAKFIX_TABLES"))

    def migrated(var: Path, url: str = "") -> str:
        return (url or var.name) if ready or not url else ""

    monkeypatch.setattr(check.Tally, "pytest", told)
    monkeypatch.setattr(check.Tally, "run", lambda *_given, **_env: None)
    monkeypatch.setattr(check, "database", lambda: nullcontext("postgres://somewhere"))
    monkeypatch.setattr(check, "beside", lambda url: nullcontext(("empty", f"{url}/empty")))
    monkeypatch.setattr(check, "migrated", migrated)
    monkeypatch.setattr(check, "chromium", lambda: "/chromium")
    check.everything(check.Tally(), deep=deep)
    on_the_server = ("postgres://somewhere", "empty" if ready else None)
    assert begins == {
        **dict.fromkeys(("SQLite", "browser"), ("", "here")),
        **dict.fromkeys(("PostgreSQL", *(["restoring on PostgreSQL"] if deep else [])), on_the_server),
    }


@dataclass
class Chosen:
    """A run's own choice of tests, as tests/conftest.py asks for it."""

    rootpath: Path
    only: str = "db"
    asking: tuple[str, ...] = ()
    beyond: bool = False

    def getoption(self, name: str) -> Any:
        return getattr(self, name.removeprefix("--"))


def test_two_runs_leave_no_test_out_and_do_none_twice(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what runs on PostgreSQL: `make test` and `make deep` share it out; told by what this run has read of it."""
    monkeypatch.syspath_prepend(TOOLS)
    check, root = importlib.import_module("check"), request.config.rootpath
    before = Chosen(root, asking=check.DEEDS)  # what was meant to run there, before it was shared out
    test, beyond = Chosen(root, asking=(check.ASKED,)), Chosen(root, asking=check.DEEDS, beyond=True)
    for one in request.config.stash[READ]:
        if left_out(cast(Any, before), one):
            continue
        now = not left_out(cast(Any, test), one) and not one.get_closest_marker("deep")
        later = not left_out(cast(Any, beyond), one)
        assert now != later, one.nodeid


def test_list_of_what_takes_long_names_tests_that_there_are(request: pytest.FixtureRequest) -> None:
    """Told by the files that this run has read as a whole; no file has all of its tests there."""
    read: dict[str, set[str]] = {}
    for one in request.config.stash[READ]:
        read.setdefault(one.nodeid.partition("::")[0], set()).add(one.nodeid)
    whole = {
        name: found for name, found in read.items() if not any(f"{name}::" in arg for arg in request.config.args)
    }
    listed = {one for one in TAKE_LONG if one.partition("::")[0] in whole}
    assert {one for one in listed if one not in whole[one.partition("::")[0]]} == set()
    assert {name for name, found in whole.items() if found <= TAKE_LONG} == set()


def test_what_takes_long_is_written_but_for_the_quickest_of_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    slow = importlib.import_module("slow")
    times = [("a.py::x", 0.1), ("a.py::y", 5.0), ("b.py::x", 2.0), ("b.py::y", 1.0)]
    assert list(slow.slow(times, long=0.5)) == ["a.py::y", "b.py::x"]


def test_continuous_integration_does_both() -> None:
    said = (TOOLS.parent / ".ci" / "run").read_text().splitlines()
    assert [line.split()[:2] for line in said if line.startswith("make ")] == [["make", "test"], ["make", "deep"]]


def test_end_of_a_run_names_each_test_that_failed_and_each_whose_fixture_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    check = importlib.import_module("check")
    suite = ET.fromstring(
        "<testsuite><testcase classname='tests.a' name='fine'/>"
        "<testcase classname='tests.a' name='torn'><error message='on teardown&#10;and more'/></testcase>"
        "<testcase classname='tests.b' name='wrong'><failure message='assert 3 == 4'/></testcase></testsuite>"
    )
    tally = check.Tally(failed=list(check.faults("browser", suite)))
    assert tally.close(0) == 1
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("!!!")] == [
        "!!! FAILED browser: tests.a.torn (error): on teardown",
        "!!! FAILED browser: tests.b.wrong (failure): assert 3 == 4",
    ]


def test_files_that_took_longest_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    check = importlib.import_module("check")
    cases = (("tests.a", "1.4"), ("tests.b", "2"), ("tests.a", "1.2"), ("tests.c", "0.1"))
    suite = "".join(f"<testcase classname='{name}' time='{took}'/>" for name, took in cases)
    assert check.longest(ET.fromstring(f"<testsuite>{suite}</testsuite>"), most=2) == "a 3 s, b 2 s"


def test_what_a_test_says_of_itself_is_read_from_its_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    check = importlib.import_module("check")
    case = (
        "<testcase><properties><property name='told' value='ratify 200 done'/>"
        "<property name='other' value='x'/></properties></testcase>"
    )
    assert list(check.told(ET.fromstring(f"<testsuite>{case}<testcase/></testsuite>"))) == ["ratify 200 done"]


@pytest.mark.parametrize(
    ("second", "failed", "unsteady"),
    [
        ([], [], ["tests, browser", "browser: a (error): torn"]),
        (["still"], ["tests, browser", "browser: a (error): torn", "still"], []),
    ],
    ids=["passes", "fails"],
)
def test_browser_test_that_failed_has_to_pass_alone_and_is_named(
    monkeypatch: pytest.MonkeyPatch, second: list[str], failed: list[str], unsteady: list[str]
) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    check = importlib.import_module("check")
    said, asked = [["tests, browser", "browser: a (error): torn"], second], []

    def told(tally: Any, lane: str, *arguments: str, **_env: str) -> None:
        asked.append(arguments)
        tally.lanes[lane] = (1, 1.0)
        tally.failed += said[len(asked) - 1]

    monkeypatch.setattr(check.Tally, "pytest", told)
    tally = check.Tally(failed=["types"])
    tally.twice("browser", "-n", "2", "-m", "browser")
    assert asked == [("-n", "2", "-m", "browser"), ("-n", "2", "-m", "browser", "-n", "0", "--last-failed")]
    assert tally.failed == ["types", *failed]
    assert tally.unsteady == unsteady
    assert list(tally.lanes) == ["browser"]


def test_fast_run_leaves_no_pure_test_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folders that it does not read; told by whatever this run has read of them."""
    monkeypatch.syspath_prepend(TOOLS)
    check = importlib.import_module("check")
    tests = Path(__file__).resolve().parents[1]
    unread = [one for one in request.session.items if one.path.relative_to(tests).parts[0] in check.NEVER_PURE]
    assert [one.nodeid for one in unread if kind_of(one) == "pure"] == []


def answered_by_the_database() -> None:
    def inner() -> None:
        with pytest.raises(IntegrityError):
            raise IntegrityError

    inner()


def answered_by_python() -> None:
    with pytest.raises(ValueError, match="not a number"):
        raise ValueError("not a number")


def test_what_asks_the_database_itself_is_told_from_what_asks_python(request: pytest.FixtureRequest) -> None:
    """What PostgreSQL gets of the files that it gets only this of."""
    named = {name: pytest.Function.from_parent(request.node.parent, name=name, callobj=made) for name, made in MADE}
    named["race"].add_marker(pytest.mark.postgres)
    named["commit"].add_marker(pytest.mark.django_db(transaction=True))
    assert {name for name, item in named.items() if asks_the_database(item)} == {"refusal", "race", "commit"}


MADE = (
    ("refusal", answered_by_the_database),
    ("python", answered_by_python),
    ("race", answered_by_python),
    ("commit", answered_by_python),
)


def test_every_file_of_which_postgresql_gets_little_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was renamed would run there in whole again, and nobody would know why."""
    monkeypatch.syspath_prepend(TOOLS)
    check = importlib.import_module("check")
    root = Path(__file__).resolve().parents[2]
    assert [one for one in (*check.ALIKE, *check.DEEDS, *check.HARDER) if not list(root.glob(one))] == []
    assert [one for one in check.LONG if not (root / "tests" / f"{one}.py").is_file()] == []
    assert [one for one in check.NEVER_PURE if not (root / "tests" / one).is_dir()] == []
