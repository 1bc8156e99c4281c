"""Writes docs/states/*.md: a diagram of every state machine, from the transition table that the code itself uses.

python tools/states.py            writes the files
python tools/states.py --check    exit code 1 if they are not up to date
"""

import importlib
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "states"


@dataclass(frozen=True)
class Machine:
    """One state machine: where its table is, and what cannot be read from the table."""

    name: str
    title: str
    table: str
    note: str = ""


MACHINES = (
    Machine("agreement", "Agreement version", "agreements.rules.TRANSITIONS"),
    Machine(
        "engagement",
        "Engagement",
        "incidents.rules.transitions.TRANSITIONS",
        "ON_HOLD leads back to the state it was entered from. Waiting for the approver is no hold: it is derived.",
    ),
    Machine("seat", "Seat of an approval", "approvals.rules.standing.SEAT_TRANSITIONS"),
    Machine("phone_call", "Call for a signature", "approvals.rules.phoning.CALL_TRANSITIONS"),
    Machine("root_cause", "Root cause", "diagnosis.rules.root_cause.ROOT_CAUSE_TRANSITIONS"),
    Machine("forensic_extension", "Forensic extension", "diagnosis.rules.extension.EXTENSION_TRANSITIONS"),
    Machine("vendor_case", "Case at a vendor", "liaison.rules.cases.CASE_TRANSITIONS"),
    Machine("part", "Part order", "parts.rules.TRANSITIONS"),
    Machine("custody_item", "Item in custody", "custody.rules.TRANSITIONS"),
    Machine("loan", "Loan of a loaner", "parts.rules.LOAN_TRANSITIONS"),
    Machine("quote", "Quote", "quotes.rules.states.TRANSITIONS"),
    Machine("change", "Change", "changes.rules.TRANSITIONS"),
    Machine("work_order", "Work order", "work.rules.conduct.TRANSITIONS"),
    Machine("work_step", "Step of a work order", "work.rules.conduct.STEP_TRANSITIONS"),
    Machine("report", "Service report", "reports.rules.REPORT_TRANSITIONS"),
    Machine("invoice", "Invoice", "billing.rules.invoicing.INVOICE_TRANSITIONS"),
    Machine(
        "message",
        "Message",
        "outbox.rules.TRANSITIONS",
        "HANDING_OVER is left for WAITING when the other side clearly said no. Only a gateway makes DELIVERED.",
    ),
)


def table_of(machine: Machine) -> Mapping[Any, Collection[Any]]:
    """The table that the module's own rules look into."""
    module, _, name = machine.table.rpartition(".")
    found: Mapping[Any, Collection[Any]] = getattr(importlib.import_module(f"breakfix.{module}"), name)
    return found


def pages() -> dict[str, str]:
    """File name to text, the overview first."""
    listed = [f"- [{machine.title}]({machine.name}.md): `{machine.table}`" for machine in MACHINES]
    overview = "# States\n\nWritten by `tools/states.py` from the tables that the code itself uses.\n\n"
    return {
        "README.md": overview + "\n".join(listed) + "\n",
        **{f"{machine.name}.md": _page(machine) for machine in MACHINES},
    }


def _page(machine: Machine) -> str:
    table = table_of(machine)
    order = [str(state.value) for state in table]
    arrows = [f"    [*] --> {order[0]}"]
    for state, targets in table.items():
        following = sorted((str(one.value) for one in targets), key=order.index)
        arrows += [f"    {state.value} --> {target}" for target in following]
        if not following and state.value != "ON_HOLD":
            arrows.append(f"    {state.value} --> [*]")
    note = f"\n{machine.note}\n" if machine.note else ""
    drawn = "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])
    return f"# {machine.title}\n\nFrom `breakfix.{machine.table}`.\n{note}\n{drawn}\n"


def main() -> int:
    wanted = pages()
    if "--check" in sys.argv:
        there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
        return 0 if there == wanted else 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
