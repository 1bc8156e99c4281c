"""The provider's catalogue of parts: what it buys, what fits which machine, what may stand in for what.

A statement is never rewritten: it is withdrawn, with the reason, and another one is noted.
"""

from datetime import datetime

from django.db import transaction

from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import queries as parties
from breakfix.parties import rules as texts
from breakfix.parts import catalogue, rules
from breakfix.parts.models import Alternate, CataloguePart, Fit
from breakfix.parts.values import Basis, Category, Grade


@transaction.atomic
def add_catalogue_part(
    provider_id: int,
    *,
    part_number: str,
    maker: str,
    description: str,
    category: Category,
    grades: list[Grade],
    data_bearing: bool = False,
    core_due: bool = False,
    by: Actor,
    at: datetime,
) -> CataloguePart:
    """List a part under its number. Quotes, offers and fitting are told from then on what is known of it."""
    parties.lock_organisation(provider_id, by=by)
    require(by, Deed.ADD_CATALOGUE_PART, org=provider_id)
    number = texts.text(rules.number(part_number), "part_number", longest=200)
    if catalogue.in_force(provider_id, number) is not None:
        raise Refused("part_listed", "The catalogue lists this number already.", field="part_number")
    if not grades:
        raise Refused("missing_field", "Say in which conditions it is bought.", field="grades")
    part = CataloguePart.objects.create(
        provider_id=provider_id,
        part_number=number,
        maker=texts.text(maker, "maker", longest=60),
        description=texts.text(description, "description", longest=200),
        category=category.value,
        grades=[grade.value for grade in Grade if grade in grades],
        data_bearing=data_bearing,
        core_due=core_due,
        added_at=at,
    )
    _tell("catalogue.part_added", part, part, f"The catalogue lists {part}: {part.description}.", by, at)
    return part


@transaction.atomic
def withdraw_catalogue_part(catalogue_part_id: int, *, reason: str, by: Actor, at: datetime) -> CataloguePart:
    """Take a part out: nothing is known of it any more, and it is nothing's alternate."""
    part = catalogue.lock_part(catalogue_part_id, by)
    require(by, Deed.WITHDRAW_CATALOGUE_PART, org=part.provider_id)
    _end(part, reason, at)
    _tell("catalogue.part_withdrawn", part, part, f"{part} left the catalogue: {part.withdrawn_because}", by, at)
    return part


@transaction.atomic
def note_fit(
    catalogue_part_id: int,
    *,
    maker: str,
    model: str,
    fits: bool = False,
    firmware_from: str = "",
    firmware_until: str = "",
    basis: Basis,
    source: str,
    by: Actor,
    at: datetime,
) -> Fit:
    """State that a part fits, or without `fits` does not fit, a model of machine; `source` names matrix or test.

    A quote with a part that does not fit its machine is not issued.
    """
    part = catalogue.lock_part(catalogue_part_id, by)
    require(by, Deed.NOTE_FIT, org=part.provider_id)
    _check_in_force(part)
    low = texts.text(firmware_from, "firmware_from", longest=120, required=False)
    high = texts.text(firmware_until, "firmware_until", longest=120, required=False)
    rules.check_range(low, high)
    fit = Fit(
        part=part,
        maker=texts.text(maker, "maker", longest=60),
        model=texts.text(model, "model", longest=120),
        fits=fits,
        firmware_from=low,
        firmware_until=high,
        basis=basis.value,
        source=texts.text(source, "source", longest=300),
        noted_at=at,
    )
    if catalogue.says_already(fit):
        raise Refused("already_noted", "The catalogue says exactly that already.", field="model")
    fit.save()
    does = "fits" if fits else "does not fit"
    line = f"{part} {does} {fit.maker} {fit.model} ({basis.replace('_', ' ')}: {fit.source})."
    _tell("catalogue.fit_noted", fit, part, line, by, at)
    return fit


@transaction.atomic
def withdraw_fit(fit_id: int, *, reason: str, by: Actor, at: datetime) -> Fit:
    """Take back what was stated; from now on nothing rests on it."""
    fit = catalogue.get_fit(fit_id, by)
    part = catalogue.lock_part(fit.part_id, by)
    require(by, Deed.WITHDRAW_FIT, org=part.provider_id)
    fit.refresh_from_db()
    _end(fit, reason, at)
    _tell("catalogue.fit_withdrawn", fit, part, f"No longer stated: {fit}. {fit.withdrawn_because}", by, at)
    return fit


@transaction.atomic
def note_alternate(
    catalogue_part_id: int,
    *,
    alternate: str,
    conditions: str = "",
    basis: Basis,
    source: str,
    by: Actor,
    at: datetime,
) -> Alternate:
    """State that the part numbered `alternate` may stand in for this one, on conditions such as a firmware flash.

    It is then shown beside this one wherever that is named, printed in quotes, and may be fitted in its place.
    """
    part = catalogue.lock_part(catalogue_part_id, by)
    require(by, Deed.NOTE_ALTERNATE, org=part.provider_id)
    _check_in_force(part)
    other = catalogue.in_force(part.provider_id, texts.text(alternate, "alternate", longest=200))
    if other is None:
        message = "The catalogue does not list this number; add the part first."
        raise Refused("unknown_part", message, field="alternate")
    if other.pk == part.pk:
        raise Refused("same_part", "A part is no alternate of itself.", field="alternate")
    if Alternate.objects.filter(part=part, alternate=other, withdrawn_at=None).exists():
        raise Refused("alternate_listed", "It is listed as an alternate already.", field="alternate")
    row = Alternate.objects.create(
        part=part,
        alternate=other,
        conditions=texts.text(conditions, "conditions", longest=300, required=False),
        basis=basis.value,
        source=texts.text(source, "source", longest=300),
        noted_at=at,
    )
    line = f"{other} may stand in for {part} ({basis.replace('_', ' ')}: {row.source})."
    _tell("catalogue.alternate_noted", row, part, line, by, at)
    return row


@transaction.atomic
def withdraw_alternate(alternate_id: int, *, reason: str, by: Actor, at: datetime) -> Alternate:
    """Take back that one part may stand in for another; what was fitted so stays as it was recorded."""
    row = catalogue.get_alternate(alternate_id, by)
    part = catalogue.lock_part(row.part_id, by)
    require(by, Deed.WITHDRAW_ALTERNATE, org=part.provider_id)
    row.refresh_from_db()
    _end(row, reason, at)
    _tell("catalogue.alternate_withdrawn", row, part, f"No alternate: {row}. {row.withdrawn_because}", by, at)
    return row


def _check_in_force(row: CataloguePart | Fit | Alternate) -> None:
    if row.withdrawn_at is not None:
        raise Refused("withdrawn", "This was withdrawn before; the catalogue keeps it as it was.")


def _end(row: CataloguePart | Fit | Alternate, reason: str, at: datetime) -> None:
    """From now on it is history, with why."""
    _check_in_force(row)
    row.withdrawn_at, row.withdrawn_because = at, texts.text(reason, "reason", longest=300)
    row.save(update_fields=["withdrawn_at", "withdrawn_because"])


def _tell(kind: str, row: Row, part: CataloguePart, line: str, by: Actor, at: datetime) -> None:
    """The catalogue is the provider's own: no client's log hears of it."""
    topic = f"organisation/{part.provider_id}"
    record(kind, subject=row, by=by, at=at, to=[part.provider_id], topic=topic, line=line, changed=[row])
