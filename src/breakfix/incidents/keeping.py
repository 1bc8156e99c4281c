"""What is restricted from its report on: somebody of the client has to be able to let others in."""

from django.db.models import QuerySet

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.incidents.queries import visible_to
from breakfix.kernel.access import SYSTEM


def kept_by_few(client_id: int) -> QuerySet[Engagement]:
    """Every engagement of a client in a restricted domain, for machines."""
    restricted = [one.value for one in Domain if one.described.restricted]
    return visible_to(SYSTEM).filter(client=client_id, domain__in=restricted)
