"""Where alerts may come from, and what is done about them: reported as a failure, or said to be none."""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.agreements import queries as agreements
from breakfix.agreements.values import Channel, Domain
from breakfix.incidents.actions.reporting import report_failure
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Answers, ObligationInput
from breakfix.intake import queries
from breakfix.intake.machines import machines_of
from breakfix.intake.models import Alert, AlertSource, Delivery
from breakfix.intake.rules import severities, storms
from breakfix.intake.rules.instants import believed
from breakfix.intake.rules.parts import lines, shortened
from breakfix.intake.values import Arrival, Severity, Signal
from breakfix.kernel.access import Actor, Deed, Side, check_confirmed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.sealing import seal
from breakfix.parties import queries as parties
from breakfix.parties import rules as texts

LONGEST_TEXT = 6000  # characters; a description takes 8000


@transaction.atomic
def add_alert_source(
    site_id: int, *, provider_id: int, name: str, domain: Domain, signed: bool = False, by: Actor, at: datetime
) -> AlertSource:
    """Let a monitoring system tell of failures at this site; drafts wait for the client and the provider's desk.

    The secret is on what is returned, as `.secret`, and nowhere else. `signed`: it also signs what it sends, with
    `.signing_secret`; what is not signed is then turned away.
    """
    require(by, Deed.ADD_ALERT_SOURCE)
    check_confirmed(by, at)
    site = parties.get_site(site_id, by)
    require(by, Deed.ADD_ALERT_SOURCE, org=site.organisation_id)
    if not agreements.in_force(site.organisation_id, provider_id, at).parsed.triage.takes(Channel.MONITORING):
        message = "The agreement takes no failures from monitoring; agree to that way first."
        raise Refused("channel_not_agreed", message, field="provider_id")
    name = texts.text(name, "name", longest=80)
    if queries.sources_visible_to(by).filter(client=site.organisation_id, name=name, closed_at=None).exists():
        raise Refused("name_taken", "Another source is called so; give this one a name of its own.", field="name")
    secret = f"bfa_{secrets.token_urlsafe(32)}"
    signing = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" if signed else ""
    source = AlertSource.objects.create(
        client=site.organisation,
        provider_id=provider_id,
        site=site,
        name=name,
        domain=domain.value,
        added_by=parties.get_person(by.person_id or 0, by=by),
        prefix=secret[:10],
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        signing_key=seal(signing) if signing else "",
        added_at=at,
    )
    _tell("alert_source.added", source, f"Alerts may come from {source.name}.", [source], by, at)
    source.secret, source.signing_secret = secret, signing
    return source


@transaction.atomic
def close_alert_source(source_id: int, *, by: Actor, at: datetime) -> AlertSource:
    """Hear this monitoring system no longer; its alerts stay."""
    require(by, Deed.CLOSE_ALERT_SOURCE)
    source = queries.lock_source(source_id, by)
    require(by, Deed.CLOSE_ALERT_SOURCE, org=source.client_id)
    if source.closed_at is not None:
        raise Refused("already_closed", "This source is closed already.")
    source.closed_at = at
    source.save(update_fields=["closed_at"])
    _tell("alert_source.closed", source, f"Alerts of {source.name} are no longer heard.", [source], by, at)
    return source


@transaction.atomic
def draft_alerts(source_id: int, *, arrivals: list[Arrival], by: Actor, at: datetime) -> list[Alert]:
    """Keep failures that monitoring tells of as drafts, each as it was told of and with the instant that it came.

    One deed for all of them: in a storm they come faster than one for each could be told. The caller holds the
    source and has found none of them lasting, so each is drafted once.
    """
    require(by, Deed.DRAFT_ALERTS)
    source = queries.get_source(source_id, by, at)
    machines = machines_of(source, [one.signal for one in arrivals])
    drafts = [_drafted(source, one, *machine) for one, machine in zip(arrivals, machines, strict=True)]
    alerts = Alert.objects.bulk_create(drafts)
    worst = severities.worst(one.signal.severity for one in arrivals)
    what = f"a failure ({worst})" if len(alerts) == 1 else f"{len(alerts)} failures (the worst is {worst})"
    _tell("alert.drafted", source, f"{source.name} tells of {what}.", alerts, by, at)
    return alerts


