"""Incidents from before Breakfix, as other systems' logs tell them: the client's own."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from breakfix.assets.models import Asset
from breakfix.incidents.models import PastIncident
from breakfix.incidents.values import MachineBy
from breakfix.kernel.access import Actor, Side


def past_visible_to(by: Actor) -> QuerySet[PastIncident]:
    """The imported incidents of one's own organisation, latest first; a provider sees none, whatever was shared.

    What whoever is sent reads of one machine and its model is `alike.imported_before`.
    """
    if by.is_machine:
        visible = Q()
    elif by.side is Side.CLIENT and by.roles and not by.field_only:
        visible = Q(client=by.organisation_id)
    else:
        visible = Q(pk__in=[])
    return PastIncident.objects.filter(visible).select_related("client", "asset").order_by("-last_at", "-id")


def machines_by(client_id: int, asset_by: MachineBy, words: Iterable[str]) -> dict[str, Asset]:
    """The client's machines by serial or tag; a word that two machines answer to names none of them."""
    wanted = {word for word in words if word}
    found: dict[str, list[Asset]] = {}
    for asset in Asset.objects.filter(client=client_id, **{f"{asset_by}__in": wanted}) if wanted else ():
        found.setdefault(getattr(asset, asset_by), []).append(asset)
    return {word: machines[0] for word, machines in found.items() if len(machines) == 1}
