"""`breakfix clock`: a book of clock cases, each worked out by the arithmetic that clocks of engagements use."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import click
from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError, model_validator

from breakfix.kernel.worktime.calendars import Calendar, NeverDue
from breakfix.kernel.worktime.clocks import Pause, Stretch, due, elapsed, explain
from breakfix.kernel.worktime.zones import DAY_MINUTES, zone_of

OF_A_CALENDAR = ("hours", "holidays", "always")
MINUTE = timedelta(minutes=1)
NEVER, OPEN = "never", "open"  # the calendar does not open at all; a pause has not ended
SHUT = "the calendar never opens"
LONGEST = timedelta(days=100 * 366)  # what opens and shuts is reckoned day by day

Explained = Callable[[], Sequence[Stretch]]


def _as_period(given: Any) -> Any:
    """A pause as `{"start": ..., "end": ...}`, as `[start, end]` or as `[start, end, reason]`."""
    if not isinstance(given, list):
        return given
    if not 2 <= len(given) <= 3:
        raise ValueError("a pause is [start, end] or [start, end, reason]")
    return dict(zip(("start", "end", "reason"), given, strict=False))


class _Said(BaseModel):
    """What is null in a book is as if it were not there; only of what is expected null says something."""

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: one for name, one in given.items() if one is not None or name.startswith("expect")}


class Break(_Said):
    """A period that does not count; without an end it still lasts."""

    start: datetime = Field(validation_alias=AliasChoices("start", "from"))
    end: datetime | None = Field(None, validation_alias=AliasChoices("end", "to", "until"))
    reason: str = "paused"


class Case(_Said):
    """One case: from `start`, when `target_minutes` are used up (due), or how many are by `end` (elapsed).

    An instant without an offset is read on the wall clock of `tz`, in autumn's doubled hour the first time;
    `expect_utc` in UTC.
    """

    kind: Literal["due", "elapsed"] = "due"
    tz: str = "UTC"
    calendar: str | dict[str, Any] = "24x7"
    start: datetime
    target_minutes: Decimal | None = None
    end: datetime | None = Field(None, validation_alias=AliasChoices("end", "until", "now", "at"))
    pauses: list[Annotated[Break, BeforeValidator(_as_period)]] = []
    expect_utc: datetime | None = None
    expect_local: datetime | None = None
    expect_minutes: Decimal | None = Field(
        None, validation_alias=AliasChoices("expect_minutes", "expect_elapsed_minutes", "expected_minutes")
    )


@click.command()
@click.argument("cases", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--explain", "explained", is_flag=True, help="Print every stretch: counted, closed or paused, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def clock(cases: Path, explained: bool, as_json: bool) -> None:
    """Work out each case of the book CASES (JSON) and compare it with what the book expects.

    The book holds `calendars` by name (weekly `hours`, `holidays`, `always`) and `cases`: `kind` due or elapsed,
    `tz`, `calendar`, `start`, `target_minutes` or `end`, `pauses`, and what is expected (`expect_utc` and
    `expect_local`, null while a pause has no end or where the calendar never opens; `expect_minutes`). Hours are
    times ("09:00") or whole minutes of the day (540); a pause is [start, end, reason] or an object; a case without
    `id` is called by its place.

    Exit code 0 when all are equal, 1 when one differs or cannot be worked out, 2 for wrong usage.
    """
    told_why = explained or as_json
    results = [
        worked_out(one, calendars, place, explained=told_why)
        for place, (calendars, one) in enumerate(_read(cases), 1)
    ]
    equal = sum(bool(one["equal"]) for one in results)
    if as_json:
        told = {"cases": len(results), "equal": equal, "different": len(results) - equal, "results": results}
        click.echo(json.dumps(told, indent=2))
    else:
        for one in results:
            _tell(one, explained)
        click.echo(f"{len(results)} cases, {equal} equal, {len(results) - equal} different")
    raise SystemExit(0 if equal == len(results) else 1)


def _read(path: Path) -> Iterator[tuple[Mapping[str, Any], Any]]:
    try:
        book = json.loads(path.read_text(encoding="utf-8-sig"))
        calendars, cases = book.get("calendars"), book["cases"]
        calendars = {} if calendars is None else calendars
        if not isinstance(calendars, dict) or not isinstance(cases, list):
            raise TypeError("`calendars` is an object and `cases` a list")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise click.UsageError(f"{path.name} is no book of cases: {error}") from None
    yield from ((calendars, one) for one in cases)


def worked_out(given: Any, calendars: Mapping[str, Any], place: int, *, explained: bool = True) -> dict[str, Any]:
    """What one case comes to: `equal`, `result` and `expected` as text, and each stretch that was counted or not.

    The stretches only where they are `explained`. A case that cannot be read or worked out is not equal, and
    `problem` says why.
    """
    name = _name(given, place)
    try:
        case = Case.model_validate(given)
        zone_of(case.tz)
        found, stretches = _result(case, _calendar(case, calendars))
        told = [one.to_json() for one in stretches()] if explained else []
        return {"id": name, "kind": case.kind, **found, "stretches": told}
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join(filter(None, (".".join(map(str, one["loc"])), one["msg"]))) for one in error.errors()
        )
        return {"id": name, "equal": False, "problem": wrong}
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        return {"id": name, "equal": False, "problem": str(error) or type(error).__name__}


def _name(given: Any, place: int) -> str:
    """What a case is called: its `id`, whatever it is written as, else its place in the list, from 1."""
    said = given.get("id") if isinstance(given, dict) else None
    name = str(place if said is None or said == "" else said)
    return name.encode("utf-8", "backslashreplace").decode()


def _calendar(case: Case, calendars: Mapping[str, Any]) -> Calendar:
    named: Any = case.calendar
    if isinstance(named, str):
        if named not in calendars and named != "24x7":
            raise ValueError(f"the book has no calendar {named!r}")
        named = calendars.get(named, {"always": True})
    if not isinstance(named, dict):
        raise ValueError(f"a calendar is an object with hours, holidays or always, not {named!r}")
    written = {key: named[key] for key in OF_A_CALENDAR if named.get(key) is not None}
    if isinstance(hours := written.get("hours"), dict):
        written["hours"] = {day: _windows(windows) for day, windows in hours.items() if windows is not None}
    return Calendar.from_json({**written, "zone": case.tz})


def _windows(given: Any) -> Any:
    """The windows of a weekday, whole minutes of the day written as times; what is neither is left as it is."""
    if not isinstance(given, list):
        return given
    return [
        _times(*one) if isinstance(one, list) and [type(of) for of in one] == [int, int] else one for one in given
    ]


def _times(opens: int, closes: int) -> list[str]:
    if max(opens, closes) <= 24:
        raise ValueError(f"{opens} to {closes}: hours or minutes of the day? Write times such as 09:00")
    if not (0 <= opens < DAY_MINUTES and 0 <= closes <= DAY_MINUTES):
        raise ValueError(f"not minutes of a day: {opens} to {closes}")
    return [f"{one // 60:02}:{one % 60:02}" for one in (opens, closes)]


def _result(case: Case, calendar: Calendar) -> tuple[dict[str, Any], Explained]:
    zone = ZoneInfo(case.tz)
    start = _placed(case.start, zone)
    pauses = [
        Pause(_placed(one.start, zone), _placed(one.end, zone) if one.end else None, one.reason)
        for one in case.pauses
    ]
    _check_length(calendar, [start, *(at for one in pauses for at in (one.start, one.end) if at and at > start)])
    if case.kind == "elapsed":
        return _elapsed(case, calendar, start, pauses, zone)
    if case.target_minutes is None or not {"expect_utc", "expect_local"} & case.model_fields_set:
        raise ValueError("a due case needs target_minutes, and expect_utc or expect_local")
    target = timedelta(microseconds=int(case.target_minutes * 60_000_000))
    wanted = [_placed(one, of) for one, of in ((case.expect_utc, UTC), (case.expect_local, zone)) if one is not None]
    try:
        reached = due(calendar, start, target, pauses)
    except NeverDue:
        if calendar.always or any(calendar.week):
            raise  # it opens; only where it is reached lies too far off, which is no answer
        expected = _said(*wanted) if wanted else NEVER
        return {"result": NEVER, "why": SHUT, "expected": expected, "equal": not wanted}, tuple
    found = {
        "result": _said(*([reached] if reached else [])),
        "local": reached.astimezone(zone).isoformat() if reached else "",
        "expected": _said(*wanted),
        "equal": all(one == reached for one in wanted) if wanted else reached is None,
    }
    return found, lambda: explain(calendar, start, reached, pauses) if reached else ()


def _check_length(calendar: Calendar, instants: list[datetime]) -> None:
    if max(instants) - min(instants) > LONGEST and not calendar.always:
        raise ValueError("it lasts longer than a hundred years, and its calendar is reckoned day by day")


def _elapsed(
    case: Case, calendar: Calendar, start: datetime, pauses: list[Pause], zone: ZoneInfo
) -> tuple[dict[str, Any], Explained]:
    if case.end is None or case.expect_minutes is None:
        raise ValueError("an elapsed case needs its end and expect_minutes")
    end = _placed(case.end, zone)
    _check_length(calendar, [start, max(start, end)])
    used = elapsed(calendar, start, end, pauses)
    minutes = Decimal(used // timedelta(microseconds=1)) / 60_000_000
    found = {
        "result": f"{minutes.normalize():f}",
        "expected": f"{case.expect_minutes.normalize():f}",
        "equal": minutes == case.expect_minutes,
    }
    return found, lambda: explain(calendar, start, end, pauses)


def _placed(given: datetime, zone: tzinfo) -> datetime:
    return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)


def _said(*at: datetime) -> str:
    return at[0].isoformat() if at else OPEN


def _tell(one: dict[str, Any], explained: bool) -> None:
    if "problem" in one:
        click.echo(f"different  {one['id']}: {one['problem']}")
        return
    unit = " min" if one["kind"] == "elapsed" else ""
    verdict = "equal" if one["equal"] else "different"
    local = f" ({beside})" if (beside := one.get("local") or one.get("why")) else ""
    wanted = "" if one["equal"] else f", expected {one['expected']}{unit}"
    click.echo(f"{verdict:9}  {one['id']}: {one['kind']} {one['result']}{unit}{local}{wanted}")
    for line in one["stretches"] if explained else ():
        length = (datetime.fromisoformat(line["end"]) - datetime.fromisoformat(line["start"])) / MINUTE
        click.echo(f"             {line['start']} to {line['end']}  {length:8g} min  {line['reason']}")
