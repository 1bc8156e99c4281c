"""A restricted matter keeps somebody who may let others in, and somebody who answers, however people come and go."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.incidents import keeping
from breakfix.incidents import queries as incidents
from breakfix.jobs.plan import id_in
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties
from breakfix.parties.actions import share_topic

OF_CLIENT = "nobody else of the client could release the hold, answer for its media and let others in"
OF_DESK = "nobody else of the desk could answer"


@handles("keepers.follow")
def follow(payload: dict[str, Any], at: datetime) -> None:
    """Where nobody is left for good: the client's security officers, or else its administrators, and dispatchers."""
    for organisation_id in _whose(payload["topic"]):
        keepers = _with(Role.SECURITY_OFFICER, organisation_id, at) or _with(Role.CLIENT_ADMIN, organisation_id, at)
        _keep(keeping.restricted_for(organisation_id), keepers, OF_CLIENT, at)
        _keep(keeping.hidden_at(organisation_id), _with(Role.DISPATCHER, organisation_id, at), OF_DESK, at)


def _whose(topic: str) -> tuple[int, ...]:
    """The organisation whose people changed, or both whose people were let in."""
    if not topic.startswith("engagement/"):
        return (id_in(topic),)
    return incidents.get_engagement(id_in(topic), by=SYSTEM).party_ids


def _with(role: Role, organisation_id: int, at: datetime) -> list[int]:
    return list(parties.people_with(role, organisation_id, at).values_list("pk", flat=True))


def _keep(engagements: Iterable[Any], keepers: list[int], reason: str, at: datetime) -> None:
    for engagement in engagements:
        with transaction.atomic():
            # Whose access ends by itself is no keeper: nothing happens at that minute.
            lasting = {one.person_id for one in parties.holders_of(engagement.topic) if one.until is None}
            for person_id in keepers if lasting.isdisjoint(keepers) else ():
                with suppress(Refused):  # let in by hand in the meantime
                    share_topic(engagement.topic, reason=reason, person_id=person_id, by=SYSTEM, at=at)
