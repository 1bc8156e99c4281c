"""Reporting a failure: the deed that opens an engagement and fixes what governs it."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from breakfix.agreements import queries as agreements
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Domain
from breakfix.incidents import duties, places, steps, triaging, wording
from breakfix.incidents.models import Engagement, ForensicFee, ReportWord
from breakfix.incidents.rules import asked, intake, preserving, priority
from breakfix.incidents.values import Answers, EndKind, FeeAccepted, ObligationInput, Scores, Status
from breakfix.kernel import files
from breakfix.kernel.access import ROLES_FOR, Actor, Deed, Role, Side, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import File, Row
from breakfix.kernel.money import Money
from breakfix.kernel.numbers import next_number
from breakfix.parties import queries as parties
from breakfix.parties import rules as texts
from breakfix.parties import steps as grants
from breakfix.parties.models import Person, Site


@transaction.atomic
def report_failure(
    asset_id: int | None = None,
    *,
    provider_id: int,
    domain: Domain,
    title: str,
    answers: Answers,
    outage_started_at: datetime,
    obligations: list[ObligationInput] | None = None,
    site_id: int | None = None,
    description: str = "",
    details: dict[str, str] | None = None,
    evidence: Upload | None = None,
    prior_attempt: bool = False,
    need_to_know: bool = False,
    named_people: list[int] | None = None,
    requester_id: int | None = None,
    callback: str = "",
    onsite_needed: bool = True,
    distance_miles: Decimal | None = None,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Open an engagement: priority, agreement version, calendar, fee and clocks are fixed from here on.

    By a requester of the client, or by the provider's desk on behalf of one (`requester_id`). `details` answers what
    the domain asks, by id. A need-to-know engagement is seen by its requester and the named people only.
    """
    asset, site = places.what_broke(asset_id, site_id, by, at)
    require(by, Deed.REPORT_FAILURE, org=(site.organisation_id, provider_id))
    version = agreements.in_force(site.organisation_id, provider_id, at)
    told = list(obligations or [])
    deadlines = [intake.deadline_of(duty, f"obligations-{n}") for n, duty in enumerate(told)]
    priority.check_answers(answers, dated=len(told), side=by.side)
    intake.check_begun(outage_started_at, at)
    need_to_know = need_to_know or domain.described.restricted
    named = _with_keepers(domain, named_people or [], site, provider_id, at)
    people = _people(requester_id, named, need_to_know, site, provider_id, by, at)
    scores = triaging.scored(version, answers, deadlines, by=by, at=at)
    engagement = Engagement(provider_id=provider_id, asset=asset, site=site, domain=domain.value)
    engagement.outage_started_at = outage_started_at
    _say(engagement, title, description, callback, asked.answered(domain, details or {}))
    engagement.prior_attempt, engagement.need_to_know = prior_attempt, need_to_know
    engagement.onsite_needed, engagement.distance_miles = onsite_needed, intake.distance(distance_miles)
    rows = _open(engagement, version, people, answers, scores, at)
    kept = _kept(engagement, evidence, at)
    rows += [*kept, *_obligations(engagement, told, deadlines), *_fee(engagement, version, at)]
    rows += [*_preserve(engagement, domain, by, at), *steps.move(engagement, Status.SUBMITTED, by=by, at=at)]
    _tell(engagement, scores, rows, kept, by, at)
    return engagement


def _requester(requester_id: int | None, site: Site, by: Actor) -> Person:
    """Who reports: oneself, or, for the desk and for a machine, the client's person on whose behalf it is done."""
    if by.side is Side.CLIENT and by.person_id is not None:
        if requester_id not in (None, by.person_id):
            raise Refused("requester_is_you", "You can report only in your own name.", field="requester_id")
        return parties.get_person(by.person_id, by=by)
    if requester_id is None:
        raise Refused("missing_field", "Say for whom of the client you report this.", field="requester_id")
    person = parties.get_person(requester_id, by=by)
    if person.organisation_id != site.organisation_id:
        raise Refused("not_of_client", "This person does not belong to the client.", field="requester_id")
    return person


