"""What organisations, sites, people and grants must be like."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.kernel.access import CLIENT_ROLES, PROVIDER_ROLES, Role, Side
from breakfix.kernel.errors import Refused
from breakfix.parties import rules

AT = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def refusal(rule: Callable[..., Any], *args: Any, **named: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        rule(*args, **named)
    return refused.value.code, refused.value.field


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "missing_field"), (" \n", "missing_field"), ("x" * 11, "too_long"), ("a\x00b", "control_characters")]
    + [("a\x1bb", "control_characters"), ("a\ud800", "control_characters")],
)
def test_text_refuses_what_no_table_can_hold(value: str, code: str) -> None:
    assert refusal(rules.text, value, "name", longest=10) == (code, "name")


def test_text_keeps_lines_and_every_script() -> None:
    assert rules.text("  Łódź\n北京 👩‍🔧 ", "name", longest=20) == "Łódź\n北京 👩‍🔧"
    assert rules.text("", "notes", longest=5, required=False) == ""


@pytest.mark.parametrize("address", ["a", "a@b", "a b@c.de", "a@b@c.de", "@c.de", "a@.de", "a@c..de"])
def test_email_refuses_half_an_address(address: str) -> None:
    assert refusal(rules.email, address) == ("bad_email", "email")


def test_email_is_one_person_whatever_the_capitals() -> None:
    assert rules.email(" Alice@Northgate.Example ") == "alice@northgate.example"


@pytest.mark.parametrize(
    "address",
    ["a,b@c.example", "a@b.example,", "<a@b.example>", "a;b@c.example", "(a)@b.example", '"a"@b.example', "a..b@c.de"]
    + [".a@c.de", "a@-b.de", "a@b_c.de", "x@" + "a" * 64 + ".example", "a" * 65 + "@b.example", "a\\@b.example"]
    + ["\u0430lice@northgate.example", "a\u202eb@c.example", "a@\u3002b.example", "\ufb00@c.example"],
)
def test_email_refuses_what_no_mail_reaches_and_what_looks_like_another(address: str) -> None:
    assert refusal(rules.email, address) == ("bad_email", "email")


@pytest.mark.parametrize("address", ["o'neil+desk@a-b.co.uk", "x_1@xn--e1afmkfd.xn--p1ai", "a" * 64 + "@b.example"])
def test_email_takes_what_people_have(address: str) -> None:
    assert rules.email(address) == address


@pytest.mark.parametrize("short", ["North", "north gate", "-north", "north--gate", "nörth"])
def test_slug_refuses_what_does_not_fit_an_address(short: str) -> None:
    assert refusal(rules.slug, short) == ("bad_slug", "slug")


@pytest.mark.parametrize("zone", ["", "New York", "EST5", "America/Atlantis", "../etc/passwd"])
def test_zone_must_be_known(zone: str) -> None:
    assert refusal(rules.check_zone, zone) == ("unknown_zone", "zone")


@pytest.mark.parametrize("currency", ["", "usd", "US", "DOLLARS"])
def test_currency_must_be_a_code(currency: str) -> None:
    assert refusal(rules.check_currency, currency) == ("unknown_currency", "currency")


@pytest.mark.parametrize(
    ("latitude", "longitude", "code", "field"),
    [
        ("40.7", None, "half_a_position", "longitude"),
        (None, "-74", "half_a_position", "latitude"),
        ("90.1", "0", "not_on_earth", "latitude"),
        ("0", "-180.1", "not_on_earth", "longitude"),
        ("NaN", "0", "not_on_earth", "latitude"),
    ],
)
def test_coordinates_lie_on_earth(latitude: str | None, longitude: str | None, code: str, field: str) -> None:
    given = [None if value is None else Decimal(value) for value in (latitude, longitude)]
    assert refusal(rules.check_coordinates, *given) == (code, field)


def test_coordinates_may_be_left_out_or_extreme() -> None:
    rules.check_coordinates(None, None)
    rules.check_coordinates(Decimal(-90), Decimal(180))
    assert rules.degrees(Decimal("40.70250049")) == Decimal("40.702500")


def test_roles_fit_exactly_one_side() -> None:
    assert CLIENT_ROLES.isdisjoint(PROVIDER_ROLES)
    for side, own, other in (
        (Side.CLIENT, CLIENT_ROLES, PROVIDER_ROLES),
        (Side.PROVIDER, PROVIDER_ROLES, CLIENT_ROLES),
    ):
        for role in own:
            rules.check_role_fits(role, side)
        for role in [*other, Role.SYSTEM, Role.OPERATOR]:
            assert refusal(rules.check_role_fits, role, side) == ("role_of_other_side", "role")


def test_sharing_by_hand_is_for_engagements_and_ends_later() -> None:
    rules.check_can_share("engagement/5", until=AT + timedelta(hours=1), at=AT)
    assert refusal(rules.check_can_share, "engagement/5", until=AT, at=AT) == ("past_end", "until")
    assert refusal(rules.check_can_share, "organisation/5", until=None, at=AT) == ("not_shareable", "topic")


@pytest.mark.parametrize("receiver", [(None, None), (1, 2)])
def test_sharing_has_one_receiver(receiver: tuple[int | None, int | None]) -> None:
    assert refusal(rules.check_one_receiver, *receiver)[0] == "one_receiver"
