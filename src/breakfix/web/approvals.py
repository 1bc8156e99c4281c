"""Approvals: what was approved in somebody's name, who may sign how much, and who stands in for whom."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from breakfix.approvals import queries as approvals
from breakfix.approvals.actions import authority, ratification
from breakfix.approvals.values import Purpose, RatifyVerdict, SeatState
from breakfix.kernel.access import Deed, Role, Side, may
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import format_money
from breakfix.parties import queries as parties
from breakfix.quotes import queries as quotes
from breakfix.web import panels, seats
from breakfix.web.door import Visit, deed, page

VERDICTS = [
    (RatifyVerdict.ACCEPT, "I ratify it", "I stand behind what the duty manager decided"),
    (RatifyVerdict.REFUSE, "I do not", "What has not begun stops; what was done stays due within the cap"),
]
ROLE_SEATS = (Role.DATA_OWNER, Role.SECURITY_OFFICER)
# Where each kind of question is decided: the view, and whether it goes by the engagement.
PAGES = {Purpose.QUOTE: "quote", Purpose.CHANGE: "change", Purpose.FORENSIC_FEE: "fee"}
PAGES |= {Purpose.FORENSIC_EXTENSION: "further"}
OF_ENGAGEMENT = {Purpose.FORENSIC_FEE, Purpose.FORENSIC_EXTENSION}


def approval(visit: Visit, round_id: int) -> HttpResponse:
    """What was decided in a seat's name, for its holder to answer; everybody else is led to the document."""
    found = approvals.get_round(round_id, visit.by)
    if visit.by.field_only:
        raise NotFound("This approval")
    bypassed = [seat for seat in found.seats.all() if seat.emergency]
    if not bypassed or found.purpose != Purpose.QUOTE:
        return HttpResponseRedirect(document_of(found), status=303)
    quote = quotes.get_quote(int(found.subject.partition("/")[2]), visit.by)
    standing = approvals.may_ratify(found, visit.by, visit.at)
    context = {
        "round": found,
        "engagement": found.engagement,
        "quote": quote,
        "doc": quote.content,
        "bypassed": bypassed,
        "waits": any(seat.state == SeatState.BYPASSED_EMERGENCY for seat in bypassed),
        "lines": seats.lines_of(found, standing.seats),
        "tries": seats.tries_of(found),
        "standing": standing,
        "conditions": _conditions(found, bypassed[0].decided_at or visit.at),
        "verdicts": VERDICTS,
        "findings": approvals.findings(found.engagement, visit.by),
    }
    return visit.page("web/approvals/round.html", context)


def _conditions(found: Any, decided_at: datetime) -> list[Any]:
    """The rule as it stood; that nobody could be reached shows in the attempts, as the seat is filled since."""
    held = approvals.emergency_conditions(found, decided_at)
    return [one for one in held if one.code != "still_reachable"]


def document_of(found: Any) -> str:
    """Where the document of a round is read and decided."""
    purpose = Purpose(found.purpose)
    key = found.engagement_id if purpose in OF_ENGAGEMENT else int(found.subject.partition("/")[2])
    return reverse(PAGES[purpose], args=[key])


def delegations(visit: Visit) -> HttpResponse:
    """Who signs for this client, up to what sum, and who stands in for whom until when."""
    by = visit.by
    if by.side is not Side.CLIENT or by.organisation_id is None:
        raise NotFound("This page")
    named = list(approvals.authorities_of(by.organisation_id, visit.at))
    people = list(parties.persons_of(by.organisation_id, visit.at))
    own = [
        (one.seat, f"{seats.seat_words(one.seat)}, up to {format_money(one.limit)}")
        for one in named
        if one.person_id == by.person_id
    ]
    own += [(role.value, seats.seat_words(role.value)) for role in ROLE_SEATS if role in by.roles]
    able = {Role.APPROVER, *ROLE_SEATS}
    context = {
        "authorities": [{"held": one, "words": seats.seat_words(one.seat)} for one in named],
        "given": [_given(visit, one) for one in approvals.delegations_visible_to(by)],
        "own": own,
        "colleagues": [(one.pk, one.name) for one in people if one.pk != by.person_id and _roles(one) & able],
        "approvers": [(one.pk, one.name) for one in people if Role.APPROVER in _roles(one)],
        "can_lend": bool(own) and may(by, Deed.DELEGATE),
        "now": visit.at,
    }
    return visit.page("web/approvals/delegations.html", context)


def _roles(person: Any) -> set[Role]:
    return {Role(holding.role) for holding in person.held}


def _given(visit: Visit, lent: Any) -> dict[str, Any]:
    over = lent.revoked_at is not None or lent.ends_at <= visit.at
    mine = lent.delegator_id == visit.by.person_id or Role.CLIENT_ADMIN in visit.by.roles
    if lent.revoked_at is not None:
        word, tone = "taken back", "mute"
    elif over:
        word, tone = "over", "mute"
    else:
        word, tone = ("in force", "good") if lent.starts_at <= visit.at else ("to come", "info")
    return {
        "lent": lent,
        "words": seats.seat_words(lent.seat),
        "state": word,
        "tone": tone,
        "can_revoke": mine and not over and may(visit.by, Deed.REVOKE_DELEGATION),
    }


panels.SUBJECTS["round"] = "round"
_RATIFIED = "Your answer is on record."
urlpatterns = [
    path("rounds/<int:round_id>", page(approval), name="round"),
    path("rounds/<int:round_id>/ratify", deed(ratification.ratify, on=approval, done=_RATIFIED), name="ratify"),
    path("delegations", page(delegations), name="delegations"),
    path(
        "delegations/delegate",
        deed(authority.delegate, on=delegations, done="Given. Your colleague can decide from then on."),
        name="delegate",
    ),
    path(
        "delegations/revoke_delegation",
        deed(authority.revoke_delegation, on=delegations, done="Taken back."),
        name="revoke_delegation",
    ),
    path(
        "delegations/name_authority",
        deed(authority.name_authority, on=delegations, done="Named."),
        name="name_authority",
    ),
]
