"""Who may spend how much, and who acts for whom while they are away."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.approvals import queries
from breakfix.approvals.models import Authority, Delegation
from breakfix.approvals.rules import lending
from breakfix.approvals.values import Title
from breakfix.kernel.access import Actor, Deed, check_confirmed, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.money import format_money
from breakfix.parties import queries as parties


@transaction.atomic
def name_authority(person_id: int, *, seat: str, limit: Decimal, by: Actor, at: datetime) -> Authority:
    """From now on this person may approve up to `limit` incl. tax on this seat; 0 takes the authority away."""
    person = parties.lock_person(person_id, by=by)
    client = person.organisation
    require(by, Deed.NAME_AUTHORITY, org=client.pk)
    seat, money = lending.seat_name(seat), lending.limit_of(limit, client.currency)
    before = Authority.objects.filter(person=person, seat=seat, until=None).first()
    if money.is_zero and before is None:
        raise Refused("no_authority", "This person has no authority on that seat to take away.", field="seat")
    if not money.is_zero:
        lending.check_not_oneself(person.pk, by.person_id)
        bench, _ = queries.bench_of(client.pk, at)
        roles = bench.roles.get(person.pk, frozenset())
        lending.check_can_hold(roles, is_client=not client.is_provider)
    if before is not None and before.limit == money:
        raise Refused("same_authority", "This person has this very authority already.", field="limit")
    changed = [before] if before is not None else []
    if before is not None:
        before.until = at
        before.save()
    named = before
    if not money.is_zero:
        named = Authority.objects.create(
            person=person, seat=seat, limit_minor=money.minor, currency=money.currency, since=at
        )
        changed.append(named)
    if named is None:
        raise RuntimeError("an authority is ended or named")
    words = f"may approve up to {format_money(money)}" if not money.is_zero else "may approve nothing any more"
    record(
        "authority.ended" if money.is_zero else "authority.named",
        subject=named,
        by=by,
        at=at,
        to=[client.pk],
        line=f"An approver {words} on the seat {seat}.",
        facts={"seat": seat, "limit": money, "person": person.pk},
        changed=changed,
    )
    return named


@transaction.atomic
def delegate(
    delegate_id: int,
    *,
    seat: str,
    ends_at: datetime,
    starts_at: datetime | None = None,
    limit: Decimal | None = None,
    by: Actor,
    at: datetime,
) -> Delegation:
    """Let a colleague act on one's seat in one's name, [starts, ends), up to one's own limit or a lower one."""
    colleague = parties.lock_person(delegate_id, by=by)
    require(by, Deed.DELEGATE, org=colleague.organisation_id)
    client_id, starts_at = colleague.organisation_id, starts_at or at
    lending.check_period(starts_at, ends_at, at)
    seat = lending.seat_name(seat)
    bench, people = queries.bench_of(client_id, at)
    if by.person_id is None or colleague.pk not in people:
        raise NotFound("This person")
    own = _title(bench.titles, by.person_id, seat)
    money = lending.lent_limit(seat, limit, own=own, roles=by.roles, currency=colleague.organisation.currency)
    roles = bench.roles[colleague.pk]
    lending.check_can_receive(colleague.pk, by.person_id, roles, money=money is not None)
    check_confirmed(by, at)
    _check_free(by.person_id, colleague.pk, seat, starts_at, ends_at)
    lent = Delegation.objects.create(
        delegator_id=by.person_id,
        delegate=colleague,
        seat=seat,
        limit_minor=None if money is None else money.minor,
        currency=colleague.organisation.currency,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    amount = "" if money is None else f" up to {format_money(money)}"
    record(
        "delegation.given",
        subject=lent,
        by=by,
        at=at,
        to=[client_id],
        line=f"The seat {seat} was lent to a colleague{amount}.",
        facts={"seat": seat, "limit": money, "starts_at": starts_at, "ends_at": ends_at},
        changed=[lent],
    )
    return lent


@transaction.atomic
def revoke_delegation(delegation_id: int, *, by: Actor, at: datetime) -> Delegation:
    """From now on nobody acts under this delegation; what was decided under it stands."""
    lent = queries.lock_delegation(delegation_id, by=by)
    client_id = lent.delegator.organisation_id
    require(by, Deed.REVOKE_DELEGATION, org=client_id)
    lending.check_can_revoke(
        by.person_id,
        by.roles,
        delegator=lent.delegator_id,
        ends_at=lent.ends_at,
        revoked=lent.revoked_at is not None,
        at=at,
    )
    lent.revoked_at = at
    lent.save()
    record(
        "delegation.revoked",
        subject=lent,
        by=by,
        at=at,
        to=[client_id],
        line=f"The seat {lent.seat} is no longer lent to a colleague.",
        facts={"seat": lent.seat},
        changed=[lent],
    )
    return lent


def _check_free(delegator: int, delegate_id: int, seat: str, starts_at: datetime, ends_at: datetime) -> None:
    """Refuse the same delegation twice over one time."""
    same = Delegation.objects.filter(delegator=delegator, delegate=delegate_id, seat=seat, revoked_at=None)
    if same.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        message = "This colleague acts for you on that seat in this time already; revoke that first."
        raise Refused("already_delegated", message, field="starts_at")


def _title(titles: tuple[Title, ...], person: int, seat: str) -> Title | None:
    return next((one for one in titles if (one.person, one.seat) == (person, seat)), None)
