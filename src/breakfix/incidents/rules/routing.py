"""Who repairs it best: the maker, a managed service, the client's own people, or a specialist (domain.md A5, C0).

What somebody else owes comes first. Own people come next, unless it is too complex and too seldom for them to be in
practice. The two figures below are our defaults from practice, no benchmark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from breakfix.incidents.values import Referral

COMPLEX = 3  # the level from which a repair is a specialist's
OFTEN = 4  # failures of one kind in twelve months that keep people in practice


@dataclass(frozen=True)
class OwnPeople:
    """Who of the client repairs this kind, in words; how complex it is (level 1 to 4), how often it came (a year)."""

    named: Sequence[str] = ()
    level: int = 0
    times: int = 0


@dataclass(frozen=True)
class Advice:
    """Where it belongs, and why; `referral` is None where it is a case for a specialist."""

    referral: Referral | None
    why: str


def advise(*, warranty: bool, contract: bool, service: bool, own: OwnPeople) -> Advice:
    """What the route test advises; whoever qualifies may decide otherwise, and the reason stays on record.

    `warranty`: a maker or seller still owes it; `contract`: a vendor's support contract; `service`: an MSP.
    """
    if warranty or contract:
        return Advice(Referral.VENDOR_WARRANTY, "the vendor owes it" if warranty else "a support contract owes it")
    if service:
        return Advice(Referral.MANAGED_SERVICE, "a managed service owes it")
    if not own.named:
        return Advice(None, "nobody of the client repairs this kind")
    who = " and ".join(own.named)
    if own.level < COMPLEX:
        return Advice(Referral.IN_HOUSE, f"{who} can repair it: level {own.level}")
    if own.times >= OFTEN:
        return Advice(Referral.IN_HOUSE, f"{who} can repair it: {own.times} of its kind in twelve months")
    return Advice(None, f"too complex (level {own.level}) and too seldom ({own.times} in twelve months) for {who}")
