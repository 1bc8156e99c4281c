"""Drafting, revising and signing what a provider and a client agree on."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.agreements import queries, rules
from breakfix.agreements.models import Agreement, AgreementVersion, CreditHold
from breakfix.agreements.values import VersionStatus, laid_over
from breakfix.kernel.access import SYSTEM, Actor, Deed, Role, check_confirmed, person_behind, require
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.numbers import next_number
from breakfix.parties import queries as parties
from breakfix.parties import rules as party_rules
from breakfix.parties import steps as party_steps
from breakfix.parties.models import Organisation, Person


@transaction.atomic
def draft_agreement(
    provider_id: int,
    client_id: int,
    *,
    accountable_person_id: int,
    terms: dict[str, Any] | None = None,
    effective_at: datetime | None = None,
    currency: str = "",
    template: str = "",
    by: Actor,
    at: datetime,
) -> AgreementVersion:
    """Write the first version of an agreement; it binds nobody until both sides have signed.

    `terms` names only what differs from the defaults, or from the `template`. Without `effective_at` it starts with
    the second signature.
    """
    require(by, Deed.DRAFT_AGREEMENT, org=provider_id)
    provider = parties.lock_organisation(provider_id, by=by)
    client = parties.get_organisation(client_id, by=by)
    rules.check_sides(provider.side, client.side)
    if Agreement.objects.filter(provider=provider, client=client).exists():
        message = "These two have an agreement; revise it instead of drafting a second one."
        raise Refused("already_agreed", message, field="client_id")
    currency = currency or client.currency
    party_rules.check_currency(currency)
    number = next_number("A", provider_id, at)
    agreement = Agreement.objects.create(number=number, provider=provider, client=client, currency=currency)
    version = AgreementVersion(agreement=agreement, version=1)
    accountable = parties.get_person(accountable_person_id, by=by)
    base = laid_over(_as_registered(provider, client), queries.template_terms(template))
    _write(version, base, terms or {}, accountable, effective_at, at)
    line = f"Agreement {number} was drafted."
    _tell("agreement.drafted", version, line, [agreement, version], by, at)
    return version


@transaction.atomic
def revise_agreement(
    version_id: int,
    *,
    terms: dict[str, Any],
    effective_at: datetime | None = None,
    accountable_person_id: int | None = None,
    shown_sha256: str = "",
    by: Actor,
    at: datetime,
) -> AgreementVersion:
    """Change what is not signed yet, taking back a lone signature; after both signed, draft the next version.

    `version_id` is the latest version, `terms` names only what differs from it. Whatever was opened under a
    signed version stays under it. With `shown_sha256`, nothing is written over what somebody else changed meanwhile.
    """
    agreement = queries.lock_agreement(queries.get_version(version_id, by).agreement_id, by)
    require(by, Deed.REVISE_AGREEMENT, org=agreement.party_ids)
    latest = queries.latest_version(agreement)
    rules.check_latest(version_id, latest.pk, latest.version)
    rules.check_unchanged(shown_sha256, latest.sha256)
    version, base = latest, latest.terms
    if not latest.is_open:
        version = AgreementVersion(agreement=agreement, version=latest.version + 1)
        # What was withdrawn is begun anew from what is in force, and only without that from its own words.
        signed = None if latest.is_signed else queries.signed_before(version)
        base = signed.terms if signed else base
    # The client may not know the provider's people yet; only a newly named person has to be visible.
    accountable = latest.accountable_person
    if accountable_person_id is not None:
        accountable = parties.get_person(accountable_person_id, by=by)
    _write(version, base, terms, accountable, effective_at, at)
    line = f"Version {version.version} of agreement {agreement.number} was revised."
    _tell("agreement.revised", version, line, [version], by, at)
    return version


@transaction.atomic
def sign_agreement(
    version_id: int, *, shown_sha256: str, typed_name: str, by: Actor, at: datetime
) -> AgreementVersion:
    """Sign in one's own name, for one's side, exactly what was shown; the second signature puts it in force.

    Refused while one of the 38 fields is neither answered nor said not to apply. In force, it ends the version before
    it at its own start, and each side may see who the other is.
    """
    agreement = queries.lock_agreement(queries.get_version(version_id, by).agreement_id, by)
    version = queries.get_version(version_id, by)
    require(by, Deed.SIGN_AGREEMENT, org=agreement.party_ids)
    check_confirmed(by, at)
    for_provider = _speaks_for_provider(agreement, by)
    already = version.provider_signed_at if for_provider else version.client_signed_at
    rules.check_can_sign(
        already=already is not None,
        shown_sha256=shown_sha256,
        sha256=version.sha256,
        typed_name=typed_name,
        name=by.name,
    )
    rules.check_complete(version.parsed)
    previous = queries.signed_before(version)
    rules.check_start(version.effective_at, previous=previous.effective_at if previous else None, at=at)
    if for_provider:
        version.provider_signed_by_id, version.provider_signed_at = by.person_id, at
    else:
        version.client_signed_by_id, version.client_signed_at = by.person_id, at
    changed = _put_in_force(version, previous, at) if _both_signed(version) else _propose(version)
    side = "provider" if for_provider else "client"
    line = f"The {side} signed version {version.version} of agreement {agreement.number}."
    kind = "agreement.signed" if version.is_signed else "agreement.proposed"
    _tell(kind, version, line, changed, by, at, side=side)
    return version


@transaction.atomic
def withdraw_version(version_id: int, *, reason: str = "", by: Actor, at: datetime) -> AgreementVersion:
    """Take a version back that not both have signed: nobody can sign or change it any more.

    What is in force stays in force; revising then begins a further version from it.
    """
    agreement = queries.lock_agreement(queries.get_version(version_id, by).agreement_id, by)
    require(by, Deed.WITHDRAW_VERSION, org=agreement.party_ids)
    version = queries.get_version(version_id, by)
    reason = party_rules.text(reason, "reason", longest=500, required=False)
    _move(version, VersionStatus.WITHDRAWN)
    version.save(update_fields=["status"])
    line = f"Version {version.version} of agreement {agreement.number} was withdrawn."
    _tell("agreement.withdrawn", version, line, [version], by, at, reason=reason)
    return version


@transaction.atomic
def end_agreement(agreement_id: int, *, ends_at: datetime, reason: str, by: Actor, at: datetime) -> AgreementVersion:
    """Give notice: from `ends_at` on nothing new is reported under this agreement; what was opened before goes on.

    An administrator of either side says so, once, with the password again; whether it is in time is between the two.
    A draft of a next version is withdrawn with it; only one that both sign afterwards goes on.
    """
    agreement = queries.lock_agreement(agreement_id, by)
    require(by, Deed.END_AGREEMENT, org=agreement.party_ids)
    check_confirmed(by, at)
    side = "provider" if _speaks_for_provider(agreement, by) else "client"
    version = queries.last_signed(agreement.pk)
    if version is None:
        raise Refused("no_agreement", "Nothing is signed by both yet; withdraw the draft instead.")
    ends = version.ends_at if version.status == VersionStatus.ENDED else None
    rules.check_can_end(ends, version.effective_at, ends_at, version=version.version, at=at)
    changed: list[Row] = [version]
    _move(version, VersionStatus.ENDED)
    version.ends_at, version.ended_by_id = ends_at, by.person_id
    version.ended_because = party_rules.text(reason, "reason", longest=500)
    version.save(update_fields=["status", "ends_at", "ended_by", "ended_because"])
    latest = queries.latest_version(agreement)
    withdrawn = latest.version if latest.is_open else None
    if withdrawn:
        _move(latest, VersionStatus.WITHDRAWN)
        latest.save(update_fields=["status"])
        changed.append(latest)
    when = rules.said_in(ends_at, agreement.client.zone)
    line = f"The {side} ends agreement {agreement.number}, {when}: {version.ended_because}"
    facts = {"side": side, "ends_at": ends_at, "reason": version.ended_because, "withdrawn": withdrawn}
    _tell("agreement.ended", version, line, changed, by, at, **facts)
    return version


@transaction.atomic
def place_credit_hold(agreement_id: int, *, reason: str, by: Actor, at: datetime) -> CreditHold:
    """Give this client no further credit: no failure is taken on until it is lifted, a P1 only past an override.

    What was taken on before goes on. The client reads the reason, too.
    """
    agreement = queries.lock_agreement(agreement_id, by)
    require(by, Deed.PLACE_CREDIT_HOLD, org=agreement.provider_id)
    rules.check_can_place_hold(held=queries.find_credit_hold(agreement.pk) is not None)
    reason = party_rules.text(reason, "reason", longest=300)
    person_id = person_behind(by, "Credit is stopped by somebody who answers for it.")
    hold = CreditHold.objects.create(agreement=agreement, reason=reason, placed_by_id=person_id, placed_at=at)
    line = f"{agreement.client.name} is on credit hold: {reason}"
    _tell_credit("credit_hold.placed", hold, line, by, at)
    return hold


@transaction.atomic
def lift_credit_hold(agreement_id: int, *, reason: str, by: Actor, at: datetime) -> CreditHold:
    """Take the credit hold off; from here on what this client reports is taken on as ever."""
    agreement = queries.lock_agreement(agreement_id, by)
    require(by, Deed.LIFT_CREDIT_HOLD, org=agreement.provider_id)
    hold = queries.find_credit_hold(agreement.pk)
    rules.check_can_lift_hold(held=hold is not None)
    assert hold is not None  # noqa: S101 - the rule has just refused that
    hold.agreement = agreement
    hold.lifted_because = party_rules.text(reason, "reason", longest=300)
    hold.lifted_at = at
    hold.lifted_by_id = person_behind(by, "Credit is given again by somebody who answers for it.")
    hold.save(update_fields=["lifted_because", "lifted_at", "lifted_by"])
    line = f"{agreement.client.name} is no longer on credit hold: {hold.lifted_because}"
    _tell_credit("credit_hold.lifted", hold, line, by, at)
    return hold


def _speaks_for_provider(agreement: Agreement, by: Actor) -> bool:
    """Whose side this administrator speaks for; nobody else binds one."""
    for_provider = by.organisation_id == agreement.provider_id
    if (Role.PROVIDER_ADMIN if for_provider else Role.CLIENT_ADMIN) not in by.roles:
        raise NotAllowed("Only an administrator of your own side speaks for it.")
    return for_provider


def _tell_credit(kind: str, hold: CreditHold, line: str, by: Actor, at: datetime) -> None:
    agreement = hold.agreement
    to, topic = agreement.party_ids, agreement.topic
    record(kind, subject=hold, by=by, at=at, to=to, topic=topic, line=line, changed=[hold])


def _as_registered(provider: Organisation, client: Organisation) -> dict[str, Any]:
    """Who the two are as far as Breakfix knows; whoever drafts says whether that is how they sign."""
    sides = {"provider": provider, "client": client}
    return {
        "entities": {
            side: {"name": one.legal_name, "address": one.address[:500], "registration": one.tax_id}
            for side, one in sides.items()
        }
    }


def _write(
    version: AgreementVersion,
    base: dict[str, Any],
    given: dict[str, Any],
    person: Person,
    effective_at: datetime | None,
    at: datetime,
) -> None:
    """Set every term of an unsigned version anew, and its hash; any signature on the old wording falls."""
    agreement = version.agreement
    rules.check_accountable(person.organisation_id, is_active=person.is_active, provider_id=agreement.provider_id)
    previous = queries.signed_before(version)
    rules.check_start(effective_at, previous=previous.effective_at if previous else None, at=at)
    stated = rules.stated_over(base, given, dated=effective_at is not None)
    parsed = rules.parsed(stated, first_year=(effective_at or at).year)
    if parsed.calendar.sites:
        # Of the client, whoever writes: the provider may not see a site before anything broke there.
        sites = parties.sites_visible_to(SYSTEM).filter(organisation=agreement.client_id)
        rules.check_sites(parsed, set(sites.values_list("name", flat=True)))
    version.terms = parsed.to_json()
    version.__dict__.pop("parsed", None)
    _move(version, VersionStatus.DRAFT)
    version.accountable_person = person
    version.starts_on_signature, version.effective_at = effective_at is None, effective_at
    version.drafted_at = at
    version.provider_signed_by = version.provider_signed_at = None
    version.client_signed_by = version.client_signed_at = None
    version.sha256 = sha256_hex(version.content())
    version.save()


def _move(version: AgreementVersion, to: VersionStatus) -> None:
    rules.check_move(VersionStatus(version.status), to)
    version.status = to.value


def _both_signed(version: AgreementVersion) -> bool:
    return version.provider_signed_at is not None and version.client_signed_at is not None


def _propose(version: AgreementVersion) -> list[Row]:
    _move(version, VersionStatus.PROPOSED)
    version.save()
    return [version]


def _put_in_force(version: AgreementVersion, previous: AgreementVersion | None, at: datetime) -> list[Row]:
    """From its start this version governs what is opened; the one before it ends there."""
    starts = version.effective_at or at
    changed: list[Row] = []
    if previous is not None:
        # First, because two signed versions of one agreement without an end cannot be stored.
        if previous.status != VersionStatus.ENDED:  # else notice was given, and both go on all the same
            _move(previous, VersionStatus.ENDED)
        # What has ended is not in force again by what follows it later.
        previous.ends_at = min(starts, previous.ends_at or starts)
        previous.save(update_fields=["status", "ends_at"])
        changed.append(previous)
    _move(version, VersionStatus.SIGNED)
    version.effective_at = starts
    version.save()
    agreement = version.agreement
    reason = f"agreement {agreement.number}"
    for seen, seeing in ((agreement.provider, agreement.client_id), (agreement.client, agreement.provider_id)):
        changed += party_steps.share(seen.topic, organisation_id=seeing, reason=reason, at=at)
    return [*changed, version]


def _tell(
    kind: str,
    version: AgreementVersion,
    line: str,
    changed: list[Row],
    by: Actor,
    at: datetime,
    **facts: object,
) -> None:
    agreement = version.agreement
    record(
        kind,
        subject=version,
        by=by,
        at=at,
        to=agreement.party_ids,
        topic=agreement.topic,
        line=line,
        facts={
            "agreement": agreement.number,
            "version": version.version,
            "sha256": version.sha256,
            "effective_at": version.effective_at,
            **facts,
        },
        changed=changed,
    )
