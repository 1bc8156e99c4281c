"""Events of Redfish: which record ends which failure, and of which machine."""

import json
from typing import Any

import pytest

from breakfix.intake.rules.reading import read
from breakfix.intake.values import Heard, Signal

TAG = {"Dell": {"ServiceTag": "7XK2Q13"}}
DISK = "Disk 5 in Backplane 1"


def event(message_id: str, severity: str, message: str = "", **more: Any) -> Signal:
    given: dict[str, Any] = {"args": [DISK], "at": "/redfish/v1/Systems/1", "oem": TAG, "context": "", **more}
    record = {"MessageId": message_id, "MessageArgs": given["args"], "Severity": severity, "Oem": given["oem"]}
    record |= {"OriginOfCondition": {"@odata.id": given["at"]}, **({"Message": message} if message else {})}
    body = {"Name": "Event Array", "Context": given["context"], "Events": [record]}
    return read(json.dumps(body).encode())[0]


@pytest.mark.parametrize("severity", ["OK", "Informational"])
@pytest.mark.parametrize(
    ("number", "message", "heard"),
    [
        ("PDR15", f"{DISK} rebuild has started.", Heard.NOTED),
        ("PDR8", f"{DISK} is inserted.", Heard.NOTED),
        ("PDR30", f"{DISK} is not redundant.", Heard.NOTED),
        ("PDR15", "", Heard.NOTED),
        ("PDR1016", f"{DISK} returned to a ready state.", Heard.RESOLVED),
        ("PDR16", f"{DISK} rebuild has completed.", Heard.RESOLVED),
        ("PDR26", f"{DISK} is online.", Heard.RESOLVED),
        ("FAN0001", "Fan 1 RPM is within range.", Heard.RESOLVED),
        ("PSU0017", "Power supply 1 is operating normally.", Heard.RESOLVED),
        ("RDU0011", "The fans are redundant.", Heard.RESOLVED),
        ("RDU0012", "Power supply redundancy is regained.", Heard.RESOLVED),
        ("PSU0004", "Input power of power supply 1 was restored.", Heard.RESOLVED),
        ("NIC101", "The NIC in Slot 3 Port 1 network link is started.", Heard.RESOLVED),
    ],
)
def test_only_what_says_so_is_over(severity: str, number: str, message: str, heard: Heard) -> None:
    assert event(f"IDRAC.2.8.{number}", severity, message).heard is heard


def test_a_rebuild_does_not_end_the_failure_of_its_disk() -> None:
    failed = event("IDRAC.2.8.PDR1", "Critical", f"{DISK} failed.")
    rebuild = event("IDRAC.2.8.PDR15", "Informational", f"{DISK} rebuild has started.")
    assert failed.key == rebuild.key
    assert (failed.heard, rebuild.heard) == (Heard.FIRING, Heard.NOTED)
