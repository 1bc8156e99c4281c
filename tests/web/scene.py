"""The world in which every route is tried: Northgate's finished night, and what Harborview keeps to itself.

Northgate's engagement (S1) stands at its invoice, so that everything that has an address is there. Harborview has one
engagement of its own and one that only its requester, its duty manager and one dispatcher may know of.
"""

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.apps import apps
from django.db import transaction
from django.urls import URLPattern, reverse

from breakfix.agreements.values import Domain
from breakfix.approvals.actions import authority
from breakfix.approvals.models import Finding
from breakfix.assets.actions import register_cover
from breakfix.assets.values import CoverKind
from breakfix.incidents.models import Engagement
from breakfix.intake.mails import take
from breakfix.intake.models import Alert, Delivery, Mail, Mailbox, MailDraft
from breakfix.intake.receiving import receive
from breakfix.intake.values import Door, Outcome
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.binding import arguments
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import File
from breakfix.parties.actions import issue_token
from breakfix.parties.values import Scope
from breakfix.parts.actions import catalogue
from breakfix.parts.models import Alternate, Fit
from breakfix.parts.values import Basis, Category, Grade
from breakfix.quotes.models import Question, Quote
from breakfix.roster.models import HeldCertification
from tests import (
    makers_alerts,
    makers_incidents,
    makers_liaison,
    makers_mails,
    makers_quotes,
    makers_reports,
    snapshots,
)
from tests.journeys.forms import leaves, written
from tests.makers import SET_UP_AT, World, local
from tests.makers import world as make_world
from tests.people import PASSWORD
from tests.web.rows import ABSENT

NOW = local("2026-12-02 12:00")
ZONE = "America/New_York"
# Words that stand in one client's engagements and nowhere else.
NORTHGATE_WORDS = ("Archive job died", "Two drives show amber", "PERC H700", "Q-2026-0001", "RCA-2026-0001")
OPEN_WORD, HIDDEN_WORD = "Marigold", "Heliotrope"
INVITED = ("hope", "dana", "charlie")
Ids = dict[str, Any]
# What addresses on the way to signing in carry.
KEYS_OF_SIGNING_IN: Ids = {"uidb36": "1", "key": "a-b", "token": "a", "provider_id": "sso", "pk": 1}
KEYS_OF_SIGNING_IN |= {"secret": "bfa_unknown", "rest": "1"}


@dataclasses.dataclass
class Scene:
    """What stands there: ids by the names that routes and deeds give them, of each client."""

    world: World
    northgate: Ids
    harborview: Ids
    hidden: Ids


def scene() -> Scene:
    """Built once per run, restored after that."""
    return _invoiced(snapshots.once("every route", _built, SET_UP_AT))


def whole_scene() -> Scene:
    """With Harborview's restricted engagement."""
    return _invoiced(snapshots.once("every route and a secret", lambda at: with_secret(_built(at)), SET_UP_AT))


def _built(at: datetime) -> Scene:
    world = make_world(at)
    engagement = makers_reports.accepted(world).engagement
    by = world.actor("alice", NOW)
    lent = authority.delegate(world.people["cora"].pk, seat="it", ends_at=NOW + timedelta(days=9), by=by, at=NOW)
    quote = Quote.objects.get(engagement_id=engagement.pk)
    asked_by = world.people["alice"]
    asked = Question.objects.create(quote=quote, text="Is the archive safe?", asked_by=asked_by, asked_at=NOW)
    with transaction.atomic():
        makers_quotes.told(quote.engagement, "quote.questioned", [asked], NOW)
    _found(quote)
    _listed(world)
    _alerted(world)
    _covered(world)
    makers_liaison.over(world, engagement, NOW)
    opened = _reported(world, OPEN_WORD)
    _mailed(world, opened)
    return Scene(world, _northgate(world, engagement.pk, lent.pk), _harborview(world, opened), {})


