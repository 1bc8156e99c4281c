"""Which machine of a client's register an alert is about."""

from collections.abc import Sequence

from breakfix.assets import queries as assets
from breakfix.intake.models import AlertSource
from breakfix.intake.rules.storms import names
from breakfix.intake.values import Signal


def machines_of(source: AlertSource, signals: Sequence[Signal]) -> list[tuple[int | None, str]]:
    """For each alert the id of the client's machine that it is about, or None and why: no guess among several.

    A serial number decides as it is written; else a name, tag or serial number does, in upper or lower case. Each
    gets the answer that it would get alone, whatever else is in its batch.
    """
    named = [names(signal) for signal in signals]
    plain = {name for each in named for name in each if name.isascii()}
    serials = {serial for signal in signals for serial in signal.serials}
    numbered = assets.machines_numbered(source.client_id, serials)
    called = assets.machines_called_plainly(source.client_id, plain)
    found: list[tuple[int | None, str]] = []
    for signal, each in zip(signals, named, strict=True):
        exactly = {pk for serial in signal.serials for pk in numbered.get(serial, ())}
        if len(exactly) == 1:
            found.append((exactly.pop(), ""))
            continue
        some = {pk for name in each for pk in called.get(name, ())}
        # Hosts with other letters are few, and each is a question of its own.
        some |= assets.machines_called(source.client_id, [name for name in each if not name.isascii()])
        found.append(_chosen(each, some))
    return found


def _chosen(called: Sequence[str], found: set[int]) -> tuple[int | None, str]:
    if not called:
        return None, "the alert names no machine"
    if len(found) == 1:
        return found.pop(), ""
    return None, "several machines are called so" if found else "no machine of the register is called so"
