"""The environment dossier: kept by the client, redacted, revealed for one engagement, read by who was sent there."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from breakfix.assets import queries as assets
from breakfix.diagnosis import dossier as dossiers
from breakfix.diagnosis.models import DossierEntry, DossierReading, DossierReveal
from breakfix.diagnosis.rules import dossier as rules
from breakfix.diagnosis.values import DossierKind
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor, Deed, person_behind, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import queries as parties
from breakfix.parties.rules import text

LONGEST = 4000


@transaction.atomic
def note_dossier_entry(
    site_id: int, *, kind: DossierKind, title: str, text: str, asset_id: int | None = None, by: Actor, at: datetime
) -> DossierEntry:
    """Write down what a stranger would have to be told at this site or machine; no provider sees it by that."""
    site = parties.get_site(site_id, by)
    require(by, Deed.NOTE_DOSSIER_ENTRY, org=site.organisation_id)
    asset = assets.get_asset(asset_id, by) if asset_id is not None else None
    rules.check_place(site_id=site.pk, asset_site_id=asset.site_id if asset else None)
    parties.lock_organisation(site.organisation_id, by=by)  # whoever sends the same form at the same time waits
    entry = DossierEntry(client_id=site.organisation_id, site=site, asset=asset, kind=kind.value)
    rules.check_is_new(title, dossiers.titles_beside(entry))
    _write(entry, title, text, by, at)
    _tell(entry, "dossier.noted", f"The environment dossier has a new entry: {kind}, {site.name}.", by, at)
    return entry


@transaction.atomic
def correct_dossier_entry(entry_id: int, *, title: str, text: str, by: Actor, at: datetime) -> DossierEntry:
    """Say what holds now; the same words again confirm it. From here on it is fresh for 180 days."""
    entry = _own(entry_id, Deed.CORRECT_DOSSIER_ENTRY, by)
    parties.lock_organisation(entry.client_id, by=by)
    rules.check_is_new(title, dossiers.titles_beside(entry))
    _write(entry, title, text, by, at)
    _tell(entry, "dossier.corrected", f"An entry of the dossier was confirmed: {entry.kind}.", by, at)
    return entry


@transaction.atomic
def remove_dossier_entry(entry_id: int, *, by: Actor, at: datetime) -> DossierEntry:
    """Take it out: it is shown to nobody any more. The log keeps that it was there."""
    entry = _own(entry_id, Deed.REMOVE_DOSSIER_ENTRY, by)
    entry.removed_at = at
    entry.save(update_fields=["removed_at"])
    _tell(entry, "dossier.removed", f"An entry of the dossier was taken out: {entry.kind}.", by, at)
    return entry


@transaction.atomic
def reveal_dossier(engagement_id: int, *, kinds: list[DossierKind], by: Actor, at: datetime) -> Engagement:
    """Show these kinds of entries to those dispatched on this engagement, and nothing else of the dossier.

    What was revealed before and is not named now is redacted again; every reading is on record.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.REVEAL_DOSSIER, org=engagement.client_id)
    rules.check_can_reveal(kinds, over=incidents.is_over(engagement))
    rows = _withdraw(engagement, keep={one.value for one in kinds}, at=at)
    open_now = {one.kind for one in dossiers.reveals(engagement)}
    for kind in dict.fromkeys(kinds):
        if kind.value not in open_now:
            rows.append(
                DossierReveal.objects.create(
                    engagement=engagement,
                    kind=kind.value,
                    revealed_by_id=_person(by),
                    revealed_at=at,
                )
            )
    names = ", ".join(dict.fromkeys(kinds))
    line = f"The client revealed of its environment dossier, to those dispatched: {names}."
    _tell_both(engagement, "dossier.revealed", line, rows, by, at, {"kinds": list(kinds)})
    return engagement


@transaction.atomic
def redact_dossier(engagement_id: int, *, by: Actor, at: datetime) -> Engagement:
    """Close the dossier on this engagement again: nobody dispatched reads any of it from here on."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.REDACT_DOSSIER, org=engagement.client_id)
    rows = _withdraw(engagement, keep=set(), at=at)
    if not rows:
        raise Refused("redacted", "Nothing of the dossier is revealed here.")
    _tell_both(engagement, "dossier.redacted", "The client closed its environment dossier again.", rows, by, at)
    return engagement


@transaction.atomic
def read_dossier(engagement_id: int, *, by: Actor, at: datetime) -> DossierReading:
    """Open what the client revealed, as somebody booked there; the reading itself is on record for both sides."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.READ_DOSSIER, org=engagement.provider_id)
    dispatch.own_booking(engagement.pk, by=by, at=at)
    kinds = [DossierKind(one.kind) for one in dossiers.reveals(engagement)]
    rules.check_can_read(kinds, over=incidents.is_over(engagement))
    shown = dossiers.revealed(engagement)
    reading = DossierReading.objects.create(
        engagement=engagement,
        person_id=_person(by),
        entries=[one.pk for one in shown],
        read_at=at,
    )
    many = "1 entry" if len(shown) == 1 else f"{len(shown)} entries"
    line = f"An engineer who is booked here read {many} of the environment dossier."
    _tell_both(engagement, "dossier.read", line, [reading], by, at, {"entries": len(shown), "kinds": kinds})
    return reading


def _person(by: Actor) -> int:
    return person_behind(by, "A dossier is written, shown and read by people, not by machines.")


def _own(entry_id: int, deed: Deed, by: Actor) -> DossierEntry:
    entry = dossiers.dossier_visible_to(by).select_for_update(of=("self",)).filter(pk=entry_id).first()
    if entry is None:
        require(by, deed)
        raise NotFound("This entry")
    require(by, deed, org=entry.client_id)
    return entry


def _write(entry: DossierEntry, title: str, words: str, by: Actor, at: datetime) -> None:
    entry.title, entry.text = text(title, "title", longest=120), text(words, "text", longest=LONGEST)
    entry.noted_by_id, entry.confirmed_at = _person(by), at
    entry.save()


def _withdraw(engagement: Engagement, *, keep: set[str], at: datetime) -> list[Row]:
    rows: list[Row] = []
    for one in dossiers.reveals(engagement):
        if one.kind not in keep:
            one.withdrawn_at = at
            one.save(update_fields=["withdrawn_at"])
            rows.append(one)
    return rows


def _tell(entry: DossierEntry, kind: str, line: str, by: Actor, at: datetime) -> None:
    """The client's own log alone hears of its dossier, and no words of it."""
    topic = f"organisation/{entry.client_id}"
    record(kind, subject=entry, by=by, at=at, to=[entry.client_id], topic=topic, line=line, changed=[entry])


def _tell_both(
    engagement: Engagement,
    kind: str,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    record(
        kind,
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
