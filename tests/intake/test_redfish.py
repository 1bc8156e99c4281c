"""Events of Redfish: which record ends which failure, and of which machine."""

import json
from datetime import timedelta
from typing import Any

import pytest

from breakfix.intake.models import Alert
from breakfix.intake.receiving import receive
from breakfix.intake.rules.reading import read
from breakfix.intake.values import Heard, Outcome, Signal
from tests.makers import World
from tests.makers_alerts import HEARD, source

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
        ("HWC2005", "The riser is present.", Heard.RESOLVED),
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


@pytest.mark.parametrize("severity", ["OK", "Informational"])
@pytest.mark.parametrize(
    "message",
    [
        "Redundancy has not been restored.",
        "Redundancy is not yet restored.",
        "The log cannot be cleared.",
        "Power is unable to be restored.",
        "The fan failed to return to normal.",
        "The fan is no longer operational.",
        "The fan stopped working.",
        "The power supplies are non-redundant.",
        "The battery isn't healthy.",
        "The battery isn’t healthy.",
        "The rebuild of Disk 5 has not completed.",
        "The riser is not present.",
        f"A disk media error on {DISK} was corrected.",
        "The drive is not redundant. Redundancy will be restored.",
    ],
)
def test_what_says_that_it_is_not_over_ends_nothing(severity: str, message: str) -> None:
    assert event("IDRAC.2.8.PDR54", severity, message).heard is Heard.NOTED


@pytest.mark.parametrize(
    "message",
    [
        "Inlet temperature is no longer above the threshold.",
        "The reading no longer exceeds the critical level.",
        "The cause is not known. The fan is operating normally.",
        "A fault of the memory was corrected.",
        "It returned to normal, and is no longer watched.",
    ],
)
def test_what_turns_no_word_of_an_end_round_leaves_it(message: str) -> None:
    assert event("IDRAC.2.8.TMP0120", "OK", message).heard is Heard.RESOLVED


@pytest.mark.parametrize("name", ["FooNotRestored", "FooNotOK", "FooNotNormal", "FooNotCleared"])
def test_an_id_that_says_not_ends_nothing(name: str) -> None:
    assert event(f"X.1.0.{name}", "OK", "It has changed.").heard is Heard.NOTED


def test_a_rebuild_does_not_end_the_failure_of_its_disk() -> None:
    failed = event("IDRAC.2.8.PDR1", "Critical", f"{DISK} failed.")
    rebuild = event("IDRAC.2.8.PDR15", "Informational", f"{DISK} rebuild has started.")
    assert failed.key == rebuild.key
    assert (failed.heard, rebuild.heard) == (Heard.FIRING, Heard.NOTED)


# Ids in words, as their registries have them: what begins, what ends it.
PAIRS = [
    ("ResourceEvent.1.3.ResourceStatusChangedCritical", "ResourceEvent.1.3.ResourceStatusChangedOK"),
    ("ResourceEvent.1.3.ResourceStatusChangedWarning", "ResourceEvent.1.3.ResourceStatusChangedOK"),
    ("ResourceEvent.1.3.ResourceErrorsDetected", "ResourceEvent.1.3.ResourceErrorsCorrected"),
    ("ResourceEvent.1.3.ResourceErrorThresholdExceeded", "ResourceEvent.1.3.ResourceErrorThresholdCleared"),
    ("iLOEvents.0.9.PowerSupplyRemoved", "iLOEvents.0.9.PowerSupplyInserted"),
    ("Environmental.1.0.FanFailed", "Environmental.1.0.FanRestored"),
    ("Environmental.1.0.TemperatureCritical", "Environmental.1.0.TemperatureNormal"),
    ("SensorEvent.1.0.ReadingAboveUpperCriticalThreshold", "SensorEvent.1.0.SensorReadingNormalRange"),
    ("StorageDevice.1.2.DriveFailure", "StorageDevice.1.2.DriveFailureCleared"),
    ("StorageDevice.1.2.VolumeDegraded", "StorageDevice.1.2.VolumeOK"),
    ("StorageDevice.1.2.BatteryCharging", "StorageDevice.1.2.BatteryOK"),
    ("Power.1.0.LineInputPowerFault", "Power.1.0.LineInputPowerRestored"),
    ("Power.1.0.LossOfInputPower", "Power.1.0.LineInputPowerRestored"),
    ("Power.1.0.CircuitPoweredOff", "Power.1.0.CircuitPoweredOn"),
    ("Power.1.0.BreakerTripped", "Power.1.0.BreakerReset"),
    ("StorageDevice.1.2.DrivePredictiveFailure", "StorageDevice.1.2.DriveOK"),
    ("StorageDevice.1.2.WriteCacheDegraded", "StorageDevice.1.2.WriteCacheProtected"),
    ("StorageDevice.1.2.WriteCacheTemporarilyDegraded", "StorageDevice.1.2.WriteCacheProtected"),
    ("StorageDevice.1.2.ControllerPasswordRequired", "StorageDevice.1.2.ControllerPasswordAccepted"),
    ("OpenBMC.0.2.PowerSupplyFailed", "OpenBMC.0.2.PowerSupplyFailureRecovered"),
    ("OpenBMC.0.2.FanRedundancyLost", "OpenBMC.0.2.FanRedundancyRegained"),
    ("OpenBMC.0.2.SensorThresholdCriticalHighGoingHigh", "OpenBMC.0.2.SensorThresholdCriticalHighGoingLow"),
]


