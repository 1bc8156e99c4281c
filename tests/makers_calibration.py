"""Nights like S1's, already settled: copies of its engagement and its approved quote with other figures.

They are copied behind the log, so their tests are marked `tampers`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from breakfix.diagnosis.models import RootCause
from breakfix.incidents.models import Engagement
from breakfix.parties.models import Grant
from breakfix.quotes.models import Quote
from breakfix.quotes.rules.simulation import SIMULATED
from tests import makers_quotes
from tests.makers import World, local

SETTLED = local("2026-12-02 11:00")
FIGURES = {"p50_minor": 446_000, "p80_minor": 490_000, "p90_minor": 520_000, "n_minor": 525_000}


def approved(world: World) -> Quote:
    """The quote that is copied."""
    return makers_quotes.approved(world)


def settled(quote: Quote, actuals: Sequence[int], *, failure: str = "controller dead", **given: Any) -> list[Quote]:
    """One settled quote for each of these actuals, in dollars, each of an engagement of its own.

    `given` is put on the engagement where it has such a column, else on the quote.
    """
    return [_settled(quote, actual, failure, given) for actual in actuals]


def let_in(quote: Quote, organisation_id: int) -> None:
    """As a client does that asks another provider for a second opinion."""
    topic = quote.engagement.topic
    grant = Grant.objects.filter(topic=topic).exclude(organisation=None).latest("pk")
    _copied(grant, organisation_id=organisation_id)


def _settled(quote: Quote, actual: int, failure: str, given: dict[str, Any]) -> Quote:
    of_engagement = {field.attname for field in Engagement._meta.fields} - {"status"}
    case = _copied(
        Engagement.objects.get(pk=quote.engagement_id),
        **{name: value for name, value in given.items() if name in of_engagement},
    )
    for grant in Grant.objects.filter(topic=f"engagement/{quote.engagement_id}"):
        _copied(grant, topic=case.topic)
    if failure:
        _caused(case, failure)
    on_quote = {name: value for name, value in given.items() if name not in of_engagement}
    stands = {"status": "SETTLED", "settled_at": SETTLED + timedelta(minutes=case.pk), "actual_minor": actual * 100}
    stands |= {"number": f"Q-2026-{case.pk:04d}", "sampler": SIMULATED, **FIGURES, **on_quote}
    return _copied(quote, engagement=case, **stands)


def _caused(case: Engagement, failure: str) -> None:
    RootCause.objects.create(
        engagement=case,
        number=f"RCA-{case.pk}",
        status="ISSUED",
        summary="It failed.",
        root_cause="It failed.",
        failure_mode=failure,
        confidence=1,
        limits="none",
        author_id=case.owner_id,
        drafted_at=SETTLED,
        issued_at=SETTLED,
        sha256="0" * 64,
    )


def _copied(row: Any, **given: Any) -> Any:
    row = type(row).objects.get(pk=row.pk)
    row.pk = None
    if isinstance(row, Engagement):
        given = {"number": f"E-2026-{9000 + Engagement.objects.count()}", **given}
    for name, value in given.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row
