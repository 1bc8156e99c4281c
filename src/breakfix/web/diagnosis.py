"""The root cause: written by the engineer, read by a peer, issued; and before it, the client on the flat fee."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.approvals import queries as approvals
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.actions import fee as fees
from breakfix.diagnosis.actions import root_cause as actions
from breakfix.diagnosis.document import document
from breakfix.diagnosis.values import FeeVerdict, ReviewVerdict, RootCauseStatus, WayKind
from breakfix.incidents import fees as open_fees
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, Side, may, require
from breakfix.kernel.errors import NotFound
from breakfix.web import panels, rows, seats
from breakfix.web.door import Visit, deed, page

LEAST = {"findings": 3, "contributing": 2, "excluded": 2, "timeline": 2, "options": 2}
WAYS = [(WayKind.REPAIR, "Repair"), (WayKind.REPLACE, "Replace"), (WayKind.WORKAROUND, "Workaround")]
REVIEWS = [
    (ReviewVerdict.AGREE, "I agree", "The evidence shows it"),
    (ReviewVerdict.SEND_BACK, "Send it back", "Say what is missing"),
]
FEES = [
    (FeeVerdict.APPROVE, "Accept it", "A specialist is sent"),
    (FeeVerdict.REJECT, "Refuse it", "Nobody is sent"),
]
BEFORE_DISPATCH = (Status.SUBMITTED, Status.ACKNOWLEDGED, Status.QUALIFIED, Status.ON_HOLD)


def root_cause_build(visit: Visit, engagement_id: int) -> HttpResponse:
    """The form of the engineer who was there: what it is, what it is not, and what shows it."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    require(visit.by, Deed.DRAFT_ROOT_CAUSE, org=engagement.provider_id)
    begun = diagnosis.current_root_cause(engagement, by=visit.by)
    if begun is not None and begun.opinion_asked_at is not None:
        begun = None  # an opinion of one's own begins on an empty page
    name = actions.draft_root_cause.__name__
    stored = {key: _stored(begun, key) for key in LEAST}
    context = {
        "engagement": engagement,
        "cause": begun,
        "lists": {
            key: rows.rows_of(visit.typed, name, key, stored[key], least=least) for key, least in LEAST.items()
        },
        "checks": diagnosis.checks(engagement),
        "ways": WAYS,
        "open": begun is None or begun.status != RootCauseStatus.ISSUED,
    }
    return visit.page("web/diagnosis/build.html", context)


def _stored(cause: Any, key: str) -> list[Any]:
    """One of its lists as a form shows it: instants as such, and the items of a finding under a name of their own."""
    entries = list(getattr(cause, key)) if cause is not None else []
    if key == "timeline":
        return [{**one, "at": datetime.fromisoformat(one["at"])} for one in entries]
    return [{**one, "shown": one["items"]} for one in entries] if key == "findings" else entries


def root_cause(visit: Visit, root_cause_id: int) -> HttpResponse:
    """The document as it is or will be issued, with what is left to do about it. Clients see issued ones."""
    found = diagnosis.get_root_cause(root_cause_id, by=visit.by)
    issued = found.status == RootCauseStatus.ISSUED
    if visit.by.side is Side.CLIENT and not issued:
        raise NotFound("This root cause")
    engagement = incidents.get_engagement(found.engagement_id, visit.by)
    author = found.author_id == visit.by.person_id
    doc = found.canonical if issued else document(found, engagement)
    context = {
        "cause": found,
        "engagement": engagement,
        "doc": doc,
        "moments": [{**one, "at": datetime.fromisoformat(one["at"])} for one in doc["timeline"]],
        "checks": [check for check in diagnosis.checks(engagement) if check.evidence is not None],
        "issued": issued,
        "author": author,
        "can_review": found.status == RootCauseStatus.PEER_REVIEW and not found.is_reviewed and not author,
        "can_issue": not issued and author and (found.is_reviewed or not found.peer_needed),
        "reviews": REVIEWS,
        "can_doubt": _can_doubt(found, engagement),
    }
    return visit.page("web/diagnosis/root_cause.html", context)


def _can_doubt(found: Any, engagement: Any) -> bool:
    """Whether it is the client's turn to ask for a second opinion on it."""
    waits = found.status == RootCauseStatus.ISSUED and found.inconclusive and found.opinion_asked_at is None
    return waits and engagement.status == Status.DIAGNOSING


