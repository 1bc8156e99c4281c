"""What makes terms valid, when a version may be signed, and the calendars and tiers that follow from one."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import holidays as public_holidays
from pydantic import ValidationError

from breakfix.agreements.clauses import fields
from breakfix.agreements.clauses.base import Weekday
from breakfix.agreements.clauses.prices import Tiers
from breakfix.agreements.values import (
    CalendarTerms,
    Difference,
    HolidaysHeld,
    HolidaySource,
    SiteCalendar,
    Terms,
    VersionStatus,
    laid_over,
)
from breakfix.kernel.access import Side
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.calendars import WEEKDAYS, Calendar, dated_through
from breakfix.kernel.worktime.tiers import Tier, TierRule
from breakfix.kernel.worktime.zones import end_of_local_day, zone_of

# A draft that one side signed is proposed; changing it takes that signature back. Nothing leaves SIGNED but by
# a later version or the notice of one side.
TRANSITIONS: dict[VersionStatus, set[VersionStatus]] = {
    VersionStatus.DRAFT: {VersionStatus.DRAFT, VersionStatus.PROPOSED, VersionStatus.WITHDRAWN},
    VersionStatus.PROPOSED: {VersionStatus.DRAFT, VersionStatus.SIGNED, VersionStatus.WITHDRAWN},
    VersionStatus.SIGNED: {VersionStatus.ENDED},
    VersionStatus.ENDED: set(),
    VersionStatus.WITHDRAWN: set(),
}


def parsed(given: dict[str, Any], *, first_year: int) -> Terms:
    """Typed terms from what was typed in, holidays resolved to dates; refuses naming the field at fault.

    Without `years`, public holidays are copied for `first_year` and the two years after it.
    """
    try:
        terms = Terms.model_validate(_with_dates(given, first_year))
    except ValidationError as refusal:
        first = refusal.errors(include_url=False)[0]
        path = [str(step) for step in first["loc"]]
        raise _invalid(path, first["msg"].removeprefix("Value error, ")) from None
    calendars: list[CalendarTerms | SiteCalendar] = [terms.calendar, *terms.calendar.sites]
    for one in calendars:
        try:
            business_calendar(one, "UTC")
        except ValueError as error:
            raise _invalid(["calendar", "hours"], str(error)) from None
    try:
        tier_rule(terms.rates.tiers)
    except ValueError as error:
        raise _invalid(["rates", "tiers"], str(error)) from None
    return terms


def stated_over(base: dict[str, Any], given: dict[str, Any], *, dated: bool) -> dict[str, Any]:
    """`base` with what was given, and what that says about each of the 38 fields (`dated`: the start was given).

    What does not apply loses its figures: nothing is computed from what the parties called not applicable.
    """
    said = given.get("statements")
    if said is not None and not _is_statements(said):
        raise _invalid(["statements"], 'give "agreed" and "not_applicable", each by the key of a field')
    before = base.get("statements") or {}
    tree = laid_over(base, given)
    now = tree["statements"] = fields.stated(before, given, dated=dated)
    for key in set(now["not_applicable"]) & fields.KEYS:
        neutral = fields.BY_KEY[key].neutral
        if neutral is None:
            name = fields.BY_KEY[key].name
            message = f"{name}: this always applies, because Breakfix computes or names it. Give its value."
            raise Refused("always_applies", message, field=f"terms-statements-not_applicable-{key}")
        tree = laid_over(tree, neutral)
    return tree


def _is_statements(said: Any) -> bool:
    if not isinstance(said, dict) or set(said) - {"agreed", "not_applicable"}:
        return False
    parts = [(said.get("agreed", {}), bool), (said.get("not_applicable", {}), str)]
    return all(isinstance(part, dict) and all(isinstance(one, kind) for one in part.values()) for part, kind in parts)


def taken_over(terms: dict[str, Any]) -> dict[str, Any]:
    """These terms with every field agreed but those that are the two's own, which no template can know."""
    agreed = dict.fromkeys(sorted(fields.KEYS - fields.OWN), True)
    return {**terms, "statements": {"agreed": agreed, "not_applicable": {}}}


def answered(terms: Terms) -> list[fields.Answer]:
    """Each of the 38 fields with what the parties said about it, or what is lacking."""
    return fields.answers(terms.to_json())


def unanswered(terms: Terms) -> list[fields.Answer]:
    """The fields that block a signature."""
    return [one for one in answered(terms) if one.lacking]


def _invalid(path: list[str], words: str) -> Refused:
    message = f"Terms, {' '.join(path).replace('_', ' ')}: {words[:1].lower()}{words[1:].rstrip('.')}."
    return Refused("invalid_terms", message, field="-".join(["terms", *path]))


def check_sites(terms: Terms, known: set[str]) -> None:
    """Refuse a calendar for a site that the client does not have: it would hold nowhere."""
    for one in terms.calendar.sites:
        if one.site not in known:
            message = f"The client has no site {one.site!r}; name one of its sites."
            raise Refused("unknown_site", message, field="terms-calendar-sites")


