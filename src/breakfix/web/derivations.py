"""Numbers explain themselves: every stretch of a clock, every line of the meter, every point of the priority."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, JsonResponse
from django.urls import path

from breakfix.agreements.values import Coverage
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import ClockKind
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.worktime.calendars import dated_through
from breakfix.web.door import Visit, page
from breakfix.web.questions import QUESTIONS

KINDS = frozenset(kind.value for kind in ClockKind)


@dataclass(frozen=True)
class Line:
    """One stretch with the running total of what counted until its end."""

    start: datetime
    end: datetime
    counted: bool
    paused: bool
    reason: str
    length: timedelta
    total: timedelta


def clock(visit: Visit, engagement_id: int, kind: str) -> HttpResponse:
    """One commitment, minute by minute; `sequence` asks for an earlier round of the same kind."""
    found = incidents.get_engagement(engagement_id, visit.by)
    if kind not in KINDS:
        raise NotFound("This clock")
    history = [one for one in incidents.clock_history(found, visit.at) if one.kind == kind]
    if not history:
        raise NotFound("This clock")
    wanted = visit.request.GET.get("sequence", "")
    reading = next((one for one in history if str(one.sequence) == wanted), history[-1])
    lines = lines_of(reading.stretches, timedelta(0))
    context = {
        "engagement": found,
        "reading": reading,
        "history": history,
        "lines": lines,
        "ahead": lines_of(reading.ahead, reading.elapsed) if reading.is_open else [],
        "band": band_of(reading.stretches, reading.ahead),
        "zone_of_site": found.zone,
        "hours": hours_of(found.calendar),
        "off": _off_between(found, reading),
        "agreed_until": _agreed_until(found, reading),
        "version": found.agreement_version,
        "reads_agreement": not visit.by.field_only,
    }
    return visit.page("web/derivations/clock.html", context)


def hours_of(calendar: dict[str, Any]) -> list[tuple[str, str]]:
    """The opening hours that were snapshotted, day by day; days with the same hours in one line."""
    found: list[tuple[str, str]] = []
    for day, windows in calendar["hours"].items():
        said = ", ".join(f"{opens} to {closes}" for opens, closes in windows)
        if found and found[-1][1] == said:
            found[-1] = (f"{found[-1][0].split(' to ')[0]} to {day.capitalize()}", said)
        else:
            found.append((day.capitalize(), said))
    return found


def _off_between(engagement: Any, reading: Any) -> list[date]:
    """The holidays of the snapshot between its begin and its end: those that can have moved it."""
    if reading.coverage == Coverage.ALWAYS:
        return []
    ends = [one for one in (reading.stopped_at, reading.due_at) if one is not None]
    first, last = (_day(one, engagement.zone) for one in (reading.started_at, max(ends, default=reading.started_at)))
    days = (date.fromisoformat(one) for one in engagement.calendar["holidays"])
    return sorted(day for day in days if first <= day <= last)


def _agreed_until(engagement: Any, reading: Any) -> date | None:
    """The last day for which the snapshot lists holidays, where the interval shown goes on after it."""
    year = dated_through(reading.calendar.holidays)
    shown = [reading.started_at, *(one.end for one in (*reading.stretches, *reading.ahead))]
    if year is None or _day(max(shown), engagement.zone).year <= year:
        return None
    return date(year, 12, 31)


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def lines_of(stretches: Sequence[Any], already: timedelta) -> list[Line]:
    """The stretches with their lengths and the running total; the last total is what the clock shows."""
    lines: list[Line] = []
    total = already
    for one in stretches:
        length = one.end - one.start
        total += length if one.counted else timedelta(0)
        lines.append(Line(one.start, one.end, one.counted, is_pause(one), one.reason, length, total))
    return lines


def is_pause(stretch: Any) -> bool:
    """Whether a hold kept this stretch from counting, not the calendar."""
    closed = stretch.reason == "outside hours" or stretch.reason.startswith("holiday")
    return not stretch.counted and not closed


def band_of(stretches: Sequence[Any], ahead: Sequence[Any]) -> list[dict[str, Any]]:
    """The same as parts of one strip, in percent of its length."""
    every = [(one, False) for one in stretches] + [(one, True) for one in ahead]
    if not every:
        return []
    begin, whole = every[0][0].start, every[-1][0].end - every[0][0].start
    if not whole:
        return []
    parts = []
    for one, coming in every:
        look = "ahead" if one.counted and coming else "counted" if one.counted else "closed"
        look = "paused" if is_pause(one) else look
        x, width = _percent(one.start - begin, whole), _percent(one.end - one.start, whole)
        parts.append({"x": x, "width": width, "look": look, "reason": one.reason})
    return parts


def _percent(span: timedelta, whole: timedelta) -> Decimal:
    micro = timedelta(microseconds=1)
    return (Decimal(span // micro) * 100 / Decimal(whole // micro)).quantize(Decimal("0.01"))


def obligation(visit: Visit, engagement_id: int, obligation_id: int) -> HttpResponse:
    """A dated duty: since when, until when, what missing it costs. It never pauses."""
    found = incidents.get_engagement(engagement_id, visit.by)
    duties = incidents.obligations(found, visit.at)
    reading = next((one for one in duties if one.duty.obligation_id == obligation_id), None)
    if reading is None:
        raise NotFound("This obligation")
    return visit.page("web/derivations/obligation.html", {"engagement": found, "reading": reading})


def downtime(visit: Visit, engagement_id: int) -> HttpResponse:
    """What the outage has cost so far, line by line."""
    found = incidents.get_engagement(engagement_id, visit.by)
    if visit.by.field_only:
        raise NotFound("This meter")
    meter = incidents.meter(found, visit.at)
    if meter is None:
        raise Refused("no_meter", "No service with a cost per hour is named for this asset, so nothing is counted.")
    context = {"engagement": found, "meter": meter, "rates": incidents.rates(found)}
    return visit.page("web/derivations/downtime.html", context)


def priority(visit: Visit, engagement_id: int) -> HttpResponse:
    """The answers, their points, the cell of the matrix and the floor."""
    found = incidents.get_engagement(engagement_id, visit.by)
    words = {one.name.removeprefix("answers-"): one for one in QUESTIONS}
    rows = []
    for name, points in found.points:
        question = words.get(name)
        answer = str(found.answers.get(name, ""))
        label = next((text for value, text, _ in question.choices if value == answer), answer) if question else answer
        rows.append({"question": question.words if question else name, "answer": label, "points": points})
    return visit.page("web/derivations/priority.html", {"engagement": found, "rows": rows})


def clocks_as_json(visit: Visit, engagement_id: int) -> HttpResponse:
    """Every clock and obligation with its stretches, for whoever wants to add them up again."""
    found = incidents.get_engagement(engagement_id, visit.by)
    clocks = incidents.printouts(found, visit.at)
    under = incidents.under(found)
    body = {"engagement": found.number, "read_at": visit.at.isoformat(), "under": under, "calendar": found.calendar}
    body |= {"clocks": clocks}
    response = JsonResponse(body, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{found.number}-clocks.json"'
    return response


_AT = "engagements/<int:engagement_id>"
urlpatterns = [
    path(f"{_AT}/clocks/<str:kind>", page(clock), name="clock"),
    path(f"{_AT}/clocks.json", page(clocks_as_json), name="clocks_json"),
    path(f"{_AT}/obligations/<int:obligation_id>", page(obligation), name="obligation"),
    path(f"{_AT}/downtime", page(downtime), name="downtime"),
    path(f"{_AT}/priority", page(priority), name="priority"),
]
