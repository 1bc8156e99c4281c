"""When a vendor's case may be opened, spoken about, passed on and closed, and who may be spoken for."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from breakfix.incidents.rules.transitions import OVER
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.zones import zone_of
from breakfix.liaison.values import CaseStatus, Days

CASE_TRANSITIONS: dict[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.OPEN: frozenset({CaseStatus.CLOSED}),
    CaseStatus.CLOSED: frozenset(),
}
TIERS = range(1, 10)
LONGEST_LETTER = timedelta(days=366)
_OPEN_DAYS = {Days.WEEKDAYS: 5, Days.SIX_DAYS: 6, Days.DAILY: 7}


def check_can_open(status: Status) -> None:
    """Refuse before a human took the report on, and once nothing more is done."""
    if status in OVER or status in (Status.DRAFT, Status.SUBMITTED):
        message = f"A vendor's case is opened from the acknowledgement until the end; this is {status}."
        raise Refused("wrong_state", message, status=status.value)


def check_is_new(vendor: str, reference: str, known: Iterable[tuple[str, str]]) -> None:
    """Refuse the same case twice: its promises would stand in two places."""
    if (folded(vendor), folded(reference)) in {(folded(name), folded(ref)) for name, ref in known}:
        message = f"{vendor} {reference} is on record for this engagement already."
        raise Refused("case_known", message, field="reference")


def check_is_open(status: CaseStatus) -> None:
    """Refuse what needs an open case: what was closed is spoken about in a new one."""
    if status is not CaseStatus.OPEN:
        raise Refused("case_closed", "This case is closed; open another one if the vendor has to act again.")


def check_move(status: CaseStatus, to: CaseStatus) -> None:
    """Refuse what the table does not list."""
    if to not in CASE_TRANSITIONS[status]:
        raise Refused("case_closed", f"This case is {status.value.lower()} already.", status=status.value)


def check_tier(tier: int) -> None:
    """Refuse a tier that no vendor has."""
    if tier not in TIERS:
        raise Refused("bad_tier", f"Tiers go from {TIERS[0]} to {TIERS[-1]}.", field="tier")


def check_can_escalate(tier: int) -> None:
    """Refuse to go above the last tier there is."""
    if tier + 1 not in TIERS:
        raise Refused("bad_tier", "There is no tier above this one.")


def check_next_contact(next_contact_at: datetime, at: datetime) -> None:
    """Refuse a next contact that is not ahead: nobody would ever be reminded of it."""
    if next_contact_at <= at:
        raise Refused("past_contact", "The next contact lies in the past.", field="next_contact_at")


def check_happened(contacted_at: datetime, *, earliest: datetime, at: datetime) -> None:
    """Refuse a contact of the future, and one from before there was anything to speak about."""
    if contacted_at > at:
        raise Refused("not_yet", "This contact lies in the future; note it once it was made.", field="contacted_at")
    if contacted_at < earliest:
        message = "This contact lies before the case was opened and before the failure was reported."
        raise Refused("too_early", message, field="contacted_at")


def check_opened(opened_at: datetime, *, reported_at: datetime, at: datetime) -> None:
    """Refuse a case of the future, and one that is older than the failure by more than a vendor's case can be."""
    if opened_at > at:
        raise Refused("not_yet", "The case cannot have been opened in the future.", field="opened_at")
    if opened_at < reported_at - timedelta(days=366):
        raise Refused("too_early", "This case is more than a year older than the failure.", field="opened_at")


def check_can_correct(entry_case: int, case: int, *, corrected: bool) -> None:
    """Refuse to correct an entry of another case, or the same one twice: the newest correction is what counts."""
    if entry_case != case:
        raise Refused("not_found", "There is no such entry in the log of this case.", field="corrects_id")
    if corrected:
        raise Refused("corrected_before", "This entry was corrected before; correct that one.", field="corrects_id")


def hours_of(days: Days, opens: str, closes: str, zone: str) -> Calendar:
    """The vendor's stated hours; refuses what is no time of day, and hours that never open."""
    if days is Days.ALWAYS:
        return Calendar.always_on(_zone(zone))
    window = (_minute(opens, "opens"), _minute(closes, "closes"))
    if window[0] == window[1]:
        raise Refused("bad_hours", "The vendor's hours begin and end at the same time.", field="closes")
    count = _OPEN_DAYS[days]
    return Calendar(_zone(zone), week=((window,),) * count + ((),) * (7 - count))


def _zone(zone: str) -> str:
    try:
        zone_of(zone)
    except ValueError:
        message = "Choose a time zone by its IANA name, such as America/New_York."
        raise Refused("unknown_zone", message, field="zone") from None
    return zone


def _minute(clock: str, field: str) -> int:
    try:
        found = time.fromisoformat(clock.strip())
    except ValueError:
        raise Refused("bad_hours", "Give a time of day such as 08:00.", field=field) from None
    return found.hour * 60 + found.minute


# ------------------------------------------------------------------------------------------ letters


def folded(name: str) -> str:
    """A vendor's name as two people would write it alike."""
    return " ".join(name.casefold().split())


def check_letter(valid_until: datetime, at: datetime) -> None:
    """Refuse a letter that is void from the start, or stands for longer than a year."""
    if valid_until <= at:
        raise Refused("past_end", "The letter has to be valid for some time.", field="valid_until")
    if valid_until - at > LONGEST_LETTER:
        raise Refused("too_long_valid", "A letter of authority is valid for a year at most.", field="valid_until")


def check_can_revoke(*, revoked: bool, valid_until: datetime, at: datetime) -> None:
    """Refuse to revoke what is void already."""
    if revoked:
        raise Refused("revoked_before", "This letter was revoked before.")
    if valid_until <= at:
        raise Refused("expired", "This letter has run out; nobody is spoken for by it any more.")


def in_force(*, granted_at: datetime, valid_until: datetime, revoked_at: datetime | None, at: datetime) -> bool:
    """Whether somebody could speak for the client by this letter at that instant."""
    return granted_at <= at < valid_until and (revoked_at is None or at < revoked_at)
