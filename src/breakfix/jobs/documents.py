"""Printing what was issued: after the deed, with attempts of its own, and never twice."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from breakfix.documents.render import render
from breakfix.histories import queries as histories
from breakfix.histories.actions import file_document
from breakfix.histories.values import DocumentKind
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload


def print_document(kind: DocumentKind, subject: str, topic: str, at: datetime) -> None:
    """Render and file one document; nothing happens where it is filed already.

    Raises when it cannot be printed or changed meanwhile: the worker shows the error and tries again.
    """
    found = histories.content_of(kind, subject, topic)
    if histories.is_filed(found):
        return
    pdf = Upload(f"{found.stem}.pdf", render(kind, found.content, found.sha256, found.beside))
    try:
        file_document(kind, subject=subject, topic=topic, shown_sha256=found.sha256, pdf=pdf, by=SYSTEM, at=at)
    except Refused as no:
        if no.code == "changed_meanwhile":
            raise RuntimeError(f"{found.title} changed while it was printed") from no
        raise


def _printer(kind: DocumentKind) -> Callable[[dict[str, Any], datetime], None]:
    def carry_out(payload: dict[str, Any], at: datetime) -> None:
        print_document(kind, payload["subject"], payload["topic"], at)

    return carry_out


for _kind in DocumentKind:
    handles(f"document.{_kind.value}")(_printer(_kind))
