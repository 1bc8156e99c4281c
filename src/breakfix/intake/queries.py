"""What this door knows, as somebody may see it: sources, alerts, and messages that nobody could read."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from django.db.models import BinaryField, Case, Count, Max, Model, Q, QuerySet, Value, When
from django.db.models.functions import Substr

from breakfix.assets import queries as assets
from breakfix.assets.models import Asset
from breakfix.incidents.values import Level
from breakfix.intake.models import Alert, AlertSource, Delivery
from breakfix.intake.rules.storms import names
from breakfix.intake.values import Outcome, Signal
from breakfix.kernel.access import CLIENT_ROLES, SYSTEM, Actor, Deed, Role, may
from breakfix.kernel.errors import NotFound
from breakfix.kernel.sealing import unseal

Found = TypeVar("Found", bound=Model)
# Who of the provider looks at what came in: whoever takes calls about it.
DESK = frozenset({Role.DISPATCHER, Role.DIRECTOR})
UNDECIDED: dict[str, None] = {"engagement": None, "dismissed_at": None, "ended_at": None}
SHOWN = 1500  # bytes of a message that nobody could read


def _seen(by: Actor, path: str) -> Q:
    """Of one's own organisation's monitoring, or of a client's that one's own desk is told of."""
    if by.is_machine:
        return Q()
    own = Q(**{f"{path}client": by.organisation_id}) if by.roles & CLIENT_ROLES else Q(pk__in=[])
    return own | Q(**{f"{path}provider": by.organisation_id}) if by.roles & DESK else own


def is_reader(by: Actor) -> bool:
    """Whether this person has a page of alerts at all."""
    return by.is_machine or bool(by.roles & (CLIENT_ROLES | DESK))


def facts_of(alert: Alert) -> list[tuple[str, str]]:
    """What was told of an alert, in the words of a page."""
    found = [("From", f"{alert.source.name} ({alert.tool})"), ("Client", alert.source.client.name)]
    found += [("Named as", alert.host)] if alert.host else []
    return found + ([("Machine", alert.asset_note)] if alert.asset_note else [])


def sources_visible_to(by: Actor) -> QuerySet[AlertSource]:
    """Every source, open ones first."""
    found = AlertSource.objects.filter(_seen(by, "")).select_related("client", "provider", "site", "added_by")
    return found.order_by("closed_at", "name", "id")


def alerts_visible_to(by: Actor) -> QuerySet[Alert]:
    """Every alert, the latest first."""
    found = Alert.objects.filter(_seen(by, "source__"))
    found = found.select_related("source__client", "source__site", "asset", "engagement", "count")
    return found.order_by("-first_received_at", "-id")


def waiting(by: Actor) -> QuerySet[Alert]:
    """The drafts that nobody has decided about, of failures that last: worst suggested impact first."""
    worst = Case(*(When(impact=level.value, then=Value(rank)) for rank, level in enumerate(Level)))
    return alerts_visible_to(by).filter(**UNDECIDED).order_by(worst, "-first_received_at", "-id")


def told_and_undecided(by: Actor) -> dict[str, int]:
    """How many drafts wait for somebody who may decide about them, and how many of these suggest high impact."""
    if not may(by, Deed.DISMISS_ALERT):
        return {"all": 0, "high": 0}
    found = Alert.objects.filter(_seen(by, "source__"), **UNDECIDED)
    return found.aggregate(all=Count("pk"), high=Count("pk", filter=Q(impact=Level.HIGH.value)))


def unreadable_visible_to(by: Actor) -> QuerySet[Delivery]:
    """The quarantine: what came from a source and could not be read, the latest first."""
    found = Delivery.objects.filter(_seen(by, "source__"), outcome=Outcome.QUARANTINE.value, settled_at=None)
    found = found.annotate(beginning=Substr("body", 1, SHOWN, output_field=BinaryField()))
    return found.select_related("source__client").defer("body").order_by("-received_at", "-id")


def get_alert(alert_id: int, by: Actor) -> Alert:
    """This alert, or NotFound."""
    return _one(alerts_visible_to(by), alert_id, "This alert")


def lock_alert(alert_id: int, by: Actor) -> Alert:
    """As `get_alert`, held until the end of the deed."""
    # What belongs to it is read after the wait: joined, it would be as it was before.
    seen = alerts_visible_to(by).select_related(None).select_for_update(of=("self",))
    return _one(seen, alert_id, "This alert")


def get_source(source_id: int, by: Actor) -> AlertSource:
    """This source, or NotFound."""
    return _one(sources_visible_to(by), source_id, "This source")


def lock_source(source_id: int, by: Actor) -> AlertSource:
    """As `get_source`, held until the end of the deed."""
    return _one(sources_visible_to(by).select_for_update(of=("self",)), source_id, "This source")


def lock_unreadable(delivery_id: int, by: Actor) -> Delivery:
    """This message of the quarantine, held until the end of the deed; or NotFound."""
    return _one(unreadable_visible_to(by).select_for_update(of=("self",)), delivery_id, "This message")


def _one(found: QuerySet[Found], pk: int, what: str) -> Found:
    row = found.filter(pk=pk).first()
    if row is None:
        raise NotFound(what)
    return row


# ------------------------------------------------------------------------------------------ for the door itself


def source_of(secret: str) -> AlertSource | None:
    """The open source that this secret belongs to."""
    sha256 = hashlib.sha256(secret.encode()).hexdigest()
    found = AlertSource.objects.select_related("client", "provider", "site", "added_by")
    return found.filter(sha256=sha256, closed_at=None).first()


def signing_key(source: AlertSource) -> str:
    """The key with which this source signs, or ""."""
    return unseal(source.signing_key) if source.signing_key else ""


def came_before(delivery: Delivery) -> bool:
    """Whether the same bytes came from the same source before this."""
    same = Delivery.objects.filter(source_id=delivery.source_id, sha256=delivery.sha256, pk__lt=delivery.pk)
    return same.exists()


def lock_last_alerts(source: AlertSource, fingerprints: Collection[str]) -> dict[str, Alert]:
    """The last alert of each of these failures, held in the order of their ids, as by whoever decides about one."""
    same = Alert.objects.filter(source=source, fingerprint__in=fingerprints)
    last = same.values("fingerprint").annotate(last=Max("pk")).values_list("last", flat=True)
    found = Alert.objects.filter(pk__in=list(last)).select_for_update().order_by("pk")
    return {one.fingerprint: one for one in found}


def decided_at(alert: Alert) -> datetime | None:
    """Since when nobody looks at this alert any more: dismissed, or its engagement over."""
    engagement = alert.engagement and (alert.engagement.merged_into or alert.engagement)
    return alert.dismissed_at if engagement is None else engagement.closed_at or engagement.cancelled_at


def asset_of(source: AlertSource, signal: Signal) -> tuple[Asset | None, str]:
    """The client's machine that the alert is about, and why none was chosen: no guess is made among several."""
    called = names(signal)
    of_client = assets.assets_visible_to(SYSTEM).filter(client=source.client_id)
    if signal.serials:
        found = list(of_client.filter(serial__in=signal.serials)[:2])
        if len(found) == 1:
            return found[0], ""
    if not called:
        return None, "the alert names no machine"
    asked = Q()
    for name in called:
        asked |= Q(name__iexact=name) | Q(tag__iexact=name) | Q(serial__iexact=name)
    found = list(of_client.filter(asked)[:2])
    if len(found) == 1:
        return found[0], ""
    return None, "several machines are called so" if found else "no machine of the register is called so"
