"""DMTF Redfish events as Dell iDRAC, HPE iLO and others send them: one payload, one or several records."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

OVER = {"ok", "informational"}
# Says that something was changed by somebody, or that it is still there: no failure, and none that is over.
NOTES = ("resourceupdated", "resourceadded", "resourcecreated", "testmessage", "rac1195")


def looks_like(body: Part) -> bool:
    return "Events" in body and (
        any(name in body for name in ("@odata.type", "Context", "Id", "Name"))
        or any(isinstance(one, dict) and "MessageId" in one for one in _listed(body))
    )


def _listed(body: Part) -> list[object]:
    found = body.content.get("Events")
    return found if isinstance(found, list) else []


def read(body: Part, zone: str) -> Iterator[Signal]:
    records = body.parts("Events")
    if not records:
        raise Unmapped("Events is empty")
    for record in records:
        message_id = record.text("MessageId", "EventType")
        origin = _origin(record)
        if not message_id and not origin:
            raise Unmapped(f"{record.where}MessageId is missing")
        said = record.text("MessageSeverity", "Severity")
        short = message_id.rpartition(".")[2]
        yield Signal(
            tool="redfish",
            # A record that ends a failure has another id than the one that began it; both name what has it.
            key=origin or f"{message_id}/{_first_argument(record)}",
            heard=_heard(said, short),
            title=record.text("Message") or short or "An event of Redfish",
            severity=severity(said),
            text=record.words("Message", "Resolution"),
            hosts=tuple(filter(None, [body.text("Context"), _system(record)])),
            serials=tuple(filter(None, [_system(record)])),
            begun_at=instant(record.text("EventTimestamp"), zone),
            said=said,
            labels=tuple(filter(lambda one: one[1], [("message", message_id), ("origin", origin)])),
        )


def _origin(record: Part) -> str:
    """`OriginOfCondition` is a link, or an object that holds one."""
    return record.text("OriginOfCondition") or record.part("OriginOfCondition").text("@odata.id")


def _first_argument(record: Part) -> str:
    found = record.content.get("MessageArgs")
    return str(found[0])[:80] if isinstance(found, list) and found and isinstance(found[0], str) else ""


def _system(record: Part) -> str:
    """Dell's service tag, which is the machine's serial number, where the record says it."""
    return record.part("Oem").part("Dell").text("ServiceTag", "ServerHostname")


def _heard(said: str, short: str) -> Heard:
    if short.lower() in NOTES or not said:
        return Heard.NOTED
    return Heard.RESOLVED if said.lower() in OVER else Heard.FIRING
