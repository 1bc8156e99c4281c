"""`breakfix clock`: a book of clock cases, each worked out by the arithmetic that clocks of engagements use."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import click
from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from breakfix.kernel.worktime.calendars import Calendar, NeverDue
from breakfix.kernel.worktime.clocks import Pause, due, elapsed, explain
from breakfix.kernel.worktime.zones import zone_of

OF_A_CALENDAR = ("hours", "holidays", "always")
MINUTE = timedelta(minutes=1)
NEVER, OPEN = "never", "open"  # the calendar does not open again; a pause has not ended


def _as_period(given: Any) -> Any:
    """A pause as `{"start": ..., "end": ...}` or as `[start, end]`."""
    return dict(zip(("start", "end"), given, strict=True)) if isinstance(given, list) else given


class Break(BaseModel):
    """A period that does not count; without an end it still lasts."""

    start: datetime = Field(validation_alias=AliasChoices("start", "from"))
    end: datetime | None = Field(None, validation_alias=AliasChoices("end", "to", "until"))
    reason: str = "paused"


class Case(BaseModel):
    """One case: from `start`, when `target_minutes` are used up (due), or how many are by `end` (elapsed).

    An instant without an offset is read on the wall clock of `tz`, in autumn's doubled hour the first time.
    """

    id: str
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
    `expect_local`, null while a pause has no end; `expect_minutes`).

    Exit code 0 when all are equal, 1 when one differs or cannot be worked out, 2 for wrong usage.
    """
    results = [worked_out(one, calendars) for calendars, one in _read(cases)]
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
        book = json.loads(path.read_text(encoding="utf-8"))
        calendars, cases = book.get("calendars", {}), book["cases"]
        if not isinstance(calendars, dict) or not isinstance(cases, list):
            raise TypeError("`calendars` is an object and `cases` a list")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise click.UsageError(f"{path.name} is no book of cases: {error}") from None
    yield from ((calendars, one) for one in cases)


def worked_out(given: Any, calendars: Mapping[str, Any]) -> dict[str, Any]:
    """What one case comes to: `equal`, `result` and `expected` as text, and each stretch that was counted or not.

    A case that cannot be read or worked out is not equal, and `problem` says why.
    """
    name = str(given.get("id", "?")) if isinstance(given, dict) else "?"
    try:
        case = Case.model_validate(given)
        zone_of(case.tz)
        return {"id": name, "kind": case.kind, **_result(case, _calendar(case, calendars))}
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return {"id": name, "equal": False, "problem": wrong}
    except (ValueError, KeyError, TypeError, OverflowError, ArithmeticError) as error:
        return {"id": name, "equal": False, "problem": str(error)}


def _calendar(case: Case, calendars: Mapping[str, Any]) -> Calendar:
    named = case.calendar
    if isinstance(named, str):
        if named not in calendars and named != "24x7":
            raise ValueError(f"the book has no calendar {named!r}")
        named = calendars.get(named, {"always": True})
    return Calendar.from_json({**{key: named[key] for key in OF_A_CALENDAR if key in named}, "zone": case.tz})


def _result(case: Case, calendar: Calendar) -> dict[str, Any]:
    zone = ZoneInfo(case.tz)
    start = _placed(case.start, zone)
    pauses = [
        Pause(_placed(one.start, zone), _placed(one.end, zone) if one.end else None, one.reason)
        for one in case.pauses
    ]
    if case.kind == "elapsed":
        return _elapsed(case, calendar, start, pauses, zone)
    if case.target_minutes is None or not {"expect_utc", "expect_local"} & case.model_fields_set:
        raise ValueError("a due case needs target_minutes, and expect_utc or expect_local")
    target = timedelta(microseconds=int(case.target_minutes * 60_000_000))
    wanted = [_placed(one, zone) for one in (case.expect_utc, case.expect_local) if one is not None]
    try:
        reached = due(calendar, start, target, pauses)
    except NeverDue:
        return {"result": NEVER, "expected": _said(*wanted), "equal": False, "stretches": []}
    stretches = explain(calendar, start, reached, pauses) if reached else ()
    return {
        "result": _said(*([reached] if reached else [])),
        "local": reached.astimezone(zone).isoformat() if reached else "",
        "expected": _said(*wanted),
        "equal": all(one == reached for one in wanted) if wanted else reached is None,
        "stretches": [one.to_json() for one in stretches],
    }


def _elapsed(case: Case, calendar: Calendar, start: datetime, pauses: list[Pause], zone: ZoneInfo) -> dict[str, Any]:
    if case.end is None or case.expect_minutes is None:
        raise ValueError("an elapsed case needs its end and expect_minutes")
    end = _placed(case.end, zone)
    used = elapsed(calendar, start, end, pauses)
    minutes = Decimal(used // timedelta(microseconds=1)) / 60_000_000
    return {
        "result": f"{minutes.normalize():f}",
        "expected": f"{case.expect_minutes.normalize():f}",
        "equal": minutes == case.expect_minutes,
        "stretches": [one.to_json() for one in explain(calendar, start, end, pauses)],
    }


def _placed(given: datetime, zone: ZoneInfo) -> datetime:
    return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)


def _said(*at: datetime) -> str:
    return at[0].isoformat() if at else OPEN


def _tell(one: dict[str, Any], explained: bool) -> None:
    if "problem" in one:
        click.echo(f"different  {one['id']}: {one['problem']}")
        return
    unit = " min" if one["kind"] == "elapsed" else ""
    verdict = "equal" if one["equal"] else "different"
    local = f" ({one['local']})" if one.get("local") else ""
    wanted = "" if one["equal"] else f", expected {one['expected']}{unit}"
    click.echo(f"{verdict:9}  {one['id']}: {one['kind']} {one['result']}{unit}{local}{wanted}")
    for line in one["stretches"] if explained else ():
        length = (datetime.fromisoformat(line["end"]) - datetime.fromisoformat(line["start"])) / MINUTE
        click.echo(f"             {line['start']} to {line['end']}  {length:8g} min  {line['reason']}")
