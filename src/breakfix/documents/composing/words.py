"""Frozen values as people read them: amounts, instants on the site's wall clock, days, shares."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.zones import zone_of

Content = Mapping[str, Any]
NOTHING = "\u2013"  # an en dash: looked at, and nothing there
VERDICTS = {"met": "Met", "missed": "MISSED", "running": "Running", "paused": "Paused", "void": "Void"}

CLOCKS = {
    "ACK": "Acknowledge",
    "ENGAGE": "Engineer in contact",
    "ONSITE": "Engineer on site",
    "QUOTE": "Quote",
    "UPDATE": "Updates",
    "RESTORE": "Restore (objective)",
}
CATEGORIES = {"hw_labour": "Hardware labour", "professional_labour": "Professional labour"}


def money(value: Content | None) -> str:
    """`{"amount", "currency"}` as an amount; a dash for none."""
    return NOTHING if value is None else format_money(Money.of(value["amount"], value["currency"]))


def when(text: str | None, zone: str) -> str:
    """An instant on the wall clock of the site, with its zone."""
    if not text:
        return NOTHING
    local = datetime.fromisoformat(text).astimezone(zone_of(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def short(text: str | None, zone: str) -> str:
    """As `when`, for tables whose zone stands beside them."""
    if not text:
        return NOTHING
    local = datetime.fromisoformat(text).astimezone(zone_of(zone))
    return f"{local:%a} {local.day} {local:%b, %H:%M}"


def day(text: str | None) -> str:
    """A civil day in words."""
    if not text:
        return NOTHING
    found = date.fromisoformat(text)
    return f"{found.day} {found:%B %Y}"


def day_of(text: str, zone: str) -> str:
    """The civil day of an instant at the site, as a sheet states it: "2026-12-02"."""
    return datetime.fromisoformat(text).astimezone(zone_of(zone)).date().isoformat()


def share(text: str | None) -> str:
    """A fraction as a percentage: "0.1741" is 17.41 %."""
    return NOTHING if text is None else f"{trimmed(str(Decimal(text) * 100))} %"


def trimmed(text: str) -> str:
    """A figure without needless zeros."""
    return f"{Decimal(text).normalize():f}"


def said(value: object) -> str:
    """A text, or a dash where nothing was said."""
    return str(value) if value not in (None, "") else NOTHING


def words(slug: str) -> str:
    """`left_with_client` as "Left with client"."""
    plain = slug.replace("_", " ").lower()
    return plain[:1].upper() + plain[1:]


def spell(minutes: int) -> str:
    """Minutes of work: 150 is "2 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def yes(value: object) -> str:
    """A yes or a no."""
    return "Yes" if value else "No"
