"""Reading the log: entries, proofs and checkpoints. Callers decide first what the reader may see."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet, Sum

from breakfix.kernel.ledger import checkpoints, merkle, notes
from breakfix.kernel.models import Chain, Checkpoint, Entry, PersonalPart


def entries(organisation_id: int, *, topic: str = "") -> QuerySet[Entry]:
    """One organisation's log in order, or the part of it on one topic."""
    log = Entry.objects.filter(organisation_id=organisation_id).order_by("position")
    return log.filter(topic=topic) if topic else log


def first_recorded_at() -> datetime | None:
    """When the first deed of this installation was done; None where nothing has been recorded yet."""
    return Entry.objects.order_by("id").values_list("at", flat=True).first()


def owners() -> list[int]:
    """The organisations that have a log."""
    return list(Chain.objects.order_by("organisation_id").values_list("organisation_id", flat=True))


def count() -> int:
    """How many entries there are in all logs together."""
    return Entry.objects.count()


def size() -> int:
    """How many entries the heads of all logs speak of: the same as `count`, without counting."""
    return Chain.objects.aggregate(all=Sum("size"))["all"] or 0


def since(entry_id: int) -> QuerySet[Entry]:
    """Entries of every log after this one, oldest first: how a story follows its own telling."""
    return Entry.objects.filter(pk__gt=entry_id).order_by("pk")


def deed(deed_id: str) -> dict[str, Any] | None:
    """What one deed told, as any of its logs holds it."""
    entry = Entry.objects.filter(deed_id=deed_id).order_by("organisation_id").first()
    return json.loads(entry.leaf) if entry else None


def leaf_hashes(organisation_id: int, size: int) -> list[bytes]:
    """The first `size` leaf hashes of a log."""
    hashes = entries(organisation_id).filter(position__lt=size).values_list("leaf_hash", flat=True)
    return [bytes.fromhex(digest) for digest in hashes]


@dataclass(frozen=True)
class Proof:
    """That one entry is in the log of this size and root: RFC 9162 inclusion proof, hashes as hex, leaf first."""

    position: int
    size: int
    root: str
    path: list[str]


def proof_of(organisation_id: int, position: int) -> Proof:
    """The proof for one entry against the log as it stands now."""
    tree = merkle.Tree([bytes.fromhex(one) for one in entries(organisation_id).values_list("leaf_hash", flat=True)])
    path = [one.hex() for one in tree.inclusion_proof(position)]
    return Proof(position, entries(organisation_id).count(), tree.root.hex(), path)


def extract(organisation_id: int, topic: str, size: int) -> list[dict[str, Any]]:
    """Entries of one topic ("" for all) with their proofs against the tree of `size`: what a pack carries."""
    tree = merkle.Tree(leaf_hashes(organisation_id, size))
    chosen = entries(organisation_id, topic=topic).filter(position__lt=size)
    return [
        {
            "position": entry.position,
            "leaf": entry.leaf,
            "proof": [base64.b64encode(h).decode() for h in tree.inclusion_proof(entry.position)],
        }
        for entry in chosen
    ]


def personal_parts(organisation_id: int, topic: str, size: int) -> list[dict[str, Any]]:
    """The erasable parts that belong to an extract (topic "": to all of it), as far as they still exist."""
    parts = PersonalPart.objects.filter(entry__organisation_id=organisation_id, entry__position__lt=size).order_by(
        "entry__position", "image"
    )
    parts = parts.filter(entry__topic=topic) if topic else parts
    return [
        {"position": part.entry.position, "image": part.image, "salt": part.salt, "content": part.content}
        for part in parts.select_related("entry")
    ]


def check_log(organisation_id: int) -> list[str]:
    """What is wrong with one log, one sentence each: re-hashes every entry and compares with the head."""
    wrong: list[str] = []
    frontier = merkle.Frontier()
    for expected, entry in enumerate(entries(organisation_id).iterator(chunk_size=2000)):
        if entry.position != expected:
            wrong.append(f"position {expected} is missing")
            break
        digest = merkle.leaf_hash(entry.leaf.encode())
        if digest.hex() != entry.leaf_hash:
            wrong.append(f"entry {entry.position} was altered")
        wrong.extend(_column_faults(entry))
        frontier = frontier.append(digest)
    chain = Chain.objects.filter(organisation_id=organisation_id).first()
    head = {"size": chain.size, "peaks": chain.peaks} if chain else {"size": 0, "peaks": []}
    if head != frontier.to_json():
        wrong.append("the head of the log does not match its entries")
    return wrong


def check_newest(organisation_id: int, count: int) -> list[str]:
    """As `check_log`, quickly: the newest entries are hashed again, the rest is counted and fits the head."""
    log = entries(organisation_id)
    newest = list(log.order_by("-position")[:count])
    wrong = [
        f"entry {entry.position} was altered"
        for entry in newest
        if merkle.leaf_hash(entry.leaf.encode()).hex() != entry.leaf_hash
    ]
    wrong += [fault for entry in newest for fault in _column_faults(entry)]
    size = Chain.objects.filter(organisation_id=organisation_id).values_list("size", flat=True).first() or 0
    last = newest[0].position + 1 if newest else 0
    if not size == last == log.count():
        wrong.append("the head of the log does not match its entries")
    return wrong


def newest_receipt() -> datetime | None:
    """When the newest entry of all logs was received."""
    return Entry.objects.aggregate(newest=Max("received_at"))["newest"]


def _column_faults(entry: Entry) -> list[str]:
    """Columns that are indexed beside the leaf must say what the leaf says."""
    told = json.loads(entry.leaf)
    pairs = {
        "kind": entry.kind,
        "topic": entry.topic,
        "line": entry.line,
        "person": entry.person_id,
        "deed": str(entry.deed_id),
        "log": entry.organisation_id,
        "position": entry.position,
    }
    return [
        f"entry {entry.position}: column {name} was altered" for name, held in pairs.items() if told[name] != held
    ]


def last_checkpoint(organisation_id: int) -> Checkpoint | None:
    """The newest signed statement about a log."""
    return Checkpoint.objects.filter(organisation_id=organisation_id).order_by("-size").first()


def heads() -> dict[int, tuple[int, str]]:
    """Size and root of each log, by its owner."""
    return {
        chain.organisation_id: (chain.size, _head(chain).root.hex())
        for chain in Chain.objects.order_by("organisation_id")
    }


def _head(chain: Chain) -> merkle.Frontier:
    return merkle.Frontier.from_json({"size": chain.size, "peaks": chain.peaks})


def check_signed(organisation_id: int) -> list[str]:
    """What is wrong with the newest signed statement about a log: its signature, or a log that fell behind it."""
    signed = last_checkpoint(organisation_id)
    if signed is None:
        return []
    try:
        told = notes.verify_checkpoint(signed.note, checkpoints.signing_key().verifier_key)
    except (notes.BadNote, OSError) as error:
        return [f"the checkpoint at {signed.size} does not verify: {error}"]
    hashes = leaf_hashes(organisation_id, told.size)
    if len(hashes) < told.size:
        return [f"the log has {len(hashes)} entries, {told.size} were signed"]
    return (
        [] if merkle.Tree(hashes).root == told.root_hash else [f"the first {told.size} entries are not those signed"]
    )
