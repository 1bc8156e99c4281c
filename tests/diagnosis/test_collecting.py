"""The offline collector: allowed by the client, really run as a program of its own, handed in once, and checked."""

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import IntegrityError, transaction

from breakfix.agreements.values import Domain
from breakfix.diagnosis import collecting
from breakfix.diagnosis.actions import collecting as actions
from breakfix.diagnosis.models import Collection
from breakfix.diagnosis.rules import bundle as bundles
from breakfix.incidents.models import Engagement
from breakfix.kernel import files
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.rebuild import differences
from tests import makers_quotes as make
from tests import snapshots
from tests.makers import World
from tests.refusals import refused

AT = make.DRAFTED
SOURCE = Path(collecting.__file__).parent / "collector" / "collect.py"
TABLE = yaml.safe_load((SOURCE.parent / "commands.yaml").read_text("utf-8"))
# What runs in the tests: programs that every Python brings along, so that it is the same on every machine.
PY = sys.executable
TRIED = [
    {"name": "says", "run": [PY, "-c", "print('two drives show amber')"]},
    {"name": "fails", "run": [PY, "-c", "import sys; print('no'); sys.exit(3)"]},
    {"name": "nul", "run": [PY, "-c", "import sys; sys.stdout.buffer.write(b'a\\0b\\xff')"]},
    {"name": "much", "run": [PY, "-c", "print('x' * 5000); print('end')"]},
    {"name": "much-tail", "run": [PY, "-c", "print('x' * 5000); print('end')"], "tail": True},
    {"name": "slow", "run": [PY, "-c", "import time; print('begun', flush=True); time.sleep(60)"]},
    {"name": "absent", "run": ["no-such-program-anywhere"]},
    {"name": "silent", "run": [PY, "-c", "pass"]},
]

# Runs a script and ends it as soon as it so much as makes a socket.
NO_SOCKETS = """
import runpy, sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(event)
sys.addaudithook(refuse)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(name="case")
def _case(world: World) -> Engagement:
    return make.awaiting_quote(world)


def allowed(world: World, case: Engagement, who: str = "rita", at: datetime = AT, **given: Any) -> Collection:
    return actions.allow_collection(case.pk, **given, by=world.actor(who), at=at)


def tried(script: str, commands: list[dict[str, Any]] | None = None) -> str:
    """The downloaded script with commands that every machine has, and limits that a test can wait for."""
    head, rest = script.split('SETUP = r"""\n', 1)
    setup, tail = rest.split('\n"""', 1)
    known = json.loads(setup)
    known["limits"] = {"seconds": 2, "bytes": 1000}
    known["commands"] = dict.fromkeys(("linux", "windows", "darwin"), commands or TRIED[:1])
    return f'{head}SETUP = r"""\n{json.dumps(known)}\n"""{tail}'


def ran(
    script: str, folder: Path, *options: str, said: str = "", path: str = ""
) -> "subprocess.CompletedProcess[str]":
    """The script as the client runs it: a file, an isolated Python, an environment of its own."""
    program = folder / "collect.py"
    program.write_text(script, "utf-8")
    command = [PY, "-I", str(program), "--out", str(folder / "bundle.zip"), *options]
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    kept |= {"PATH": path} if path else {}
    return subprocess.run(
        command, input=said, capture_output=True, text=True, timeout=60, cwd=folder, env=kept, check=False
    )


def bundle(collection: Collection, folder: Path, commands: list[dict[str, Any]] | None = None) -> bytes:
    (folder / "bundle.zip").unlink(missing_ok=True)
    done = ran(tried(collecting.script_of(collection), commands), folder, "--yes")
    assert done.returncode == 0, done.stderr
    return (folder / "bundle.zip").read_bytes()


def handed_in(
    world: World, case: Engagement, content: bytes, who: str = "rita", at: datetime = AT, name: str = "bundle.zip"
) -> Collection:
    return actions.hand_in_bundle(case.pk, bundle=Upload(name, content), by=world.actor(who), at=at)


