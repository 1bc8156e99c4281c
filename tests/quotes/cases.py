"""Worked offers of the domain, as values: the opening scenario and the two arithmetic examples beside it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from breakfix.agreements.values import Domain, Priority, Terms
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.rules.tariff import tariff_of
from breakfix.quotes.values import (
    Actuals,
    ChargeKind,
    ChargeLine,
    Condition,
    ContingentLine,
    Draft,
    LabourUse,
    LineUse,
    PartLine,
    RaidInput,
    RiskInput,
    RiskKind,
    Tariff,
    TaskLine,
)

D = Decimal
NIGHT = Tier.AFTER_HOURS
HELD = datetime(2026, 12, 9, 5, 0, tzinfo=UTC)
ISSUE = datetime(2026, 12, 2, 6, 15, tzinfo=UTC)  # 01:15 in New York
ALL_TAXED = dict.fromkeys(
    ("parts", "hw_labour", "professional_labour", "data_recovery", "freight", "travel", "fees"), "8.875"
)
TERMS: dict[str, Any] = {
    "forensic": {"credit_pct": "100", "preauthorised": True},
    "tax": {"jurisdiction": "New York", "rates": ALL_TAXED},
}


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def tariff(
    terms: Mapping[str, Any] = TERMS, domain: Domain = Domain.HW_RAID, priority: Priority = Priority.P1
) -> Tariff:
    return tariff_of(Terms.model_validate(dict(terms)), currency="USD", domain=domain, priority=priority)


def task(level: int, *hours: str, tier: Tier = NIGHT, name: str = "work") -> TaskLine:
    low, mode, high = (D(h) for h in hours)
    return TaskLine(name, level, low, mode, high, tier)


def part(number: str, cost: str, **more: Any) -> PartLine:
    given: dict[str, Any] = {"description": number, "quantity": 1, "supplier": "Old Iron Parts"}
    given |= {"condition": Condition.TESTED_USED, "supplier_valid_until": HELD, **more}
    return PartLine(part_number=number, cost=D(cost), **given)


RAID = RaidInput(drives=6, drive_tb=D(4))
RISK = RiskInput(RiskKind.DATA_LOSS, 5, "six drives, one failed, all read once", raid=RAID)
S1 = Draft(
    tasks=(
        task(3, "1.5", "2", "3.5", name="Image the array"),
        task(3, "1", "2", "5", name="Rebuild the array"),
        task(2, "1", "1.5", "2.5", name="Replace the controller"),
        task(2, "1", "1.5", "2.5", name="Test the archive stream"),
    ),
    parts=(
        part("CTRL-9", "1140", description="RAID controller"),
        part("CACHE-9", "180", description="Cache module"),
        part("DRV-4T", "310", description="4 TB drive", data_bearing=True),
    ),
    charges=(
        ChargeLine(ChargeKind.FREIGHT, "Courier", unit=D(145)),
        ChargeLine(ChargeKind.EMERGENCY_DISPATCH, "P1 emergency dispatch"),
        ChargeLine(ChargeKind.TRAVEL, "Trip"),
        ChargeLine(ChargeKind.LOANER, "Loaner NAS, per day", D(2), D(180)),
    ),
    contingents=(ContingentLine("Second drive and one hour", D("0.2"), D("665.00")),),
    risks=(RISK,),
    scope_in="Controller, cache, one drive, rebuild",
    image_first=True,
)
S1_ACTUALS = Actuals(
    labour=(LabourUse(3, NIGHT, D("4.25")), LabourUse(2, NIGHT, D("3.00"))),
    parts=(LineUse("P1"), LineUse("P2"), LineUse("P3")),
    charges=(LineUse("C1"), LineUse("C2"), LineUse("C3"), LineUse("C4", D(2))),
)
