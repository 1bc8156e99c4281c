"""Amazon CloudWatch through SNS: the alarm is JSON within a text. Addresses in it are never opened."""

import json
from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import SHORT, Part
from breakfix.intake.values import Heard, Severity, Signal, Unmapped

STATES = {"ALARM": Heard.FIRING, "OK": Heard.RESOLVED, "INSUFFICIENT_DATA": Heard.NOTED}


def looks_like(body: Part) -> bool:
    return "TopicArn" in body or "AlarmName" in body or _of_bridge(body)


def _of_bridge(body: Part) -> bool:
    """The same alarm as an event of EventBridge."""
    return body.text("source") == "aws.cloudwatch" and "alarmName" in body.part("detail")


def read(body: Part, zone: str) -> Iterator[Signal]:
    alarm = _alarm(body)
    said = alarm.needed("NewStateValue").upper()
    if said not in STATES:
        raise Unmapped(f"NewStateValue is {said}, none that CloudWatch has")
    name = alarm.needed("AlarmName")
    trigger = alarm.part("Trigger")
    around = [(one.text("name"), one.text("value")) for one in _dimensions(trigger)]
    yield Signal(
        tool="cloudwatch",
        key=f"{alarm.text('AWSAccountId')}/{alarm.text('Region')}/{name}",
        heard=STATES[said],
        title=alarm.text("AlarmDescription") or name[:SHORT],
        severity=Severity.MAJOR if said == "ALARM" else Severity.INFO,
        text=alarm.words("NewStateReason"),
        hosts=tuple(
            value for called, value in around if called in {"InstanceId", "HostName", "DBInstanceIdentifier"}
        ),
        begun_at=instant(alarm.text("StateChangeTime"), zone) or instant(body.text("Timestamp"), zone),
        said=said,
    )


def _alarm(body: Part) -> Part:
    if "AlarmName" in body:
        return body
    if _of_bridge(body):
        detail, state = body.part("detail"), body.part("detail").part("state")
        told = {"AlarmName": "alarmName", "AlarmDescription": "alarmDescription"}
        told_of = {"NewStateValue": "value", "NewStateReason": "reason", "StateChangeTime": "timestamp"}
        plain = {name: detail.content.get(theirs) for name, theirs in told.items()}
        plain |= {name: state.content.get(theirs) for name, theirs in told_of.items()}
        return Part({**plain, "AWSAccountId": body.content.get("account"), "Region": body.content.get("region")})
    kind = body.text("Type")
    if kind != "Notification":
        raise Unmapped(f"it is a {kind or 'message'} of SNS, not a notification; confirm the subscription in AWS")
    try:
        return Part(json.loads(str(body.content.get("Message"))), "Message.")
    except (ValueError, RecursionError):
        raise Unmapped("Message is no JSON, so this is no alarm of CloudWatch") from None


def _dimensions(trigger: Part) -> list[Part]:
    return trigger.parts("Dimensions") if isinstance(trigger.content.get("Dimensions"), list) else []
