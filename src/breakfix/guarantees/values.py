"""The words of the workmanship guarantee (domain.md §4.11)."""

from enum import StrEnum


class GuaranteeKind(StrEnum):
    """Why it lasts as long as it does: LEGACY also for tested-used parts."""

    WORKMANSHIP = "workmanship"
    LEGACY = "legacy"
