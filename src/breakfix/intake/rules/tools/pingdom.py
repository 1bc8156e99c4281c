"""Pingdom: one check that is up or down."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part, state_of
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal

DOWN = {"DOWN", "FAILING", "UNCONFIRMED_DOWN"}
UP = {"UP", "SUCCESS"}


def looks_like(body: Part) -> bool:
    return "check_id" in body and ("current_state" in body or "check_name" in body)


def read(body: Part, zone: str) -> Iterator[Signal]:
    said = body.needed("current_state").upper()
    host = body.part("check_params").text("hostname", "full_url")
    yield Signal(
        tool="pingdom",
        key=body.needed("check_id"),
        heard=Heard.FIRING if said in DOWN else Heard.RESOLVED if said in UP else Heard.NOTED,
        title=state_of(body.text("check_name") or host or "A check", said.lower()),
        severity=severity(body.text("importance_level")),
        text=body.words("long_description", "description"),
        hosts=(host,) if host else (),
        begun_at=instant(body.text("state_changed_timestamp"), "UTC")
        or instant(body.text("state_changed_utc_time"), "UTC"),
        url=body.part("check_params").text("full_url", longest=500),
        said=said,
    )
