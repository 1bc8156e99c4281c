"""What may go wrong, how likely, and who must say that they know (domain.md §4.12, R14, §11 ruling 17).

Probabilities are computed with decimals. "Data loss" of an array means at least one unreadable sector.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from breakfix.agreements.values import ApprovalPolicy
from breakfix.kernel.money import half_up, trimmed
from breakfix.quotes.values import RaidInput, RiskInput, RiskKind

BITS_PER_TB = Decimal(8) * 10**12
HOURS_PER_YEAR = 8760
# Below these probabilities the likelihood is 1, 2, 3, 4; from the last one on it is 5.
LIKELIHOODS = (Decimal("0.01"), Decimal("0.05"), Decimal("0.20"), Decimal("0.50"))
# Names of the seats beside the approvers; which roles may take them is the approval policy's.
DATA_SEAT, SECURITY_SEAT = "data_owner", "security_officer"


class Band(StrEnum):
    LOW = "Low"
    MODERATE = "Moderate"
    ELEVATED = "Elevated"
    HIGH = "High"
    SEVERE = "Severe"


@dataclass(frozen=True)
class RaidFigures:
    """The three roads to a loss during a rebuild, and their sum."""

    unreadable: Decimal
    second_failure: Decimal
    without_import: Decimal
    loss: Decimal


@dataclass(frozen=True)
class Risk:
    """One row as the approver sees it. Acknowledgements follow the inherent score; the residual is shown."""

    key: str
    kind: RiskKind
    probability: Decimal
    likelihood: int
    severity: int
    score: int
    band: Band
    residual_likelihood: int
    residual_score: int
    residual_band: Band
    basis: str
    mitigations: str
    derivation: str
    approver_acknowledges: bool
    second_seat: str


def raid_figures(raid: RaidInput) -> RaidFigures:
    """Loss of a degraded array while all surviving drives are read once (T-K1: 17.41 %)."""
    read = raid.drives - raid.failed
    unreadable = 1 - (-raid.bit_error_rate * read * raid.drive_tb * BITS_PER_TB).exp()
    wear = read * raid.annual_failure_rate * raid.hours / HOURS_PER_YEAR * raid.stress
    second = 1 - (-wear).exp()
    without = 1 - (1 - unreadable) * (1 - second)
    return RaidFigures(unreadable, second, without, 1 - (1 - without) * (1 - raid.import_failure))


def likelihood(probability: Decimal) -> int:
    """1 to 5: below 1 %, 5 %, 20 %, 50 %, or more."""
    return 1 + sum(probability >= edge for edge in LIKELIHOODS)


def band_of(score: int) -> Band:
    """The band of likelihood x severity (R14)."""
    for top, band in ((4, Band.LOW), (9, Band.MODERATE), (14, Band.ELEVATED), (19, Band.HIGH)):
        if score <= top:
            return band
    return Band.SEVERE


def is_high(band: Band) -> bool:
    """Whether the row needs a second reviewer and a second seat."""
    return band in (Band.HIGH, Band.SEVERE)


def assessed(rows: Iterable[RiskInput], *, image_first: bool, policy: ApprovalPolicy) -> tuple[Risk, ...]:
    """The risk table. Taking an image first leaves work on clones: the residual of data loss is then 1."""
    return tuple(_assess(f"R{n}", row, image_first, policy) for n, row in enumerate(rows, start=1))


def _assess(key: str, row: RiskInput, image_first: bool, policy: ApprovalPolicy) -> Risk:
    exact, how = _probability(row)
    chance = likelihood(exact)
    score = chance * row.severity
    band = band_of(score)
    loses_data = row.kind is RiskKind.DATA_LOSS
    asked = policy.acknowledgements
    dire = loses_data and exact >= asked.data_loss_counts_as_high_from
    if dire and not is_high(band):
        band = Band.HIGH
        how += f"; a data loss of {_percent(asked.data_loss_counts_as_high_from, 0)} or more counts as High"
    dual = dire or score >= asked.data_owner_from
    left = 1 if loses_data and image_first else (row.residual_likelihood or chance)
    seat = SECURITY_SEAT if row.kind is RiskKind.SECURITY_EXPOSURE else DATA_SEAT
    return Risk(
        key=key,
        kind=row.kind,
        probability=half_up(exact, 4),
        likelihood=chance,
        severity=row.severity,
        score=score,
        band=band,
        residual_likelihood=left,
        residual_score=left * row.severity,
        residual_band=band_of(left * row.severity),
        basis=row.basis,
        mitigations=row.mitigations,
        derivation=f"{how}; likelihood {chance} x severity {row.severity} = {score}",
        approver_acknowledges=dual or score >= asked.approver_from,
        second_seat=seat if dual else "",
    )


def _probability(row: RiskInput) -> tuple[Decimal, str]:
    if row.raid is None:
        judged = row.probability if row.probability is not None else Decimal(0)
        return judged, f"judged at {trimmed(judged * 100)} %"
    found = raid_figures(row.raid)
    how = (
        f"unreadable sector {_percent(found.unreadable)}, second drive {_percent(found.second_failure, 3)}, "
        f"import {_percent(row.raid.import_failure)}: together {_percent(found.loss)}"
    )
    return found.loss, how


def _percent(share: Decimal, places: int = 2) -> str:
    return f"{half_up(share * 100, places)} %"


def keys_to_acknowledge(risks: Iterable[Risk]) -> tuple[str, ...]:
    """The rows that every approver has to tick."""
    return tuple(risk.key for risk in risks if risk.approver_acknowledges)


def second_seats(risks: Iterable[Risk], *, waiver: bool) -> tuple[str, ...]:
    """Who beside the approvers must acknowledge; working without a backup is always the data owner's to accept."""
    seats = {risk.second_seat for risk in risks} | ({DATA_SEAT} if waiver else set())
    return tuple(sorted(seats - {""}))


def backup_needed(risks: Iterable[Risk]) -> bool:
    """Whether a verified backup, an image first, or a signed waiver is required."""
    return any(risk.second_seat for risk in risks)


def any_high(risks: Iterable[Risk]) -> bool:
    """Whether any row is High or Severe: then the author does not review alone (ruling 17)."""
    return any(is_high(risk.band) for risk in risks)