def repacked(content: bytes, **changes: bytes | None) -> bytes:
    """The bundle with some of its files replaced, added, or (None) left out."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        held: dict[str, bytes | None] = {one: old.read(one) for one in old.namelist()}
    held |= {name.replace("__", "/").replace("_dot_", "."): value for name, value in changes.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name, value in held.items():
            if value is not None:
                new.writestr(name, value)
    return packed.getvalue()


# ------------------------------------------------------------------------------------------- the script, the commands


def test_script_is_plain_python_of_the_oldest_that_is_promised_and_knows_no_network() -> None:
    tree = ast.parse(SOURCE.read_text("utf-8"), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    known = {"argparse", "glob", "hashlib", "hmac", "json", "os", "platform", "shutil", "signal", "subprocess"}
    assert imported == known | {"sys", "threading", "time", "zipfile", "datetime", "typing", "__future__"}
    opened = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not opened & {"open", "os.remove", "os.unlink", "shutil.rmtree", "eval", "exec", "os.system"}


def test_every_domain_has_commands_with_names_of_their_own_for_both_systems() -> None:
    assert set(TABLE["domains"]) == {domain.value for domain in Domain}
    for domain in Domain:
        for system, commands in collecting.commands_for(domain.value).items():
            names = [(one["name"], one.get("each")) for one in commands]
            assert len(names) >= 5, (domain, system)
            assert len(set(names)) == len(names), (domain, system)


def test_commands_only_read_and_go_through_no_shell() -> None:
    every = [one for group in TABLE["groups"].values() for rows in group.values() for one in rows]
    shells = {"sh", "bash", "cmd", "env", "sudo", "python3", "perl", "rm", "dd", "tee", "curl", "wget", "ping", "ssh"}
    assert len(every) > 50
    for one in every:
        program, *words = one["run"]
        assert program not in shells, one
        assert not any("/home" in word or "Users" in word for word in words), one
        if program == "cat":
            assert all(word.startswith("/proc/") for word in words), one
        if program == "powershell":
            assert words[:3] == ["-NoProfile", "-NonInteractive", "-Command"]
            assert all(part.strip().split("-")[0] in {"Get", "Format", "Sort"} for part in words[3].split("|")), one
            assert not set(words[3]) & set(";&><$`"), one


def test_script_shows_what_it_will_run_and_runs_nothing_unasked(
    world: World, case: Engagement, tmp_path: Path
) -> None:
    script = tried(collecting.script_of(allowed(world, case)))
    for options, said, code in ((("--list",), "", 0), ((), "n\n", 1), ((), "\n", 1), ((), "", 1)):
        done = ran(script, tmp_path, *options, said=said)
        assert (done.returncode, done.stderr) == (code, "")
        assert "two drives show amber" in done.stdout
        assert case.number in done.stdout
        assert not (tmp_path / "bundle.zip").exists()
    assert ran(script, tmp_path, said="y\n").returncode == 0
    assert (tmp_path / "bundle.zip").exists()
    again = ran(script, tmp_path, "--yes")
    assert again.returncode == 2  # what lies there is never overwritten
    assert "is there already" in again.stdout


def test_program_in_the_folder_of_the_script_is_not_run(world: World, case: Engagement, tmp_path: Path) -> None:
    script = tried(collecting.script_of(allowed(world, case)), [{"name": "planted", "run": ["planted"]}])
    planted = tmp_path / "planted"
    planted.write_text("#!/bin/sh\necho taken > taken\n", "utf-8")
    planted.chmod(0o755)
    done = ran(script, tmp_path, "--yes", path=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 0
    assert not (tmp_path / "taken").exists()


def test_script_as_downloaded_runs_whatever_this_machine_has(world: World, case: Engagement, tmp_path: Path) -> None:
    script = collecting.script_of(allowed(world, case))
    ast.parse(script, feature_version=(3, 8))
    shown = ran(script, tmp_path, "--list")
    assert shown.returncode == 0
    assert "lsblk --output NAME" in shown.stdout
    assert ran(script, tmp_path, "--yes").returncode == 0
    found = handed_in(world, case, (tmp_path / "bundle.zip").read_bytes())
    assert "uname -a" in [one.command for one in found.outputs.all()]


def test_script_is_refused_every_socket_and_does_not_notice(world: World, case: Engagement, tmp_path: Path) -> None:
    script = tmp_path / "collect.py"
    script.write_text(tried(collecting.script_of(allowed(world, case))), "utf-8")
    command = [PY, "-I", "-c", NO_SOCKETS, str(script), "--yes", "--out", str(tmp_path / "bundle.zip")]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    assert handed_in(world, case, (tmp_path / "bundle.zip").read_bytes()).bundle is not None
    script.write_text("import socket; socket.socket()", "utf-8")
    assert b"socket" in subprocess.run(command, capture_output=True, timeout=60, check=False).stderr


def test_limits_hold_and_what_was_cut_missing_or_late_is_said(world: World, case: Engagement, tmp_path: Path) -> None:
    done = handed_in(world, case, bundle(allowed(world, case), tmp_path, TRIED))
    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        manifest = json.loads(packed.read("manifest.json"))
    said = {one["name"]: (one["outcome"], one["exit_code"], one["cut"]) for one in manifest["outputs"]}
    assert said == {
        "says": ("ran", 0, False),
        "fails": ("ran", 3, False),
        "nul": ("ran", 0, False),
        "much": ("ran", 0, True),
        "much-tail": ("ran", 0, True),
        "slow": ("out of time", None, False),
        "absent": ("missing", None, False),
        "silent": ("ran", 0, False),
    }
    kept = {one.file.name: files.read(one.file) for one in done.outputs.select_related("file")}
    assert set(kept) == {f"collected-{name}.txt" for name in ("says", "fails", "nul", "much", "much-tail", "slow")}
    assert kept["collected-nul.txt"] == "a\ufffdb\ufffd".encode()
    assert kept["collected-much.txt"] == b"x" * 1000
    assert kept["collected-much-tail.txt"].split() == [b"x" * (1000 - 1 - len(b"end\n")), b"end"]
    assert kept["collected-slow.txt"].split() == [b"begun"]


# ------------------------------------------------------------------------------------------- handing it in


def test_every_output_is_kept_as_evidence_under_its_hash_and_the_key_is_spent(
    world: World, case: Engagement, tmp_path: Path
) -> None:
    collection = allowed(world, case, keep_days=30)
    content = bundle(collection, tmp_path)
    done = handed_in(world, case, content, "seth", AT + timedelta(hours=1))
    assert (done.nonce, done.handed_in_by_id, done.bundle is not None) == ("", world.people["seth"].pk, True)
    assert done.keep_until == (AT + timedelta(days=30)).date()
    (output,) = done.outputs.select_related("file")
    assert files.read(output.file).strip() == b"two drives show amber"
    assert (output.file.topic, output.outcome, output.exit_code) == (case.topic, "ran", 0)
    assert done.bundle is not None
    assert files.read(done.bundle) == content
    before = snapshots.state()
    with refused("bundle_replayed", field="bundle"):
        handed_in(world, case, content)
    again = allowed(world, case, at=AT + timedelta(hours=2))
    with refused("bundle_replayed"):
        handed_in(world, case, content)
    actions.withdraw_collection(case.pk, by=world.actor("rita"), at=AT + timedelta(hours=3))
    assert again.pk != done.pk
    assert snapshots.state() != before
    assert differences() == []


def test_what_was_changed_on_the_way_is_refused_and_leaves_no_trace(
    world: World, case: Engagement, tmp_path: Path
) -> None:
    collection = allowed(world, case)
    content = bundle(collection, tmp_path)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        manifest = json.loads(packed.read("manifest.json"))

    def said(**changes: Any) -> bytes:
        return json.dumps({**manifest, **changes}, indent=1).encode()

    output = manifest["outputs"][0]
    wrong: dict[str, tuple[bytes, str]] = {
        "no zip": (b"PK\x03\x04 and then nothing", "file_mislabelled"),
        "cut off": (content[:-40], "file_mislabelled"),
        "another zip": (repacked(content, manifest_dot_json=None), "not_a_bundle"),
        "no mac": (repacked(content, manifest_dot_hmac=None), "not_a_bundle"),
        "an output changed": (repacked(content, output__says_dot_txt=b"all is well\n"), "bundle_altered"),
        "an output left out": (repacked(content, output__says_dot_txt=None), "bundle_altered"),
        "an output added": (repacked(content, output__more_dot_txt=b"x"), "bundle_altered"),
        "a huge output": (repacked(content, output__says_dot_txt=os.urandom(2**20) * 2), "bundle_too_large"),
        "a manifest changed": (repacked(content, manifest_dot_json=said(machine="another")), "bundle_forged"),
        "a mac changed": (repacked(content, manifest_dot_hmac=b"0" * 64), "bundle_forged"),
        "a mac of no letters": (repacked(content, manifest_dot_hmac=b"\xff"), "bundle_forged"),
        "no manifest at all": (repacked(content, manifest_dot_json=b"[]"), "bundle_altered"),
        "a number too large": (
            repacked(content, manifest_dot_json=said(outputs=[{**output, "exit_code": 2**70}])),
            "bundle_altered",
        ),
        "a turned text": (repacked(content, manifest_dot_json=said(machine="a\u202eb")), "bundle_altered"),
        "another format": (
            repacked(content, manifest_dot_json=said(format="breakfix-collection/2")),
            "bundle_altered",
        ),
        "another engagement": (repacked(content, manifest_dot_json=said(engagement="E-2026-0999")), "bundle_foreign"),
        "another collection": (repacked(content, manifest_dot_json=said(collection=987_654)), "bundle_foreign"),
    }
    before = snapshots.state()
    for what, (bad, code) in wrong.items():
        with refused(code, field="bundle"):
            handed_in(world, case, bad)
        assert snapshots.state() == before, what
    assert handed_in(world, case, content).handed_in_at == AT


def test_bundle_of_another_engagement_or_made_with_an_older_key_is_refused(
    world: World, case: Engagement, tmp_path: Path
) -> None:
    first = allowed(world, case)
    old = bundle(first, tmp_path)
    actions.withdraw_collection(case.pk, by=world.actor("sol"), at=AT)
    with refused("nothing_allowed"):
        actions.withdraw_collection(case.pk, by=world.actor("sol"), at=AT)
    with refused("collection_withdrawn", field="bundle"):
        handed_in(world, case, old)
    second = allowed(world, case)
    assert collecting.key_of(second) != collecting.key_of(first)
    other = make.makers_incidents.calm(world, at=AT)
    with refused("bundle_foreign", field="bundle"):
        handed_in(world, other, bundle(second, tmp_path))


def test_key_is_good_for_a_week_and_one_collector_is_out_at_a_time(
    world: World, case: Engagement, tmp_path: Path
) -> None:
    first = allowed(world, case)
    content = bundle(first, tmp_path)
    with refused("collection_open"):
        allowed(world, case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Collection.objects.create(
            engagement=case, allowed_by=world.people["rita"], allowed_at=AT, expires_at=AT, keep_until=AT.date()
        )
    late = AT + timedelta(days=7)
    with refused("collection_expired", field="bundle"):
        handed_in(world, case, content, at=late)
    second = allowed(world, case, at=late)
    first.refresh_from_db()
    assert (first.withdrawn_at, second.is_open) == (late, True)
    assert differences() == []


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_what_is_collected_is_kept_for_a_while_and_not_for_ever(world: World, case: Engagement, days: int) -> None:
    with refused("out_of_range", field="keep_days"):
        allowed(world, case, keep_days=days)


@pytest.mark.parametrize(("who", "code"), [("alice", "not_allowed"), ("dana", "not_allowed"), ("cal", "not_found")])
def test_only_the_client_allows_runs_and_hands_in(world: World, case: Engagement, who: str, code: str) -> None:
    allowed(world, case)
    before = snapshots.state()
    for act in (
        lambda: allowed(world, case, who),
        lambda: actions.withdraw_collection(case.pk, by=world.actor(who), at=AT),
        lambda: handed_in(world, case, b"x", who),
    ):
        with refused(code):
            act()
    assert snapshots.state() == before


@pytest.mark.tampers
def test_nothing_is_collected_about_what_is_over(world: World, case: Engagement, tmp_path: Path) -> None:
    content = bundle(allowed(world, case), tmp_path)
    Engagement.objects.filter(pk=case.pk).update(status="CLOSED")
    with refused("wrong_state"):
        handed_in(world, case, content)
    Collection.objects.update(withdrawn_at=AT, nonce="")
    with refused("wrong_state"):
        allowed(world, case)


def test_limits_of_a_bundle_are_above_what_the_script_writes() -> None:
    limits = TABLE["limits"]
    assert limits["bytes"] * 3 < bundles.LARGEST_OUTPUT  # a byte that is no text becomes three
    most = max(len(rows) + 15 * sum("each" in one for one in rows) for rows in _both())
    assert most < bundles.MOST_OUTPUTS


def _both() -> list[list[dict[str, Any]]]:
    return [rows for domain in Domain for rows in collecting.commands_for(domain.value).values()]
