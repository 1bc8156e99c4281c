"""The opening scenario elsewhere: another zone, another currency, another year, other rates, another tax.

What it must come to is computed here from the formulas of domain.md §4.4, §4.7 to §4.10, with none of the code.
"""

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import yaml

D = Decimal
WEEKS = timedelta(weeks=52)  # whole weeks: every date keeps its weekday
LEVELS = {2: D("203.50"), 3: D("269.50")}  # the default rates and a tenth
FEE, DISPATCH, TRIP = D("495"), D("275"), D("104.50")
NIGHT = D("1.5")
TAX = D("0.19")
PARTS, COURIER, LOANER = D("1992.70"), D("145"), D("360")  # as the story states them
N = D("5650.00")
OFF_RATE = D("660")

WORLD = {
    "organisations": {name: {"currency": "EUR"} for name in ("ironbridge", "calder", "northgate", "harborview")},
    "services": {"Archive stream": {"off_rate": str(OFF_RATE)}},
    "agreements": {
        "northgate": {
            "terms": {
                "rates": {
                    "levels": {f"L{level}": str(rate) for level, rate in LEVELS.items()},
                    "emergency_dispatch": {"P1": str(DISPATCH)},
                    "trip": str(TRIP),
                },
                "forensic": {"fees": {"HW-RAID": {"fee": str(FEE), "included_hours": "2"}}},
                "tax": {
                    "jurisdiction": "Berlin",
                    "rates": dict.fromkeys(
                        (
                            *("parts", "hw_labour", "professional_labour", "data_recovery"),
                            *("freight", "travel", "fees"),
                        ),
                        "19",
                    ),
                },
                "calendar": {"holidays": {"country": "DE", "subdivision": "BE"}},
            }
        }
    },
}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"), rounding=ROUND_HALF_UP)


def figures() -> dict[str, str]:
    """What the moved story must come to; clocks and scores are those of the story as it was."""

    def labour(three: str, two: str) -> Decimal:
        return cents(D(three) * LEVELS[3] * NIGHT) + cents(D(two) * LEVELS[2] * NIGHT)

    forensic = cents(FEE * NIGHT)
    other = COURIER + DISPATCH + TRIP + LOANER - forensic
    actual = labour("4.25", "3.00") + PARTS + other
    found = {
        "forensic": forensic,
        "credit": -forensic,
        "labour": labour("4.50", "3.25"),
        "blended_rate": cents((D("4.50") * LEVELS[3] + D("3.25") * LEVELS[2]) / D("7.75")),
        "q": labour("4.50", "3.25") + PARTS + other,
        "n": N,
        "exposure": cents(N * (1 + TAX)),
        "cash_out": cents((N + forensic) * (1 + TAX)),
        "actual": actual,
        "downtime": cents(D("10.75") * OFF_RATE),
        "invoice_subtotal": forensic + actual,
        "invoice_tax": cents((forensic + actual) * TAX),
        "invoice_total": forensic + actual + cents((forensic + actual) * TAX),
    }
    return {name: str(value) for name, value in found.items()}


def move(story: Path, folder: Path) -> Path:
    """A copy of the story with its world in `folder`, moved; returns the copy's path."""
    world = story.parent / "worlds" / "northgate.yaml"
    (folder / "worlds").mkdir(parents=True)
    for source in (story, world):
        text = _shifted(source.read_text(encoding="utf-8")).replace("America/New_York", "Europe/Berlin")
        (folder / source.relative_to(story.parent)).write_text(text, encoding="utf-8")
    copy = folder / story.name
    text = copy.read_text(encoding="utf-8")
    overlay = "".join(f"  {line}\n" for line in yaml.safe_dump(WORLD).splitlines())
    text = text.replace("  use: worlds/northgate.yaml\n", f"  use: worlds/northgate.yaml\n{overlay}")
    text = re.sub(r'(?m)^  n: "[\d.]+"$', f'  n: "{N}"', text)
    for name, value in figures().items():
        text, changed = re.subn(rf"(?m)^    {name}: .+$", f"    {name}: {value}", text)
        if changed != 1:
            raise ValueError(f"the story expects {name} {changed} times")
    copy.write_text(text, encoding="utf-8")
    return copy


def _shifted(text: str) -> str:
    return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda day: (date.fromisoformat(day[0]) + WEEKS).isoformat(), text)
