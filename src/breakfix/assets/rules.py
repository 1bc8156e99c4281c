"""What is to be said about a machine's age on a day, and what the register refuses."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from breakfix.assets.values import ENDOFLIFE, REGISTER, AssetFacts, Flag, FlagKind, Raid
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import WEEKDAYS, Calendar

# Fewest drives of each level that is known here.
RAID_LEVELS = {0: 2, 1: 2, 5: 3, 6: 4, 10: 4, 50: 6, 60: 8}
LARGEST_RATE = Decimal(10_000_000)


def flags(asset: AssetFacts, on: date) -> tuple[Flag, ...]:
    """What applies on a local day, each with its reason and who says so; unknown dates raise no flag.

    A date is valid through its own day (domain.md §11 ruling 30).
    """
    ended = _end_of_life(asset, on)
    found = (_out_of_warranty(asset, on), ended, _legacy(asset, on, ended))
    return tuple(flag for flag in found if flag)


def _out_of_warranty(asset: AssetFacts, on: date) -> Flag | None:
    if asset.warranty_until is None or on <= asset.warranty_until:
        return None
    reason = f"The maker's warranty ended on {asset.warranty_until.isoformat()}."
    return Flag(FlagKind.OUT_OF_WARRANTY, reason, REGISTER)


def _end_of_life(asset: AssetFacts, on: date) -> Flag | None:
    if asset.eol_on is not None and on > asset.eol_on:
        reason = f"The maker ended support for this device on {asset.eol_on.isoformat()}."
        return Flag(FlagKind.END_OF_LIFE, reason, REGISTER)
    cycle = asset.cycle
    if cycle is None:
        return None
    if cycle.eol_on is not None and on > cycle.eol_on:
        return Flag(FlagKind.END_OF_LIFE, f"Support for {cycle} ended on {cycle.eol_on.isoformat()}.", ENDOFLIFE)
    if cycle.eol_on is None and cycle.ended:
        return Flag(FlagKind.END_OF_LIFE, f"Support for {cycle} has ended; no date is published.", ENDOFLIFE)
    return None


def _legacy(asset: AssetFacts, on: date, ended: Flag | None) -> Flag | None:
    if asset.legacy is not None:
        return Flag(FlagKind.LEGACY, "Its owner declared it legacy.", REGISTER) if asset.legacy else None
    if ended:
        return Flag(FlagKind.LEGACY, f"It is past its end of life: {_lower(ended.reason)}", ended.source)
    worn = useful_until(asset)
    if worn is None or on < worn:
        return None
    words = f"In use since {asset.installed_on}, past its useful life of {asset.useful_life_years} years."
    return Flag(FlagKind.LEGACY, words, REGISTER)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def useful_until(asset: AssetFacts) -> date | None:
    """The first day past the useful life, or None where it is not known."""
    if asset.installed_on is None or asset.useful_life_years is None:
        return None
    year = asset.installed_on.year + asset.useful_life_years
    try:
        return asset.installed_on.replace(year=year)
    except ValueError:  # installed on a 29 February
        return date(year, 3, 1)


def covered_until(asset: AssetFacts, on: date) -> date | None:
    """The end of a warranty that still covers this day: the maker should be asked first (domain.md A5)."""
    covered = asset.warranty_until is not None and on <= asset.warranty_until
    return asset.warranty_until if covered else None


# ------------------------------------------------------------------------------------------ refusals


def check_rate(rate: Decimal, currency: str, field: str) -> Money:
    """The hourly cost as money; refuses what is negative, beyond belief or finer than the currency."""
    if not rate.is_finite() or not 0 <= rate <= LARGEST_RATE:
        raise Refused("bad_rate", f"An hour of downtime costs 0 to {LARGEST_RATE:,}.", field=field)
    money = Money.of(rate, currency)
    if money.amount != rate:
        raise Refused("bad_rate", f"Give the rate in whole minor units of {currency}.", field=field)
    return money


def week_of(days: list[str], opens: str, closes: str) -> dict[str, list[list[str]]]:
    """The hours at the business rate, as the kernel's Calendar reads them; refuses what is no time of day."""
    if not days or (unknown := set(days) - set(WEEKDAYS)):
        wrong = f" {', '.join(sorted(unknown))} is none" if days else ""
        raise Refused("bad_days", f"Choose from {', '.join(WEEKDAYS)}.{wrong}", field="days")
    hours = {day: [[opens, closes]] for day in WEEKDAYS if day in days}
    try:
        Calendar.from_json({"zone": "UTC", "hours": hours})
    except ValueError:
        raise Refused("bad_hours", "Give times of day such as 08:00 and 18:00.", field="opens") from None
    return hours


