"""One failure, reported in five ways: by telephone, by mail, by monitoring, by a program, on the page. One record."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.incidents import calling
from breakfix.incidents.actions import desk
from breakfix.incidents.actions.calling import take_call
from breakfix.incidents.actions.reporting import report_failure
from breakfix.incidents.models import Clock, Engagement, Obligation
from breakfix.incidents.values import Call, Status
from breakfix.intake.actions.alerts import report_alert
from breakfix.intake.actions.mail import report_mail
from breakfix.intake.mails import take
from breakfix.intake.models import Alert, MailDraft
from breakfix.intake.receiving import receive
from breakfix.intake.values import Door
from breakfix.kernel import clock
from breakfix.kernel.access import Actor
from breakfix.parties import queries as parties
from breakfix.parties.actions import issue_token
from breakfix.parties.values import Scope
from tests import makers_alerts, makers_mails
from tests.makers import World
from tests.makers_incidents import ARCHIVE_GAP, OPENING, OUTAGE, REPORTED

WORDS: dict[str, Any] = {
    "title": "Archive job died, array degraded",
    "description": "Two drives show amber; the nightly archive stopped at 19:40.",
}
# What somebody has to say of it, whoever writes it down.
SAID: dict[str, Any] = {
    "answers": OPENING,
    "outage_started_at": OUTAGE,
    "obligations": [ARCHIVE_GAP],
    "onsite_needed": True,
    "distance_miles": Decimal("12.5"),
}
CALLBACK = "+1 212 555 0131"


def on_the_page(world: World) -> Engagement:
    return _reported(world, world.actor("rita"))


def by_a_program(world: World) -> Engagement:
    wanted: dict[str, Any] = {"name": "Watch", "scopes": [Scope.REPORT], "expires_at": REPORTED + timedelta(days=9)}
    with clock.set_to(REPORTED):
        token = issue_token(**wanted, by=world.actor("rita", REPORTED), at=REPORTED)
        return _reported(world, parties.actor_for_token(parties.token_of(token.secret)))


def _reported(world: World, by: Actor) -> Engagement:
    machine, provider = world.assets["backup"].pk, world.organisation("ironbridge").pk
    given: dict[str, Any] = {"provider_id": provider, "domain": Domain.HW_RAID, "callback": CALLBACK}
    return report_failure(machine, **given, **WORDS, **SAID, by=by, at=REPORTED)


def by_telephone(world: World) -> Engagement:
    call = Call(domain=Domain.HW_RAID, **WORDS, **SAID)
    caller, by = world.people["rita"].pk, world.actor("dana")
    given: dict[str, Any] = {"callback": CALLBACK, "call": call, "label": world.assets["backup"].serial}
    heard = calling.read_back(caller, **given, by=by, at=REPORTED)
    return take_call(caller, **given, read_back_sha256=heard.sha256, by=by, at=REPORTED)


def by_mail(world: World) -> Engagement:
    take(makers_mails.mailbox(), makers_mails.mail(), Door.HTTP, REPORTED)
    draft, machine = MailDraft.objects.get(), world.assets["backup"].pk
    given: dict[str, Any] = {"domain": Domain.HW_RAID, "asset_id": machine, "callback": CALLBACK}
    return report_mail(draft.pk, **given, **WORDS, **SAID, by=world.actor("dana"), at=REPORTED)


def by_monitoring(world: World) -> Engagement:
    receive(makers_alerts.source(world), makers_alerts.told(makers_alerts.alert()), REPORTED)
    given: dict[str, Any] = {"requester_id": world.people["rita"].pk, "callback": CALLBACK}
    return report_alert(Alert.objects.get().pk, **given, **WORDS, **SAID, by=world.actor("dana"), at=REPORTED)


def record_of(made: Engagement, by: Actor) -> dict[str, Any]:
    """All that is known of it but its key, with its clocks and what is owed, once a person of the desk answered."""
    if made.status != Status.ACKNOWLEDGED:  # who calls has spoken with one
        desk.acknowledge(made.pk, callback=CALLBACK, by=by, at=REPORTED)
    made.refresh_from_db()
    found = {field.attname: getattr(made, field.attname) for field in made._meta.concrete_fields}
    for name, model in (("clocks", Clock), ("duties", Obligation)):
        rows: Any = model._default_manager.filter(engagement=made).order_by("pk").values()
        found[name] = [{key: row[key] for key in row if key not in ("id", "engagement_id")} for row in rows]
    del found["id"]
    return found


def test_the_same_failure_makes_the_same_record_by_every_way(world: World) -> None:
    made = {}
    for way in (on_the_page, by_telephone, by_mail, by_monitoring, by_a_program):
        with transaction.atomic():
            made[way.__name__] = record_of(way(world), world.actor("dana"))
            transaction.set_rollback(True)
    page = made["on_the_page"]
    assert (page["priority"], page["status"], page["distance_miles"]) == ("P1", "ACKNOWLEDGED", Decimal("12.5"))
    assert {one["kind"] for one in page["clocks"]} >= {"ACK", "ENGAGE", "ONSITE", "RESTORE"}
    assert [one["name"] for one in page["duties"]] == ["Archive gap closed"]
    for name, record in made.items():
        assert {key: value for key, value in record.items() if value != page[key]} == {}, name