def _found(quote: Quote) -> None:
    """As if another night had not been ratified: the client's own, which its provider's log does not know."""
    case = quote.engagement
    found = Finding.objects.create(
        engagement=case, client_id=case.client_id, what="An emergency approval was not ratified.", opened_at=NOW
    )
    with transaction.atomic():
        line = "A finding in a test"
        record(
            "finding.raised",
            subject=found,
            by=SYSTEM,
            at=NOW,
            to=[case.client_id],
            topic=case.topic,
            line=line,
            changed=[found],
        )


def _listed(world: World) -> None:
    """A part that no quote names, with a machine that it fits and an alternate."""
    by, provider = world.actor("quinn", NOW), world.organisation("ironbridge").pk
    typed = {"maker": "Dell", "description": "Fan", "category": Category.COOLING, "grades": [Grade.NEW]}
    fan, other = (
        catalogue.add_catalogue_part(provider, part_number=number, **typed, by=by, at=NOW)
        for number in ("FAN-1", "FAN-2")
    )
    basis: dict[str, Any] = {"basis": Basis.TESTED, "source": "Bench test"}
    catalogue.note_fit(fan.pk, maker="Dell", model="PowerEdge R740", fits=True, **basis, by=by, at=NOW)
    catalogue.note_alternate(fan.pk, alternate=other.part_number, **basis, by=by, at=NOW)


def _alerted(world: World) -> None:
    """Monitoring of each client that told of a failure which waits, and of something that nobody can read."""
    for who, site in (("nora", world.assets["backup"].site_id), ("hugo", world.assets["clinic-host"].site_id)):
        source = makers_alerts.source(world, who=who, site_id=site, at=NOW)
        for body in (makers_alerts.told(makers_alerts.alert(begun=NOW)), b"?"):
            receive(source, body, NOW)


def _alert_ids(client_id: int) -> Ids:
    alert = Alert.objects.get(source__client=client_id)
    unread = Delivery.objects.get(source=alert.source_id, outcome=Outcome.QUARANTINE.value)
    return {"alert_id": alert.pk, "source_id": alert.source_id, "delivery_id": unread.pk}


def _mailed(world: World, engagement_id: int) -> None:
    """Each provider's mailbox with a mail of a stranger; at Ironbridge's a draft of each client, and what a stranger
    sent to an address that was signed for Harborview.
    """
    iron = makers_mails.mailbox(at=NOW)
    calder = makers_mails.mailbox(who="cal", address="desk@calder.example", at=NOW)
    for box in (iron, calder):
        take(box, makers_mails.mail(sender="stranger@elsewhere.example", number=1), Door.HTTP, NOW)
    for number, sender in enumerate((makers_mails.RITA, "hana@harborview.example"), start=2):
        take(iron, makers_mails.mail(sender=sender, number=number), Door.HTTP, NOW)
    there = makers_mails.reply_to(Engagement.objects.get(pk=engagement_id), "hana")
    take(iron, makers_mails.mail(sender="x@elsewhere.example", to=there, number=4), Door.HTTP, NOW)


def _mail_ids(client_id: int, slug: str) -> Ids:
    waits = Mail.objects.filter(outcome=Outcome.QUARANTINE.value, mailbox__provider__slug="ironbridge")
    mail = waits.get(engagement__isnull=slug == "ironbridge")
    mailbox = Mailbox.objects.get(provider__slug=slug)
    draft = MailDraft.objects.get(client=client_id)
    return {"mail_id": mail.pk, "mailbox_id": mailbox.pk, "draft_id": draft.pk}


def _catalogue_ids() -> Ids:
    fit, alternate = Fit.objects.get(), Alternate.objects.get()
    return {"catalogue_part_id": fit.part_id, "fit_id": fit.pk, "alternate_id": alternate.pk}


def _invoiced(made: Scene) -> Scene:
    """A step of its own: the database lets nobody write back at once what was invoiced."""
    invoice = makers_reports.invoiced(made.world, Engagement.objects.get(pk=made.northgate["engagement_id"]))
    return dataclasses.replace(made, northgate={**made.northgate, "invoice_id": invoice.pk})


