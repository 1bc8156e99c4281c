"""After the last step: figures, states, refusals, documents, the verified pack and logs, as one plain object."""

import tempfile
from pathlib import Path
from typing import Any

from breakfix.cli.story import expectations, figures
from breakfix.cli.story.player import Player
from breakfix.histories import queries as histories
from breakfix.histories.offline.main import verify
from breakfix.incidents import queries as incidents
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import read
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.rebuild import differences


def report_of(player: Player, *, checked: bool, out: Path | None) -> dict[str, Any]:
    """Everything a reader or a program wants to know of a played story; `failed` is empty when all is well."""
    at = player.story.end if checked else player.present
    with clock.set_to(at):
        failed = [one.fault for one in player.outcomes if one.fault]
        if checked:
            failed = expectations.faults_of(player.story, player.names, player.outcomes, at)
        engagement_id = player.names.engagement_id
        proof = _logs()
        pack = _pack(engagement_id, out)
        failed += proof["faults"]
        if pack and not pack["ok"]:
            failed.append("the closure pack does not verify")
        documents = figures.documents_of(engagement_id) if engagement_id else []
        if out is not None and engagement_id is not None:
            _write_documents(engagement_id, out)
        return {
            "story": player.story.slug,
            "figures": figures.figures_of(engagement_id, at) if engagement_id else {},
            "states": figures.states_of(engagement_id, at) if engagement_id else {},
            "refusals": _refusals(player),
            "documents": documents,
            "pack": pack,
            "ledger": proof,
            "failed": failed,
        }


def _refusals(player: Player) -> list[dict[str, Any]]:
    return [
        {
            "step": one.step.number,
            "by": one.step.by,
            "do": one.step.do,
            "code": one.refused,
            "message": one.message,
        }
        for one in player.outcomes
        if one.refused
    ]


def _logs() -> dict[str, Any]:
    """Every log re-hashed, and every table held against the logs."""
    owners = ledger.owners()
    faults = [f"log of organisation {owner}: {fault}" for owner in owners for fault in ledger.check_log(owner)]
    faults += differences()
    return {"logs": len(owners), "entries": ledger.count(), "faults": faults, "ok": not faults}


def _pack(engagement_id: int | None, out: Path | None) -> dict[str, Any] | None:
    """The sealed pack, verified by the very file that travels in it."""
    if engagement_id is None:
        return None
    engagement = incidents.get_engagement(engagement_id, by=SYSTEM)
    sealed = histories.latest_pack(engagement, by=SYSTEM)
    if sealed is None:
        return None
    content = read(sealed)
    with tempfile.TemporaryDirectory() as scratch:
        path = (out or Path(scratch)) / sealed.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        outcome = verify(str(path))
    return {"name": sealed.name, "sha256": sealed.sha256, "ok": outcome["ok"], "entries": outcome["entries"]}


def _write_documents(engagement_id: int, out: Path) -> None:
    engagement = incidents.get_engagement(engagement_id, by=SYSTEM)
    folder = out / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    for document in histories.documents(engagement, by=SYSTEM):
        for file in (document.json, document.pdf):
            if file is not None:
                (folder / file.name).write_bytes(read(file))
