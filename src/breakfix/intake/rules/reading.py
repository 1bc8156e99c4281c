"""A payload of any tool that is known here, as signals; what is not known says why."""

from types import ModuleType

from breakfix.intake.rules.parts import Part, clean, parsed
from breakfix.intake.rules.tools import (
    alertmanager,
    checkmk,
    cloudwatch,
    grafana,
    graylog,
    icinga,
    librenms,
    newrelic,
    pagerduty,
    pingdom,
    redfish,
    vrealize,
    zabbix,
)
from breakfix.intake.values import LARGEST, Signal, Unmapped

# The first that knows it reads it; they tell themselves apart by fields that only they have.
TOOLS: tuple[ModuleType, ...] = (
    *(alertmanager, grafana, redfish, cloudwatch, graylog, pagerduty, pingdom, vrealize, zabbix, icinga),
    *(checkmk, librenms, newrelic),
)
NAMES = tuple(sorted(tool.__name__.rpartition(".")[2] for tool in TOOLS))


def read(raw: bytes, zone: str = "UTC", machine: str = "") -> list[Signal]:
    """What a body says, in its order; at least one signal. Unmapped says why it cannot be read.

    `zone` (IANA) is where wall clocks without an offset hang. `machine` is what the address calls the sender:
    asked only where messages name nobody.
    """
    if len(raw) <= LARGEST and raw.lstrip()[:1] != b"{" and (letter := icinga.letter(raw)):
        return [icinga.read_letter(letter, zone)]
    body = parsed(raw)
    tool = _tool_of(body)
    try:
        found = list(redfish.read(body, zone, clean(machine)) if tool is redfish else tool.read(body, zone))
    except Unmapped as no:
        raise Unmapped(f"{tool.__name__.rpartition('.')[2]}: {no}") from None
    if not found:
        raise Unmapped(f"{tool.__name__.rpartition('.')[2]}: it names no alert")
    return found


def _tool_of(body: Part) -> ModuleType:
    for tool in TOOLS:
        if tool.looks_like(body):
            return tool
    names = ", ".join(clean(name, 40) for name in sorted(body.content)[:8])
    raise Unmapped(f"no tool that is known here sends this ({names or 'it is empty'})")
