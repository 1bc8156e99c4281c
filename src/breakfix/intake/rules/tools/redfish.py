"""DMTF Redfish events as Dell iDRAC, HPE iLO and others send them: one payload, one or several records."""

import re
from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import LONGEST, SHORT, Part, clean
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

GOOD = {"ok", "informational"}
# A record that is no alarm may tell of a rebuild, a login, an inventory: only these words say that something is over.
OVER = re.compile(
    r"\b(?:returned|back (?:to|online)|normal|normally|restored|recovered|regained|cleared|resolved"
    r"|(?:fault|failure|problem)\b.{0,60}\bcorrected|healthy|optimal|redundant|operational|working|(?:is|are|to) ok"
    r"|is (?:online|present)"
    r"|no longer (?:above|below|critical|degraded|detected|exceed|fail)\w*"
    r"|within\b.{0,60}\b(?:range|limits?|thresholds?|specifications?)|rebuild\b.{0,60}\bcompleted?"
    r"|chassis is closed|link (?:is )?(?:up|started))\b",
    re.IGNORECASE,
)
# What comes before such words in their sentence and turns them round. "Is no longer above" is an end by itself.
TURNED = re.compile(
    r"\b(?:not|never|cannot|unable|fail(?:s|ed)? to|no longer|stopped|non|will|may|must|should|until|unless)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?;])\s+")
# What an id in words says of the state, at its end; without it, the id is the same at the beginning and at the end.
STATE = re.compile(
    r"(?<=[a-z])(?:(?:NoLonger)?(?:Warning|Critical)|OK|Ok|Normal(?:Range)?|Lost|Detected|Exceeded|Restored|Regained"
    r"|Recovered|Corrected|Cleared|(?:Above|Below)[A-Z][A-Za-z]{0,20}Threshold|Going(?:High|Low))$"
)
# What may be wrong with one thing at a time beside something else: each begins and ends by itself. A drive that is
# online again may be as broken as before.
CONDITIONS = ("Failure", "PredictiveFailure", "Degraded", "Offline", "Missing", "Charging")
CONDITION = re.compile(r"(?<=[a-z])(?:PredictiveFailure|Failure|Failed|Fault|Degraded|Offline|Missing|Charging)$")
ALIKE = {"Failed": "Failure", "Fault": "Failure"}
# Nothing is wrong with it any more, whatever it was.
SOUND = re.compile(r"(?<=[a-z])(?<!Not)(?:OK|Ok|Normal|NormalRange|Restored|Recovered)$")
# What is put in again ends that it was missing, not that it was broken.
PLACED = re.compile(r"(?<=[a-z])(?:Removed|Inserted)$")
ENDS = re.compile(
    r"(?<!Not)(?:OK|Ok|Normal|NormalRange|Restored|Regained|Recovered|Corrected|Cleared|Inserted|HighGoingLow|LowGoingHigh)$"
)
# Ids of DMTF's registries that end others, and share no word with them that would say so.
ENDED = {
    "BreakerReset": ("BreakerTripped",),
    "CircuitPoweredOn": ("CircuitPoweredOff",),
    "OutletPoweredOn": ("OutletPoweredOff",),
    "LineInputPowerRestored": ("LossOfInputPower",),
    "ControllerPasswordAccepted": ("ControllerPasswordRequired",),
    "WriteCacheProtected": ("WriteCacheDegraded", "WriteCacheTemporarilyDegraded"),
}
# A context that is perhaps a machine: a word with a dot, a hyphen or a digit in it.
HOST, HOSTLIKE = re.compile(r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*"), re.compile(r"[.\-\d]")
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


def read(body: Part, zone: str, sender: str = "") -> Iterator[Signal]:
    records = body.parts("Events")
    if not records:
        raise Unmapped("Events is empty")
    context = body.text("Context")
    named = body.text("hostname") or sender
    hosts = (named, context if HOST.fullmatch(context) and HOSTLIKE.search(context) else "", _machine(body))
    for record in records:
        message_id = record.text("MessageId", "EventType", longest=LONGEST)
        origin = _origin(record)
        if not message_id and not origin:
            raise Unmapped(f"{record.where}MessageId is missing")
        said = record.text("MessageSeverity", "Severity")
        short = message_id.rpartition(".")[2]
        # A context is whatever the subscription was given: one for each machine, if need be.
        machine = _machine(record) or _machine(body) or named or context
        heard = _heard(said, short, record.text("Message", longest=LONGEST))
        key, *also = (
            "/".join((machine, origin, family, _about(record))) for family in (*_families(short), *_ended(short))
        )
        yield Signal(
            tool="redfish",
            key=key,
            heard=heard,
            title=record.text("Message") or short[:SHORT] or "An event of Redfish",
            severity=severity(said),
            text=record.words("Message", "Resolution"),
            hosts=tuple(dict.fromkeys(filter(None, [*hosts, _machine(record)]))),
            serials=tuple(dict.fromkeys(filter(None, [_tag(record), _tag(body)]))),
            begun_at=instant(record.text("EventTimestamp"), zone),
            said=said,
            also=tuple(also) if heard is Heard.RESOLVED else (),
        )


def _families(short: str) -> tuple[str, ...]:
    """TMP of TMP0118 and TMP0120, Fan of FanWarning; of FanRestored also FanFailure and the like, which it ends.

    A record that ends a failure has another number or last word than the one that began it.
    """
    if any(one.isdecimal() for one in short):
        return ("".join(one for one in short if not one.isdecimal()),)
    if PLACED.search(short):
        return (PLACED.sub("Placed", short),)
    bare = STATE.sub("", short).replace("SensorReading", "Reading")
    if not CONDITION.search(bare) and SOUND.search(short):
        return (bare, *(f"{bare}{condition}" for condition in CONDITIONS))
    return (CONDITION.sub(lambda found: ALIKE.get(found[0], found[0]), bare),)


def _ended(short: str) -> tuple[str, ...]:
    return tuple(family for one in ENDED.get(short, ()) for family in _families(one))


def _origin(record: Part) -> str:
    """`OriginOfCondition` is a link, or an object that holds one."""
    return record.text("OriginOfCondition", longest=LONGEST) or record.part("OriginOfCondition").text(
        "@odata.id", longest=LONGEST
    )


def _about(record: Part) -> str:
    """The component: the first argument of the message, else its first word."""
    found = record.content.get("MessageArgs")
    first = clean(found[0]) if isinstance(found, list) and found and isinstance(found[0], str) else ""
    return first or record.text("Message").partition(" ")[0]


def _tag(part: Part) -> str:
    """Dell's service tag, which is the machine's serial number."""
    return part.part("Oem").part("Dell").text("ServiceTag")


def _machine(part: Part) -> str:
    return _tag(part) or part.part("Oem").part("Dell").text("ServerHostname")


def _heard(said: str, short: str, message: str) -> Heard:
    if short.lower() in NOTES or not said:
        return Heard.NOTED
    if said.lower() not in GOOD:
        return Heard.FIRING
    is_over = short in ENDED or ENDS.search(short) or _is_over(message)
    return Heard.RESOLVED if is_over else Heard.NOTED


def _is_over(message: str) -> bool:
    """Whether a sentence of it says so, and not that it is not; in doubt a failure lasts."""
    for sentence in SENTENCE.split(message):
        for hit in OVER.finditer(sentence):
            before = hit.start() if hit[0].lower().startswith("no longer") else hit.end()
            if not TURNED.search(sentence[:before]):
                return True
    return False
