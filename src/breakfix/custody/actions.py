"""Taking things of the client over, and giving them back: every change of hands is signed by both sides."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.custody import queries, rules, steps
from breakfix.custody.models import CustodyItem, Handover
from breakfix.custody.values import Decision, Direction, ItemGiven, ItemStatus, SealRead
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import preserving, words
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, Role, person_behind, require
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts

LONGEST = {"description": 200, "maker": 80, "model": 80, "serial": 80, "seal": 60, "position": 60, "condition": 300}


@transaction.atomic
def take_into_custody(
    engagement_id: int, *, items: list[ItemGiven], place: str, note: str = "", by: Actor, at: datetime
) -> Handover:
    """Take items of the client over, each under its serial and a seal; until they are back nothing is closed.

    Somebody of the client signs for what was taken (`sign_handover`).
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.TAKE_INTO_CUSTODY, org=engagement.provider_id)
    rules.check_can_take(Status(engagement.status))
    given = [_item(one, n) for n, one in enumerate(items)]
    before = queries.items_of(engagement)
    rules.check_given(given, serials=[one.serial for one in before], seals=[one.seal for one in before])
    handover = _handover(engagement, Direction.TAKEN, place, note, by, at)
    taken = [
        CustodyItem.objects.create(
            engagement=engagement,
            number=number,
            holder_id=engagement.provider_id,
            taken=handover,
            **{name: getattr(one, name) for name in LONGEST},
        )
        for number, one in enumerate(given, start=len(before) + 1)
    ]
    rows: list[Row] = [handover, *taken, *steps.owe(engagement, at), *_ask_to_sign(handover, len(taken), at)]
    line = f"{_count(taken)} taken into custody at {handover.place}."
    _tell("custody.taken", handover, line, rows, by, at, taken)
    return handover


@transaction.atomic
def sign_handover(handover_id: int, *, by: Actor, at: datetime) -> Handover:
    """The client's signature under a handover: what was listed left its hands, or is back in them."""
    handover = queries.lock_handover(handover_id, by)
    engagement = handover.engagement
    require(by, Deed.SIGN_HANDOVER, org=engagement.client_id)
    rules.check_can_sign(signed=handover.signed_at is not None)
    handover.signed_by_id, handover.signed_at = _person(by), at
    handover.save(update_fields=["signed_by", "signed_at"])
    rows = [handover, *incident_steps.close_end(engagement, EndKind.CUSTODY, subject=handover.subject, at=at)]
    taken = handover.direction == Direction.TAKEN
    line = "The client signed for what was taken." if taken else "The client signed for what was handed back."
    _tell("custody.signed", handover, line, rows, by, at, [])
    return handover


@transaction.atomic
def decide_items(
    engagement_id: int, *, decision: Decision, reason: str, serials: list[str] | None = None, by: Actor, at: datetime
) -> list[CustodyItem]:
    """The data owner says what becomes of everything in custody, or of these serials: back, or destroyed."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.DECIDE_ITEMS, org=engagement.client_id)
    said = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    wanted = {one.strip() for one in serials or ()}
    items = [one for one in queries.held(engagement) if not wanted or one.serial in wanted]
    rules.check_can_decide(len(items))
    rows = steps.decide(engagement, items, decision, reason=said, person_id=_person(by), at=at)
    word = "handed back" if decision is Decision.RETURN else "destroyed"
    _tell("custody.decided", engagement, f"{_count(items)} to be {word}: {said}", rows, by, at, items)
    return items


@transaction.atomic
def hand_back(
    engagement_id: int, *, items: list[SealRead], place: str, note: str = "", by: Actor, at: datetime
) -> Handover:
    """Give items back, reading each seal: one that differs stops the handover. The client signs for them."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.HAND_BACK, org=engagement.provider_id)
    read = [SealRead(one.serial.strip(), one.seal.strip()) for one in items]
    known = {one.serial: one for one in queries.items_of(engagement)}
    rules.check_seals(read, {serial: one.seal for serial, one in known.items()})
    gone = [known[one.serial] for one in read]
    for n, item in enumerate(gone):
        rules.check_move(item.serial, ItemStatus(item.status), ItemStatus.RETURNED, field=f"items-{n}-serial")
        rules.check_decided(item.serial, item.decision, Decision.RETURN, field=f"items-{n}-serial")
    handover = _handover(engagement, Direction.HANDED_BACK, place, note, by, at)
    for item in gone:
        item.status, item.holder_id, item.handed_back = ItemStatus.RETURNED.value, engagement.client_id, handover
        item.save(update_fields=["status", "holder", "handed_back"])
    # First what has to be signed, then what is owed: the engagement is at no instant free to be closed.
    rows: list[Row] = [handover, *gone, *_ask_to_sign(handover, len(gone), at), *steps.owe(engagement, at)]
    line = f"{_count(gone)} handed back at {handover.place}, seals as given."
    _tell("custody.handed_back", handover, line, rows, by, at, gone)
    return handover


