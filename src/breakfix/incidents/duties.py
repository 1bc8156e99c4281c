"""A dated duty of the client as it is kept, whether it is told at the report, found out later or taken over."""

from datetime import datetime, timedelta

from breakfix.incidents.models import Engagement, Obligation
from breakfix.incidents.rules import intake
from breakfix.incidents.values import ObligationInput
from breakfix.parties import rules as texts

TOLD_APART = timedelta(hours=1)


def drawn_up(engagement: Engagement, duty: ObligationInput, deadline: datetime, field: str) -> Obligation:
    """The row, not yet stored, in the engagement's currency; refuses words too long and harms that are none."""
    return Obligation(
        engagement=engagement,
        name=texts.text(duty.name, f"{field}-name", longest=160),
        source=texts.text(duty.source, f"{field}-source", longest=200),
        triggered_at=duty.triggered_at,
        deadline_at=deadline,
        harm_minor=intake.harm_of(duty.harm, engagement.currency, f"{field}-harm").minor,
        harm_per_day_minor=intake.harm_of(duty.harm_per_day, engagement.currency, f"{field}-harm_per_day").minor,
        currency=engagement.currency,
        owner=texts.text(duty.owner, f"{field}-owner", longest=120, required=False),
        ends_with_restoration=duty.ends_with_restoration,
    )


def is_known(engagement: Engagement, duty: Obligation) -> bool:
    """Whether the engagement has this duty already."""
    return any(is_same(duty, other) for other in Obligation.objects.filter(engagement=engagement))


def is_same(duty: Obligation, other: Obligation) -> bool:
    """Two callers say the same duty minutes apart; its harm falls once."""
    words = (duty.name.casefold(), duty.source.casefold()) == (other.name.casefold(), other.source.casefold())
    return words and abs(duty.deadline_at - other.deadline_at) <= TOLD_APART
