"""Every component in its states on one page, with sample figures: what the pages are made of, and how to check it."""

from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace as Sample
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money
from breakfix.web.door import Typed, Visit, page
from breakfix.web.looks import STATE_TONES

MINUTES = timedelta(minutes=1)


def design(visit: Visit) -> HttpResponse:
    """The gallery. Nothing on it is real, and no form on it leads anywhere."""
    refused = Refused("missing_field", "Please fill in callback.", field="callback")
    shown = Visit(visit.request, visit.by, visit.at, Typed("post_update", {"text": "On our way."}, refused))
    context = {
        "clocks": _clocks(visit),
        "exposures": list(_exposures()),
        "jobs": _jobs(visit),
        "entries": _entries(visit),
        "run": _run(_entries(visit)),
        "files": [_file("controller-log.txt", "text/plain", 48_213), _file("quote.pdf", "application/pdf", 91_002)],
        "states": sorted(STATE_TONES),
        "choices": [("full", "Full", "Nobody notices"), ("partial", "Partial", "Slower"), ("none", "None", "")],
    }
    return shown.page("web/design.html", context, status=200)


def _clocks(visit: Visit) -> list[Sample]:
    """Met, running, close, over and still counted, missed, paused, void, and one of business hours."""
    rows = (
        ("ACK", "met", 9, 15, "24x7"),
        ("ENGAGE", "running", 12, 30, "24x7"),
        ("ONSITE", "running", 233, 240, "24x7"),
        ("QUOTE", "running", 131, 120, "24x7"),
        ("QUOTE", "missed", 151, 120, "24x7"),
        ("RESTORE", "paused", 210, 480, "24x7"),
        ("UPDATE", "void", 0, 30, "24x7"),
        ("RESTORE", "running", 600, 3000, "business"),
    )
    return [_clock(visit, *row) for row in rows]


def _clock(visit: Visit, kind: str, verdict: str, used: int, target: int, coverage: str) -> Sample:
    return Sample(
        kind=kind,
        verdict=verdict,
        coverage=coverage,
        elapsed=used * MINUTES,
        target=target * MINUTES,
        remaining=(target - used) * MINUTES,
        due_at=visit.at + (target - used) * MINUTES,
        percent=used * 100 // target,
    )


def _jobs(visit: Visit) -> list[dict[str, Any]]:
    """Cards of the desk: an emergency that nobody is on, one past its time, one that runs, one whose clocks stand."""
    tom = Sample(technician=Sample(person=Sample(name="Tom Okafor")), arrived_at=visit.at)
    rows: tuple[tuple[Any, ...], ...] = (
        ("P1", "SUBMITTED", "Payments host does not answer", ("ACK", "running", 3, 15, "24x7"), [], "acknowledge"),
        (
            "P1",
            "DIAGNOSING",
            "Backup server dead in the archive job",
            ("UPDATE", "missed", 38, 30, "24x7"),
            [tom],
            "",
        ),
        ("P2", "QUALIFIED", "Half of the branch has no network", ("ENGAGE", "running", 20, 60, "24x7"), [], "assign"),
        ("P4", "ON_HOLD", "Label printer prints empty pages", None, [tom], ""),
    )
    return [_job(visit, number, *row) for number, row in enumerate(rows, start=1)]


def _job(
    visit: Visit, number: int, priority: str, status: str, title: str, clock: Any, on_it: list[Any], due: str
) -> dict[str, Any]:
    here = {"client": Sample(name="Northgate Trading"), "site": Sample(name="Front Street"), "asset": None}
    first = _clock(visit, *clock) if clock else None
    who = Sample(what="Acknowledge and call back", person=None, organisation=here["client"], role="requester")
    return {
        "engagement": Sample(
            pk=number,
            number=f"E-2026-000{number}",
            priority=priority,
            status=status,
            title=title,
            need_to_know=number == 3,
            **here,
        ),
        "first": first,
        "end": who,
        "mine": due != "",
        "href": "/design",
        "on_it": on_it,
        "alone": not on_it,
        "over": first is not None and first.remaining < timedelta(0),
        "due": due,
    }


def _exposures() -> Iterable[tuple[str, Sample]]:
    """The bar as it grows: nothing approved, an offer, within the cap, near it, at it."""
    yield "Nothing approved", _exposure(committed=675)
    yield "An offer", _exposure(committed=675, offered=5400, offered_with_tax=5880, cash_out=6615)
    for words, incurred, percent in (
        ("Within the cap", 1860, 34),
        ("Near the cap", 4860, 90),
        ("At the cap", 5400, 100),
    ):
        yield words, _exposure(percent, cap=5400, committed=6075, incurred=incurred, remaining=5400 - incurred)


def _exposure(used_percent: int = 0, **dollars: int) -> Sample:
    amounts = {"forensic": 675, "cap": 0, "incurred": 0, "remaining": 0, "cap_with_tax": 5880, **dollars}
    money: dict[str, Any] = {name: Money.of(amount, "USD") for name, amount in amounts.items()}
    nothing = {"offered": None, "offered_with_tax": None, "cash_out": None}
    return Sample(**{**nothing, **money}, used_percent=used_percent, derivation="sample")


def _run(entries: list[Sample]) -> Sample:
    return Sample(
        words="2 protocol steps",
        entries=entries,
        first=Sample(at=entries[0].at, position=0),
        last=entries[-1],
        files=1,
    )


def _entries(visit: Visit) -> list[Sample]:
    plain: dict[str, Any] = {
        "who": "Technician, Ironbridge Repair",
        "money": None,
        "money_label": "",
        "href": "",
        "position": None,
    }
    fee: dict[str, Any] = {
        "money": Money.of(675, "USD"),
        "money_label": "forensic fee",
        "href": "/design",
        "position": 12,
    }
    return [
        Sample(**plain, at=visit.at, kind="engagement.acknowledged", line="The desk acknowledged.", files=[]),
        Sample(
            **{**plain, **fee},
            at=visit.at + 16 * MINUTES,
            kind="diagnosis.started",
            line="Diagnosis began outside business hours.",
            files=[_file("controller.jpg", "image/jpeg", 2_400_000)],
        ),
    ]


def _file(name: str, media_type: str, size: int) -> Sample:
    token = "00000000-0000-4000-8000-000000000000"  # noqa: S105 - leads nowhere
    return Sample(name=name, media_type=media_type, size=size, sha256="9f86d081884c7d65" * 4, token=token)


urlpatterns = [path("design", page(design), name="design")]