@pytest.mark.parametrize(("begins", "ends"), PAIRS)
def test_an_id_in_words_is_ended_by_that_of_the_good_state(begins: str, ends: str) -> None:
    first, last = event(begins, "Critical", f"{DISK} is bad."), event(ends, "OK", f"{DISK} has changed.")
    assert first.key in {last.key, *last.also}
    assert (first.heard, last.heard) == (Heard.FIRING, Heard.RESOLVED)


@pytest.mark.parametrize("condition", ["Failure", "PredictiveFailure", "Offline", "Missing"])
def test_what_ends_one_condition_of_a_drive_ends_no_other(condition: str) -> None:
    over = event(
        f"StorageDevice.1.2.Drive{condition}Cleared", "OK", f"It of the drive located in '{DISK}' was cleared."
    )
    assert (over.heard, over.also) == (Heard.RESOLVED, ())
    for other in ("Failure", "PredictiveFailure", "Offline", "Missing"):
        begun = event(
            f"StorageDevice.1.2.Drive{other}", "Critical", f"It of the drive located in '{DISK}' was detected."
        )
        assert (begun.key == over.key) is (other == condition)
        assert begun.key in event("StorageDevice.1.2.DriveOK", "OK", f"The drive in '{DISK}' has changed to OK.").also


def test_a_drive_that_is_online_again_has_still_failed(world: World) -> None:
    ours = source(world)

    def told(name: str, severity: str, minute: int) -> Outcome:
        record = {"MessageId": f"StorageDevice.1.2.{name}", "MessageArgs": [DISK], "Severity": severity}
        body = {"Name": "Events", "Context": "srv-01", "Events": [{**record, "Message": f"{name} of {DISK}"}]}
        return receive(ours, json.dumps(body).encode(), HEARD + timedelta(minutes=minute)).outcome

    assert [told("DriveFailure", "Critical", 0), told("DriveOffline", "Critical", 1)] == [Outcome.TICKET] * 2
    assert told("DrivePredictiveFailure", "Warning", 2) is Outcome.TICKET
    assert told("DriveOfflineCleared", "OK", 3) is Outcome.UPDATE
    assert Alert.objects.filter(ended_at=None).count() == 2
    assert told("DriveOK", "OK", 4) is Outcome.UPDATE
    assert not Alert.objects.filter(ended_at=None).exists()


def test_ids_in_words_of_other_failures_stay_apart() -> None:
    named = ["DriveFailure", "DrivePredictiveFailure", "DriveInserted", "ControllerFailure", "FanRedundancyLost"]
    named += ["SensorThresholdCriticalHighGoingHigh", "SensorThresholdWarningHighGoingLow", "ResourceErrorsDetected"]
    named += ["ResourceErrorThresholdExceeded", "ResourceWarningThresholdExceeded", "Critical", "ServerPostDone"]
    assert len({event(f"X.1.0.{name}", "OK").key for name in named}) == len(named)
    assert event("StorageDevice.1.2.DriveInserted", "Critical").heard is Heard.FIRING
    assert event("ResourceEvent.1.3.ResourceStateChanged", "OK").heard is Heard.NOTED


def unnamed(context: str, machine: str = "") -> Signal:
    """Of a server that does not name itself, as iLO does not."""
    record = {"MessageId": "iLOEvents.0.9.FanFailed", "Severity": "Critical", "Message": "Fan 1 has failed."}
    record |= {"OriginOfCondition": "/redfish/v1/Systems/1/"}
    body = {"Name": "Events", "Context": context, "Events": [record]}
    return read(json.dumps(body).encode(), "UTC", machine)[0]


def test_servers_that_do_not_name_themselves_are_told_apart_by_their_address() -> None:
    keys = {unnamed("Monitoring", machine).key for machine in ("esx-1", "esx-2", "")}
    assert len(keys) == 3
    assert unnamed("Monitoring", "esx-1").hosts == ("esx-1",)
    assert event("IDRAC.2.8.PDR1", "Critical").key == event("IDRAC.2.8.PDR1", "Critical", context="x").key


@pytest.mark.parametrize(
    ("context", "hosts"),
    [
        ("esx-prd-03", ("esx-prd-03",)),
        ("bmc.example.net", ("bmc.example.net",)),
        ("192.0.2.7", ("192.0.2.7",)),
        ("Public", ()),
        ("Alerts of the data centre", ()),
        ("", ()),
    ],
)
def test_a_context_is_a_machine_only_if_it_looks_like_one(context: str, hosts: tuple[str, ...]) -> None:
    assert unnamed(context).hosts == hosts
