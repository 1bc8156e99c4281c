"""How somebody comes to an account: the invitation that lets them choose their first password."""

from typing import ClassVar

from django.db import models

from breakfix.kernel.models import Row
from breakfix.parties.models import Person


class Invitation(Row):
    """One person was asked in. The link works once and for a week; of its token only a hash is kept."""

    SECRET: ClassVar[tuple[str, ...]] = ("token_sha256",)

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    token_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation of {self.person_id}, until {self.expires_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        """Neither used nor withdrawn; whether it has expired depends on when one asks."""
        return self.accepted_at is None and self.withdrawn_at is None
