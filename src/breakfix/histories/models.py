"""Printed documents and sealed packs: bytes that never change."""

from django.db import models

from breakfix.histories.values import TITLES, DocumentKind
from breakfix.incidents.models import Engagement
from breakfix.kernel.models import File, Row
from breakfix.parties.models import Organisation


class Document(Row):
    """One version as it was filed: canonical JSON and its PDF. Whoever sees the topic sees the document."""

    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in DocumentKind])
    subject = models.CharField(max_length=80)
    number = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    topic = models.CharField(max_length=80)
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=120)
    json = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    pdf = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    json_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "version"], name="document_version_once"),
        ]
        indexes = [models.Index(fields=["topic", "made_at"], name="document_of_topic")]

    def __str__(self) -> str:
        return f"{self.title} version {self.version}"

    @property
    def title(self) -> str:
        return f"{TITLES[DocumentKind(self.kind)]} {self.number}"


class Pack(Row):
    """A sealed closure pack of one engagement: the client's own, up to `log_size` entries of its log."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    log_size = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    documents = models.PositiveIntegerField()
    evidence = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engagement", "log_size"], name="pack_of_a_log_once")]

    def __str__(self) -> str:
        return f"pack of {self.entries} entries"
