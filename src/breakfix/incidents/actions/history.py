"""Taking over what another system recorded of incidents: its words and instants, and nothing it does not say."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from breakfix.assets.models import Asset
from breakfix.incidents import past
from breakfix.incidents.models import PastIncident
from breakfix.incidents.rules import past as rules
from breakfix.incidents.values import MachineBy, PastLife, Status
from breakfix.kernel.access import Actor, Deed, Side, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.parties import queries as parties
from breakfix.parties.models import Organisation


@transaction.atomic
def import_history(
    client_id: int,
    *,
    source: str,
    lives: list[PastLife],
    asset_by: MachineBy = MachineBy.SERIAL,
    by: Actor,
    at: datetime,
) -> list[PastIncident]:
    """Keep these incidents as the client's own history; those of this source that are there already are left alone.

    Returns what was added. Only the client reads it, and whoever is sent what is of the machine that failed and its
    model; every page says that it was not verified here.
    """
    client = parties.lock_organisation(client_id, by=by)
    require(by, Deed.IMPORT_HISTORY, org=client_id)
    if client.side != Side.CLIENT:
        raise Refused("not_a_client", "A history belongs to a client.", field="client_id")
    rules.check_lives(source, lives)
    kept = PastIncident.objects.filter(client=client, source=source, number__in=[one.number for one in lives])
    known = set(kept.values_list("number", flat=True))
    fresh = [one for one in lives if one.number not in known]
    machines = past.machines_by(client_id, asset_by, (one.asset for one in fresh))
    made = [_row(client, source, one, machines.get(one.asset), at) for one in fresh]
    if made:
        PastIncident.objects.bulk_create(made)
        _tell(client, source, made, by, at)
    return made


def _row(client: Organisation, source: str, life: PastLife, asset: Asset | None, at: datetime) -> PastIncident:
    events, found = rules.walked(life)
    return PastIncident(
        client=client,
        source=source,
        number=life.number,
        title=life.title,
        asset=asset,
        asset_word=life.asset,
        priority_word=life.priority,
        state=found.ended or "",
        first_at=events[0].at,
        last_at=events[-1].at,
        resolved_at=rules.last_into(events, Status.RESOLVED),
        closed_at=rules.last_into(events, Status.CLOSED),
        mid_life=found.mid_life,
        refused=len(found.refused),
        events=rules.as_stored(events, found),
        imported_at=at,
    )


def _tell(client: Organisation, source: str, made: Sequence[PastIncident], by: Actor, at: datetime) -> None:
    record(
        "history.imported",
        subject=client,
        by=by,
        at=at,
        to=[client.pk],
        line=f"{len(made)} past incidents were imported from {source}.",
        facts={"source": source, "incidents": len(made), "refused": sum(one.refused for one in made)},
        changed=made,
    )
