from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from breakfix.agreements import rules
from breakfix.agreements.clauses import fields
from breakfix.agreements.clauses.policies import Weights
from breakfix.agreements.values import (
    Domain,
    PauseEffect,
    Priority,
    Target,
    TaxCategory,
    Terms,
    Unit,
    VersionStatus,
)
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import canonical
from breakfix.kernel.worktime.tiers import DEFAULT_RULE


def terms(**given: object) -> Terms:
    return rules.parsed(given, first_year=2026)


def test_terms_defaults_are_those_of_the_specification() -> None:
    default = Terms()
    assert [default.rates.rate(level) for level in (1, 2, 3, 4)] == [125, 185, 245, 310]
    assert default.forensic.fees[Domain.HW_RAID].fee == 450
    assert default.forensic.fees[Domain.SEC].fee == 1200
    assert [band.up_to for band in default.parts.bands] == [500, 2500, 10000, None]
    assert [band.percent for band in default.parts.bands] == [25, 18, 12, 8]
    assert [band.up_to for band in default.approvals.bands] == [1000, 5000, 25000, None]
    assert default.approvals.emergency.ceiling == 10000
    assert default.guarantee.legacy_days == 30
    assert default.insurance.professional.aggregate == 2_000_000


@pytest.mark.parametrize(
    ("priority", "words"),
    [
        (Priority.P1, ["15 min", "30 min", "4 h", "2 h", "30 min", "8 h"]),
        (Priority.P2, ["30 min", "2 h", "8 h", "4 h", "2 h", "24 h"]),
        (Priority.P3, ["2 bh", "8 bh", "end of next bd", "8 bh", "1 bd", "3 bd"]),
        (Priority.P4, ["4 bh", "16 bh", "5 bd", "16 bh", "2 bd", "10 bd"]),
    ],
)
def test_commitments_default_to_the_table(priority: Priority, words: list[str]) -> None:
    agreed = Terms().commitments.of(priority)
    clocks = ("ack", "engage", "onsite", "quote", "update", "restore")
    assert [str(getattr(agreed, clock)) for clock in clocks] == words


@pytest.mark.parametrize(
    ("reason", "clock", "effect"),
    [
        ("AWAITING_CLIENT_INFO", "ACK", PauseEffect.RUN),
        ("AWAITING_CLIENT_INFO", "ENGAGE", PauseEffect.PAUSE_AFTER_ACK),
        ("AWAITING_CLIENT_ACCESS", "ONSITE", PauseEffect.PAUSE_FROM_EVIDENCE),
        ("AWAITING_CLIENT_APPROVAL", "RESTORE", PauseEffect.PAUSE),
        ("AWAITING_CLIENT_APPROVAL", "QUOTE", PauseEffect.RUN),
        ("AWAITING_THIRD_PARTY", "UPDATE", PauseEffect.RUN),
        ("AWAITING_PARTS", "RESTORE", PauseEffect.RUN),
        ("FORCE_MAJEURE", "ACK", PauseEffect.PAUSE),
        ("PROVIDER_INTERNAL", "RESTORE", PauseEffect.RUN),
    ],
)
def test_pause_rules_default_to_the_table(reason: str, clock: str, effect: PauseEffect) -> None:
    assert Terms().pauses.effect(reason, clock) is effect


def test_terms_are_laid_over_the_defaults() -> None:
    agreed = terms(
        rates={"levels": {"L2": "200"}},
        commitments={"P1": {"ack": "10 min"}},
        forensic={"fees": {"HW-RAID": {"fee": "500"}}},
    )
    assert [agreed.rates.rate(1), agreed.rates.rate(2)] == [125, 200]
    assert str(agreed.commitments.P1.ack) == "10 min"
    assert str(agreed.commitments.P1.engage) == "30 min"
    assert agreed.forensic.fees[Domain.HW_RAID].fee == 500
    assert agreed.forensic.fees[Domain.HW_RAID].included_hours == 2


def test_terms_survive_storage_exactly_and_are_canonical() -> None:
    agreed = terms(tax={"rates": {"parts": "8.875"}}, rates={"per_mile": "0.655"})
    stored = agreed.to_json()
    assert canonical(stored)
    assert stored["tax"]["rates"]["parts"] == "8.875"
    assert stored["commitments"]["P3"]["onsite"] == "end of next bd"
    assert Terms.model_validate(stored) == agreed
    assert agreed.tax.rate(TaxCategory.PARTS) == Decimal("8.875")