def check_dates(installed_on: date | None, warranty_until: date | None, on: date) -> None:
    """Refuse a machine that is installed in the future, or whose warranty ended before that."""
    if installed_on is not None and installed_on > on:
        raise Refused("not_installed_yet", "Give the day it was installed, not a coming one.", field="installed_on")
    if installed_on is not None and warranty_until is not None and warranty_until < installed_on:
        message = "This warranty would have ended before the machine was installed; check both dates."
        raise Refused("warranty_before_installation", message, field="warranty_until")


def check_useful_life(years: int | None) -> None:
    """Refuse a useful life that no machine has."""
    if years is not None and not 1 <= years <= 50:
        raise Refused("bad_useful_life", "A useful life is 1 to 50 years.", field="useful_life_years")


def check_raid(raid: Raid | None) -> None:
    """Refuse an array that cannot exist: the risk figures would be nonsense."""
    if raid is None:
        return
    if raid.level not in RAID_LEVELS:
        known = ", ".join(str(level) for level in RAID_LEVELS)
        raise Refused("unknown_raid_level", f"Choose a RAID level of {known}.", field="raid-level")
    if not RAID_LEVELS[raid.level] <= raid.drives <= 1000:
        least = RAID_LEVELS[raid.level]
        raise Refused("bad_drives", f"RAID {raid.level} has at least {least} drives.", field="raid-drives")
    if not (raid.drive_tb.is_finite() and 0 < raid.drive_tb <= 1000):
        raise Refused("bad_drive_size", "Give the size of one drive in TB, above 0.", field="raid-drive_tb")
    if not 0 <= raid.failed <= raid.drives:
        raise Refused("bad_failed_drives", "No more drives fail than there are.", field="raid-failed")


def check_changed(changes: Mapping[str, object]) -> None:
    """Refuse a correction that corrects nothing, such as the same one sent twice."""
    if not changes:
        raise Refused("nothing_to_correct", "The register says exactly this already.")


def check_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """Further facts of the configuration; refuses too many, too long, and the name kept for the array."""
    if "raid" in facts:
        raise Refused("raid_has_its_fields", "Describe the array in its own fields.", field="config")
    if len(facts) > 50 or any(len(name) > 60 or len(text) > 500 for name, text in facts.items()):
        message = "Give at most 50 facts, names up to 60 and texts up to 500 characters."
        raise Refused("too_long", message, field="config")
    return {name.strip(): text.strip() for name, text in facts.items()}


def check_cover(valid_from: date, valid_until: date | None, *, asset_id: int | None, site_id: int | None) -> None:
    """Refuse a cover that ends before it begins, or of a machine and a whole site at once."""
    if valid_until is not None and valid_until < valid_from:
        raise Refused("ends_before_it_begins", "It would end before it begins.", field="valid_until")
    if asset_id is not None and site_id is not None:
        message = "Name the machine or the site: a cover of the site is one of all its machines."
        raise Refused("one_of_two", message, field="site_id")


def check_can_end(ended_on: date | None, valid_from: date, on: date) -> None:
    """Refuse to end a cover twice, or before it began."""
    if ended_on is not None:
        raise Refused("ended_already", f"It was ended on {ended_on.isoformat()}.", ended_on=ended_on.isoformat())
    if on < valid_from:
        raise Refused("ends_before_it_begins", "It would end before it begins.", field="ends_on")
