"""Spending limits as they are named, and seats as they are lent (domain.md §3.3)."""

import re
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from breakfix.approvals.rules.standing import ACKNOWLEDGERS
from breakfix.approvals.values import Title
from breakfix.kernel.access import Role
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money

# Seats that are a role, not an authority: what is lent there is no money but a signature.
ROLE_SEATS = {role.value: role for role in (Role.DATA_OWNER, Role.SECURITY_OFFICER)}
LARGEST_LIMIT = Decimal(10) ** 12
_SEAT = re.compile("[a-z][a-z_]{0,29}")


def seat_name(text: str) -> str:
    """The name of a spend seat as policies write it, e.g. "it" or "finance"."""
    name = text.strip().lower()
    if not _SEAT.fullmatch(name) or name == "any":
        message = "Name one seat of your approval policy, such as it, finance or executive."
        raise Refused("bad_seat", message, field="seat")
    return name


def limit_of(amount: Decimal, currency: str) -> Money:
    """The limit as money; refuses what is negative, endless or finer than the currency."""
    if not amount.is_finite() or not 0 <= amount <= LARGEST_LIMIT:
        message = f"Give a limit between 0 and {LARGEST_LIMIT:,} {currency}."
        raise Refused("bad_limit", message, field="limit")
    money = Money.of(amount, currency)
    if money.amount != amount:
        raise Refused("bad_limit", f"A limit in {currency} has no such small change.", field="limit")
    return money


def check_can_hold(roles: Collection[Role], *, is_client: bool) -> None:
    """Refuse an authority for anybody but an approver of a client."""
    if not is_client:
        raise Refused("not_a_client", "Only a client's people approve spending.", field="person_id")
    if Role.APPROVER not in roles:
        message = "This person is no approver; give them that role first."
        raise Refused("not_an_approver", message, field="person_id")


def check_not_oneself(person: int, by: int | None) -> None:
    """Refuse whoever would give themself money to spend: the one thing that one administrator cannot do alone."""
    if person == by:
        raise Refused("names_self", "Another administrator names you; nobody names themself.", field="person_id")


def check_period(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    """Refuse a delegation that is not dated forward: [starts_at, ends_at)."""
    if starts_at < at:
        raise Refused("past_date", "A delegation begins now or later.", field="starts_at")
    if ends_at <= starts_at:
        raise Refused("past_date", "A delegation ends after it begins.", field="ends_at")


def lent_limit(
    seat: str, asked: Decimal | None, *, own: Title | None, roles: Collection[Role], currency: str
) -> Money | None:
    """What the delegate may approve: at most the delegator's own limit; None for a seat that is a role.

    Refuses what the delegator does not hold themselves: what was lent to them cannot be lent on.
    """
    if ROLE_SEATS.get(seat) in roles:
        if asked is not None:
            raise Refused("no_limit", "This seat has no amount; leave the limit empty.", field="limit")
        return None
    if own is None:
        message = "You can lend a seat that you hold yourself; what was lent to you cannot be lent on."
        raise Refused("not_yours", message, field="seat")
    limit = own.limit if asked is None else limit_of(asked, currency)
    if limit.is_zero:
        raise Refused("bad_limit", "Lend a limit above zero, or do not lend the seat.", field="limit")
    if limit.currency != own.limit.currency or limit > own.limit:
        message = f"You can lend at most your own limit of {format_money(own.limit)}."
        raise Refused("above_own_limit", message, field="limit", limit=own.limit)
    return limit


def check_can_receive(delegate: int, delegator: int, roles: Collection[Role], *, money: bool) -> None:
    """Refuse a delegate who is the delegator, or whose roles do not let them decide at all."""
    if delegate == delegator:
        raise Refused("delegate_self", "Choose somebody else to act for you.", field="delegate_id")
    if not set(roles) & ({Role.APPROVER} if money else ACKNOWLEDGERS):
        message = "This colleague may not approve anything; choose an approver."
        raise Refused("delegate_role", message, field="delegate_id")


def check_can_revoke(
    person: int | None, roles: Collection[Role], *, delegator: int, ends_at: datetime, revoked: bool, at: datetime
) -> None:
    """Refuse unless it still runs and is asked for by who lent the seat, or by the client's administrator."""
    if person != delegator and Role.CLIENT_ADMIN not in roles:
        raise Refused("not_yours", "Only who lent the seat, or an administrator, can take it back.")
    if revoked:
        raise Refused("already_revoked", "This delegation has been taken back already.")
    if ends_at <= at:
        raise Refused("delegation_over", "This delegation has ended by itself.")
