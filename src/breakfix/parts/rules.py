"""What a part may do next, and which serial goes where (domain.md §3.6)."""

from collections.abc import Collection

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.parts.values import Disposition, Status

S, E = Status, EngagementStatus

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.ORDERED: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.INSTALLED, S.RETURNED_UNUSED}),
    S.INSTALLED: frozenset(),
    S.RETURNED_UNUSED: frozenset(),
}
MAY_INSTALL = frozenset({E.IN_PROGRESS, E.RESTORED})
LONGEST_SERIAL = 80


def check_transition(status: Status, to: Status) -> None:
    """Refuse what the table does not list, naming what it does."""
    if to not in TRANSITIONS[status]:
        allowed = ", ".join(sorted(TRANSITIONS[status])) or "nothing"
        message = f"This part is {status}; from there only: {allowed}."
        raise Refused(f"part_{status.lower()}", message, status=status.value, to=to.value)


def serial(given: str, field: str) -> str:
    """A serial as it is kept: without outer blanks, in capitals, never empty."""
    kept = given.strip().upper()
    if not kept:
        raise Refused("missing_field", "Scan or type the serial number.", field=field)
    if len(kept) > LONGEST_SERIAL:
        raise Refused("invalid_field", f"A serial has at most {LONGEST_SERIAL} characters.", field=field)
    return kept


def check_new_serial(received: str, known: Collection[str]) -> None:
    """Refuse the serial of a unit that was received before: one of the two was scanned wrongly."""
    if received in known:
        message = "This serial was received before on this engagement; scan again."
        raise Refused("serial_known", message, field="serial")


def check_can_install(
    status: Status,
    engagement: EngagementStatus,
    *,
    serial: str,
    received: str,
    removed: str,
    disposition: Disposition,
    data_bearing: bool,
) -> None:
    """Only the unit that was received is built in, during work; media that held data stays on site."""
    check_transition(status, S.INSTALLED)
    if engagement not in MAY_INSTALL:
        message = f"The engagement is {engagement}; parts are installed while work is in progress."
        raise Refused("no_work_in_progress", message, status=engagement.value)
    if serial != received:
        message = f"The serial does not match the part that was received ({received}); scan again."
        raise Refused("serial_mismatch", message, field="serial", received=received)
    _check_removed(removed, disposition)
    if data_bearing and disposition is Disposition.RETURNED_TO_SUPPLIER:
        message = "Media that held data stays with the client until its sanitization is decided."
        raise Refused("media_leaves_site", message, field="disposition")


def _check_removed(removed: str, disposition: Disposition) -> None:
    nothing = disposition is Disposition.NOTHING_REMOVED
    if nothing and removed:
        message = "Say what became of the removed part."
        raise Refused("disposition_missing", message, field="disposition")
    if not nothing and not removed:
        message = "Scan or type the serial of the part that was taken out."
        raise Refused("missing_field", message, field="removed_serial")
