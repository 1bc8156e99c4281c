"""The protocol of a diagnosis: on the technician's phone item by item, for everybody else as it was recorded."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.values import Item, ReadingKind, Required
from breakfix.incidents import queries as incidents
from breakfix.web import panels
from breakfix.web.door import Visit, page

PER_SLOT = (ReadingKind.SLOT_NUMBERS, ReadingKind.SLOT_CHOICES)


def checks(visit: Visit, engagement_id: int) -> HttpResponse:
    """Every item of the protocol with its reading, its limits and its evidence, and what is still missing."""
    found = incidents.get_engagement(engagement_id, visit.by)
    listed = diagnosis.checklist(found)
    recorded = sum(line.check is not None for line in listed.lines)
    context = {"engagement": found, "checklist": listed, "recorded": recorded}
    return visit.page("web/checks/page.html", context)


def listing(visit: Visit, found: Any) -> dict[str, Any]:
    """The checklist as the phone shows it: the item to do now, and all of them with what each asks for."""
    listed = diagnosis.checklist(found)
    slots = diagnosis.slots_of(found)
    refused = visit.typed.values.get("item", "") if visit.typed.deed == "record_check" else ""
    lines = [_line(line, slots, refused) for line in listed.lines]
    return {
        "checklist": listed,
        "lines": lines,
        "current": next((one for one in lines if one["id"] == refused), None) or _first_open(lines),
    }


def _first_open(lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The first required item that can be done; optional ones never stand in the way."""
    ready = [one for one in lines if one["check"] is None and not one["blocked_by"]]
    return next((one for one in ready if one["required"]), None)


def _line(line: diagnosis.Line, slots: int | None, refused: str) -> dict[str, Any]:
    item, check = line.item, line.check
    bays = slots or 0 if item.reading in PER_SLOT else 0
    return {
        "id": item.id,
        "item": item,
        "check": check,
        "required": line.required,
        "blocked_by": line.blocked_by,
        "look": _look(check, line.blocked_by),
        "choices": [(choice, choice.capitalize()) for choice in item.choices],
        "kind": item.reading.value,
        "expected": f"Expected: {item.limits}" if item.limits else "",
        "bays": bays,
        "rows": range(bays),
        "bay_choices": "|".join(item.choices) if item.reading is ReadingKind.SLOT_CHOICES else "",
        "example": _example(item, slots),
        "photo": item.id.startswith("photo"),
        "needs_file": item.evidence and (check is None or check.evidence_id is None),
        "reading": check.reading if check else "",
        "note": check.note if check else "",
        "files": [check.evidence] if check and check.evidence else [],
        "refused": item.id == refused,
        "optional": item.required is Required.OPTIONAL,
    }


def _look(check: Any, blocked_by: tuple[str, ...]) -> str:
    if check is not None:
        return "outside" if check.within is False else "done"
    return "blocked" if blocked_by else "open"


def _example(item: Item, slots: int | None) -> str:
    """How a reading per bay is written where no script helps."""
    if item.reading not in PER_SLOT:
        return ""
    value = (item.good or item.choices or ("0",))[0]
    return ", ".join(f"{slot}={value}" for slot in range(min(slots or 2, 3))) + (", …" if (slots or 2) > 3 else "")


def diagnosis_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """How far the diagnosis is, for whoever follows it."""
    if found.contacted_at is None:
        return None
    listed = diagnosis.checklist(found)
    outside = [line for line in listed.lines if line.check is not None and line.check.within is False]
    return {"checklist": listed, "outside": len(outside)}


panels.add(panels.Panel("checks", 40, "web/checks/progress.html", diagnosis_panel, "side"))
urlpatterns = [path("engagements/<int:engagement_id>/checks", page(checks), name="checks")]
