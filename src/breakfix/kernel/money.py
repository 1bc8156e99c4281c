"""Amounts of money that cannot be a binary float, cannot mix currencies and round half-up (domain.md R7).

Every `Money` sits exactly on its currency's ISO 4217 exponent, so what is printed, stored (as
`minor`) and compared is one and the same number. An amount is rounded once per operation, i.e. per
line: multiply hours by rate by tier as one `Fraction`, then by the money, never in stages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

Exact = int | Decimal | Fraction

# ISO 4217 list one, currencies whose minor unit is not 1/100.
_WITHOUT_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_EXPONENTS = {
    **dict.fromkeys(_WITHOUT_MINOR.split(" "), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CODE = re.compile("[A-Z]{3}")
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


class MixedCurrencies(ValueError):
    """Two currencies met in one sum or comparison; nobody agreed an exchange rate for it."""


def exponent_of(currency: str) -> int:
    """Decimal places of a currency's minor unit: 2 unless ISO 4217 says otherwise."""
    return _EXPONENTS.get(currency, 2)


def half_up(value: Exact, exponent: int) -> Decimal:
    """Round to `exponent` decimal places, ties away from zero, exactly also for a `Fraction`.

    Raises TypeError for a float: 2.675 as a float is already below the tie.
    """
    scaled = _exact(value) * 10**exponent
    units = floor(abs(scaled) + Fraction(1, 2))
    # Built from text because Decimal arithmetic would round to the context's 28 digits.
    return Decimal(f"{-units if scaled < 0 else units}E{-exponent}")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount on its currency's exponent; immutable, hashable, ordered within one currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.currency):
            raise ValueError(f"not an ISO 4217 currency code: {self.currency!r}")
        object.__setattr__(self, "amount", half_up(self.amount, exponent_of(self.currency)))

    @classmethod
    def of(cls, amount: str | Exact, currency: str) -> Money:
        """Money from text or an exact number; text that is no finite number raises ValueError."""
        if isinstance(amount, str):
            try:
                amount = Decimal(amount)
            except ArithmeticError as error:
                raise ValueError(f"not an amount: {amount!r}") from error
        return cls(half_up(amount, exponent_of(currency)), currency)

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Money:
        """Money from stored minor units: 1230 USD is 12.30, 1230 JPY is 1230."""
        if isinstance(minor, bool) or not isinstance(minor, int):
            raise TypeError(f"minor units are an int, not {type(minor).__name__}")
        return cls(Decimal(f"{minor}E{-exponent_of(currency)}"), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in this currency."""
        return cls.from_minor(0, currency)

    @property
    def minor(self) -> int:
        """The amount in minor units, as stored."""
        return int(Fraction(self.amount) * 10 ** exponent_of(self.currency))

    @property
    def is_zero(self) -> bool:
        """True for exactly nothing."""
        return not self.amount

    def __add__(self, other: Money) -> Money:
        return Money.from_minor(self.minor + self._alike(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money.from_minor(self.minor - self._alike(other), self.currency)

    def __neg__(self) -> Money:
        return Money.from_minor(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money.from_minor(abs(self.minor), self.currency)

    def __mul__(self, factor: Exact) -> Money:
        exact = _exact(factor) * Fraction(self.amount)
        return Money(half_up(exact, exponent_of(self.currency)), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._alike(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._alike(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._alike(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._alike(other)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def _alike(self, other: Money) -> int:
        """The other's minor units, once it is sure that both are the same kind of money."""
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money, not with {type(other).__name__}")
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} do not mix")
        return other.minor


def format_money(money: Money) -> str:
    """For people: `$1,234.50`, `-£5.00`, `CHF 1,234.50`; grouping is always by comma."""
    sign = "-" if money.amount < 0 else ""
    mark = _SYMBOLS.get(money.currency, f"{money.currency} ")
    return f"{sign}{mark}{abs(money.amount):,f}"


def trimmed(value: Decimal) -> str:
    """A decimal as people write it: 4.50 becomes 4.5, 250.00 becomes 250."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def split_pro_rata(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Share out minor units by weight so that the shares add up to the total.

    Cents left over go to the largest remainders, ties to the earlier line (domain.md §11 ruling 28).
    Raises ValueError when a weight is negative, or nothing has weight but there is something to share.
    """
    whole = sum(weights)
    if any(weight < 0 for weight in weights) or (whole == 0 and total_minor != 0):
        raise ValueError(f"cannot share {total_minor} over weights {list(weights)}")
    if whole == 0:
        return [0] * len(weights)
    sign, size = (-1, -total_minor) if total_minor < 0 else (1, total_minor)
    shares = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_remainder[: size - sum(shares)]:
        shares[i] += 1
    return [sign * share for share in shares]


def ceil_to_step(value: Exact, step: Decimal) -> Decimal:
    """The smallest multiple of `step` that is not below the value (domain.md §4.10 rounds up to $25)."""
    return Decimal(ceil(_exact(value) / _positive(step))) * step


def floor_to_step(value: Exact, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above the value."""
    return Decimal(floor(_exact(value) / _positive(step))) * step


def _exact(value: Exact) -> Fraction:
    """The value as a fraction; TypeError for floats and bools, ValueError for NaN and infinity."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
        raise TypeError(f"money is exact: {type(value).__name__} is refused")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    return Fraction(value)


def _positive(step: Decimal) -> Fraction:
    if _exact(step) <= 0:
        raise ValueError(f"a step is above zero, not {step}")
    return Fraction(step)
