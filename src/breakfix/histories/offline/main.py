"""The command: verify a pack offline, with the Python standard library and no network."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from .checks import verify
from .notes import parse_key
from .strict_json import Failure


def lines_of(report: dict[str, Any]) -> Iterator[str]:
    """The report for a person: one line per check, then the verdict."""
    for check in report["checks"]:
        yield f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']:<10}  {check['detail']}"
    if report.get("key", {}).get("from_pack"):
        yield "WARN  THE KEY WAS TAKEN FROM THE PACK ITSELF: anyone could have made pack and key together."
        yield f"WARN  Compare its fingerprint with the one you hold on paper: {report['key']['fingerprint']}"
    if report["ok"]:
        yield f"ok    {report['entries']} entries proved in the log of {report['origin']}"
    else:
        yield "FAIL  this pack does not verify; rely on nothing in it"


def tamed(line: str) -> str:
    """A hostile pack chooses some of these words; it must not drive the terminal."""
    return "".join(char if " " <= char <= "~" else "?" for char in line)


def main(arguments: list[str] | None = None, *, inside: str | None = None) -> int:
    """Exit status: 0 when everything holds, 1 when anything does not, 2 for wrong usage.

    What a pack proves: the holder of the key signed this list of files and this state of the log, every file is
    the listed one, and every entry stands in that log at its position. It cannot prove that no other entry was left
    out by the key's holder, nor, without --key, whose key it is. `inside` is the pack that this program was started
    from (python3 PACK.zip): the one to verify when no other is named.
    """
    parser = argparse.ArgumentParser(description="Verify a Breakfix evidence pack offline.")
    parser.add_argument("pack", nargs="?" if inside else None, default=inside, help="the pack, a zip file")
    parser.add_argument("--key", help="the verifier key you hold: name+hexkeyid+base64")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        if options.key is not None:
            parse_key(options.key)
        report = verify(options.pack, options.key)
    except (Failure, ValueError) as error:
        parser.error(f"--key: {error}")
    except OSError as error:
        parser.error(f"{options.pack}: {error.strerror}")
    if options.json:
        print(json.dumps(report))
    else:
        for line in lines_of(report):
            print(tamed(line))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
