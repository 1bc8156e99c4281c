"""A domain whose file was taken away: nothing starts, and everybody is told which one it is."""

import importlib
from typing import Any

import pytest
from click.testing import CliRunner

from breakfix import wsgi
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Terms
from breakfix.cli import examinations, serve
from breakfix.diagnosis import described
from tests.makers import World

pytestmark = pytest.mark.tampers  # it plays rows that were written while the file was there
WORDS = "X-GONE: stands in agreements, and no file describes it."


@pytest.fixture
def gone(world: World) -> None:
    """A signed version has a price for a domain that nobody knows any more."""
    row = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    fees = {**row.terms["forensic"]["fees"], "X-GONE": {"fee": "1", "included_hours": "1"}}
    terms = {**row.terms, "forensic": {**row.terms["forensic"], "fees": fees}}
    AgreementVersion.objects.filter(pk=row.pk).update(terms=terms)


def test_nothing_is_missing_where_every_file_is_there(world: World) -> None:
    assert described.unknown() == []
    described.check_start()


@pytest.mark.parametrize("group", ["scope.domains", "insurance.cyber_domains", "dispatch.required_certifications"])
def test_every_place_that_names_a_domain_is_looked_at(world: World, group: str) -> None:
    row = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    block, name = group.split(".")
    value: Any = {"X-GONE": ["A+"]} if name == "required_certifications" else ["SEC", "X-GONE"]
    terms = {**Terms().to_json(), block: {**row.terms[block], name: value}}
    AgreementVersion.objects.filter(pk=row.pk).update(terms=terms)
    assert described.unknown() == [WORDS]


@pytest.mark.usefixtures("gone")
def test_doctor_names_it() -> None:
    (found,) = examinations.domains()
    assert (found.state, found.found) == (examinations.FAULT, WORDS)


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize(("command", "words"), [(serve.worker, ["--once"]), (serve.serve, ["--web-only"])])
def test_web_and_worker_do_not_start(command: Any, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.setattr(serve.subprocess, "Popen", lambda *_: pytest.fail("it was started"))
    ran = CliRunner().invoke(command, [*words, "--no-prepare"])
    assert ran.exit_code == 1
    assert f"Error: {WORDS}\n" in ran.output
    assert "BREAKFIX_DOMAINS" in ran.output


@pytest.mark.usefixtures("gone")
def test_web_application_of_another_server_does_not_start(settings: Any) -> None:
    settings.BREAKFIX_CHECK_START = True
    with pytest.raises(SystemExit, match="X-GONE"):
        importlib.reload(wsgi)
