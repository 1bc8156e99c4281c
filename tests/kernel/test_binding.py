"""Plain words to typed arguments: what every door refuses, and how it names the field."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest

from breakfix.kernel.binding import bind, nest
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Row:
    hours: Decimal
    colour: Colour = Colour.RED
    since: datetime | None = None


def deed(
    thing_id: int,
    *,
    hours: Decimal,
    rows: list[Row],
    urgent: bool,
    when: datetime | None = None,
    note: str = "",
    proof: Upload | None = None,
    colours: list[Colour] = field(default_factory=list),  # noqa: B008 - a fresh list for each call
    by: object,
    at: datetime,
) -> None:
    """A deed with every kind of argument there is."""


def bound(**given: object) -> dict[str, object]:
    return bind(deed, {"thing_id": "7", "hours": "1.5", "rows": [], **given}, zone="America/New_York")


def test_bind_types_every_argument() -> None:
    got = bound(
        rows=[{"hours": "0.25", "colour": "blue", "since": "2026-12-01T19:40"}], urgent="on", when="2026-12-01 20:00"
    )
    since = datetime(2026, 12, 1, 19, 40, tzinfo=ZoneInfo("America/New_York"))
    assert got["thing_id"] == 7
    assert got["hours"] == Decimal("1.5")
    assert got["rows"] == [Row(Decimal("0.25"), Colour.BLUE, since)]
    assert got["urgent"] is True
    assert got["when"] == datetime(2026, 12, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["a\x00", "\x1b[2J", "a\x08b", "a\x9b", "up to \u202e00.005,1", "\u2066a", "\ud800", "b\u202a", "\x7f"]
)
def test_bind_refuses_text_that_reads_otherwise_than_it_is(text: str) -> None:
    with pytest.raises(Refused) as no:
        bound(note=text)
    assert (no.value.code, no.value.field) == ("invalid_field", "note")


@pytest.mark.parametrize(
    "text", ["two\r\nlines\tand more", "שלום 12 עולם", "مرحبا", "👩\u200d🔧", "a\u200fb", "Łódź 北京"]
)
def test_bind_takes_every_script(text: str) -> None:
    assert bound(note=text)["note"] == text


def test_bind_reads_an_unticked_box_as_no() -> None:
    assert bound()["urgent"] is False


def test_bind_leaves_empty_optional_fields_to_their_default() -> None:
    assert "note" not in bound(note="")
    assert "when" not in bound(when="")


def test_bind_keeps_the_zone_that_an_instant_brings() -> None:
    assert bound(when="2026-12-01T20:00:00Z")["when"] == datetime(2026, 12, 1, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "code", "fault"),
    [
        ({"hours": ""}, "invalid_field", "hours"),
        ({"hours": "many"}, "invalid_field", "hours"),
        ({"hours": None}, "missing_field", "hours"),
        ({"rows": [{"hours": "1"}, {"hours": "x"}]}, "invalid_field", "rows-1-hours"),
        ({"rows": [{"hours": "1", "colour": "green"}]}, "invalid_field", "rows-0-colour"),
        ({"when": "tomorrow"}, "invalid_field", "when"),
        ({"cap": "1"}, "unknown_field", "cap"),
        ({"by": "alice"}, "unknown_field", "by"),
        ({"thing_id": "7 or 1=1"}, "invalid_field", "thing_id"),
    ],
)
def test_bind_refuses_and_names_the_field(given: dict[str, object], code: str, fault: str) -> None:
    with pytest.raises(Refused) as no:
        bound(**given)
    assert (no.value.code, no.value.field) == (code, fault)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"note": "x" * 100_001}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "a\ud800b"}, "note"),
        ({"thing_id": "9" * 30}, "thing_id"),
        ({"thing_id": "9" * 5000}, "thing_id"),
        # One such Decimal as a Fraction would fill the memory.
        ({"hours": "1e999999999"}, "hours"),
        ({"hours": "1e-999999999"}, "hours"),
        ({"hours": "NaN"}, "hours"),
        ({"hours": "-Infinity"}, "hours"),
        ({"rows": [{"hours": "1"}, {"hours": "1e400"}]}, "rows-1-hours"),
        # These have no instant in some zones.
        ({"when": "0001-01-01T00:00"}, "when"),
        ({"when": "9999-12-31T23:59"}, "when"),
        ({"rows": [{"hours": "1", "since": "9999-12-31T23:59"}]}, "rows-0-since"),
    ],
)
def test_bind_refuses_what_nothing_could_hold(given: dict[str, object], fault: str) -> None:
    with pytest.raises(Refused) as no:
        bound(**given)
    assert (no.value.code, no.value.field) == ("invalid_field", fault)


@pytest.mark.parametrize("name", ["rows-²-hours", f"rows-{'9' * 5000}-hours"])
def test_bind_refuses_rows_that_have_no_number(name: str) -> None:
    with pytest.raises(Refused):
        bound(**nest({name: "1"}))


def test_nest_refuses_a_name_without_end() -> None:
    with pytest.raises(Refused):
        nest({"-".join(["a"] * 3000): "1"})


def test_bind_passes_an_upload_as_it_is() -> None:
    sent = Upload("a.txt", b"x")
    assert bound(proof=sent)["proof"] == sent


def test_nest_builds_rows_and_drops_empty_ones() -> None:
    flat = {
        "title": "a",
        "rows-0-hours": "1",
        "rows-0-colour": "",
        "rows-1-hours": "",
        "rows-10-hours": "3",
        "answers-data": "x",
    }
    assert nest(flat) == {"title": "a", "rows": [{"hours": "1"}, {"hours": "3"}], "answers": {"data": "x"}}


def test_nest_refuses_a_name_that_is_value_and_list_at_once() -> None:
    with pytest.raises(Refused):
        nest({"rows": "x", "rows-0-hours": "1"})
