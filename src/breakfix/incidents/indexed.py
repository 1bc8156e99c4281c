"""The index of the words of reports: a part of `models`, apart because nothing else hangs on it."""

from django.db import models

LONGEST = 64  # characters of a word that are kept: what differs only beyond them is told apart by the rule


class ReportWord(models.Model):
    """One word of a report's title or description, cut as `likeness.words_in` cuts; the same rows on both databases.

    Derived, so no record of its own: the engagement's row says what was written.
    """

    engagement = models.ForeignKey("incidents.Engagement", on_delete=models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=LONGEST)
    # How many words that report has: with it, one question ranks as the rule does.
    among = models.PositiveIntegerField()

    class Meta:
        app_label = "incidents"
        constraints = [models.UniqueConstraint(fields=["engagement", "word"], name="report_word_once")]
        indexes = [models.Index(fields=["word", "engagement"], name="report_word")]

    def __str__(self) -> str:
        return self.word
