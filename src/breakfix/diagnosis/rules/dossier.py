"""The client's environment dossier: who may be shown what of it, and from when an entry counts as stale (E2)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from breakfix.diagnosis.values import DossierKind
from breakfix.kernel.errors import Refused

STALE_AFTER = timedelta(days=180)


def is_stale(confirmed_at: datetime, at: datetime) -> bool:
    """Whether nobody confirmed it for more than 180 days: shown, with a warning."""
    return at - confirmed_at > STALE_AFTER


def check_place(*, site_id: int, asset_site_id: int | None) -> None:
    """Refuse an entry about a machine that stands elsewhere."""
    if asset_site_id is not None and asset_site_id != site_id:
        raise Refused("other_site", "This machine stands at another site.", field="asset_id")


def check_is_new(title: str, titles: Collection[str]) -> None:
    """Refuse a second entry under one title: of two, nobody knows which holds; correcting the first confirms it."""
    if title.strip().casefold() in {one.strip().casefold() for one in titles}:
        message = "There is an entry of this kind with this title here; correct that one."
        raise Refused("known", message, field="title")


def check_can_reveal(kinds: Collection[DossierKind], *, over: bool) -> None:
    """Refuse to reveal nothing, and anything of what is over: nobody goes there any more."""
    if over:
        raise Refused("over", "This engagement is over; nobody needs it there any more.")
    if not kinds:
        raise Refused("missing_field", "Choose what to reveal.", field="kinds")


def check_can_read(revealed: Collection[DossierKind], *, over: bool) -> None:
    """Refuse to read what is redacted: everything, until the client reveals it for this engagement."""
    if over:
        raise Refused("over", "This engagement is over; the dossier is closed again.")
    if not revealed:
        raise Refused("redacted", "The client has revealed nothing of its dossier here; ask them to.")