def _drafted(source: AlertSource, arrival: Arrival, asset_id: int | None, why_none: str) -> Alert:
    signal, at = arrival.signal, arrival.at
    known = storms.as_drafted(signal, at)
    return Alert(
        source=source,
        tool=signal.tool,
        fingerprint=storms.fingerprint(signal),
        title=shortened(signal.title),
        text=lines(signal.text, LONGEST_TEXT),
        severity=signal.severity.value,
        impact=severities.impact(signal.severity).value,
        asset_id=asset_id,
        host=shortened(" ".join(dict.fromkeys((*signal.hosts, *signal.serials)))),
        asset_note=why_none,
        begun_at=known.begun_at,
        begun_note=believed(signal.begun_at, at)[1][:200],
        dated=known.dated,
        first_received_at=at,
    )


@transaction.atomic
def end_alert(alert_id: int, *, quiet: bool = False, anew: bool = False, by: Actor, at: datetime) -> Alert:
    """Note that monitoring says it is over. Whether it is repaired, people say: an engagement goes on.

    `quiet`: one that came back often, which ends only if it has stayed away, and since it did. `anew`: nobody says
    so, but the next failure of the same name is told of.
    """
    require(by, Deed.END_ALERT)
    alert = queries.lock_alert(alert_id, by)
    if alert.ended_at is not None:
        raise Refused("already_ended", "This alert is over already.")
    since = queries.flapping(alert).quiet_since if quiet else at
    if since is None or (quiet and not storms.is_quiet(since, at)):
        raise Refused("not_quiet", "It has been told of again.")
    alert.ended_at = since
    alert.save(update_fields=["ended_at"])
    line = f"{alert.source.name} {'tells of the next one, so this one is' if anew else 'says that it is'} over."
    engagement = alert.engagement and (alert.engagement.merged_into or alert.engagement)
    _tell("alert.ended", alert.source, line, [alert], by, at, topic=engagement.topic if engagement else None)
    return alert


@transaction.atomic
def return_alert(alert_id: int, *, by: Actor, at: datetime) -> Alert:
    """Note that monitoring tells of it again soon after its end: the same draft or engagement, not another one."""
    require(by, Deed.RETURN_ALERT)
    alert = queries.lock_alert(alert_id, by)
    if alert.ended_at is None:
        raise Refused("not_ended", "This alert is not over.")
    alert.ended_at, alert.flaps = None, alert.flaps + 1
    alert.save(update_fields=["ended_at", "flaps"])
    line = f"{alert.source.name} says that it is back."
    engagement = alert.engagement and (alert.engagement.merged_into or alert.engagement)
    _tell("alert.returned", alert.source, line, [alert], by, at, topic=engagement.topic if engagement else None)
    return alert


@transaction.atomic
def worsen_alert(alert_id: int, *, signal: Signal, by: Actor, at: datetime) -> Alert:
    """Raise a draft to what monitoring says of it now, where that is worse; nothing is ever lowered by itself."""
    require(by, Deed.WORSEN_ALERT)
    alert = queries.lock_alert(alert_id, by)
    _check_waits(alert)
    if alert.ended_at is not None or not severities.is_worse(signal.severity, Severity(alert.severity)):
        raise Refused("not_worse", "This is not worse than what is known of it.")
    alert.severity, alert.impact = signal.severity.value, severities.impact(signal.severity).value
    alert.title = shortened(signal.title)
    # What was said first stands below: it may name what broke.
    said = [one for one in (signal.text, alert.text) if one]
    alert.text = lines("\n".join(dict.fromkeys(said)), LONGEST_TEXT)
    alert.save(update_fields=["severity", "impact", "title", "text"])
    line = f"{alert.source.name} says that it is worse ({signal.severity})."
    _tell("alert.worsened", alert.source, line, [alert], by, at)
    return alert


@transaction.atomic
def dismiss_alert(alert_id: int, *, reason: str, by: Actor, at: datetime) -> Alert:
    """Say that this is no failure for a specialist; it is told of again only after it was over, or worse."""
    require(by, Deed.DISMISS_ALERT)
    alert = queries.lock_alert(alert_id, by)
    require(by, Deed.DISMISS_ALERT, org=alert.source.party_ids)
    _check_waits(alert)
    alert.dismissal, alert.dismissed_at = texts.text(reason, "reason", longest=300), at
    alert.save(update_fields=["dismissal", "dismissed_at"])
    _tell("alert.dismissed", alert.source, f"An alert of {alert.source.name} was dismissed.", [alert], by, at)
    return alert


