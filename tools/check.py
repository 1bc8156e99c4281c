"""`make test`, `make deep`, `make fast` and `make soak`: run every check, say what was skipped, and count.

`make test` tries each kind of thing, on both databases and in a browser; `make deep` tries the rest of each kind,
the tests marked `deep`, and continuous integration does both (decision 0031).

All checks run even when an early one fails, so that one run tells everything. Exit code 1 if any failed.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from chromium import chromium
from postgres import beside, database

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
WORKERS = str(min(2, os.cpu_count() or 1))
SOAK = "200"  # examples of each operation for each caller, unless BREAKFIX_SOAK says otherwise
# On PostgreSQL `make test` asks what the database itself says: its constraints, fences, races and numbers of queries
# (`asks_the_database` in tests/conftest.py). `make deep` asks the rest there, whole stories over the API among it.
ASKED = "tests/*"
# What comes to the same on every database, and why; on PostgreSQL run what asks it something of its own: constraints,
# races, both fences, every deed, every list and its number of queries, the log, and whole stories over the API.
ALIKE = (
    "tests/web/test_[!m]*",  # what pages look like; the matrix reads and presses every one of them there, too
    "tests/journeys/test_story_over_http.py",  # the story over the API makes the same rows, behind both fences
    *(f"tests/attacks/test_{one}.py" for one in ("bad_input", "canaries", "fields", "scripts")),  # hostile words
    # Ids of others, asked as a role that no fence binds: decided in Python, before a row is looked at.
    *(f"tests/attacks/test_{one}.py" for one in ("foreign_ids", "odd_requests")),
    "tests/api/test_described.py",  # the API's own description
    "tests/documents/*",  # frozen plain content in, PDF out
    "tests/cli/test_stories.py",  # what the terminal says of stories; `play` itself runs on both
    *(f"tests/histories/test_{one}.py" for one in ("exporting", "offline*")),  # what needs no database any more
)
# What people do in one module after the other. It has passed on SQLite through the same code, and the statements that
# this code makes are asked on PostgreSQL as well: by every deed and page of the matrix, by every deed and list of the
# API, by whole stories. Of these files PostgreSQL gets what asks the database itself (`asks_the_database` in
# tests/conftest.py): what its constraints and guards refuse, how many questions a list takes, who waits for whom.
# All of it runs there in a soak.
DEEDS = (
    *(f"tests/{one}/*" for one in ("approvals", "assets", "changes", "custody", "diagnosis", "dispatch", "quotes")),
    *(f"tests/{one}/*" for one in ("reports", "roster")),
    "tests/incidents/test_[!w]*",  # the warnings of clocks make statements of their own
    "tests/parts/test_[!j]*",  # a part's whole journey does
    "tests/work/test_[!n]*",  # and the night of work
    *(f"tests/jobs/test_{one}.py" for one in ("consequences", "notices")),  # `play` lets a worker run on both
    "tests/histories/test_sealing.py",  # and seals a pack
    "tests/cli/test_demo.py",  # the same player as in the stories
    *(f"tests/api/test_{one}.py" for one in ("door", "versions")),  # what Python says before a row is looked at
)
# What PostgreSQL tries harder (behind both fences; the second press in the middle of the first), left out on SQLite
# where there is a server. In a soak it runs on both.
HARDER = tuple(f"tests/journeys/test_{one}.py" for one in ("story_over_api", "pressed_twice"))
# No test of these folders is pure, and reading them takes a third of the time (tests/conftest.py sees to it).
NEVER_PURE = ("accounts", "api", "custody", "invariants", "journeys")
# The longest of the pure tests, for `make fast`: the first here to one half, the second to the other, and so on.
LONG = (
    *("house/test_house", "histories/test_offline", "outbox/test_calls", "kernel/test_worktime_properties"),
    *("kernel/test_merkle", "histories/test_offline_inside", "intake/test_reading", "quotes/test_calibration_rules"),
    *("roster/test_taxonomy", "intake/test_mail_reading"),
)
# What `make test` tries with some of the people, and each of these with everybody, on both databases.
EVERYBODY = (
    *(f"tests/attacks/test_{one}.py" for one in ("canaries", "foreign_ids", "odd_requests", "scripts")),
    *("tests/web/test_matrix.py", "tests/api/test_deeds.py", "tests/api/test_reads.py"),
)
MOST_TOLD = 60  # failures named at the end
PATIENCE = 40 * 60  # seconds for one check: one that hangs is a failure that names itself, not an endless run


@dataclass
class Tally:
    """What this run did: its failures, what it had to leave out, its tests and seconds per lane."""

    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    lanes: dict[str, tuple[int, float]] = field(default_factory=dict)
    patience: int | None = PATIENCE

    def run(self, name: str, *command: str, in_the_end: bool = False, **env: str) -> None:
        """Run one check with its output shown, as it comes or as a whole; remember it when it fails."""
        print(f"\n=== {name}", flush=True)
        start = time.monotonic()
        # Neither a shell's settings nor its colours change what is checked; what was compiled once stays compiled.
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        said = ""
        try:
            done = subprocess.run(
                [str(BIN / command[0]), *command[1:]],
                cwd=ROOT,
                env={**inherited, "DJANGO_SETTINGS_MODULE": "tests.settings", **env},
                check=False,
                timeout=self.patience,
                stdout=subprocess.PIPE if in_the_end else None,
                text=True,
            )
            code, said = done.returncode, done.stdout or ""
        except subprocess.TimeoutExpired:
            code = 124  # as timeout(1) says it
        print(
            f"{said}--- {name}: {'ok' if code == 0 else f'FAILED ({code})'}, {time.monotonic() - start:.1f} s",
            flush=True,
        )
        if code:
            self.failed.append(name)

    def pytest(self, lane: str, *arguments: str, in_the_end: bool = False, **env: str) -> None:
        """Run one lane of tests and read its count from the report."""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            start = time.monotonic()
            command = ("python", "-m", "pytest", "-q", f"--junitxml={report}", *arguments)
            self.run(f"tests, {lane}", *command, in_the_end=in_the_end, **env)
            if not report.exists():
                self.lanes[lane] = (0, time.monotonic() - start)
                return
            suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - pytest wrote it a moment ago
        assert suite is not None, "pytest wrote a report without a testsuite"  # noqa: S101 - a tool's own check
        left_out = [case for case in suite.iter("testcase") if case.find("skipped") is not None]
        self.lanes[lane] = (int(suite.get("tests", 0)) - len(left_out), time.monotonic() - start)
        for case in left_out:
            reason = case.find("skipped")
            message = reason.get("message", "") if reason is not None else ""
            self.skipped.append(f"{lane}: {case.get('name')}: {message}")
        self.failed += list(faults(lane, suite))
        for line in (*told(suite), f"longest in {lane}: {longest(suite)}"):
            print(line)

    def twice(self, lane: str, *arguments: str, **env: str) -> None:
        """Run a lane of browser tests; what failed has to pass in a new browser, alone, and is named all the same."""
        before, self.failed = self.failed, []
        self.pytest(lane, *arguments, **env)
        if self.failed:
            first, self.failed = self.failed, []
            again = f"{lane}, once more"
            self.pytest(again, *arguments, "-n", "0", "--last-failed", **env)
            del self.lanes[again]
            if self.failed:
                self.failed = first + self.failed
            else:
                self.unsteady += first
        self.failed = before + self.failed

    def close(self, seconds: float) -> int:
        """Print the closing lines and return the exit code."""
        print("\n" + "=" * 78)
        for line in self.skipped:
            print(f"!!! SKIPPED {line}")
        if not self.skipped:
            print("Nothing was skipped.")
        for line in self.unsteady:
            print(f"!!! UNSTEADY, passed only the second time: {line}")
        for line in self.failed[:MOST_TOLD]:
            print(f"!!! FAILED {line}")
        if len(self.failed) > MOST_TOLD:
            print(f"!!! FAILED and {len(self.failed) - MOST_TOLD} more: see above")
        lanes = ", ".join(f"{lane} {count} in {took:.0f} s" for lane, (count, took) in self.lanes.items())
        total = sum(count for count, _ in self.lanes.values())
        print(f"{total} tests ({lanes}); {len(self.failed)} failures; {seconds:.0f} s in all")
        return 1 if self.failed else 0


def faults(lane: str, suite: ET.Element) -> Iterator[str]:
    """Each test that failed, or whose fixture did, with the first line of why, so that the end says what to mend."""
    for case in suite.iter("testcase"):
        for kind in ("failure", "error"):
            for fault in case.findall(kind):
                why = (fault.get("message") or "").strip().partition("\n")[0][:200]
                yield f"{lane}: {case.get('classname')}.{case.get('name')} ({kind}): {why}"


def longest(suite: ET.Element, most: int = 12) -> str:
    """The files that took longest, with their seconds: where the next one who wants to be faster looks first."""
    seconds: dict[str, float] = defaultdict(float)
    for case in suite.iter("testcase"):
        seconds[case.get("classname", "").removeprefix("tests.")] += float(case.get("time", 0))
    found = sorted(seconds.items(), key=lambda one: -one[1])[:most]
    return ", ".join(f"{name} {took:.0f} s" for name, took in found)


def told(suite: ET.Element) -> Iterator[str]:
    """What tests say of themselves: in a soak, how often each deed was done and refused."""
    return (one.get("value", "") for one in suite.iter("property") if one.get("name") == "told")


def lint(tally: Tally) -> None:
    tally.run("ruff check", "ruff", "check", ".")
    tally.run("ruff format", "ruff", "format", "--check", ".")
    tally.run("import contracts", "lint-imports", "--no-logo")


def migrated(var: Path, url: str = "") -> str:
    """Apply every migration once, so that no worker spends seconds on it; the SQLite file, empty if that failed."""
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("BREAKFIX_", "DATABASE_", "DJANGO_"))
    }
    where = {"BREAKFIX_VAR": str(var), **({"DATABASE_URL": url} if url else {})}
    done = subprocess.run([str(BIN / "breakfix"), "migrate"], env={**inherited, **where}, check=False)
    return str(var / "breakfix.sqlite3") if done.returncode == 0 else ""


def shared(folder: Path) -> str:
    """Where workers hand on to each other what they have built, with the one key that all of them seal with."""
    keys = folder / "shared" / "keys"
    keys.mkdir(parents=True)
    (keys / "factors.key").write_bytes(os.urandom(32))
    return str(keys.parent)


def read_only(tally: Tally) -> None:
    """What looks at the files and runs none of the tests."""
    lint(tally)
    if any(ROOT.glob("src/breakfix/*/templates/**/*.html")):
        tally.run("templates", "djlint", "src/breakfix", "--lint", "--quiet")
    tally.run("types", "mypy")
    tally.run("migrations", "python", "-m", "django", "makemigrations", "--check", "--dry-run")


def everything(tally: Tally, *, deep: bool = False) -> None:
    """All of `make test`; `deep`: what it leaves out, and nothing that it did."""
    # Few tests at a time to each, so that both end together; stealing work has been seen to hang.
    parallel = ("-n", WORKERS, "--maxschedchunk", "4")
    depth = "deep" if deep else "not deep"
    with database() as url, tempfile.TemporaryDirectory() as folder, ExitStack() as until_the_end:
        name, template = until_the_end.enter_context(beside(url)) if url else ("", "")
        # Checking the files keeps one core busy, half a minute of migrations another.
        aside = until_the_end.enter_context(ThreadPoolExecutor(1))
        there = aside.submit(migrated, Path(folder) / "there", template) if url else None
        if not deep:
            read_only(tally)
        here = {"TEST_DATABASE_URL": "", "BREAKFIX_TABLES": migrated(Path(folder) / "here")}
        here |= {"BREAKFIX_SHARED": shared(Path(folder))}
        harder = tuple(f"--ignore={one}" for one in HARDER) if url else ()
        tally.pytest("SQLite", *parallel, "-m", f"not browser and not postgres and {depth}", *harder, **here)
        in_a_browser(tally, parallel, here, depth)
        if url and there is not None:
            ready = {"BREAKFIX_TABLES": name} if there.result() else {}
            on_postgresql(tally, parallel, deep=deep, TEST_DATABASE_URL=url, **ready)
        else:
            tally.skipped.append("EVERY TEST ON POSTGRESQL: no server here, and none could be started")


def in_a_browser(tally: Tally, parallel: tuple[str, ...], here: dict[str, str], depth: str) -> None:
    path = chromium()
    if not path:
        tally.skipped.append("EVERY BROWSER TEST: no Chromium here (BREAKFIX_CHROMIUM=/path names one)")
        return
    # Only files that need one are read: the others take longer to read than some of its tests to run.
    files = [str(one) for one in sorted(ROOT.glob("tests/**/test_*.py")) if "mark.browser" in one.read_text()]
    tally.twice("browser", *parallel, "-m", f"browser and {depth}", *files, BREAKFIX_CHROMIUM=path, **here)


def on_postgresql(tally: Tally, parallel: tuple[str, ...], *, deep: bool, **there: str) -> None:
    # What touches no database has passed above and would pass again, as would what is `ALIKE` and most of `DEEDS`.
    once = ("--only=db", *(f"--ignore-glob={one}" for one in ALIKE))
    if not deep:
        tally.pytest("PostgreSQL", *parallel, *once, f"--asking={ASKED}", "-m", "not browser and not deep", **there)
        return
    once += tuple(f"--asking={one}" for one in DEEDS)
    tally.pytest("PostgreSQL", *parallel, *once, "--beyond", "-m", "not browser", **there)
    # Programs with databases of their own, two at a time.
    drills = ("tests/cli", "-m", "plays and postgres", "-n", WORKERS)
    tally.pytest("restoring on PostgreSQL", *drills, **there)


def fast(tally: Tally) -> None:
    lint(tally)
    # Fewer examples per property; the contracts themselves have just been checked, and a passphrase takes long to
    # try, by whoever guesses it and by a test.
    few = ("--hypothesis-profile=few", "-k", "not contracts and not passphrase", "-p", "no:schemathesis")
    few += ("--only=pure", "-p", "no:unraisableexception")
    # Two programs that share the files out: each reads only its own, and nobody has to pass on what they say.
    files = [one for one in ROOT.glob("tests/*/test_*.py") if one.parent.name not in NEVER_PURE]
    # The long ones in turn, then by name: neighbours are alike, also in how long they take.
    long = [ROOT / "tests" / f"{one}.py" for one in LONG]
    files = long + sorted(set(files) - set(long))

    def half(first: int) -> None:
        lane = ("pure, one half", "pure, other half")[first]
        tally.pytest(lane, *few, *map(str, files[first::2]), in_the_end=True, TEST_DATABASE_URL="")

    with ThreadPoolExecutor(2) as beside_each_other:
        list(beside_each_other.map(half, (0, 1)))


def soak(tally: Tally) -> None:
    """What takes longer and finds more, on both databases; whoever started it ends it, so it has all the time.

    First everything that `make test` does with some only or on one database only, which takes an hour; then the API
    against its description, for as long as that takes.
    """
    tally.patience = None
    examples = os.environ.get("BREAKFIX_SOAK") or SOAK
    # A single test of it takes hours: what ends a hanging one after half an hour stands aside, too.
    patient = ("-o", "faulthandler_timeout=0")
    parallel = (*patient, "-n", WORKERS, "--maxschedchunk", "4")
    told = (*patient, "tests/api/test_described.py", "-n", WORKERS)
    here = {"TEST_DATABASE_URL": "", "BREAKFIX_SOAK": examples}
    more = ("tests/cli/test_play.py", "tests/kernel/test_worktime_properties.py")  # ten thousand random clocks
    tally.pytest("everybody on SQLite", *parallel, *EVERYBODY, *HARDER, *more, "-m", "not postgres", **here)
    with database() as url:
        there = {"TEST_DATABASE_URL": url or "", "BREAKFIX_SOAK": examples}
        if url:
            every = ("--only=db", "-m", "not browser", "--ignore=tests/api/test_described.py")
            tally.pytest("everything on PostgreSQL", *parallel, *every, **there)
        tally.pytest("soak on SQLite", *told, **here)
        if url:
            tally.pytest("soak on PostgreSQL", *told, **there)
        else:
            tally.skipped.append("THE SOAK ON POSTGRESQL: no server here, and none could be started")


def main(which: str) -> int:
    start = time.monotonic()
    tally = Tally()
    if which == "fast":
        fast(tally)
    elif which == "soak":
        soak(tally)
    elif which == "deep":
        everything(tally, deep=True)
    else:
        everything(tally)
    return tally.close(time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
