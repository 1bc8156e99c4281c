"""The opening scenario's diagnosis (domain.md §8 S1): complete 00:40, drafted 00:50, read 01:00, issued 01:02."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from breakfix.diagnosis.actions import protocol
from breakfix.diagnosis.actions import root_cause as actions
from breakfix.diagnosis.models import Check, RootCause
from breakfix.diagnosis.values import ExcludedCause, FindingInput, Moment, ReviewVerdict, Way, WayKind
from breakfix.incidents.models import Engagement
from breakfix.kernel.files import Upload
from tests.makers import World, local
from tests.makers_dispatch import arrived
from tests.snapshots import remembered

COMPLETE = local("2026-12-02 00:40")
DRAFTED = local("2026-12-02 00:50")
REVIEWED = local("2026-12-02 01:00")
ISSUED = local("2026-12-02 01:02")

# item, reading, note, ending of the evidence file: every required step of HW-RAID on the six-drive array.
READINGS: tuple[tuple[str, str, str, str], ...] = (
    ("handover", "One power cycle at 19:48, nothing pulled, no commands.", "", ""),
    ("photo-front", "", "", "png"),
    ("photo-inside", "", "", "png"),
    ("slot-labels", "6", "", "csv"),
    ("background-off", "suspended", "", ""),
    ("controller", "Legacy RAID controller, firmware 12.10.1, slot 2, driver 4.31.", "", ""),
    ("event-log", "", "", "log"),
    ("battery", "failed", "", ""),
    ("pinned-cache", "0", "", ""),
    ("write-policy", "write through", "", ""),
    ("array-map", "", "", "json"),
    ("slot-states", "0=online, 1=online, 2=failed, 3=online, 4=online, 5=online", "", ""),
    ("slot-sectors", "0=0, 1=0, 2=99999, 3=0, 4=8, 5=0", "", ""),
    ("slot-links", "0=0, 1=0, 2=0, 3=0, 4=0, 5=0", "", ""),
    ("foreign", "none", "", "log"),
    ("rail-12", "12.06", "", ""),
    ("rail-5", "5.03", "", ""),
    ("swap-test", "stays with controller", "Known good cable, port 2 and slot 4 tried; resets remain.", ""),
    ("backup", "restore tested earlier", "Last tape of 27 November; the test restore is from September.", ""),
    ("image-decision", "image every member first", "Sole copy of the archive since 27 November.", ""),
)
CONTENT = {
    "png": b"\x89PNG\r\n\x1a\n" + b"before",
    "csv": b"slot,serial\n0,WD-A1\n1,WD-A2\n2,WD-A3\n3,WD-A4\n4,WD-A5\n5,WD-A6\n",
    "log": b"19:40:12 controller reset, cache battery failed\n",
    "json": b'{"level": 5, "stripe_kib": 64, "order": [0, 1, 2, 3, 4, 5]}\n',
}
CAUSE: dict[str, Any] = {
    "summary": "The RAID controller resets under load after its cache battery failed; one drive has failed too.",
    "symptoms": "Archive job stopped with I/O errors at 19:40; amber light on the controller.",
    "root_cause": "Controller hardware fault: it resets at each sustained write, with any cable, port and slot.",
    "failure_mode": "controller resets under write load",
    "confidence": Decimal("0.92"),
    "findings": [
        FindingInput("The fault stays with the controller.", ["swap-test", "event-log"]),
        FindingInput("The drive in slot 2 has failed, the one in slot 4 shows first bad sectors.", ["slot-sectors"]),
    ],
    "contributing": ["Cache battery failed unnoticed; write-through doubled the load on the controller."],
    "excluded": [
        ExcludedCause("Cabling", "Resets remain with a known good cable."),
        ExcludedCause("Power", "Both rails within limits under load."),
    ],
    "timeline": [Moment(local("2026-12-01 19:41"), "Controller reset, both virtual disks offline")],
    "options": [
        Way(WayKind.REPAIR, "Replace controller, battery and the failed drive after imaging every member."),
        Way(WayKind.WORKAROUND, "Take the archive stream on a loaner until then."),
    ],
    "scope_affected": "Backup server only; production is not touched.",
    "actions_now": "Array left untouched, background work suspended.",
    "prevention": "Alert on the cache battery; replace the server before its parts run out.",
    "limits": "The failed drive was not opened; its own cause is unknown.",
}


def evidence(ending: str) -> Upload | None:
    """A small file of this kind, or none."""
    return Upload(f"evidence.{ending}", CONTENT[ending]) if ending else None


def check(world: World, engagement: Engagement, item: str, at: datetime, who: str = "tom") -> Check:
    """One step, with the reading of the scenario."""
    _, reading, note, ending = next(row for row in READINGS if row[0] == item)
    return protocol.record_check(
        engagement.pk, item, reading=reading, note=note, evidence=evidence(ending), by=world.actor(who), at=at
    )


@remembered
def checked(world: World, leave_out: str = "", **given: Any) -> Engagement:
    """On site, every required step on record, five minutes apart (two where evidence is only handed in)."""
    engagement, at = arrived(world, **given), local("2026-12-01 22:45")
    for item, *_ in READINGS:
        if item != leave_out:
            check(world, engagement, item, at)
        at += timedelta(minutes=5)
    return engagement


@remembered
def completed(world: World, **given: Any) -> Engagement:
    """The diagnosis is complete: QUOTE runs."""
    engagement = checked(world, **given)
    protocol.complete_diagnosis(engagement.pk, by=world.actor("tom"), at=COMPLETE)
    engagement.refresh_from_db()
    return engagement


@remembered
def drafted(world: World, engagement: Engagement | None = None, **given: Any) -> RootCause:
    """The cause as Tom writes it down."""
    engagement = engagement or completed(world)
    return actions.draft_root_cause(engagement.pk, **{**CAUSE, "by": world.actor("tom"), "at": DRAFTED, **given})


@remembered
def reviewed(world: World, engagement: Engagement | None = None) -> RootCause:
    """Rex has read and agreed."""
    cause = drafted(world, engagement)
    return actions.review_root_cause(cause.pk, verdict=ReviewVerdict.AGREE, by=world.actor("rex"), at=REVIEWED)


@remembered
def diagnosed(world: World, **given: Any) -> Engagement:
    """The root cause is issued: QUOTE_PENDING."""
    cause = reviewed(world, completed(world, **given))
    actions.issue_root_cause(cause.pk, by=world.actor("tom"), at=ISSUED)
    return Engagement.objects.get(pk=cause.engagement_id)
