"""Breakfix evidence collector: runs the read-only commands below, and packs what they print into one zip.

Run it on the machine that failed: python3 THIS_FILE (as administrator it sees more; --list only shows the commands).
It shows every command and asks before the first one. It reads no files of yours, changes nothing, installs nothing,
and uses no network: you hand in the zip yourself, on the page of the engagement. What is cut or missing is said in
the zip's manifest.json. The key in this file is for one bundle of one engagement; delete the file afterwards.
"""

from __future__ import annotations

import argparse
import glob
import hashlib
import hmac
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from datetime import datetime, timezone
from typing import IO, Any

SETUP = "{}"
FORMAT = "breakfix-collection/1"
FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/MegaRAID/storcli", "/opt/MegaRAID/MegaCli"]
MOST_DEVICES = 16


def main(arguments: list[str] | None = None) -> int:
    """Say what will be run, ask, run it, write the bundle; 0 if a bundle was written."""
    asked = argparse.ArgumentParser(description="Collects evidence about a failed machine into one zip, offline.")
    asked.add_argument("--list", action="store_true", help="show the commands and run nothing")
    asked.add_argument("--yes", action="store_true", help="do not ask before running them")
    asked.add_argument("--out", default="", help="where to write the zip")
    options = asked.parse_args(arguments)
    setup = json.loads(SETUP)
    system = platform.system().lower()
    wanted = [one for each in setup["commands"].get(system, []) for one in expanded(each)]
    if not wanted:
        print(f"This collector knows no commands for {system}.")
        return 2
    announce(setup, wanted)
    if options.list:
        return 0
    path = options.out or f"breakfix-{setup['engagement']}-{setup['collection']}.zip"
    if os.path.exists(path):
        print(f"{path} is there already; name another file with --out.")
        return 2
    if not options.yes and not agreed():
        print("Nothing was run.")
        return 1
    started = now()
    ran = [run(one, setup["limits"]) for one in wanted]
    write(path, setup, {"system": system, "machine": platform.node()[:200], "started_at": started}, ran)
    print(f"\nWritten: {path}\nHand it in on the page of {setup['engagement']}; nothing was sent anywhere.")
    return 0


def announce(setup: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    """Every command as it will be run."""
    limits = setup["limits"]
    print(f"Evidence for engagement {setup['engagement']}. These commands only read; each has {limits['seconds']} s")
    print(f"and keeps at most {limits['bytes']} bytes of what it prints:\n")
    for one in wanted:
        there = "" if find(one["run"][0]) else "   (not on this machine, left out)"
        print(f"  {' '.join(one['run'])}{there}")
    print()


def agreed() -> bool:
    """Whether somebody sits there and says yes."""
    try:
        return input("Run these commands now? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def expanded(command: dict[str, Any]) -> list[dict[str, Any]]:
    """One command for each device that its pattern names; a command without a pattern as it is."""
    if not command.get("each"):
        return [command]
    found = sorted(glob.glob(command["each"]))[:MOST_DEVICES]
    return [
        {
            **command,
            "name": f"{command['name']}-{os.path.basename(device)}",
            "run": [device if word == "{}" else word for word in command["run"]],
        }
        for device in found
    ]


def find(program: str) -> str | None:
    """Where a program lies, also where only administrators usually look; never in the folder we stand in."""
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS]))
    here = found is not None and os.path.realpath(os.path.dirname(found)) == os.path.realpath(os.getcwd())
    return None if here else found


class Output(threading.Thread):
    """Reads what a program prints: all of it, so that the program goes on, but keeps only the head or the tail."""

    def __init__(self, stream: IO[bytes], most: int, tail: bool) -> None:
        super().__init__(daemon=True)
        self.stream, self.most, self.tail = stream, most, tail
        self.kept, self.cut = b"", False

    def run(self) -> None:
        """Until the program closes its end."""
        for chunk in iter(lambda: self.stream.read1(65536), b""):  # type: ignore[attr-defined]
            joined = self.kept + chunk
            self.cut = self.cut or len(joined) > self.most
            self.kept = joined[-self.most :] if self.tail else joined[: self.most]


def run(command: dict[str, Any], limits: dict[str, int]) -> tuple[dict[str, Any], bytes]:
    """One command within its limits: what is to be said of it, and what it printed."""
    entry: dict[str, Any] = {
        "name": command["name"],
        "command": command["run"],
        "started_at": now(),
        "exit_code": None,
    }
    entry.update({"seconds": "0.0", "cut": False, "outcome": "missing"})
    program, begun = find(command["run"][0]), time.monotonic()
    if program is None:
        return entry, b""
    print(f"  {' '.join(command['run'])}")
    own_group: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
    try:
        process = subprocess.Popen(
            [program, *command["run"][1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C"},
            **own_group,
        )
    except OSError:
        entry["outcome"] = "not started"
        return entry, b""
    output = Output(process.stdout, limits["bytes"], bool(command.get("tail")))  # type: ignore[arg-type]
    output.start()
    try:
        entry["exit_code"], entry["outcome"] = process.wait(timeout=limits["seconds"]), "ran"
    except subprocess.TimeoutExpired:
        stop(process)
        entry["outcome"] = "out of time"
    output.join(5)
    entry["seconds"], entry["cut"] = f"{time.monotonic() - begun:.1f}", output.cut
    return entry, readable(output.kept)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program that takes too long, with everything that it started."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except OSError:
        pass
    process.wait()


def readable(printed: bytes) -> bytes:
    """Text in UTF-8; a byte that is none, and NUL, becomes a question mark in a box."""
    try:
        text = printed.decode("utf-8")
    except UnicodeDecodeError:
        text = printed.decode("oem" if os.name == "nt" else "utf-8", "replace")
    return text.replace("\0", "\ufffd").encode()


def write(path: str, setup: dict[str, Any], about: dict[str, Any], ran: list[tuple[dict[str, Any], bytes]]) -> None:
    """The zip: each output, the manifest with its hash, and the manifest's HMAC under the one-time key."""
    files = []
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as bundle:
        for entry, content in ran:
            name = f"output/{entry['name']}.txt" if content else ""
            if content:
                bundle.writestr(packed(name), content)
            sha256 = hashlib.sha256(content).hexdigest() if content else ""
            files.append({**entry, "file": name, "size": len(content), "sha256": sha256})
        body = {"format": FORMAT, "engagement": setup["engagement"], "collection": setup["collection"], **about}
        manifest = json.dumps({**body, "ended_at": now(), "outputs": files}, indent=1).encode()
        bundle.writestr(packed("manifest.json"), manifest)
        mac = hmac.new(bytes.fromhex(setup["key"]), manifest, hashlib.sha256).hexdigest()
        bundle.writestr(packed("manifest.hmac"), mac)


def packed(name: str) -> zipfile.ZipInfo:
    """An entry without a date: the clock of a failed machine may say what no zip can hold. The manifest has it."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def now() -> str:
    """The instant by this machine's own clock."""
    return datetime.now(timezone.utc).isoformat()


if __name__ == "__main__":
    sys.exit(main())
