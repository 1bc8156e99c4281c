"""What is restricted: somebody of the client has to be able to let others in, somebody of the desk to answer."""

from django.db.models import QuerySet

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.incidents.queries import visible_to
from breakfix.incidents.rules.transitions import OVER
from breakfix.kernel.access import SYSTEM


def restricted_for(client_id: int) -> QuerySet[Engagement]:
    """Every engagement of a client in a restricted domain, for machines."""
    restricted = [one.value for one in Domain if one.described.restricted]
    return visible_to(SYSTEM).filter(client=client_id, domain__in=restricted)


def hidden_at(provider_id: int) -> QuerySet[Engagement]:
    """What only named people of a provider see and is not over, for machines."""
    return visible_to(SYSTEM).filter(provider=provider_id, need_to_know=True).exclude(status__in=OVER)
