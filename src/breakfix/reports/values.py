"""The words of the service report (domain.md §3.7, §6.5)."""

from dataclasses import dataclass
from enum import StrEnum


class ReportStatus(StrEnum):
    """An issued report never changes: the client accepts or disputes it, a dispute leads to the next version."""

    ISSUED = "ISSUED"
    ACCEPTED = "ACCEPTED"
    DISPUTED = "DISPUTED"
    REISSUED = "REISSUED"


@dataclass(frozen=True)
class Expected:
    """How long the workmanship is guaranteed, in local days from acceptance, and why so long or so `short`."""

    days: int
    basis: str
    short: bool = False


@dataclass(frozen=True)
class Said:
    """What only the engineer can say; everything else in the report comes from the captured work."""

    prevention: str
    residual_risk: str
    spares_advice: str = ""
    revised_cause: str = ""
    data_handling: str = ""
    deviations: str = ""
    change_note: str = ""
