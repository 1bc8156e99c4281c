"""Guesses sent at once (PostgreSQL: there they really run side by side), and what a count forgets."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from breakfix.kernel import guesses
from breakfix.kernel.guesses import Count, Limit
from breakfix.kernel.models import Guess
from tests.makers import local

AT = local("2026-12-01 20:45")
FIVE = Limit(5, timedelta(minutes=5))
PASSWORD = Count("account of a test", FIVE, "198.51.100.1")


@pytest.mark.postgres
def test_no_more_guesses_sent_at_once_than_one_after_the_other(transactional_db: None) -> None:
    start, said = threading.Barrier(12), []

    def guess() -> None:
        try:
            start.wait(10)
            said.append(guesses.take(PASSWORD, at=AT))
        finally:
            connection.close()

    people = [threading.Thread(target=guess) for _ in range(12)]
    for one in people:
        one.start()
    for one in people:
        one.join(60)
    assert (said.count(True), said.count(False)) == (5, 7)


def test_used_up_count_takes_nothing_of_the_others(db: None) -> None:
    other = Count("account of a test", Limit(50, timedelta(hours=1)))
    assert [guesses.take(PASSWORD, other, at=AT) for _ in range(7)] == [True] * 5 + [False] * 2
    assert Guess.objects.get(key=other.key).wrong == 5


def test_count_begins_anew_after_its_pause_and_not_before(db: None) -> None:
    assert all(guesses.take(PASSWORD, at=AT) for _ in range(5))
    assert not guesses.take(PASSWORD, at=AT + FIVE.pause - timedelta(seconds=1))
    assert [guesses.take(PASSWORD, at=AT + FIVE.pause) for _ in range(6)] == [True] * 5 + [False]


def test_right_answer_gives_back_its_own_try_only(db: None) -> None:
    for _ in range(3):
        guesses.take(PASSWORD, at=AT)
    guesses.give_back(PASSWORD)
    assert Guess.objects.get(key=PASSWORD.key).wrong == 2
    guesses.clear(PASSWORD)
    assert not Guess.objects.exists()


def test_forgiving_reaches_every_address(db: None) -> None:
    for number in range(3):
        guesses.take(Count("account of a test", FIVE, f"198.51.100.{number}"), at=AT)
    guesses.take(Count("another account", FIVE), at=AT)
    guesses.forgive("account of a test")
    assert Guess.objects.count() == 1
