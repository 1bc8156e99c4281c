"""Impossible values are refused by field, before anything is computed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakfix.kernel.errors import Refused
from breakfix.quotes.rules import inputs
from breakfix.quotes.values import ChargeKind, ChargeLine, ContingentLine, Draft, Mode
from tests.quotes.cases import ISSUE, RAID, RISK, S1, D, part, tariff, task

TASK, PART, CHARGE, CHANCE = S1.tasks[0], S1.parts[0], S1.charges[0], S1.contingents[0]


def refusal_of(draft: Draft, miles: str = "0") -> tuple[str, str | None]:
    with pytest.raises(Refused) as refusal:
        inputs.check_draft(draft, tariff(), at=ISSUE, miles=D(miles))
    return refusal.value.code, refusal.value.field


def test_opening_scenario_passes() -> None:
    inputs.check_draft(S1, tariff(), at=ISSUE)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"name": " "}, "missing_field", "name"),
        ({"name": "x" * 201}, "invalid_field", "name"),
        ({"level": 0}, "unknown_level", "level"),
        ({"level": 5}, "unknown_level", "level"),
        ({"optimistic": D("-1")}, "out_of_range", "optimistic"),
        ({"pessimistic": D("NaN")}, "out_of_range", "pessimistic"),
        ({"pessimistic": D("1001")}, "out_of_range", "pessimistic"),
        ({"optimistic": D("2.5")}, "hours_out_of_order", "likely"),
        ({"likely": D("4")}, "hours_out_of_order", "likely"),
        ({"optimistic": D(0), "likely": D(0), "pessimistic": D(0)}, "out_of_range", "pessimistic"),
    ],
)
def test_task_fields_are_checked(wrong: dict[str, Any], code: str, field: str) -> None:
    assert refusal_of(replace(S1, tasks=(TASK, replace(TASK, **wrong)))) == (code, f"tasks-1-{field}")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"part_number": ""}, "missing_field", "part_number"),
        ({"description": ""}, "missing_field", "description"),
        ({"supplier": ""}, "missing_field", "supplier"),
        ({"quantity": 0}, "out_of_range", "quantity"),
        ({"quantity": -1}, "out_of_range", "quantity"),
        ({"cost": D("-0.01")}, "out_of_range", "cost"),
        ({"cost": D(0)}, "out_of_range", "cost"),
        ({"cost": D("10.005")}, "too_precise", "cost"),
        ({"cost": D("Infinity")}, "out_of_range", "cost"),
        ({"currency": "XX"}, "unknown_currency", "currency"),
        ({"currency": "JPY", "cost": D("100.5")}, "too_precise", "cost"),
        ({"currency": "EUR", "exchange_rate": D(0)}, "out_of_range", "exchange_rate"),
        ({"exchange_rate": D("1.1")}, "exchange_rate", "exchange_rate"),
        ({"lead_hours": D(-1)}, "out_of_range", "lead_hours"),
        ({"warranty_days": -1}, "out_of_range", "warranty_days"),
        ({"supplier_valid_until": ISSUE}, "supplier_price_expired", "supplier_valid_until"),
        (
            {"supplier_valid_until": ISSUE - timedelta(days=1)},
            "supplier_price_expired",
            "supplier_valid_until",
        ),
    ],
)
def test_part_fields_are_checked(wrong: dict[str, Any], code: str, field: str) -> None:
    assert refusal_of(replace(S1, parts=(replace(PART, **wrong),))) == (code, f"parts-0-{field}")


@pytest.mark.parametrize(
    ("charge", "code", "field"),
    [
        (replace(CHARGE, description=""), "missing_field", "description"),
        (replace(CHARGE, quantity=D(0)), "out_of_range", "quantity"),
        (replace(CHARGE, quantity=D(-2)), "out_of_range", "quantity"),
        (replace(CHARGE, unit=None), "missing_field", "unit"),
        (replace(CHARGE, unit=D("-1")), "out_of_range", "unit"),
        (replace(CHARGE, unit=D("0.001")), "too_precise", "unit"),
        (ChargeLine(ChargeKind.TRAVEL, "Trip", unit=D(120)), "not_the_agreed_price", "unit"),
        (ChargeLine(ChargeKind.EMERGENCY_DISPATCH, "P1", unit=D(300)), "not_the_agreed_price", "unit"),
        (ChargeLine(ChargeKind.EMERGENCY_DISPATCH, "P1", D(2)), "emergency_dispatch_twice", "quantity"),
    ],
)
def test_charge_fields_are_checked(charge: ChargeLine, code: str, field: str) -> None:
    assert refusal_of(replace(S1, charges=(charge,))) == (code, f"charges-0-{field}")


def test_trip_at_the_agreed_price_of_its_distance_passes() -> None:
    trip = ChargeLine(ChargeKind.TRAVEL, "Trip", unit=D("144.00"))
    inputs.check_draft(replace(S1, charges=(trip,)), tariff(), at=ISSUE, miles=D(60))
    assert refusal_of(replace(S1, charges=(trip,)))[0] == "not_the_agreed_price"


def test_emergency_dispatch_is_charged_once() -> None:
    twice = (S1.charges[1], S1.charges[1])
    assert refusal_of(replace(S1, charges=twice)) == ("emergency_dispatch_twice", "charges")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"description": ""}, "missing_field", "description"),
        ({"probability": D("-0.1")}, "out_of_range", "probability"),
        ({"probability": D("1.01")}, "out_of_range", "probability"),
        ({"amount": D("-5")}, "out_of_range", "amount"),
        ({"maximum": 0}, "out_of_range", "maximum"),
    ],
)
def test_contingent_fields_are_checked(wrong: dict[str, Any], code: str, field: str) -> None:
    line: ContingentLine = replace(CHANCE, **wrong)
    assert refusal_of(replace(S1, contingents=(line,))) == (code, f"contingents-0-{field}")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"severity": 0}, "out_of_range", "severity"),
        ({"severity": 6}, "out_of_range", "severity"),
        ({"basis": " "}, "missing_field", "basis"),
        ({"basis": "x" * 4001}, "invalid_field", "basis"),
        ({"raid": None}, "missing_field", "probability"),
        ({"probability": D("0.5")}, "missing_field", "probability"),
        ({"raid": None, "probability": D("1.5")}, "out_of_range", "probability"),
        ({"residual_likelihood": 6}, "out_of_range", "residual_likelihood"),
        ({"raid": replace(RAID, drives=1)}, "out_of_range", "raid-drives"),
        ({"raid": replace(RAID, failed=6)}, "out_of_range", "raid-failed"),
        ({"raid": replace(RAID, drive_tb=D(0))}, "out_of_range", "raid-drive_tb"),
        ({"raid": replace(RAID, import_failure=D(2))}, "out_of_range", "raid-import_failure"),
        ({"raid": replace(RAID, hours=D(-1))}, "out_of_range", "raid-hours"),
        ({"raid": replace(RAID, stress=D(-1))}, "out_of_range", "raid-stress"),
    ],
)
def test_risk_fields_are_checked(wrong: dict[str, Any], code: str, field: str) -> None:
    assert refusal_of(replace(S1, risks=(replace(RISK, **wrong),))) == (code, f"risks-0-{field}")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"scope_in": ""}, "missing_field", "scope_in"),
        ({"assumptions": "x" * 4001}, "invalid_field", "assumptions"),
        ({"tasks": (), "parts": (), "charges": ()}, "empty_quote", "tasks"),
        ({"tasks": (TASK,) * 61}, "invalid_field", "tasks"),
        ({"mode": Mode.NTE_SHARED}, "no_shared_saving", "mode"),
        ({"backup_tested_at": ISSUE + timedelta(minutes=1)}, "in_the_future", "backup_tested_at"),
    ],
)
def test_fields_of_the_whole_are_checked(wrong: dict[str, Any], code: str, field: str) -> None:
    assert refusal_of(replace(S1, **wrong)) == (code, field)


def test_part_from_abroad_passes_with_its_rate() -> None:
    foreign = part("X", "100", currency="EUR", exchange_rate=D("1.08"))
    inputs.check_draft(replace(S1, parts=(foreign,), tasks=(task(1, "1", "2", "3"),)), tariff(), at=ISSUE)
