"""What the desk reads back to a caller, and the hash by which it is known that nothing changed after that."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from breakfix.incidents.values import (
    Answers,
    Call,
    Duty,
    HarmWithin,
    ObligationInput,
    People,
    Records,
    Revenue,
    Scores,
    Trend,
    Workaround,
)
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.worktime.zones import zone_of

_REVENUE = {
    Revenue.NORMAL: "The business earns as usual",
    Revenue.DEGRADED: "The business earns less",
    Revenue.STOPPED: "The business earns nothing while this lasts",
    Revenue.UNKNOWN: "Whether the business still earns is not known, which counts as no",
}
_PEOPLE = {
    People.UNDER_5: "fewer than 5 people cannot work properly",
    People.FROM_5: "5 to 49 people cannot work properly",
    People.FROM_50: "50 to 499 people cannot work properly",
    People.FROM_500: "500 people or more cannot work properly",
}
_RECORDS = {
    Records.NO_RISK: "No data is at risk",
    Records.COPY_EXISTS: "Data is at risk, and a copy of it exists",
    Records.SOLE_COPY: "The only copy of data is at risk",
}
_DUTY = {
    Duty.NONE: "nothing sets a deadline",
    Duty.POSSIBLE: "something perhaps sets a deadline",
    Duty.DATED: "something sets a deadline",
}
_HARM = {
    HarmWithin.WITHIN_4H: "It really hurts within 4 hours",
    HarmWithin.WITHIN_24H: "It really hurts within a day",
    HarmWithin.WITHIN_5BD: "It really hurts within 5 business days",
    HarmWithin.OVER_5BD: "It does not really hurt for 5 business days",
    HarmWithin.UNKNOWN: "When it really hurts is not known, which counts as within 4 hours",
}
_WORKAROUND = {
    Workaround.FULL: "there is a full way around it",
    Workaround.PARTIAL: "there is a way around a part of it",
    Workaround.NONE: "there is no way around it",
    Workaround.UNKNOWN: "whether there is a way around it is not known, which counts as none",
}
_TREND = {Trend.STABLE: "and it stays as it is", Trend.DEGRADING: "and it is getting worse"}


def sentences(
    *,
    caller: str,
    callback: str,
    what: str,
    call: Call,
    scores: Scores,
    details: Sequence[Mapping[str, str]] = (),
    zone: str,
) -> tuple[str, ...]:
    """What is read to the caller, one sentence at a time; the first is the only one that names a person.

    `details` are the domain's own questions with their answers, as they are kept. Local times are those of the site.
    """
    said = [
        f"You are {caller}, and we reach you at {callback}.",
        f"It is about {what}: {call.title.rstrip('.')}.",
        f"We report it under: {call.domain.described.name}.",
        f"It began on {_local(call.outage_started_at, zone)}.",
        *_answered(call.answers),
    ]
    said += [f"{one['asked'].rstrip('?')}: {one['answer'].rstrip('.')}." for one in details if one["answer"]]
    said += [_duty(one, zone) for one in call.obligations or ()]
    if call.prior_attempt:
        said.append("Somebody has already tried to repair it.")
    said.append("Somebody has to come to the site." if call.onsite_needed else "Nobody has to come to the site.")
    why = f" because {scores.floor_reason}" if scores.floor_reason else ""
    said.append(f"That makes it {scores.priority}{why}.")
    return tuple(said)


def _answered(answers: Answers) -> list[str]:
    said = [
        f"{_REVENUE[answers.revenue]}, and {_PEOPLE[answers.people]}.",
        f"{_RECORDS[answers.records]}, and {_DUTY[answers.obligation]}.",
        f"{_HARM[answers.harm_within]}, {_WORKAROUND[answers.workaround]}, {_TREND[answers.trend]}.",
    ]
    if answers.active_compromise:
        said.append("Somebody may be attacking you right now.")
    if answers.emergency_calling_down:
        said.append("Emergency calls do not work.")
    return said


def _duty(duty: ObligationInput, zone: str) -> str:
    if duty.deadline_at is not None:
        return f"Owed: {duty.name}, by {_local(duty.deadline_at, zone)}."
    return f"Owed: {duty.name}, {duty.hours or 0:f} hours from {_local(duty.triggered_at, zone)}."


def _local(at: datetime, zone: str) -> str:
    there = at.astimezone(zone_of(zone))
    return f"{there:%A} {there.day} {there:%B %Y} at {there:%H:%M}"


def hash_of(said: tuple[str, ...], unsaid: Mapping[str, object]) -> str:
    """By which the desk says that it was this: what was read aloud, and what is reported with it (`unsaid`)."""
    return sha256_hex({"said": list(said), "unsaid": plain(dict(unsaid))})


def check_read_back(sha256: str, read_sha256: str) -> None:
    """Refuse what was not read back to the caller, or was changed after that."""
    if not read_sha256:
        message = "Read it back to the caller first; it is reported when they agree."
        raise Refused("not_read_back", message, field="read_back_sha256")
    if read_sha256 != sha256:
        message = "This was changed after it was read back; read it again."
        raise Refused("changed_since_read", message, field="read_back_sha256")
