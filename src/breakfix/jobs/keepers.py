"""A restricted matter keeps somebody of the client who may let others in, however people come and go."""

from datetime import datetime
from typing import Any

from breakfix.incidents import keeping
from breakfix.jobs.plan import id_in
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.parties import queries as parties
from breakfix.parties.actions import share_topic

REASON = "nobody else of the client could let anybody in, release the hold or answer for its media"


@handles("keepers.follow")
def follow(payload: dict[str, Any], at: datetime) -> None:
    """Let the client's security officers, or, where it has none, its administrators in where no keeper is left."""
    client = id_in(payload["topic"])
    keepers = list(parties.people_with(Role.SECURITY_OFFICER, client, at))
    keepers = keepers or list(parties.people_with(Role.CLIENT_ADMIN, client, at))
    actors = [parties.actor_for(one) for one in keepers]
    for engagement in keeping.kept_by_few(client):
        if not any(parties.sees_topic(actor, engagement.topic) for actor in actors):
            for one in keepers:
                share_topic(engagement.topic, reason=REASON, person_id=one.pk, by=SYSTEM, at=at)
