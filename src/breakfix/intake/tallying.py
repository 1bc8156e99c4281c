"""Whether every mail that was handed to a mailbox is accounted for."""

from collections.abc import Collection
from typing import Any

from django.db.models import Count

from breakfix.intake.models import Mail, Mailbox, MailTally
from breakfix.intake.queries import of_seen_engagements
from breakfix.intake.values import Outcome
from breakfix.kernel.access import Actor


def tallies(boxes: Collection[Mailbox], by: Actor) -> list[dict[str, Any]]:
    """Of each mailbox: how many were fetched, refused and stored, what became of them, and whether it adds up.

    What is about an engagement that the reader does not see came nowhere: a difference would tell of it.
    """
    told: dict[int, dict[str, Any]] = {box.pk: {"fetched": 0, "refused": 0, "doors": []} for box in boxes}
    for tally in MailTally.objects.filter(mailbox__in=boxes).order_by("door"):
        one = told[tally.mailbox_id]
        one["fetched"] += tally.fetched
        one["refused"] += tally.refused
        one["doors"].append(tally)
    shown = Count("pk") if by.is_machine else Count("pk", filter=of_seen_engagements(by))
    kept = Mail.objects.filter(mailbox__in=boxes).values("mailbox", "outcome")
    counted = kept.annotate(stored=Count("pk"), seen=shown)
    became: dict[int, dict[str, int]] = {}
    for row in counted:
        became.setdefault(row["mailbox"], {})[row["outcome"]] = row["seen"]
        told[row["mailbox"]]["fetched"] -= row["stored"] - row["seen"]
    return [_tallied(box, told[box.pk], became.get(box.pk, {})) for box in boxes]


def _tallied(box: Mailbox, told: dict[str, Any], of: dict[str, int]) -> dict[str, Any]:
    stored, waiting = sum(of.values()), of.get("", 0)
    outcomes = {one.value: of.get(one.value, 0) for one in Outcome if one is not Outcome.UPDATE}
    adds_up = told["fetched"] == stored + told["refused"]
    named = {"id": box.pk, "address": box.address, "closed_at": box.closed_at}
    return {"mailbox": box, **named, **told, "stored": stored, "unsettled": waiting, **outcomes, "adds_up": adds_up}
