"""How the client goes on working while it is repaired: the ways that one offer compares (domain.md B14)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier

KEYS = "ABC"


class Strategy(StrEnum):
    """Repaired where it stands, carried by something else meanwhile, or repaired when nobody needs it."""

    IN_PLACE = "in_place"
    FAILOVER = "failover"
    AFTER_HOURS = "after_hours"


@dataclass(frozen=True)
class ContinuityWay:
    """What one way does otherwise than the lines of the draft: all work in `tier`, and a loaner by the day.

    `back_at`: the service runs again, be it on the loaner; `finish_at`: the repair is done.
    """

    strategy: Strategy
    words: str
    back_at: datetime
    finish_at: datetime
    tier: Tier | None = None
    loaner: str = ""
    loaner_days: Decimal = Decimal(0)
    loaner_unit: Decimal = Decimal(0)


@dataclass(frozen=True)
class Compared:
    """One way beside the others, frozen with the offer. `against` is the key of the way it is measured by.

    `downtime` is what the outage costs from the issue until the service is back, `saved` how much less that is than
    by `against`, `premium` how much more the repair costs; all None where no cost of an outage is known.
    """

    key: str
    strategy: Strategy
    words: str
    back_at: datetime
    finish_at: datetime
    q: Money
    n: Money
    cash_out: Money
    premium: Money
    downtime: Money | None
    saved: Money | None
    against: str
    offered: bool
