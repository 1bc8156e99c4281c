"""Every check on a pack, in an order in which each may rely on those before it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any

from .container import PERSONAL, check_files, check_signature, read_manifest, safe_names
from .contents import check_clocks, check_documents, check_evidence, check_personal
from .notes import choose_key
from .proofs import check_entries, read_checkpoint
from .strict_json import Failure


def verify(path: str, key: str | None = None) -> dict[str, Any]:
    """Run every check on a pack and return the report; only `ok` true means that all of them held.

    Never raises for a bad pack, only OSError when the file cannot be opened. A check that depends on
    a failed one is left out, so `checks` may be short when `ok` is false.
    """
    report = _Report()
    with open(path, "rb") as stream:
        archive = report.run("container", zipfile.ZipFile, stream)
        if archive is not None:
            with archive:
                _verify_archive(archive, key, report)
    report.facts["ok"] = all(check["ok"] for check in report.facts["checks"])
    return report.facts


def _verify_archive(archive: zipfile.ZipFile, key: str | None, report: _Report) -> None:
    names = report.run("names", safe_names, archive)
    manifest = names and report.run("manifest", read_manifest, archive)
    if not manifest:
        return
    log = manifest["log"]
    report.facts |= {"engagement": manifest["engagement"], "origin": log["origin"]}
    trusted = report.run("key", choose_key, log["verifier_key"], key)
    if not trusted:
        return
    in_pack = log["verifier_key"]
    report.facts["key"] = {"verifier_key": in_pack, "fingerprint": trusted[3], "from_pack": key is None}
    if not report.run("signature", check_signature, archive, trusted):
        return
    digests = report.run("files", check_files, archive, manifest["files"], report.facts)
    tree = report.run("checkpoint", read_checkpoint, archive, trusted, log["origin"])
    leaves = tree and report.run("entries", check_entries, archive, tree, report.facts)
    if digests is None or not leaves:
        return
    if PERSONAL in digests:
        report.run("personal", check_personal, archive, leaves)
    documents = {name: digest for name, digest in digests.items() if name.startswith("documents/")}
    if documents:
        report.run("documents", check_documents, documents, leaves)
    if any(name.startswith("evidence/") for name in digests):
        report.run("evidence", check_evidence, archive, digests, leaves)
    clocks = sorted(name for name in digests if name.startswith("clocks/"))
    if clocks:
        report.run("clocks", check_clocks, archive, clocks)


class _Report:
    def __init__(self) -> None:
        self.facts: dict[str, Any] = {"ok": False, "checks": [], "entries": 0, "files": 0}

    def run(self, name: str, check: Callable[..., Any], *arguments: Any) -> Any:
        """The value of a check, or None after noting its failure."""
        try:
            value = check(*arguments)
        except Failure as failure:
            self.add(name, False, str(failure))
            return None
        # The pack may be made by an enemy: whatever breaks a check is a failure, never a pass.
        except Exception as error:
            self.add(name, False, f"cannot be read: {type(error).__name__}: {error}"[:300])
            return None
        self.add(name, True, DETAILS[name](value))
        return value

    def add(self, name: str, ok: bool, detail: str) -> None:
        self.facts["checks"].append({"name": name, "ok": ok, "detail": detail})


DETAILS: dict[str, Callable[[Any], str]] = {
    "container": lambda archive: "the file is a zip archive",
    "names": lambda names: f"{len(names)} safe file names",
    "manifest": lambda manifest: f"pack of {manifest['engagement']}, made at {manifest['made_at']}",
    "key": lambda key: f"key {key[0]}, fingerprint {key[3]}",
    "signature": lambda text: "the manifest is signed by the key",
    "files": lambda digests: f"{len(digests)} files, exactly those of the manifest",
    "checkpoint": lambda tree: f"the log {tree[2]} had {tree[0]} entries, signed by the key",
    "entries": lambda leaves: f"{len(leaves)} entries proved in the log",
    "personal": lambda count: f"{count} personal parts belong to their entries",
    "documents": lambda count: f"{count} documents are those the log recorded",
    "evidence": lambda count: f"{count} files of evidence are those the log recorded",
    "clocks": lambda count: f"{count} clocks add up",
}
