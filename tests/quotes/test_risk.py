"""The RAID figures, bands and required acknowledgements (domain.md §4.12, R14, §11 ruling 17)."""

from decimal import Decimal

import pytest

from breakfix.agreements.values import ApprovalPolicy
from breakfix.quotes.rules import risk
from breakfix.quotes.values import RaidInput, RiskInput, RiskKind
from tests.quotes.cases import RAID, RISK, D


def percent(share: Decimal, places: str = "0.01") -> Decimal:
    return (share * 100).quantize(D(places))


def row(kind: RiskKind, probability: str, severity: int, **more: int) -> RiskInput:
    return RiskInput(kind, severity, "judged by two engineers", probability=D(probability), **more)


def assess(*rows: RiskInput, image_first: bool = False) -> tuple[risk.Risk, ...]:
    return risk.assessed(rows, image_first=image_first, policy=ApprovalPolicy())


def test_degraded_array_has_the_stated_figures() -> None:
    found = risk.raid_figures(RAID)
    assert percent(found.unreadable) == D("14.79")
    assert percent(found.second_failure, "0.001") == D("0.082")
    assert percent(found.without_import) == D("14.86")
    assert percent(found.loss) == D("17.41")


@pytest.mark.parametrize(("rate", "unreadable"), [("1e-14", "38.1"), ("1e-15", "4.7")])
def test_two_drives_read_have_the_stated_chance_of_an_unreadable_sector(rate: str, unreadable: str) -> None:
    found = risk.raid_figures(RaidInput(drives=3, drive_tb=D(3), bit_error_rate=D(rate)))
    assert percent(found.unreadable, "0.1") == D(unreadable)


def test_opening_scenario_needs_both_acknowledgements_and_an_image_leaves_likelihood_one() -> None:
    (found,) = assess(RISK, image_first=True)
    assert (found.likelihood, found.score, found.band) == (3, 15, risk.Band.HIGH)
    assert found.probability == D("0.1741")
    assert found.approver_acknowledges
    assert found.second_seat == "data_owner"
    assert (found.residual_likelihood, found.residual_score, found.residual_band) == (1, 5, risk.Band.MODERATE)
    assert "together 17.41 %" in found.derivation


@pytest.mark.parametrize(
    ("probability", "expected"),
    [("0", 1), ("0.0099", 1), ("0.01", 2), ("0.05", 3), ("0.1999", 3), ("0.2", 4), ("0.5", 5), ("1", 5)],
)
def test_likelihood_classes_are_half_open(probability: str, expected: int) -> None:
    assert risk.likelihood(D(probability)) == expected


@pytest.mark.parametrize(
    ("score", "band"),
    [(1, "Low"), (4, "Low"), (5, "Moderate"), (9, "Moderate"), (10, "Elevated"), (14, "Elevated")]
    + [(15, "High"), (19, "High"), (20, "Severe"), (25, "Severe")],
)
def test_bands_have_their_numbers(score: int, band: str) -> None:
    assert risk.band_of(score).value == band


@pytest.mark.parametrize(
    ("given", "approver", "seat"),
    [
        (row(RiskKind.EXTENDED_OUTAGE, "0.10", 3), False, ""),
        (row(RiskKind.EXTENDED_OUTAGE, "0.10", 4), True, ""),
        (row(RiskKind.EXTENDED_OUTAGE, "0.10", 5), True, "data_owner"),
        (row(RiskKind.SECURITY_EXPOSURE, "0.30", 4), True, "security_officer"),
        (row(RiskKind.DATA_LOSS, "0.20", 1), True, "data_owner"),
        (row(RiskKind.DATA_LOSS, "0.1999", 1), False, ""),
    ],
)
def test_acknowledgements_follow_the_inherent_score(given: RiskInput, approver: bool, seat: str) -> None:
    (found,) = assess(given)
    assert (found.approver_acknowledges, found.second_seat) == (approver, seat)


def test_data_loss_of_a_fifth_counts_as_high_whatever_its_severity() -> None:
    found = assess(row(RiskKind.DATA_LOSS, "0.20", 1))
    assert found[0].band is risk.Band.HIGH
    assert risk.any_high(found)
    assert not risk.any_high(assess(row(RiskKind.EXTENDED_OUTAGE, "0.20", 1)))


def test_image_first_lowers_only_data_loss() -> None:
    loss, outage = assess(
        row(RiskKind.DATA_LOSS, "0.3", 3), row(RiskKind.EXTENDED_OUTAGE, "0.3", 3), image_first=True
    )
    assert (loss.residual_likelihood, outage.residual_likelihood) == (1, 4)


def test_stated_residual_is_shown_and_changes_no_acknowledgement() -> None:
    (found,) = assess(row(RiskKind.EXTENDED_OUTAGE, "0.6", 4, residual_likelihood=1))
    assert (found.score, found.residual_score) == (20, 4)
    assert found.second_seat == "data_owner"


def test_rows_to_tick_and_second_seats_are_collected() -> None:
    rows = assess(RISK, row(RiskKind.EXTENDED_OUTAGE, "0.02", 2), row(RiskKind.SECURITY_EXPOSURE, "0.5", 3))
    assert risk.keys_to_acknowledge(rows) == ("R1", "R3")
    assert risk.second_seats(rows, waiver=False) == ("data_owner", "security_officer")
    assert risk.second_seats((), waiver=True) == ("data_owner",)
    assert risk.backup_needed(rows)
    assert not risk.backup_needed(rows[1:2])