def _with_dates(given: dict[str, Any], first_year: int) -> dict[str, Any]:
    calendar = given.get("calendar")
    if not isinstance(calendar, dict):
        return given
    calendar = _resolved(calendar, first_year)
    if isinstance(sites := calendar.get("sites"), list | tuple):
        sites = [_resolved(one, first_year) if isinstance(one, dict) else one for one in sites]
        calendar = {**calendar, "sites": sites}
    return {**given, "calendar": calendar}


def _resolved(calendar: dict[str, Any], first_year: int) -> dict[str, Any]:
    """This calendar with the dates of the public holidays that it asks for."""
    if not isinstance(wanted := calendar.get("holidays"), dict):
        return calendar
    try:
        source = HolidaySource.model_validate(wanted)
    except ValidationError as refusal:
        first = refusal.errors(include_url=False)[0]
        raise _invalid(["calendar", "holidays", *map(str, first["loc"])], first["msg"]) from None
    years = source.years or tuple(range(first_year, first_year + 3))
    return {**calendar, **_dates_of(source, years)}


def _dates_of(source: HolidaySource, years: tuple[int, ...]) -> dict[str, Any]:
    place = source.country + (f"/{source.subdivision}" if source.subdivision else "")
    try:
        found = public_holidays.country_holidays(source.country, subdiv=source.subdivision, years=list(years))
    except NotImplementedError:
        raise _invalid(["calendar", "holidays"], f"no public holidays are known for {place}") from None
    named = f"public holidays of {place} {min(years)} to {max(years)}"
    return {
        "holidays": [day.isoformat() for day in sorted({*found, *source.also})],
        "holiday_source": f"{named} (python-holidays {public_holidays.__version__})"
        + (" and further days" if set(source.also) - set(found) else ""),
    }


_BY_DOMAIN = (
    "scope.domains",
    "forensic.fees",
    "forensic.credit_pct_by_domain",
    "dispatch.required_certifications",
    "insurance.cyber_domains",
)


def domains_of(stored: Any) -> set[str]:
    """The domains that stored terms name anywhere, without parsing them."""
    return {str(one) for path in _BY_DOMAIN for one in fields.at_path(stored, path) or ()}


# ------------------------------------------------------------------------------- what follows from terms


def business_calendar(terms: CalendarTerms | SiteCalendar, zone: str) -> Calendar:
    """The agreed business hours and holidays on the wall clock of one site."""
    hours: dict[str, list[list[str]]] = {}
    for opening in terms.hours:
        for day in opening.days:
            hours.setdefault(day, []).append([opening.opens, opening.closes])
    holidays = [day.isoformat() for day in terms.holidays]
    return Calendar.from_json({"zone": zone, "hours": hours, "holidays": holidays})


def holidays_held(calendar: CalendarTerms, zone: str) -> tuple[HolidaysHeld, ...]:
    """Through which year the general calendar and those of single sites list holidays, the first to end first.

    A calendar without any holiday was agreed so, and never runs out. Years end by the clock of `zone`.
    """
    every = [("", calendar.holidays), *((one.site, one.holidays) for one in calendar.sites)]
    found = [(dated_through(days), site) for site, days in every]
    held = [
        HolidaysHeld(site, year, end_of_local_day(date(year, 12, 31), zone))
        for year, site in found
        if year is not None
    ]
    return tuple(sorted(held, key=lambda one: (one.ends_at, one.site)))


def tier_rule(tiers: Tiers) -> TierRule:
    """The rate card's tiers as the kernel computes with them."""
    return TierRule(
        business_days=_numbers(tiers.business_days),
        open_minute=_minute(tiers.opens),
        close_minute=_minute(tiers.closes),
        multipliers=(
            (Tier.BUSINESS, tiers.business),
            (Tier.AFTER_HOURS, tiers.after_hours),
            (Tier.SUNDAY, tiers.sunday),
        ),
        rest_days=_numbers(tiers.rest_days),
    )


def _numbers(days: tuple[Weekday, ...]) -> tuple[int, ...]:
    return tuple(sorted({WEEKDAYS.index(day) for day in days}))


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def said_in(at: datetime, zone: str) -> str:
    """An instant in words of a line, by the clock of that zone."""
    return f"{at.astimezone(zone_of(zone)):%Y-%m-%d %H:%M} ({zone})"


