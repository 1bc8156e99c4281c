from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from breakfix.assets import queries, rules
from breakfix.assets.values import AssetFacts, Cycle, FlagKind, Raid
from breakfix.kernel.errors import Refused

DAY = date(2026, 12, 1)
ONE_DAY = timedelta(days=1)
CYCLE = Cycle(
    product="some-os",
    title="Some OS",
    category="os",
    cycle="7",
    label="",
    released_on=date(2014, 1, 1),
    eol_on=None,
    ended=None,
)


def kinds(asset: AssetFacts, on: date = DAY) -> list[FlagKind]:
    return [flag.kind for flag in rules.flags(asset, on)]


def test_flags_of_unknown_dates_are_none() -> None:
    assert kinds(AssetFacts()) == []


@pytest.mark.parametrize(("until", "flagged"), [(DAY, False), (DAY - ONE_DAY, True)])
def test_warranty_covers_its_last_day(until: date, flagged: bool) -> None:
    asset = AssetFacts(warranty_until=until)
    assert (kinds(asset) == [FlagKind.OUT_OF_WARRANTY]) is flagged
    assert rules.covered_until(asset, DAY) == (None if flagged else until)


@pytest.mark.parametrize(("eol", "flagged"), [(DAY, False), (DAY - ONE_DAY, True)])
def test_end_of_life_comes_after_its_day(eol: date, flagged: bool) -> None:
    expected = [FlagKind.END_OF_LIFE, FlagKind.LEGACY] if flagged else []
    assert kinds(AssetFacts(eol_on=eol)) == expected
    assert kinds(AssetFacts(cycle=replace(CYCLE, eol_on=eol))) == expected


@pytest.mark.parametrize(("ended", "flagged"), [(True, True), (False, False), (None, False)])
def test_end_of_life_without_a_date(ended: bool | None, flagged: bool) -> None:
    found = rules.flags(AssetFacts(cycle=replace(CYCLE, ended=ended)), DAY)
    assert bool(found) is flagged
    if found:
        assert found[0].reason == "Support for Some OS 7 has ended; no date is published."
        assert found[0].source == "endoflife.date"


@pytest.mark.parametrize(
    ("installed", "years", "flagged"),
    [
        (date(2019, 12, 1), 7, True),
        (date(2019, 12, 2), 7, False),
        (date(2016, 2, 29), 10, True),
        (None, 7, False),
        (date(2001, 1, 1), None, False),
    ],
)
def test_legacy_begins_after_the_useful_life(installed: date | None, years: int | None, flagged: bool) -> None:
    found = kinds(AssetFacts(installed_on=installed, useful_life_years=years))
    assert (found == [FlagKind.LEGACY]) is flagged


def test_legacy_is_what_its_owner_says() -> None:
    old = AssetFacts(eol_on=date(2020, 1, 1), legacy=False)
    assert kinds(old) == [FlagKind.END_OF_LIFE]
    declared = rules.flags(AssetFacts(legacy=True), DAY)
    assert [(flag.label, flag.reason) for flag in declared] == [("Legacy", "Its owner declared it legacy.")]


def test_flags_give_reason_and_source() -> None:
    server = AssetFacts(
        installed_on=date(2012, 5, 14),
        warranty_until=date(2017, 5, 14),
        useful_life_years=7,
        cycle=queries.get_cycle("windows-server", "2012-r2"),
    )
    ended = "Support for Windows Server 2012 R2 ended on 2023-10-10."
    assert [(flag.kind.value, flag.reason, flag.source) for flag in rules.flags(server, DAY)] == [
        ("out_of_warranty", "The maker's warranty ended on 2017-05-14.", "the client's register"),
        ("end_of_life", ended, "endoflife.date"),
        ("legacy", f"It is past its end of life: s{ended[1:]}", "endoflife.date"),
    ]


def test_catalogue_knows_all_that_is_packaged() -> None:
    assert (len(queries.devices()), len(queries.cycles())) == (670, 1433)
    device = queries.find_device("dell", "POWEREDGE R510")
    assert device is not None
    assert (str(device), device.kind, device.u_height) == ("Dell PowerEdge R510", "server", Decimal(2))
    assert queries.find_device("Dell", "PowerEdge R9999") is None


def test_cycles_hold_dates_and_bare_answers() -> None:
    known = queries.cycles().values()
    assert sum(cycle.eol_on is not None for cycle in known) == 1246
    assert sum(cycle.ended is not None for cycle in known) == 187


@pytest.mark.parametrize(
    ("product", "cycle", "field"), [("windows-sever", "2012", "os_product"), ("windows-server", "2013", "os_cycle")]
)
def test_cycle_unknown_is_refused_with_what_is_known(product: str, cycle: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        queries.get_cycle(product, cycle)
    assert refusal.value.field == field
    assert "Known are " in refusal.value.message


@pytest.mark.parametrize(
    ("raid", "field"),
    [
        (Raid(3, 6, Decimal(4)), "raid-level"),
        (Raid(5, 2, Decimal(4)), "raid-drives"),
        (Raid(5, 6, Decimal(0)), "raid-drive_tb"),
        (Raid(5, 6, Decimal("NaN")), "raid-drive_tb"),
        (Raid(5, 6, Decimal(4), failed=7), "raid-failed"),
    ],
)
def test_raid_that_cannot_exist_is_refused(raid: Raid, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.check_raid(raid)
    assert refusal.value.field == field


def test_week_of_is_in_the_order_of_the_week() -> None:
    hours = rules.week_of(["wed", "mon"], "08:00", "18:00")
    assert hours == {"mon": [["08:00", "18:00"]], "wed": [["08:00", "18:00"]]}


@pytest.mark.parametrize(
    ("days", "opens", "code"),
    [([], "08:00", "bad_days"), (["sunday"], "08:00", "bad_days"), (["mon"], "8", "bad_hours")],
)
def test_week_of_refuses_what_is_no_time(days: list[str], opens: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.week_of(days, opens, "18:00")
    assert refusal.value.code == code
