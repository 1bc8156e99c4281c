"""Everything of one organisation in one zip that proves itself: its log, its rows, its files, with all their proofs.

What is exported is what its own log tells: nothing of another organisation is in there, and nothing is missing that
was ever recorded for this one and not erased since. It is theirs, whether an agreement still runs or not.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from breakfix.histories.pack_format import build_pack
from breakfix.histories.packing import RENDERED, Packed, clocks_of, lines, tidy
from breakfix.incidents import queries as incidents
from breakfix.kernel import files
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.canonical import canonical
from breakfix.kernel.ledger.checkpoints import origin, sign_head, signing_key
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.parties.models import Organisation

READ_ME = """\
This zip holds everything of one organisation as Breakfix recorded it, and the proof that nothing in it was changed.

To verify it, with Python 3.9 or later and no network:

    python3 THIS-FILE.zip --key YOUR-COPY-OF-THE-KEY

manifest.json        every file with its SHA-256; manifest.sig signs it
data/                every record as it stands now, one JSON file for each kind
documents/           what was issued (JSON) and how it was printed (PDF)
evidence/            what was handed in
clocks/              each clock of each engagement, stretch by stretch
log/checkpoint.txt   the signed state of the log
log/entries.jsonl    all its entries, each with its proof (RFC 9162)
log/personal.jsonl   personal parts, bound to entries by salted hashes
verifier/            the program, a few hundred lines to read
"""


def export_of(organisation: Organisation, at: datetime) -> Packed:
    """Sign the organisation's log as it stands, and pack all that it speaks of."""
    checkpoint = sign_head(organisation.pk, at)
    entries = ledger.extract(organisation.pk, "", checkpoint.size)
    leaves = [json.loads(entry["leaf"]) for entry in entries]
    documents, evidence = dict(_documents(leaves)), dict(_evidence(leaves))
    contents = {**documents, **evidence, **_rows(organisation.pk), **_clocks(organisation.pk, at)}
    personal = ledger.personal_parts(organisation.pk, "", checkpoint.size)
    if personal:
        contents["log/personal.jsonl"] = lines(personal)
    facts = {
        "engagement": f"everything of {organisation.slug}",
        "title": "Export of one organisation",
        "organisation": organisation.legal_name,
        "made_at": at,
        "log": {"origin": origin(organisation.pk), "organisation": organisation.pk, "size": checkpoint.size},
    }
    content = build_pack(
        manifest_facts=facts,
        files=contents,
        entries=entries,
        checkpoint=checkpoint.note,
        key=signing_key(),
        read_me=READ_ME,
    )
    return Packed(content, len(entries), len(documents) // 2, len(evidence))


def _documents(leaves: Iterable[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """The latest rendering of each document, as the log has its hashes."""
    for leaf in leaves:
        if leaf["kind"] == "document.rendered":
            facts = leaf["facts"]
            yield f"{facts['path']}.json", files.path_of(facts["json_sha256"]).read_bytes()
            yield f"{facts['path']}.pdf", files.path_of(facts["pdf_sha256"]).read_bytes()


def _evidence(leaves: Iterable[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    images = [image for leaf in leaves if leaf["kind"] not in RENDERED for image in leaf["images"]]
    for image in images:
        table, _, key = image["row"].partition("/")
        if table == "kernel.file":
            path = files.path_of(image["fields"]["sha256"])
            yield f"evidence/{key}-{tidy(image['fields']['name'])}", path.read_bytes()


def _rows(organisation_id: int) -> dict[str, bytes]:
    """Every record as this log tells it last, personal fields included where they were not erased."""
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row, fields in sorted(rebuild(organisation_id=organisation_id).items()):
        tables[row.partition("/")[0]].append(fields)
    return {f"data/{table}.json": canonical(rows) for table, rows in tables.items()}


def _clocks(organisation_id: int, at: datetime) -> dict[str, bytes]:
    theirs = Q(client=organisation_id) | Q(provider=organisation_id)
    found: dict[str, bytes] = {}
    for engagement in incidents.visible_to(SYSTEM).filter(theirs):
        found |= clocks_of(engagement, at)
    return found
