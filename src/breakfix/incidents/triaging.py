"""What a report comes to under an agreement: its priority, if its way in is one that was agreed."""

from collections.abc import Sequence
from datetime import datetime

from breakfix.agreements.models import AgreementVersion
from breakfix.incidents.rules import intake, priority
from breakfix.incidents.values import Answers, Scores
from breakfix.kernel.access import Actor


def scored(
    version: AgreementVersion, answers: Answers, deadlines: Sequence[datetime], *, by: Actor, at: datetime
) -> Scores:
    """The scores by the agreement's matrix; refuses a way in that the agreement does not name."""
    triage = version.parsed.triage
    found = priority.priority(answers, matrix=triage.matrix, deadlines=deadlines, at=at)
    intake.check_channel(intake.channel_of(by), triage.channels, found.priority)
    return found
