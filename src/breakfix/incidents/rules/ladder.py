"""Who is asked next when a promise is in danger or skill is missing, and for how long nobody has to answer (§3.9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from breakfix.agreements.clauses.wording import SHARES, Communication
from breakfix.agreements.values import Priority
from breakfix.incidents.values import EscalationKind, HelpReason, Status
from breakfix.kernel.access import Role, Side
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.worktime import clocks
from breakfix.kernel.worktime.calendars import Calendar, NeverDue

R, P, C = Role, Side.PROVIDER, Side.CLIENT


@dataclass(frozen=True)
class Rung:
    """One person's place on the ladder: rungs of one number are asked together, of both sides."""

    number: int
    percent: int
    name: str
    side: Side
    role: Role


# There is no role for the provider's duty manager (R15), nor for its executive: who runs its organisation is on duty,
# and the director, who is asked by SMS from 90 % on (§7), answers for a breach (decision 0024).
HIERARCHY = (
    Rung(1, 50, "dispatcher lead", P, R.DISPATCHER),
    Rung(2, 75, "duty manager", P, R.PROVIDER_ADMIN),
    Rung(3, 90, "service-delivery director", P, R.DIRECTOR),
    Rung(3, 90, "client's service owner", C, R.SERVICE_OWNER),
    Rung(4, 100, "provider's executive", P, R.DIRECTOR),
    Rung(4, 100, "client's executive", C, R.APPROVER),
)
# A dated duty is the client's: whoever answers for it there hears at every share of it.
COMPLIANCE = tuple(
    Rung(number, percent, "client's compliance person", C, R.SERVICE_OWNER)
    for number, percent in ((1, 50), (2, 75), (3, 90), (4, 100))
)
NUMBERS = {percent: number for number, percent in enumerate(SHARES, 1)}
LAST = max(NUMBERS.values())
# Of a need-to-know matter only who was let in is asked, of these.
NAMED = frozenset({*(one.role for one in HIERARCHY), R.SECURITY_OFFICER})
# Whom silence on a call for skill asks next, for the same skill.
HELPERS = (R.DISPATCHER, R.PROVIDER_ADMIN, R.DIRECTOR)
HELPER_NAMES = {R.DISPATCHER: "desk", R.PROVIDER_ADMIN: "duty manager", R.DIRECTOR: "director"}
SKILLS = {2: "a specialist, L2", 3: "a senior, L3", 4: "a principal or the lab, L4", 5: "a vendor or partner"}
PLAN_WITHIN = timedelta(minutes=60)
ON_THE_WALL = frozenset({Priority.P1, Priority.P2})
STANDSTILL = {Priority.P1: timedelta(minutes=60), Priority.P2: timedelta(hours=4)}
MOVING = frozenset({Status.DISPATCHED, Status.DIAGNOSING, Status.QUOTE_PENDING, Status.IN_PROGRESS})
# The client's deeds that open again what seemed to be done: before them nobody had anything to move.
OPENS_AGAIN = ("restoration.disputed", "work.refused")
DRILL_STALE = timedelta(days=90)


@dataclass(frozen=True)
class Ladder:
    """Who is asked at which share of a promise, and for how long each has to answer: as agreed, or as §3.9 says."""

    hierarchy: tuple[Rung, ...]
    within: Mapping[Priority, timedelta]

    def rungs(self, number: int, *, obligation: bool) -> list[Rung]:
        """Who stands on this rung: nobody above the last one, and none where that share was left out."""
        # The service owner is the compliance person here, and is asked once.
        duty = (*(one for one in self.hierarchy if one.role is not R.SERVICE_OWNER), *COMPLIANCE)
        return [one for one in (duty if obligation else self.hierarchy) if one.number == number]

    def next_from(self, number: int, *, obligation: bool) -> int | None:
        """The first rung from this one on that somebody stands on."""
        return next((one for one in range(number, LAST + 1) if self.rungs(one, obligation=obligation)), None)

    def answer_by(
        self, priority: Priority, hours: Calendar, asked_at: datetime, *, obligation: bool = False
    ) -> datetime:
        """Until when an answer is waited for before the next is asked; a duty's date waits for no opening hour."""
        if priority not in ON_THE_WALL and not obligation:
            try:
                found = clocks.due(hours, asked_at, self.within[priority])
            except NeverDue:
                found = None
            if found is not None:
                return found
        return asked_at + self.within[priority]


