"""Write tests/deep.txt: the tests that take long, which `make test` leaves to `make deep` (decision 0031).

    .venv/bin/python -m pytest --junitxml=all.xml -m "not browser and not postgres"     on a quiet machine
    .venv/bin/python -m pytest --junitxml=browser.xml -m browser
    python tools/slow.py all.xml:0.2 browser.xml:6      each with the seconds, fixtures included, that are long there

Of each file of tests at least its quickest one stays with `make test`, so that no subject is left out of it. What is
marked in the code stays marked; what was written here before and is quick now comes back.
"""

import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "deep.txt"
# Worth their time at every run: every route, the rules of the house, the promises about money and time, the opening
# story to the cent, and the one in which clocks wait for a client and a carrier.
ALWAYS = (
    *("tests/web/test_matrix.py", "tests/invariants/", "tests/api/test_described.py"),
    *("tests/cli/test_play.py", "tests/cli/test_demo.py", "tests/journeys/test_every_page.py"),
    *("tests/house/test_house.py", "tests/kernel/test_worktime_properties.py"),
    "tests/cli/test_stories.py::test_story_comes_out_as_it_says[the-unanswered-question]",
)
HEAD = """# Tests that take long, one a line; `make test` leaves them to `make deep` (docs/decisions/0031).
# Measured, not chosen: written by tools/slow.py. A test that is not here is tried at once.
"""


def slow(times: Iterable[tuple[str, float]], long: float) -> Iterator[str]:
    """The names of those that take more seconds than `long`, but for the quickest of each file."""
    of_file: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for name, took in times:
        of_file[name.partition("::")[0]].append((took, name))
    for found in of_file.values():
        quickest = min(found)
        found = [one for one in found if not one[1].startswith(ALWAYS)]
        yield from (name for took, name in found if took > long and (took, name) != quickest)


def measured(report: Path) -> Iterator[tuple[str, float]]:
    """Each test of a report of pytest's, by its node id, and its seconds."""
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest wrote it on this machine
        if case.find("skipped") is None:
            path = case.get("classname", "").replace(".", "/")
            yield f"{path}.py::{case.get('name')}", float(case.get("time", 0))


def main(reports: list[str]) -> int:
    if not reports:
        print(__doc__, file=sys.stderr)
        return 2
    asked = [(Path(path), float(long)) for path, _, long in (one.rpartition(":") for one in reports)]
    found = sorted(name for report, long in asked for name in slow(measured(report), long))
    LIST.write_text(HEAD + "".join(f"{name}\n" for name in found), encoding="utf-8")
    print(f"{len(found)} tests of {LIST.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
