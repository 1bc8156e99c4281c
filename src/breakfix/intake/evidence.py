"""What came with a mail, as far as it may be kept: by kind, size and number like whatever people hand in."""

from django.conf import settings

from breakfix.intake.rules.mail.bodies import MOST_PIECES
from breakfix.intake.rules.mail.reading import read
from breakfix.intake.values import Piece, Unmapped
from breakfix.kernel import files
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload


def uploads_of(raw: bytes) -> tuple[list[Upload], list[str]]:
    """The attachments of a mail that may be kept, and the names of the others with the reason."""
    try:
        return uploads(read(raw).pieces)
    except Unmapped:
        return [], []


def uploads(pieces: tuple[Piece, ...]) -> tuple[list[Upload], list[str]]:
    """As `uploads_of`, of a mail that was read."""
    kept: list[Upload] = []
    left: list[str] = []
    room = settings.BREAKFIX_MAX_UPLOAD_BYTES
    for piece in pieces[:MOST_PIECES]:
        upload = Upload(piece.name, piece.content)
        try:
            files.media_type_of(upload)
        except Refused as no:
            left.append(f"{files.safe_name(piece.name) or 'unnamed'} ({no.code.replace('_', ' ')})")
            continue
        room -= len(piece.content)
        if room < 0:
            left.append(f"{files.safe_name(piece.name)} (too much at once)")
            continue
        kept.append(upload)
    if len(pieces) > MOST_PIECES:
        left.append(f"what came after the first {MOST_PIECES}")
    return kept, left
