"""When a promise is in danger, and who is told: 50, 75, 90 and 100 % of it (domain.md §3.9, §4.3)."""

from dataclasses import dataclass
from datetime import datetime

from breakfix.incidents.rules.clocks import PERCENTS
from breakfix.kernel.access import Role
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.zones import zone_of

R = Role
# §3.9's ladder in the roles there are: 50 % the desk, 75 % and above the director, 90 % also the client's owner.
_TOLD: dict[int, tuple[Role, ...]] = {
    50: (R.DISPATCHER,),
    75: (R.DISPATCHER, R.DIRECTOR),
    90: (R.DISPATCHER, R.DIRECTOR, R.SERVICE_OWNER),
    100: (R.DISPATCHER, R.DIRECTOR, R.SERVICE_OWNER, R.APPROVER),
}


@dataclass(frozen=True)
class Watched:
    """A clock or an obligation as far as warnings go."""

    name: str
    is_open: bool
    percent: int
    warned_percent: int
    due_at: datetime | None

    def shown_due(self, zone: str) -> str:
        """The due instant on the site's wall clock."""
        if self.due_at is None:
            return "open while paused"
        return self.due_at.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M")


def told(percent: int, *, obligation: bool) -> tuple[Role, ...]:
    """Who hears of it; a dated obligation is the client's, so its owner hears from the first warning on."""
    roles = _TOLD[percent]
    return roles if not obligation or R.SERVICE_OWNER in roles else (*roles, R.SERVICE_OWNER)


def check_can_warn(watched: Watched, percent: int) -> None:
    """Refuse a warning that is not due (any more), or was given."""
    if percent not in PERCENTS:
        raise Refused("bad_percent", "Warnings are given at 50, 75, 90 and 100 %.", field="percent")
    if not watched.is_open:
        raise Refused("clock_stopped", f"{watched.name} has stopped; there is nothing to warn of.")
    if watched.warned_percent >= percent:
        raise Refused("already_warned", f"{percent} % of {watched.name} was told before.")
    if watched.percent < percent:
        message = f"Only {watched.percent} % of {watched.name} is used."
        raise Refused("not_due", message, percent=watched.percent)
