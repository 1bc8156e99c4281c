"""`record()`: the one place where a deed is told. It writes the evidence and plans the news, or refuses to run."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction

from breakfix.kernel import clock, fence, figures, tasks
from breakfix.kernel.access import Actor
from breakfix.kernel.ledger.canonical import canonical, plain
from breakfix.kernel.ledger.images import Image, image_of
from breakfix.kernel.ledger.merkle import Frontier, leaf_hash
from breakfix.kernel.models import Chain, Entry, PersonalPart, Row

ORDER = "organisation_id"  # in which every deed holds the logs that it tells: two never wait for each other


@dataclass(frozen=True)
class Telling:
    """What every organisation's copy of a deed has in common."""

    kind: str
    subject: str
    topic: str
    line: str
    at: datetime
    received_at: datetime
    by: Actor
    facts: dict[str, Any]
    deed_id: uuid.UUID

    def leaf(self, organisation_id: int, position: int, images: list[Image]) -> bytes:
        """The canonical bytes that this organisation's log proves."""
        body = {
            "log": organisation_id,
            "position": position,
            "deed": str(self.deed_id),
            "kind": self.kind,
            "subject": self.subject,
            "topic": self.topic,
            "line": self.line,
            "at": plain(self.at),
            "received_at": plain(self.received_at),
            "person": self.by.person_id,
            "organisation": self.by.organisation_id,
            "roles": sorted(role.value for role in self.by.roles),
            "facts": self.facts,
            "images": [image.public for image in images],
        }
        return canonical(body)


def record(
    kind: str,
    *,
    subject: Row,
    by: Actor,
    at: datetime,
    to: Iterable[int],
    line: str,
    topic: str = "",
    facts: Mapping[str, object] | None = None,
    changed: Iterable[Row] = (),
    own: Mapping[int, Iterable[Row]] | None = None,
    received_at: datetime | None = None,
) -> uuid.UUID:
    """Append this deed to the log of each organisation it concerns, and plan its news, in the caller's transaction.

    `changed` are the rows written (their after-images go to every log in `to`); `own` are rows that only one
    organisation may see. `line` is one plain sentence without personal names. Returns the deed's id.
    Raises RuntimeError outside a transaction: a deed that is not recorded with its writes did not happen.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() runs inside the transaction of the deed it records")
    private = {org: list(rows) for org, rows in (own or {}).items()}
    everyone = sorted(set(to) | set(private))
    if not everyone:
        raise RuntimeError(f"{kind}: a deed concerns at least one organisation")
    shared = [image_of(row) for row in _last_of_each(changed)]
    deed_id = uuid.uuid4()
    telling = Telling(
        kind=kind,
        subject=subject.key,
        topic=topic,
        line=line,
        at=at,
        received_at=received_at or clock.now(),
        by=by,
        facts=plain(dict(facts or {})),
        deed_id=deed_id,
    )
    images = {org: shared + [image_of(row) for row in _last_of_each(private.get(org, ()))] for org in everyone}
    news = {"deed": str(deed_id), "kind": kind, "subject": subject.key, "topic": topic}
    # The other side's log is no row of the one who acts.
    with fence.as_machine():
        _append(telling, images)
        tasks.enqueue("news", key=f"news:{deed_id}", due_at=at, at=at, payload=news)
    # A figure that cannot be counted is no fault of a deed that is done.
    transaction.on_commit(partial(figures.recorded, kind, str(deed_id)), robust=True)
    return deed_id


def hold_logs(organisations: Iterable[int]) -> None:
    """Hold these logs, in the order that every deed takes them: before a transaction that tells more than one deed.

    Told one after the other, the second could need a log that somebody holds who waits for one of the first.
    """
    with fence.as_machine():
        _lock_chains(set(organisations))


def _lock_chains(organisations: set[int]) -> list[Chain]:
    """The heads of these logs, held in order. One that is missing is nobody else's yet: its organisation is new."""
    held = Chain.objects.filter(organisation_id__in=organisations).select_for_update().order_by(ORDER)
    chains = list(held)
    if len(chains) == len(organisations):
        return chains
    for organisation_id in sorted(organisations - {chain.organisation_id for chain in chains}):
        Chain.objects.get_or_create(organisation_id=organisation_id)
    return list(held.all())


def _last_of_each(rows: Iterable[Row]) -> list[Row]:
    """Each row once, as it was passed last: steps may hand in the same row twice."""
    return list({row.key: row for row in rows}.values())


def _append(telling: Telling, images: Mapping[int, list[Image]]) -> None:
    """The next entry of each of these logs, all of them at once: every deed passes here."""
    chains = _lock_chains(set(images))
    entries = []
    for chain in chains:
        leaf = telling.leaf(chain.organisation_id, chain.size, images[chain.organisation_id])
        digest = leaf_hash(leaf)
        entries.append(_entry(telling, chain, leaf, digest))
        frontier = Frontier.from_json({"size": chain.size, "peaks": chain.peaks}).append(digest)
        chain.size, chain.peaks = frontier.size, frontier.to_json()["peaks"]
    parts = [
        PersonalPart(entry=entry, image=number, salt=image.salt, content=image.content)
        for entry in Entry.objects.bulk_create(entries)
        for number, image in enumerate(images[entry.organisation_id])
        if image.salt
    ]
    PersonalPart.objects.bulk_create(parts)
    # The rows are there and held; this is one statement for all of them.
    Chain.objects.bulk_create(
        chains, update_conflicts=True, unique_fields=["organisation_id"], update_fields=["size", "peaks"]
    )


def _entry(telling: Telling, chain: Chain, leaf: bytes, digest: bytes) -> Entry:
    return Entry(
        organisation_id=chain.organisation_id,
        position=chain.size,
        deed_id=telling.deed_id,
        kind=telling.kind,
        topic=telling.topic,
        at=telling.at,
        received_at=telling.received_at,
        person_id=telling.by.person_id,
        line=telling.line,
        leaf=leaf.decode(),
        leaf_hash=digest.hex(),
    )