def with_secret(made: Scene) -> Scene:
    """The same with Harborview's restricted engagement, which nobody knows of who was not named."""
    named = [made.world.people[key].pk for key in INVITED]
    hidden = _reported(made.world, HIDDEN_WORD, need_to_know=True, named_people=named)
    return dataclasses.replace(made, hidden=_harborview(made.world, hidden))


def _reported(world: World, word: str, **given: Any) -> int:
    engagement = makers_incidents.reported(
        world,
        who="hana",
        at=local("2026-12-02 11:30"),
        asset_id=world.assets["clinic-host"].pk,
        domain=Domain.HW_SRV,
        title=f"{word}: host does not start",
        description=f"{word} stands still.",
        outage_started_at=local("2026-12-02 11:20"),
        obligations=[],
        answers=makers_incidents.CALM,
        **given,
    )
    return engagement.pk


def _northgate(world: World, engagement_id: int, delegation_id: int) -> Ids:
    quote = Quote.objects.filter(engagement_id=engagement_id).latest("id")
    engagement = quote.engagement

    def only(model: str) -> int:
        app, name = model.split(".")
        found = _model(app, name).objects.filter(engagement_id=engagement_id).order_by("pk").last()
        assert found is not None, model
        return int(found.pk)

    version = engagement.agreement_version
    rounds = _model("approvals", "Round").objects.filter(subject=quote.subject)
    return {
        **dict.fromkeys(("engagement_id", "into_id"), engagement_id),
        "topic": f"engagement/{engagement_id}",
        **{"agreement_id": version.agreement_id, "version_id": version.pk, "section": "rates"},
        "asset_id": engagement.asset_id,
        "site_id": engagement.site_id,
        "client_id": engagement.client_id,
        "organisation_id": engagement.client_id,
        **dict.fromkeys(ABSENT, 0),
        "provider_id": engagement.provider_id,
        **_catalogue_ids(),
        **(_alert_ids(engagement.client_id) | _mail_ids(engagement.client_id, "ironbridge")),
        **(makers_liaison.ids_of(engagement_id) | _cover_of(engagement.client_id)),
        "clock.kind": "ACK",
        "obligation_id": only("incidents.Obligation"),
        "round_id": rounds.latest("id").pk,
        "finding_id": only("approvals.Finding"),
        "root_cause_id": only("diagnosis.RootCause"),
        "quote_id": quote.pk,
        "question_id": Question.objects.get(quote=quote).pk,
        "change_id": only("changes.Change"),
        "technician_id": world.technicians["tom"].pk,
        "certificate_id": HeldCertification.objects.filter(technician=world.technicians["tom"]).latest("id").pk,
        "booking_id": only("dispatch.Booking"),
        "order_id": only("parts.PartOrder"),
        "work_order.order_id": only("work.WorkOrder"),
        "report_id": only("reports.ServiceReport"),
        "position": 1,
        "token": File.objects.filter(topic=engagement.topic).latest("id").token,
        "person_id": world.people["bob"].pk,
        "delegate_id": world.people["bob"].pk,
        "requester_id": world.people["rita"].pk,
        "delegation_id": delegation_id,
        "token_id": _token(world),
        "named_people": [world.people["bob"].pk],
        "technicians": [world.technicians["tom"].pk],
        "shown_sha256": quote.sha256,
    }


def _covered(world: World) -> None:
    """A cover of each client's, of a kind of failure that nobody reports here."""
    for who, client in (("nora", "northgate"), ("hugo", "harborview")):
        register_cover(
            world.organisation(client).pk,
            kind=CoverKind.MANAGED_SERVICE,
            holder=f"Lumen Managed of {client}",
            valid_from=date(2026, 1, 1),
            domains=[Domain.NET_UC],
            by=world.actor(who),
            at=NOW,
        )


def _cover_of(client_id: int) -> Ids:
    return {"cover_id": _model("assets", "Cover").objects.get(client=client_id).pk}


def _token(world: World) -> int:
    by = world.actor("rita", NOW)
    wanted = {"name": "Night watch", "scopes": [Scope.REPORT], "expires_at": NOW + timedelta(days=90)}
    return issue_token(**wanted, by=by, at=NOW).pk