def fee(visit: Visit, engagement_id: int) -> HttpResponse:
    """The flat fee of the diagnosis, where the agreement did not accept it in advance."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    if visit.by.field_only:
        raise NotFound("This fee")
    asked = incidents.fee(engagement)
    approval = approvals.latest_round_for(f"forensic_fee/{asked.pk}")
    say = seats.say(approval, visit.by, visit.at) if approval else seats.Say()
    stated = not asked.ceiling.is_zero  # else a statement of work has to state one first
    open_now = stated and asked.accepted_at is None and engagement.status in BEFORE_DISPATCH
    # Refused and stated anew with another amount: who of the client comes before the worker asks may decide, too.
    asks = approval is not None and approval.status == "REJECTED" and open_fees.waits_for_client(engagement)
    context = {
        "engagement": engagement,
        "fee": asked,
        "lines": seats.lines_of(approval, say.spend) if approval else [],
        "tries": seats.tries_of(approval) if approval else [],
        "can_decide": open_now and (approval is None or bool(say.spend) or asks),
        "refused": open_now and not asks and approval is not None and approval.status == "REJECTED",
        "open": open_now,
        "stated": stated or asked.accepted_at is not None,
        "reason": say.reason,
        "verdicts": FEES,
        "terms": incidents.terms(engagement),
    }
    return visit.page("web/diagnosis/fee.html", context)


# ---------------------------------------------------------------------------------------- on the engagement page


def root_cause_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """What the reader can do about the root cause now."""
    if engagement.status != Status.DIAGNOSING or visit.by.side is not Side.PROVIDER:
        return None
    begun = diagnosis.current_root_cause(engagement, by=visit.by)
    author = begun is not None and begun.author_id == visit.by.person_id
    writes = may(visit.by, Deed.DRAFT_ROOT_CAUSE) and engagement.diagnosis_completed_at is not None
    waits = begun is not None and begun.status == RootCauseStatus.PEER_REVIEW and not begun.is_reviewed
    reads = waits and not author and may(visit.by, Deed.REVIEW_ROOT_CAUSE)
    if not (writes or reads):
        return None
    issues = author and begun is not None and (begun.is_reviewed or not begun.peer_needed)
    return {"cause": begun, "writes": writes, "reads": reads, "issues": issues}


def root_cause_side(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """The way to the document, for whoever may read it as it stands."""
    found = diagnosis.current_root_cause(engagement, by=visit.by)
    hidden = found is None or (visit.by.side is Side.CLIENT and found.status != RootCauseStatus.ISSUED)
    return None if hidden else {"cause": found}


def opinion_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """After an inconclusive report: the choice, for who may make it."""
    if not may(visit.by, Deed.ASK_SECOND_OPINION) or engagement.status != Status.DIAGNOSING:
        return None
    found = diagnosis.current_root_cause(engagement, by=visit.by)
    return {"cause": found} if found is not None and _can_doubt(found, engagement) else None


def fee_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """The question about the fee, for who may answer it."""
    if not may(visit.by, Deed.APPROVE_FORENSIC_FEE) or engagement.status not in BEFORE_DISPATCH:
        return None
    asked = incidents.fee(engagement)
    return {"fee": asked} if asked.accepted_at is None and not asked.ceiling.is_zero else None


panels.add(panels.Panel("fee", 40, "web/diagnosis/fee_panel.html", fee_panel))
panels.add(panels.Panel("root_cause", 50, "web/diagnosis/act_panel.html", root_cause_panel))
panels.add(panels.Panel("opinion", 51, "web/diagnosis/opinion_panel.html", opinion_panel))
panels.add(panels.Panel("root_cause_side", 50, "web/diagnosis/side_panel.html", root_cause_side, "side"))
panels.SUBJECTS["root_cause"] = "root_cause"


def _to_cause(result: Any) -> str:
    return reverse("root_cause", args=[result.pk])


_AT = "root-causes/<int:root_cause_id>"
urlpatterns = [
    path("engagements/<int:engagement_id>/root-cause", page(root_cause_build), name="root_cause_build"),
    path(
        "engagements/<int:engagement_id>/root-cause/draft_root_cause",
        deed(actions.draft_root_cause, on=root_cause_build, done="Written down.", to=_to_cause),
        name="draft_root_cause",
    ),
    path(_AT, page(root_cause), name="root_cause"),
    path(
        f"{_AT}/review_root_cause",
        deed(actions.review_root_cause, on=root_cause, done="Your answer is on record."),
        name="review_root_cause",
    ),
    path(
        f"{_AT}/issue_root_cause",
        deed(actions.issue_root_cause, on=root_cause, done="Issued."),
        name="issue_root_cause",
    ),
    path(
        f"{_AT}/ask_second_opinion",
        deed(actions.ask_second_opinion, on=root_cause, done="The desk sends another engineer."),
        name="ask_second_opinion",
    ),
    path("engagements/<int:engagement_id>/fee", page(fee), name="fee"),
    path(
        "engagements/<int:engagement_id>/fee/ask_forensic_fee",
        deed(fees.ask_forensic_fee, on=fee, done="The client's approvers are being asked again."),
        name="ask_forensic_fee",
    ),
    path(
        "engagements/<int:engagement_id>/fee/approve_forensic_fee",
        deed(fees.approve_forensic_fee, on=fee, done="Your answer is on record."),
        name="approve_forensic_fee",
    ),
]
