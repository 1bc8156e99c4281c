"""Everything of one organisation in a zip: it verifies offline, holds all of theirs and nothing of anybody else."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from breakfix.cli.export import export
from breakfix.histories.exporting import export_of
from breakfix.histories.offline.checks import verify
from breakfix.jobs import kinds, worker
from breakfix.kernel import clock
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.checkpoints import signing_key
from breakfix.parties.models import Organisation
from tests import makers_reports
from tests.makers import World, local
from tests.makers_reports import CLOSED

pytestmark = pytest.mark.django_db
LATER = local("2027-03-02 12:00")


@pytest.fixture
def night() -> World:
    """S1 to its end, everything printed and sealed."""
    kinds.load()
    world, engagement = makers_reports.night("guaranteed")
    makers_reports.closed(world, engagement)
    with clock.set_to(CLOSED):
        worker.run_due(CLOSED)
    return world


def exported(organisation: Organisation, folder: Path) -> Path:
    path = folder / f"{organisation.slug}.zip"
    path.write_bytes(export_of(organisation, LATER).content)
    return path


def test_an_export_verifies_offline_and_holds_the_whole_log(night: World, tmp_path: Path) -> None:
    northgate = night.organisation("northgate")
    path = exported(northgate, tmp_path)
    report = verify(str(path), signing_key().verifier_key)
    assert [check for check in report["checks"] if not check["ok"]] == []
    assert {check["name"] for check in report["checks"]} >= {"entries", "personal", "documents", "evidence", "clocks"}
    assert report["entries"] == ledger.entries(northgate.pk).count()
    alone = subprocess.run(
        [sys.executable, "-I", str(path), "--key", signing_key().verifier_key], capture_output=True, check=False
    )
    assert alone.returncode == 0, alone.stdout
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as was, zipfile.ZipFile(changed, "w") as now:
        for name in was.namelist():
            content = was.read(name)
            now.writestr(name, content.replace(b"Northgate", b"Northgote") if name.startswith("data/") else content)
    assert not verify(str(changed), signing_key().verifier_key)["ok"]


def test_an_export_holds_every_record_document_and_file(night: World, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported(night.organisation("northgate"), tmp_path)) as archive:
        names = archive.namelist()
        people = json.loads(archive.read("data/parties.person.json"))
        engagements = json.loads(archive.read("data/incidents.engagement.json"))
        quotes = json.loads(archive.read("data/quotes.quote.json"))
    assert "alice@northgate.example" in {person.get("email") for person in people}
    assert {one["domain"] for one in engagements} == {"HW-RAID"}
    assert {one["status"] for one in quotes} == {"SETTLED"}
    assert len([name for name in names if name.startswith("documents/")]) == 14
    assert len([name for name in names if name.startswith("evidence/")]) > 3


def test_an_export_holds_nothing_of_another_client(night: World, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported(night.organisation("northgate"), tmp_path)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for word in (b"harborview", b"Harborview", b"Lakeside", b"charlie"):
        assert word not in everything
    with zipfile.ZipFile(io.BytesIO(export_of(night.organisation("harborview"), LATER).content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for word in (b"northgate", b"Northgate", b"nyc-backup", b"alice"):
        assert word not in everything


def test_the_command_writes_once_and_knows_who_there_is(world: World, tmp_path: Path) -> None:
    path = tmp_path / "theirs.zip"
    ran = CliRunner().invoke(export, ["harborview", str(path)])
    assert ran.exit_code == 0, ran.output
    assert path.stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(export, ["harborview", str(path)])
    assert (again.exit_code, again.stderr.partition(":")[0]) == (1, "file_exists")
    nobody = CliRunner().invoke(export, ["nobody", str(tmp_path / "x.zip")])
    assert (nobody.exit_code, nobody.stderr.partition(":")[0]) == (1, "not_found")
