"""Which machine of a client's register an alert is about."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q, Value
from django.db.models.functions import Upper

from breakfix.assets import queries as assets
from breakfix.intake.models import AlertSource
from breakfix.intake.rules.storms import names
from breakfix.intake.values import Signal
from breakfix.kernel.access import SYSTEM


def machines_of(source: AlertSource, signals: Sequence[Signal]) -> list[tuple[int | None, str]]:
    """For each alert the id of the client's machine that it is about, or None and why: no guess among several.

    One question for all of them. A serial number decides as it is written, a name, tag or serial number in any case.
    """
    serials = {serial for signal in signals for serial in signal.serials}
    called = {name for signal in signals for name in names(signal)}
    by_serial: dict[str, set[int]] = defaultdict(set)
    by_name: dict[str, set[int]] = defaultdict(set)
    for pk, *words in _asked(source, serials, called) if serials or called else ():
        by_serial[words[-1]].add(pk)
        for word in words:
            by_name[word.upper()].add(pk)
    return [_machine(signal, by_serial, by_name) for signal in signals]


def _asked(source: AlertSource, serials: set[str], called: set[str]) -> list[tuple[int, str, str, str]]:
    """Id, name, tag and serial number of each machine that could be meant."""
    # The database raises both sides, so that it makes no difference to it what Python takes for the same letter.
    raised = [Upper(Value(name)) for name in sorted(called)]
    alike = {name: Upper(name) for name in ("name", "tag", "serial")}
    found = assets.assets_visible_to(SYSTEM).filter(client=source.client_id).order_by()
    found = found.alias(**{f"raised_{name}": upper for name, upper in alike.items()})
    asked = Q(serial__in=serials)
    for name in alike if raised else ():
        asked |= Q(**{f"raised_{name}__in": raised})
    return list(found.filter(asked).values_list("pk", *alike))


def _machine(signal: Signal, by_serial: dict[str, set[int]], by_name: dict[str, set[int]]) -> tuple[int | None, str]:
    numbered = {pk for serial in signal.serials for pk in by_serial.get(serial, ())}
    if len(numbered) == 1:
        return numbered.pop(), ""
    called = names(signal)
    if not called:
        return None, "the alert names no machine"
    found = {pk for name in called for pk in by_name.get(name.upper(), ())}
    if len(found) == 1:
        return found.pop(), ""
    return None, "several machines are called so" if found else "no machine of the register is called so"
