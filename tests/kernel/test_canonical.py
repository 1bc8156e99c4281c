"""Canonical JSON: the bytes of RFC 8785, and nothing converted behind anybody's back."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.histories.offline import strict_json
from breakfix.kernel.ledger.canonical import canonical, plain, sha256_hex
from breakfix.kernel.money import Money


class Status(StrEnum):
    ISSUED = "issued"


class Weight(IntEnum):
    HEAVY = 3


class Price(Enum):
    CAP = Decimal("3.10")


@dataclass(frozen=True)
class Terms:
    cap: Money
    status: Status
    lines: tuple[Decimal, ...]


@dataclass(frozen=True)
class Share:
    amount: Decimal
    currency: str
    party: str


class Label(str):
    def __str__(self) -> str:
        return "something else"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def test_keys_are_sorted_by_utf16_code_units() -> None:
    # RFC 8785 §3.2.3: the emoji's surrogates (D83D) sort before U+FB33, its code point would not.
    obj = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert [json.loads(canonical(obj))[key] for key in obj] == list(range(1, 8))
    assert strict_json.canonical(obj) == canonical(obj)
    assert list(json.loads(canonical(obj))) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]


def test_strings_are_escaped_as_the_standard_says() -> None:
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/\x7f"
    assert canonical({"s": text}) == '{"s":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"}'.encode()


def test_sha256_hex_is_over_the_canonical_bytes() -> None:
    assert sha256_hex({"b": [1, True, None], "a": ""}) == hashlib.sha256(b'{"a":"","b":[1,true,null]}').hexdigest()


@given(JSON)
def test_the_offline_verifier_reaches_the_same_bytes(obj: object) -> None:
    assert strict_json.canonical(obj) == canonical(obj)
    assert json.loads(canonical(obj)) == obj


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1.0, "float"),
        (Decimal("1"), "Decimal"),
        (datetime(2026, 12, 1, tzinfo=UTC), "datetime"),
        ((1,), "tuple"),
        (b"x", "bytes"),
        (Status.ISSUED, "Status"),
        (Weight.HEAVY, "Weight"),
        ({1}, "set"),
    ],
)
def test_canonical_names_the_path_of_what_it_refuses(value: object, name: str) -> None:
    with pytest.raises(TypeError) as refusal:
        canonical({"facts": {"lines": ["ok", {"price": value}]}})
    assert f"$.facts.lines[1].price: {name}" in str(refusal.value)


def test_canonical_refuses_keys_that_are_not_text() -> None:
    with pytest.raises(TypeError, match=r"\$\.a: key 1 is int"):
        canonical({"a": {1: "x"}})


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", {"\ud800": 1}])
def test_canonical_refuses_what_readers_would_disagree_about(value: object) -> None:
    with pytest.raises(ValueError, match=r"\$\[0\]"):
        canonical([value])


def nested(depth: int) -> object:
    obj: object = "x"
    for _ in range(depth):
        obj = [obj]
    return obj


def test_nesting_is_bounded_alike_in_both_readers() -> None:
    assert canonical(nested(100)) == strict_json.canonical(nested(100))
    for read in (canonical, plain, strict_json.canonical):
        with pytest.raises((ValueError, strict_json.Failure), match="deeper than 100"):
            read(nested(101))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("12.30"), "12.30"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00"), "0.00"),
        (datetime(2026, 12, 1, 19, 40, tzinfo=UTC), "2026-12-01T19:40:00Z"),
        (datetime(2026, 12, 1, 19, 40, 0, 120, tzinfo=UTC), "2026-12-01T19:40:00.000120Z"),
        (datetime(2026, 12, 1, 19, 40, tzinfo=timezone(timedelta(hours=-5))), "2026-12-02T00:40:00Z"),
        (date(2026, 12, 1), "2026-12-01"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Status.ISSUED, "issued"),
        (Weight.HEAVY, 3),
        (Price.CAP, "3.10"),
        (Money(Decimal("12.3"), "USD"), {"amount": "12.30", "currency": "USD"}),
        (Money(Decimal("1250"), "JPY"), {"amount": "1250", "currency": "JPY"}),
        ((1, [True, None]), [1, [True, None]]),
        ({Status.ISSUED: 1, UUID(int=7): 2}, {"issued": 1, "00000000-0000-0000-0000-000000000007": 2}),
    ],
)
def test_plain_writes_our_types_as_json(value: object, expected: object) -> None:
    assert plain(value) == expected
    canonical(plain(value))


def test_plain_writes_dataclasses_whole() -> None:
    terms = Terms(Money(Decimal("9000"), "USD"), Status.ISSUED, (Decimal("1.5"),))
    assert plain(terms) == {
        "cap": {"amount": "9000.00", "currency": "USD"},
        "status": "issued",
        "lines": ["1.5"],
    }
    # Looks like money, but its third field is a fact that must not be lost.
    assert plain(Share(Decimal("1"), "USD", "client")) == {
        "amount": "1",
        "currency": "USD",
        "party": "client",
    }


def test_plain_strips_the_class_of_text_but_keeps_its_content() -> None:
    text = plain({Label("key"): Label("kept")})
    assert text == {"key": "kept"}
    assert canonical(text) == b'{"key":"kept"}'


class Quantity:
    """Any value with these two attributes is written as money."""

    amount = Decimal("2.50")
    currency = "EUR"


def test_plain_knows_money_by_its_attributes() -> None:
    assert plain([Quantity()]) == [{"amount": "2.50", "currency": "EUR"}]


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), datetime(2026, 12, 1), {1, 2}, b"x", timedelta(1), time(1), object(), Terms, {1: 2}],  # noqa: DTZ001 - the naive instant is the case
)
def test_plain_refuses_what_has_no_single_reading(value: object) -> None:
    with pytest.raises(TypeError, match=r"\$\.facts\[0\]"):
        plain({"facts": [value]})


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), {UUID(int=7): 1, str(UUID(int=7)): 2}])
def test_plain_refuses_values_that_would_be_lost(value: object) -> None:
    with pytest.raises(ValueError):
        plain(value)