@transaction.atomic
def destroy_items(
    engagement_id: int,
    *,
    serials: list[str],
    technique: str,
    witness: str,
    evidence: Upload,
    by: Actor,
    at: datetime,
) -> list[CustodyItem]:
    """Note that items were destroyed as the data owner decided: how, before whom, and a photograph of the rest."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.DESTROY_ITEMS, org=engagement.provider_id)
    preserving.check_may_wipe(Domain(engagement.domain), engagement.preserved)
    known = {one.serial: one for one in queries.items_of(engagement)}
    wanted = list(dict.fromkeys(one.strip() for one in serials))
    rules.check_known(wanted, known)
    how = texts.text(technique, "technique", longest=200)
    seen_by = texts.text(witness, "witness", longest=120)
    gone = [known[serial] for serial in wanted]
    for n, item in enumerate(gone):
        rules.check_move(item.serial, ItemStatus(item.status), ItemStatus.DESTROYED, field=f"serials-{n}")
        rules.check_decided(item.serial, item.decision, Decision.DESTROY, field=f"serials-{n}")
    kept = files.keep(evidence, topic=engagement.topic, at=at)
    for item in gone:
        item.status, item.destroyed_at, item.destroyed_evidence = ItemStatus.DESTROYED.value, at, kept
        item.destruction = f"{how}, witnessed by {seen_by}"
        item.save(update_fields=["status", "destroyed_at", "destroyed_evidence", "destruction"])
    rows: list[Row] = [kept, *gone, *steps.owe(engagement, at)]
    _tell("custody.destroyed", engagement, f"{_count(gone)} destroyed: {gone[0].destruction}.", rows, by, at, gone)
    return gone


def _item(one: ItemGiven, n: int) -> ItemGiven:
    said = {
        name: texts.text(getattr(one, name), f"items-{n}-{name}", longest=longest, required=False)
        for name, longest in LONGEST.items()
    }
    return ItemGiven(**said)


def _handover(
    engagement: Engagement, direction: Direction, place: str, note: str, by: Actor, at: datetime
) -> Handover:
    return Handover.objects.create(
        engagement=engagement,
        direction=direction.value,
        place=texts.text(place, "place", longest=200),
        note=words.check_no_amount(texts.text(note, "note", longest=400, required=False), "note"),
        done_by_id=_person(by),
        done_at=at,
    )


def _ask_to_sign(handover: Handover, count: int, at: datetime) -> list[Row]:
    way = "taken" if handover.direction == Direction.TAKEN else "handed back"
    return incident_steps.open_end(
        handover.engagement,
        EndKind.CUSTODY,
        f"Sign for {count} item{'' if count == 1 else 's'} {way}",
        organisation_id=handover.engagement.client_id,
        role=Role.REQUESTER,
        subject=handover.subject,
        at=at,
    )


def _person(by: Actor) -> int:
    """A signature is a person's."""
    return person_behind(by, "Items change hands between people, not machines.")


def _count(items: list[CustodyItem]) -> str:
    return f"{len(items)} item{'' if len(items) == 1 else 's'}"


def _tell(
    kind: str, subject: Any, line: str, changed: list[Row], by: Actor, at: datetime, items: list[CustodyItem]
) -> None:
    engagement = subject if isinstance(subject, Engagement) else subject.engagement
    listed = [{"number": one.number, "serial": one.serial, "seal": one.seal} for one in items]
    record(
        kind,
        subject=subject,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"items": listed},
        changed=changed,
    )
