"""The evidence log: what a deed leaves in each log, rebuilding from it, and noticing every kind of tampering."""

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from breakfix.kernel import clock
from breakfix.kernel.access import OPERATOR, Actor, Role, Side
from breakfix.kernel.ledger import checkpoints, merkle, notes, queries, rebuild
from breakfix.kernel.ledger.canonical import canonical
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Chain, Checkpoint, Entry, PersonalPart, Task
from breakfix.kernel.money import Money
from breakfix.parties.models import Organisation, Person

AT = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.tampers]


def organisation(slug: str) -> Organisation:
    """A row by itself: what is recorded of it is up to each test."""
    return Organisation.objects.create(name=slug, slug=slug, side=Side.CLIENT, zone="UTC", currency="USD")


def person(of: Organisation, name: str = "Rita Solano") -> Person:
    email = f"{name.split()[0].lower()}@{of.slug}.example"
    return Person.objects.create(organisation=of, name=name, email=email, phone="+1 212 555 0142", password="secret")


def told(row: Any, to: list[int], at: datetime = AT, by: Actor = OPERATOR, **given: Any) -> uuid.UUID:
    typed = {"line": "Something was done.", "topic": "engagement/1", "changed": [row], **given}
    with transaction.atomic():
        return record("thing.done", subject=row, by=by, at=at, to=to, **typed)


def test_deed_stands_in_every_log_it_concerns_under_one_id() -> None:
    one, two = organisation("one"), organisation("two")
    by = Actor(7, one.pk, Side.CLIENT, frozenset({Role.REQUESTER, Role.AUDITOR}))
    with clock.set_to(AT + timedelta(minutes=3)):
        deed = told(one, [two.pk, one.pk], by=by, facts={"money": Money.of("675.00", "USD"), "n": Decimal("1.50")})
    entries = Entry.objects.filter(deed_id=deed).order_by("organisation_id")
    assert [(e.organisation_id, e.position) for e in entries] == [(one.pk, 0), (two.pk, 0)]
    leaf = json.loads(entries[0].leaf)
    assert canonical(leaf).decode() == entries[0].leaf
    assert (leaf["at"], leaf["received_at"]) == ("2026-12-01T12:00:00Z", "2026-12-01T12:03:00Z")
    assert (leaf["person"], leaf["organisation"], leaf["roles"]) == (7, one.pk, ["auditor", "requester"])
    assert leaf["facts"]["money"] == {"amount": "675.00", "currency": "USD"}
    (task,) = Task.objects.filter(kind="news")
    assert (task.key, task.due_at, task.payload["deed"]) == (f"news:{deed}", AT, str(deed))


def test_rows_of_one_organisation_stay_in_its_own_log() -> None:
    one, two = organisation("one"), organisation("two")
    secret = person(one)
    told(one, [one.pk, two.pk], own={one.pk: [secret]})
    images = {e.organisation_id: [i["row"] for i in json.loads(e.leaf)["images"]] for e in Entry.objects.all()}
    assert images == {one.pk: [one.key, secret.key], two.pk: [one.key]}


def test_personal_fields_are_apart_and_secrets_nowhere() -> None:
    one = organisation("one")
    rita = person(one)
    told(rita, [one.pk])
    leaf = Entry.objects.get().leaf
    part = PersonalPart.objects.get()
    assert [word in leaf for word in ("Rita", "rita@", "555 0142", "secret")] == [False] * 4
    assert {"name", "email", "phone"} <= set(json.loads(part.content))
    assert "secret" not in part.content
    assert len(bytes.fromhex(part.salt)) == 32


def test_erasing_a_person_breaks_no_proof() -> None:
    one = organisation("one")
    rita = person(one)
    told(rita, [one.pk])
    PersonalPart.objects.all().delete()
    assert queries.check_log(one.pk) == []
    image = rebuild.rebuild()[rita.key]
    assert "name" not in image
    assert image["organisation_id"] == one.pk


def test_deed_that_concerns_nobody_is_a_bug() -> None:
    one = organisation("one")
    with pytest.raises(RuntimeError, match="concerns at least one organisation"):
        told(one, [])
    assert Entry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_deed_runs_inside_the_transaction_of_its_writes() -> None:
    one = organisation("one")
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record("thing.done", subject=one, by=OPERATOR, at=AT, to=[one.pk], line="No.")
    assert (Entry.objects.count(), Task.objects.count()) == (0, 0)


def test_row_handed_in_twice_is_recorded_as_it_was_last() -> None:
    one = organisation("one")
    before = Organisation.objects.get(pk=one.pk)
    one.name = "renamed"
    one.save()
    told(one, [one.pk], changed=[before, one])
    (image,) = json.loads(Entry.objects.get().leaf)["images"]
    assert image["fields"]["name"] == "renamed"


