"""The domain's own section of the report, out of readings, answers and tests; nothing in it is typed twice."""

from collections.abc import Sequence

from breakfix.agreements.values import Domain
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.models import Check
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.asked import answer_of
from breakfix.roster.taxonomy import ReportField
from breakfix.work import within_fee
from breakfix.work.models import FeeRestoration, Restoration, WorkOrder
from breakfix.work.rules.proving import proof


def section(engagement: Engagement, orders: Sequence[WorkOrder], recorded: Sequence[Check]) -> dict[str, object]:
    """Title and rows; `missing` where a row has to be there, can still be captured, and was not.

    What cannot be captured any more is called not examined, with the reason: it neither passes as an empty line nor
    keeps the work from being reported for good. A test after the repair can always be made, where there was one.
    """
    described = Domain(engagement.domain).described
    rows = []
    for field in described.report.fields:
        value = _value(field, engagement, orders, recorded)
        if field.required and not value:
            value = _why_not(field, engagement)
        said = value or "Nothing was recorded."
        rows.append({"id": field.id, "words": field.words, "value": said, "missing": field.required and not value})
    return {"code": described.code, "title": described.report.title, "rows": rows}


def _value(field: ReportField, engagement: Engagement, orders: Sequence[WorkOrder], recorded: Sequence[Check]) -> str:
    if field.check:
        return next((_reading(one) for one in recorded if one.item == field.check), "")
    if field.answer:
        return next((answer_of(one) for one in engagement.details or [] if one["id"] == field.answer), "")
    restored: list[Restoration | FeeRestoration] = [one for order in orders for one in order.restorations.all()]
    restored += within_fee.restorations_of(engagement)
    shown = [{"tests": one.tests, "at": one.restored_at, "disputed": one.disputed_at is not None} for one in restored]
    found = proof(sorted(shown, key=lambda one: one["at"]), field.test)
    return f"{found['name']}: passed. {found['note']}" if found else ""


def _why_not(field: ReportField, engagement: Engagement) -> str:
    if field.test:
        # Work ends without a restored service only where a recovery failed (decision 0011): there is nothing to test.
        return "" if engagement.restored_at else "Not tested: nothing was restored that could be tested."
    if field.answer:
        return "Not answered: it was not known when the failure was reported, and not added since."
    if diagnosis.was_refused(engagement):
        return "Not examined: the client refused further hours of diagnosis."
    return "Not examined: the diagnosis ended without it, and it was not asked for then."


def _reading(check: Check) -> str:
    """As it was read off, with its note; what has nothing to read off was done, and its file stays."""
    read = f"{check.reading} {check.unit}".strip()
    if not read:
        read = f"Done, kept as {check.evidence.name}" if check.evidence else "Done"
    return f"{read}. {check.note}" if check.note else read
