"""What broke, and where: what may be named in a report, by whom."""

from datetime import datetime

from django.db.models import Q

from breakfix.agreements import queries as agreements
from breakfix.assets import queries as assets
from breakfix.assets.models import Asset
from breakfix.kernel.access import SYSTEM, Actor, Deed, Side, may
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parties import queries as parties
from breakfix.parties.models import Site


def what_broke(asset_id: int | None, site_id: int | None, by: Actor, at: datetime) -> tuple[Asset | None, Site]:
    """The machine, if one is named, and the client's site at which it stands; refuses one without the other."""
    asset = _asset(asset_id, by, at) if asset_id is not None else None
    if asset is None and site_id is None:
        raise Refused("asset_or_site", "Choose what broke, or at least the site.", field="asset_id")
    site = parties.get_site(site_id, by) if site_id is not None else None
    if asset is not None and site is not None and asset.site_id != site.pk:
        raise Refused("asset_elsewhere", "This asset stands at another site.", field="site_id")
    place = site or parties.get_site(asset.site_id, by)  # type: ignore[union-attr] # one of them is given
    if place.organisation.is_provider:
        raise Refused("not_a_client_site", "Failures are reported at a client's site.", field="site_id")
    return asset, place


def _asset(asset_id: int, by: Actor, at: datetime) -> Asset:
    """What broke. The desk takes calls about every machine of its clients, also those never shared with it before."""
    if by.side is not Side.PROVIDER or by.organisation_id is None or not may(by, Deed.REPORT_FAILURE):
        return assets.get_asset(asset_id, by)
    asset = assets.get_asset(asset_id, SYSTEM)
    if agreements.find_in_force(asset.client_id, by.organisation_id, at) is None:
        agreements.check_not_ended(asset.client_id, by.organisation_id, at)
        raise NotFound("This asset")
    return asset


def labelled(label: str, client_id: int) -> Asset:
    """The client's machine with exactly this tag or serial number: what a caller reads off the label.

    Whoever knows the number may name the machine; nobody is shown the register for it.
    """
    wanted = label.strip()
    found = assets.assets_visible_to(SYSTEM).filter(client=client_id)
    machines = list(found.filter(Q(tag__iexact=wanted) | Q(serial__iexact=wanted))[:2])
    if not wanted or not machines:
        message = "No machine of this client has that tag or serial number; check it, or choose the site."
        raise Refused("unknown_label", message, field="label")
    if len(machines) > 1:
        message = "Two machines of this client answer to that; ask for the other of tag and serial number."
        raise Refused("two_labels", message, field="label")
    return machines[0]