def _people(
    requester_id: int | None,
    named_people: list[int],
    need_to_know: bool,
    site: Site,
    provider_id: int,
    by: Actor,
    at: datetime,
) -> list[Person]:
    """The requester, then whoever is let in on a restricted engagement; a dispatcher who reports it is."""
    requester = _requester(requester_id, site, by)
    ids = list(dict.fromkeys(named_people))
    if need_to_know and by.side is Side.PROVIDER and by.person_id is not None and by.person_id not in ids:
        ids.append(by.person_id)
    named = [parties.get_person(person_id, by=by) for person_id in ids]
    if any(person.organisation_id not in (site.organisation_id, provider_id) for person in named):
        message = "Name only people of the client and of the provider who is called."
        raise Refused("not_a_party", message, field="named_people")
    desk = _those_with({Role.DISPATCHER}, provider_id, at) & set(ids)
    # The requester never signs for what they reported, but may be the one who lets others in.
    signers = _those_with(ROLES_FOR[Deed.APPROVE_QUOTE], site.organisation_id, at) & set(ids) - {requester.pk}
    openers = _those_with(ROLES_FOR[Deed.SHARE_TOPIC], site.organisation_id, at) & {requester.pk, *ids}
    intake.check_named(named_people, need_to_know, desk=len(desk), signers=len(signers | openers))
    return [requester, *named]


def _with_keepers(domain: Domain, named: list[int], site: Site, provider_id: int, at: datetime) -> list[int]:
    """Whoever was named; on a restricted domain's engagement its keepers, too.

    Keepers may let others in and answer for what is preserved: the client's security officers, or, where it has
    none, its administrators. Where nobody was named, the provider's dispatchers as well: no alarm waits for names.
    """
    if not domain.described.restricted:
        return named
    client = site.organisation_id
    keepers = _those_with({Role.SECURITY_OFFICER}, client, at) or _those_with({Role.CLIENT_ADMIN}, client, at)
    desk = set() if named else _those_with({Role.DISPATCHER}, provider_id, at)
    return [*named, *sorted((keepers | desk) - set(named))]


def _preserve(engagement: Engagement, domain: Domain, by: Actor, at: datetime) -> list[Row]:
    """A restricted domain's engagement is under legal hold at once, and its insurer is to be told in time."""
    if domain.described.restricted:
        why = preserving.BY_ITSELF
        engagement.preserved = preserving.noted(None, "hold", by=by.name, reason=why, at=at)
        engagement.save(update_fields=["preserved"])
    hours = domain.described.insurer_notice_hours
    if hours is None:
        return []
    officers = _those_with({Role.SECURITY_OFFICER}, engagement.client_id, at)
    return steps.open_end(
        engagement,
        EndKind.INSURER,
        f"Tell the cyber insurer within {hours} hours, or say that there is none",
        organisation_id=engagement.client_id,
        role=Role.SECURITY_OFFICER if officers else Role.CLIENT_ADMIN,
        due_at=at + timedelta(hours=hours),
        at=at,
    )


def _those_with(roles: Iterable[Role], organisation_id: int, at: datetime) -> set[int]:
    return set(parties.people_with(roles, organisation_id, at).values_list("pk", flat=True))


def _say(engagement: Engagement, title: str, description: str, callback: str, details: list[dict[str, str]]) -> None:
    engagement.details = details
    engagement.title = texts.text(title, "title", longest=160)
    engagement.description = texts.text(description, "description", longest=8000, required=False)
    engagement.callback = texts.text(callback, "callback", longest=60, required=False)


def _open(
    engagement: Engagement,
    version: AgreementVersion,
    people: list[Person],
    answers: Answers,
    scores: Scores,
    at: datetime,
) -> list[Row]:
    """Keep what governs the engagement as it is now, number it, store it as DRAFT and let its parties in."""
    engagement.client_id, engagement.agreement_version = engagement.site.organisation_id, version
    engagement.requester = people[0]
    engagement.owner = _owner(engagement, people, version)
    engagement.answers = {
        name: value if isinstance(value, bool) else str(value) for name, value in asdict(answers).items()
    }
    engagement.points = [list(pair) for pair in scores.points]
    engagement.impact_score, engagement.urgency_score = scores.impact_score, scores.urgency_score
    engagement.impact, engagement.urgency = scores.impact.value, scores.urgency.value
    engagement.priority, engagement.floor_reason = scores.priority.value, scores.floor_reason
    engagement.calendar = agreements.calendar_for(version, engagement.site).to_json()
    engagement.currency, engagement.submitted_at = version.agreement.currency, at
    engagement.downtime = _downtime(engagement)
    engagement.number = next_number("E", engagement.provider_id, at)
    engagement.save()
    rows = _let_in(engagement, people, at)
    ReportWord.objects.bulk_create(wording.words_of(engagement))
    return rows


