"""Statements of work: the one that waits for the client, and the one that was accepted."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from breakfix.incidents import fees, queries
from breakfix.incidents.models import Engagement, StatementOfWork
from breakfix.incidents.rules import outside
from breakfix.incidents.rules.intake import Cover
from breakfix.incidents.values import SowOutcome, Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound


def statements(engagement: Engagement, by: Actor) -> QuerySet[StatementOfWork]:
    """Every statement put to the client, the latest first; for whoever sees the engagement."""
    seen = queries.visible_to(by).filter(pk=engagement.pk).values("pk")
    rows = StatementOfWork.objects.filter(engagement__in=seen).select_related("proposed_by", "decided_by")
    return rows.order_by("-proposed_at", "-id")


def waiting(engagement: Engagement, by: Actor) -> StatementOfWork | None:
    """The one that waits for the client's answer."""
    return statements(engagement, by).filter(decided_at=None).first()


def check_is_of(engagement: Engagement, statement_id: int) -> None:
    """NotFound unless it was put to the client about this engagement, whatever became of it."""
    if not StatementOfWork.objects.filter(engagement=engagement, pk=statement_id).exists():
        raise NotFound("This statement of work")


def lock_waiting(engagement: Engagement) -> StatementOfWork:
    """The one that waits, held until the end of the deed, or NotFound; the engagement is locked before."""
    rows = StatementOfWork.objects.select_for_update(of=("self",)).filter(engagement=engagement, decided_at=None)
    found = rows.first()
    if found is None:
        raise NotFound("This statement of work")
    return found


def accepted_exceptions(engagement: Engagement) -> list[str]:
    """What the client's last word allows: the exceptions that it named; none where that word was no."""
    decided = StatementOfWork.objects.filter(engagement=engagement, decided_at__isnull=False)
    return allowed_by(list(decided.order_by("-decided_at", "-id")))


def allowed_by(statements: Iterable[StatementOfWork]) -> list[str]:
    """The same out of statements that were read, the latest decided first."""
    decided = (one for one in statements if one.decided_at is not None and one.outcome != SowOutcome.WITHDRAWN)
    last = next(decided, None)
    return list(last.because) if last is not None and last.outcome == SowOutcome.ACCEPTED else []


def standing(engagement: Engagement) -> Status:
    """Where it stands, or will go on from once its hold has ended."""
    return Status(engagement.hold_from or engagement.status)


def is_undecided(engagement: Engagement) -> bool:
    """Whether nobody has decided yet to take it on: until then a statement can be put and answered."""
    return standing(engagement) in outside.DECIDED


def is_fee_stated(engagement: Engagement) -> bool:
    """Whether the fee of the diagnosis is known: agreed, or stated by an accepted statement.

    What the approvers refused is stated no more: another statement may state another fee.
    """
    fee = queries.fee(engagement)
    return fee.accepted_at is not None or (fee.ceiling_minor > 0 and not fees.is_refused(engagement))


def is_looked_at(engagement: Engagement) -> bool:
    """Whether the desk has it in hand and may put a statement; before that nobody looked, after it all is decided."""
    return standing(engagement) is Status.ACKNOWLEDGED


def excluded(engagement: Engagement, read: Iterable[StatementOfWork] | None = None) -> tuple[str, ...]:
    """Which exclusions of the agreement the desk put to the client: a no does not make them go, taking back does.

    `read`: its statements, where somebody read them already.
    """
    exclusions = queries.terms(engagement).scope.exclusions
    if not exclusions:
        return ()
    put = StatementOfWork.objects.filter(engagement=engagement) if read is None else read
    because = [why for one in put if one.outcome != SowOutcome.WITHDRAWN for why in one.because]
    return outside.named_in(because, exclusions)


def exclusions_left(engagement: Engagement, cover: Cover) -> list[str]:
    """The exclusions of the agreement that a statement could still name."""
    agreed = outside.listed(queries.terms(engagement).scope.exclusions)
    return [one for one in agreed if one not in cover.excluded]


def new_exceptions(cover: Cover, *, known: Collection[str]) -> list[str]:
    """What a statement would have to name beside what is `known`."""
    return [one for one in outside.exceptions(cover) if one not in known]
