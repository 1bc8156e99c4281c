"""The provider's catalogue of parts: what fits which machine, and what may stand in for what."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Instant, word
from breakfix.kernel.errors import NotFound
from breakfix.parts import catalogue
from breakfix.parts.values import Basis, Category, Grade


class FitOut(Schema):
    """That the part fits, or does not fit, a model of machine; empty ends of the range are open."""

    id: int
    maker: str
    model: str = Field(examples=["ProLiant DL380 Gen9"])
    fits: bool
    firmware_from: str
    firmware_until: str
    basis: str = word(Basis)
    source: str = Field(description="Which matrix, or which test.")
    noted_at: Instant


class AlternateOut(Schema):
    """A part that may be fitted in place of this one, on these conditions."""

    id: int
    alternate_id: int = Field(description="The catalogue's part that stands in.")
    conditions: str
    basis: str = word(Basis)
    source: str
    noted_at: Instant


class CataloguePartOut(Schema):
    """A part that the provider buys, with what is known of it now."""

    id: int
    part_number: str = Field(examples=["H2R6M"])
    maker: str
    description: str
    category: str = word(Category)
    grades: list[str] = Field(examples=[[Grade.NEW.value]])
    data_bearing: bool
    core_due: bool
    added_at: Instant
    withdrawn_at: Instant | None
    withdrawn_because: str
    fits: list[FitOut] = Field(validation_alias="fits_known")
    alternates: list[AlternateOut] = Field(validation_alias="alternates_known")


class CatalogueFilters(Filters):
    """By words."""

    words: str = Field("", max_length=80, description="Each in number, maker, kind, words or a machine it fits.")


@listing(
    router, "/catalogue-parts", CataloguePartOut, filters=CatalogueFilters, order="id", summary="Catalogue of parts"
)
def catalogue_parts(call: Call, filters: CatalogueFilters) -> Any:
    """The parts in force of one's own organisation; for a provider's office."""
    if not catalogue.is_reader(call.by):
        raise NotFound("This list")
    return catalogue.found(call.by, filters.words)


@detail(router, "/catalogue-parts/{int:catalogue_part_id}", CataloguePartOut, summary="A part of the catalogue")
def catalogue_part(call: Call, catalogue_part_id: int) -> Any:
    """One part with what is known of it."""
    return catalogue.get_part(catalogue_part_id, call.by)
