"""The words of cases at internet providers, cloud and machine vendors (domain.md C10, S9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class VendorKind(StrEnum):
    """Whose case it is."""

    ISP = "isp"
    CLOUD = "cloud"
    OEM = "oem"


class CaseStatus(StrEnum):
    """Life of one case at a vendor, as we follow it."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class CaseResult(StrEnum):
    """How a case ended."""

    FIXED = "fixed"
    NOT_THEIRS = "not_theirs"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Way(StrEnum):
    """By which way somebody spoke with the vendor."""

    PHONE = "phone"
    EMAIL = "email"
    PORTAL = "portal"
    CHAT = "chat"


class Days(StrEnum):
    """On which days the vendor works on a case; `always` is round the clock."""

    ALWAYS = "always"
    WEEKDAYS = "weekdays"
    SIX_DAYS = "six_days"
    DAILY = "daily"


class Basis(StrEnum):
    """In what the time of a promise is measured: on the wall, or in the vendor's stated hours."""

    WALL = "wall"
    HOURS = "hours"


class PromiseVerdict(StrEnum):
    """What became of a promise. `ended`: the case was closed before it was due."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    ENDED = "ended"


class ClaimAbout(StrEnum):
    """Which figure of the vendor's own agreement was missed."""

    AVAILABILITY = "availability"
    RESPONSE = "response"


@dataclass(frozen=True)
class PromiseGiven:
    """What the vendor promised: by an instant, or within so many minutes from the moment it was said."""

    what: str
    until: datetime | None = None
    within_minutes: int | None = None
    basis: Basis = Basis.WALL


@dataclass(frozen=True)
class PromiseReading:
    """A promise as it stands at an instant; `by` is how much is left while open, else how early or late it was.

    In the time of its basis: minutes outside the vendor's hours do not count where the promise was in its hours.
    """

    verdict: PromiseVerdict
    by: timedelta
    until: datetime
    basis: Basis


@dataclass(frozen=True)
class Measured:
    """A figure of the vendor's agreement against what our log says; every number of it can be recomputed by hand."""

    promised: str
    measured: str
    missed_by: str
    steps: tuple[str, ...]
    missed: bool
