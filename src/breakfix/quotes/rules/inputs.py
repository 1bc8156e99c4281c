"""Bad input is refused by name: every field of a draft, before anything is computed or written."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NoReturn, TypeVar

from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, exponent_of, trimmed
from breakfix.quotes.continuity import KEYS
from breakfix.quotes.rules.pricing import agreed_unit
from breakfix.quotes.values import (
    ChargeKind,
    ChargeLine,
    ContingentLine,
    Draft,
    Mode,
    PartLine,
    RaidInput,
    RiskInput,
    SuccessFeeLine,
    Tariff,
    TaskLine,
    UnitLine,
)

T = TypeVar("T")
MOST_LINES, MOST_HOURS, MOST_UNITS = 60, Decimal(1000), 10_000
MOST_MONEY, MOST_WANTED = Decimal(10_000_000), 1_000_000_000
LONGEST_NAME, LONGEST_TEXT = 200, 4000
FARTHEST_WAY = timedelta(days=366)  # what an outage costs until then is summed up while somebody types


def refuse(field: str, message: str, code: str = "invalid_field") -> NoReturn:
    """Say no to one field."""
    raise Refused(code, message, field=field)


def check_draft(draft: Draft, tariff: Tariff, *, at: datetime, miles: Decimal = Decimal(0)) -> None:
    """Refuse the first impossible value of a draft, naming its field as `parts-0-cost`."""
    _check_size(draft)
    _check_texts(draft)
    _check_mode(draft, tariff)
    for field, task in _numbered("tasks", draft.tasks):
        _check_task(field, task, tariff)
    for field, part in _numbered("parts", draft.parts):
        _check_part(field, part, tariff, at)
    for field, charge in _numbered("charges", draft.charges):
        _check_charge(field, charge, tariff, miles)
    for field, piece in _numbered("units", draft.units):
        _check_unit(field, piece, tariff)
    for field, fee in _numbered("success_fees", draft.success_fees):
        _check_success_fee(field, fee, tariff)
    for field, contingent in _numbered("contingents", draft.contingents):
        _check_contingent(field, contingent, tariff)
    for field, risk in _numbered("risks", draft.risks):
        _check_risk(field, risk)
    _check_ways(draft, tariff, at)
    if draft.backup_tested_at is not None and draft.backup_tested_at > at:
        refuse("backup_tested_at", "A restore test cannot lie in the future.", "in_the_future")


def _check_ways(draft: Draft, tariff: Tariff, at: datetime) -> None:
    if len(draft.ways) == 1 or len(draft.ways) > len(KEYS):
        refuse("ways", f"Compare two or {len(KEYS)} ways, or none.", "ways_to_compare")
    if len({way.strategy for way in draft.ways}) < len(draft.ways):
        refuse("ways", "Each way is another strategy; merge those that are the same.", "ways_to_compare")
    for field, way in _numbered("ways", draft.ways):
        _named(f"{field}-words", way.words, "in a few words what happens")
        if way.back_at <= at:
            refuse(f"{field}-back_at", "The service comes back after now.", "in_the_past")
        if way.finish_at > at + FARTHEST_WAY:
            refuse(f"{field}-finish_at", f"Plan at most {FARTHEST_WAY.days} days ahead.", "too_far")
        if way.finish_at < way.back_at:
            refuse(f"{field}-finish_at", "The work ends when the service is back, or later.", "out_of_order")
        if bool(way.loaner.strip()) != bool(way.loaner_days):
            refuse(
                f"{field}-loaner", "A loaner has a name and a number of days; give both or neither.", "missing_field"
            )
        if len(way.loaner) > LONGEST_NAME:
            refuse(f"{field}-loaner", f"This may have at most {LONGEST_NAME} characters.")
        _between(f"{field}-loaner_days", way.loaner_days, 0, 366, "Days of a loaner")
        check_amount(f"{field}-loaner_unit", way.loaner_unit, tariff.currency)


def _numbered(name: str, rows: tuple[T, ...]) -> Iterator[tuple[str, T]]:
    return ((f"{name}-{n}", row) for n, row in enumerate(rows))


def _check_size(draft: Draft) -> None:
    if not any((draft.tasks, draft.parts, draft.charges, draft.units, draft.success_fees)):
        refuse("tasks", "A quote needs at least one task, part, charge, unit price or success fee.", "empty_quote")
    for name in ("tasks", "parts", "charges", "contingents", "risks", "units", "success_fees"):
        if len(getattr(draft, name)) > MOST_LINES:
            refuse(name, f"A quote holds at most {MOST_LINES} {name.replace('_', ' ')}.")
    flat = [charge for charge in draft.charges if charge.kind is ChargeKind.EMERGENCY_DISPATCH]
    if len(flat) > 1:
        refuse("charges", "The emergency dispatch is charged once per engagement.", "emergency_dispatch_twice")


def _check_mode(draft: Draft, tariff: Tariff) -> None:
    if draft.mode is Mode.NTE_SHARED and not tariff.saving_share:
        message = "This agreement shares no savings; bill the work as done, or agree on a share first."
        refuse("mode", message, "no_shared_saving")
    if draft.success_fees and draft.mode is not Mode.FIXED:
        message = "A success fee is a fixed price: what comes back decides, not the effort. Choose one price for it."
        refuse("mode", message, "success_fee_is_fixed")


def _check_texts(draft: Draft) -> None:
    if not draft.scope_in.strip():
        refuse("scope_in", "Say what is in scope: the price binds for exactly that.", "missing_field")
    for name in ("scope_in", "scope_out", "assumptions", "continuity", "band_reason"):
        if len(getattr(draft, name)) > LONGEST_TEXT:
            refuse(name, f"This text may have at most {LONGEST_TEXT} characters.")


def _named(field: str, text: str, words: str) -> None:
    if not text.strip():
        refuse(field, f"Please give {words}.", "missing_field")
    if len(text) > LONGEST_NAME:
        refuse(field, f"This may have at most {LONGEST_NAME} characters.")


def _between(field: str, value: Decimal, low: Decimal | int, high: Decimal | int, words: str) -> None:
    if not value.is_finite() or not low <= value <= high:
        refuse(field, f"{words} must lie between {low} and {high}.", "out_of_range")


def _check_task(field: str, task: TaskLine, tariff: Tariff) -> None:
    _named(f"{field}-name", task.name, "the task a name")
    if f"L{task.level}" not in tariff.rates:
        refuse(f"{field}-level", "The agreement has levels 1 to 4.", "unknown_level")
    for name in ("optimistic", "likely", "pessimistic"):
        _between(f"{field}-{name}", getattr(task, name), 0, MOST_HOURS, "Hours")
    if not task.optimistic <= task.likely <= task.pessimistic:
        refuse(f"{field}-likely", "Hours rise from optimistic over likely to pessimistic.", "hours_out_of_order")
    if not task.pessimistic:
        refuse(f"{field}-pessimistic", "A task takes some time.", "out_of_range")


def _check_part(field: str, part: PartLine, tariff: Tariff, at: datetime) -> None:
    _named(f"{field}-part_number", part.part_number, "the exact part number")
    _named(f"{field}-description", part.description, "the part a description")
    _named(f"{field}-supplier", part.supplier, "the supplier")
    if not 1 <= part.quantity <= MOST_UNITS:
        refuse(f"{field}-quantity", f"A quantity lies between 1 and {MOST_UNITS}.", "out_of_range")
    foreign = part.currency not in ("", tariff.currency)
    check_amount(f"{field}-cost", part.cost, part.currency if foreign else tariff.currency)
    if part.cost == 0:
        refuse(f"{field}-cost", "A supplier's price is above zero.", "out_of_range")
    if not foreign and part.exchange_rate != 1:
        refuse(f"{field}-exchange_rate", "Same currency: the exchange rate is 1.", "exchange_rate")
    _between(f"{field}-exchange_rate", part.exchange_rate, Decimal("0.000001"), 1_000_000, "An exchange rate")
    _between(f"{field}-lead_hours", part.lead_hours, 0, 24 * 366, "Hours of delivery")
    if not 0 <= part.warranty_days <= 3660:
        refuse(f"{field}-warranty_days", "A warranty lies between 0 and 3660 days.", "out_of_range")
    if part.supplier_valid_until <= at:
        refuse(
            f"{field}-supplier_valid_until",
            "This supplier's price has expired; ask for a new one.",
            "supplier_price_expired",
        )


def _check_charge(field: str, charge: ChargeLine, tariff: Tariff, miles: Decimal) -> None:
    _named(f"{field}-description", charge.description, "the charge a description")
    _between(f"{field}-quantity", charge.quantity, 0, MOST_UNITS, "A quantity")
    if charge.quantity == 0:
        refuse(f"{field}-quantity", "A quantity is above zero.", "out_of_range")
    agreed = agreed_unit(charge, tariff, miles)
    if charge.kind is ChargeKind.EMERGENCY_DISPATCH:
        _check_emergency_dispatch(field, charge, tariff)
    if agreed is None and charge.unit is None:
        refuse(f"{field}-unit", "Please give the price of one unit.", "missing_field")
    if agreed is not None and charge.unit not in (None, agreed):
        refuse(f"{field}-unit", f"The agreement sets this price: {trimmed(agreed)}.", "not_the_agreed_price")
    if charge.unit is not None:
        check_amount(f"{field}-unit", charge.unit, tariff.currency)


def _check_emergency_dispatch(field: str, charge: ChargeLine, tariff: Tariff) -> None:
    if not tariff.emergency_dispatch:
        refuse(f"{field}-kind", "This priority has no emergency dispatch charge.", "no_emergency_dispatch")
    if charge.quantity != 1:
        refuse(f"{field}-quantity", "The emergency dispatch is charged once.", "emergency_dispatch_twice")


def _check_unit(field: str, piece: UnitLine, tariff: Tariff) -> None:
    if piece.item not in tariff.pieces:
        known = ", ".join(sorted(tariff.pieces)) or "nothing"
        refuse(f"{field}-item", f"The agreement prices by the piece: {known}.", "not_the_agreed_price")
    if not 1 <= piece.quantity <= MOST_UNITS:
        refuse(f"{field}-quantity", f"A quantity lies between 1 and {MOST_UNITS}.", "out_of_range")
    if len(piece.description) > LONGEST_NAME:
        refuse(f"{field}-description", f"This may have at most {LONGEST_NAME} characters.")


def _check_success_fee(field: str, line: SuccessFeeLine, tariff: Tariff) -> None:
    _named(f"{field}-description", line.description, "the fee a description")
    check_amount(f"{field}-fee", line.fee, tariff.currency)
    if line.fee == 0:
        refuse(f"{field}-fee", "A success fee is above zero.", "out_of_range")
    if not 1 <= line.wanted <= MOST_WANTED:
        refuse(f"{field}-wanted", "Say how many entries the client's must-have list has.", "out_of_range")


def _check_contingent(field: str, line: ContingentLine, tariff: Tariff) -> None:
    _named(f"{field}-description", line.description, "the line a description")
    _between(f"{field}-probability", line.probability, 0, 1, "A probability")
    check_amount(f"{field}-amount", line.amount, tariff.currency)
    if not 1 <= line.maximum <= MOST_UNITS:
        refuse(f"{field}-maximum", f"A maximum lies between 1 and {MOST_UNITS}.", "out_of_range")


def check_amount(field: str, value: Decimal, currency: str) -> None:
    """Refuse an amount that is none in this currency."""
    _between(field, value, 0, MOST_MONEY, "An amount")
    try:
        exact = Money(value, currency).amount == value
    except ValueError:
        refuse(field.rpartition("-")[0] + "-currency", f"{currency} is no currency code.", "unknown_currency")
    if not exact:
        refuse(field, f"{currency} amounts have {exponent_of(currency)} decimal places.", "too_precise")


def _check_risk(field: str, risk: RiskInput) -> None:
    if not 1 <= risk.severity <= 5:
        refuse(f"{field}-severity", "Severity is 1 to 5.", "out_of_range")
    if not risk.basis.strip():
        refuse(f"{field}-basis", "Say what this judgement rests on.", "missing_field")
    for name in ("basis", "mitigations"):
        if len(getattr(risk, name)) > LONGEST_TEXT:
            refuse(f"{field}-{name}", f"This text may have at most {LONGEST_TEXT} characters.")
    if (risk.probability is None) == (risk.raid is None):
        refuse(f"{field}-probability", "Give either a probability or the array's figures.", "missing_field")
    if risk.probability is not None:
        _between(f"{field}-probability", risk.probability, 0, 1, "A probability")
    if risk.raid is not None:
        _check_raid(f"{field}-raid", risk.raid)
    if risk.residual_likelihood is not None and not 1 <= risk.residual_likelihood <= 5:
        refuse(f"{field}-residual_likelihood", "A likelihood is 1 to 5.", "out_of_range")


def _check_raid(field: str, raid: RaidInput) -> None:
    if not 2 <= raid.drives <= 1000:
        refuse(f"{field}-drives", "An array has 2 to 1000 drives.", "out_of_range")
    if not 1 <= raid.failed < raid.drives:
        refuse(f"{field}-failed", "At least one drive failed, and at least one is left.", "out_of_range")
    _between(f"{field}-drive_tb", raid.drive_tb, Decimal("0.001"), 1000, "Terabytes")
    for name in ("bit_error_rate", "annual_failure_rate", "import_failure"):
        _between(f"{field}-{name}", getattr(raid, name), 0, 1, "A rate")
    _between(f"{field}-hours", raid.hours, 0, 24 * 366, "Hours of the rebuild")
    _between(f"{field}-stress", raid.stress, 0, 100, "A stress factor")