def ladder_of(agreed: Communication) -> Ladder:
    """The ladder of an agreement: its rungs that name a share and a role; §3.9's where none does."""
    named = tuple(
        Rung(NUMBERS[one.percent], one.percent, one.who, P if one.side == "provider" else C, one.role)
        for one in agreed.ladder
        if one.percent is not None and one.role is not None
    )
    minutes = agreed.answer_minutes
    within = {priority: timedelta(minutes=getattr(minutes, priority.value)) for priority in Priority}
    return Ladder(tuple(sorted(named, key=lambda one: one.number)) or HIERARCHY, within)


def check_can_acknowledge(*, asked: bool, acknowledged: bool, advanced_to: str | None) -> None:
    """Refuse whom nobody asked, a second answer, and one that came after the next rung was asked."""
    if not asked:
        raise NotAllowed("This step asks somebody else; only whoever holds its role there answers it.")
    if acknowledged:
        raise Refused("already_acknowledged", "Somebody has taken this on already.")
    if advanced_to is not None:
        message = f"Nobody answered in time, so it went on to {advanced_to}; that step waits for an answer now."
        raise Refused("advanced", message, to=advanced_to)


def check_can_advance(*, open_: bool, further: bool, until: datetime, needed: bool, at: datetime) -> None:
    """Refuse to go on past somebody who answered, still has time, or is not needed any more."""
    if not open_:
        raise Refused("step_over", "This step was answered, or has gone on already.")
    if not further:
        raise Refused("last_rung", "Nobody stands above this step; it waits for its answer.")
    if at < until:
        raise Refused("not_due", "There is still time to answer.")
    if not needed:
        raise Refused("not_needed", "What it was about is over.")


def check_asked_for(status: Status, *, over: bool) -> None:
    """Refuse help for what is over; while anything is done, a request is always granted."""
    if over or status in (Status.DRAFT, Status.SUBMITTED):
        raise Refused("wrong_state", f"This is {status}; nobody is at work on it.", status=status.value)


def check_no_help_open(is_open: bool) -> None:
    """Refuse a second request while the first waits: pressed twice, it would ask for two levels."""
    if is_open:
        raise Refused("help_open", "Help was asked for already, and somebody is asked to bring it.")


def next_skill(level: int, asked: Iterable[int]) -> int:
    """The rung above this level that was not asked yet; the last one again once all were."""
    above = [number for number in SKILLS if number > level and number not in set(asked)]
    return min(above, default=max(SKILLS))


def check_stands_still(priority: Priority, status: Status, last_at: datetime, at: datetime) -> None:
    """Refuse where something moved, or where standing still alarms nobody: P3, P4, and what waits for others."""
    if priority not in STANDSTILL or status not in MOVING:
        raise Refused("not_watched", "Nobody is alarmed by silence here.")
    if at < last_at + STANDSTILL[priority]:
        raise Refused("not_due", "Something moved since then.")


def overruns_at(
    started_at: datetime, included_hours: float, held: Iterable[tuple[datetime, datetime]] = ()
) -> datetime | None:
    """When a diagnosis takes more than one and a half times what its protocol is priced for, without its holds.

    Each moment is held once: a wait that was agreed to later may lie beside one that is on record.
    """
    if not included_hours:
        return None
    due, counted_to = started_at + timedelta(hours=included_hours * 1.5), started_at
    for start, end in sorted(held):
        begun = max(start, counted_to)
        if begun < due and end > begun:
            due, counted_to = due + (end - begun), end
    return due


def words_of(kind: EscalationKind, reason: HelpReason | None, name: str, percent: int) -> str:
    """Why somebody is asked, in one phrase."""
    if kind is EscalationKind.HIERARCHICAL:
        return f"{percent} % of {name} is used"
    return {
        HelpReason.REQUEST: "the engineer asks for help",
        HelpReason.SKILL_GAP: "the engineer lacks a skill for it",
        HelpReason.STANDSTILL: "nothing has moved for too long",
        HelpReason.OVERRUN: "the diagnosis takes more than one and a half times its protocol",
    }[reason or HelpReason.REQUEST]


def is_stale(last_at: datetime | None, at: datetime) -> bool:
    """Whether the last rehearsal is older than ninety days, or there was none."""
    return last_at is None or at - last_at > DRILL_STALE
