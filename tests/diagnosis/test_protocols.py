"""The packaged protocols: whole, in an order that can be followed, and with evidence where it matters."""

from decimal import Decimal

import pytest

from breakfix.diagnosis import queries
from breakfix.diagnosis.rules.checklist import read
from breakfix.diagnosis.values import Item, ReadingKind, Required
from breakfix.roster.values import Domain

SLOTS = {ReadingKind.SLOT_CHOICES, ReadingKind.SLOT_NUMBERS}
CHOICES = {ReadingKind.CHOICE, ReadingKind.SLOT_CHOICES}
NUMBERS = {ReadingKind.NUMBER, ReadingKind.SLOT_NUMBERS}


def item(item_id: str, domain: str = "HW-RAID") -> Item:
    found = queries.protocol_for(domain).find(item_id)
    assert found is not None
    return found


@pytest.mark.parametrize("domain", [domain.value for domain in Domain])
def test_protocol_can_be_followed(domain: str) -> None:
    protocol = queries.protocol_for(domain)
    assert protocol.name == f"{domain}/1"
    assert protocol.rule
    assert protocol.minutes == sum(one.minutes for one in protocol.items) > 0
    before: set[str] = set()
    for one in protocol.items:
        assert one.id not in before
        assert set(one.after) <= before, f"{one.id} comes before what it waits for"
        assert one.what.endswith((".", "?")), one.id
        assert one.why.endswith("."), one.id
        assert len(one.what) <= 300
        assert len(one.limits) <= 200
        assert bool(one.choices) is (one.reading in CHOICES), one.id
        assert set(one.good) <= set(one.choices), one.id
        assert all(word == word.lower() for word in one.choices), one.id
        if one.minimum is not None or one.maximum is not None:
            assert one.reading in NUMBERS, one.id
            assert one.unit, one.id
        before.add(one.id)


@pytest.mark.parametrize("domain", [domain.value for domain in Domain])
def test_protocol_asks_for_evidence(domain: str) -> None:
    assert any(one.evidence and one.required is Required.ALWAYS for one in queries.protocol_for(domain).items)


@pytest.mark.parametrize("domain", ["HW-SRV", "HW-SAN", "HW-LEG", "NET-CORE", "NET-UC"])
def test_protocol_wants_the_state_before_us_where_somebody_tried(domain: str) -> None:
    """D8: photographs before touching anything when a repair was attempted."""
    photo = item("photo-before", domain)
    assert photo.evidence
    assert photo.is_required(prior_attempt=True)


def test_raid_protocol_exports_the_map_before_anything_may_change() -> None:
    protocol = queries.protocol_for("HW-RAID")
    for one in ("photo-front", "photo-inside", "slot-labels", "event-log", "array-map"):
        assert item(one).evidence, one
        assert item(one).required is Required.ALWAYS, one
    assert set(item("array-map").after) == {"photo-front", "slot-labels"}
    for one in ("slot-sectors", "slot-links", "foreign", "swap-test", "image-decision"):
        assert "array-map" in item(one).after, one
    assert {"event-log", "photo-inside", "pinned-cache", "slot-states"} <= set(item("swap-test").after)
    assert [one.id for one in protocol.items].index("array-map") < [one.id for one in protocol.items].index("foreign")
    assert protocol.minutes == 118


@pytest.mark.parametrize(
    ("item_id", "reading", "within"),
    [
        ("pinned-cache", "0", True),
        ("pinned-cache", "212", False),
        ("battery-charge", "80", True),
        ("battery-charge", "79.9", False),
        ("rail-12", "11.40", True),
        ("rail-12", "11.39", False),
        ("rail-12", "12.61", False),
        ("rail-5", "5.25", True),
        ("battery", "failed", False),
        ("battery", "Not  fitted", True),
        ("foreign", "on all drives", False),
        ("image-decision", "waiver to be signed", False),
        ("slot-states", "0=online, 1=hot spare", True),
        ("slot-sectors", "0=0; 1=0\n2=3", False),
    ],
)
def test_raid_protocol_holds_readings_against_its_limits(item_id: str, reading: str, within: bool) -> None:
    assert read(item(item_id), reading).within is within


def test_raid_protocol_prints_its_limits() -> None:
    assert item("rail-12").limits == "at least 11.4 and at most 12.6 V"
    assert item("battery").limits == "optimal or not fitted"
    assert item("controller").limits == ""
    assert item("pinned-cache").maximum == Decimal(0)