@transaction.atomic
def report_alert(
    alert_id: int,
    *,
    answers: Answers,
    details: dict[str, str] | None = None,
    domain: Domain | None = None,
    title: str = "",
    asset_id: int | None = None,
    outage_started_at: datetime | None = None,
    obligations: list[ObligationInput] | None = None,
    description: str = "",
    prior_attempt: bool = False,
    requester_id: int | None = None,
    callback: str = "",
    onsite_needed: bool = True,
    distance_miles: Decimal | None = None,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Make a failure reported of an alert: what is not said is as monitoring said it, the answers are a person's."""
    require(by, Deed.REPORT_ALERT)
    alert = queries.lock_alert(alert_id, by)
    require(by, Deed.REPORT_ALERT, org=alert.source.party_ids)
    _check_waits(alert)
    source = alert.source
    broken = asset_id if asset_id is not None else alert.asset_id
    engagement = report_failure(
        broken,
        provider_id=source.provider_id,
        domain=domain or Domain(source.domain),
        title=title or alert.title,
        answers=answers,
        details=details,
        outage_started_at=outage_started_at or min(queries.flapping(alert).begun_at or alert.begun_at, at),
        obligations=obligations,
        site_id=source.site_id if broken is None else None,
        description=description or alert.text,
        prior_attempt=prior_attempt,
        requester_id=requester_id or _on_behalf(source, by),
        callback=callback,
        onsite_needed=onsite_needed,
        distance_miles=distance_miles,
        by=replace(by, through=Channel.MONITORING.value),
        at=at,
    )
    alert.engagement = engagement
    alert.save(update_fields=["engagement"])
    line = f"It was told of first by {source.name}."
    _tell("alert.reported", source, line, [alert], by, at, topic=engagement.topic)
    return engagement


def _on_behalf(source: AlertSource, by: Actor) -> int | None:
    """For whom the desk reports what nobody called about: whoever let this monitoring in."""
    return None if by.side is Side.CLIENT else source.added_by_id


@transaction.atomic
def settle_unreadable(delivery_id: int, *, reason: str, by: Actor, at: datetime) -> Delivery:
    """Take a message out of the quarantine, with what was done about it; its bytes stay."""
    require(by, Deed.SETTLE_UNREADABLE)
    delivery = queries.lock_unreadable(delivery_id, by)
    require(by, Deed.SETTLE_UNREADABLE, org=delivery.source.party_ids)
    said = texts.text(reason, "reason", longest=300)
    delivery.settled_at = at
    delivery.save(update_fields=["settled_at"])
    facts = {"sha256": delivery.sha256, "why": delivery.reason, "settled": said}
    _tell("unreadable.settled", delivery.source, "A message that could not be read was settled.", [], by, at, facts)
    return delivery


def _check_waits(alert: Alert) -> None:
    if alert.engagement is not None:  # read after the lock: `lock_alert` joins nothing
        message = f"This alert was reported already as {alert.engagement.number}."
        raise Refused("already_reported", message)
    if alert.dismissed_at is not None:
        raise Refused("already_dismissed", "This alert was dismissed; it comes anew after it was over.")


def _topic_of(source: AlertSource, kind: str) -> str:
    """Where the log keeps it: what a source of a restricted domain says is under a topic that nobody was let in on.

    From its report on it is told under the engagement, for those let in on that.
    """
    few = Domain(source.domain).described.restricted and not kind.startswith("alert_source.")
    return f"{parties.FEW}{source.pk}" if few else source.client.topic


def _tell(
    kind: str,
    source: AlertSource,
    line: str,
    changed: Sequence[Row],
    by: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
    topic: str | None = None,
) -> None:
    # A provider whose agreement ended hears of nothing new; what was reported before goes on.
    goes_on = topic is not None or kind.startswith("alert_source.")
    if not goes_on:
        agreed: bool | None = getattr(source, "agreed", None)  # in a storm this was asked with the source
        goes_on = agreements.is_in_force(source.client_id, source.provider_id, at) if agreed is None else agreed
    record(
        kind,
        subject=changed[0] if changed else source,
        by=by,
        at=at,
        to=source.party_ids if goes_on else (source.client_id,),
        topic=topic if topic is not None else _topic_of(source, kind),
        line=line,
        facts=facts,
        changed=changed,
    )
