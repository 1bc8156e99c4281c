"""When a report may be issued and accepted, what it must hold, and how long the work is guaranteed."""

from collections.abc import Iterable, Mapping
from typing import Any

from breakfix.agreements.values import Guarantee
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused
from breakfix.reports.values import Expected, ReportStatus

R = ReportStatus

REPORT_TRANSITIONS: dict[ReportStatus, frozenset[ReportStatus]] = {
    R.ISSUED: frozenset({R.ACCEPTED, R.DISPUTED}),
    R.DISPUTED: frozenset({R.REISSUED}),
    R.ACCEPTED: frozenset(),
    R.REISSUED: frozenset(),
}
# Every section that domain.md §6.5 asks for, in the order in which it is printed.
SECTIONS = (
    *("engagement", "asset", "incident", "commitments", "failure_analysis", "work", "people", "parts", "tests"),
    *("evidence", "changes", "deviations", "data_handling", "residual_risk", "prevention", "spares_advice"),
    *("costs", "guarantee", "signed"),
)


# §4.11: nobody can promise that data come back, and who gets none pays none.
NO_OUTCOME = Expected(0, "a data recovery has no guarantee of its outcome: no data, no recovery fee", short=True)


def check_move(status: ReportStatus, to: ReportStatus) -> None:
    """Refuse what the table does not list."""
    if to not in REPORT_TRANSITIONS[status]:
        allowed = ", ".join(sorted(REPORT_TRANSITIONS[status])) or "nothing"
        message = f"This report is {status}; from there it can become: {allowed}."
        raise Refused("report_state", message, status=status.value, to=to.value)


def check_can_issue(status: Status, latest: ReportStatus | None, *, change_note: str) -> None:
    """Refuse before the work is resolved, twice, or a new version that does not say what it changes."""
    if latest in (R.ISSUED, R.ACCEPTED):
        raise Refused("already_issued", "The report was issued; an issued report is never edited.")
    if status is not Status.RESOLVED:
        message = f"The report follows the finished work; this engagement is {status}."
        raise Refused("wrong_state", message, status=status.value)
    if latest is R.DISPUTED and not change_note:
        message = "Say what this version changes against the one that was refused."
        raise Refused("missing_field", message, field="change_note")


def check_can_accept(status: Status, latest: ReportStatus | None, *, shown: str, sha256: str) -> None:
    """Refuse to accept unfinished work, work without a report, or another report than the one that was read."""
    if status is not Status.RESOLVED:
        message = f"Work is accepted once it is resolved; this engagement is {status}."
        raise Refused("wrong_state", message, status=status.value)
    if latest is not R.ISSUED:
        raise Refused("report_missing", "The service report comes first; it is not issued yet.")
    if shown and shown != sha256:
        raise Refused("stale", "The report changed since you opened it; read it again.", field="shown_sha256")


def check_can_refuse(status: Status) -> None:
    """Refuse to send back what nobody says is finished."""
    if status is not Status.RESOLVED:
        message = f"Only resolved work can be sent back; this engagement is {status}."
        raise Refused("wrong_state", message, status=status.value)


def check_sections(content: Mapping[str, Any]) -> None:
    """Refuse a report with an empty section: what did not happen is said, never left out (domain.md §6.5)."""
    empty = [name.replace("_", " ") for name in SECTIONS if not content.get(name)]
    if empty:
        message = f"The captured work leaves these sections empty: {', '.join(empty)}. Record it first."
        raise Refused("section_empty", message, sections=empty)


def check_domain(section: Mapping[str, Any]) -> None:
    """Refuse a report without what its domain wants in it: a telephone system's emergency call (domain.md C9)."""
    missing = [row["words"] for row in section["rows"] if row["missing"]]
    if missing:
        message = f"{section['title']}: nothing is on record for {', '.join(missing)}."
        remedy = "A reading belongs to the diagnosis. A test after the repair is recorded as the service is restored."
        raise Refused("domain_section_empty", message, remedy=remedy, fields=missing)


def expected(terms: Guarantee, *, legacy: str, used_parts: Iterable[str]) -> Expected:
    """Days of the workmanship guarantee: shorter for a legacy machine or tested-used parts (domain.md §4.11).

    `legacy` says why the machine is one, "" when it is not.
    """
    used = list(used_parts)
    if not legacy and not used:
        return Expected(terms.workmanship_days, f"{terms.workmanship_days} days on workmanship from acceptance")
    reasons = [f"a legacy machine ({legacy.rstrip('.')})"] if legacy else []
    reasons += [f"tested-used parts ({', '.join(used)})"] if used else []
    basis = f"{terms.legacy_days} days from acceptance, because of {' and '.join(reasons)}"
    return Expected(terms.legacy_days, basis, short=True)


def part_days(terms: Guarantee, *, supplier_days: int, used: bool) -> int:
    """Days of warranty on a part: the supplier's is passed on, with a floor for new and for used ones."""
    return max(supplier_days, terms.parts_used_days if used else terms.parts_new_days)
