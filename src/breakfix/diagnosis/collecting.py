"""Reads of the offline collector: the script for one engagement with its key, and what was handed in."""

import json
from importlib import resources
from typing import Any

import yaml
from django.db.models import Prefetch, QuerySet
from django.utils.crypto import salted_hmac

from breakfix.diagnosis.models import CollectedOutput, Collection
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor

_PLACE = 'SETUP = "{}"'


def _packaged(name: str) -> str:
    return (resources.files("breakfix.diagnosis") / "collector" / name).read_text("utf-8")


def commands_for(domain: str) -> dict[str, list[dict[str, Any]]]:
    """What is run for a service domain, by operating system."""
    table = yaml.safe_load(_packaged("commands.yaml"))
    groups = [table["groups"][name] for name in table["domains"][domain]]
    return {system: [one for group in groups for one in group[system]] for system in ("linux", "windows")}


def script_of(collection: Collection) -> str:
    """The collector as the client downloads it: one file with its commands, its limits and its one-time key."""
    engagement = collection.engagement
    setup = {
        "engagement": engagement.number,
        "collection": collection.pk,
        "key": key_of(collection),
        "limits": yaml.safe_load(_packaged("commands.yaml"))["limits"],
        "commands": commands_for(engagement.domain),
    }
    # Raw, so that what JSON escapes stays escaped; a quotation mark inside of it always is.
    return _packaged("collect.py").replace(_PLACE, f'SETUP = r"""\n{json.dumps(setup, indent=1)}\n"""', 1)


def key_of(collection: Collection) -> str:
    """The key of a collection in force: of its nonce and this installation's secret, kept nowhere itself."""
    seed = f"{collection.pk}:{collection.nonce}"
    return salted_hmac("breakfix.diagnosis.collection", seed, algorithm="sha256").hexdigest()


def visible_to(by: Actor) -> QuerySet[Collection]:
    """The collections of engagements this actor was let in on, latest first, with what was handed in."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    outputs = CollectedOutput.objects.select_related("file").order_by("id")
    rows = Collection.objects.filter(engagement__in=seen).select_related("engagement", "bundle", "allowed_by")
    return rows.prefetch_related(Prefetch("outputs", outputs)).order_by("-id")


def collections_of(engagement: Engagement) -> list[Collection]:
    """Every collection that the client allowed on it, latest first, held until the end of the deed."""
    rows = Collection.objects.select_for_update().filter(engagement=engagement).order_by("-id")
    return list(rows)


def open_on(engagement: Engagement) -> Collection | None:
    """The one whose bundle is still awaited."""
    rows = Collection.objects.filter(engagement=engagement, withdrawn_at=None, handed_in_at=None)
    return rows.select_related("engagement").first()
