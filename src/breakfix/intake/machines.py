"""Which machine of a client's register an alert is about."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Max, Min, Q, QuerySet, Value
from django.db.models.functions import Upper

from breakfix.assets import queries as assets
from breakfix.assets.models import Asset
from breakfix.intake.models import AlertSource
from breakfix.intake.rules.storms import names
from breakfix.intake.values import Signal
from breakfix.kernel.access import SYSTEM

CALLED = ("name", "tag", "serial")


def machines_of(source: AlertSource, signals: Sequence[Signal]) -> list[tuple[int | None, str]]:
    """For each alert the id of the client's machine that it is about, or None and why: no guess among several.

    A serial number decides as it is written; else a name, tag or serial number does, in upper or lower case.
    """
    register = assets.assets_visible_to(SYSTEM).filter(client=source.client_id).order_by()
    called = [names(signal) for signal in signals]
    # What other letters are in lower case, databases do not agree upon: of such a name the database is asked alone.
    plain = {name for each in called for name in each if name.isascii()}
    serials = {serial for signal in signals for serial in signal.serials}
    numbered, alike = _asked(register, serials, plain)
    found: list[tuple[int | None, str]] = []
    for signal, each in zip(signals, called, strict=True):
        exactly = {pk for serial in signal.serials for pk in numbered.get(serial, ())}
        if len(exactly) == 1:
            found.append((exactly.pop(), ""))
            continue
        some = {pk for name in each for pk in alike.get(name, ())}
        found.append(_chosen(each, some | _others(register, [name for name in each if not name.isascii()])))
    return found


def _asked(
    register: QuerySet[Asset], serials: set[str], called: set[str]
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """By its serial number, and by what it may be called in lower case: a machine's id, or two of several."""
    numbered: dict[str, set[int]] = defaultdict(set)
    alike: dict[str, set[int]] = defaultdict(set)
    raised = [Upper(Value(name)) for name in sorted(called)]
    for column in CALLED:
        asked = Q(raised__in=raised) if raised else Q(pk__in=[])
        if column == "serial":
            asked |= Q(serial__in=serials)
        rows = register.alias(raised=Upper(column)).filter(asked).values_list(column)
        for word, first, last in rows.annotate(Min("pk"), Max("pk")):
            alike[_lower(word)] |= {first, last}
            if column == "serial":
                numbered[word] |= {first, last}
    return numbered, alike


def _lower(word: str) -> str:
    """In lower case, its other letters as they are."""
    return "".join(one.lower() if one.isascii() else one for one in word)


def _others(register: QuerySet[Asset], called: list[str]) -> set[int]:
    asked = Q()
    for name in called:
        asked |= Q(name__iexact=name) | Q(tag__iexact=name) | Q(serial__iexact=name)
    return set(register.filter(asked).values_list("pk", flat=True)[:2]) if called else set()


def _chosen(called: Sequence[str], found: set[int]) -> tuple[int | None, str]:
    if not called:
        return None, "the alert names no machine"
    if len(found) == 1:
        return found.pop(), ""
    return None, "several machines are called so" if found else "no machine of the register is called so"
