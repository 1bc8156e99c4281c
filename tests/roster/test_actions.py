"""Keeping the roster: the whole effect of each deed, and every refusal without a trace."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.kernel.access import OPERATOR, Role
from breakfix.kernel.files import Upload, read
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Entry
from breakfix.kernel.money import Money
from breakfix.parties import steps
from breakfix.parties.actions import give_role
from breakfix.roster import actions, queries
from breakfix.roster.models import Certification, Technician
from breakfix.roster.values import ClearanceKind, Domain, InsuranceKind
from tests.makers import World, local
from tests.makers_roster import technician
from tests.refusals import refused

PDF = Upload("certificate.pdf", b"%PDF-1.7 evidence")


def heard(organisation_id: int, kind: str) -> int:
    return Entry.objects.filter(organisation_id=organisation_id, kind=kind).count()


# ------------------------------------------------------------------------------------------- technicians


def test_enrol_technician_puts_a_person_on_the_roster(small_world: World) -> None:
    tom = technician(
        small_world, "tom", level=3, domains=[Domain.HW_RAID, Domain.HW_SRV], hourly_cost=Decimal("92.5")
    )
    stored = queries.get_technician(tom.pk, by=small_world.actor("dana"))
    assert (stored.level, stored.hourly_cost, stored.active) == (3, Money.of("92.50", "USD"), True)
    assert {skill.domain for skill in stored.skills.all()} == {"HW-RAID", "HW-SRV"}
    assert heard(small_world.organisation("ironbridge").pk, "technician.enrolled") == 1
    assert heard(small_world.organisation("northgate").pk, "technician.enrolled") == 0


@pytest.mark.parametrize(
    ("key", "given", "code", "field"),
    [
        ("dana", {}, "not_a_technician", "person_id"),
        ("tom", {"level": 5}, "bad_level", "level"),
        ("tom", {"domains": []}, "missing_field", "domains"),
        ("tom", {"hourly_cost": Decimal("-1")}, "bad_amount", "hourly_cost"),
        ("tom", {"hourly_cost": Decimal("NaN")}, "bad_amount", "hourly_cost"),
        ("tom", {"hourly_cost": Decimal("60.005")}, "too_fine", "hourly_cost"),
        ("tom", {"base_latitude": Decimal("40.7")}, "half_a_position", "longitude"),
    ],
)
def test_enrol_technician_refuses(small_world: World, key: str, given: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field=field):
        technician(small_world, key, **given)


def test_enrol_technician_happens_once(small_world: World) -> None:
    technician(small_world, "tom")
    with refused("already_enrolled", field="person_id"):
        technician(small_world, "tom")


@pytest.mark.parametrize(("admin", "code"), [("tom", "not_allowed"), ("cal", "not_found"), ("nora", "not_found")])
def test_enrol_technician_is_for_the_own_provider(small_world: World, admin: str, code: str) -> None:
    with refused(code):
        technician(small_world, "tom", admin)


# ------------------------------------------------------------------------------------------- certificates


def certify(world: World, **given: Any) -> Any:
    usual: dict[str, Any] = {"code": "CCNA", "issued_on": date(2026, 10, 1), "number": "C-77"}
    tom = world.technicians["tom"]
    return actions.record_certification(tom.pk, **{**usual, **given}, by=world.actor("percy"), at=world.at)


def test_record_certification_derives_the_end_and_keeps_the_evidence(staffed: World) -> None:
    held = certify(staffed, evidence=PDF)
    assert held.valid_until == date(2029, 10, 1)
    assert held.certification.code == "CCNA"
    assert read(held.evidence) == PDF.content
    certify(staffed, code="Security+", valid_until=date(2028, 1, 1))
    assert {c.valid_until for c in staffed.technicians["tom"].certificates.all()} >= {date(2028, 1, 1)}


def test_record_certification_brings_the_copied_row_up_to_date(staffed: World) -> None:
    Certification.objects.filter(code="CCNA").update(name="old", months=1)
    assert certify(staffed).certification.name == "Cisco Certified Network Associate"
    assert Certification.objects.get(code="CCNA").months == 36


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"code": "CCNX"}, "unknown_certification", "code"),
        ({"issued_on": date(2026, 11, 3)}, "future_date", "issued_on"),
        ({"valid_until": date(2026, 9, 30)}, "ends_before_start", "valid_until"),
        ({"code": "VCP-DCV"}, "missing_field", "version"),
        ({"number": "7" * 61}, "too_long", "number"),
        ({"number": "7\x00"}, "control_characters", "number"),
        ({"evidence": Upload("x.exe", b"MZ")}, "file_kind", "evidence"),
        ({"evidence": Upload("x.pdf", b"MZ")}, "file_mislabelled", "evidence"),
    ],
)
def test_record_certification_refuses(staffed: World, given: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field=field):
        certify(staffed, **given)


def test_record_certification_happens_once_and_a_renewal_is_another(staffed: World) -> None:
    certify(staffed)
    with refused("already_recorded"):
        certify(staffed)
    assert certify(staffed, issued_on=date(2026, 10, 30)).valid_until == date(2029, 10, 30)


@pytest.mark.parametrize(("key", "code"), [("tom", "not_allowed"), ("cal", "not_found"), ("charlie", "not_found")])
def test_record_certification_is_for_the_own_roster(staffed: World, key: str, code: str) -> None:
    with refused(code):
        actions.record_certification(
            staffed.technicians["tom"].pk,
            code="CCNA",
            issued_on=date(2026, 10, 1),
            by=staffed.actor(key),
            at=staffed.at,
        )


def test_verify_certification_says_who_and_when_in_the_providers_day(staffed: World) -> None:
    held = certify(staffed, code="ACE-REC")
    late = local("2026-11-05 22:00")  # already the 6th in UTC
    verified = actions.verify_certification(held.pk, by=staffed.actor("rex"), at=late)
    assert (verified.verified_on, verified.verified_by) == (date(2026, 11, 5), staffed.people["rex"])
    with refused("already_verified"):
        actions.verify_certification(held.pk, by=staffed.actor("percy"), at=late)
    again = actions.verify_certification(held.pk, by=staffed.actor("percy"), at=late + timedelta(days=1))
    assert again.verified_on == date(2026, 11, 6)


def test_verify_certification_never_by_the_holder(staffed: World) -> None:
    held = certify(staffed)

    give_role(staffed.people["tom"].pk, role=Role.REVIEWER, by=staffed.actor("percy"), at=staffed.at)
    with refused("own_certificate"):
        actions.verify_certification(held.pk, by=staffed.actor("tom"), at=staffed.at)
    with refused("not_found"):
        actions.verify_certification(held.pk, by=staffed.actor("cal"), at=staffed.at)


# ------------------------------------------------------------------------------------------- clearances


def clear(world: World, by: Any = OPERATOR, client: str = "harborview", **given: Any) -> Any:
    usual: dict[str, Any] = {"kind": ClearanceKind.NDA, "valid_until": date(2027, 1, 31)}
    client_id = world.organisation(client).pk
    return actions.record_clearance(
        world.technicians["ana"].pk, client_id=client_id, **{**usual, **given}, by=by, at=world.at
    )


def test_record_clearance_is_told_to_both_sides(staffed: World) -> None:
    both = [staffed.organisation(slug).pk for slug in ("ironbridge", "harborview")]
    before = [heard(organisation, "clearance.recorded") for organisation in both]
    clearance = clear(staffed)
    assert clearance.facts.valid_until == date(2027, 1, 31)
    assert [heard(organisation, "clearance.recorded") for organisation in both] == [n + 1 for n in before]


def test_record_clearance_refuses(staffed: World) -> None:
    clear(staffed)
    with refused("already_recorded"):
        clear(staffed)
    with refused("past_date", field="valid_until"):
        clear(staffed, valid_until=date(2026, 11, 1))
    with refused("not_a_client", field="client_id"):
        clear(staffed, client="calder")
    with refused("not_found"):
        clear(staffed, staffed.actor("percy"))  # no agreement has opened Harborview to this provider


def test_client_clearance_is_the_clients_alone(staffed: World) -> None:

    client, provider = staffed.organisation("harborview"), staffed.organisation("ironbridge")
    for topic, organisation in ((client.topic, provider), (provider.topic, client)):
        share_quietly(steps.share(topic, organisation_id=organisation.pk, reason="agreement", at=staffed.at), staffed)
    with refused("client_decides", field="kind"):
        clear(staffed, staffed.actor("percy"), kind=ClearanceKind.CLIENT_CLEARANCE)
    assert clear(staffed, staffed.actor("hugo"), kind=ClearanceKind.CLIENT_CLEARANCE).pk


def share_quietly(rows: Any, world: World) -> None:
    """Tell the log of grants that an agreement would have made."""

    client = world.organisation("harborview")
    record("topic.shared", subject=rows[0], by=OPERATOR, at=world.at, to=[client.pk], line="Shared.", changed=rows)


# ------------------------------------------------------------------------------------------- insurance


def insure(world: World, by: Any = OPERATOR, provider: str = "ironbridge", **given: Any) -> Any:
    usual: dict[str, Any] = {
        "kind": InsuranceKind.PROFESSIONAL,
        "insurer": "Harbor Mutual",
        "policy_number": "EO-2",
        "per_claim": Decimal("1000000"),
        "aggregate": Decimal("2000000"),
        "valid_from": date(2026, 11, 1),
        "valid_until": date(2027, 10, 31),
    }
    return actions.record_insurance(world.organisation(provider).pk, **{**usual, **given}, by=by, at=world.at)


def test_record_insurance_states_what_the_certificate_states(staffed: World) -> None:
    policy = insure(
        staffed,
        staffed.actor("percy"),
        evidence=PDF,
        endorsement=PDF,
        additional_insured=True,
        retro_date=date(2020, 1, 1),
    )
    assert policy.facts.named_insured == "Ironbridge Repair, Inc."
    assert policy.facts.per_claim == Money.of("1000000", "USD")
    assert policy.facts.retro_date == date(2020, 1, 1)
    assert policy.additional_insured
    assert policy in queries.insurance_of(staffed.organisation("ironbridge").pk)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"valid_until": date(2026, 10, 31)}, "ends_before_start", "valid_until"),
        ({"valid_from": date(2025, 1, 1), "valid_until": date(2026, 11, 1)}, "past_date", "valid_until"),
        ({"per_claim": Decimal("-1")}, "bad_amount", "per_claim"),
        ({"aggregate": Decimal("999999")}, "aggregate_too_small", "aggregate"),
        ({"aggregate": Decimal("1e13")}, "bad_amount", "aggregate"),
        ({"currency": "dollars"}, "unknown_currency", "currency"),
        ({"retro_date": date(2026, 11, 2)}, "bad_retro_date", "retro_date"),
        ({"insurer": "  "}, "missing_field", "insurer"),
        ({"additional_insured": True}, "endorsement_missing", "endorsement"),
        ({"waiver_of_subrogation": True}, "endorsement_missing", "endorsement"),
        ({"provider": "northgate"}, "not_a_provider", "provider_id"),
    ],
)
def test_record_insurance_refuses(staffed: World, given: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field=field):
        insure(staffed, **given)


def test_record_insurance_happens_once_and_only_by_the_own_administrator(staffed: World) -> None:
    insure(staffed)
    with refused("already_recorded", field="policy_number"):
        insure(staffed)
    with refused("not_allowed"):
        insure(staffed, staffed.actor("dana"))
    with refused("not_found"):
        insure(staffed, staffed.actor("cal"))


# ------------------------------------------------------------------------------------------- shifts


def plan(world: World, start: str, end: str, key: str = "ines", by: str = "dana", **given: Any) -> Any:
    who: Technician = world.technicians[key]
    return actions.plan_shift(
        who.pk, starts_at=local(start), ends_at=local(end), **given, by=world.actor(by), at=world.at
    )


def test_plan_shift_touches_the_next_but_never_overlaps(staffed: World) -> None:
    first = plan(staffed, "2027-02-01 08:00", "2027-02-01 18:00")
    assert first.facts.on_call is False
    assert plan(staffed, "2027-02-01 18:00", "2027-02-02 08:00", on_call=True).on_call
    with refused("shift_overlap", field="starts_at"):
        plan(staffed, "2027-02-01 17:59", "2027-02-01 23:00")


@pytest.mark.parametrize(
    ("start", "end", "given", "code"),
    [
        ("2027-02-01 18:00", "2027-02-01 18:00", {}, "ends_before_start"),
        ("2026-10-01 08:00", "2026-10-01 18:00", {}, "past_date"),
        ("2027-02-01 08:00", "2027-02-01 22:01", {}, "shift_too_long"),
        ("2027-02-01 08:00", "2027-03-05 08:00", {"on_call": True}, "shift_too_long"),
        ("2027-02-01 08:00", "2027-02-01 18:00", {"by": "tom"}, "not_found"),
        ("2027-02-01 08:00", "2027-02-01 18:00", {"by": "ines"}, "not_allowed"),
    ],
)
def test_plan_shift_refuses(staffed: World, start: str, end: str, given: dict[str, Any], code: str) -> None:
    with refused(code):
        plan(staffed, start, end, **given)


def test_plan_shift_may_last_fourteen_hours_of_elapsed_time(staffed: World) -> None:
    # On 2027-03-14 the clock jumps from 02:00 to 03:00: 18:00 to 09:00 is fourteen hours.
    assert plan(staffed, "2027-03-13 18:00", "2027-03-14 09:00")
    with refused("shift_too_long"):
        plan(staffed, "2027-03-20 18:00", "2027-03-21 09:00")