def _harborview(world: World, engagement_id: int) -> Ids:
    client = world.organisation("harborview")
    version = world.agreements["harborview"]
    return {
        "engagement_id": engagement_id,
        "topic": f"engagement/{engagement_id}",
        "agreement_id": version.agreement_id,
        "version_id": version.pk,
        "section": "rates",
        "asset_id": world.assets["clinic-host"].pk,
        "site_id": world.sites["Lakeside clinic"].pk,
        "client_id": client.pk,
        "clock.kind": "ACK",
        "person_id": world.people["charlie"].pk,
        "requester_id": world.people["hana"].pk,
        **_cover_of(world.organisation("harborview").pk),
        "technician_id": world.technicians["cleo"].pk,
        **_alert_ids(client.pk),
        **_mail_ids(client.pk, "calder"),
    }


def _model(app: str, name: str) -> Any:
    return apps.get_model(app, name)


# ------------------------------------------------------------------------------------------------ routes


def routes(patterns: list[Any], before: str = "") -> dict[str, tuple[str, URLPattern]]:
    """Every address of the URLconf by its name: how it is written, and its pattern; not those of the API."""
    found: dict[str, tuple[str, URLPattern]] = {}
    for one in patterns:
        if getattr(one, "namespace", None) == "api":
            continue  # tests/api has tables of its own
        written_as = before + str(one.pattern)
        inner = getattr(one, "url_patterns", None)
        fresh = routes(inner, written_as) if inner is not None else {str(one.name): (written_as, one)}
        twice = set(fresh) & set(found)
        assert not twice, f"two routes are called {twice}"
        found |= fresh
    return found


def names_in(pattern: URLPattern) -> list[str]:
    """The ids that an address carries."""
    return list(pattern.pattern.converters or getattr(pattern.pattern.regex, "groupindex", {}))


def address(name: str, pattern: URLPattern, ids: Mapping[str, Any]) -> str:
    """The route's address with these ids."""
    return reverse(name, kwargs={key: _id(ids, name, key) for key in names_in(pattern)})


def _id(ids: Mapping[str, Any], route: str, key: str) -> Any:
    own = f"{route}.{key}"
    return ids[own] if own in ids else ids[key]


def deed_of(pattern: URLPattern) -> Callable[..., Any] | None:
    """The action behind a route, if there is one."""
    action = inspect.unwrap(pattern.callback)
    return action if ".actions" in action.__module__ else None


# ---------------------------------------------------------------------------------------- what is sent there


def body(
    action: Callable[..., Any], ids: Mapping[str, Any], given: Mapping[str, Any], left_out: Collection[str]
) -> dict[str, Any]:
    """A form that binds: every argument that has to be given, so that rights and states are what refuses.

    `left_out` are the ids that the address carries; `given` replaces what would be sent by itself.
    """
    sent: dict[str, Any] = {"password": PASSWORD}
    for name, parameter in arguments(action).items():
        if (parameter.default is not parameter.empty and name not in given) or name in left_out:
            continue
        value = given.get(name, ids[name] if name in ids else plausible(parameter.annotation))
        sent |= {leaf.name: written(leaf.value, ZONE) for leaf in leaves(name, value)}
    return {name: value for name, value in sent.items() if value != ""}


def plausible(annotation: Any) -> Any:
    """Some value of this type, as small as it gets."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return plausible(next(part for part in inner if part is not type(None)))
    if origin is list:
        return [plausible(inner[0])]
    if origin is dict or annotation is dict:
        return {}
    if annotation is Upload:
        return Upload("seen.txt", b"seen\n")
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        needed = [part for part in dataclasses.fields(annotation) if _is_needed(part)]
        return {part.name: plausible(hints[part.name]) for part in needed}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation))
    plain = {str: "word", bool: True, int: 1, Decimal: Decimal(1), datetime: NOW, date: NOW.date()}
    return plain[annotation]


def _is_needed(part: "dataclasses.Field[Any]") -> bool:
    return part.default is dataclasses.MISSING and part.default_factory is dataclasses.MISSING
