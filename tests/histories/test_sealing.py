"""The closure pack: everything that proves an engagement, sealed for the client, verified with Python alone."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from breakfix.histories import actions, queries
from breakfix.histories.models import Pack
from breakfix.histories.offline.checks import verify
from breakfix.histories.values import DocumentKind
from breakfix.incidents.models import Engagement
from breakfix.jobs import kinds, worker
from breakfix.jobs.documents import print_document
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import read
from breakfix.kernel.ledger.checkpoints import signing_key
from breakfix.kernel.models import Entry, File
from breakfix.parties import queries as parties
from tests import makers_incidents, makers_reports
from tests.makers import World, local
from tests.makers_reports import CLOSED
from tests.refusals import refused

pytestmark = pytest.mark.django_db
LATER = local("2026-12-02 12:00")


def closed_by_worker() -> tuple[World, Engagement]:
    """S1 to its end, every task carried out at its instant."""
    kinds.load()
    world, engagement = makers_reports.night("guaranteed")
    makers_reports.closed(world, engagement)
    with clock.set_to(CLOSED):
        worker.run_due(CLOSED)
    return world, Engagement.objects.get(pk=engagement.pk)


def seal(engagement: Engagement, by: Any = SYSTEM) -> Pack:
    return actions.seal_pack(engagement.pk, by=by, at=LATER)


def pack_at(engagement: Engagement, folder: Path) -> Path:
    sealed = queries.latest_pack(engagement, SYSTEM)
    assert sealed is not None
    path = folder / sealed.name
    path.write_bytes(read(sealed))
    return path


def test_the_worker_prints_everything_and_seals_a_pack_that_proves_itself(tmp_path: Path) -> None:
    world, engagement = closed_by_worker()
    path = pack_at(engagement, tmp_path)
    report = verify(str(path), signing_key().verifier_key)
    assert [check for check in report["checks"] if not check["ok"]] == []
    assert {check["name"] for check in report["checks"]} >= {"entries", "personal", "documents", "evidence", "clocks"}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        clocks = json.loads(archive.read(f"clocks/{engagement.number}.json"))
        leaves = [json.loads(line)["leaf"] for line in archive.read("log/entries.jsonl").splitlines()]
    kinds = {name.split("/")[1].rsplit("-", 4)[0] for name in names if name.startswith("documents/")}
    assert len([name for name in names if name.startswith("documents/")]) == 14
    assert kinds >= {"quote", "invoice", "service-report"}
    assert {name.partition("-")[2] for name in names if name.startswith("evidence/")} >= {
        "images.log",
        "offer-CTRL-9.txt",
    }
    assert {"ACK", "RESTORE", "OBLIGATION Archive gap closed"} <= {one["kind"] for one in clocks}
    told = [json.loads(leaf)["kind"] for leaf in leaves]
    assert {"engagement.closed", "agreement.signed", "invoice.issued", "seat.bypassed"} & set(told) >= {
        "engagement.closed",
        "agreement.signed",
        "invoice.issued",
    }
    assert told.count("document.rendered") == 7
    assert all(json.loads(leaf)["log"] == engagement.client_id for leaf in leaves)
    _starts_by_itself(path)
    _is_the_clients(world, engagement)
    _is_sealed_again_only_after_news(world, engagement)
    _shows_a_changed_figure(path)


def _starts_by_itself(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", path.name, "--key", signing_key().verifier_key],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _is_the_clients(world: World, engagement: Engagement) -> None:
    file = queries.latest_pack(engagement, world.actor("nora"))
    assert file is not None
    assert parties.sees_topic(world.actor("nora"), file.topic)
    for who in ("dana", "tom", "charlie"):
        assert queries.latest_pack(engagement, world.actor(who)) is None
        assert not parties.sees_topic(world.actor(who), file.topic)
    assert [entry.organisation_id for entry in Entry.objects.filter(kind="pack.sealed")] == [engagement.client_id]


def _is_sealed_again_only_after_news(world: World, engagement: Engagement) -> None:
    with refused("already_sealed"):
        seal(engagement)
    for who, code in (("alice", "not_allowed"), ("dana", "not_allowed"), ("hana", "not_found")):
        with refused(code):
            seal(engagement, world.actor(who))
    assert len(queries.packs(engagement, world.actor("ada"))) == 1


def _shows_a_changed_figure(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    invoice = next(name for name in contents if name.startswith("documents/invoice") and name.endswith(".json"))
    contents[invoice] = contents[invoice].replace(b"5701.87", b"6701.87")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    path.write_bytes(stream.getvalue())
    faults = {check["name"] for check in verify(str(path))["checks"] if not check["ok"]}
    assert "files" in faults


def test_a_pack_waits_for_every_document() -> None:
    world, engagement = makers_reports.night("guaranteed")
    files = File.objects.count()
    with refused("documents_missing"):
        seal(engagement)
    with refused("documents_missing"):
        seal(engagement, world.actor("nora"))
    assert File.objects.count() == files


def test_a_restricted_pack_is_only_for_those_let_in(world: World) -> None:
    engagement = restricted(world)
    with clock.set_to(LATER):
        worker.run_due(LATER)
    for one in queries.missing_documents(engagement):
        print_document(one.kind, one.subject, one.topic, LATER)
    seal(engagement, world.actor("rita"))
    file = queries.latest_pack(engagement, world.actor("rita"))
    assert file is not None
    assert parties.sees_topic(world.actor("rita"), file.topic)
    for who in ("seth", "nora", "dana"):
        assert not parties.sees_topic(world.actor(who), file.topic)
    with refused("not_found"):
        seal(engagement, world.actor("seth"))


@pytest.mark.tampers
def test_a_restricted_engagement_is_sealed_and_prints_no_passport(world: World) -> None:
    """A new passport at the minute in which it closed would tell everybody of the client."""
    engagement = restricted(world)
    assert engagement.asset is not None
    Engagement.objects.filter(pk=engagement.pk).update(accepted_at=LATER, closed_at=LATER)
    engagement.refresh_from_db()
    missing = queries.missing_documents(engagement)
    assert {one.kind.value for one in missing} == {"agreement"}
    for one in missing:
        print_document(one.kind, one.subject, one.topic, LATER)
    seal(engagement, world.actor("rita"))
    with refused("need_to_know"):
        print_document(DocumentKind.PASSPORT, engagement.asset.key, engagement.topic, LATER)


def restricted(world: World) -> Engagement:
    kinds.load()
    named = [world.people[key].pk for key in ("dana", "alice")]
    return makers_incidents.calm(world, need_to_know=True, named_people=named)
