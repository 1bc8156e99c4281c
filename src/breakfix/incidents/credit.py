"""Whether the client of an engagement is on credit hold, and whether finance lets this one pass."""

from dataclasses import dataclass

from django.db.models import QuerySet

from breakfix.agreements import queries as agreements
from breakfix.agreements.models import CreditHold
from breakfix.agreements.values import Priority
from breakfix.incidents import outside, queries
from breakfix.incidents.models import CreditOverride, Engagement, OpenEnd
from breakfix.incidents.rules import credit
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import Actor
from breakfix.kernel.fence import as_machine


@dataclass(frozen=True)
class Credit:
    """The hold that stands and the override of it, where there is one."""

    hold: CreditHold | None
    override: CreditOverride | None

    @property
    def keeps_away(self) -> bool:
        """Whether somebody has to do something about it before the failure is taken on."""
        return self.hold is not None and self.override is None


def overrides(engagement: Engagement, by: Actor) -> QuerySet[CreditOverride]:
    """Every override of this engagement, the latest first; for its two sides and nobody who was let in beside."""
    seen = queries.visible_to(by).filter(pk=engagement.pk)
    seen = seen if _is_side(engagement, by) else seen.none()
    rows = CreditOverride.objects.filter(engagement__in=seen.values("pk")).select_related("given_by", "hold")
    return rows.order_by("-given_at", "-id")


def standing(engagement: Engagement, by: Actor) -> Credit | None:
    """What a page shows of it to the two sides while it is undecided; None where there is nothing to show."""
    if not _is_side(engagement, by) or outside.standing(engagement) not in credit.UNDECIDED:
        return None
    hold = agreements.find_credit_hold(engagement.agreement_version.agreement_id)
    return Credit(hold, _override_of(engagement, hold)) if hold else None


def held(engagement: Engagement) -> Credit:
    """As it stands, decided on: until the end of the deed nobody places or lifts a hold."""
    hold = agreements.hold_credit(engagement.agreement_version.agreement_id)
    return Credit(hold, _override_of(engagement, hold) if hold else None)


def is_asked(engagement: Engagement) -> bool:
    """Whether finance has the task."""
    return OpenEnd.objects.filter(engagement=engagement, kind=EndKind.CREDIT, closed_at=None).exists()


def wants_finance(engagement: Engagement, found: Credit) -> bool:
    """Whether finance should have it."""
    status, priority = Status(outside.standing(engagement)), Priority(engagement.priority)
    return credit.asks_finance(status, priority, held=found.hold is not None, overridden=found.override is not None)


def undecided_under(agreement_id: int) -> list[int]:
    """The engagements under an agreement that nobody has taken on yet: what a hold, placed or lifted, concerns."""
    undecided = [one.value for one in credit.UNDECIDED]
    with as_machine():
        rows = Engagement.objects.filter(agreement_version__agreement=agreement_id)
        here = rows.filter(status__in=undecided) | rows.filter(status=Status.ON_HOLD, hold_from__in=undecided)
        return list(here.order_by("id").values_list("pk", flat=True))


def _override_of(engagement: Engagement, hold: CreditHold) -> CreditOverride | None:
    return CreditOverride.objects.filter(engagement=engagement, hold=hold).select_related("given_by").first()


def _is_side(engagement: Engagement, by: Actor) -> bool:
    return by.is_machine or (by.organisation_id in engagement.party_ids and bool(by.roles) and not by.field_only)