def test_any_row_at_any_instant_comes_back_from_the_log_alone() -> None:
    one = organisation("one")
    told(one, [one.pk])
    one.name = "renamed"
    one.save()
    told(one, [one.pk], at=AT + timedelta(days=1))
    then = rebuild.rebuild(until=AT + timedelta(hours=1))
    assert (then[one.key]["name"], rebuild.rebuild()[one.key]["name"]) == ("one", "renamed")
    assert rebuild.differences() == []


def test_table_that_was_changed_behind_the_log_is_named() -> None:
    one = organisation("one")
    told(one, [one.pk])
    two = organisation("two")
    Organisation.objects.filter(pk=one.pk).update(name="quietly", zone="Asia/Tokyo")
    assert sorted(rebuild.differences()) == [
        f"{one.key} differs from the log in name, zone",
        f"{two.key} is in no log",
    ]


@pytest.fixture(name="log")
def _log() -> Organisation:
    """A log of five entries."""
    one = organisation("one")
    for turn in range(5):
        told(one, [one.pk], at=AT + timedelta(minutes=turn), line=f"Turn {turn}.")
    assert queries.check_log(one.pk) == []
    return one


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"leaf": '{"line":"nothing happened"}'}, "entry 2 was altered"),
        ({"leaf_hash": "00" * 32}, "entry 2 was altered"),
        ({"line": "Nothing happened."}, "entry 2: column line was altered"),
        ({"kind": "thing.undone"}, "entry 2: column kind was altered"),
        ({"topic": "engagement/2"}, "entry 2: column topic was altered"),
        ({"person_id": 9}, "entry 2: column person was altered"),
    ],
)
def test_altered_entry_is_noticed(log: Organisation, change: dict[str, Any], said: str) -> None:
    if "leaf" in change:
        leaf = json.loads(Entry.objects.get(position=2).leaf)
        change = {"leaf": canonical({**leaf, "line": "Nothing happened."}).decode()}
    Entry.objects.filter(position=2).update(**change)
    assert said in queries.check_log(log.pk)


def test_removed_swapped_or_rewritten_entries_are_noticed(log: Organisation) -> None:
    """Also where whoever rewrote the last entry made its hash right: the head does not match."""
    with transaction.atomic():
        Entry.objects.filter(position=1).delete()
        assert queries.check_log(log.pk)[0] == "position 1 is missing"
        transaction.set_rollback(True)
    with transaction.atomic():
        Entry.objects.filter(position=4).delete()
        assert queries.check_log(log.pk) == ["the head of the log does not match its entries"]
        transaction.set_rollback(True)
    last = Entry.objects.get(position=4)
    leaf = canonical({**json.loads(last.leaf), "line": "Nothing happened."})
    Entry.objects.filter(pk=last.pk).update(
        leaf=leaf.decode(), line="Nothing happened.", leaf_hash=merkle.leaf_hash(leaf).hex()
    )
    assert queries.check_log(log.pk) == ["the head of the log does not match its entries"]


def test_proof_of_an_entry_verifies_against_the_signed_head(log: Organisation, settings: Any, tmp_path: Path) -> None:
    settings.BREAKFIX_LEDGER_KEY = tmp_path / "ledger.key"
    key = notes.SigningKey.load_or_create(settings.BREAKFIX_LEDGER_KEY, checkpoints.KEY_NAME)
    signed = checkpoints.sign_head(log.pk, AT)
    assert checkpoints.sign_head(log.pk, AT + timedelta(days=1)) == signed
    assert signed.note.splitlines()[:2] == [f"breakfix-log/organisation-{log.pk}", "5"]
    head = notes.verify_checkpoint(signed.note, key.verifier_key)
    proof = queries.proof_of(log.pk, 3)
    assert (head.size, head.root_hash.hex()) == (5, proof.root)
    leaf = bytes.fromhex(Entry.objects.get(position=3).leaf_hash)
    path = [bytes.fromhex(one) for one in proof.path]
    assert merkle.verify_inclusion(3, 5, leaf, path, head.root_hash)
    assert not merkle.verify_inclusion(2, 5, leaf, path, head.root_hash)
    told(log, [log.pk], at=AT + timedelta(days=2))
    assert checkpoints.sign_head(log.pk, AT + timedelta(days=2)).size == 6
    assert queries.last_checkpoint(log.pk) == Checkpoint.objects.get(size=6)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_deeds_side_by_side_make_one_log_without_a_fork() -> None:
    one, two = organisation("one"), organisation("two")
    start = threading.Barrier(4)

    def act(turn: int) -> None:
        try:
            start.wait(10)
            for _ in range(5):
                told(one, [two.pk, one.pk] if turn % 2 else [one.pk, two.pk])
        finally:
            connection.close()

    people = [threading.Thread(target=act, args=(turn,)) for turn in range(4)]
    for each in people:
        each.start()
    for each in people:
        each.join(60)
    assert [Chain.objects.get(organisation_id=o.pk).size for o in (one, two)] == [20, 20]
    assert [queries.check_log(o.pk) for o in (one, two)] == [[], []]
