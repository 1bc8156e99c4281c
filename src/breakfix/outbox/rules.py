"""Who is told by which way unless they chose otherwise, what nobody on duty can switch off, and what waits.

Sources: domain.md §7, column "Notify", and its last sentence.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from breakfix.approvals.values import Channel
from breakfix.kernel.access import Role
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.zones import zone_of
from breakfix.outbox.values import Event, Happening, MessageStatus, QuietHours, Said

Ways = Mapping[Event, frozenset[Channel]]
R, E = Role, Event
_MAIL, _PUSH, _SMS, _VOICE = Channel.EMAIL, Channel.PUSH, Channel.SMS, Channel.VOICE

# What can be chosen: nobody is called about an invoice.
OFFERED: dict[Event, tuple[Channel, ...]] = {
    E.URGENT: (_MAIL, _PUSH, _SMS, _VOICE),
    E.SECURITY: (_MAIL, _PUSH, _SMS, _VOICE),
    E.ASKED: (_MAIL, _PUSH, _SMS),
    E.CLOCK: (_MAIL, _PUSH, _SMS, _VOICE),
    E.PROGRESS: (_MAIL, _PUSH),
    E.MONEY: (_MAIL, _PUSH),
}

_EVERY_MAIL = dict.fromkeys(Event, {_MAIL})
_NIGHT = {E.URGENT: {_MAIL, _PUSH, _SMS}, E.SECURITY: {_MAIL, _PUSH, _SMS}}
BY_ROLE: dict[Role, Mapping[Event, set[Channel]]] = {
    **dict.fromkeys(Role, _EVERY_MAIL),
    R.REQUESTER: {**_EVERY_MAIL, E.URGENT: {_MAIL, _PUSH, _SMS}},
    R.SERVICE_OWNER: {**_EVERY_MAIL, E.URGENT: {_MAIL, _PUSH}},
    R.APPROVER: {**_EVERY_MAIL, E.URGENT: {_MAIL, _PUSH, _SMS}, E.ASKED: {_MAIL, _PUSH}},
    R.DUTY_MANAGER: {**_EVERY_MAIL, **_NIGHT, E.ASKED: {_MAIL, _PUSH}},
    R.CHANGE_MANAGER: {**_EVERY_MAIL, E.URGENT: {_MAIL, _PUSH}, E.ASKED: {_MAIL, _PUSH}},
    R.SECURITY_OFFICER: {**_EVERY_MAIL, **_NIGHT},
    R.AUDITOR: {},
    R.DISPATCHER: {**_EVERY_MAIL, E.URGENT: {_MAIL, _PUSH}, E.ASKED: {_MAIL, _PUSH}, E.CLOCK: {_MAIL, _PUSH}},
    R.TECHNICIAN: {**_EVERY_MAIL, E.URGENT: {_MAIL, _PUSH}, E.ASKED: {_MAIL, _PUSH}},
    R.QUOTING_ENGINEER: {**_EVERY_MAIL, E.ASKED: {_MAIL, _PUSH}},
    R.DIRECTOR: {**_EVERY_MAIL, E.CLOCK: {_MAIL, _SMS}},
}

# Nobody sleeps through these, whatever they chose: such roles are there to be reached.
ON_DUTY = frozenset({R.DUTY_MANAGER, R.SECURITY_OFFICER, R.APPROVER, R.DISPATCHER})
ALWAYS_FIXED = frozenset({R.DUTY_MANAGER, R.SECURITY_OFFICER})
FIXED: Ways = {E.URGENT: frozenset({_PUSH, _SMS}), E.SECURITY: frozenset({_MAIL, _PUSH, _SMS})}

# Roles that work by day: until they say otherwise, what may wait lets them sleep.
BY_DAY = frozenset({R.APPROVER, R.CHANGE_MANAGER, R.DATA_OWNER, R.CLIENT_FINANCE, R.CLIENT_ADMIN, R.AUDITOR})
BY_DAY |= frozenset({R.PROVIDER_FINANCE, R.REVIEWER})
NIGHT = (time(22), time(7))

S = MessageStatus
TRANSITIONS: dict[MessageStatus, set[MessageStatus]] = {
    S.WAITING: {S.HANDING_OVER, S.WRITTEN, S.FAILED, S.DROPPED},
    # A gateway may be heard of before its answer to us arrives.
    S.HANDING_OVER: {S.WAITING, S.HANDED_OVER, S.WRITTEN, S.DELIVERED, S.ANSWERED, S.FAILED},
    S.WRITTEN: set(),
    S.HANDED_OVER: {S.DELIVERED, S.ANSWERED, S.FAILED},
    S.DELIVERED: {S.ANSWERED},
    S.ANSWERED: set(),
    S.FAILED: set(),
    S.DROPPED: set(),
}
SETTLED = frozenset({S.WRITTEN, S.HANDED_OVER, S.DELIVERED, S.ANSWERED, S.FAILED, S.DROPPED})
AFTER = {Said.DELIVERED: S.DELIVERED, Said.ANSWERED: S.ANSWERED, Said.FAILED: S.FAILED}


def suggested(roles: Collection[Role]) -> dict[Event, frozenset[Channel]]:
    """What these roles suggest together: of several roles, every way that one of them asks for."""
    return {
        event: frozenset(way for role in roles for way in BY_ROLE[role].get(event, ())) & frozenset(OFFERED[event])
        for event in Event
    }


def suggested_quiet(roles: Collection[Role], zone: str) -> QuietHours | None:
    """Nights, for those who hold only roles that work by day."""
    return QuietHours(*NIGHT, zone) if roles and set(roles) <= BY_DAY else None


def fixed_for(roles: Collection[Role], *, in_urgent_round: bool) -> dict[Event, frozenset[Channel]]:
    """What this person cannot switch off now; `in_urgent_round`: an open round about a P1 waits for them."""
    if ALWAYS_FIXED & set(roles):
        return dict(FIXED)
    return {E.URGENT: FIXED[E.URGENT]} if in_urgent_round else {}


def check_can_choose(wanted: Ways, fixed: Ways, *, is_asked: bool) -> None:
    """Refuse what could not be sent, what somebody on duty must not miss, and being asked without hearing of it.

    `is_asked`: their roles are asked for something at all; an auditor is not.
    """
    for event, ways in wanted.items():
        if not ways <= set(OFFERED[event]):
            raise Refused("not_offered", "This is not sent by that way.", field="chosen", event=event)
        missing = fixed.get(event, frozenset()) - ways
        if missing:
            words = ", ".join(sorted(missing))
            raise Refused("on_duty", f"You are on duty: this stays on ({words}).", field="chosen", event=event)
    if is_asked and not wanted.get(E.ASKED):
        raise Refused("unreachable", "Keep one way in which you hear that something needs you.", field="chosen")


def quiet_hours(since: time | None, until: time | None, zone: str) -> QuietHours | None:
    """Both ends or none, by the clock of a place that exists; Refused otherwise."""
    if since is None and until is None:
        return None
    if since is None or until is None:
        field = "quiet_from" if since is None else "quiet_until"
        raise Refused("half_given", "Quiet hours need a beginning and an end; empty both for none.", field=field)
    if since == until:
        message = "Quiet hours that never end would let nothing through; choose another end."
        raise Refused("always_quiet", message, field="quiet_until")
    try:
        zone_of(zone)
    except ValueError:
        message = "Choose a time zone by its IANA name, such as America/New_York."
        raise Refused("unknown_zone", message, field="zone") from None
    return QuietHours(since.replace(tzinfo=None), until.replace(tzinfo=None), zone)


def may_wait(what: Happening, *, on_duty: bool) -> bool:
    """Whether quiet hours hold this back: never a gap in security, never a P1 that asks or finds one on duty."""
    if what.event is E.SECURITY:
        return False
    return not (what.p1 and (what.asked or on_duty))


def when_to_send(what: Happening, quiet: QuietHours | None, at: datetime, *, on_duty: bool) -> datetime:
    """Now, or the end of the quiet hours in which `at` falls, for what may wait."""
    if quiet is None or not may_wait(what, on_duty=on_duty):
        return at
    return quiet_end(quiet, at) or at


def quiet_end(quiet: QuietHours, at: datetime) -> datetime | None:
    """When the quiet hours end in which this instant falls; None where it falls in none.

    Read on the wall clock of their zone: through a change of the clocks a night is an hour shorter or longer.
    """
    zone = ZoneInfo(quiet.zone)
    local = at.astimezone(zone)
    wall, over_midnight = local.time().replace(tzinfo=None), quiet.since > quiet.until
    inside = wall >= quiet.since or wall < quiet.until if over_midnight else quiet.since <= wall < quiet.until
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and wall >= quiet.since else 0)
    end = datetime.combine(day, quiet.until, zone)
    # In an hour that the clocks repeat, the first end may lie behind us.
    return (end if end.timestamp() > at.timestamp() else end.replace(fold=1)).astimezone(at.tzinfo)
