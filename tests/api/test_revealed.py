"""The API's dossier, suppliers' offers and loaners: the same as on the pages, to the same readers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from breakfix.diagnosis.actions import dossier
from breakfix.incidents.actions import course
from breakfix.kernel import clock
from breakfix.parts.actions import loans
from tests import makers_quotes, makers_work
from tests.api.conftest import problem_of
from tests.diagnosis.test_dossier import READ, SECRET, K, note, reveal
from tests.makers import World, local
from tests.makers_dispatch import dispatched
from tests.parts.test_sourcing import needed, offered
from tests.people import actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.set_to(READ):
        yield


def texts(caller: Any, path: str) -> list[str]:
    answer = caller.get(path)
    assert answer.status_code == 200
    return [one["text"] for one in answer.json()["items"]]


def test_dossier_is_closed_until_it_is_revealed_and_opened_and_closed_again_after(world: World, program: Any) -> None:
    note(world)
    note(world, kind=K.NETWORK, title="VLANs", text="12 is storage.")
    engagement = dispatched(world)
    tom, path = program("tom"), f"/engagements/{engagement.pk}"
    assert texts(tom, f"{path}/dossier") == []
    assert problem_of(tom.post(f"{path}/read-dossier", {}))[1] == "redacted"
    reveal(engagement, K.ACCESS)
    # Revealed, and not opened: what is read is on record first.
    assert texts(tom, f"{path}/dossier") == []
    assert tom.post(f"{path}/read-dossier", {}).status_code in (200, 201)
    assert texts(tom, f"{path}/dossier") == [SECRET]
    assert len(program("sol").get(f"{path}/dossier-readings").json()["items"]) == 1
    dossier.redact_dossier(engagement.pk, by=actor("rita"), at=READ)
    assert texts(tom, f"{path}/dossier") == []


def test_entry_that_was_written_anew_is_opened_anew(world: World, program: Any) -> None:
    entry, engagement = note(world), dispatched(world)
    reveal(engagement, K.ACCESS)
    tom, path = program("tom"), f"/engagements/{engagement.pk}"
    tom.post(f"{path}/read-dossier", {})
    given = {"title": "Server room", "text": "The lock was changed.", "at": READ + timedelta(minutes=1)}
    dossier.correct_dossier_entry(entry.pk, **given, by=actor("rita"))
    assert texts(tom, f"{path}/dossier") == []
    with clock.set_to(READ + timedelta(minutes=2)):
        tom.post(f"{path}/read-dossier", {})
        assert texts(tom, f"{path}/dossier") == ["The lock was changed."]


def test_nothing_of_it_is_open_once_the_engagement_is_over(world: World, program: Any) -> None:
    note(world)
    engagement = dispatched(world)
    reveal(engagement, K.ACCESS)
    tom, path = program("tom"), f"/engagements/{engagement.pk}"
    tom.post(f"{path}/read-dossier", {})
    course.cancel_engagement(engagement.pk, reason="It works again", by=actor("rita"), at=READ)
    answer = tom.get(f"{path}/dossier")
    assert answer.json()["items"] == []


def test_dossier_is_for_its_keepers_and_for_whoever_is_booked(world: World, program: Any) -> None:
    note(world)
    engagement = dispatched(world)
    reveal(engagement, K.ACCESS)
    path = f"/engagements/{engagement.pk}/dossier"
    assert texts(program("sol"), path) == [SECRET]
    for who in ("alice", "dana", "quinn", "ines", "ana", "cal", "hana", "hugo"):
        answer = program(who).get(path)
        assert answer.status_code == 404, who
        assert SECRET not in answer.content.decode()


def test_suppliers_offers_are_read_by_the_providers_office_alone(world: World, program: Any) -> None:
    engagement = makers_quotes.issued(world).engagement
    needed(world, engagement)
    offered(world, engagement)
    path = f"/engagements/{engagement.pk}/supplier-offers"
    (told,) = program("quinn").get(path).json()["items"]
    assert told["cost"]["currency"] == "USD"
    assert told["evidence"]["sha256"]
    for who in ("alice", "finn", "tom", "cal", "hana"):
        assert program(who).get(path).status_code == 404, who


def test_loans_of_an_engagement_are_read_by_both_sides(world: World, program: Any) -> None:
    order, at = makers_work.started(world), local("2026-12-02 03:00")
    provider = order.engagement.provider_id
    spare = loans.add_loaner(provider, tag="IB-L07", description="Loaner NAS", by=actor("dana"), at=at)
    given = {"loaner_id": spare.pk, "due_at": at + timedelta(days=2)}
    loans.offer_loaner(order.engagement_id, **given, by=actor("dana"), at=at)
    path = f"/engagements/{order.engagement_id}/loans"
    for who in ("alice", "dana", "tom"):
        (told,) = program(who).get(path).json()["items"]
        assert (told["tag"], told["status"], told["lent_at"]) == ("IB-L07", "OFFERED", None)
    for who in ("hana", "cal"):
        assert program(who).get(path).status_code == 404
