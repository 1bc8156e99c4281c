"""Full-text search over reports: which of them share words with a text, best first, alike on both databases.

The words are cut by the rule that says how alike two reports are, and kept as rows (decision 0029). Whoever asks
hands in the rows that the reader may see; the index never adds one to them.
"""

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable

from breakfix.incidents.indexed import LONGEST
from breakfix.incidents.models import Engagement, ReportWord
from breakfix.incidents.rules.likeness import words_in

MOST_ASKED = 400  # words of one question: the longest, which are the rarest


def words_of(engagement: Engagement) -> list[ReportWord]:
    """The rows of the index that this report comes to."""
    kept = sorted({word[:LONGEST] for word in words_in(f"{engagement.title} {engagement.description}")})
    return [ReportWord(engagement=engagement, word=word, among=len(kept)) for word in kept]


def by_words(rows: QuerySet[Engagement], text: str) -> QuerySet[Engagement]:
    """Those of `rows` that share a word with the text: the larger the share of the words of both, the earlier.

    The share is the rule's own (`likeness.shared_words`), up to `MOST_ASKED` words; then the latest come first.
    """
    mine = {word[:LONGEST] for word in words_in(text)}
    asked = sorted(mine, key=lambda word: (-len(word), word))[:MOST_ASKED]
    if not asked:
        return rows.none()
    of_it = ReportWord.objects.filter(engagement=OuterRef("pk")).order_by()
    shared = of_it.filter(word__in=asked).values("engagement").annotate(times=Count("pk")).values("times")
    found = rows.filter(pk__in=ReportWord.objects.filter(word__in=asked).order_by().values("engagement"))
    found = found.alias(
        _shared=Subquery(shared, output_field=IntegerField()),
        _among=Subquery(of_it.values("among")[:1], output_field=IntegerField()),
    )
    share: Combinable = Value(200) * F("_shared") / (Value(len(mine)) + F("_among"))
    return found.order_by(share.desc(), "-submitted_at", "-id")  # type: ignore[attr-defined]


def says(text: str) -> Q:
    """The condition that a report has each word of this, whole; words that say nothing are not asked for."""
    parts = sorted(words_in(text))
    return Q(*(Q(_has(part)) for part in parts)) if parts else Q(pk__in=[])


def _has(word: str) -> Exists:
    return Exists(ReportWord.objects.filter(engagement=OuterRef("pk"), word=word[:LONGEST]))
