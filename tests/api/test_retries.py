"""`Idempotency-Key`: what is sent twice is done once, and answered twice alike."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from breakfix.api import answers, steps
from breakfix.api.models import StoredAnswer
from breakfix.kernel import clock
from breakfix.kernel.models import Entry
from tests import makers, makers_incidents
from tests.api.conftest import NOW, Program, problem_of, token_of

Start = Callable[..., Program]
TEXT = {"text": "The spare drive is on its way."}


@pytest.fixture
def updates(_noon: None) -> str:
    """Where Northgate's engagement takes updates."""
    return f"/engagements/{makers_incidents.acknowledged(makers.world()).pk}/updates"


def done() -> int:
    return len({entry.deed_id for entry in Entry.objects.filter(leaf__contains=TEXT["text"])})


def test_repetition_does_nothing_and_gets_the_same_answer(updates: str, program: Start) -> None:
    dana = program("dana")
    first = dana.post(updates, TEXT, Idempotency_Key="one")
    again = dana.post(updates, TEXT, Idempotency_Key="one")
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert done() == 1
    assert dana.post(updates, TEXT, Idempotency_Key="two").status_code == 201
    assert done() == 2


def test_without_a_key_everything_is_done_each_time(updates: str, program: Start) -> None:
    dana = program("dana")
    assert [dana.post(updates, TEXT).status_code for _ in range(2)] == [201, 201]
    assert (done(), StoredAnswer.objects.count()) == (2, 0)


def test_key_of_another_request_is_a_mistake(updates: str, program: Start) -> None:
    dana = program("dana")
    dana.post(updates, TEXT, Idempotency_Key="one")
    answer = dana.post(updates, {"text": "Something else."}, Idempotency_Key="one")
    assert problem_of(answer) == (422, "idempotency_mismatch")
    assert done() == 1


def test_key_belongs_to_one_token_and_one_address(updates: str, program: Start) -> None:
    dana, again = program("dana"), program("dana")
    for one in (dana, again):
        assert one.post(updates, TEXT, Idempotency_Key="one").status_code == 201
    assert done() == 2
    other = updates.replace("updates", "hold")
    assert problem_of(dana.post(other, {}, Idempotency_Key="one")) == (422, "missing_field")


def test_request_in_flight_is_told_so(updates: str, program: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    dana, seen = program("dana"), []

    def slow(*args: Any, **given: Any) -> Any:
        monkeypatch.undo()
        seen.append(dana.post(updates, TEXT, Idempotency_Key="one"))
        return bind(*args, **given)

    from breakfix.api.deeds import bind

    monkeypatch.setattr("breakfix.api.deeds.bind", slow)
    assert dana.post(updates, TEXT, Idempotency_Key="one").status_code == 201
    assert problem_of(seen[0]) == (409, "idempotency_in_flight")
    assert seen[0]["Retry-After"] == "1"
    assert done() == 1


def test_refusal_by_validation_is_not_kept(updates: str, program: Start) -> None:
    dana = program("dana")
    assert problem_of(dana.post(updates, {}, Idempotency_Key="one")) == (422, "missing_field")
    assert StoredAnswer.objects.count() == 0
    assert dana.post(updates, TEXT, Idempotency_Key="one").status_code == 201


def test_refusal_by_the_state_is_kept_like_any_answer(updates: str, program: Start) -> None:
    dana, acknowledge = program("dana"), updates.replace("updates", "acknowledge")
    answers_of = [dana.post(acknowledge, {"callback": "1"}, Idempotency_Key="one") for _ in range(2)]
    assert [problem_of(one)[0] for one in answers_of] == [409, 409]
    assert answers_of[1]["Idempotency-Replayed"] == "true"


def test_fault_is_kept_and_leaves_no_effect(updates: str, program: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    dana = program("dana")
    with monkeypatch.context() as broken:
        # After the deed was done: what it wrote has to go with the rest.
        broken.setattr("breakfix.api.results.shown", lambda _: 1 / 0)
        assert problem_of(dana.post(updates, TEXT, Idempotency_Key="one")) == (500, "fault")
        assert problem_of(dana.post(updates, TEXT)) == (500, "fault")
    assert problem_of(dana.post(updates, TEXT, Idempotency_Key="one")) == (500, "fault")
    assert done() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ\x7f"])
def test_key_that_is_none_is_refused(key: str, updates: str, program: Start) -> None:
    assert problem_of(program("dana").post(updates, TEXT, Idempotency_Key=key)) == (400, "idempotency_key")
    assert done() == 0


def test_longest_key_is_taken(updates: str, program: Start) -> None:
    assert program("dana").post(updates, TEXT, Idempotency_Key="x" * 255).status_code == 201


def test_claim_of_a_dead_process_is_taken_over_after_its_lease(updates: str, program: Start) -> None:
    dana = program("dana")
    dana.post(updates, TEXT, Idempotency_Key="one")
    StoredAnswer.objects.update(status=None, body="")
    assert problem_of(dana.post(updates, TEXT, Idempotency_Key="one")) == (409, "idempotency_in_flight")
    with clock.set_to(NOW + steps.LEASE):
        assert dana.post(updates, TEXT, Idempotency_Key="one").status_code == 201


def test_whoever_lost_the_claim_does_nothing(updates: str, program: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = steps.hold_answer

    def late(answer: StoredAnswer) -> None:
        StoredAnswer.objects.update(claim="00000000-0000-0000-0000-000000000000")
        hold(answer)

    monkeypatch.setattr(answers.steps, "hold_answer", late)
    answer = program("dana").post(updates, TEXT, Idempotency_Key="one")
    assert problem_of(answer) == (409, "idempotency_in_flight")
    assert done() == 0


def test_answers_are_kept_for_seven_days(updates: str, program: Start) -> None:
    dana = program("dana", expires_at=NOW + timedelta(days=30))
    dana.post(updates, TEXT, Idempotency_Key="one")
    with clock.set_to(NOW + timedelta(days=7)):
        assert dana.post(updates, TEXT, Idempotency_Key="one")["Idempotency-Replayed"] == "true"
    with clock.set_to(NOW + timedelta(days=7, seconds=1)):
        dana.post(updates, TEXT, Idempotency_Key="two")
    assert list(StoredAnswer.objects.values_list("key", flat=True)) == ["two"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_are_one(updates: str) -> None:
    secret = token_of("dana").secret
    start, said = threading.Barrier(2), []

    def send() -> None:
        try:
            with clock.set_to(NOW):
                start.wait(10)
                said.append(Program(secret).post(updates, TEXT, Idempotency_Key="one"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    outcomes = sorted("replayed" if "Idempotency-Replayed" in one else str(one.status_code) for one in said)
    assert outcomes in (["201", "409"], ["201", "replayed"])
    assert done() == 1
