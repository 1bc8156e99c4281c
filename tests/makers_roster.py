"""The demo world's roster: four technicians, what they hold, who cleared them, their cover, their shifts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from breakfix.kernel.access import OPERATOR
from breakfix.roster import actions
from breakfix.roster.models import Insurance, Technician
from breakfix.roster.values import ClearanceKind, Domain, InsuranceKind
from tests.makers import World

D = Domain
HARDWARE = [D.HW_SRV, D.HW_RAID, D.HW_SAN, D.HW_LEG]
# key, admin, level, domains, cost per hour, where they start from
TECHNICIANS: tuple[tuple[str, str, int, list[Domain], str, tuple[str, str]], ...] = (
    ("tom", "percy", 3, [*HARDWARE, D.DR], "92.00", ("40.735700", "-74.172400")),
    ("ana", "percy", 3, [*HARDWARE, D.SW_DB, D.SW_HV], "98.00", ("40.748400", "-73.985700")),
    ("ines", "percy", 2, [*HARDWARE, D.NET_CORE, D.SURGE], "61.00", ("40.678200", "-73.944200")),
    ("cleo", "cal", 3, [D.HW_SRV, D.HW_RAID, D.NET_CORE], "85.00", ("40.728200", "-74.077600")),
)
# key, code, issued, verified with the issuer
CERTIFICATES: tuple[tuple[str, str, date, bool], ...] = (
    ("tom", "Server+", date(2019, 5, 14), True),
    ("tom", "HPE-ATP", date(2025, 3, 3), True),
    ("ana", "Server+", date(2018, 9, 1), True),
    ("ana", "CCNA", date(2024, 6, 20), False),
    ("ines", "A+", date(2025, 1, 15), True),
    ("cleo", "Server+", date(2020, 2, 2), False),
)
POLICIES: tuple[tuple[InsuranceKind, str, str], ...] = (
    (InsuranceKind.GENERAL_LIABILITY, "1000000", "2000000"),
    (InsuranceKind.PROFESSIONAL, "1000000", "2000000"),
    (InsuranceKind.CYBER, "1000000", "1000000"),
    (InsuranceKind.WORKERS_COMP, "0", "0"),
)
COVERED_FROM, COVERED_UNTIL = date(2026, 1, 1), date(2027, 6, 30)


def enrol_roster(world: World) -> None:
    """All of it: called by `tests.makers.world()`."""
    for key, admin, level, domains, cost, (latitude, longitude) in TECHNICIANS:
        world.technicians[key] = technician(
            world,
            key,
            admin,
            level=level,
            domains=domains,
            hourly_cost=Decimal(cost),
            base_latitude=Decimal(latitude),
            base_longitude=Decimal(longitude),
            emergency_roster=key != "ines",
        )
    for key, code, issued_on, verified in CERTIFICATES:
        admin = "cal" if key == "cleo" else "percy"
        by = world.actor(admin)
        held = actions.record_certification(
            world.technicians[key].pk, code=code, issued_on=issued_on, number="0042", by=by, at=world.at
        )
        if verified:
            actions.verify_certification(held.pk, by=by, at=world.at)
    for provider, admin in (("ironbridge", "percy"), ("calder", "cal")):
        insure(world, provider, admin)
    for key in world.technicians:
        clear(world, key, "northgate")
        on_call(world, key)
    for key in ("tom", "ines"):
        clear(world, key, "harborview")


def technician(world: World, key: str, admin: str = "percy", **given: Any) -> Technician:
    """This person on the roster; what is not given is ordinary."""
    usual: dict[str, Any] = {"level": 2, "domains": HARDWARE, "hourly_cost": Decimal("60.00")}
    return actions.enrol_technician(
        world.people[key].pk,
        **{**usual, "engaged_on": date(2020, 1, 6), **given},
        by=world.actor(admin),
        at=world.at,
    )


def insure(world: World, provider: str, admin: str) -> list[Insurance]:
    """All four kinds, each exactly as large as the agreements ask by default."""
    return [
        actions.record_insurance(
            world.organisation(provider).pk,
            kind=kind,
            insurer="Harbor Mutual",
            policy_number=f"HM-{kind.value}",
            per_claim=Decimal(per_claim),
            aggregate=Decimal(aggregate),
            valid_from=COVERED_FROM,
            valid_until=COVERED_UNTIL,
            by=world.actor(admin),
            at=world.at,
        )
        for kind, per_claim, aggregate in POLICIES
    ]


def clear(world: World, key: str, client: str) -> None:
    """Background check and NDA of a technician for a client, without an end."""
    for kind in (ClearanceKind.BACKGROUND, ClearanceKind.NDA):
        actions.record_clearance(
            world.technicians[key].pk,
            client_id=world.organisation(client).pk,
            kind=kind,
            by=OPERATOR,
            at=world.at,
        )


def on_call(world: World, key: str, months: int = 2, since: datetime | None = None) -> None:
    """On call without a gap, in stretches of 31 days from the set-up on."""
    admin = "cal" if key == "cleo" else "percy"
    starts_at = since or world.at
    for _ in range(months):
        ends_at = starts_at + timedelta(days=31)
        actions.plan_shift(
            world.technicians[key].pk,
            starts_at=starts_at,
            ends_at=ends_at,
            on_call=True,
            by=world.actor(admin),
            at=world.at,
        )
        starts_at = ends_at
