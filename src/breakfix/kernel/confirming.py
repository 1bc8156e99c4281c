"""Proving who one is once more, for what binds money: the same at every door, and no place to try passwords at."""

from datetime import datetime, timedelta
from typing import Any

from breakfix.kernel import clock, factors, guesses
from breakfix.kernel.errors import Refused
from breakfix.kernel.guesses import Count, Limit

SESSION = Limit(5, timedelta(minutes=5))  # somebody with a stolen session or token guesses what money asks for


def confirmed(person: Any, secret: str, at: datetime) -> datetime:
    """The instant of confirmation by password or by a fresh code; five wrong guesses end the guessing."""
    count = Count(f"confirming {person.pk}", SESSION)
    if not guesses.take(count, at=clock.now()):
        message = "Too many wrong passwords. Nothing was decided; wait five minutes, then try again."
        raise Refused("too_many_guesses", message, field="password")
    if not person.check_password(secret) and factors.answered(person.pk, secret, codes_only=True) is None:
        raise Refused("reauthenticate", "This is not your password. Nothing was decided.", field="password")
    guesses.clear(count)
    return at