def in_order(stored: Any, like: Any) -> Any:
    """`stored` with its keys in the order of `like`; what `like` has beyond it is left out."""
    if not isinstance(stored, dict) or not isinstance(like, dict):
        return stored
    names = [*(name for name in like if name in stored), *(name for name in stored if name not in like)]
    return {name: in_order(stored[name], like.get(name)) for name in names}


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Every figure in which two terms differ, by its path, in the order of the later one; lists as a whole.

    A group that only one of them has differs in each of its figures.
    """
    groups = [one for one in (before, after) if isinstance(one, dict)]
    if groups and all(one is None or isinstance(one, dict) for one in (before, after)):
        before, after = before or {}, after or {}
        for name in [*after, *(name for name in before if name not in after)]:
            yield from differences(before.get(name), after.get(name), f"{path}.{name}" if path else str(name))
    elif before != after:
        yield Difference(path, _shown(before), _shown(after))


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return "; ".join(_shown(item) or "no limit" for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(item) or 'no limit'}" for name, item in value.items())
    return str(value)


# ------------------------------------------------------------------------------------------ signing


def check_sides(provider_side: str, client_side: str) -> None:
    """Refuse an agreement of two clients, or of two providers."""
    if provider_side != Side.PROVIDER:
        raise Refused("not_a_provider", "Services are sold by a provider.", field="provider_id")
    if client_side != Side.CLIENT:
        raise Refused("not_a_client", "An agreement is made with a client.", field="client_id")


def check_accountable(person_organisation_id: int, *, is_active: bool, provider_id: int) -> None:
    """Refuse unless the one who answers for the work is somebody of the provider who can be reached."""
    if person_organisation_id != provider_id or not is_active:
        message = "The accountable person is an active person of the provider."
        raise Refused("not_of_provider", message, field="accountable_person_id")


def check_start(effective_at: datetime | None, *, previous: datetime | None, at: datetime) -> None:
    """Refuse a start that would reach into the past, or not lie after the start of the version it replaces.

    None means "from the second signature", here: now.
    """
    starts = at if effective_at is None else effective_at
    if starts < at:
        message = "This start has passed: terms never reach back. Choose a later one, or none for the signature."
        raise Refused("start_has_passed", message, field="effective_at")
    if previous is not None and starts <= previous:
        message = "A version starts after the one it replaces has started; choose a later start."
        raise Refused("not_after_previous", message, field="effective_at", previous=previous.isoformat())


def check_latest(version_id: int, latest_id: int, latest: int) -> None:
    """Refuse to build on a version that another one has followed: two next versions could not both hold."""
    if version_id != latest_id:
        message = f"Version {latest} is newer than the one you opened; start from that."
        raise Refused("not_latest", message, field="version_id")


def check_can_sign(*, already: bool, shown_sha256: str, sha256: str, typed_name: str, name: str) -> None:
    """Refuse unless this side still has to sign, and the person signs by name exactly what was shown."""
    if already:
        raise Refused("already_signed", "Your side has signed this version.")
    if shown_sha256 != sha256:
        message = "These terms were changed after you opened them; read them again before you sign."
        raise Refused("changed_since_shown", message, field="shown_sha256")
    if " ".join(typed_name.split()).casefold() != " ".join(name.split()).casefold():
        message = f"Sign with your own name as Breakfix knows it: {name}."
        raise Refused("not_your_name", message, field="typed_name")


def check_complete(terms: Terms) -> None:
    """Refuse a signature under terms that leave one of the 38 fields open; says which, and what is lacking."""
    missing = unanswered(terms)
    if not missing:
        return
    names = ", ".join(f"{one.field.number} {one.field.name}" for one in missing)
    count = "One field is" if len(missing) == 1 else f"{len(missing)} fields are"
    facts = [
        {"number": one.field.number, "key": one.field.key, "name": one.field.name, "lacking": list(one.lacking)}
        for one in missing
    ]
    raise Refused("incomplete", f"{count} not answered yet: {names}.", fields=facts)


def check_unchanged(shown_sha256: str, sha256: str) -> None:
    """Refuse to write over what somebody else wrote meanwhile; an empty hash says that nothing was shown."""
    if shown_sha256 and shown_sha256 != sha256:
        message = "Somebody changed this draft after you opened it. Nothing was saved; read it again first."
        raise Refused("changed_meanwhile", message, field="shown_sha256")


def check_move(status: VersionStatus, to: VersionStatus) -> None:
    """Refuse a step that a version cannot take: above all, nothing that was signed becomes a draft again."""
    if to not in TRANSITIONS[status]:
        message = f"A version that is {status.lower()} cannot become {to.lower()}."
        raise Refused("wrong_state", message, status=status.value)


def check_can_end(
    ends: datetime | None, begins: datetime | None, wanted: datetime, *, version: int, at: datetime
) -> None:
    """Refuse a second notice, and an end that has passed or would come before what both signed has begun."""
    if ends is not None:
        if ends <= at:
            raise Refused("already_ended", "This agreement has ended.")
        message = "Notice was given already; if it is to go on, both sides sign a next version."
        raise Refused("ends_already", message, ends_at=ends)
    if wanted < at:
        message = (
            "This instant has passed: nothing that was reported meanwhile loses its agreement. Choose a later one."
        )
        raise Refused("end_has_passed", message, field="ends_at")
    if begins is not None and wanted <= begins:
        message = f"Version {version}, which both have signed, begins only then or later; choose a later end."
        raise Refused("ends_before_start", message, field="ends_at", begins=begins)


def check_can_place_hold(*, held: bool) -> None:
    """Refuse a second credit hold beside the one that stands: there is one reason at a time."""
    if held:
        raise Refused(
            "already_held", "This client is on credit hold already; lift that first to give another reason."
        )


def check_can_lift_hold(*, held: bool) -> None:
    """Refuse to lift what does not stand."""
    if not held:
        raise Refused("no_credit_hold", "This client is not on credit hold.")
