"""Clearances, insurance, shifts and legal hours through the planned end of work (domain.md §4.6, §4.11)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from breakfix.kernel.money import Money
from breakfix.roster.rules import clearance_gaps, insurance_gaps, legal_hours_gap, shift_gap
from breakfix.roster.values import Clear, ClearanceKind, InsuranceKind, Policy, Working

NEW_YORK = "America/New_York"
MILLION = Decimal(1_000_000)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK))


AT, END = local("2026-12-01 20:16"), local("2026-12-02 06:25")


@dataclass(frozen=True)
class Least:
    per_claim: Decimal
    aggregate: Decimal


@dataclass(frozen=True)
class Clause:
    """The defaults of domain.md §4.11."""

    general_liability: Least = Least(MILLION, 2 * MILLION)
    professional: Least = Least(MILLION, 2 * MILLION)
    cyber: Least = Least(MILLION, MILLION)
    cyber_domains: tuple[str, ...] = ("SEC", "DR")
    workers_comp: bool = True


def policy(kind: InsuranceKind, per_claim: str = "1000000", aggregate: str = "2000000") -> Policy:
    return Policy(
        kind=kind,
        insurer="Harbor Mutual",
        named_insured="Ironbridge Repair, Inc.",
        per_claim=Money.of(per_claim, "USD"),
        aggregate=Money.of(aggregate, "USD"),
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
    )


COVER = [policy(kind) for kind in InsuranceKind]
GENERAL = 0


def gaps(policies: list[Policy], **given: Any) -> list[str]:
    about: dict[str, Any] = {"terms": Clause(), "currency": "USD", "domain": "HW-RAID", "zone": NEW_YORK}
    about |= {"insured": "Ironbridge Repair, Inc.", "at": AT, "through": END}
    return insurance_gaps(policies, **{**about, **given})


def with_general(**change: Any) -> list[Policy]:
    return [replace(COVER[GENERAL], **change), *COVER[1:]]


def test_full_cover_opens_the_gate() -> None:
    assert gaps(COVER) == []
    assert gaps(COVER, domain="SEC") == []


def test_no_cover_names_every_kind() -> None:
    assert gaps([]) == [
        "no general liability insurance on record",
        "no professional insurance on record",
        "no workers comp insurance on record",
    ]


def test_cyber_is_asked_only_for_its_domains() -> None:
    without = [p for p in COVER if p.kind is not InsuranceKind.CYBER]
    assert gaps(without, domain="HW-RAID") == []
    assert gaps(without, domain="DR") == ["no cyber insurance on record"]


def test_workers_comp_counts_without_limits_and_only_where_agreed() -> None:
    bare = [*COVER[:3], policy(InsuranceKind.WORKERS_COMP, "0", "0")]
    assert gaps(bare) == []
    assert gaps(COVER[:3]) == ["no workers comp insurance on record"]
    assert gaps(COVER[:3], terms=Clause(workers_comp=False)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"valid_until": date(2026, 12, 1)}, "ends with 2026-12-01, before the planned end of work"),
        ({"valid_from": date(2026, 12, 2)}, "begins only on 2026-12-02"),
        (
            {"per_claim": Money.of("999999.99", "USD")},
            "pays $999,999.99 per claim, the agreement asks for $1,000,000.00",
        ),
        (
            {"aggregate": Money.of("1999999.99", "USD")},
            "pays $1,999,999.99 in aggregate, the agreement asks for $2,000,000.00",
        ),
        ({"per_claim": Money.of("9000000", "EUR")}, "is stated in EUR, the agreement in USD"),
        ({"named_insured": "Calder, LLC"}, "insures Calder, LLC, not the contracting entity Ironbridge Repair, Inc."),
    ],
)
def test_insufficient_cover_says_why(change: dict[str, Any], words: str) -> None:
    assert gaps(with_general(**change)) == [f"general liability insurance: {words}"]


def test_cover_ending_today_reaches_midnight_and_no_further() -> None:
    ending = with_general(valid_until=date(2026, 12, 1))
    assert gaps(ending, through=local("2026-12-02 00:00")) == []
    assert gaps(ending, through=local("2026-12-02 00:01")) != []


def test_claims_made_cover_reaches_back_to_the_first_day_of_the_agreement() -> None:
    began = date(2026, 11, 2)
    assert gaps(with_general(retro_date=began), agreement_began_on=began) == []
    assert gaps(with_general(retro_date=date(2026, 11, 3)), agreement_began_on=began) == [
        "general liability insurance: reaches back to 2026-11-03, the agreement began on 2026-11-02"
    ]


def test_one_sufficient_policy_of_a_kind_is_enough() -> None:
    small = replace(COVER[GENERAL], per_claim=Money.of("1", "USD"))
    assert gaps([small, *COVER]) == []
    assert gaps([*COVER, small]) == []


def test_two_halves_do_not_make_one_cover() -> None:
    small = with_general(per_claim=Money.of("1000000", "USD"), aggregate=Money.of("1000000", "USD"))
    assert len(gaps([*small, small[GENERAL]])) == 1


BACKGROUND, NDA = ClearanceKind.BACKGROUND, ClearanceKind.NDA


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([Clear(BACKGROUND, 1), Clear(NDA, 1)], []),
        ([Clear(BACKGROUND, 1), Clear(NDA, 2)], ["no nda for this client"]),
        ([Clear(BACKGROUND, 1), Clear(NDA, 1, date(2026, 12, 2))], []),
        (
            [Clear(BACKGROUND, 1), Clear(NDA, 1, date(2026, 12, 1))],
            ["nda for this client ends with 2026-12-01, before the planned end of work"],
        ),
        ([Clear(BACKGROUND, 1), Clear(NDA, 1, date(2026, 12, 1)), Clear(NDA, 1)], []),
    ],
)
def test_clearances_hold_for_this_client_through_the_planned_end(held: list[Clear], expected: list[str]) -> None:
    assert clearance_gaps(held, ["background", "nda"], client_id=1, through=END, zone=NEW_YORK) == expected


def working(start: str, end: str, on_call: bool = False) -> Working:
    return Working(local(start), local(end), on_call)


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ([], "neither on shift nor on call when the work starts"),
        ([working("2026-12-01 18:00", "2026-12-02 08:00")], ""),
        ([working("2026-12-01 20:16", "2026-12-02 06:25")], ""),
        ([working("2026-12-01 20:17", "2026-12-02 08:00")], "neither on shift nor on call when the work starts"),
        ([working("2026-12-01 18:00", "2026-12-02 06:00")], "the shift ends before the planned end of work"),
        (
            [working("2026-12-02 00:00", "2026-12-02 08:00", True), working("2026-12-01 16:00", "2026-12-02 00:00")],
            "",
        ),
        (
            [working("2026-12-01 16:00", "2026-12-02 00:00"), working("2026-12-02 00:30", "2026-12-02 08:00")],
            "the shift ends before the planned end of work",
        ),
    ],
)
def test_shifts_cover_the_whole_work(shifts: list[Working], expected: str) -> None:
    assert shift_gap(shifts, start=AT, end=END) == expected


@pytest.mark.parametrize(
    ("duties", "legal"),
    [
        ([], True),
        ([working("2026-12-01 08:00", "2026-12-01 10:00")], True),  # 10 h 16 of rest before
        ([working("2026-12-01 08:00", "2026-12-01 10:17")], False),  # rest one minute too short: 22 h 25 on duty
        ([working("2026-12-01 16:25", "2026-12-01 18:00")], True),  # exactly 14 h from first start to last end
        ([working("2026-12-01 16:24", "2026-12-01 18:00")], False),
        ([working("2026-12-02 14:00", "2026-12-02 18:00")], False),  # too early after
        ([working("2026-12-02 16:25", "2026-12-02 22:00")], True),  # exactly 10 h of rest after
        ([working("2026-12-01 08:00", "2026-12-02 20:00", True)], True),  # merely on call
        ([working("2026-12-01 19:00", "2026-12-02 08:00")], True),  # the shift itself
    ],
)
def test_legal_hours_need_rest_and_end(duties: list[Working], legal: bool) -> None:
    assert (legal_hours_gap(duties, start=AT, end=END) == "") is legal


def test_legal_hours_say_how_long_and_what_is_allowed() -> None:
    gap = legal_hours_gap([working("2026-12-01 16:10", "2026-12-01 18:00")], start=AT, end=END)
    assert gap == "14.25 h on duty without 10 h of rest between, at most 14 h are allowed"


def test_legal_hours_count_elapsed_time_across_the_autumn_change() -> None:
    # 2026-11-01: the hour from 01:00 to 02:00 happens twice, so 18:00 to 07:30 is 14 h 30.
    start, end = local("2026-10-31 18:00"), local("2026-11-01 07:30")
    assert legal_hours_gap([], start=start.astimezone(ZoneInfo("UTC")), end=end.astimezone(ZoneInfo("UTC"))) != ""
    assert legal_hours_gap([], start=start, end=end) != ""


def test_a_lone_visit_longer_than_the_maximum_is_illegal() -> None:
    assert legal_hours_gap([], start=AT, end=AT + timedelta(hours=14)) == ""
    assert legal_hours_gap([], start=AT, end=AT + timedelta(hours=14, minutes=1)) != ""