def test_terms_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        Terms().rates.trip = Decimal(1)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rates": {"trip": "-1"}}, "terms-rates-trip"),
        ({"rates": {"trip": "NaN"}}, "terms-rates-trip"),
        ({"rates": {"discount": "1"}}, "terms-rates-discount"),
        ({"forensic": {"credit_pct": "101"}}, "terms-forensic-credit_pct"),
        (
            {"forensic": {"fees": {"HW-TOASTER": {"fee": "1", "included_hours": "1"}}}},
            "terms-forensic-fees-HW-TOASTER-[key]",
        ),
        ({"commitments": {"P1": {"ack": "soon"}}}, "terms-commitments-P1-ack"),
        ({"parts": {"bands": [{"up_to": "500", "percent": "25"}]}}, "terms-parts"),
        (
            {"approvals": {"bands": [{"up_to": "9", "seats": ["it"]}, {"up_to": "5", "seats": ["it"]}]}},
            "terms-approvals",
        ),
        ({"approvals": {"bands": [{"up_to": None, "seats": ["it", "it"]}]}}, "terms-approvals"),
        ({"approvals": {"ladder": {"voice": 15}}}, "terms-approvals-ladder"),
        ({"dispatch": {"urgent": {"eta": 40}}}, "terms-dispatch-urgent"),
        ({"pauses": {"holds": {"LUNCH": {"RESTORE": "pause"}}}}, "terms-pauses-holds"),
        ({"pauses": {"holds": {"PROVIDER_INTERNAL": {"RESTORE": "pause"}}}}, "terms-pauses-holds"),
        ({"calendar": {"hours": [{"days": ["mon"], "opens": "24:00", "closes": "06:00"}]}}, "terms-calendar-hours"),
        ({"calendar": {"hours": []}}, "terms-calendar-hours"),
        ({"calendar": {"holidays": {"country": "QQ"}}}, "terms-calendar-holidays"),
        ({"calendar": {"holidays": {"country": "US", "state": "NY"}}}, "terms-calendar-holidays-state"),
        ({"rates": {"tiers": {"opens": "18:00", "closes": "08:00"}}}, "terms-rates-tiers"),
        ({"quotes": {"floor": "1.4"}}, "terms-quotes"),
    ],
)
def test_terms_refuse_naming_the_field(given: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        terms(**given)
    assert (refusal.value.code, refusal.value.field) == ("invalid_terms", field)


@pytest.mark.parametrize(
    ("words", "amount", "unit"),
    [("15 min", 15, Unit.MINUTES), ("2bh", 2, Unit.BUSINESS_HOURS), ("end  of next bd", 1, Unit.NEXT_DAY_END)],
)
def test_target_reads_peoples_words(words: str, amount: int, unit: Unit) -> None:
    assert Target.model_validate(words) == Target(amount=amount, unit=unit)


def test_weights_of_every_lane_add_up() -> None:
    assert Terms().dispatch.weights(Priority.P1) == Weights()
    assert Terms().dispatch.weights(Priority.P3).cost == 20


def test_holidays_are_copied_as_dates_for_three_years() -> None:
    calendar = terms(calendar={"holidays": {"country": "US", "subdivision": "NY"}}).calendar
    assert {day.year for day in calendar.holidays} == {2026, 2027, 2028}
    assert {date(2026, 11, 26), date(2026, 12, 25)} <= set(calendar.holidays)
    assert date(2026, 12, 1) not in calendar.holidays
    assert calendar.holiday_source.startswith("public holidays of US/NY 2026 to 2028")


def test_holidays_of_named_years_only() -> None:
    calendar = terms(calendar={"holidays": {"country": "DE", "subdivision": "BY", "years": [2027]}}).calendar
    assert {day.year for day in calendar.holidays} == {2027}


def test_business_calendar_is_the_sites_own() -> None:
    hours = [
        {"days": ["mon", "tue"], "opens": "09:00", "closes": "12:00"},
        {"days": ["mon"], "opens": 780, "closes": "17:00"},
    ]
    calendar = rules.business_calendar(
        terms(calendar={"hours": hours, "holidays": ["2026-12-25"]}).calendar, "Asia/Tokyo"
    )
    assert calendar.to_json() == {
        "zone": "Asia/Tokyo",
        "hours": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["09:00", "12:00"]]},
        "holidays": ["2026-12-25"],
        "always": False,
    }


def test_tier_rule_defaults_to_the_kernels() -> None:
    assert rules.tier_rule(Terms().rates.tiers) == DEFAULT_RULE


def test_differences_name_every_changed_figure() -> None:
    before, after = terms().to_json(), terms(rates={"trip": "110"}, scope={"exclusions": ["printers"]}).to_json()
    found = {d.path: (d.before, d.after) for d in rules.differences(before, after)}
    assert found == {"rates.trip": ("95", "110"), "scope.exclusions": ("none", "printers")}


@pytest.mark.parametrize("status", [VersionStatus.SIGNED, VersionStatus.ENDED])
def test_signed_version_never_becomes_a_draft(status: VersionStatus) -> None:
    with pytest.raises(Refused, match="wrong_state"):
        rules.check_move(status, VersionStatus.DRAFT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("commitments.onsite_step_miles", "1E-20"),
        ("commitments.onsite_step_minutes", 10**12),
        ("quotes.step", "1E+30"),
        ("quotes.step", "1E-9"),
        ("rates.increment_hours", "1E-20"),
        ("guarantee.workmanship_days", 10**12),
        ("guarantee.rework_minimum_days", 10**12),
        ("liability.trailing_months", 10**12),
        ("payment.late_fee_grace_days", 10**12),
        ("dispatch.lifetime_verification_months", 10**12),
        ("approvals.emergency.minimum_attempts", 10**12),
    ],
)
def test_figure_that_nothing_could_compute_with_is_refused(path: str, value: object) -> None:
    with pytest.raises(Refused, match="invalid_terms") as refusal:
        terms(**fields.tree_of(path, value))
    assert refusal.value.field == "-".join(["terms", *path.split(".")])
