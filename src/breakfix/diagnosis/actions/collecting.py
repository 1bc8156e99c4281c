"""The offline collector: allowed by the client for one engagement, run by the client, handed in by the client."""

import secrets
from datetime import datetime

from django.db import transaction

from breakfix.diagnosis import collecting
from breakfix.diagnosis.models import CollectedOutput, Collection
from breakfix.diagnosis.rules import bundle as bundles
from breakfix.diagnosis.rules import collecting as rules
from breakfix.diagnosis.values import Output
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, person_behind, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row


@transaction.atomic
def allow_collection(engagement_id: int, *, keep_days: int = 90, by: Actor, at: datetime) -> Collection:
    """Let evidence be collected on the failed machine: a script with a key for one bundle, good for seven days.

    Only the client downloads and runs it. `keep_days` says until when what it brings is to be kept.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.ALLOW_COLLECTION, org=engagement.client_id)
    waiting = collecting.open_on(engagement)
    expired = waiting if waiting is not None and at >= waiting.expires_at else None
    rules.check_can_allow(Status(engagement.status), is_open=waiting is not expired, keep_days=keep_days)
    rows: list[Row] = [_ended(expired, at)] if expired is not None else []
    made = Collection.objects.create(
        engagement=engagement,
        nonce=secrets.token_hex(32),
        allowed_by_id=_person(by),
        allowed_at=at,
        expires_at=at + rules.LASTS,
        keep_until=rules.keep_until(at, engagement.zone, keep_days),
    )
    line = f"The client allowed the offline collector on this engagement; kept until {made.keep_until:%-d %B %Y}."
    _tell("collection.allowed", made, line, [*rows, made], by, at, {"keep_until": made.keep_until.isoformat()})
    return made


@transaction.atomic
def withdraw_collection(engagement_id: int, *, by: Actor, at: datetime) -> Collection:
    """Take the permission back: a bundle made with its key is not taken any more."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.WITHDRAW_COLLECTION, org=engagement.client_id)
    waiting = collecting.open_on(engagement)
    if waiting is None:
        raise Refused("nothing_allowed", "No collector is allowed on this engagement now.")
    _ended(waiting, at)
    _tell("collection.withdrawn", waiting, "The client withdrew the offline collector.", [waiting], by, at, {})
    return waiting


@transaction.atomic
def hand_in_bundle(engagement_id: int, *, bundle: Upload, by: Actor, at: datetime) -> Collection:
    """Keep what the collector brought, each output as evidence of its own, if it is whole and of this engagement.

    Its key is spent by that. What is forged, altered, foreign, handed in before or too large is refused.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.HAND_IN_BUNDLE, org=engagement.client_id)
    rules.check_open(Status(engagement.status))
    if files.media_type_of(bundle, field="bundle") != "application/zip":
        bundles.refuse("bundle_damaged", "This is no zip, which is what the collector writes.")
    held = bundles.opened(bundle.content)
    manifest = bundles.manifest_of(held)
    mine = {one.pk: one for one in collecting.collections_of(engagement)}
    found = mine.get(manifest.collection)
    if found is None or manifest.engagement != engagement.number:
        bundles.refuse("bundle_foreign", "This bundle was collected for another engagement.")
    rules.check_still_awaited(
        handed_in_at=found.handed_in_at, withdrawn_at=found.withdrawn_at, expires_at=found.expires_at, at=at
    )
    bundles.check_genuine(held, collecting.key_of(found))
    outputs = bundles.outputs_of(held, manifest)
    found.bundle = files.keep(bundle, topic=engagement.topic, at=at)
    found.system, found.machine = manifest.system[:20], manifest.machine[:200]
    found.handed_in_at, found.handed_in_by_id, found.nonce = at, _person(by), ""
    found.save()
    rows = [found.bundle, found, *_kept(engagement, found, outputs, at)]
    many = "1 output" if len(outputs) == 1 else f"{len(outputs)} outputs"
    line = f"The client handed in what the offline collector found: {many}."
    facts = {"sha256": found.bundle.sha256, "outputs": len(outputs), "system": found.system}
    _tell("collection.handed_in", found, line, rows, by, at, facts)
    return found


def _kept(
    engagement: Engagement, collection: Collection, outputs: list[tuple[Output, bytes]], at: datetime
) -> list[Row]:
    """Each output as a file of the engagement, with what is known of the command."""
    rows: list[Row] = []
    for output, content in outputs:
        file = files.keep(Upload(f"collected-{output.name}.txt", content), topic=engagement.topic, at=at)
        row = CollectedOutput.objects.create(
            collection=collection,
            file=file,
            command=" ".join(output.command)[:400],
            outcome=output.outcome[:20],
            exit_code=output.exit_code,
            started_at=output.started_at,
            cut=output.cut,
        )
        rows += [file, row]
    return rows


def _ended(collection: Collection, at: datetime) -> Collection:
    """Its key opens nothing any more."""
    collection.withdrawn_at, collection.nonce = at, ""
    collection.save(update_fields=["withdrawn_at", "nonce"])
    return collection


def _person(by: Actor) -> int:
    return person_behind(by, "Evidence is collected by people of the client, not by machines.")


def _tell(
    kind: str, collection: Collection, line: str, rows: list[Row], by: Actor, at: datetime, facts: dict[str, object]
) -> None:
    engagement = collection.engagement
    record(
        kind,
        subject=collection,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
