"""What follows from acceptance and closing: the guarantee runs, and the pack is sealed."""

from datetime import datetime
from typing import Any

from breakfix.guarantees.actions import start_guarantee
from breakfix.histories import queries as histories
from breakfix.histories.actions import seal_pack
from breakfix.incidents import queries as incidents
from breakfix.jobs.documents import print_document
from breakfix.jobs.plan import id_in
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM


@handles("guarantee.start")
def start(payload: dict[str, Any], at: datetime) -> None:
    """From acceptance on the work is guaranteed."""
    start_guarantee(id_in(payload["topic"]), by=SYSTEM, at=at)


@handles("pack.seal")
def seal(payload: dict[str, Any], at: datetime) -> None:
    """Print what is still missing, then seal: what is recorded after the signed head would not be in the pack."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for one in histories.missing_documents(engagement):
        print_document(one.kind, one.subject, one.topic, at)
    seal_pack(engagement.pk, by=SYSTEM, at=at)