def _owner(engagement: Engagement, people: list[Person], version: AgreementVersion) -> Person:
    """The accountable person; of a restricted engagement only if named, else the first named of the provider."""
    accountable = version.accountable_person
    if accountable is not None and (not engagement.need_to_know or accountable in people):
        return accountable
    of_provider = [person for person in people if person.organisation_id == engagement.provider_id]
    if not of_provider:
        raise Refused("nobody_accountable", "The agreement names nobody accountable at the provider; revise it.")
    return of_provider[0]


def _downtime(engagement: Engagement) -> dict[str, Any]:
    """The service's rates in the agreement's currency; without a service, or in another currency, none."""
    service = engagement.asset.service if engagement.asset else None
    if service is None or service.currency != engagement.currency:
        return {}
    hours = {**engagement.calendar, "hours": service.hours} if service.hours else engagement.calendar
    return {
        "name": service.name,
        "business_minor": service.business_rate_minor,
        "off_minor": service.off_rate_minor,
        "currency": service.currency,
        "calendar": hours,
    }


def _kept(engagement: Engagement, evidence: Upload | None, at: datetime) -> list[File]:
    """The photograph or log that came with the report."""
    return [] if evidence is None else [files.keep(evidence, topic=engagement.topic, at=at)]


def _obligations(engagement: Engagement, told: list[ObligationInput], deadlines: list[datetime]) -> list[Row]:
    rows: list[Row] = []
    for number, (duty, deadline) in enumerate(zip(told, deadlines, strict=True)):
        row = duties.drawn_up(engagement, duty, deadline, f"obligations-{number}")
        row.save()
        rows.append(row)
    return rows


def _fee(engagement: Engagement, version: AgreementVersion, at: datetime) -> list[Row]:
    """The flat forensic fee and its ceiling; accepted at once where the agreement pre-authorises it.

    Where the agreement names none, a statement of work has to state it before anything is taken on.
    """
    terms = version.parsed
    agreed = terms.forensic.fees.get(Domain(engagement.domain))
    base = Money.of(agreed.fee if agreed else Decimal(0), engagement.currency)
    ceiling = base * terms.forensic.after_hours_multiplier
    fee = ForensicFee.objects.create(
        engagement=engagement, base_minor=base.minor, ceiling_minor=ceiling.minor, currency=engagement.currency
    )
    if agreed is None:
        return [fee]
    limit = Money.of(terms.approvals.forensic_preauthorised_limit, engagement.currency)
    if ceiling.is_zero or (terms.forensic.preauthorised and ceiling <= limit):
        return steps.accept_fee(engagement, FeeAccepted.PREAUTHORISED, at=at)
    return steps.ask_fee(engagement, fee, at=at)


def _let_in(engagement: Engagement, people: list[Person], at: datetime) -> list[Row]:
    """Both organisations, or only the named people where it is need-to-know; the asset goes with it."""
    topics = [engagement.topic] + ([engagement.asset.topic] if engagement.asset else [])
    rows: list[Row] = []
    for topic in topics:
        if engagement.need_to_know:
            for person in people:
                rows += grants.share(topic, person_id=person.pk, reason="named: need to know", at=at)
            continue
        for organisation_id in engagement.party_ids:
            reason = f"party to {engagement.number}"
            rows += grants.share(topic, organisation_id=organisation_id, reason=reason, at=at)
    return rows


def _tell(engagement: Engagement, scores: Scores, rows: list[Row], kept: list[File], by: Actor, at: datetime) -> None:
    floor = f", raised because {scores.floor_reason}" if scores.floor_reason else ""
    record(
        "engagement.submitted",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"{engagement.number} reported: {engagement.domain}, {scores.priority} (impact {scores.impact_score} "
        f"{scores.impact}, urgency {scores.urgency_score} {scores.urgency}{floor}).",
        facts={
            "priority": scores.priority,
            "matrix": scores.matrix,
            "points": dict(scores.points),
            **({"evidence": [file.sha256 for file in kept]} if kept else {}),
        },
        changed=rows,
    )
