"""VMware vRealize Operations (Aria): its REST notification."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal

STATES = {"ACTIVE": Heard.FIRING, "NEW": Heard.FIRING, "CANCELED": Heard.RESOLVED, "CANCELLED": Heard.RESOLVED}


def looks_like(body: Part) -> bool:
    return "alertId" in body and any(name in body for name in ("criticality", "resourceName", "adapterKind"))


def read(body: Part, zone: str) -> Iterator[Signal]:
    said = body.needed("status").upper()
    name = body.text("resourceName")
    yield Signal(
        tool="vrealize",
        key=body.needed("alertId"),
        heard=STATES.get(said, Heard.NOTED),
        title=body.text("alertName", "info") or body.text("subType", "type") or "An alert of vRealize",
        severity=severity(body.text("criticality").upper().rpartition("_")[2]),
        text=body.words("info"),
        hosts=(name,) if name else (),
        begun_at=instant(body.text("startDate"), zone),
        said=said,
    )
