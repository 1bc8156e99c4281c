"""The course of an engagement as a picture: a band for each clock over one axis of time, and how the cap was used.

The same figures stand below it as a table and can be taken away as CSV.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Verdict
from breakfix.kernel.money import Money
from breakfix.web import clocks, panels, sheets
from breakfix.web.derivations import is_pause
from breakfix.web.door import Visit, page
from breakfix.web.looks import CLOCK_WORDS
from breakfix.work import queries as work

AHEAD = Decimal("0.35")  # how much of what has passed is shown of what is to come, so that the past keeps its room
SHORTEST = timedelta(hours=1)
MICRO = timedelta(microseconds=1)
HEAD = ("row", "from", "to", "what", "minutes", "amount", "currency", "percent of the cap")


@dataclass(frozen=True)
class Stretch:
    """A stretch of a clock as the picture shows it: counted, over, paused, closed or ahead."""

    start: datetime
    end: datetime
    look: str
    reason: str

    @property
    def minutes(self) -> int:
        return (self.end - self.start) // timedelta(minutes=1)


@dataclass(frozen=True)
class Row:
    """One clock: every round of it in one band."""

    kind: str
    words: str
    verdict: str
    parts: tuple[Stretch, ...]


@dataclass(frozen=True)
class Use:
    """How much of the cap was used at an instant: at the approval, at each mark, and now."""

    at: datetime
    amount: Money
    percent: Decimal


@dataclass(frozen=True)
class CapUse:
    """How one cap was used up: head-room of one never pays for another, so each is drawn by itself."""

    words: str
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Axis:
    """The time that the picture shows, [start, end), with its now."""

    start: datetime
    end: datetime
    now: datetime

    def place(self, at: datetime) -> Decimal:
        """Percent from the left, two places; what lies outside stands at the edge."""
        whole = Decimal((self.end - self.start) // MICRO)
        share = Decimal((min(max(at, self.start), self.end) - self.start) // MICRO) * 100 / whole
        return share.quantize(Decimal("0.01"))

    def ticks(self) -> list[datetime]:
        """Four instants to write below it."""
        third = (self.end - self.start) / 3
        return [self.start, self.start + third, self.start + 2 * third, self.end]


def rows_of(history: Iterable[Any]) -> list[Row]:
    """One row for each kind of clock, in the order of the road; what was called off is left out."""
    found: dict[str, list[Any]] = {}
    for reading in history:
        if reading.verdict is not Verdict.VOID:
            found.setdefault(reading.kind, []).append(reading)
    return [
        Row(kind, CLOCK_WORDS[kind], many[-1].verdict, tuple(part for one in many for part in _parts(one)))
        for kind, many in found.items()
    ]


def _parts(reading: Any) -> list[Stretch]:
    """Its stretches; what was counted after it was due is a part of its own."""
    due, found = reading.due_at, []
    for one in reading.stretches:
        look = "counted" if one.counted else "paused" if is_pause(one) else "closed"
        if one.counted and due is not None and one.start < due < one.end:
            found += [Stretch(one.start, due, look, one.reason), Stretch(due, one.end, "over", "past its target")]
        elif one.counted and due is not None and one.start >= due:
            found.append(Stretch(one.start, one.end, "over", "past its target"))
        else:
            found.append(Stretch(one.start, one.end, look, one.reason))
    if reading.is_open:
        found += [Stretch(one.start, one.end, "ahead", "ahead until due") for one in reading.ahead if one.counted]
    return [one for one in found if one.end > one.start]


def axis_of(rows: Sequence[Row], start: datetime, at: datetime, *, over: bool) -> Axis:
    """From the failure to now, and some way on to where the open clocks are due."""
    ends = [part.end for row in rows for part in row.parts]
    last = max([*ends, start + SHORTEST])
    if over:
        return Axis(start, last, last)
    room = max((at - start) // MICRO, SHORTEST // MICRO)
    return Axis(start, max(min(last, at + int(room * AHEAD) * MICRO), at, start + SHORTEST), at)


def caps_of(engagement: Any, at: datetime) -> list[CapUse]:
    """One for each cap: its approval at nothing, each mark with the figures of that moment, where it stands now."""
    notices, stood_at = work.notices_of(engagement), min(engagement.resolved_at or at, at)
    found: list[CapUse] = []
    for meter in work.meters(engagement, at):
        mine = [one for one in notices if one.tranche.quote_id == meter.bill.of]
        first = work.tranches_by_offer(engagement)[meter.bill.of].agreed_at
        uses = [Use(first, Money.zero(engagement.currency), Decimal(0))]
        uses += [Use(one.reached_at, one.actual, Decimal(one.percent)) for one in mine]
        uses.append(Use(max(stood_at, uses[-1].at), meter.actual, meter.percent))
        extra = meter.bill.kind == "CHANGE_ORDER"
        found.append(CapUse(f"Cap of {meter.bill.name.split()[0]}" if extra else "Cap", tuple(uses)))
    return found


def course_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """The picture; nothing before the first clock ran."""
    rows = rows_of(clocks.history(visit, engagement))
    if not rows:
        return None
    axis = axis_of(rows, engagement.submitted_at, visit.at, over=engagement.resolved_at is not None)
    caps = [] if visit.by.field_only else caps_of(engagement, visit.at)
    return {
        "rows": [{"row": row, "parts": [_drawn(axis, part) for part in row.parts]} for row in rows],
        "now": axis.place(axis.now) if axis.now < axis.end else None,
        "ticks": axis.ticks(),
        "caps": [
            {"cap": cap, "curve": _curve(axis, cap.uses), "place": _height(Decimal(100), cap.uses)} for cap in caps
        ],
    }


def _drawn(axis: Axis, part: Stretch) -> dict[str, Any]:
    left, right = axis.place(part.start), axis.place(part.end)
    return {"x": left, "width": right - left, "look": part.look, "reason": part.reason, "part": part}


def _height(percent: Decimal, uses: Sequence[Use]) -> Decimal:
    """From the top of a strip of 40: the cap lies near the top unless the work went past it."""
    most = max([Decimal(110), *(one.percent * Decimal("1.1") for one in uses)])
    return (40 - percent * 40 / most).quantize(Decimal("0.01"))


def _curve(axis: Axis, uses: Sequence[Use]) -> str:
    """The points of the line: between two readings nothing is known but that it rose."""
    return " ".join(f"{axis.place(one.at)},{_height(one.percent, uses)}" for one in uses)


def course_csv(visit: Visit, engagement_id: int) -> HttpResponse:
    """The same figures as a table: every stretch of every clock, and the cap."""
    found = incidents.get_engagement(engagement_id, visit.by)
    lines: list[tuple[object, ...]] = [
        (row.words, part.start.isoformat(), part.end.isoformat(), f"{part.look}: {part.reason}", part.minutes)
        for row in rows_of(clocks.history(visit, found))
        for part in row.parts
    ]
    if not visit.by.field_only:
        lines += [
            (cap.words, one.at.isoformat(), "", "used", "", one.amount.amount, one.amount.currency, one.percent)
            for cap in caps_of(found, visit.at)
            for one in cap.uses
        ]
    return sheets.as_csv(f"{found.number}-course", HEAD, lines)


panels.add(panels.Panel("course", 5, "web/engagement/course.html", course_panel, "centre"))
urlpatterns = [path("engagements/<int:engagement_id>/course.csv", page(course_csv), name="course_csv")]
