"""What a report must be like before it counts, and whether it is break/fix at all (domain.md §3.1, A5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from breakfix.agreements.values import Channel, Domain, Priority
from breakfix.incidents.rules.routing import Advice, OwnPeople
from breakfix.incidents.values import ObligationInput, Referral, Route
from breakfix.kernel.access import Actor, Side
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money

LONGEST_HOURS = Decimal(24 * 366 * 2)
LARGEST_HARM = Decimal(10) ** 12


def check_begun(outage_started_at: datetime, at: datetime) -> None:
    """Refuse an outage that has not begun: the meter would run backwards."""
    if outage_started_at > at:
        message = "The outage cannot begin after the report; check date, time and zone."
        raise Refused("in_future", message, field="outage_started_at")


def distance(miles: Decimal | None) -> Decimal | None:
    """The distance in tenths of a mile; refuses what is none."""
    if miles is None:
        return None
    if not (miles.is_finite() and 0 <= miles <= 20_000):
        raise Refused("bad_distance", "Give the distance in miles, zero or more.", field="distance_miles")
    return miles.quantize(Decimal("0.1"))


def deadline_of(duty: ObligationInput, field: str) -> datetime:
    """When a dated obligation falls due; refuses none or two deadlines, and one that lies before its trigger."""
    if not duty.name.strip() or not duty.source.strip():
        message = "Name the obligation and the contract, rule or policy that it comes from."
        raise Refused("missing_field", message, field=f"{field}-name" if not duty.name.strip() else f"{field}-source")
    if duty.deadline_at is not None and duty.hours is None:
        if duty.deadline_at <= duty.triggered_at:
            message = "The deadline has to lie after what triggers it."
            raise Refused("deadline_before_trigger", message, field=f"{field}-deadline_at")
        return duty.deadline_at
    if duty.hours is None or duty.deadline_at is not None:
        message = "Give either the hours after the trigger or the deadline itself."
        raise Refused("one_deadline", message, field=f"{field}-hours")
    if not (duty.hours.is_finite() and 0 < duty.hours <= LONGEST_HOURS):
        raise Refused("bad_hours", "Give the hours as a number above zero.", field=f"{field}-hours")
    return duty.triggered_at + timedelta(seconds=int(duty.hours * 3600))


def harm_of(amount: Decimal, currency: str, field: str) -> Money:
    """A harm as money of the agreement's currency; never negative, never more than a number can prove."""
    if not amount.is_finite() or not 0 <= amount <= LARGEST_HARM:
        raise Refused("bad_amount", f"Give an amount from zero to {LARGEST_HARM:,}.", field=field)
    return Money.of(amount, currency)


# ------------------------------------------------------------------------------------------ by which way

WAYS = {
    Channel.PORTAL: "on the page",
    Channel.PHONE: "by telephone",
    Channel.EMAIL: "by e-mail",
    Channel.MONITORING: "from monitoring",
    Channel.API: "by a program",
}
# What came as a mail or an alert was taken or turned away where it came in, before anybody read it.
_ASKED_BEFORE = frozenset({Channel.EMAIL, Channel.MONITORING})


def channel_of(by: Actor) -> Channel:
    """By which way this one reports: a program, the client on its page, or the desk for somebody who called."""
    if by.through:
        return Channel(by.through)
    return Channel.PHONE if by.side is Side.PROVIDER else Channel.PORTAL


def check_channel(channel: Channel, agreed: Sequence[Channel], priority: Priority) -> None:
    """Refuse a way that the agreement does not name; where it names none, every way is open.

    A P1 is taken by telephone whatever was agreed: who calls at three in the morning speaks with a person, and a
    clause never keeps them from being heard. By every other way the refusal names the telephone, so nobody is lost.
    """
    if not agreed or channel in agreed or channel in _ASKED_BEFORE:
        return
    if channel is Channel.PHONE and priority is Priority.P1:
        return
    named = ", ".join(WAYS[one] for one in agreed)
    message = (
        f"The agreement takes no failures {WAYS[channel]}; it takes them {named}. A P1 is always taken by telephone."
    )
    raise Refused("channel_not_agreed", message, channel=channel.value, agreed=[one.value for one in agreed])


