"""A monitoring system of Northgate's that may tell of failures, and messages as it sends them."""

import json
from datetime import datetime, timedelta
from typing import Any

from breakfix.agreements.values import Domain
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import AlertSource
from breakfix.kernel import sealing
from tests import people
from tests.makers import World, local

ADDED = local("2026-12-01 19:00")
HEARD = local("2026-12-01 19:41")


def source(world: World, *, who: str = "nora", at: datetime = ADDED, **given: Any) -> AlertSource:
    """Prometheus at Northgate's site; with its secret."""
    sealing.make_key(needed=False)
    usual: dict[str, Any] = {
        "provider_id": world.organisation("ironbridge").pk,
        "name": "Prometheus",
        "domain": Domain.HW_RAID,
    }
    site = given.pop("site_id", world.assets["backup"].site_id)
    return actions.add_alert_source(site, **{**usual, **given}, by=people.actor(who, confirmed_at=at), at=at)


def alert(
    name: str = "ArrayDegraded",
    *,
    host: str = "nyc-backup-01.northgate.example:9100",
    status: str = "firing",
    begun: datetime | None = HEARD - timedelta(minutes=1),
    severity: str = "critical",
) -> dict[str, Any]:
    """One alert as Alertmanager tells it."""
    return {
        "status": status,
        "labels": {"alertname": name, "instance": host, "severity": severity},
        "annotations": {"summary": f"{name} on {host}"},
        **({"startsAt": begun.isoformat()} if begun else {}),
    }


def told(*alerts: dict[str, Any], **more: Any) -> bytes:
    """A message of Alertmanager with these alerts; `more` makes its bytes others."""
    return json.dumps({"version": "4", "groupKey": "{}", "receiver": "desk", "alerts": list(alerts), **more}).encode()
