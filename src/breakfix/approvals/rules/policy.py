"""What the client's policy asks for: seats by exposure, acknowledgements by risk, the reach-out ladder.

Figures: domain.md §3.3, §3.4, §4.12 and §11 rulings 4 and 17; the agreement may change each of them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from breakfix.agreements.clauses.policies import ApprovalBand, ApprovalPolicy
from breakfix.approvals.values import Channel, Rung, RungName, SeatKind, SeatNeed
from breakfix.kernel.access import CLIENT_ROLES, Role
from breakfix.kernel.money import Money

LOUD = (Channel.PUSH, Channel.SMS)
QUIET = (Channel.PUSH, Channel.EMAIL)


def band_for(exposure: Money, policy: ApprovalPolicy) -> ApprovalBand:
    """The first band that reaches this exposure, its limit included.

    The exposure is the maximum incl. tax of all tranches together, without the forensic fee (§11 ruling 4).
    """
    return next(band for band in policy.bands if band.up_to is None or exposure.amount <= band.up_to)


def seats_for(exposure: Money, policy: ApprovalPolicy) -> list[SeatNeed]:
    """The spend seats that this exposure needs: none may be filled twice by one person."""
    return [SeatNeed(name, SeatKind.SPEND, (Role.APPROVER,)) for name in band_for(exposure, policy).seats]


def acknowledgements_for(policy: ApprovalPolicy, *, data: bool, security: bool) -> list[SeatNeed]:
    """The acknowledgement seats for High or Severe risks: `data` for such rows, `security` for security rows.

    Bands and the 20 % rule are the quote's (domain.md §11 ruling 17); Elevated is acknowledged by approving.
    """
    asked = policy.acknowledgements
    groups = [(data, asked.data_roles), (security, asked.security_roles)]
    return [
        SeatNeed(roles[0], SeatKind.ACKNOWLEDGEMENT, _as_roles(roles)) for needed, roles in groups if needed and roles
    ]


def _as_roles(names: Iterable[str]) -> tuple[Role, ...]:
    known = {role.value: role for role in CLIENT_ROLES}
    return tuple(known[name] for name in names if name in known)


def levels(policy: ApprovalPolicy) -> list[str]:
    """The spend seats from the lowest up, as the bands bring them in; "any" is no level of its own."""
    names = [name for band in policy.bands for name in band.seats if name != "any"]
    return list(dict.fromkeys(names))


def next_level(seat: str, seated: Iterable[str], policy: ApprovalPolicy) -> str | None:
    """The seat above, whose holders are asked when this one stays silent; None at the top.

    Seats that the round needs anyway are passed over: their holders cannot sit twice.
    """
    order, occupied = levels(policy), set(seated)
    above = order[order.index(seat) + 1 :] if seat in order else []
    return next((name for name in above if name not in occupied), None)


def ladder(
    policy: ApprovalPolicy, opened_at: datetime, priority: str, *, pressing: bool = False, emergency: bool = True
) -> tuple[Rung, ...]:
    """When whom to try by which ways, for jobs to plan.

    The full ladder runs for a P1 and, `pressing`, where an obligation falls due within the hours of the
    emergency rule; anything else is asked once, quietly. Only a quote can be approved in an `emergency`.
    """
    if priority not in policy.emergency.priorities and priority != "P1" and not pressing:
        return (Rung(RungName.NOTIFY, opened_at, QUIET),)
    minutes = policy.ladder
    steps = [
        (RungName.NOTIFY, minutes.push_sms, LOUD),
        (RungName.VOICE, minutes.voice, (Channel.VOICE,)),
        (RungName.DELEGATE, minutes.delegate, LOUD),
        (RungName.NEXT_LEVEL, minutes.next_level, LOUD),
        *([(RungName.EMERGENCY, minutes.emergency, LOUD)] if emergency else []),
    ]
    return tuple(Rung(name, opened_at + timedelta(minutes=after), ways) for name, after, ways in steps)
