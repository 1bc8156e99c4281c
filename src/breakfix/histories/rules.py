"""What may be filed, and when a pack may be sealed."""

from collections.abc import Sequence

from breakfix.histories.values import DocumentKind, Missing
from breakfix.kernel.errors import Refused

# What somebody who only does field work may read: what to do and what was done, never what it costs.
FIELD_READS = frozenset(
    {DocumentKind.ROOT_CAUSE, DocumentKind.CHANGE_PLAN, DocumentKind.SERVICE_REPORT, DocumentKind.LETTER_OF_AUTHORITY}
)


def check_can_file(*, filed: bool, shown_sha256: str, sha256: str) -> None:
    """Refuse a second rendering (bytes of an issued document never change), and one of other content."""
    if filed:
        raise Refused("already_filed", "This version of the document was filed; its bytes never change.")
    if shown_sha256 != sha256:
        raise Refused("changed_meanwhile", "The content changed while it was printed; print it again.")


def check_can_seal(missing: Sequence[Missing], *, news: bool) -> None:
    """Refuse a pack that would lack a document, or hold nothing that the last one does not."""
    if missing:
        names = ", ".join(str(one) for one in missing)
        message = f"Still to be printed: {names}. Try again in a minute."
        raise Refused("documents_missing", message, missing=[str(one) for one in missing])
    if not news:
        raise Refused("already_sealed", "Nothing has happened since the last pack; take that one.")