# ------------------------------------------------------------------------------------------ the route test


@dataclass(frozen=True)
class Cover:
    """What the route test looks at. `warranty_until`: the vendor repairs free of charge through that day."""

    domain: Domain
    in_scope: bool
    warranty_until: date | None
    today: date
    insurance_gaps: tuple[str, ...]
    # Who else owes the repair by the client's register of covers, in words: whom to call, until when.
    covers: tuple[str, ...] = ()
    # Whether the agreement names the price of the diagnosis.
    fee_agreed: bool = True
    # Which of the agreement's exclusions the desk put to the client and did not take back.
    excluded: tuple[str, ...] = ()
    # The client's own people, and what the route test advises when it weighs all of it.
    own: OwnPeople = OwnPeople()
    advice: Advice = Advice(None, "")

    @property
    def covered_elsewhere(self) -> bool:
        """Whether somebody else owes this repair already, by a warranty or by a contract."""
        return self.vendor_covers or bool(self.covers)

    @property
    def vendor_covers(self) -> bool:
        """Whether the client would pay for what a warranty already covers."""
        return self.warranty_until is not None and self.today <= self.warranty_until


def check_can_qualify(cover: Cover, route: Route, *, reason: str) -> None:
    """Refuse to take on what is out of scope without saying so, or is not insured (domain.md §3.1)."""
    if not cover.in_scope and route is not Route.AD_HOC:
        message = f"{cover.domain} is not in the agreement's scope; qualify it ad hoc with a reason, or decline it."
        raise Refused("out_of_scope", message, field="route")
    if cover.excluded and route is not Route.AD_HOC:
        named = "; ".join(cover.excluded)
        message = (
            f"You named it as excluded by the agreement ({named}); qualify it ad hoc with a reason, or decline it."
        )
        raise Refused("out_of_scope", message, field="route")
    if route is Route.AD_HOC and not reason.strip():
        raise Refused("missing_field", "Say why: this is an exception on record.", field="reason")
    if cover.advice.referral is Referral.IN_HOUSE and not reason.strip():
        message = f"Say why a specialist all the same: {cover.advice.why}."
        raise Refused("own_people", message, field="reason")
    if cover.insurance_gaps:
        message = f"The provider's insurance does not cover this work: {'; '.join(cover.insurance_gaps)}."
        raise Refused("not_insured", message, gaps=list(cover.insurance_gaps))


def found(cover: Cover) -> str:
    """What the route test found, in one sentence: why it is ours, as it stands on record."""
    scope = "in the agreed scope" if cover.in_scope else "outside the agreed scope"
    until = cover.warranty_until
    warranty = f"under warranty until {until}" if cover.vendor_covers else f"out of warranty since {until}"
    other = f"; covered elsewhere too: {'; '.join(cover.covers)}" if cover.covers else "; nobody else owes it"
    other += f"; {cover.advice.why}" if cover.own.named else ""
    return f"{cover.domain} is {scope}, {warranty if until else 'without a warranty on record'}{other}; insured"[:400]


def check_named(named: Sequence[int], need_to_know: bool, *, desk: int, signers: int) -> None:
    """Refuse a restricted engagement that nobody could answer or nobody sign for, and names without need.

    `desk`: dispatchers among the named. `signers`: people of the client who may approve, or let in who may.
    """
    if named and not need_to_know:
        message = "People are named only on a restricted engagement; mark it need-to-know or name nobody."
        raise Refused("not_restricted", message, field="named_people")
    if need_to_know and not desk:
        message = "Name at least one dispatcher of the provider, or nobody could answer."
        raise Refused("nobody_to_answer", message, field="named_people")
    if need_to_know and not signers:
        message = (
            "Name somebody of your organisation who may approve (not who reports it), or a security officer or "
            "administrator who can let an approver in later; or nobody could sign for the work."
        )
        raise Refused("nobody_to_sign", message, field="named_people")
