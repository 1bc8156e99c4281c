"""A call of a client: who may be calling, and what the desk reads back before anything is reported."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from breakfix.agreements import queries as agreements
from breakfix.agreements.models import AgreementVersion
from breakfix.assets.models import Asset
from breakfix.incidents import places, triaging
from breakfix.incidents.rules import asked, intake, priority, reading_back, targets
from breakfix.incidents.rules.clocks import calendar_of
from breakfix.incidents.rules.words import check_no_amount
from breakfix.incidents.values import Call, ClockKind, Scores
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.clocks import due
from breakfix.parties import queries as parties
from breakfix.parties import rules as texts
from breakfix.parties.models import Person, Site

MOST_CALLERS = 12


@dataclass(frozen=True)
class ReadBack:
    """What is read to the caller, its hash, and what is promised if it is reported this very minute."""

    sentences: tuple[str, ...]
    sha256: str
    scores: Scores
    promises: tuple[tuple[ClockKind, datetime | None], ...]
    asset: Asset | None
    site: Site


def callers(words: str, by: Actor, at: datetime) -> list[Person]:
    """People of the reader's clients whose name, organisation or number has every word, at most a dozen."""
    require(by, Deed.TAKE_CALL)
    found = _people_of_clients(by, at)
    for word in words.split():
        digits = "".join(sign for sign in word if sign.isdigit())
        match = Q(name__icontains=word) | Q(organisation__name__icontains=word) | Q(email__icontains=word)
        # Numbers are written with and without blanks: one with the last four digits in a row is worth a look.
        match |= Q(phone__icontains=digits[-4:]) if len(digits) >= 4 else Q()
        found = found.filter(match)
    return list(found[:MOST_CALLERS])


def get_caller(person_id: int, by: Actor, at: datetime) -> Person:
    """This person of one of the reader's clients, or NotFound."""
    require(by, Deed.TAKE_CALL)
    person = parties.get_person(person_id, by=by)
    if not _people_of_clients(by, at).filter(pk=person.pk).exists():
        raise Refused("not_of_client", "This person does not belong to a client of yours.", field="requester_id")
    return person


def _people_of_clients(by: Actor, at: datetime) -> QuerySet[Person]:
    clients = [one.pk for one in agreements.clients_of(by.organisation_id or 0, at)]
    return parties.people_visible_to(by).filter(organisation__in=clients, is_active=True)


def read_back(
    requester_id: int,
    *,
    callback: str,
    call: Call,
    label: str = "",
    asset_id: int | None = None,
    site_id: int | None = None,
    by: Actor,
    at: datetime,
) -> ReadBack:
    """What this call would be reported as, in words for the telephone; refuses what could not be reported.

    `label` is the tag or serial number that the caller reads off the machine; it, `asset_id` or `site_id` says what
    broke.
    """
    require(by, Deed.TAKE_CALL)
    caller = get_caller(requester_id, by, at)
    callback = texts.text(callback, "callback", longest=60)
    chosen = places.labelled(label, caller.organisation_id).pk if label.strip() else asset_id
    asset, site = places.what_broke(chosen, site_id if chosen is None else None, by, at)
    if site.organisation_id != caller.organisation_id:
        raise Refused("not_of_client", "This does not belong to the caller's organisation.", field="site_id")
    version = agreements.in_force(site.organisation_id, by.organisation_id or 0, at)
    check_no_amount(texts.text(call.title, "call-title", longest=160), "call-title")
    intake.check_begun(call.outage_started_at, at)
    duties = call.obligations or []
    for number, duty in enumerate(duties):
        texts.text(duty.name, f"call-obligations-{number}-name", longest=160)
    deadlines = [intake.deadline_of(duty, f"call-obligations-{n}") for n, duty in enumerate(duties)]
    priority.check_answers(call.answers, dated=len(duties), side=by.side)
    scores = triaging.scored(version, call.answers, deadlines, by=by, at=at)
    said = reading_back.sentences(
        caller=f"{caller.name} of {caller.organisation.name}",
        callback=callback,
        what=f"{asset.name} at {site.name}" if asset else site.name,
        call=call,
        scores=scores,
        details=asked.answered(call.domain, call.details or {}),
        zone=site.zone,
    )
    unsaid: dict[str, object] = {
        "description": call.description.strip(),
        "distance_miles": call.distance_miles,
        "site": site.pk,
    }
    unsaid |= {"duties": [asdict(duty) for duty in duties]}
    sha256 = reading_back.hash_of(said, {**unsaid, "asset": asset.pk if asset else None})
    return ReadBack(said, sha256, scores, tuple(_promised(version, call, scores, site, at)), asset, site)


def _promised(
    version: AgreementVersion, call: Call, scores: Scores, site: Site, at: datetime
) -> Sequence[tuple[ClockKind, datetime | None]]:
    hours = agreements.calendar_for(version, site)
    kinds = [ClockKind.ENGAGE, *([ClockKind.ONSITE] if call.onsite_needed else []), ClockKind.RESTORE]
    found = []
    for kind in kinds:
        one = targets.promise(
            kind, version.parsed.commitments, scores.priority, hours=hours, start=at, miles=call.distance_miles
        )
        found.append((kind, due(calendar_of(one.coverage, hours), one.start, timedelta(seconds=one.seconds))))
    return found
