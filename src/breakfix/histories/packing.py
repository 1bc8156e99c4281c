"""What goes into a closure pack: the client's log extract with its proofs, clocks, documents and evidence."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from breakfix.histories.models import Document
from breakfix.histories.pack_format import build_pack
from breakfix.histories.queries import documents
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel import files
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.canonical import canonical, plain
from breakfix.kernel.ledger.checkpoints import origin, signing_key
from breakfix.kernel.models import Checkpoint, File
from breakfix.quotes import queries as quotes

# Files that the record makes itself; they lie under documents/, or are earlier packs.
RENDERED = frozenset({"document.rendered", "pack.sealed"})


@dataclass(frozen=True)
class Packed:
    """The bytes of a pack and how much is in it."""

    content: bytes
    entries: int
    documents: int
    evidence: int


def topics_of(engagement: Engagement) -> list[str]:
    """The parts of the client's log that tell of an engagement: itself, its agreement, its machine's passport."""
    asset = [f"passport/{engagement.asset_id}"] if engagement.asset_id else []
    return [engagement.topic, engagement.agreement_version.agreement.topic, *asset]


def news_since(engagement: Engagement, size: int) -> bool:
    """Whether the engagement's log says anything past its first `size` entries, sealing itself apart."""
    log = ledger.entries(engagement.client_id, topic=engagement.topic).filter(position__gte=size)
    return log.exclude(kind="pack.sealed").exists()


def pack_of(engagement: Engagement, checkpoint: Checkpoint, at: datetime) -> Packed:
    """The pack as of a signed head of the client's log; what is recorded later is not in it."""
    log, size = engagement.client_id, checkpoint.size
    entries = [entry for topic in topics_of(engagement) for entry in ledger.extract(log, topic, size)]
    personal = [part for topic in topics_of(engagement) for part in ledger.personal_parts(log, topic, size)]
    kept = documents(engagement, SYSTEM)
    evidence = dict(_evidence(engagement, entries))
    contents = {**dict(_printed(kept)), **evidence, **clocks_of(engagement, at)}
    if personal:
        contents["log/personal.jsonl"] = lines(personal)
    facts = {
        "engagement": engagement.number,
        "title": engagement.title,
        "client": engagement.client.legal_name,
        "provider": engagement.provider.legal_name,
        "made_at": at,
        "log": {"origin": origin(log), "organisation": log, "size": size},
    }
    content = build_pack(
        manifest_facts=facts, files=contents, entries=entries, checkpoint=checkpoint.note, key=signing_key()
    )
    return Packed(content, len(entries), len(kept), len(evidence))


def _printed(kept: Iterable[Document]) -> Iterator[tuple[str, bytes]]:
    for document in kept:
        yield f"{document.path}.json", files.read(document.json)
        yield f"{document.path}.pdf", files.read(document.pdf)


def _evidence(engagement: Engagement, entries: Iterable[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """Every file that an entry of the extract names, and the suppliers' offers that an issued quote names."""
    leaves = [json.loads(entry["leaf"]) for entry in entries]
    rows = [image["row"] for leaf in leaves if leaf["kind"] not in RENDERED for image in leaf["images"]]
    named = {int(row.rpartition("/")[2]) for row in rows if row.startswith("kernel.file/")}
    offered = [quote.content.get("evidence", ()) for quote in quotes.quotes_of(engagement, SYSTEM)]
    issued = {one["sha256"] for evidence in offered for one in evidence}
    named |= {proof.file_id for proof in quotes.evidence_of(engagement) if proof.file.sha256 in issued}
    for key, file in sorted(File.objects.in_bulk(named).items()):
        yield f"evidence/{key}-{tidy(file.name)}", files.read(file)


def tidy(name: str) -> str:
    """A name that every zip tool takes."""
    return "".join(char if char.isalnum() or char in "._-" else "_" for char in name)


def clocks_of(engagement: Engagement, at: datetime) -> dict[str, bytes]:
    """Each clock of an engagement, stretch by stretch, under the name of its file."""
    printed = canonical(plain(incidents.printouts(engagement, at)))
    return {f"clocks/{engagement.number}.json": printed}


def lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """One canonical JSON object per line."""
    return b"".join(canonical(row) + b"\n" for row in rows)
