"""The house test catches what it is there for: one deliberate break each, beside one that is fine."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest

from tests.house import rulebook

ROOT = Path(__file__).resolve().parents[2]

GOOD_DEED = """
@transaction.atomic
def approve_quote(quote_id: int, *, by: Actor, at: datetime) -> Quote:
    require(by, Deed.APPROVE_QUOTE)
    quote.save(update_fields=["status"])
    record("quote.approved", subject=quote, by=by, at=at)
"""

BREAKS = [
    (rulebook.clock, "quotes/queries.py", "from datetime import datetime\nlate = datetime.now()"),
    (
        rulebook.clock,
        "quotes/models.py",
        "from django.utils import timezone\nat = Field(default=timezone.now)",
    ),
    (rulebook.clock, "jobs/sweeps.py", "from time import time"),
    (rulebook.clock, "jobs/sweeps.py", "import datetime as dt\ndue = dt.date.today()"),
    (rulebook.clock, "quotes/models.py", "at = models.DateTimeField(auto_now_add=True)"),
    (rulebook.writes, "web/quotes.py", "quote.save()"),
    (rulebook.writes, "quotes/queries.py", "Quote.objects.filter(pk=1).update(status='approved')"),
    (rulebook.writes, "quotes/models.py", "self.lines.create(text='x')"),
    (rulebook.writes, "jobs/sweeps.py", "Entry.objects.all().delete()"),
    (rulebook.writes, "histories/queries.py", "Seen.objects.get_or_create(pk=1)"),
    (rulebook.writes, "web/desk.py", "connection.cursor()"),
    (rulebook.deeds, "quotes/actions.py", GOOD_DEED.replace("@transaction.atomic", "")),
    (rulebook.deeds, "quotes/actions.py", GOOD_DEED.replace("require(", "check(")),
    (rulebook.deeds, "quotes/actions/approval.py", GOOD_DEED.replace("record(", "log(")),
    (rulebook.deeds, "quotes/actions.py", GOOD_DEED.replace("*, by: Actor,", "by: Actor, *,")),
    (rulebook.deeds, "quotes/actions.py", GOOD_DEED.replace(", at: datetime", "")),
    (rulebook.topics, "quotes/ways.py", "from breakfix.incidents import queries, steps"),
    (rulebook.topics, "quotes/ways.py", "from breakfix.quotes.actions.issuing import issue_quote"),
    (rulebook.sizes, "quotes/rules.py", "x = 1\n" * 401),
    (rulebook.sizes, "quotes/rules.py", "def long():\n" + "    x = 1\n" * 50),
    (rulebook.sizes, "web/templates/web/desk.html", "<p>\n" * 401),
    (rulebook.names, "quotes/utils.py", ""),
    (rulebook.names, "quotes/price_helpers.py", ""),
    (rulebook.names, "common/money.py", ""),
    (rulebook.names, "quotes/__init__.py", "from breakfix.quotes.models import Quote"),
    (rulebook.magic, "quotes/apps.py", "from django.db.models.signals import post_save"),
    (rulebook.magic, "quotes/apps.py", "from django.dispatch import receiver"),
    (rulebook.magic, "quotes/models.py", "class Quote(Row):\n    def save(self):\n        pass"),
    (rulebook.magic, "web/tags.py", "from django.utils.safestring import mark_safe"),
    (rulebook.markup, "web/templates/a.html", "<p>\n<script>alert(1)</script>"),
    (rulebook.markup, "web/templates/a.html", "<style>p {}</style>"),
    (rulebook.markup, "web/templates/a.html", '<p class="x" style="color: red">'),
    (rulebook.markup, "web/templates/a.html", "<a\n  onclick=go()>"),
    (rulebook.markup, "web/templates/a.html", '<a hx-on:click="go()">'),
    (rulebook.markup, "web/templates/a.html", "{{ note|safe }}"),
    (rulebook.markup, "web/templates/a.html", "{% autoescape off %}"),
    (rulebook.markup, "web/templates/a.html", '<script src="//cdn.example/x.js"></script>'),
    (rulebook.markup, "jobs/templates/mail/a.html", "<script>alert(1)</script>"),
]


@pytest.mark.parametrize(("check", "path", "source"), BREAKS)
def test_rulebook_catches_a_break(check: Callable[..., Any], path: str, source: str) -> None:
    found = list(check(path, source))
    assert len(found) == 1
    assert re.match(re.escape(path) + r":\d+: ", found[0])


FINE = [
    (rulebook.clock, "kernel/clock.py", "from datetime import datetime\nnow = datetime.now()"),
    (rulebook.clock, "jobs/worker.py", "from breakfix.kernel import clock\nat = clock.now()"),
    (rulebook.writes, "quotes/steps.py", "quote.save()"),
    (rulebook.writes, "kernel/ledger/record.py", "Entry.objects.create(x=1)"),
    (rulebook.writes, "documents/seal.py", "digest.update(chunk)\nfacts.update({'a': 1})"),
    (rulebook.deeds, "quotes/actions.py", GOOD_DEED + "\ndef _total(lines): ..."),
    (rulebook.deeds, "quotes/steps.py", "def move(): ..."),
    (rulebook.topics, "quotes/steps.py", "from breakfix.incidents import steps"),
    (rulebook.topics, "quotes/ways.py", "from breakfix.incidents import queries"),
    (rulebook.topics, "jobs/sweeps.py", "from breakfix.incidents.actions import course"),
    (
        rulebook.deeds,
        "quotes/actions.py",
        GOOD_DEED.replace("record(", "_tell(") + "\ndef _tell(*facts): record(*facts)",
    ),
    (rulebook.sizes, "quotes/rules.py", "def fits():\n" + "    x = 1\n" * 49 + "y = 1\n" * 350),
    (rulebook.names, "quotes/database_url.py", "x = 1"),
    (rulebook.magic, "quotes/forms.py", "class Form:\n    def save(self): ..."),
    (
        rulebook.markup,
        "web/templates/a.html",
        '<script src="{% static "x.js" %}" defer></script>\n<p id="on">',
    ),
    (rulebook.markup, "web/templates/a.html", '<a href="https://tabler.io">styles</a> {{ a|safe_text }}'),
    (rulebook.markup, "jobs/templates/mail/a.html", '<p style="color: red">'),
]


@pytest.mark.parametrize(("check", "path", "source"), FINE)
def test_rulebook_leaves_the_right_way_alone(check: Callable[..., Any], path: str, source: str) -> None:
    assert list(check(path, source)) == []


def relation(source: str, target: str, related_name: str | None) -> Any:
    def model(app: str) -> Any:
        return SimpleNamespace(_meta=SimpleNamespace(app_label=app, label=f"{app}.Thing"))

    name = SimpleNamespace(related_name=related_name)
    return SimpleNamespace(name="it", model=model(source), related_model=model(target), remote_field=name)


def test_rulebook_foreign_key_points_down_and_leaves_no_trace() -> None:
    road = ["kernel", "parties", "quotes"]
    assert "points up" in str(rulebook.foreign_key(relation("parties", "quotes", "+"), road))
    assert "related_name" in str(rulebook.foreign_key(relation("quotes", "parties", None), road))
    assert rulebook.foreign_key(relation("quotes", "parties", "+"), road) is None
    assert rulebook.foreign_key(relation("quotes", "quotes", None), road) is None


def test_rulebook_keeps_the_key_of_a_record() -> None:
    class Record:
        @property
        def key(self) -> str:
            return "quote/1"

    class Quote(Record):
        _meta = SimpleNamespace(label="quotes.Quote")

    assert "quotes.Quote.key" in str(rulebook.shadow(SimpleNamespace(name="key", model=Quote), Record))
    assert rulebook.shadow(SimpleNamespace(name="number", model=Quote), Record) is None
    assert rulebook.shadow(SimpleNamespace(name="key", model=object), Record) is None


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


def test_rulebook_finds_an_unreachable_state_in_every_form_of_table() -> None:
    for table in (
        {Light.RED: {Light.GREEN}, Light.GREEN: {Light.RED}, Light.BROKEN: set[Light]()},
        {Light.RED: {"go": Light.GREEN}, Light.GREEN: {"stop": Light.RED}},
        {(Light.RED, "go"): Light.GREEN, (Light.BROKEN, "mend"): Light.RED},
    ):
        assert rulebook.unreachable(table, Light) == {Light.BROKEN}
    assert rulebook.unreachable({Light.RED: [Light.GREEN], Light.GREEN: [Light.BROKEN]}, Light) == set()


def test_rulebook_finds_states_without_a_table() -> None:
    enums = {"Status": "StrEnum", "SealState": "StrEnum", "Kind": "StrEnum", "SealStatus": "Row"}
    values = "\n".join(f"class {name}({base}): ..." for name, base in enums.items())
    models = "class Quote(Row):\n    status = CharField(choices=choices(values.Status))"
    assert rulebook.unowned_states(values, models) == {"SealState"}


CLEAN = {
    "kernel/money.py": "",
    "parties/models.py": "import django",
    "parties/queries.py": "from breakfix.parties import models",
    "parties/rules.py": "from breakfix.kernel import money",
    "quotes/models.py": "from breakfix.parties import models",
    "quotes/actions.py": "from breakfix.quotes import models\nfrom breakfix.parties import queries",
    "web/quotes.py": "from breakfix.quotes import actions",
    "kernel/clock.py": "",
    "documents/quote.py": "from breakfix.kernel import money",
    # The imports that a contract names as its exceptions.
    "parties/steps.py": "",
    "api/models.py": "",
    "api/steps.py": "from breakfix.api import models",
    "api/door.py": "from breakfix.api import steps\nfrom breakfix.parties import steps as parties_steps",
    "quotes/rules/simulation.py": "",
    "cli/story/player.py": "from breakfix.quotes.rules import simulation",
}
BROKEN_IMPORTS = {
    "road": ("parties/models.py", "from breakfix.quotes import models"),
    "shelves": ("parties/models.py", "from breakfix.parties import queries"),
    "pure": ("kernel/money.py", "import django"),  # through another module: parties.rules imports it
    "doors": ("web/quotes.py", "from breakfix.quotes import models"),
    "clock": ("quotes/actions.py", "from breakfix.kernel import clock"),
    "documents": ("documents/quote.py", "from breakfix.quotes import models"),
}


def lint(folder: Path, files: dict[str, str]) -> str:
    """Run the contracts of pyproject.toml over a small house of these files."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path, source in files.items():
        file = folder / "breakfix" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
        for parent in PurePosixPath("breakfix", path).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_contracts_keep_a_clean_house(tmp_path: Path) -> None:
    assert f"Contracts: {len(BROKEN_IMPORTS)} kept, 0 broken" in lint(tmp_path, CLEAN)


@pytest.mark.parametrize("contract", BROKEN_IMPORTS)
def test_contracts_catch_a_break(contract: str, tmp_path: Path) -> None:
    path, line = BROKEN_IMPORTS[contract]
    wanted = re.search(rf'id = "{contract}"\nname = "(.+)"', (ROOT / "pyproject.toml").read_text())
    assert wanted
    printed = lint(tmp_path, {**CLEAN, path: f"{CLEAN[path]}\n{line}"})
    verdicts = re.sub(r"\s+", " ", printed)  # long names are wrapped
    assert f"{wanted[1]} BROKEN" in verdicts
    assert "1 broken" in verdicts
    assert re.search(r"line|l\.", verdicts)


def test_contracts_catch_a_module_that_is_not_on_the_road(tmp_path: Path) -> None:
    assert "breakfix.extras" in lint(tmp_path, {**CLEAN, "extras/x.py": ""})
