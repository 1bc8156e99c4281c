"""What readings of all kinds show alike: instants in UTC, exact amounts, who and where, kept files."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from pydantic.json_schema import SkipJsonSchema

from breakfix.kernel.binding import LARGEST_INTEGER
from breakfix.kernel.money import half_up


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _exact(value: Any) -> Any:
    """A figure as text, so that no reader makes a binary number of it."""
    if isinstance(value, Fraction):
        return format(half_up(value, 4), "f")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


Instant = Annotated[AwareDatetime, AfterValidator(_utc), Field(examples=["2026-12-02T06:47:00Z"])]
Exact = Annotated[str, BeforeValidator(_exact), Field(pattern=r"^-?\d+(\.\d+)?$", examples=["5400.00"])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"])]
Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$", examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])]
Zone = Annotated[str, Field(description="IANA zone of the place.", examples=["America/New_York"])]
Number = Annotated[str, Field(description="The number that people say.", examples=["E-2026-0001"])]
# A filter by id: nothing beyond what a table can hold is worth a question to it.
Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)] | SkipJsonSchema[None]


class Amount(Schema):
    """An amount of money, exact to its currency's smallest unit."""

    amount: Exact
    currency: Currency


class Named(Schema):
    """A record by its id and the name that people know it by."""

    id: int = Field(examples=[7])
    name: str = Field(examples=["Northgate Trading"])


class PlaceOut(Named):
    """A site, with the zone in which its clocks and calendars run."""

    zone: Zone


class Case(Schema):
    """The engagement that a record belongs to; `zone` is its site's, in which people there read the instants."""

    id: int = Field(examples=[3])
    number: Number
    zone: Zone


class Kept(Schema):
    """A file: `GET /files/{token}` gives its bytes, which have this hash."""

    token: Annotated[str, BeforeValidator(str)] = Field(examples=["6f1c0b52-4c1a-4f6e-9a54-6f1d6a6b8a11"])
    name: str = Field(examples=["offer-controller.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(examples=[48213])
    sha256: Sha256


def word(words: type[Enum]) -> Any:
    """A field that holds one of these words; written out in place, as words of several modules share their names."""
    known = [one.value for one in words]
    return Field(json_schema_extra={"enum": known}, examples=known[:1])


def told(out: type[Schema], row: Any, **more: Any) -> dict[str, Any]:
    """What `out` shows of this row, and more that the row alone does not say."""
    return {**out.model_validate(row, from_attributes=True).model_dump(), **more}
