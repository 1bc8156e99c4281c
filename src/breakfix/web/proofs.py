"""Proving who one is: every place of the browser's door that looks at a password or a code looks here, and counts.

A wrong password costs a try of this account from this address, of the address, and of the account from everywhere.
The first is used up first, so that whoever guesses shuts out themselves and not the owner, who signs in from
elsewhere; the last ends guesses from many addresses, and a new password by mail begins it anew.
"""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from breakfix.kernel import clock, factors, guesses
from breakfix.kernel.errors import Refused
from breakfix.kernel.guesses import Count, Limit

PAIR = Limit(10, timedelta(minutes=15))
ADDRESS = Limit(30, timedelta(minutes=15))
ACCOUNT = Limit(50, timedelta(hours=1))
CODES = Limit(5, timedelta(minutes=5))  # a code has a million values and counts for 90 seconds
LETTERS = Limit(5, timedelta(hours=1))  # mails to one address that anybody may ask for
INVITATIONS = Limit(30, timedelta(minutes=15))  # links tried from one address


def address_of(request: HttpRequest) -> str:
    """Where the request comes from; the word of a proxy counts only where one was configured."""
    return str(get_adapter().get_client_ip(request))


def _sign_in(email: str, request: HttpRequest) -> tuple[Count, Count, Count]:
    account, address = f"account {email.strip().lower()}", address_of(request)
    return Count(account, PAIR, address), Count(f"address {address}", ADDRESS), Count(account, ACCOUNT)


def may_sign_in(email: str, request: HttpRequest) -> bool:
    """Take a try before the password is looked at; the same for addresses that nobody has."""
    return guesses.take(*_sign_in(email, request), at=clock.now())


def signed_in(email: str, request: HttpRequest) -> None:
    """The password was right."""
    pair, *others = _sign_in(email, request)
    guesses.clear(pair)
    guesses.give_back(*others)


def owner_returned(email: str) -> None:
    """The owner of the address chose a new password by mail: what others guessed shuts nobody out any longer."""
    guesses.forgive(f"account {email.strip().lower()}")


def may_write_to(email: str) -> bool:
    """Whether one more mail that anybody may ask for goes to this address within the hour."""
    return guesses.take(Count(f"letter {email.strip().lower()}", LETTERS), at=clock.now())


def may_try_link(request: HttpRequest) -> bool:
    """Whether one more invitation may be tried from this address."""
    return guesses.take(Count(f"invitation {address_of(request)}", INVITATIONS), at=clock.now())


def factor_answered(person_id: int, code: str) -> Any | None:
    """The factor that this code belongs to, or None; raises Refused when too many were wrong."""
    count = Count(f"code {person_id}", CODES)
    if not guesses.take(count, at=clock.now()):
        raise Refused("too_many_guesses", "Too many wrong codes. Wait five minutes, then try again.", field="code")
    factor = factors.answered(person_id, code)
    if factor is not None:
        guesses.clear(count)
    return factor
