"""The story as a person reads it while it plays: local time, what happened, money beside it."""

import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import click

from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.money import Money, format_money

QUIET = frozenset({"document.rendered"})


class Teller:
    """Prints each deed once, as it is recorded, whoever's log it stands in."""

    def __init__(self, zone: str, out: Callable[[str], Any] = click.echo) -> None:
        self.zone, self.out = ZoneInfo(zone), out
        self.last, self.day = 0, ""
        self.told: set[str] = set()
        self.world_told = False

    def __call__(self, words: str) -> None:
        """Say something of the player's own, or (with no words) everything recorded since."""
        if words:
            self.out(words)
            return
        for entry in ledger.since(self.last):
            self.last = entry.pk
            if str(entry.deed_id) not in self.told and entry.topic.startswith("engagement/"):
                self._tell(entry)
            self.told.add(str(entry.deed_id))

    def _tell(self, entry: Any) -> None:
        if entry.kind in QUIET or (entry.kind == "clock.warned" and "100 %" not in entry.line):
            return
        local = entry.at.astimezone(self.zone)
        day = local.strftime("%A %-d %B %Y")
        if day != self.day:
            self.day = day
            self.out(click.style(f"\n{day}", bold=True))
        mark = click.style("·", fg="blue") if entry.person_id else click.style("›", fg="yellow")
        self.out(f"  {local:%H:%M}  {mark} {entry.line}{money_beside(entry.leaf)}")


def money_beside(leaf: str) -> str:
    """The money effect of a deed, as the timeline shows it."""
    facts = json.loads(leaf)["facts"]
    effect = facts.get("money")
    if not isinstance(effect, dict):
        return ""
    amount = format_money(Money.of(effect["amount"], effect["currency"]))
    return click.style(f"  [{facts.get('money_label', '')} {amount}]".replace("[ ", "["), fg="green")


def print_clocks(figures: dict[str, str], out: Callable[[str], Any] = click.echo) -> None:
    """The clocks and the money in the end, in two short tables."""
    out(click.style("\nClocks", bold=True))
    for name in ("ack", "engage", "onsite", "quote", "update", "restore"):
        if f"{name}_verdict" in figures:
            verdict = figures[f"{name}_verdict"]
            colour = {"met": "green", "missed": "red"}.get(verdict, "yellow")
            spent, due = f"{figures[f'{name}_minutes']:>5} min", figures.get(f"{name}_due", "")
            held = figures.get(f"{name}_paused_minutes", "0")
            first = f"   paused {held} min, first due {figures[f'{name}_due_first']}" if held != "0" else ""
            out(f"  {name.upper():8} {spent}   due {due}   {click.style(verdict, fg=colour)}{first}")
    out(click.style("\nMoney", bold=True))
    labels = {
        "forensic": "forensic fee",
        "q": "quoted price Q",
        "n": "never above N",
        "exposure": "exposure with tax",
        "cash_out": "maximum cash out",
        "actual": "actual",
        "absorbed": "absorbed by the provider",
        "downtime": "downtime so far",
        "invoice_total": "invoiced with tax",
    }
    for name, label in labels.items():
        if name in figures:
            out(f"  {label:26} {figures[name]:>12}")
