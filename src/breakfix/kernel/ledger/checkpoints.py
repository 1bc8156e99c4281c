"""Signing the head of a log. The key lives outside the database; without it nothing is signed and nothing starts."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from breakfix.kernel.ledger import notes
from breakfix.kernel.ledger.merkle import Frontier
from breakfix.kernel.models import Chain, Checkpoint

KEY_NAME = "breakfix-log"


def signing_key() -> notes.SigningKey:
    """The installation's log key; raises FileNotFoundError when it was never made."""
    return notes.SigningKey.load(Path(settings.BREAKFIX_LEDGER_KEY))


def origin(organisation_id: int) -> str:
    """The name under which one organisation's log is signed."""
    return f"{KEY_NAME}/organisation-{organisation_id}"


@transaction.atomic
def sign_head(organisation_id: int, at: datetime) -> Checkpoint:
    """Sign the log as it stands; signing the same size again returns the statement already made."""
    chain = Chain.objects.select_for_update().get(organisation_id=organisation_id)
    known = Checkpoint.objects.filter(organisation_id=organisation_id, size=chain.size).first()
    if known is not None:
        return known
    root = Frontier.from_json({"size": chain.size, "peaks": chain.peaks}).root
    note = notes.sign_checkpoint(origin(organisation_id), chain.size, root, signing_key())
    return Checkpoint.objects.create(organisation_id=organisation_id, size=chain.size, note=note, signed_at=at)
